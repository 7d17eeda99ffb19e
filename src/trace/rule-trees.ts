/**
 * Trees that rules of users return: leaves that belong to values of known types, null where they are zero. What is wrong is blamed on the
 * rule, with the path of the leaf and both types.
 */
import { DTypeError, ShapeError, TreeError } from "../errors.ts";
import { toConcrete } from "../core/convert.ts";
import { isFloat } from "../core/dtype.ts";
import type { MaybeZero } from "../core/primitive.ts";
import { describe } from "../core/shape.ts";
import { at, isValue, type Value } from "../core/tensor.ts";
import { flattenLike, isArrayLike, isPlainObject, leafCount, leafPaths, type Structure, unheard } from "../core/tree.ts";
import { sameType, showType, type TensorType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";

/** What a rule returned in one place. */
export interface Expected {
  /** "the jvp rule of f (file:line:column)" */
  readonly rule: string;
  /** What stands here: "result", "tangent". */
  readonly what: string;
  /** What each leaf belongs to: "the result", "the argument". */
  readonly belongsTo: string;
  readonly structure: Structure;
  readonly types: readonly TensorType[];
}

/** The leaves, of exactly the expected types; null where they are zero. Integers and booleans have neither tangents nor cotangents. */
export function derivativeLeaves(tree: unknown, { rule, what, belongsTo, structure, types }: Expected): MaybeZero[] {
  const root = `${rule}: its ${what}`;
  const paths = leafPaths(structure, root);
  return leavesOrZeros(structure, tree, root).map((leaf, i) => {
    if (leaf === null) return null;
    const want = { ...at(types, i), weak: false };
    const path = at(paths, i);
    if (isFloat(want.dtype)) return leafOfType(leaf, want, path, belongsTo);
    throw new DTypeError(`${path} must be null: ${belongsTo} is ${showType(want)}, and what is not floating has no derivative`, { hint: `return null there` });
  });
}

/** The leaves of a result that a rule computes again. */
export function resultLeaves(tree: unknown, { rule, what, belongsTo, structure, types }: Expected): Value[] {
  const root = `${rule}: its ${what}`;
  const paths = leafPaths(structure, root);
  return flattenLike(structure, tree, root).map((leaf, i) => leafOfType(leaf, at(types, i), at(paths, i), belongsTo));
}

/** The two that a rule returns. */
export function pairOf(tree: unknown, rule: string, form: string): readonly [unknown, unknown] {
  refusePromise(tree, rule);
  if (Array.isArray(tree) && tree.length === 2) return tree as unknown as readonly [unknown, unknown];
  throw new TreeError(`${rule} must return ${form}, it returned ${described(tree)}`);
}

export function refusePromise(tree: unknown, rule: string): void {
  if (!(tree instanceof Promise)) return;
  unheard(tree);
  throw new TreeError(`${rule} returned a Promise: rules are synchronous`);
}

export function described(tree: unknown): string {
  if (isValue(tree)) return showType(tree.type);
  return Array.isArray(tree) ? `a list of ${tree.length}` : describe(tree);
}

function leafOfType(leaf: unknown, want: TensorType, path: string, belongsTo: string): Value {
  const given = isValue(leaf) ? leaf : toConcrete(leaf, want.dtype, path);
  const value = given.type.weak && given.type.dtype !== want.dtype ? convert(given, want.dtype) : given;
  if (sameType(value.type, want)) return value;
  const [fault, differ, hint] = given.type.dtype === want.dtype
    ? [ShapeError, "shape", "bring it to that shape: sum(x, axes) over axes that were broadcast, broadcastTo(x, shape), or reshape(x, shape)"] as const
    : [DTypeError, "dtype", `convert it: x.astype("${want.dtype}")`] as const;
  throw new fault(`${path} is ${showType(given.type)}, but ${belongsTo} is ${showType({ ...want, weak: false })}: another ${differ}`, { hint });
}

/** As `flattenLike`, but null may stand for a leaf or a whole part of the tree. */
function leavesOrZeros(structure: Structure, tree: unknown, path: string): unknown[] {
  if (structure.kind === "none") return [];
  if (tree === null || tree === undefined) return new Array<null>(leafCount(structure)).fill(null);
  const parts = partsOf(structure, tree, path);
  if (parts === undefined) return flattenLike(structure, tree, path, (leaf) => leaf === null || isArrayLike(leaf));
  return parts.flatMap(([inner, part, at]) => leavesOrZeros(inner, part, at));
}

function partsOf(structure: Structure, tree: unknown, path: string): (readonly [Structure, unknown, string])[] | undefined {
  if (structure.kind === "tuple" && Array.isArray(tree) && tree.length === structure.items.length) {
    return structure.items.map((s, i) => [s, tree[i] as unknown, `${path}[${i}]`] as const);
  }
  if (structure.kind === "object" && isPlainObject(tree) && Object.keys(tree).every((k) => structure.keys.includes(k))) {
    return structure.items.map((s, i) => [s, tree[at(structure.keys, i)], `${path}.${at(structure.keys, i)}`] as const);
  }
  return undefined;
}
