/** The functions whose gradients are measured, and those gradients written by hand. */
export interface Problem {
  readonly title: string;
  readonly n: number;
  readonly kind: "rosenbrock" | "waves";
  readonly x: readonly number[];
  /** The gradient as a person would write it. */
  readonly byHand: (x: ArrayLike<number>) => Float64Array;
}

/** Σ 100 (xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)² */
function rosenbrockGradient(x: ArrayLike<number>): Float64Array {
  const n = x.length;
  const out = new Float64Array(n);
  for (let i = 0; i + 1 < n; i++) {
    const a = x[i] as number;
    const u = (x[i + 1] as number) - a * a;
    out[i] = (out[i] as number) - 400 * u * a - 2 * (1 - a);
    out[i + 1] = 200 * u;
  }
  return out;
}

/** Σ sin(xᵢ) xᵢ + exp(-xᵢ) */
function wavesGradient(x: ArrayLike<number>): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < out.length; i++) {
    const a = x[i] as number;
    out[i] = Math.cos(a) * a + Math.sin(a) - Math.exp(-a);
  }
  return out;
}

const input = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(3 * i + 1));

export const problems: readonly Problem[] = [3, 30, 300].flatMap((n): Problem[] => [
  { title: `chained Rosenbrock, n = ${n}`, n, kind: "rosenbrock", x: input(n), byHand: rosenbrockGradient },
  { title: `Σ sin(x) x + exp(-x), n = ${n}`, n, kind: "waves", x: input(n), byHand: wavesGradient },
]);
