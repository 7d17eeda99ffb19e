/** The golden cases where ours differs from JAX on purpose: what we give, and why. */
import type { GoldenArray } from "../../golden/load.ts";

type Elements = Readonly<Record<number, number>>;

export interface Deviation {
  readonly because: string;
  /** Zeros of either sign are right. */
  readonly anyZero?: true;
  /** Our values of single elements of the first array. */
  readonly jvp?: Elements;
  readonly vjp?: Elements;
  readonly hvp?: Elements;
}

const noProduct = "0 · x counts as +0: a factor of 0 keeps the product 0 whatever x is";
const reflected = "JAX's polygamma is no continuation to negative numbers; this is mpmath's value";

export const deviations: Readonly<Record<string, Deviation>> = {
  "singular: hypot origin float64 [[], []]": { because: "a length has no direction at the origin: 0, as of norm", jvp: { 0: 0 }, vjp: { 0: 0 } },
  "activation: hardSilu edges float64 [[8]]": { because: noProduct, anyZero: true },
  'activation: gelu edges float64 [[8]] {"approximate": true}': { because: noProduct, anyZero: true },
  'activation: gelu edges float64 [[8]] {"approximate": false}': { because: noProduct, anyZero: true },
  'activation: celu edges float64 [[9]] {"alpha": 0.7}': { because: "-0 stays -0, as of elu", anyZero: true },
  "unary: lgamma negative float64 [[6]]": { because: reflected, hvp: { 5: 5.636754762234837 } },
  "unary: digamma negative float64 [[6]]": { because: reflected, jvp: { 5: 3.7578365081565575 }, vjp: { 5: 22.547019048939347 }, hvp: { 5: 25.81321262168899 } },
};

/** The expected arrays with our own values in the first of them. */
export function replaced(arrays: readonly GoldenArray[], elements: Elements | undefined): readonly GoldenArray[] {
  if (elements === undefined) return arrays;
  return arrays.map((x, k) => (k === 0 ? { ...x, data: x.data.map((value, i) => elements[i] ?? value) } : x));
}
