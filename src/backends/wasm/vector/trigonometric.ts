/**
 * sin, cos, tan. The multiple of π or π/2 is taken off in parts whose products are exact (Cody and Waite), so that
 * it is rounded once, in float64 into two numbers. float32: our own minimax polynomial of sin over half a period, Cephes' of tan (tanf.c). float64: the kernels of
 * FreeBSD's msun (k_sin.c, k_cos.c, e_rem_pio2.c). Arguments too large for the parts go to the imported function.
 */
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { Vector } from "../registers.ts";
import { lanesOf, type Spelling } from "./arithmetic.ts";
import type { Lanes } from "./lanes.ts";

const piParts = [3217 / 2 ** 10, -37 / 2 ** 22, -8.742790669202805e-8, 5.126688136514179e-12] as const;
const largest = { float32: 1600, float64: 1.6e6 };

/** x - n·period of float32s, for a period in parts, of which the first are multiples of 2⁻¹⁰ and 2⁻²², and |n| below 2¹¹. */
function subtract(on: Lanes, x: Vector, n: Vector, unit: number): Vector {
  const [p1, p2, p3, p4] = piParts.map((p) => p * unit) as [number, number, number, number];
  const close = on.fnma(n, p2, on.fnma(n, p1, x));
  const third = on.mul(n, p3);
  const r = on.sub(close, third);
  return on.add(r, on.fnma(n, p4, on.sub(on.sub(close, r), third)));
}

/** (sin r - r)/r³ by powers of r²; such that no result exceeds 1, with a fused multiply-add and without. */
const sineSingle = [-0.166666627, 0.00833308231, -0.000198088659, 2.60202228e-6];

/** sin(x - n·π) with the sign bit of `sign` turned in. */
function halfPeriod(on: Lanes, x: Vector, n: Vector, sign: Vector): Vector {
  const r = subtract(on, x, n, 1);
  const s = on.mul(r, r);
  return on.xor(on.fma(on.mul(r, s), on.polynomial(s, sineSingle), r), sign);
}

function sin32(on: Lanes, x: Vector): Vector {
  const shifted = on.fma(x, 1 / Math.PI, on.magic);
  const y = halfPeriod(on, x, on.sub(shifted, on.magic), on.shift("shl", shifted, 31));
  return on.select(on.compare("eq", x, 0), x, y);
}

/** cos x = -sin(x - (k + ½)π), or + where k is odd. */
function cos32(on: Lanes, x: Vector): Vector {
  const shifted = on.add(on.fma(x, 1 / Math.PI, -0.5), on.magic);
  const n = on.add(on.sub(shifted, on.magic), 0.5);
  return halfPeriod(on, x, n, on.xor(on.shift("shl", shifted, 31), on.signBit));
}

function tan32(on: Lanes, x: Vector): Vector {
  const shifted = on.fma(x, 2 / Math.PI, on.magic);
  const r = subtract(on, x, on.sub(shifted, on.magic), 0.5);
  const z = on.mul(r, r);
  const tail = on.polynomial(z, [3.33331568548e-1, 1.33387994085e-1, 5.34112807005e-2, 2.44301354525e-2, 3.11992232697e-3, 9.38540185543e-3]);
  const y = on.fma(on.mul(r, z), tail, r);
  const odd = on.code.as(on.shift("shr_s", on.shift("shl", shifted, 31), 31), "bool");
  return on.select(on.compare("eq", x, 0), x, on.select(odd, on.div(-1, y), y));
}

// --- float64 ------------------------------------------------------------------------------------------------------------------------

const halfPi = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32] as const;
const sine = [-0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-6, -2.5050760253406863e-8, 1.58969099521155e-10];
const cosine = [0.0416666666666666, -0.001388888888887411, 2.480158728947673e-5, -2.7557314351390663e-7, 2.087572321298175e-9, -1.1359647557788195e-11];

interface Quadrant {
  readonly sin: Vector;
  readonly cos: Vector;
  /** The number of the quadrant in the low bits. */
  readonly shifted: Vector;
}

/** Sine and cosine of x less a multiple of π/2. */
function quadrant(on: Lanes, x: Vector): Quadrant {
  const shifted = on.add(on.mul(x, 2 / Math.PI), on.magic);
  const n = on.sub(shifted, on.magic);
  const first = on.sub(x, on.mul(n, halfPi[0]));
  const two = on.mul(n, halfPi[1]);
  const second = on.sub(first, two);
  const three = on.mul(n, halfPi[2]);
  const third = on.sub(second, three);
  const lost = on.add(on.sub(on.sub(first, second), two), on.sub(on.sub(second, third), three));
  const rest = on.sub(lost, on.mul(n, halfPi[3]));
  const r = on.add(third, rest);
  const c = on.add(on.sub(third, r), rest);

  const z = on.mul(r, r);
  const cube = on.mul(z, r);
  const bend = on.sub(on.mul(on.sub(on.mul(c, 0.5), on.mul(cube, on.polynomial(z, sine.slice(1)))), z), c);
  const sin = on.sub(r, on.sub(bend, on.mul(cube, sine[0] as number)));
  const half = on.mul(z, 0.5);
  const w = on.sub(1, half);
  const cos = on.add(w, on.add(on.sub(on.sub(1, w), half), on.sub(on.mul(on.mul(z, z), on.polynomial(z, cosine)), on.mul(r, c))));
  return { sin, cos, shifted };
}

/** A mask of the lanes whose quadrant is odd. */
function isOdd(on: Lanes, shifted: Vector): Vector {
  return on.compareBits("eq", on.and(shifted, on.bits(1n)), 1n);
}

function sin64(on: Lanes, x: Vector): Vector {
  const { sin, cos, shifted } = quadrant(on, x);
  const y = on.xor(on.select(isOdd(on, shifted), cos, sin), on.and(on.shift("shl", shifted, 62), on.signBit));
  return on.select(on.compare("eq", x, 0), x, y);
}

function cos64(on: Lanes, x: Vector): Vector {
  const { sin, cos, shifted } = quadrant(on, x);
  // Negative in quadrants 1 and 2.
  return on.xor(on.select(isOdd(on, shifted), sin, cos), on.and(on.shift("shl", on.addBits(shifted, 1n), 62), on.signBit));
}

function tan64(on: Lanes, x: Vector): Vector {
  const { sin, cos, shifted } = quadrant(on, x);
  const odd = isOdd(on, shifted);
  const y = on.div(on.select(odd, cos, sin), on.select(odd, on.neg(sin), cos));
  return on.select(on.compare("eq", x, 0), x, y);
}

const periodic = (instruction: ScalarInstruction, single: (on: Lanes, x: Vector) => Vector, double: (on: Lanes, x: Vector) => Vector): Spelling => (code, _dtype, x) => {
  const on = lanesOf(code, x);
  const y = code.scope(() => (on.dtype === "float32" ? single : double)(on, x));
  return code.patch(on.compare("ge", on.abs(x), largest[on.dtype]), y, instruction, [x]);
};

export const sin: Spelling = periodic("sin", sin32, sin64);
export const cos: Spelling = periodic("cos", cos32, cos64);
export const tan: Spelling = periodic("tan", tan32, tan64);
