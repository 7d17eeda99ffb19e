/**
 * Shapes and axes. `squeeze`, `expandDims` and `ravel` are the primitive `reshape`: it says everything they could say, its transpose
 * and batch rules are theirs, and programs have one way less to write the same thing.
 */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { Axis, NDArray, Operand, Tensor } from "../core/array-types.ts";
import { broadcastShapes, checkAxis, checkShape, describe, insertAt, range, sameShape, showShape, sizeOf, without } from "../core/shape.ts";
import { at, isValue, type Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import * as op from "../ops/structure.ts";
import { type ArrayFunction, axisOptions, manyAxes } from "./axis.ts";
import { broadcastValue, expose, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** A length stands for a shape of rank 1. */
export type ShapeArgument = number | readonly number[];

/** The shape a user passed. */
export function shapeArgument(shape: unknown, where: string): number[] {
  if (isValue(shape)) throw new ArgumentError(`${where}: a shape must be plain numbers known while tracing, got ${describe(shape)}`, { hint: "write x.shape for the shape of x" });
  return checkShape(typeof shape === "number" ? [shape] : shape, where);
}

/**
 * The same elements, row-major, under another shape. One length may be -1: it is worked out.
 * Throws `ShapeError` where the number of elements differs.
 *
 * @example reshape([1, 2, 3, 4], [2, -1]) // → [[1, 2], [3, 4]]
 */
export const reshape: ArrayFunction<[shape: ShapeArgument]> = publicFunction("reshape", ["x", "shape"], (operand: unknown, shape: unknown): never => {
  const x = toValue(operand, "reshape");
  const lengths: unknown = typeof shape === "number" ? [shape] : shape;
  return expose(op.reshape(x, Array.isArray(lengths) && lengths.includes(-1) ? inferred(x, lengths) : shapeArgument(shape, "reshape")));
});

function inferred(x: Value, lengths: readonly unknown[]): number[] {
  const place = lengths.indexOf(-1);
  const others = lengths.filter((_, i) => i !== place);
  if (others.includes(-1)) throw new ShapeError(`reshape: only one length may be -1, got ${describe(lengths)}`, { hint: "-1 is the length that follows from all others" });
  if (!others.every(isLength)) throw new ShapeError(`reshape: a shape is a list of non-negative integers, one of which may be -1, got ${describe(lengths)}`);
  const [size, known] = [sizeOf(x.type.shape), sizeOf(others)];
  if (known === 0 ? size !== 0 : size % known !== 0) {
    throw new ShapeError(`reshape: ${showType(x.type)} has ${size} elements, which ${showShape(lengths as number[])} cannot hold`, { hint: "the lengths besides -1 must divide the number of elements" });
  }
  if (known === 0) throw new ShapeError(`reshape: -1 in ${showShape(lengths as number[])} could be any length, because another length is 0`, { hint: "write all lengths" });
  return insertAt(others, place, size / known);
}

function isLength(n: unknown): n is number {
  return Number.isSafeInteger(n) && (n as number) >= 0;
}

/** All elements in one axis, row-major. @example ravel([[1, 2], [3, 4]]) // → [1, 2, 3, 4] */
export const ravel: ArrayFunction = publicFunction("ravel", ["x"], (operand: unknown): never => {
  const x = toValue(operand, "ravel");
  return expose(op.reshape(x, [sizeOf(x.type.shape)]));
});

/**
 * The axes in another order: axis i of the result is axis axes[i] of x. Without `axes` they are reversed.
 * Throws `ShapeError` where `axes` does not name each axis once.
 *
 * @example transpose([[1, 2], [3, 4]]) // → [[1, 3], [2, 4]]
 */
export const transpose: ArrayFunction<[axes?: readonly number[]]> = publicFunction("transpose", ["x", "axes"], (operand: unknown, axes?: unknown): never => {
  const x = toValue(operand, "transpose");
  const rank = x.type.shape.length;
  if (axes === undefined || axes === null) return expose(op.transpose(x, range(rank).reverse()));
  if (!Array.isArray(axes)) throw new ArgumentError(`transpose: axes are a list of numbers, got ${describe(axes)}`, { hint: "to exchange two axes write swapaxes(x, a, b)" });
  return expose(op.transpose(x, axes.map((a) => checkAxis(a, rank, "transpose"))));
});

/** Axes a and b exchanged. @example swapaxes(zeros([2, 3, 4]), 0, 2).shape // → [4, 3, 2] */
export const swapaxes: ArrayFunction<[a: number, b: number]> = publicFunction("swapaxes", ["x", "a", "b"], (operand: unknown, a: unknown, b: unknown): never => {
  const x = toValue(operand, "swapaxes");
  const rank = x.type.shape.length;
  const [i, j] = [checkAxis(a, rank, "swapaxes"), checkAxis(b, rank, "swapaxes")];
  return expose(op.transpose(x, range(rank).map((d) => (d === i ? j : d === j ? i : d))));
});

/**
 * The axes `source` moved to `destination`, the others staying in order.
 *
 * @example moveaxis(zeros([2, 3, 4]), 0, -1).shape // → [3, 4, 2]
 */
export const moveaxis: ArrayFunction<[source: number | readonly number[], destination: number | readonly number[]]> = publicFunction("moveaxis", ["x", "source", "destination"], (operand: unknown, source: unknown, destination: unknown): never => {
  const x = toValue(operand, "moveaxis");
  const rank = x.type.shape.length;
  const [from, to] = [distinctAxes(source, rank, "moveaxis"), distinctAxes(destination, rank, "moveaxis")];
  if (from.length !== to.length) throw new ArgumentError(`moveaxis: ${from.length} source axes for ${to.length} destinations`);
  const rest = range(rank).filter((d) => !from.includes(d));
  const order = range(rank).map((d) => (to.includes(d) ? at(from, to.indexOf(d)) : (rest.shift() as number)));
  return expose(op.transpose(x, order));
});

/** Axes in the order given, each once. */
function distinctAxes(axes: unknown, rank: number, where: string): number[] {
  const list = (Array.isArray(axes) ? axes : [axes]).map((a: unknown) => checkAxis(a, rank, where));
  if (new Set(list).size !== list.length) throw new ArgumentError(`${where}: an axis appears twice in ${describe(axes)}`);
  return list;
}

/**
 * Without axes of length 1: those named, which must have that length, or all of them.
 *
 * @example squeeze(zeros([1, 3, 1]), 0).shape // → [3, 1]
 */
export const squeeze: ArrayFunction<[axis?: Axis | { readonly axis?: Axis }]> = publicFunction("squeeze", ["x", "axes | { axis }"], (operand: unknown, argument?: unknown): never => {
  const x = toValue(operand, "squeeze");
  const { shape } = x.type;
  const { axis } = axisOptions(argument, ["axis"], "squeeze");
  const axes = axis === undefined || axis === null ? range(shape.length).filter((d) => shape[d] === 1) : manyAxes(axis, shape.length, "squeeze");
  const long = axes.find((d) => shape[d] !== 1);
  if (long !== undefined) throw new ShapeError(`squeeze: axis ${long} of ${showType(x.type)} has length ${shape[long]}, only axes of length 1 can be dropped`);
  return expose(op.reshape(x, without(shape, axes)));
});

/**
 * With further axes of length 1, which stand at `axis` (one or several) of the result.
 *
 * @example expandDims([1, 2], 0).shape // → [1, 2]
 */
export const expandDims: ArrayFunction<[axis: number | readonly number[]]> = publicFunction("expandDims", ["x", "axes"], (operand: unknown, axis: unknown): never => {
  const x = toValue(operand, "expandDims");
  const count = Array.isArray(axis) ? axis.length : 1;
  const axes = distinctAxes(axis, x.type.shape.length + count, "expandDims").sort((a, b) => a - b);
  return expose(op.reshape(x, axes.reduce((shape: readonly number[], a) => insertAt(shape, a, 1), x.type.shape)));
});

/**
 * x repeated to `shape`: its axes are matched with the last ones, and those of length 1 stretch.
 * Throws `ShapeError` where they do not fit.
 *
 * @example broadcastTo([1, 2], [3, 2]) // → [[1, 2], [1, 2], [1, 2]]
 */
export const broadcastTo: ArrayFunction<[shape: ShapeArgument]> = publicFunction("broadcastTo", ["x", "shape"], (operand: unknown, shape: unknown): never => {
  const x = toValue(operand, "broadcastTo");
  const to = shapeArgument(shape, "broadcastTo");
  const lead = to.length - x.type.shape.length;
  if (lead < 0 || !x.type.shape.every((n, d) => n === 1 || n === to[lead + d])) {
    throw new ShapeError(`broadcastTo: ${showType(x.type)} does not broadcast to ${showShape(to)}`, { hint: "axes are matched from the last one; each of x must be equal or 1" });
  }
  return expose(broadcastValue(x, to));
});

/** All arrays repeated to their common shape; dtypes stay. @example broadcastArrays([1, 2], [[3], [4]]).map((x) => x.shape) // → [[2, 2], [2, 2]] */
export function broadcastArrays(...arrays: readonly NDArray[]): NDArray[];
export function broadcastArrays(...arrays: readonly Operand[]): Tensor[];
export function broadcastArrays(...arrays: readonly unknown[]): unknown[] {
  const values = arrays.map((x) => toValue(x, "broadcastArrays"));
  const shape = broadcastShapes(values.map((v) => v.type.shape), "broadcastArrays");
  return values.map((v) => (sameShape(v.type.shape, shape) ? v : broadcastValue(v, shape)));
}
