/** Trigonometric functions of πx for the reflection formulas: the argument is reduced exactly before π comes in. */

const { abs, round, tan, PI } = Math;

/** x minus the nearest integer, in [-0.5, 0.5]; exact. */
export function fractionOfPi(x: number): number {
  return x - round(x);
}

/** cot(πx) with full relative accuracy near its zeros and poles; ±Infinity at the integers. */
export function cotangentPi(x: number): number {
  const part = fractionOfPi(x);
  const size = abs(part);
  const value = size <= 0.25 ? 1 / tan(PI * size) : tan(PI * (0.5 - size));
  return part < 0 ? -value : value;
}
