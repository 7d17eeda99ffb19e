/**
 * asin, acos, atan, atan2. float32: the polynomials of the Cephes library (asinf.c, atanf.c). float64: the rational functions of
 * FreeBSD's msun for asin (e_asin.c) and of Cephes for atan (atan.c).
 */
import type { Vector } from "../registers.ts";
import { lanesOf, type Spelling } from "./arithmetic.ts";
import type { Lanes } from "./lanes.ts";

/** What π/2 as a number of the dtype lacks. */
const halfPi = { float32: [Math.fround(Math.PI / 2), -4.371139000186241e-8], float64: [Math.PI / 2, 6.123233995736766e-17] } as const;

// --- asin, acos ---------------------------------------------------------------------------------------------------------------------

const asinSingle = [1.6666752422e-1, 7.4953002686e-2, 4.5470025998e-2, 2.4181311049e-2, 4.2163199048e-2];
const asinP = [0.16666666666666666, -0.3255658186224009, 0.20121253213486293, -0.04005553450067941, 0.0007915349942898145, 3.479331075960212e-5];
const asinQ = [1, -2.403394911734414, 2.0209457602335057, -0.6882839716054533, 0.07703815055590194];

/** (asin t - t)/t for z = t² ≤ ¼. */
function asinTail(on: Lanes, z: Vector): Vector {
  if (on.dtype === "float32") return on.mul(z, on.polynomial(z, asinSingle));
  return on.mul(z, on.div(on.polynomial(z, asinP), on.polynomial(z, asinQ)));
}

interface Arc {
  /** asin of |x|, or of √((1 - |x|)/2) where |x| > ½. */
  readonly arc: Vector;
  readonly far: Vector;
}
function arcOf(on: Lanes, size: Vector): Arc {
  const far = on.compare("gt", size, 0.5);
  const shrunk = on.mul(on.sub(1, size), 0.5);
  const z = on.select(far, shrunk, on.mul(size, size));
  const t = on.select(far, on.sqrt(shrunk), size);
  return { arc: on.fma(t, asinTail(on, z), t), far };
}

/** asin x, near 1 as π/2 - 2 asin √((1 - x)/2). */
export const asin: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const { arc, far } = arcOf(on, on.abs(x));
  const [high, low] = halfPi[on.dtype];
  const y = on.select(far, on.sub(high, on.sub(on.add(arc, arc), low)), arc);
  return on.or(y, on.signOf(x));
};

/** acos x: π/2 - asin x, near 1 and -1 twice an arc, or π less that. */
export const acos: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const { arc, far } = arcOf(on, on.abs(x));
  const [high, low] = halfPi[on.dtype];
  const signed = on.xor(arc, on.signOf(x));
  const near = on.sub(high, on.sub(signed, low));
  const twice = on.add(arc, arc);
  const negative = on.sub(2 * high, on.sub(twice, 2 * low));
  return on.select(far, on.select(on.compare("lt", x, 0), negative, twice), near);
};

// --- atan ---------------------------------------------------------------------------------------------------------------------------

const atanSingle = [-3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2];
const atanP = [-64.85021904942025, -122.88666844901361, -75.00855792314705, -16.157537187333652, -0.8750608600031904];
const atanQ = [194.5506571482614, 485.3903996359137, 432.88106049129027, 165.02700983169885, 24.858464901423062, 1];

/** atan of numerator/denominator ≥ 0: with num/den reduced by π/4 or π/2 where they are not small. */
function atanOf(on: Lanes, size: Vector): Vector {
  const [high, low] = halfPi[on.dtype];
  const steep = on.compare("gt", size, 2.414213562373095);
  const middle = on.compare("gt", size, on.dtype === "float32" ? 0.4142135623730951 : 0.66);
  // -1/x, (x - 1)/(x + 1) or x.
  const numerator = on.select(steep, -1, on.select(middle, on.sub(size, 1), size));
  const denominator = on.select(steep, size, on.select(middle, on.add(size, 1), 1));
  const t = on.div(numerator, denominator);
  const z = on.mul(t, t);
  const tail = on.dtype === "float32" ? on.polynomial(z, atanSingle) : on.div(on.polynomial(z, atanP), on.polynomial(z, atanQ));
  const around = (part: number): Vector => on.select(steep, part, on.keep(middle, on.k(part / 2)));
  return on.add(around(high), on.add(on.fma(on.mul(tail, z), t, around(low)), t));
}

export const atan: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  return on.or(atanOf(on, on.abs(x)), on.signOf(x));
};

/** The angle of the point (x, y): atan of the smaller over the larger, turned into its octant. */
export const atan2: Spelling = (code, _dtype, y, x) => {
  const on = lanesOf(code, y);
  const [high, low] = halfPi[on.dtype];
  const ay = on.abs(y);
  const ax = on.abs(x);
  const small = on.min(ay, ax);
  const large = on.max(ay, ax);
  // 1 where both are equal, infinities too; 0 at the origin.
  const equal = on.select(on.compare("eq", large, 0), 0, 1);
  const ratio = on.select(on.compare("eq", small, large), equal, on.div(small, large));
  const arc = atanOf(on, ratio);
  const upper = on.compare("gt", ay, ax);
  const turned = on.select(upper, on.sub(high, on.sub(arc, low)), arc);
  // The sign bit of x says on which side: -0 is on the left.
  const left = on.compareBits("lt_s", x, on.dtype === "float32" ? 0 : 0n);
  const angle = on.select(left, on.sub(2 * high, on.sub(turned, 2 * low)), turned);
  return on.or(angle, on.signOf(y));
};
