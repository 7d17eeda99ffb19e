/**
 * Elementary functions on doubles that JavaScript lacks or defines differently from IEEE 754 and NumPy.
 * Error bounds are against the correctly rounded value, with V8's `Math` (each of whose functions is within 1 ulp).
 * Where an engine's powers are not, ours take their place.
 */

import { powersAreWrong, wholePower } from "./whole-power.ts";

const { abs, exp, log1p, floor, max, sqrt } = Math;

/** Rounds to the nearest integer, halves to even; keeps the sign of zero. Exact. */
export function roundHalfEven(x: number): number {
  const shift = x < 0 || Object.is(x, -0) ? -(2 ** 52) : 2 ** 52;
  if (!(abs(x) < 2 ** 52)) return x;
  const rounded = x + shift - shift; // the sum has no fraction bits: the hardware rounds it, half to even
  return rounded === 0 ? 0 * shift : rounded;
}

/** 2^x. Exact for integers, within 1 ulp elsewhere. */
export function exp2(x: number): number {
  return 2 ** x;
}

const enginePower = (x: number, y: number): number => x ** y;
/** x^y; products of few factors are near enough in every engine, and beyond 2³¹ none multiplies. */
const power: typeof enginePower = powersAreWrong(enginePower)
  ? (x, y) => (Number.isInteger(y) && abs(y) > 4 && abs(y) < 2 ** 31 ? wholePower(x, y) : x ** y)
  : enginePower;

/** IEEE 754 pow: as `Math.pow`, but pow(1, y) and pow(-1, ±Infinity) are 1 even where JavaScript says NaN. */
export function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && abs(y) === Infinity)) return 1;
  return power(x, y);
}

/** x^n for an integer n, within 1 ulp (2 for |n| ≤ 4 where the engine multiplies); x^0 is 1 for every x, NaN included. */
export function integerPow(x: number, n: number): number {
  if (n === 2) return x * x;
  if (n === -1) return 1 / x;
  return power(x, n);
}

/** 1/√x, within 2 ulp; ±Infinity at ±0, NaN below. */
export function rsqrt(x: number): number {
  return 1 / sqrt(x);
}

/** 1/(1+e^-x), within 3 ulp (of the denormals too), without overflow: e^x far on the left. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const small = exp(x);
  return small / (1 + small);
}

/** log(e^x + e^y) without overflow; absolute error within 3 ulp of max(|x|, |y|, log 2). Equal infinities give themselves. */
export function logaddexp(x: number, y: number): number {
  if (x === y) return x + Math.LN2;
  return max(x, y) + log1p(exp(-abs(x - y)));
}

/** Truncated remainder: the sign of x. This is JavaScript's %, C's fmod and `lax.rem`. Exact. */
export function remainderTruncated(x: number, y: number): number {
  return x % y;
}

/** Floored remainder: the sign of y, a zero result too. This is NumPy's % on floats. At most one rounding. */
export function mod(x: number, y: number): number {
  const rest = x % y;
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 !== y < 0 && !Number.isNaN(rest) ? rest + y : rest;
}

/** Floored quotient, the whole number that goes with `mod`, as in NumPy. x/0 is as JavaScript's. */
export function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const rest = x % y;
  let quotient = (x - rest) / y; // a whole number but for the roundings
  if (rest !== 0 && rest < 0 !== y < 0) quotient -= 1;
  if (quotient === 0) return 0 * (x / y);
  const whole = floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}
