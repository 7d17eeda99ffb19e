/**
 * The derivative of log Γ: a rational function around its positive zero (fitted by test/golden/fit-coefficients.py),
 * recurrence, the asymptotic series and reflection (Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18).
 */
import { polynomial, rational, type Rational } from "./polynomial.ts";
import { cotangentPi } from "./trig-pi.ts";

const { log, PI } = Math;

// The zero, as a sum of two doubles; digamma(x) = (x - zero) r(x - 1) for 1 <= x <= 2.
const zeroHigh = 1.4616321449683622;
const zeroLow = 9.549995429965697e-17;
const digammaMiddle: Rational = {
  p: [
    1.2503801375034054, 2.0411087477806844, 1.2230507843318603, 0.34147280190464624, 0.04591029345598592,
    0.0027161996380116174, 5.23549255486597e-5, 6.368515133880996e-8,
  ],
  q: [
    1, 2.315937386980913, 1.9594031821041815, 0.7901860963473188, 0.1626356759950898, 0.016650272465346456,
    0.0007449827179226764, 1.0084992601278136e-5,
  ],
};
// digamma(x) = log x - 1/(2x) - Σ B₂ₖ/(2k) x^(-2k).
const asymptotic: readonly number[] = [
  1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160,
];

function positive(x: number): number {
  if (x >= 10) {
    const inverse = 1 / x;
    const square = inverse * inverse;
    return log(x) - (0.5 * inverse + square * polynomial(asymptotic, square));
  }
  let y = x;
  let sum = 0;
  if (y < 1) {
    sum = -1 / y;
    y += 1;
  }
  while (y > 2) sum += 1 / (y -= 1);
  return sum + (y - zeroHigh - zeroLow) * rational(digammaMiddle, y - 1);
}

/**
 * Γ'(x)/Γ(x). Within 6 ulp for x > 0; for x < 0 the absolute error is within 6 ulp of the larger of the two terms of
 * the reflection formula. The poles: ∓Infinity at ±0 (the limits), NaN at the negative integers (no limit) and at -Infinity.
 */
export function digamma(x: number): number {
  if (x > 0) return positive(x);
  if (x === 0) return -1 / x;
  if (Number.isInteger(x) || !Number.isFinite(x)) return NaN;
  return positive(1 - x) - PI * cotangentPi(x);
}
