/**
 * Derivatives of digamma: ψₙ(x) = (-1)ⁿ⁺¹ n! ζ(n+1, x), with Hurwitz' ζ by the Euler-Maclaurin formula, and reflection
 * through the derivatives of cot for x <= 0 (Abramowitz and Stegun 6.4.7, 6.4.10, 23.1.30).
 */
import { digamma } from "./digamma.ts";
import { lgamma } from "./lgamma.ts";
import { polynomial } from "./polynomial.ts";
import { cotangentPi } from "./trig-pi.ts";

const { abs, exp, log, PI } = Math;

// B₂ⱼ/(2j)! for j = 1, 2, …
const bernoulliOverFactorial: readonly number[] = [
  1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
  -3617 / 10670622842880000, 43867 / 5109094217170944000, -174611 / 802857662698291200000,
];

/** xˢ ζ(s, x) = Σ (x/(x+k))ˢ for x > 0, s > 1: free of overflow. */
function scaledZeta(s: number, x: number): number {
  let sum = 0;
  let shifted = x;
  for (let k = 0; shifted < s + 10; shifted = x + ++k) {
    const term = (x / shifted) ** s;
    sum += term;
    if (term * shifted < 1e-18 * sum) return sum;
  }
  // From here on the sum is an integral and corrections: a/(s-1) + 1/2 + Σ B₂ⱼ/(2j)! s(s+1)…(s+2j-2) a^(1-2j).
  let tail = shifted / (s - 1) + 0.5;
  let factor = s / shifted;
  for (const [j, coefficient] of bernoulliOverFactorial.entries()) {
    const correction = coefficient * factor;
    tail += correction;
    if (abs(correction) < 1e-18 * tail) break;
    factor *= ((s + 2 * j + 1) / shifted) * ((s + 2 * j + 2) / shifted);
  }
  return sum + (x / shifted) ** s * tail;
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}

/** |ψₙ(x)| for x > 0, n > 0. */
function magnitude(n: number, x: number): number {
  if (x === Infinity) return 0;
  const rest = scaledZeta(n + 1, x) / x;
  const power = x ** -n;
  const scale = factorial(n) * power;
  const exact = power > 2 ** -1022 && scale < Infinity;
  return exact || n < 20 ? scale * rest : exp(lgamma(n + 1) - n * log(x) + log(rest));
}

/** Qₙ with dⁿ/dxⁿ cot x = (-1)ⁿ Qₙ(cot x), by Qₙ₊₁(t) = (1 + t²) Qₙ'(t). No coefficient is negative. */
function cotangentDerivative(n: number): readonly number[] {
  let q = [0, 1];
  for (let step = 0; step < n; step++) {
    const next = new Array<number>(q.length + 1).fill(0);
    for (let power = 1; power < q.length; power++) {
      next[power - 1]! += power * q[power]!;
      next[power + 1]! += power * q[power]!;
    }
    q = next;
  }
  return q;
}

/**
 * The n-th derivative of digamma (n an integer >= 0; 0 is digamma itself) for every real x. For x > 0 within 8 + n ulp up to
 * n = 20, and within 1e-12 beyond; for x < 0 the absolute error is that of the larger of the two terms of the reflection formula.
 * Poles: for odd n Infinity at 0 and the negative integers; for even n ∓Infinity at ±0 and NaN at the negative integers.
 */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (!(Number.isInteger(n) && n > 0) || Number.isNaN(x) || x === -Infinity) return NaN;
  const odd = n % 2 === 1;
  const sign = odd ? 1 : -1;
  if (x > 0) return sign * magnitude(n, x);
  if (Number.isInteger(x)) return odd ? Infinity : x === 0 ? -1 / x : NaN;
  const cotangentPart = PI ** (n + 1) * polynomial(cotangentDerivative(n), cotangentPi(x));
  return sign * cotangentPart - magnitude(n, 1 - x);
}
