/** Products of vectors, matrices and stacks of matrices, with NumPy's rules. All are one contraction and views. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { broadcastShapes, checkAxis, describe, insertAt, range, without } from "../core/shape.ts";
import { scalar, type Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import { mul, sub } from "../ops/arithmetic.ts";
import { concatenate } from "../ops/concatenate.ts";
import * as op from "../ops/dot.ts";
import { pad, sliceAxis } from "../ops/slice.ts";
import { moveAxis, reshape } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";
import { arrangeLabels, contractPair, numericOperands, withoutStretched } from "./contract.ts";
import { type BinaryFunction, broadcastValue, broadcastValues, expose } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

function product(name: string, multiply: (x: Value, y: Value) => Value): BinaryFunction {
  return publicFunction(name, ["x", "y"], (x: unknown, y: unknown): never => {
    const [a, b] = numericOperands(name, [x, y]) as [Value, Value];
    return expose(multiply(a, b));
  });
}

/**
 * The matrix product: [..., m, k] · [..., k, n] → [..., m, n]; the leading axes broadcast. A vector on the left counts as a row, on
 * the right as a column, and its axis is missing in the result. Integers and floats; float32 sums are kept in float64.
 *
 * @throws ShapeError where the inner dimensions differ or an operand is a scalar; DTypeError for bool.
 * @example matmul([[1, 2], [3, 4]], [1, 1]); // → [3, 7]
 */
export const matmul: BinaryFunction = product("matmul", (x, y) => {
  const [xRank, yRank] = [x.type.shape.length, y.type.shape.length];
  if (xRank === 0 || yRank === 0) {
    throw new ShapeError(`matmul: needs vectors or matrices, got ${showType(x.type)} · ${showType(y.type)}`, { hint: "to scale by a number use x.mul(y)" });
  }
  const inner = yRank === 1 ? 0 : yRank - 2;
  if (x.type.shape[xRank - 1] !== y.type.shape[inner]) throw innerDiffer(x, y, inner);
  const [xStack, yStack] = [x.type.shape.slice(0, -2), y.type.shape.slice(0, -2)];
  const stack = broadcastShapes([xStack, yStack], "matmul: the leading axes");
  const names = (count: number): string[] => range(count).map((i) => `stack${stack.length - count + i}`);
  const rows = xRank === 1 ? [] : ["m"];
  const columns = yRank === 1 ? [] : ["n"];
  const longer = (label: string): boolean => label.startsWith("stack") && stack[Number(label.slice(5))] !== 1;
  const a = withoutStretched({ value: x, labels: [...names(xStack.length), ...rows, "k"] }, longer);
  const b = withoutStretched({ value: y, labels: [...names(yStack.length), "k", ...columns] }, longer);
  const labels = [...names(stack.length), ...rows, ...columns];
  return arrangeLabels(contractPair(a, b, new Set(labels)), labels);
});

function innerDiffer(x: Value, y: Value, inner: number): ShapeError {
  const [xs, ys] = [x.type.shape, y.type.shape];
  const [have, want] = [xs[xs.length - 1], ys[inner]];
  const flipped = (rank: number): string => (rank === 2 ? "transpose()" : "swapaxes(-1, -2)");
  const hint =
    ys.length >= 2 && ys[ys.length - 1] === have
      ? `did you mean x.matmul(w.${flipped(ys.length)})?`
      : xs.length >= 2 && xs[xs.length - 2] === want
        ? `did you mean x.${flipped(xs.length)}.matmul(w)?`
        : `the last axis of the left operand must be as long as ${ys.length === 1 ? "the right one" : "the second to last axis of the right one"}`;
  return new ShapeError(`matmul: inner dimensions differ: ${showType(x.type)} · ${showType(y.type)} (${have} ≠ ${want})`, { hint });
}

/** x · y summed over axis i of x and axis j of y; the other axes of x, then those of y. */
function contractAxes(name: string, x: Value, y: Value, i: readonly number[], j: readonly number[]): Value {
  i.forEach((a, n) => {
    const b = j[n] as number;
    const [have, want] = [x.type.shape[a], y.type.shape[b]];
    if (have !== want) throw new ShapeError(`${name}: axis ${a} of ${showType(x.type)} and axis ${b} of ${showType(y.type)} differ in length (${have} ≠ ${want})`, { hint: "axes that are summed over together must have equal lengths" });
  });
  return op.dotGeneral(x, y, { contract: [i, j], batch: [[], []] });
}

/**
 * NumPy's dot: the inner product of vectors, the matrix product of matrices, a scaling where one is a scalar; in general the sum over
 * the last axis of x and the second to last of y (its only one, of a vector): shape [...x without it, ...y without it].
 *
 * @example dot([1, 2, 3], [4, 5, 6]); // → 32
 */
export const dot: BinaryFunction = product("dot", (x, y) => {
  const [xRank, yRank] = [x.type.shape.length, y.type.shape.length];
  if (xRank === 0 || yRank === 0) return multiplied(x, y);
  return contractAxes("dot", x, y, [xRank - 1], [yRank === 1 ? 0 : yRank - 2]);
});

function multiplied(x: Value, y: Value): Value {
  const [a, b] = broadcastValues("multiply", [x, y]) as [Value, Value];
  return mul(a, b);
}

function flat(x: Value): Value {
  return reshape(x, [x.type.shape.reduce((size, n) => size * n, 1)]);
}

/** The inner product of both operands flattened: a scalar. @example vdot([[1, 2]], [[3], [4]]) // → 11 */
export const vdot: BinaryFunction = product("vdot", (x, y) => contractAxes("vdot", flat(x), flat(y), [0], [0]));

/** The sum over the last axes of both: shape [...x without it, ...y without it]; of a scalar and an array their product. @example inner([[1, 2]], [[3, 4], [5, 6]]) // → [[11, 17]] */
export const inner: BinaryFunction = product("inner", (x, y) => {
  const [xRank, yRank] = [x.type.shape.length, y.type.shape.length];
  return xRank === 0 || yRank === 0 ? multiplied(x, y) : contractAxes("inner", x, y, [xRank - 1], [yRank - 1]);
});

/** Every product of an element of x with one of y, both flattened: shape [x.size, y.size]. @example outer([1, 2], [3, 4]) // → [[3, 4], [6, 8]] */
export const outer: BinaryFunction = product("outer", (x, y) => {
  const [a, b] = [flat(x), flat(y)];
  return multiplied(reshape(a, [...a.type.shape, 1]), b);
});

export type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]];
export interface TensordotOptions {
  readonly axes?: TensordotAxes;
}

/** A function of two arrays and further arguments that are no arrays. */
export interface ContractionFunction<Rest extends readonly unknown[]> {
  (x: NDArray, y: NDArray, ...rest: Rest): NDArray;
  (x: Operand, y: Operand, ...rest: Rest): Tensor;
}

/**
 * The sum over several axes of both: the last `axes` of x with the first `axes` of y (default 2), or the axes listed for each.
 *
 * @example tensordot([[1, 2], [3, 4]], [1, 1], 1); // → [3, 7]
 */
export const tensordot: ContractionFunction<[axes?: TensordotAxes | TensordotOptions]> = publicFunction("tensordot", ["x", "y", "axes | { axes }"], (x: unknown, y: unknown, axes: TensordotAxes | TensordotOptions = 2): never => {
  const [a, b] = numericOperands("tensordot", [x, y]) as [Value, Value];
  const [i, j] = summedAxes(axes, a.type.shape.length, b.type.shape.length);
  return expose(contractAxes("tensordot", a, b, i, j));
});

function summedAxes(argument: TensordotAxes | TensordotOptions, xRank: number, yRank: number): [number[], number[]] {
  if (typeof argument === "object" && !Array.isArray(argument)) {
    checkKeys(argument, ["axes"], "tensordot");
    return summedAxes((argument as TensordotOptions).axes ?? 2, xRank, yRank);
  }
  const axes = argument as TensordotAxes;
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(xRank, yRank)) throw new ArgumentError(`tensordot: cannot sum over ${axes} axes of operands of ranks ${xRank} and ${yRank}`, { hint: "a number counts the last axes of x and the first of y; [[…], […]] lists them" });
    return [range(axes).map((a) => xRank - axes + a), range(axes)];
  }
  const list = (of: number | readonly number[], rank: number): number[] => [of].flat().map((a) => checkAxis(a, rank, "tensordot"));
  const [i, j] = [list(axes[0], xRank), list(axes[1], yRank)];
  if (i.length !== j.length || new Set(i).size !== i.length || new Set(j).size !== j.length) {
    throw new ArgumentError(`tensordot: axes [${i.join(", ")}] and [${j.join(", ")}] must be equally many, each named once`, { hint: "tensordot(x, y, [[0, 1], [1, 0]]) sums axis 0 of x with 1 of y, and 1 of x with 0 of y" });
  }
  return [i, j];
}

export interface ContractionAxes {
  /** Axes of x and of y that are summed over together. */
  readonly contract?: readonly [readonly number[], readonly number[]];
  /** Axes of x and of y that are kept together, first in the result. */
  readonly batch?: readonly [readonly number[], readonly number[]];
}

/**
 * The general contraction, as `jax.lax.dot_general`: result axes are the batch axes, the other axes of x, the other axes of y.
 *
 * @example dotGeneral([[1, 2], [3, 4]], [[5, 6], [7, 8]], { contract: [[1], [1]], batch: [[0], [0]] }); // → [17, 53]
 */
export const dotGeneral: ContractionFunction<[axes: ContractionAxes]> = publicFunction("dotGeneral", ["x", "y", "{ contract, batch }"], (x: unknown, y: unknown, axes: ContractionAxes): never => {
  const hint = "dotGeneral(x, y, { contract: [[1], [0]] }) sums axis 1 of x with axis 0 of y; batch: [[0], [0]] keeps pairs of axes";
  if (typeof axes !== "object" || axes === null) throw new ArgumentError(`dotGeneral: which axes to pair is missing, got ${describe(axes)}`, { hint });
  checkKeys(axes, ["contract", "batch"], "dotGeneral");
  const [a, b] = numericOperands("dotGeneral", [x, y]) as [Value, Value];
  const pairs = (name: keyof ContractionAxes): op.AxisPairs => {
    const given: unknown = axes[name] ?? [[], []];
    if (!Array.isArray(given) || given.length !== 2 || !given.every(Array.isArray)) throw new ArgumentError(`dotGeneral: ${name} must be two lists of axes, one of x and one of y, got ${describe(given)}`, { hint });
    const [i, j] = given as unknown[][] as [unknown[], unknown[]];
    return [i.map((n) => checkAxis(n, a.type.shape.length, "dotGeneral")), j.map((n) => checkAxis(n, b.type.shape.length, "dotGeneral"))];
  };
  return expose(op.dotGeneral(a, b, { contract: pairs("contract"), batch: pairs("batch") }));
});

/** The Kronecker product: every element of x times the whole of y, as blocks. @example kron([1, 10], [1, 2]) // → [1, 2, 10, 20] */
export const kron: BinaryFunction = product("kron", (x, y) => {
  const rank = Math.max(x.type.shape.length, y.type.shape.length);
  const full = (v: Value): number[] => [...new Array<number>(rank - v.type.shape.length).fill(1), ...v.type.shape];
  const [a, b] = [full(x), full(y)];
  const blocks = multiplied(reshape(x, a.flatMap((n) => [n, 1])), reshape(y, b.flatMap((n) => [1, n])));
  return reshape(blocks, a.map((n, d) => n * (b[d] as number)));
});

export interface CrossOptions {
  /** The axis that holds the vectors. Default: the last. */
  readonly axis?: number;
}

/**
 * The cross product of vectors of length 3 along an axis, the other axes broadcast. A vector of length 2 counts as one with z = 0;
 * of two such vectors the result is the z component alone.
 *
 * @throws ShapeError for vectors of another length.
 * @example cross([1, 0, 0], [0, 1, 0]); // → [0, 0, 1]
 */
export const cross: ContractionFunction<[options?: CrossOptions]> = publicFunction("cross", ["x", "y", "{ axis }"], (x: unknown, y: unknown, options: CrossOptions = {}): never => {
  checkKeys(options, ["axis"], "cross");
  const [a, b] = numericOperands("cross", [x, y]) as [Value, Value];
  const [u, v] = [a, b].map((w) => lastAxis(w, options.axis ?? -1)) as [Value, Value];
  const flatVectors = [u, v].every((w) => w.type.shape[w.type.shape.length - 1] === 2);
  const lead = broadcastShapes([u.type.shape.slice(0, -1), v.type.shape.slice(0, -1)], "cross");
  const [p, q] = [u, v].map((w) => broadcastValue(threeLong(w), [...lead, 3])) as [Value, Value];
  const last = lead.length;
  const component = (i: number): Value => {
    const [j, k] = [(i + 1) % 3, (i + 2) % 3];
    const part = (w: Value, n: number): Value => sliceAxis(w, last, n, n + 1);
    return sub(mul(part(p, j), part(q, k)), mul(part(p, k), part(q, j)));
  };
  if (flatVectors) return expose(reshape(component(2), lead));
  const axis = options.axis === undefined ? last : checkAxis(options.axis, last + 1, "cross");
  return expose(moveAxis(concatenate([0, 1, 2].map(component), last), last, axis));
});

function lastAxis(x: Value, axis: number): Value {
  const rank = x.type.shape.length;
  const from = checkAxis(axis, rank, "cross");
  const length = x.type.shape[from];
  if (length !== 2 && length !== 3) throw new ShapeError(`cross: the vectors have length ${length} in ${showType(x.type)}, not 2 or 3`, { hint: "name the axis that holds the vectors: cross(x, y, { axis })" });
  return moveAxis(x, from, rank - 1);
}

function threeLong(x: Value): Value {
  const last = x.type.shape.length - 1;
  if (x.type.shape[last] === 3) return x;
  const none = x.type.shape.map(() => 0);
  return pad(x, scalar(0, x.type.dtype), { low: none, high: insertAt(without(none, [last]), last, 1), interior: none });
}
