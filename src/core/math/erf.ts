/**
 * The error function and its complement. The scheme is W. J. Cody's (Rational Chebyshev approximations for the error
 * function, Math. Comp. 23, 1969); the coefficients are our own, fitted by test/golden/fit-coefficients.py.
 */
import { rational, type Rational } from "./polynomial.ts";

const { abs, exp, floor } = Math;

// erf(x) = x + x r(x²) for |x| <= 0.5.
export const erfSmall: Rational = {
  p: [
    0.1283791670955126, -0.3244782318036902, -0.029816425057591814, -0.006129070425025495, -7.456133841032099e-5,
    -3.715970221924109e-6,
  ],
  q: [
    1, 0.4023094899012837, 0.06749439288868982, 0.005668815281684931, 0.0002044006317776276,
  ],
};
// erfc(x) = exp(-x²) r(x) for 0.5 <= x <= 4.
export const erfcMiddle: Rational = {
  p: [
    0.9999999999409119, 1.7125909086890725, 1.462233575755, 0.7713805373133161, 0.26805730002461975,
    0.06113266718281179, 0.008507148284926528, 0.0005650357192797929, 7.717156040324074e-12,
  ],
  q: [
    1, 2.84097007489991, 3.667925028857504, 2.821473401738902, 1.4209517972817745, 0.4826543258529566,
    0.10885591901594882, 0.015078507849364011, 0.001001500488257476,
  ],
};
// erfc(x) = exp(-x²)/x r(1/x²) for x >= 4.
export const erfcTail: Rational = {
  p: [
    0.5641895835477563, 14.064400385821585, 115.99269253029892, 375.2699262263421, 429.1559100696427,
    99.47930694383248, -6.129273251806225,
  ],
  q: [
    1, 25.428500624526457, 217.55594486450912, 756.7302228282824, 1016.9731375374406, 387.8354306382451,
  ],
};

/** exp(-x²): x is split into a part whose square is exact and a small rest, so that the rounding of x² does not grow. */
function expMinusSquare(x: number): number {
  const head = floor(x * 16) / 16;
  return exp(-head * head) * exp(-(x - head) * (x + head));
}

/** erfc for x >= 0.5. */
function upperTail(x: number): number {
  if (x <= 4) return expMinusSquare(x) * rational(erfcMiddle, x);
  if (x >= 27.5) return 0;
  return expMinusSquare(x) * (rational(erfcTail, 1 / (x * x)) / x);
}

/** 2/√π ∫₀ˣ exp(-t²) dt, within 2 ulp. Odd, ±1 at the infinities. */
export function erf(x: number): number {
  const size = abs(x);
  if (size <= 0.5) return x + x * rational(erfSmall, x * x);
  return x > 0 ? 1 - upperTail(size) : upperTail(size) - 1;
}

/** 1 - erf(x) without cancellation, within 4 ulp (of the denormals too). 2 at -Infinity, 0 from 27.3 on. */
export function erfc(x: number): number {
  if (x >= 0.5) return upperTail(x);
  if (x >= 0.25) return 0.5 - (x - 0.5 + x * rational(erfSmall, x * x));
  if (x >= -0.5) return 1 - erf(x);
  return 2 - upperTail(-x);
}
