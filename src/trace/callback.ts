/**
 * Functions of the host as callers and programs see them: trees of arrays in, trees of arrays of declared types out. What the function
 * throws reaches the caller as it was thrown, with the line where the callback stands.
 */
import { ArgumentError, ChainruleError, DTypeError, ShapeError, TreeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { build, ownDType, toConcrete } from "../core/convert.ts";
import { checkDType } from "../core/dtype.ts";
import { inUserCode, placeNow } from "../core/place.ts";
import { HostValue } from "../core/program.ts";
import { checkShape, describe, sameShape, sizeOf } from "../core/shape.ts";
import { at, isValue, outsideTraces, type Value } from "../core/tensor.ts";
import { flatten, flattenLike, isPlainObject, isStrided, leafPaths, type Structure, unflatten, unheard } from "../core/tree.ts";
import { sameType, showType, type TensorType, tensorType } from "../core/type.ts";
import { applyCallback, type HostCall } from "../control/callback.ts";
import { readTrees } from "./body.ts";
import type { PlainFunction } from "./trace.ts";

export interface HostFunction {
  readonly fn: PlainFunction;
  readonly name: string;
  readonly ordered: boolean;
  readonly vectorized: boolean;
}

/** The declared form of a result: its tree and the type of each leaf. */
interface Declared {
  readonly structure: Structure;
  readonly types: readonly TensorType[];
}

/** Reads `{ dtype, shape }`, or arrays whose types are meant, in a tree. */
export function declaredResult(tree: unknown, name: string): Declared {
  const isSpec = (x: unknown): boolean => isValue(x) || (isPlainObject(x) && "dtype" in x && "shape" in x);
  const where = `callback ${name}: the result type`;
  if (tree === undefined || typeof tree === "string" || (Array.isArray(tree) && tree.some((n) => typeof n === "number"))) throw unreadable(where, tree);
  const { leaves, structure } = flatten(tree, where, isSpec);
  return { structure, types: leaves.map((leaf) => (isValue(leaf) ? { ...leaf.type, weak: false } : specType(leaf as Record<string, unknown>, where))) };
}

function unreadable(where: string, tree: unknown): ArgumentError {
  return new ArgumentError(`${where} must be { dtype, shape } or a tree of these, got ${describe(tree)}`, { hint: `callback(f, { dtype: "float32", shape: [3] })` });
}

function specType({ dtype, shape }: Record<string, unknown>, where: string): TensorType {
  if (typeof dtype !== "string" || !Array.isArray(shape)) throw unreadable(where, { dtype, shape });
  return tensorType(checkDType(dtype, where), checkShape(shape as readonly number[], where));
}

/** Calls the host function on trees when the program runs; the tree of its results now. */
export function callHost(host: HostFunction, result: Declared, args: readonly unknown[]): unknown {
  const leaves = readTrees(args, args.map((_, i) => `argument ${i}`), `callback ${host.name}`);
  const place = placeNow();
  const inputs = { kind: "tuple", items: leaves.map((l) => l.structure) } as const;
  const call: HostCall = (arrays, types) => {
    const trees = unflatten(inputs, arrays) as unknown[];
    const out = withPlace(host, place, () => outsideTraces(() => inUserCode(() => (host.fn as (...args: readonly unknown[]) => unknown)(...trees))));
    return resultsOf(out, host.name, place, result.structure, types);
  };
  const values = applyCallback(new HostValue(host.name, call, place), result.types, leaves.flatMap((l): readonly Value[] => l.values), host);
  return unflatten(result.structure, values);
}

/** The error of the host function itself, with the line of the callback at the end of its stack. */
function withPlace<T>({ name }: HostFunction, place: string | undefined, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const note = `\n    in the callback ${name}${place === undefined ? "" : ` at ${place}`}`;
    if (!(error instanceof Error)) throw new ChainruleError(`the callback ${name} threw ${describe(error)}`, { place, cause: error });
    if (typeof error.stack === "string" && !error.stack.includes(note) && !Object.isFrozen(error)) error.stack += note;
    throw error;
  }
}

function resultsOf(tree: unknown, name: string, place: string | undefined, structure: Structure, types: readonly TensorType[]): ConcreteArray[] {
  const root = `the result of the callback ${name}`;
  if (tree instanceof Promise) {
    unheard(tree);
    throw new TreeError(`${root} is a Promise: callbacks are synchronous`, { place });
  }
  if (types.length === 0) return [];
  const paths = leafPaths(structure, root);
  let leaves: readonly unknown[];
  try {
    leaves = flattenLike(structure, tree, root);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    throw new TreeError(`${error.message.split("\n")[0]}`, { place, hint: "return the tree that was declared as the result type" });
  }
  return leaves.map((leaf, i) => resultOf(leaf, at(types, i), at(paths, i), place));
}

/** Numbers, what works as one, and lists take the declared dtype; typed arrays have one, and are read row by row. */
function resultOf(result: unknown, want: TensorType, path: string, place: string | undefined): ConcreteArray {
  const leaf = result instanceof ConcreteArray && result.type.shape.length === 0 ? result.elements[0] : result;
  const own = ownDType(leaf);
  const flat = ArrayBuffer.isView(leaf) && !isStrided(leaf);
  const array = own === undefined ? build(leaf, want.dtype, path) : toConcrete(leaf, own, path);
  const type = flat && array.type.shape[0] === sizeOf(want.shape) ? { ...array.type, shape: want.shape } : array.type;
  if (sameType(type, want)) return array.withType(want);
  const fault = sameShape(type.shape, want.shape) ? DTypeError : ShapeError;
  throw new fault(`${path} is ${showType(type)}, and ${showType(want)} was declared`, { place });
}
