/**
 * Functions that control operations call: trees of operands are flattened to values, and the function is recorded once on tensors of
 * their types. Tensors of enclosing traces that it closes over become further inputs of its program.
 */
import { ownDType, toConcrete } from "../core/convert.ts";
import { isFloat, type DType } from "../core/dtype.ts";
import { currentTrace, isValue, TracedArray, type Value } from "../core/tensor.ts";
import { flatten, leafPaths, type Structure } from "../core/tree.ts";
import type { TensorType } from "../core/type.ts";
import { type PlainFunction, type TracedProgram, traceFunction } from "./trace.ts";

/** A tree of values, taken apart. */
export interface Leaves {
  readonly values: readonly Value[];
  readonly structure: Structure;
  /** Of each leaf, as its user knows it: `init.x[0]`. */
  readonly paths: readonly string[];
}

/** The leaves of operand trees as values; plain numbers and lists take the trace's float, else the widest among all operands. */
export function readTrees(trees: readonly unknown[], names: readonly string[], where: string): Leaves[] {
  const flats = trees.map((tree, i) => flatten(tree, `${where}: ${names[i]}`));
  const float = currentTrace()?.defaultFloat ?? widestFloat(flats.flatMap((f) => f.leaves)) ?? "float32";
  return flats.map(({ leaves, structure }, i) => {
    const paths = leafPaths(structure, names[i] as string);
    return { structure, paths, values: leaves.map((leaf, j) => (isValue(leaf) ? leaf : toConcrete(leaf, float, `${where}: ${paths[j]}`))) };
  });
}

function widestFloat(leaves: readonly unknown[]): DType | undefined {
  const floats = leaves.map((leaf) => (leaf instanceof TracedArray ? leaf.type.dtype : ownDType(leaf))).filter((d) => d !== undefined && isFloat(d));
  return floats.includes("float64") ? "float64" : floats[0];
}

/** An argument of a body: the form of its tree and the types of its leaves. */
export interface BodyArgument {
  readonly structure: Structure;
  readonly types: readonly TensorType[];
}

/** The function on tensors of these types. Inputs of the program: the leaves of all arguments, then what it captured. */
export function traceBody(fn: PlainFunction, name: string, args: readonly BodyArgument[]): TracedProgram {
  const floats = args.flatMap((a) => a.types.filter((t) => isFloat(t.dtype) && !t.weak).map((t) => t.dtype));
  return traceFunction(fn, name, {
    structure: { kind: "tuple", items: args.map((a) => a.structure) },
    types: args.flatMap((a) => a.types),
    statics: new Map(),
    defaultFloat: currentTrace()?.defaultFloat ?? (floats.includes("float64") ? "float64" : (floats[0] ?? "float32")),
  });
}
