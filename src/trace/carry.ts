/**
 * Tracing the body of a loop: what it takes, it hands on to the next turn, in the same tree and of the same types. Numbers that a loop
 * begins with take the dtype that the body gives them.
 */
import { DTypeError, ShapeError, TreeError } from "../errors.ts";
import { build, ownDType, toConcrete } from "../core/convert.ts";
import { dtypes, promoteDTypes } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";
import { describe, sameShape } from "../core/shape.ts";
import { at, isValue, type TracedArray, type Value } from "../core/tensor.ts";
import { flatten, flattenLike, leafPaths, type Structure, showStructure } from "../core/tree.ts";
import { sameType, showType, type TensorType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";
import { type BodyArgument, type Leaves, traceBody } from "./body.ts";
import type { PlainFunction } from "./trace.ts";

/** What a loop begins with. */
export interface Carry extends Leaves {
  /** Plain numbers and lists of them, by leaf: their dtype is for the body to say. */
  readonly numbers: readonly unknown[];
}

/** The carry as it was read, with what of it are plain numbers. */
export function carryOf(leaves: Leaves, tree: unknown, where: string): Carry {
  const numbers = flatten(tree, where).leaves.map((leaf) => (isValue(leaf) || ownDType(leaf) !== undefined ? undefined : leaf));
  return { ...leaves, numbers };
}

export interface CarriedBody {
  /** Inputs: the leaves of the carry and of the further arguments, then what it captured. Outputs: the carry, then the rest of what it returned. */
  readonly program: Program;
  readonly captured: readonly TracedArray[];
  /** What the loop begins with, in the types that the body keeps. */
  readonly init: readonly Value[];
  /** The tree of the rest of what it returned. */
  readonly rest: Structure;
}

/** A result of the body, taken apart: the new carry and the rest. */
export type Returned = readonly [carry: unknown, rest: unknown];

/** Traces `fn(carry, ...others)`; `split` takes its result apart. Traced again where plain numbers take another dtype. */
export function traceCarried(fn: PlainFunction, where: string, carry: Carry, others: readonly BodyArgument[], split: (result: unknown) => Returned): CarriedBody {
  const { structure } = carry;
  let init = carry.values.map((value, i) => (carry.numbers[i] !== undefined && value.type.dtype !== "float32" ? weakly(value) : value));
  for (;;) {
    const types = init.map((v) => v.type);
    let rest: Structure = { kind: "none", value: null };
    const body = (...args: readonly unknown[]): unknown => {
      const result = (fn as (...args: readonly unknown[]) => unknown)(...args);
      if (result instanceof Promise) return result;
      const [next, other] = split(result);
      const leaves = carryLeaves(structure, next, where).map((leaf, i) => (isValue(leaf) ? leaf : build(leaf, ownDType(leaf) ?? at(types, i).dtype, `${where}: the carry`)));
      const flat = flatten(other, `${where}: the result`);
      rest = flat.structure;
      const float = (leaves.find(isFloating) ?? init.find(isFloating))?.type.dtype ?? "float32";
      return [...leaves, ...flat.leaves.map((leaf) => (isValue(leaf) ? leaf : toConcrete(leaf, float, `${where}: the result`)))];
    };
    Object.defineProperty(body, "length", { value: fn.length });
    const { program, captured } = traceBody(body as PlainFunction, fn.name || `the body of ${where}`, [{ structure, types }, ...others]);
    const settled = init.map((value, i) => settle(value, carry.numbers[i], at(program.outputs, i).type, where, () => at(leafPaths(structure, "carry"), i)));
    if (settled.every((value, i) => value === init[i])) return { program, captured, init, rest };
    init = settled;
  }
}

function isFloating(value: Value): boolean {
  return dtypes[value.type.dtype].kind === "float";
}

function weakly(value: Value): Value {
  return "withType" in value ? value.withType({ ...value.type, weak: true }) : value;
}

/** The leaves of what the body hands on, which must be a tree of the same form. */
function carryLeaves(structure: Structure, next: unknown, where: string): unknown[] {
  try {
    return flattenLike(structure, next, "carry");
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    throw new TreeError(`${where}: the carry changes its tree: ${showStructure(structure)} before the body, ${returnedTree(next)} after it (${error.message.split("\n")[0]})`, {
      hint: "the body returns the carry in the form in which it got it; a list of numbers is one array, a list of arrays is a tuple",
      cause: error,
    });
  }
}

/** The tree of a value, or the value where it is none. */
function returnedTree(tree: unknown): string {
  try {
    return showStructure(flatten(tree, "carry").structure);
  } catch {
    return describe(tree);
  }
}

/** What the loop begins with, in the type that the body gives it: itself where that is the type it has. */
function settle(value: Value, number: unknown, after: TensorType, where: string, path: () => string): Value {
  const before = value.type;
  if (sameType(before, after) && (after.weak || !before.weak)) return value;
  const free = number !== undefined || before.weak;
  if (free && sameShape(before.shape, after.shape)) {
    if (number !== undefined && dtypes[after.dtype].kind === "int" && isIntegral(number)) return build(number, after.dtype, where);
    const { dtype, weak } = promoteDTypes({ dtype: before.dtype, weak: true }, after, where);
    const made = number !== undefined ? build(number, dtype, where) : convert(value, dtype);
    const next = weak ? weakly(made) : made;
    if (!sameType(next.type, before) || next.type.weak !== before.weak) return next;
  }
  const [was, is] = [before, after].map((type) => showType({ ...type, weak: false }));
  const text = `${where}: the carry changes its type at ${path()}: ${was} before the body, ${is} after it`;
  if (before.dtype !== after.dtype) throw new DTypeError(text, { hint: `keep one dtype: begin with .astype("${after.dtype}"), or return .astype("${before.dtype}") from the body` });
  throw new ShapeError(text, { hint: "begin with a value of the shape that the body returns: zeros([…]), or broadcastTo(x, shape)" });
}

function isIntegral(number: unknown): boolean {
  return typeof number === "number" ? Number.isInteger(number) : (number as readonly unknown[]).flat(Number.POSITIVE_INFINITY).every((v) => Number.isInteger(Number(v)));
}
