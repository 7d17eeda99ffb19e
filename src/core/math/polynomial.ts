/** Evaluation of polynomials and rational functions: the form in which this folder keeps its approximations. */

export interface Rational {
  /** Coefficients by ascending power. */
  readonly p: readonly number[];
  readonly q: readonly number[];
}

export function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!;
  return sum;
}

export function rational(r: Rational, x: number): number {
  return polynomial(r.p, x) / polynomial(r.q, x);
}
