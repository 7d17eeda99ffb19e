/**
 * erf, erfc, erfInv. float64, and float32 through it: the rational functions of core/math/erf.ts and core/math/erf-inv.ts. erf in float32
 * has its own fits: x + x·p(x²) near 0, and 1 - exp(-p(|x|)).
 */
import { erfcMiddle, erfcTail, erfSmall } from "../../../core/math/erf.ts";
import { erfInvCentral, erfInvFar, erfInvTail } from "../../../core/math/erf-inv.ts";
import type { Rational } from "../../../core/math/polynomial.ts";
import type { Vector } from "../registers.ts";
import { lanesOf, type Spelling } from "./arithmetic.ts";
import { toFloat } from "./convert.ts";
import { product } from "./double-double.ts";
import { expOf } from "./exponential.ts";
import { Lanes } from "./lanes.ts";
import { logOf } from "./logarithm.ts";

const rational = (on: Lanes, { p, q }: Rational, x: Vector): Vector => on.code.scope(() => on.div(on.polynomial(x, p), on.polynomial(x, q)));

/** p less a multiple of q, for a number near p/q whose products with the coefficients are exact: the rounding of p and q then counts little. */
const numeratorLess = ({ p, q }: Rational, near: number): readonly number[] => p.map((c, i) => c - near * (q[i] ?? 0));
const rationalLess = (on: Lanes, r: Rational, near: number, x: Vector): Vector => rational(on, { p: numeratorLess(r, near), q: r.q }, x);

/** p less (x + c)·q. */
const numeratorLessLine = ({ p, q }: Rational, c: number): readonly number[] => Array.from({ length: q.length + 1 }, (_, i) => (p[i] ?? 0) - c * (q[i] ?? 0) - (q[i - 1] ?? 0));

/** erfc of x ≥ ½. exp(-x²) = exp(-high)·(1 - low) for an x² of two parts. */
function upperTail(on: Lanes, a: Vector): Vector {
  return on.code.scope(() => {
    const x = on.atMost(a, 28);
    const square = product(on, x, x);
    const main = expOf(on, on.neg(square.high));
    const low = on.compare("lt", x, 1.25);
    const numerator = on.select(low, on.polynomial(x, numeratorLess(erfcMiddle, 0.5)), on.polynomial(x, numeratorLess(erfcMiddle, 0.1875)));
    const middle = on.add(on.div(numerator, on.polynomial(x, erfcMiddle.q)), on.select(low, 0.5, 0.1875));
    const far = on.div(on.add(rationalLess(on, erfcTail, 0.5625, on.div(1, square.high)), 0.5625), x);
    const factor = on.select(on.compare("le", x, 4), middle, far);
    return on.mul(main, on.fnma(factor, square.low, factor));
  });
}

/** erf of a float64 is this times x, plus x, where |x| ≤ ½. */
const nearZero = (on: Lanes, x: Vector): Vector => rational(on, erfSmall, on.mul(x, x));

const erfSingle = {
  near: [0.12837915122509003, -0.3761247992515564, 0.11281683295965195, -0.026761731132864952, 0.004985954612493515, -0.0005953799118287861],
  far: [0.0019658920355141163, 1.1198828220367432, 0.6511750817298889, 0.09083002060651779, -0.015488550998270512, 0.0012401239946484566],
};

function erf32(on: Lanes, x: Vector): Vector {
  const size = on.abs(x);
  const near = on.fma(on.polynomial(on.mul(size, size), erfSingle.near), size, size);
  const t = on.atMost(size, 4);
  const far = on.sub(1, expOf(on, on.neg(on.polynomial(t, erfSingle.far))));
  return on.or(on.select(on.compare("lt", size, 0.925), near, far), on.signOf(x));
}

export const erf: Spelling = (code, dtype, x) => {
  const on = lanesOf(code, x);
  if (dtype === "float32") return erf32(on, x);
  const size = on.abs(x);
  const near = on.fma(size, nearZero(on, size), size);
  const far = on.sub(1, upperTail(on, size));
  return on.or(on.select(on.compare("le", size, 0.5), near, far), on.signOf(x));
};

export const erfc: Spelling = (code, dtype, a) => {
  const on = new Lanes(code, "float64");
  const x = toFloat(code, "float64", a);
  const size = on.abs(x);
  const tail = upperTail(on, size);
  const bend = on.mul(x, nearZero(on, x));
  const low = on.sub(1, on.add(x, bend));
  const middle = on.sub(0.5, on.add(on.sub(x, 0.5), bend));
  const near = on.select(on.compare("ge", x, 0.25), middle, low);
  const far = on.select(on.compare("lt", x, 0), on.sub(2, tail), tail);
  return toFloat(code, dtype, on.select(on.compare("lt", size, 0.5), near, far));
};

export const erfInv: Spelling = (code, dtype, a) => {
  const on = new Lanes(code, "float64");
  const x = toFloat(code, "float64", a);
  const size = on.abs(x);
  const near = on.fma(size, rationalLess(on, erfInvCentral, 1, on.sub(0.7225, on.mul(size, size))), size);
  const s = on.sqrt(on.neg(logOf(on, on.mul(on.sub(1, size), 0.5))));
  // Both are near s - ½ and s - ¼: what is added to that is small, and its rounding counts little.
  const middle = on.add(on.sub(s, 0.5), rational(on, { p: numeratorLessLine(erfInvTail, 1.6 - 0.5), q: erfInvTail.q }, on.sub(s, 1.6)));
  const last = on.add(on.sub(s, 0.25), rational(on, { p: numeratorLessLine(erfInvFar, 5 - 0.25), q: erfInvFar.q }, on.sub(s, 5)));
  const tail = on.select(on.compare("le", s, 5), middle, last);
  const far = on.select(on.compare("eq", size, 1), Infinity, tail);
  return toFloat(code, dtype, on.or(on.select(on.compare("le", size, 0.85), near, far), on.signOf(x)));
};
