/**
 * Reductions: many elements to one, over all axes or some. `axis` is a number, a list of numbers, or absent for all axes;
 * `keepDims` keeps the reduced axes with length 1. An axis out of range is a `ShapeError`, an unknown option an `ArgumentError`.
 */
import type { ReduceOptions } from "../core/array-types.ts";
import { isFloat } from "../core/dtype.ts";
import { checkAxis, range, sizeOf } from "../core/shape.ts";
import type { Value } from "../core/tensor.ts";
import * as position from "../ops/arg-reduce.ts";
import { sub } from "../ops/arithmetic.ts";
import { notEqual } from "../ops/compare.ts";
import { convert } from "../ops/elementwise.ts";
import * as op from "../ops/reduce.ts";
import { select } from "../ops/select.ts";
import { reduceSum, reshape } from "../ops/structure.ts";
import { type ArrayFunction, axisOptions, keepAxes, reduced, reduceForm, type ReduceFunction } from "./axis.ts";
import { expose, numeric, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

type Reduce = (x: Value, axes: readonly number[]) => Value;

function reduceFunction(name: string, prepare: (x: unknown, where: string) => Value, reduce: Reduce): ReduceFunction {
  return publicFunction(name, reduceForm, (x: unknown, options?: unknown): never => expose(reduced(prepare(x, name), options, name, reduce)));
}

const truth = (x: unknown, where: string): Value => convert(toValue(x, where), "bool");

/** A reduction that needs an element says so under its public name. */
const nonEmpty = (name: string, reduce: Reduce): Reduce => (x, axes) => {
  op.checkElements(name, x.type, axes);
  return reduce(x, axes);
};

/**
 * The sum of the elements, of the operand's dtype; bool counts as int32. The sum of nothing is 0. Integers wrap modulo 2³², without an error,
 * as in NumPy and XLA: `sum(x.astype("float64"))` has room for whole numbers to 2⁵³.
 *
 * @example sum([[1, 2], [3, 4]], 0) // → [4, 6]
 */
export const sum: ReduceFunction = reduceFunction("sum", numeric, reduceSum);

/**
 * The product of the elements, of the operand's dtype; bool counts as int32. The product of nothing is 1. Integers wrap modulo 2³², without
 * an error, as in NumPy and XLA. The derivatives are right at zeros, to any order.
 *
 * @example prod([[1, 2], [3, 4]], { axis: 1, keepDims: true }) // → [[2], [12]]
 */
export const prod: ReduceFunction = reduceFunction("prod", numeric, op.reduceProd);

/**
 * The largest element; NaN if any is NaN. Elements that tie share the gradient. Of an axis of length 0 a `ShapeError`.
 *
 * @example max([[1, 5], [7, 2]], 1) // → [5, 7]
 */
export const max: ReduceFunction = reduceFunction("max", toValue, nonEmpty("max", op.reduceMax));

/**
 * The smallest element; NaN if any is NaN. Elements that tie share the gradient. Of an axis of length 0 a `ShapeError`.
 *
 * @example min([[1, 5], [7, 2]], 1) // → [1, 2]
 */
export const min: ReduceFunction = reduceFunction("min", toValue, nonEmpty("min", op.reduceMin));

/** A NaN gives way to any number: it becomes what loses against all, and stays where there is nothing else. */
const withoutNaN = (reduce: Reduce, loser: number): Reduce => (x, axes) => {
  if (!isFloat(x.type.dtype)) return reduce(x, axes);
  const missing = notEqual(x, x);
  return select(op.reduceAnd(missing, axes), Number.NaN, reduce(select(missing, loser, x), axes));
};

/** The largest element that is not NaN; NaN where all are. Elements that tie share the gradient. Of an axis of length 0 a `ShapeError`. @example nanMax([1, NaN, 2]) // → 2 */
export const nanMax: ReduceFunction = reduceFunction("nanMax", toValue, nonEmpty("nanMax", withoutNaN(op.reduceMax, Number.NEGATIVE_INFINITY)));

/** The smallest element that is not NaN; NaN where all are. Elements that tie share the gradient. Of an axis of length 0 a `ShapeError`. @example nanMin([1, NaN, 2]) // → 1 */
export const nanMin: ReduceFunction = reduceFunction("nanMin", toValue, nonEmpty("nanMin", withoutNaN(op.reduceMin, Number.POSITIVE_INFINITY)));

/** Peak to peak: the largest element less the smallest. @example ptp([3, 9, 5]) // → 6 */
export const ptp: ReduceFunction = reduceFunction("ptp", numeric, nonEmpty("ptp", (x, axes) => sub(op.reduceMax(x, axes), op.reduceMin(x, axes))));

/** Whether all elements are other than 0 (NaN is); bool. True of nothing. @example all([[true, false], [true, true]], 1) // → [false, true] */
export const all: ReduceFunction = reduceFunction("all", truth, op.reduceAnd);

/** Whether any element is other than 0 (NaN is); bool. False of nothing. @example any([[0, 1], [0, 0]], 1) // → [true, false] */
export const any: ReduceFunction = reduceFunction("any", truth, op.reduceOr);

/** How many elements are other than 0, int32. @example countNonzero([[0, 1], [7, 0]]) // → 2 */
export const countNonzero: ReduceFunction = reduceFunction("countNonzero", truth, (x, axes) => reduceSum(convert(x, "int32"), axes));

/** As the options of other reductions, but of one axis. Absent: the position in the flattened array. */
export interface PositionOptions {
  readonly axis?: number | null;
  readonly keepDims?: boolean;
}
export type PositionFunction = ArrayFunction<[options?: PositionOptions | ReduceOptions | number | readonly number[] | null]>;

function positionFunction(name: string, find: (x: Value, axis: number) => Value): PositionFunction {
  return publicFunction(name, ["x", "axis | { axis, keepDims }"], (operand: unknown, options?: unknown): never => {
    const x = toValue(operand, name);
    const { shape } = x.type;
    const { axis, keepDims } = axisOptions(options, ["axis", "keepDims"], name);
    const flat = axis === undefined || axis === null;
    const y = flat ? find(reshape(x, [sizeOf(shape)]), 0) : find(x, checkAxis(axis, shape.length, name));
    return expose(keepDims === true ? keepAxes(y, shape, flat ? range(shape.length) : [checkAxis(axis, shape.length, name)]) : y);
  });
}

/**
 * Where the largest element stands along one axis, int32: the first of equals, the first NaN where there is one. Without an axis, the
 * position in the flattened array. Of an axis of length 0 a `ShapeError`.
 *
 * @example argmax([[1, 5, 5], [7, 2, 0]], 1) // → [1, 0]
 */
export const argmax: PositionFunction = positionFunction("argmax", position.argmax);

/** Where the smallest element stands: see `argmax`. @example argmin([[1, 5, 1], [7, 2, 0]], 1) // → [0, 2] */
export const argmin: PositionFunction = positionFunction("argmin", position.argmin);
