/** Joining arrays, cutting them apart, and repeating, turning and rolling their elements. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { Axis, NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { checkAxis, describe, insertAt, range, sameShape, sizeOf } from "../core/shape.ts";
import { at, type Value } from "../core/tensor.ts";
import { showType, showTypes, tensorType } from "../core/type.ts";
import * as op from "../ops/concatenate.ts";
import { gather } from "../ops/gather.ts";
import { sliceAxis } from "../ops/slice.ts";
import { broadcastInDim, moveAxis, reshape, transpose } from "../ops/structure.ts";
import { type ArrayFunction, axisOptions, checkCount, checkInteger, manyAxes, oneAxis } from "./axis.ts";
import { expose, promote, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** A function of a list of arrays. */
export interface ListFunction<Rest extends readonly unknown[] = []> {
  (arrays: readonly NDArray[], ...rest: Rest): NDArray;
  (arrays: readonly Operand[], ...rest: Rest): Tensor;
}

/** A list of arrays in their common dtype. */
function listOf(arrays: unknown, where: string): Value[] {
  if (!Array.isArray(arrays)) throw new ArgumentError(`${where}: expected a list of arrays, got ${describe(arrays)}`, { hint: `write ${where}([x, y])` });
  if (arrays.length === 0) throw new ArgumentError(`${where}: the list is empty, at least one array is needed`);
  return promote(where, arrays);
}

/**
 * The arrays one after the other along an axis (default 0; null: flattened first), in their common dtype.
 * Throws `ShapeError` where they differ along another axis.
 *
 * @example concatenate([[[1, 2]], [[3, 4]]], 0) // → [[1, 2], [3, 4]]
 */
export const concatenate: ListFunction<[options?: { readonly axis?: number | null } | number | null]> = publicFunction("concatenate", ["[x, y, …]", "axis | { axis }"], (arrays: unknown, options?: unknown): never => {
  const values = listOf(arrays, "concatenate");
  const { axis = 0 } = axisOptions(options, ["axis"], "concatenate");
  if (axis === null) return expose(op.concatenate(values.map((v) => reshape(v, [sizeOf(v.type.shape)])), 0));
  return expose(op.concatenate(values, checkAxis(axis, at(values, 0).type.shape.length, "concatenate")));
});

/**
 * Arrays of one shape along a new axis, which stands at `axis` (default 0) of the result.
 * Throws `ShapeError` where the shapes differ.
 *
 * @example stack([[1, 2], [3, 4]], 1) // → [[1, 3], [2, 4]]
 */
export const stack: ListFunction<[options?: { readonly axis?: number } | number]> = publicFunction("stack", ["[x, y, …]", "axis | { axis }"], (arrays: unknown, options?: unknown): never => {
  const values = listOf(arrays, "stack");
  return expose(stackValues(values, oneAxis(options, at(values, 0).type.shape.length + 1, "stack") ?? 0, "stack"));
});

/** Values of one shape and dtype along a new axis. */
export function stackValues(values: readonly Value[], axis: number, where: string): Value {
  const { shape } = at(values, 0).type;
  if (!values.every((v) => sameShape(v.type.shape, shape))) {
    throw new ShapeError(`${where}: shapes differ: ${showTypes(values.map((v) => v.type))}`, { hint: "to join along an axis that exists write concatenate([...], axis)" });
  }
  return op.concatenate(values.map((v) => reshape(v, insertAt(shape, axis, 1))), axis);
}

/** x with at least `rank` axes, new ones in front, or behind from position `behind` on. */
function atLeast(x: Value, rank: number, behind = rank): Value {
  const { shape } = x.type;
  if (shape.length >= rank) return x;
  const padded = shape.length >= behind ? shape : [...new Array<number>(behind - shape.length).fill(1), ...shape];
  return reshape(x, [...padded, ...new Array<number>(rank - padded.length).fill(1)]);
}

/** Side by side: joined along axis 1, vectors and scalars along axis 0. @example hstack([[1, 2], [3]]) // → [1, 2, 3] */
export const hstack: ListFunction = publicFunction("hstack", ["[x, y, …]"], (arrays: unknown): never => {
  const values = listOf(arrays, "hstack").map((v) => atLeast(v, 1));
  return expose(op.concatenate(values, at(values, 0).type.shape.length === 1 ? 0 : 1));
});

/** On top of each other: joined along axis 0, vectors as rows. @example vstack([[1, 2], [3, 4]]) // → [[1, 2], [3, 4]] */
export const vstack: ListFunction = publicFunction("vstack", ["[x, y, …]"], (arrays: unknown): never => expose(op.concatenate(listOf(arrays, "vstack").map((v) => atLeast(v, 2)), 0)));

/** Behind each other: joined along axis 2, vectors as [1, n, 1], matrices as [m, n, 1]. @example dstack([[1, 2], [3, 4]]).shape // → [1, 2, 2] */
export const dstack: ListFunction = publicFunction("dstack", ["[x, y, …]"], (arrays: unknown): never => expose(op.concatenate(listOf(arrays, "dstack").map((v) => atLeast(v, 3, 2)), 2)));

/** Vectors as the columns of a matrix; matrices side by side. @example columnStack([[1, 2], [3, 4]]) // → [[1, 3], [2, 4]] */
export const columnStack: ListFunction = publicFunction("columnStack", ["[x, y, …]"], (arrays: unknown): never => {
  const columns = listOf(arrays, "columnStack").map((v) => (v.type.shape.length < 2 ? reshape(v, [sizeOf(v.type.shape), 1]) : v));
  return expose(op.concatenate(columns, 1));
});

/**
 * x cut along an axis (default 0): into that many equal parts, or before each of the given positions.
 * Throws `ShapeError` where the parts would not be equal.
 *
 * @example split([1, 2, 3, 4], 2) // → [[1, 2], [3, 4]]
 */
export const split: SplitFunction = publicFunction("split", ["x", "parts", "axis | { axis }"], (operand: unknown, parts: unknown, options?: unknown): never[] => {
  const x = toValue(operand, "split");
  const axis = oneAxis(options, x.type.shape.length, "split") ?? checkAxis(0, x.type.shape.length, "split");
  const length = at(x.type.shape, axis);
  const cuts = Array.isArray(parts) ? parts.map((p: unknown) => clipped(checkInteger(p, "split", "a position"), length)) : equalCuts(x, axis, checkCount(parts, "split", "the number of parts", 1));
  return [...cuts, length].map((end, i) => expose(sliceAxis(x, axis, Math.min(cuts[i - 1] ?? 0, end), end)));
});

export interface SplitFunction {
  (x: NDArray, parts: number | readonly number[], options?: { readonly axis?: number } | number): NDArray[];
  (x: Operand, parts: number | readonly number[], options?: { readonly axis?: number } | number): Tensor[];
}

function equalCuts(x: Value, axis: number, parts: number): number[] {
  const length = at(x.type.shape, axis);
  if (length % parts !== 0) throw new ShapeError(`split: axis ${axis} of ${showType(x.type)} has length ${length}, which ${parts} equal parts do not divide`, { hint: "give the positions to cut at: split(x, [2, 5])" });
  return range(parts - 1).map((i) => ((i + 1) * length) / parts);
}

/** A position counted from the end when negative, and moved into the axis. */
function clipped(position: number, length: number): number {
  return Math.min(Math.max(position < 0 ? position + length : position, 0), length);
}

/** The elements in the opposite order along `axis` (one, several, or all). @example flip([[1, 2], [3, 4]], 1) // → [[2, 1], [4, 3]] */
export const flip: ArrayFunction<[axis?: Axis | { readonly axis?: Axis }]> = publicFunction("flip", ["x", "axes | { axis }"], (operand: unknown, axis?: unknown): never => {
  const x = toValue(operand, "flip");
  return expose(op.reverse(x, manyAxes(axis, x.type.shape.length, "flip")));
});

/**
 * The elements moved `shift` positions along an axis, what leaves the end entering at the beginning. With several axes one shift for
 * each or one for all. Without an axis the flattened array is rolled.
 *
 * @example roll([1, 2, 3, 4], 1) // → [4, 1, 2, 3]
 */
export const roll: ArrayFunction<[shift: number | readonly number[], axis?: Axis | { readonly axis?: Axis }]> = publicFunction("roll", ["x", "shift", "axes | { axis }"], (operand: unknown, shift: unknown, argument?: unknown): never => {
  const x = toValue(operand, "roll");
  const { shape } = x.type;
  const { axis } = axisOptions(argument, ["axis"], "roll");
  const shifts = (Array.isArray(shift) ? shift : [shift]).map((s: unknown) => checkInteger(s, "roll", "a shift"));
  if (axis === undefined || axis === null) {
    const flat = reshape(x, [sizeOf(shape)]);
    return expose(reshape(rollAxis(flat, 0, shifts.reduce((a, b) => a + b, 0)), shape));
  }
  const axes = (Array.isArray(axis) ? axis : [axis]).map((a: unknown) => checkAxis(a, shape.length, "roll"));
  if (shifts.length !== 1 && axes.length !== 1 && shifts.length !== axes.length) throw new ArgumentError(`roll: ${shifts.length} shifts for ${axes.length} axes`);
  const pairs = range(Math.max(shifts.length, axes.length)).map((i) => [at(axes, axes.length === 1 ? 0 : i), at(shifts, shifts.length === 1 ? 0 : i)] as const);
  return expose(pairs.reduce((y, [a, s]) => rollAxis(y, a, s), x));
});

function rollAxis(x: Value, axis: number, shift: number): Value {
  const length = at(x.type.shape, axis);
  const start = length === 0 ? 0 : ((shift % length) + length) % length;
  if (start === 0) return x;
  return op.concatenate([sliceAxis(x, axis, length - start, length), sliceAxis(x, axis, 0, length - start)], axis);
}

/** x turned k quarter turns in the plane of `axes` (default [0, 1]), from the first towards the second. @example rot90([[1, 2], [3, 4]]) // → [[2, 4], [1, 3]] */
export const rot90: ArrayFunction<[options?: { readonly k?: number; readonly axes?: readonly [number, number] }]> = publicFunction("rot90", ["x", "{ k, axes }"], (operand: unknown, options?: unknown): never => {
  const x = toValue(operand, "rot90");
  const rank = x.type.shape.length;
  const { k = 1, axes = [0, 1] } = axisOptions(options, ["k", "axes"], "rot90");
  const [a, b] = (axes as readonly unknown[]).map((d) => checkAxis(d, rank, "rot90")) as [number, number];
  if (!Array.isArray(axes) || axes.length !== 2 || a === b) throw new ArgumentError(`rot90: axes must be two different axes, got ${describe(axes)}`);
  const exchange = (y: Value): Value => transpose(y, range(rank).map((d) => (d === a ? b : d === b ? a : d)));
  const turns = ((checkInteger(k, "rot90", "k") % 4) + 4) % 4;
  return expose(turns === 0 ? x : turns === 1 ? exchange(op.reverse(x, [b])) : turns === 2 ? op.reverse(x, [a, b]) : op.reverse(exchange(x), [b]));
});

/**
 * x laid out `counts` times along each axis; counts and axes are matched from the last one, missing ones being 1.
 *
 * @example tile([1, 2], [2, 2]) // → [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export const tile: ArrayFunction<[counts: number | readonly number[]]> = publicFunction("tile", ["x", "counts"], (operand: unknown, counts: unknown): never => {
  const x = toValue(operand, "tile");
  const times = (Array.isArray(counts) ? counts : [counts]).map((c: unknown) => checkCount(c, "tile", "a count"));
  const rank = Math.max(times.length, x.type.shape.length);
  const fill = (list: readonly number[]): number[] => [...new Array<number>(rank - list.length).fill(1), ...list];
  const [shape, repeats] = [fill(x.type.shape), fill(times)];
  const spread = broadcastInDim(reshape(x, shape), shape.flatMap((n, d) => [at(repeats, d), n]), range(rank).map((d) => 2 * d + 1));
  return expose(reshape(spread, shape.map((n, d) => n * at(repeats, d))));
});

/**
 * Each element `count` times in a row along an axis, or as often as a list says for each position. Without an axis the array is
 * flattened first.
 *
 * @example repeat([1, 2], [3, 1]) // → [1, 1, 1, 2]
 */
export const repeat: ArrayFunction<[count: number | readonly number[], options?: { readonly axis?: number | null } | number | null]> = publicFunction("repeat", ["x", "count", "axis | { axis }"], (operand: unknown, count: unknown, options?: unknown): never => {
  const given = toValue(operand, "repeat");
  const chosen = oneAxis(options, given.type.shape.length, "repeat");
  const x = chosen === undefined ? reshape(given, [sizeOf(given.type.shape)]) : given;
  const axis = chosen ?? 0;
  const { shape } = x.type;
  const counts = (Array.isArray(count) ? count : [count]).map((c: unknown) => checkCount(c, "repeat", "a count"));
  if (counts.length === 1) {
    const spread = broadcastInDim(x, insertAt(shape, axis + 1, at(counts, 0)), range(shape.length).map((d) => (d > axis ? d + 1 : d)));
    return expose(reshape(spread, shape.map((n, d) => (d === axis ? n * at(counts, 0) : n))));
  }
  if (counts.length !== shape[axis]) throw new ShapeError(`repeat: ${counts.length} counts for axis ${axis} of ${showType(x.type)}`, { hint: "give one count, or one for each position" });
  return expose(selectAlong(x, axis, counts.flatMap((c, i) => new Array<number>(c).fill(i))));
});

/** The elements at known positions of one axis. */
export function selectAlong(x: Value, axis: number, positions: readonly number[]): Value {
  const indices = ConcreteArray.of(tensorType("int32", [positions.length, 1]), Int32Array.from(positions));
  return moveAxis(gather(x, indices, { axes: [axis], batch: 0, mode: "clip", fillValue: 0 }), 0, axis);
}
