/**
 * Powers and roots. pow is e^(y·log x) with a logarithm of more than its dtype's precision: of float32s in float64, of float64s as a sum of
 * two numbers. The first guess and the polynomial of the cube root are those of FreeBSD's msun (s_cbrt.c).
 */
import type { Vector } from "../registers.ts";
import { lanesOf, type Spelling } from "./arithmetic.ts";
import { knownNumber } from "./constant.ts";
import { toFloat } from "./convert.ts";
import { powerOfPair } from "./double-double.ts";
import { powerByMultiplication } from "./integer.ts";
import { Lanes } from "./lanes.ts";
import { splitAny } from "./logarithm.ts";

export const rsqrt: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  return on.div(1, on.sqrt(x));
};

// --- pow ----------------------------------------------------------------------------------------------------------------------------

/** 2/ln 2 · atanh(s)/s by powers of s², for |s| ≤ 3 - √8; our own fit, good to 2⁻⁴³. */
const log2Series = [2.8853900817778504, 0.9617966941126749, 0.5770779425301307, 0.4122092382250214, 0.31990618475532295, 0.2828943745715255];
/** 2ʳ for |r| ≤ ½, good to 2⁻³⁴. */
const exp2Series = [0.9999999999595618, 0.6931471805568324, 0.24022651213498092, 0.055504109063258665, 0.009618025613318034, 0.0013333478473685416, 0.00015469729214118296, 1.5303700711365693e-5];

/** |x|^y of float32s, in float64. */
function powerOfSingles(on: Lanes, size: Vector, y: Vector): Vector {
  const { e, f } = splitAny(on, size);
  const s = on.div(f, on.add(f, 2));
  const log2 = on.fma(s, on.polynomial(on.mul(s, s), log2Series), e);
  const known = on.select(on.compare("eq", size, 0), -Infinity, on.select(on.compare("lt", size, Infinity), log2, size));
  const exponent = on.atMost(on.atLeast(on.mul(known, y), -200), 200);
  const shifted = on.add(exponent, on.magic);
  const r = on.sub(exponent, on.sub(shifted, on.magic));
  return on.mul(on.polynomial(r, exp2Series), on.powerOfTwo(shifted));
}

/** What IEEE 754 says of signs, whole exponents and 1. */
function withSign(on: Lanes, x: Vector, y: Vector, magnitude: Vector): Vector {
  const whole = on.compare("eq", on.rounded("trunc", y), y);
  const half = on.mul(y, 0.5);
  const odd = on.both(whole, on.compare("ne", on.rounded("trunc", half), half));
  const signed = on.or(magnitude, on.keep(odd, on.signOf(x)));
  const finiteNegative = on.both(on.compare("lt", x, 0), on.compare("gt", x, -Infinity));
  const valid = on.invalid(on.both(finiteNegative, on.not(whole)), signed);
  // 1^y, x^0 and (-1)^±∞ are 1, of NaN too.
  const flat = on.both(on.compare("eq", x, -1), on.compare("eq", on.abs(y), Infinity));
  const one = on.either(on.either(on.compare("eq", x, 1), on.compare("eq", y, 0)), flat);
  return on.select(one, 1, valid);
}

export const pow: Spelling = (code, dtype, x, y) => {
  const on = new Lanes(code, "float64");
  const [a, b] = [toFloat(code, "float64", x), toFloat(code, "float64", y)];
  const size = on.abs(a);
  const magnitude = code.scope(() => (dtype === "float32" ? powerOfSingles(on, size, b) : powerOfPair(on, size, b)));
  return toFloat(code, dtype, withSign(on, a, b, magnitude));
};

/**
 * The exponents for which products in the dtype itself keep the bound of docs/accuracy.md: at most 1.92 units in the last place for -2 to 4, 3.6
 * for -3, 5 and 6. An intermediate product is denormal or infinite only where the result is 0 or infinite.
 */
const byProducts = { float32: [-2, 4], float64: [-3, 6] } as const;

/** xⁿ by multiplication, of the inverse where n is negative. */
function smallPower(on: Lanes, x: Vector, n: number): Vector {
  return powerByMultiplication(n > 0 ? x : on.div(1, x), Math.abs(n), (a, b) => on.mul(a, b));
}

/** Small known powers by multiplication, where need be of float32s in float64, rounded once; the others by `pow`. */
export const integerPow: Spelling = (code, dtype, x, n) => {
  const on = lanesOf(code, x);
  const known = knownNumber(n);
  if (known === undefined || Math.abs(known) > 6) return pow(code, dtype, x, n, n);
  if (known === 0) return on.k(1);
  const [least, most] = byProducts[on.dtype];
  if (known >= least && known <= most) return smallPower(on, x, known);
  if (on.dtype === "float32") return code.scope(() => toFloat(code, dtype, smallPower(new Lanes(code, "float64"), toFloat(code, "float64", x), known)));
  if (known !== -4) return pow(code, dtype, x, n, n);
  // not the inverse four times, which is off by up to 4.5; this by 3.6
  const inverse = on.div(1, on.mul(x, x));
  return on.mul(inverse, inverse);
};

// --- cube root ----------------------------------------------------------------------------------------------------------------------

const cubeRootSeries = [1.87595182427177, -1.8849797954337717, 1.6214297201053545, -0.758397934778766, 0.14599619288661245];

/** A third of the exponent, a polynomial to 23 bits, a step of Newton's method. */
export const cbrt: Spelling = (code, dtype, a) => {
  const on = new Lanes(code, "float64");
  const x = toFloat(code, "float64", a);
  const size = on.abs(x);
  const tiny = on.compare("lt", size, 2 ** -1022);
  const normal = on.select(tiny, on.mul(size, 2 ** 54), size);
  const high = on.shift("shr_u", normal, 32);
  const third = code.op("f32x4.mul", "float64", code.op("f32x4.convert_i32x4_s", "float64", high), code.same("float64", new Array<number>(4).fill(0).flatMap(() => [171, 170, 170, 62])));
  const guess = code.op("i32x4.add", "float64", code.op("i32x4.trunc_sat_f32x4_s", "float64", third), on.bits(715094163n));
  const t = on.shift("shl", guess, 32);
  const r = on.mul(on.mul(t, t), on.div(t, normal));
  const [p0, p1, p2, p3, p4] = cubeRootSeries as [number, number, number, number, number];
  const low = on.fma(r, on.fma(r, p2, p1), p0);
  const better = on.mul(t, on.fma(on.mul(on.mul(r, r), r), on.fma(r, p4, p3), low));
  const rounded = on.and(on.addBits(better, 0x80000000n), on.bits(0xffffffffc0000000n));
  const rest = on.sub(on.div(normal, on.mul(rounded, rounded)), rounded);
  const quotient = on.div(rest, on.add(on.add(rounded, rounded), on.add(rounded, rest)));
  const root = on.fma(rounded, quotient, rounded);
  const scaled = on.select(tiny, on.mul(root, 2 ** -18), root);
  const plain = on.either(on.compare("eq", size, 0), on.not(on.compare("lt", size, Infinity)));
  return toFloat(code, dtype, on.select(plain, x, on.or(scaled, on.signOf(x))));
};
