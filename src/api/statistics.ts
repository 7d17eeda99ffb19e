/** Means and spreads, norms, and the functions that go through a sum of exponentials. All give floats. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { Axis, Operand, ReduceOptions, VarianceOptions } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { checkAxes, checkAxis, describe, range, sizeOf, without } from "../core/shape.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import { showType, tensorType } from "../core/type.ts";
import { abs, div, mul, sub } from "../ops/arithmetic.ts";
import { equal, notEqual } from "../ops/compare.ts";
import { stopGradient } from "../ops/control.ts";
import { add, convert } from "../ops/elementwise.ts";
import { exp, log, sqrt } from "../ops/exponential.ts";
import { integerPow, pow } from "../ops/power.ts";
import { checkElements, reduceMax, reduceMin } from "../ops/reduce.ts";
import { isFinite } from "../ops/rounding.ts";
import { select } from "../ops/select.ts";
import { countOf, logSoftmax as logSoftmaxOf, mean as meanOf, type RowFunction, softmax as softmaxOf, squaredDeviations } from "../ops/rows.ts";
import { broadcastInDim, reduceSum, spread } from "../ops/structure.ts";
import { type ArrayFunction, axisOptions, keepAxes, reduced, reduceForm, type ReduceFunction } from "./axis.ts";
import { broadcastValue, expose, floating, promote } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** Σ (x - mean)² / (n - ddof); NaN where that leaves nothing to divide by. */
function varianceOf(x: Value, axes: readonly number[], ddof: number): Value {
  const count = countOf(x, axes) - ddof;
  return div(squaredDeviations(x, axes), count > 0 ? count : Number.NaN);
}

/** √x of a sum of squares, whose derivative at 0 is taken as 0: what it is the length of has no direction there. */
function length(x: Value): Value {
  const zero = equal(x, 0);
  return select(zero, 0, sqrt(select(zero, 1, x)));
}

/** The arithmetic mean; NaN of nothing. Integers and bool become floats. @example mean([[1, 2], [3, 6]], 1) // → [1.5, 4.5] */
export const mean: ReduceFunction = publicFunction("mean", reduceForm, (x: unknown, options?: unknown): never => expose(reduced(floating(x, "mean"), options, "mean", meanOf)));

export type VarianceFunction = ArrayFunction<[options?: VarianceOptions | Axis]>;

function varianceFunction(name: string, finish: (variance: Value) => Value): VarianceFunction {
  return publicFunction(name, ["x", "axes | { axis, keepDims, ddof }"], (x: unknown, options?: unknown): never => {
    const { ddof = 0 } = axisOptions(options, varianceKeys, name);
    if (typeof ddof !== "number") throw new ArgumentError(`${name}: ddof must be a number, got ${describe(ddof)}`);
    return expose(reduced(floating(x, name), options, name, (v, axes) => finish(varianceOf(v, axes, ddof)), varianceKeys));
  });
}
const varianceKeys = ["axis", "keepDims", "ddof"];

/** The mean squared distance from the mean. With `ddof`, the sum is divided by n - ddof (1: the unbiased estimate). @example variance([1, 3]) // → 1 */
export const variance: VarianceFunction = varianceFunction("variance", (v) => v);

/** The standard deviation √variance. Its gradient at a constant array is 0. @example std([1, 3, 5, 7], { ddof: 1 }) // → 2.58… */
export const std: VarianceFunction = varianceFunction("std", length);

export interface AverageOptions extends ReduceOptions {
  /** Of the shape of x, or one per element of the one `axis`. Absent: all equal. */
  readonly weights?: Operand;
}

/**
 * The weighted mean Σ wx / Σ w. Throws `ShapeError` where the weights fit neither x nor its axis.
 *
 * @example average([1, 2, 4], { weights: [2, 1, 1] }) // → 2
 */
export const average: ArrayFunction<[options?: AverageOptions | Axis]> = publicFunction("average", ["x", "axes | { axis, keepDims, weights }"], (operand: unknown, argument?: unknown): never => {
  const keys = ["axis", "keepDims", "weights"];
  const { weights, axis } = axisOptions(argument, keys, "average");
  if (weights === undefined) return expose(reduced(floating(operand, "average"), argument, "average", meanOf, keys));
  const [x, given] = promote("average", [operand, weights], { floating: true }) as [Value, Value];
  const w = weightsFor(x, given, axis);
  return expose(reduced(x, argument, "average", (v, axes) => div(reduceSum(mul(v, w), axes), reduceSum(w, axes)), keys));
});

function weightsFor(x: Value, w: Value, axis: unknown): Value {
  const { shape } = x.type;
  if (w.type.shape.length === shape.length) return broadcastValue(w, shape);
  const [only] = checkAxes(axis, shape.length, "average");
  if (w.type.shape.length === 1 && typeof axis === "number" && only !== undefined && w.type.shape[0] === shape[only]) return broadcastInDim(w, shape, [only]);
  throw new ShapeError(`average: weights ${showType(w.type)} fit neither ${showType(x.type)} nor its axis`, { hint: "give weights of the shape of x, or a vector together with one axis" });
}

/** `f` on x with NaN replaced by 0, and the number of elements that are not NaN. */
const withoutNaN = (name: string, f: (sum: Value, count: Value) => Value): ReduceFunction => {
  const reduce = (x: Value, axes: readonly number[]): Value => {
    const missing = notEqual(x, x);
    return f(reduceSum(select(missing, 0, x), axes), reduceSum(select(missing, 0, splatLike(x, 1)), axes));
  };
  return publicFunction(name, reduceForm, (x: unknown, options?: unknown): never => expose(reduced(floating(x, name), options, name, reduce)));
};

/** The sum of the elements that are not NaN, as floats. @example nanSum([1, NaN, 2]) // → 3 */
export const nanSum: ReduceFunction = withoutNaN("nanSum", (total) => total);
/** The mean of the elements that are not NaN; NaN where there are none. @example nanMean([1, NaN, 2]) // → 1.5 */
export const nanMean: ReduceFunction = withoutNaN("nanMean", div);

/** The largest element as a shift that keeps exponentials in range: constant to derivatives, 0 where it is not finite. */
function shiftFor(x: Value, axes: readonly number[]): Value {
  const largest = stopGradient(reduceMax(x, axes));
  return select(isFinite(largest), largest, 0);
}

/** log Σ exp(x - m) + m. Where the sum is 0 the logarithm is -∞ and its gradient 0. */
function logsumexpOf(x: Value, axes: readonly number[]): Value {
  if (countOf(x, axes) === 0) return ConcreteArray.splat(tensorType(x.type.dtype, without(x.type.shape, axes)), Number.NEGATIVE_INFINITY);
  const m = shiftFor(x, axes);
  const total = reduceSum(exp(sub(x, spread(m, x, axes))), axes);
  const nothing = equal(total, 0);
  return add(select(nothing, Number.NEGATIVE_INFINITY, log(select(nothing, 1, total))), m);
}

/** log Σ eˣ without overflow; -∞ of nothing. Its gradient is the softmax, and 0 where all elements are -∞. @example logsumexp([1000, 1000]) // → 1000.69… */
export const logsumexp: ReduceFunction = publicFunction("logsumexp", reduceForm, (x: unknown, options?: unknown): never => expose(reduced(floating(x, "logsumexp"), options, "logsumexp", logsumexpOf)));

export type SoftmaxFunction = ArrayFunction<[options?: { readonly axis?: Axis } | Axis]>;

function softmaxFunction(name: string, f: RowFunction): SoftmaxFunction {
  return publicFunction(name, ["x", "axes | { axis }"], (operand: unknown, argument?: unknown): never => {
    const x = floating(operand, name);
    const { axis = -1 } = axisOptions(argument, ["axis"], name);
    const axes = checkAxes(axis, x.type.shape.length, name);
    return expose(sizeOf(x.type.shape) === 0 ? x : f(x, axes));
  });
}

/** eˣ / Σ eˣ along `axis` (default the last), without overflow. The shape stays. @example softmax([0, 0]) // → [0.5, 0.5] */
export const softmax: SoftmaxFunction = softmaxFunction("softmax", softmaxOf);

/** log softmax(x) along `axis` (default the last), exact where the softmax underflows. @example logSoftmax([0, 0]) // → [-0.69…, -0.69…] */
export const logSoftmax: SoftmaxFunction = softmaxFunction("logSoftmax", logSoftmaxOf);

export interface NormOptions extends ReduceOptions {
  /** Which norm: 2 (default), 1, Infinity, -Infinity, 0 or any p of vectors; "fro" (default), 1, -1, Infinity, -Infinity of matrices. */
  readonly ord?: number | "fro";
}
export type NormFunction = ArrayFunction<[options?: NormOptions | Axis]>;

/**
 * The length of vectors along one axis, of matrices over two, or of the whole array flattened when neither `ord` nor `axis` is given.
 * The gradient at 0 is 0. `norm(x, 1)` is the norm along axis 1; another order is `norm(x, { ord: 1 })`. A matrix norm that needs singular
 * values, or an order together with three axes, is an error.
 *
 * @example norm([3, 4]) // → 5
 */
export const norm: NormFunction = publicFunction("norm", ["x", "axes | { axis, keepDims, ord }"], (operand: unknown, argument?: unknown): never => {
  const keys = ["axis", "keepDims", "ord"];
  const x = floating(operand, "norm");
  const rank = x.type.shape.length;
  const { ord, axis, keepDims } = axisOptions(argument, keys, "norm");
  if (ord !== undefined && ord !== "fro" && typeof ord !== "number") throw new ArgumentError(`norm: ord must be a number or "fro", got ${describe(ord)}`);
  const axes = checkAxes(axis, rank, "norm");
  const y = ord === undefined || ord === "fro" ? euclidean(x, axes) : axes.length === 1 ? vectorNorm(x, ord, axes) : matrixNorm(x, ord, orderedAxes(axis, rank));
  return expose(keepDims === true ? keepAxes(y, x.type.shape, axes) : y);
});

function euclidean(x: Value, axes: readonly number[]): Value {
  return length(reduceSum(mul(x, x), axes));
}

function vectorNorm(x: Value, ord: number, axes: readonly number[]): Value {
  if (ord === 2) return euclidean(x, axes);
  if (Math.abs(ord) === Number.POSITIVE_INFINITY) {
    checkElements("norm", x.type, axes);
    return ord > 0 ? reduceMax(abs(x), axes) : reduceMin(abs(x), axes);
  }
  if (ord === 0) return reduceSum(convert(notEqual(x, 0), x.type.dtype), axes);
  if (ord === 1) return reduceSum(abs(x), axes);
  return root(reduceSum(power(x, ord), axes), ord);
}

/** |x|^p. Whole powers need no care; of others the derivative at 0 is taken as 0. */
function power(x: Value, p: number): Value {
  if (Number.isInteger(p) && p > 0) return integerPow(p % 2 === 0 ? x : abs(x), p);
  const zero = equal(x, 0);
  return select(zero, p > 0 ? 0 : Number.POSITIVE_INFINITY, pow(abs(select(zero, 1, x)), p));
}

/** x^(1/p), with derivative 0 at 0. */
function root(x: Value, p: number): Value {
  const zero = equal(x, 0);
  return select(zero, p > 0 ? 0 : Number.POSITIVE_INFINITY, pow(select(zero, 1, x), 1 / p));
}

/** Both axes in the order they were given: rows, then columns. */
function orderedAxes(axis: unknown, rank: number): readonly number[] {
  return Array.isArray(axis) ? axis.map((a) => checkAxis(a, rank, "norm")) : range(rank);
}

/** Largest or smallest sum of magnitudes down a column (±1) or along a row (±∞). */
function matrixNorm(x: Value, ord: number, axes: readonly number[]): Value {
  const [rows, columns] = axes as [number, number];
  if (axes.length !== 2) throw new ArgumentError(`norm: ord ${ord} is defined for one axis or two, got ${axes.length} of ${showType(x.type)}`, { hint: "name the axes: norm(x, { ord, axis })" });
  if (Math.abs(ord) !== 1 && Math.abs(ord) !== Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`norm: a matrix has no norm of order ${ord} here`, { hint: 'orders of matrices: "fro", 1, -1, Infinity, -Infinity; for vectors name one axis' });
  }
  checkElements("norm", x.type, axes);
  const summed = Math.abs(ord) === 1 ? rows : columns;
  const sums = reduceSum(abs(x), [summed]);
  return ord > 0 ? reduceMax(sums, remaining(summed, rows, columns)) : reduceMin(sums, remaining(summed, rows, columns));
}

/** The axis that is left of the two once `summed` is gone. */
function remaining(summed: number, rows: number, columns: number): number[] {
  const other = summed === rows ? columns : rows;
  return [other > summed ? other - 1 : other];
}
