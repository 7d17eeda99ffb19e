/** Choosing elementwise: by a condition, by the first of several, by bounds. */
import { ArgumentError } from "../errors.ts";
import { dtypes, isFloat } from "../core/dtype.ts";
import { describe } from "../core/shape.ts";
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import type { Value } from "../core/tensor.ts";
import { max, min } from "../ops/arithmetic.ts";
import { equal, notEqual } from "../ops/compare.ts";
import { select as selectOp } from "../ops/select.ts";
import { checkKeys } from "../trace/arguments.ts";
import type { ArrayFunction } from "./axis.ts";
import { truth } from "./compare.ts";
import { broadcastValues, expose, joined, promote, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

export interface WhereFunction {
  (condition: NDArray, x: NDArray, y: NDArray): NDArray;
  (condition: Operand, x: Operand, y: Operand): Tensor;
}

/**
 * x where the condition holds, elsewhere y. All three broadcast; x and y are brought to their common dtype; a condition that is not bool
 * holds where it is not 0. The derivative of the value that was not chosen is 0, even where its own formula is infinite or NaN.
 *
 * @example where(greater([1, -1], 0), [10, 20], 0) // → [10, 0]
 */
export const where: WhereFunction = publicFunction("where", ["condition", "x", "y"], (condition: unknown, x: unknown, y: unknown): never => {
  const [c, a, b] = broadcastValues("where", [truth(toValue(condition, "where")), ...promote("where", [x, y])]) as [Value, Value, Value];
  return expose(selectOp(c, a, b));
});

export interface SelectFunction {
  (conditions: readonly NDArray[], choices: readonly NDArray[], otherwise?: NDArray | number): NDArray;
  (conditions: readonly Operand[], choices: readonly Operand[], otherwise?: Operand): Tensor;
}

/**
 * For each element the choice of the first condition that holds, else `otherwise` (0). NumPy's `select`: conditions and choices are lists
 * of equal length (else an ArgumentError) of arrays that broadcast.
 *
 * @example select([less([1, 5, 9], 3), less([1, 5, 9], 7)], [10, 20]) // → [10, 20, 0]
 */
export const select: SelectFunction = publicFunction("select", ["conditions", "choices", "otherwise"], (conditions: readonly unknown[], choices: readonly unknown[], otherwise: unknown = 0): never => {
  if (conditions.length !== choices.length || choices.length === 0) {
    throw new ArgumentError(`select: needs one choice for each condition, got ${conditions.length} conditions and ${choices.length} choices`);
  }
  const tests = conditions.map((c) => truth(toValue(c, "select")));
  const all = broadcastValues("select", [...tests, ...promote("select", [...choices, otherwise])]);
  const values = all.slice(tests.length);
  return expose(tests.reduceRight((rest, _, i) => selectOp(all[i] as Value, values[i] as Value, rest), values[tests.length] as Value));
});

export interface ClipFunction {
  (x: NDArray, low: NDArray | number | null, high: NDArray | number | null): NDArray;
  (x: Operand, low: Operand | null, high: Operand | null): Tensor;
}

/**
 * x between low and high, elementwise: minimum(maximum(x, low), high) in the common dtype; null is no bound. At a bound the derivative
 * is one half, as at any tie.
 *
 * @example clip([-1, 0.5, 2], 0, 1) // → [0, 0.5, 1]
 */
export const clip: ClipFunction = publicFunction("clip", ["x", "low", "high"], (x: unknown, low: unknown, high: unknown): never => {
  const none = (bound: unknown): boolean => bound === null || bound === undefined;
  const values = joined("clip", [x, low, high].filter((operand, i) => i === 0 || !none(operand)));
  let next = 1;
  let result = values[0] as Value;
  if (!none(low)) result = max(result, values[next++] as Value);
  if (!none(high)) result = min(result, values[next] as Value);
  return expose(result);
});

export interface NanToNumOptions {
  /** In place of NaN. Default 0. */
  readonly nan?: number;
  /** In place of ∞. Default the largest number of the dtype. */
  readonly posInf?: number;
  /** In place of -∞. Default the lowest number of the dtype. */
  readonly negInf?: number;
}

/**
 * x with finite numbers in place of NaN and the infinities, elementwise; integers and bool have none and stay. The derivative is 0 at what is
 * replaced and 1 elsewhere.
 *
 * @example nanToNum([1, NaN, -Infinity], { nan: 5, negInf: -9 }) // → [1, 5, -9]
 */
export const nanToNum: ArrayFunction<[options?: NanToNumOptions]> = publicFunction("nanToNum", ["x", "{ nan, posInf, negInf }"], (operand: unknown, options: NanToNumOptions = {}): never => {
  checkKeys(options, ["nan", "posInf", "negInf"], "nanToNum");
  const x = toValue(operand, "nanToNum");
  if (!isFloat(x.type.dtype)) return expose(x);
  const { nan = 0, posInf = dtypes[x.type.dtype].max, negInf = dtypes[x.type.dtype].min } = options;
  for (const n of [nan, posInf, negInf]) if (typeof n !== "number") throw new ArgumentError(`nanToNum: a replacement is a number, got ${describe(n)}`);
  const finite = selectOp(equal(x, Number.POSITIVE_INFINITY), posInf, selectOp(equal(x, Number.NEGATIVE_INFINITY), negInf, x));
  return expose(selectOp(notEqual(x, x), nan, finite));
});
