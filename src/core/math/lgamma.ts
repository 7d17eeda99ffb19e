/**
 * The logarithm of |Γ|: rational functions around its zeros 1 and 2 (fitted by test/golden/fit-coefficients.py),
 * recurrence up to 8, Stirling's series beyond, reflection below 0 (Abramowitz and Stegun 6.1.15, 6.1.17, 6.1.41).
 */
import { polynomial, rational, type Rational } from "./polynomial.ts";
import { fractionOfPi } from "./trig-pi.ts";

const { abs, log, sin, PI } = Math;

// lgamma(1 + y) = y r(y) for -0.25 <= y <= 0.5.
const lgammaNear1: Rational = {
  p: [
    -0.5772156649015329, -0.997640712738742, -0.013596098903529015, 0.8656981090767736, 0.5796079510250576,
    0.13364993847080472, 0.009443066174164119, 5.341184959689681e-5,
  ],
  q: [
    1, 3.1532542459209716, 3.822415544054908, 2.22660241678374, 0.6339687060241256, 0.07881095240292037,
    0.0029855574532969206,
  ],
};
// lgamma(2 + y) = y r(y) for -0.5 <= y <= 1.
const lgammaNear2: Rational = {
  p: [
    0.42278433509846713, 1.0322392924250592, 0.9416928598448896, 0.4172589188705117, 0.09527665675843039,
    0.010761708654598556, 0.0005126144211989154, 6.546169219546809e-6,
  ],
  q: [
    1, 1.678804534788733, 1.1062047574607787, 0.36196916412627267, 0.061244858012688135, 0.005046343841908332,
    0.0001674204154721995, 1.2994531242674538e-6,
  ],
};
// Stirling: lgamma(x) = (x - 1/2) log x - x + log(2π)/2 + Σ B₂ₖ/(2k(2k-1)) x^(1-2k).
const stirling: readonly number[] = [
  1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400, 43867 / 244188,
];
const stirlingConstant = 0.4189385332046727; // (log(2π) - 1)/2

/** lgamma(1 + y), where y itself (and not only 1 + y) is exact; -0.5 <= y <= 2. */
function shiftedByOne(y: number): number {
  if (y < -0.25) return y * rational(lgammaNear2, y) - log(1 + y);
  if (y <= 0.5) return y * rational(lgammaNear1, y) + 0; // + 0: never -0
  return (y - 1) * rational(lgammaNear2, y - 1);
}

function positive(x: number): number {
  if (x < 0.5) return shiftedByOne(x) - log(x);
  if (x <= 3) return shiftedByOne(x - 1);
  if (x < 8) {
    let product = 1;
    let y = x;
    while (y > 3) product *= y -= 1;
    return shiftedByOne(y - 1) + log(product);
  }
  const inverse = 1 / x;
  const correction = inverse * polynomial(stirling, inverse * inverse);
  return (x - 0.5) * (log(x) - 1) + (stirlingConstant + correction);
}

/**
 * log|Γ(x)|. Within 4 ulp for x > -2; below, the absolute error is within 4 ulp of the larger of the two terms of the
 * reflection formula (|Γ| is 1 at a point in every such interval, and no relative bound holds next to it).
 * Infinity at 0, at the negative integers and at both infinities.
 */
export function lgamma(x: number): number {
  if (x > 0) return x === Infinity ? x : positive(x);
  if (abs(x) < 2 ** -60) return -log(abs(x));
  if (x === -Infinity) return Infinity;
  const sine = abs(sin(PI * fractionOfPi(x)));
  if (sine === 0) return Infinity;
  return log(PI / (-x * sine)) - positive(-x); // Γ(x) Γ(-x) = -π / (x sin πx)
}
