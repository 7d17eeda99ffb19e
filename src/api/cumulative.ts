/** Running totals along one axis, and differences of neighbours. */
import { checkAxis, sizeOf } from "../core/shape.ts";
import { at, type Value } from "../core/tensor.ts";
import { sub } from "../ops/arithmetic.ts";
import { notEqual } from "../ops/compare.ts";
import * as op from "../ops/cumulative.ts";
import { sliceAxis } from "../ops/slice.ts";
import { reshape } from "../ops/structure.ts";
import { type ArrayFunction, axisOptions, checkCount } from "./axis.ts";
import { expose, floating, numeric, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

export interface CumulativeOptions {
  readonly axis?: number | null;
  /** From the end to the beginning. */
  readonly reverse?: boolean;
}
/** Without an axis, the array is flattened first, as in NumPy. */
export type CumulativeFunction = ArrayFunction<[options?: CumulativeOptions | number | null]>;

function cumulativeFunction(name: string, prepare: (x: unknown, where: string) => Value, cumulate: (x: Value, axis: number, reverse: boolean) => Value): CumulativeFunction {
  return publicFunction(name, ["x", "axis | { axis, reverse }"], (operand: unknown, options?: unknown): never => {
    const x = prepare(operand, name);
    const { axis, reverse } = axisOptions(options, ["axis", "reverse"], name);
    if (axis === undefined || axis === null) return expose(cumulate(reshape(x, [sizeOf(x.type.shape)]), 0, reverse === true));
    return expose(cumulate(x, checkAxis(axis, x.type.shape.length, name), reverse === true));
  });
}

/**
 * The sums of the elements up to each, of the operand's dtype; bool counts as int32. Integers wrap modulo 2³², as those of `sum`.
 *
 * @example cumsum([[1, 2], [3, 4]], 1) // → [[1, 3], [3, 7]]
 */
export const cumsum: CumulativeFunction = cumulativeFunction("cumsum", numeric, op.cumulativeSum);

/** The products of the elements up to each. The gradient is right where elements are 0. @example cumprod([2, 3, 4]) // → [2, 6, 24] */
export const cumprod: CumulativeFunction = cumulativeFunction("cumprod", numeric, op.cumulativeProd);

/** The largest element up to each; NaN from the first NaN on. Ties share the gradient. @example cummax([1, 3, 2], { reverse: true }) // → [3, 3, 2] */
export const cummax: CumulativeFunction = cumulativeFunction("cummax", numeric, op.cumulativeMax);

/** The smallest element up to each; NaN from the first NaN on. Ties share the gradient. @example cummin([2, 1, 3]) // → [2, 1, 1] */
export const cummin: CumulativeFunction = cumulativeFunction("cummin", numeric, op.cumulativeMin);

/** log Σ eˣ of the elements up to each, without overflow. @example cumlogsumexp([0, 0]) // → [0, 0.69…] */
export const cumlogsumexp: CumulativeFunction = cumulativeFunction("cumlogsumexp", floating, op.cumulativeLogsumexp);

export interface DiffOptions {
  /** How often. Default 1. */
  readonly n?: number;
  /** Default the last. */
  readonly axis?: number;
}

/**
 * The differences of neighbours along an axis, which is n shorter; of bool, whether they differ.
 *
 * @example diff([1, 4, 9]) // → [3, 5]
 */
export const diff: ArrayFunction<[options?: DiffOptions]> = publicFunction("diff", ["x", "{ n, axis }"], (operand: unknown, options?: unknown): never => {
  let x = toValue(operand, "diff");
  const { n = 1, axis = -1 } = axisOptions(options, ["n", "axis"], "diff");
  const along = checkAxis(axis, x.type.shape.length, "diff");
  for (let left = checkCount(n, "diff", "n"); left > 0; left--) {
    const length = at(x.type.shape, along);
    const [later, earlier] = [sliceAxis(x, along, Math.min(1, length), length), sliceAxis(x, along, 0, Math.max(0, length - 1))];
    x = x.type.dtype === "bool" ? notEqual(later, earlier) : sub(later, earlier);
  }
  return expose(x);
});
