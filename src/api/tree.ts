/** Functions on whole trees: what training loops need to update every parameter alike. */
import type { Operand, Tensor } from "../core/array-types.ts";
import { flatten, flattenLike, leafPaths, unflatten } from "../core/tree.ts";

/**
 * The tree of the same structure whose leaves are `f` of the leaves at the same place of `tree` and of each further tree. Works on tensors
 * and concrete arrays alike; a leaf that is a number or a list reaches `f` as it is. Throws `TreeError` naming the path where trees differ.
 *
 * @example treeMap((p: Tensor, g: Tensor) => sub(p, mul(0.1, g)), { w: 1, b: 2 }, { w: 10, b: 0 }).w.item() // → 0
 */
export function treeMap<T>(f: (leaf: Tensor, ...others: Tensor[]) => Operand, tree: T, ...rest: readonly NoInfer<T>[]): T {
  const { leaves, structure } = flatten(tree, "tree");
  const others = rest.map((t, i) => flattenLike(structure, t, `tree ${i + 2}`));
  return unflatten(structure, leaves.map((leaf, i) => f(leaf as Tensor, ...others.map((o) => o[i] as Tensor)))) as T;
}

/** The leaves of a tree, in order: keys of objects as they were inserted, tuples from left to right. */
export function treeLeaves(tree: unknown): Tensor[] {
  return [...flatten(tree, "tree").leaves] as Tensor[];
}

/** The path of each leaf, in the order of `treeLeaves`: `["layers[0].w", "layers[0].b"]`. */
export function treePaths(tree: unknown): string[] {
  return leafPaths(flatten(tree, "tree").structure, "").map((path) => path.replace(/^\./, ""));
}
