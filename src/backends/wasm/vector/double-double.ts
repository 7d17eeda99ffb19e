/**
 * Numbers as sums of two float64s, for the logarithm in pow: T. J. Dekker, "A floating-point technique for extending the available precision"
 * (Numerische Mathematik 18, 1971). Products are split by bits, so nothing here depends on a fused multiply-add.
 */
import type { Vector } from "../registers.ts";
import { constantsOf, reduce } from "./exponential.ts";
import type { Lanes } from "./lanes.ts";
import { splitAny } from "./logarithm.ts";

export interface Pair {
  readonly high: Vector;
  readonly low: Vector;
}

/** a + b for |a| ≥ |b|, exactly. */
export function quickSum(on: Lanes, a: Vector, b: Vector): Pair {
  const high = on.add(a, b);
  return { high, low: on.sub(b, on.sub(high, a)) };
}

/** a + b, exactly. */
export function sum(on: Lanes, a: Vector, b: Vector): Pair {
  const high = on.add(a, b);
  const part = on.sub(high, a);
  return { high, low: on.add(on.sub(a, on.sub(high, part)), on.sub(b, part)) };
}

/** a·b, exactly. */
export function product(on: Lanes, a: Vector, b: Vector): Pair {
  const high = on.mul(a, b);
  // Rounded to 26 bits, so that 26 signed bits remain.
  const head = (x: Vector): Vector => on.and(on.addBits(x, 0x4000000n), on.bits(0xfffffffff8000000n));
  const [ah, bh] = [head(a), head(b)];
  const [al, bl] = [on.sub(a, ah), on.sub(b, bh)];
  const crossed = on.add(on.add(on.sub(on.mul(ah, bh), high), on.mul(ah, bl)), on.mul(al, bh));
  return { high, low: on.add(crossed, on.mul(al, bl)) };
}

/** The product of two pairs, to about 2⁻¹⁰⁰. */
function times(on: Lanes, a: Pair, b: Pair): Pair {
  const p = product(on, a.high, b.high);
  return quickSum(on, p.high, on.add(p.low, on.add(on.mul(a.high, b.low), on.mul(a.low, b.high))));
}

/** atanh(s)/s = 1 + v/3 + v²·this(v), v = s² ≤ 0.0295, twice over; our own fit. */
const series = [0.4, 0.2857142857142937, 0.22222222221654733, 0.1818181833565416, 0.15384594934597917, 0.13334806212100603, 0.11706195689881364, 0.11723603622905411];
const twoThirds = [0.6666666666666666, 3.700743415417188e-17] as const;
const ln2 = [0.6931471805599453, 2.3190468138462996e-17] as const;
/** ln 2 in two parts: a multiple of the first by an exponent is exact. */
const ln2Exact = [0.6931471803691238, 1.9082149292705877e-10] as const;

/** log x for a positive finite x: e·ln 2 + 2s + s³·(⅔ + …) with s = f/(2 + f). */
function logarithm(on: Lanes, x: Vector): Pair {
  const { e, f } = splitAny(on, x);
  const denominator = quickSum(on, on.k(2), f);
  const ratio = on.div(f, denominator.high);
  const back = product(on, ratio, denominator.high);
  const rest = on.sub(on.sub(on.sub(f, back.high), back.low), on.mul(ratio, denominator.low));
  const s: Pair = { high: ratio, low: on.div(rest, denominator.high) };
  const v = times(on, s, s);
  const bend = quickSum(on, on.k(twoThirds[0]), on.fma(v.high, on.polynomial(v.high, series), twoThirds[1]));
  const cubic = times(on, times(on, v, s), bend);
  const twice: Pair = { high: on.add(s.high, s.high), low: on.add(s.low, s.low) };
  const whole = on.mul(e, ln2Exact[0]);
  // Both large sums are exact; what they lose joins the small terms.
  const first = sum(on, whole, twice.high);
  const second = sum(on, first.high, cubic.high);
  // The second part of ln 2, itself in two: its product with an exponent must not be rounded at 2⁻⁵³ of itself alone.
  const fraction = on.mul(e, ln2Exact[1]);
  const third = sum(on, second.high, fraction);
  const small = on.add(on.add(on.add(first.low, second.low), third.low), on.add(cubic.low, twice.low));
  return quickSum(on, third.high, on.add(small, on.mul(e, ln2Rest)));
}
/** ln 2 less its two parts. */
const ln2Rest = ln2[0] - ln2Exact[0] - ln2Exact[1] + ln2[1];

/** x^y for x ≥ 0. */
export function powerOfPair(on: Lanes, x: Vector, y: Vector): Vector {
  const log = on.code.scope(() => {
    const { high, low } = logarithm(on, x);
    return [high, low];
  }) as [Vector, Vector];
  const infinite = on.select(on.compare("eq", x, 0), -Infinity, x);
  const finite = on.both(on.compare("gt", x, 0), on.compare("lt", x, Infinity));
  const bounded = on.atMost(on.atLeast(y, -1e19), 1e19);
  const exact = product(on, log[0], bounded);
  // Far outside the range of results only the sign matters, and the parts of the product may be infinite.
  const high = on.select(finite, on.atMost(on.atLeast(exact.high, -800), 800), on.atMost(on.atLeast(on.mul(infinite, y), -800), 800));
  const inside = on.both(finite, on.compare("lt", on.abs(high), 800));
  const low = on.keep(inside, on.add(exact.low, on.mul(log[1], bounded)));
  const exponent = quickSum(on, high, low);
  const { shifted, h } = reduce(on, exponent.high);
  // What the reduction rounded away, and the low part of the exponent.
  const close = on.sub(exponent.high, on.mul(h, 2 * ln2Exact[0]));
  const step = on.mul(h, 2 * ln2Exact[1]);
  const r = on.sub(close, step);
  const lost = on.add(on.sub(on.sub(close, r), step), exponent.low);
  // 1 + r exactly, and all small terms together.
  const first = quickSum(on, on.k(1), r);
  const bend = on.mul(on.mul(r, r), on.polynomial(r, constantsOf("float64").tail));
  const tail = on.add(bend, on.fma(on.add(first.high, bend), lost, first.low));
  const s = on.powerOfTwo(shifted);
  return on.mul(on.mul(on.add(first.high, tail), s), s);
}
