/**
 * Logarithms and the inverse hyperbolic functions. x is written 2ᵉ·(1 + f) with 1 + f between √½ and √2, and log(1 + f) is f plus a small
 * correction: in float32 the polynomial of the Cephes library (logf.c), in float64 that of FreeBSD's msun (e_log.c).
 */
import type { Vector } from "../registers.ts";
import { lanesOf, type Spelling } from "./arithmetic.ts";
import { expOf } from "./exponential.ts";
import type { Lanes } from "./lanes.ts";

interface Parts {
  /** The exponent, as a number of the dtype. */
  readonly e: Vector;
  readonly f: Vector;
}

const least = { float32: 2 ** -126, float64: 2 ** -1022 };
const rescale = { float32: 23, float64: 54 };
/** ln 2 as a sum; a multiple of the first by an exponent is exact. */
const ln2 = { float32: [0.693359375, -2.1219444e-4], float64: [0.6931471803691238, 1.9082149292705877e-10] } as const;

/** The parts of a positive normal number. */
export function split(on: Lanes, x: Vector): Parts {
  if (on.dtype === "float32") {
    const steps = on.shift("shr_s", on.subBits(x, 0x3f3504f3), 23);
    const m = on.subBits(x, on.shift("shl", steps, 23));
    return { e: on.code.op("f32x4.convert_i32x4_s", "float32", steps), f: on.sub(m, 1) };
  }
  // The exponent plus 1023, so that an unsigned shift does.
  const biased = on.shift("shr_u", on.addBits(x, 0x3ff0000000000000n - 0x3fe6a09e667f3bcdn), 52);
  const m = on.subBits(x, on.subBits(on.shift("shl", biased, 52), 0x3ff0000000000000n));
  return { e: on.sub(on.or(biased, on.bits(0x4330000000000000n)), 2 ** 52 + 1023), f: on.sub(m, 1) };
}

/** As `split`, for denormals too. */
export function splitAny(on: Lanes, x: Vector): Parts {
  const tiny = on.compare("lt", x, least[on.dtype]);
  const { e, f } = split(on, on.select(tiny, on.mul(x, 2 ** rescale[on.dtype]), x));
  return { e: on.sub(e, on.keep(tiny, on.k(rescale[on.dtype]))), f };
}

interface Series {
  /** log(1 + f) = f + (rest - half), where half = f²/2. */
  readonly rest: Vector;
  readonly half: Vector;
}
function series(on: Lanes, f: Vector): Series {
  const square = on.mul(f, f);
  const half = on.mul(square, 0.5);
  if (on.dtype === "float32") return { rest: on.mul(on.mul(on.polynomial(f, cephes), f), square), half };
  const s = on.div(f, on.add(f, 2));
  const z = on.mul(s, s);
  return { rest: on.mul(s, on.add(half, on.mul(z, on.polynomial(z, msun)))), half };
}
const cephes = [
  3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1, -1.242014084e-1, 1.1676998740e-1, -1.1514610310e-1, 7.0376836292e-2,
];
const msun = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
];

/** e·ln 2 + log(1 + f + c·(1 + f)) for a tiny c. */
function assemble(on: Lanes, { e, f }: Parts, c?: Vector): Vector {
  const { rest, half } = series(on, f);
  const [high, low] = ln2[on.dtype];
  const small = on.fma(e, low, c === undefined ? rest : on.add(rest, c));
  return on.fma(e, high, on.add(f, on.sub(small, half)));
}

/** What a logarithm of x is where x is no positive finite number: -∞ at 0, ∞, NaN below. */
function withPoles(on: Lanes, x: Vector, y: Vector): Vector {
  const positive = on.select(on.compare("eq", x, 0), -Infinity, y);
  const finite = on.compare("lt", x, Infinity);
  return on.invalid(on.compare("lt", x, 0), on.select(finite, positive, x));
}

export function logOf(on: Lanes, x: Vector): Vector {
  return on.code.scope(() => withPoles(on, x, assemble(on, splitAny(on, x))));
}
export const log: Spelling = (code, _dtype, x) => logOf(lanesOf(code, x), x);

/** Cephes log2.c, log10.c: products with the parts of log₂ e or log₁₀ e, the smallest first. Exact at powers of 2. */
export const log2: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const { e, f } = splitAny(on, x);
  const { rest, half } = series(on, f);
  const y = on.sub(rest, half);
  const excess = Math.LOG2E - 1;
  const small = on.fma(f, excess, on.mul(y, excess));
  return withPoles(on, x, on.add(on.add(on.add(small, y), f), e));
};

const log10Parts = { e: [4.3359375e-1, 0.0007007319032518276], two: [3.0078125e-1, 0.0002487456639811952] } as const;
export const log10: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const { e, f } = splitAny(on, x);
  const { rest, half } = series(on, f);
  const y = on.sub(rest, half);
  let sum = on.mul(on.add(f, y), log10Parts.e[1]);
  sum = on.fma(y, log10Parts.e[0], sum);
  sum = on.fma(f, log10Parts.e[0], sum);
  sum = on.fma(e, log10Parts.two[1], sum);
  return withPoles(on, x, on.fma(e, log10Parts.two[0], sum));
};

/** log(1 + x): what 1 + x loses by rounding is the correction c (msun s_log1p.c). */
export function log1pOf(on: Lanes, x: Vector): Vector {
  return on.code.scope(() => {
    const u = on.add(x, 1);
    const { e, f } = split(on, u);
    const lost = on.select(on.compare("gt", x, 1), on.sub(1, on.sub(u, x)), on.sub(x, on.sub(u, 1)));
    const direct = on.compare("eq", e, 0);
    const c = on.select(direct, 0, on.div(lost, u));
    const y = assemble(on, { e, f: on.select(direct, x, f) }, c);
    return on.or(withPoles(on, u, y), on.signOf(x));
  });
}
export const log1p: Spelling = (code, _dtype, x) => log1pOf(lanesOf(code, x), x);

/** log(eᵃ + eᵇ). */
export const logAddExp: Spelling = (code, _dtype, a, b) => {
  const on = lanesOf(code, a);
  const distance = on.sub(a, b);
  const y = on.add(on.max(a, b), log1pOf(on, expOf(on, on.or(distance, on.signBit))));
  return on.select(on.compare("eq", a, b), on.add(a, Math.LN2), y);
};

// --- inverse hyperbolic functions, as in msun but for their ranges --------------------------------------------------------------------

/** From here on a square plus 1 is the square. */
const large = { float32: 2 ** 30, float64: 2 ** 60 };

/** log1p(|x| + x²/(1 + √(1 + x²))), and log |x| + ln 2 where x is large. */
export const asinh: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const size = on.abs(x);
  const far = on.compare("ge", size, large[on.dtype]);
  const square = on.mul(size, size);
  const sum = on.add(size, on.div(square, on.add(on.sqrt(on.add(square, 1)), 1)));
  const y = log1pOf(on, on.select(far, size, sum));
  return on.or(on.add(y, on.keep(far, on.k(Math.LN2))), on.signOf(x));
};

/** log1p(t + √(2t + t²)) with t = x - 1. */
export const acosh: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const t = on.sub(x, 1);
  const far = on.compare("ge", x, large[on.dtype]);
  const sum = on.add(t, on.sqrt(on.mul(t, on.add(t, 2))));
  const y = on.add(log1pOf(on, on.select(far, x, sum)), on.keep(far, on.k(Math.LN2)));
  return on.invalid(on.compare("lt", x, 1), y);
};

/** log1p(2x/(1 - x))/2, near 0 in the form that loses nothing. */
export const atanh: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const size = on.abs(x);
  const twice = on.add(size, size);
  const rest = on.sub(1, size);
  const near = on.compare("lt", size, 0.5);
  // 2x + 2x·x/(1 - x) and 2x/(1 - x) share their division.
  const ratio = on.div(on.select(near, on.mul(twice, size), twice), rest);
  const y = on.mul(log1pOf(on, on.add(ratio, on.keep(near, twice))), 0.5);
  return on.or(on.invalid(on.compare("gt", size, 1), y), on.signOf(x));
};
