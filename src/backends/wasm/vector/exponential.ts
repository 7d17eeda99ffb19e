/**
 * eˣ and what is made of it. x is written 2h·ln 2 + r with |r| ≤ ln 2, so that 2^(2h) is a product of two numbers that never overflow: every
 * result, the denormals too, is rounded once more at most. The polynomials (eʳ - 1 - r)/r² are our own minimax fits; the rational function
 * of tanh is that of the Cephes library (tanh.c, tanhf.c), the series of sinh is Taylor's.
 */
import type { DType } from "../../../core/dtype.ts";
import type { Vector } from "../registers.ts";
import { lanesOf, type Spelling } from "./arithmetic.ts";
import type { Lanes } from "./lanes.ts";

interface Constants {
  /** Twice ln 2 as a sum; a multiple of the first is exact. */
  readonly ln4: readonly [number, number];
  readonly tail: readonly number[];
  /** From these on e^x is 0 or infinite, 2^x is, and e^x - 1 is -1. */
  readonly range: readonly [number, number];
  readonly range2: readonly [number, number];
  readonly one: number;
  /** tanh x is 1 from half of this on. */
  readonly flat: number;
}

const single: Constants = {
  ln4: [1.38629150390625, 2.85721153037e-6],
  tail: [0.5, 0.16666600108146667, 0.04166343808174133, 0.008337205275893211, 0.00140733877196908, 0.00019434453861322254],
  range: [-104, 91],
  range2: [-151, 129],
  one: -20,
  flat: 20,
};
const double: Constants = {
  ln4: [2 * 0.6931471803691238, 2 * 1.9082149292705877e-10],
  tail: [
    0.49999999999999994, 0.16666666666666666, 0.041666666666677184, 0.008333333333334034, 0.0013888888886342313, 0.00019841269839573293,
    2.4801589556849227e-5, 2.755732072651263e-6, 2.75564166840989e-7, 2.5051507044617798e-8, 2.1043123844343163e-9, 1.6169905952094406e-10,
  ],
  range: [-746, 713],
  range2: [-1076, 1025],
  one: -40,
  flat: 40,
};
export const constantsOf = (dtype: DType): Constants => (dtype === "float32" ? single : double);

export interface Reduced {
  /** Integer h in the low bits, for `powerOfTwo`. */
  readonly shifted: Vector;
  readonly h: Vector;
  readonly r: Vector;
}

export function reduce(on: Lanes, x: Vector): Reduced {
  const { ln4 } = constantsOf(on.dtype);
  const shifted = on.fma(x, Math.LOG2E / 2, on.magic);
  const h = on.sub(shifted, on.magic);
  return { shifted, h, r: on.fnma(h, ln4[1], on.fnma(h, ln4[0], x)) };
}

/** eʳ - 1. */
export function smallExpm1(on: Lanes, r: Vector, tail: readonly number[] = constantsOf(on.dtype).tail): Vector {
  return on.fma(on.mul(r, r), on.polynomial(r, tail), r);
}

const within = (on: Lanes, x: Vector, [low, high]: readonly [number, number]): Vector => on.atMost(on.atLeast(x, low), high);

/** eʳ · 2^(2h) · factor, for a factor that is a power of two. */
function scale(on: Lanes, r: Vector, shifted: Vector, factor = 1): Vector {
  const s = on.powerOfTwo(shifted);
  const p = on.add(smallExpm1(on, r), 1);
  return on.mul(on.mul(p, factor === 1 ? s : on.mul(s, factor)), s);
}

/** eˣ; with a factor, a power of two, that times eˣ, which may be in range where eˣ is not. */
export function expOf(on: Lanes, x: Vector, factor = 1): Vector {
  return on.code.scope(() => {
    const { r, shifted } = reduce(on, within(on, x, constantsOf(on.dtype).range));
    return scale(on, r, shifted, factor);
  });
}

export const exp: Spelling = (code, _dtype, x) => expOf(lanesOf(code, x), x);

export const exp2: Spelling = (code, _dtype, a) => {
  const on = lanesOf(code, a);
  const x = within(on, a, constantsOf(on.dtype).range2);
  const shifted = on.fma(x, 0.5, on.magic);
  const r = on.fnma(on.sub(shifted, on.magic), 2, x);
  return scale(on, on.mul(r, Math.LN2), shifted);
};

/** eˣ - 1 = ((eʳ - 1) s + (s - 1/s)) s with s = 2ʰ: nothing cancels. */
export const expm1: Spelling = (code, _dtype, a) => {
  const on = lanesOf(code, a);
  const { one, range } = constantsOf(on.dtype);
  const { r, shifted } = reduce(on, within(on, a, [one, range[1]]));
  const s = on.powerOfTwo(shifted);
  const inverse = on.subBits(on.bits(on.dtype === "float32" ? 0x3f800000 : 0x3ff0000000000000n), on.shift("shl", shifted, on.fractionBits));
  const y = on.mul(on.fma(smallExpm1(on, r), s, on.sub(s, inverse)), s);
  return on.or(y, on.signOf(a));
};

/** Of float32s a fit for half the range. */
const preciseTail = { float32: [0.500000477, 0.166666716, 0.0416630022, 0.00835325662, 0.00138451636], float64: double.tail };

/** As `expOf`, nearer to half an ulp: |r| ≤ ln 2/2, for whole multiples of ln 2, at the price of two different powers of two. */
function preciseExp(on: Lanes, a: Vector): Vector {
  const { ln4, range } = constantsOf(on.dtype);
  const x = within(on, a, range);
  const shifted = on.fma(x, Math.LOG2E, on.magic);
  const n = on.sub(shifted, on.magic);
  const r = on.fnma(n, ln4[1] / 2, on.fnma(n, ln4[0] / 2, x));
  const half = on.fma(n, 0.5, on.magic);
  const p = on.add(smallExpm1(on, r, preciseTail[on.dtype]), 1);
  return on.mul(on.mul(p, on.powerOfTwo(half)), on.powerOfTwo(on.subBits(shifted, half)));
}

/** 1/(1 + e⁻ˣ), on the left as eˣ/(1 + eˣ); what 1 + e^-|x| loses by rounding is made good. */
export const logistic: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const small = preciseExp(on, on.or(x, on.signBit));
  const sum = on.add(small, 1);
  const lost = on.sub(small, on.sub(sum, 1));
  const y = on.div(on.select(on.compare("lt", x, 0), small, 1), sum);
  return on.fnma(y, lost, y);
};

/** e^|x|/2 ± its inverse over 4; the series near 0, where the difference would cancel. */
export const sinh: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const size = on.abs(x);
  const half = expOf(on, size, 0.5);
  const far = on.sub(half, on.div(0.25, half));
  const near = on.fma(on.mul(on.mul(size, size), size), on.polynomial(on.mul(size, size), sinhSeries[on.dtype]), size);
  return on.or(on.select(on.compare("lt", size, 1), near, far), on.signOf(x));
};
const inverseFactorials = [3, 5, 7, 9, 11, 13, 15, 17].map((n) => 1 / Array.from({ length: n }, (_, i) => i + 1).reduce((a, b) => a * b));
const sinhSeries = { float32: inverseFactorials.slice(0, 4), float64: inverseFactorials };

export const cosh: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const half = expOf(on, on.abs(x), 0.5);
  return on.add(half, on.div(0.25, half));
};

/** 1 - 2/(e^(2|x|) + 1); near 0 x + x³ times a polynomial or rational function of x². */
export const tanh: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const size = on.abs(x);
  const { ln4, flat } = constantsOf(on.dtype);
  const clipped = on.atMost(size, flat / 2);
  // as `reduce` of twice that and `scale`, in fewer steps one after another: what loops wait for
  const shifted = on.fma(clipped, Math.LOG2E, on.magic);
  const h = on.sub(shifted, on.magic);
  const r = on.fnma(h, ln4[1], on.fnma(h, ln4[0], on.add(clipped, clipped)));
  const s = on.powerOfTwo(shifted);
  const power = on.mul(on.add(smallExpm1(on, r), 1), on.mul(s, s));
  const far = on.sub(1, on.div(on.k(2), on.add(power, 1)));
  const near = on.fma(on.mul(tanhTail(on, on.mul(size, size)), on.mul(size, size)), size, size);
  return on.or(on.select(on.compare("lt", size, 0.625), near, far), on.signOf(x));
};

function tanhTail(on: Lanes, z: Vector): Vector {
  if (on.dtype === "float32") return on.polynomial(z, [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3]);
  const p = on.polynomial(z, [-1614.6876844170845, -99.28772310019185, -0.9643991794250523]);
  const q = on.polynomial(z, [4844.063053251255, 2235.4883906010045, 112.81167849163293, 1]);
  return on.div(p, q);
}
