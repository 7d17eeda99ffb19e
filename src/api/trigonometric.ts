/** Trigonometric and hyperbolic functions, elementwise. Floats keep their dtype; integers and bool become floats. Angles are in radians. */
import { splatLike, type Value } from "../core/tensor.ts";
import { abs, div, mul } from "../ops/arithmetic.ts";
import { less } from "../ops/compare.ts";
import { add } from "../ops/elementwise.ts";
import { select } from "../ops/select.ts";
import * as op from "../ops/trigonometric.ts";
import { type BinaryFunction, binaryFunction, floating, type UnaryFunction, unaryFunction } from "./operand.ts";

/** sin x. @example sin(0) // → 0 */
export const sin: UnaryFunction = unaryFunction("sin", op.sin, floating);
/** cos x. @example cos(0) // → 1 */
export const cos: UnaryFunction = unaryFunction("cos", op.cos, floating);
/** tan x. @example tan(0) // → 0 */
export const tan: UnaryFunction = unaryFunction("tan", op.tan, floating);
/** The angle in [-π/2, π/2] whose sine is x; NaN outside of [-1, 1]. @example asin(1) // → 1.5707964 */
export const asin: UnaryFunction = unaryFunction("asin", op.asin, floating);
/** The angle in [0, π] whose cosine is x; NaN outside of [-1, 1]. @example acos(1) // → 0 */
export const acos: UnaryFunction = unaryFunction("acos", op.acos, floating);
/** The angle in [-π/2, π/2] whose tangent is x. @example atan(1) // → 0.7853982 */
export const atan: UnaryFunction = unaryFunction("atan", op.atan, floating);
/** The angle in [-π, π] of the point (x, y), y first. The derivatives at the origin are 0. @example atan2(1, -1) // → 2.3561945 */
export const atan2: BinaryFunction = binaryFunction("atan2", op.atan2, { floating: true });

/** (eˣ - e⁻ˣ) / 2. @example sinh(0) // → 0 */
export const sinh: UnaryFunction = unaryFunction("sinh", op.sinh, floating);
/** (eˣ + e⁻ˣ) / 2. @example cosh(0) // → 1 */
export const cosh: UnaryFunction = unaryFunction("cosh", op.cosh, floating);
/** sinh x / cosh x. @example tanh(0) // → 0 */
export const tanh: UnaryFunction = unaryFunction("tanh", op.tanh, floating);
/** The inverse of sinh. @example asinh(0) // → 0 */
export const asinh: UnaryFunction = unaryFunction("asinh", op.asinh, floating);
/** The inverse of cosh, ≥ 0; NaN below 1. @example acosh(1) // → 0 */
export const acosh: UnaryFunction = unaryFunction("acosh", op.acosh, floating);
/** The inverse of tanh; NaN outside of [-1, 1]. @example atanh(0) // → 0 */
export const atanh: UnaryFunction = unaryFunction("atanh", op.atanh, floating);

/** x degrees in radians. @example deg2rad(180) // → 3.1415927 */
export const deg2rad: UnaryFunction = unaryFunction("deg2rad", (x) => mul(x, Math.PI / 180), floating);
/** x radians in degrees. @example rad2deg(Math.PI) // → 180 */
export const rad2deg: UnaryFunction = unaryFunction("rad2deg", (x) => mul(x, 180 / Math.PI), floating);

/** Coefficients of sin √z / √z = Σ (-z)ᵏ / (2k+1)!, highest first: enough for z < 1.1 and several derivatives. */
const sincSeries: readonly number[] = Array.from({ length: 12 }, (_, k) => alternatingInverseFactorial(11 - k));

function alternatingInverseFactorial(k: number): number {
  let value = 1;
  for (let j = 1; j <= k; j++) value /= -(2 * j) * (2 * j + 1);
  return value;
}

/** By the series near 0, where the quotient's derivatives would cancel. */
function sincOf(x: Value): Value {
  const near = less(abs(x), 1 / 3);
  const angle = mul(x, Math.PI);
  const z = mul(angle, angle);
  const series = sincSeries.slice(1).reduce((sum, c) => add(mul(sum, z), c), splatLike(z, sincSeries[0] as number) as Value);
  return select(near, series, div(op.sin(angle), select(near, 1, angle)));
}

/** sin(πx) / (πx), which is 1 at 0; its derivatives of any order are right there too. @example sinc([0, 0.5]) // → [1, 0.63661975] */
export const sinc: UnaryFunction = unaryFunction("sinc", sincOf, floating);
