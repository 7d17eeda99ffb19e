/** Integers on vectors: quotients through float64, shifts by a count per lane, powers, counting bits. */
import type { DType } from "../../../core/dtype.ts";
import type { Vector, VectorCode } from "../registers.ts";
import type { Spelling } from "./arithmetic.ts";
import { knownNumber } from "./constant.ts";
import { toFloat, toInteger } from "./convert.ts";

const not = (code: VectorCode, x: Vector): Vector => code.op("v128.not", x.dtype, x);

/** The integer in all lanes of a constant. */
export const knownInteger: (x: Vector) => number | undefined = knownNumber;

// --- quotients ----------------------------------------------------------------------------------------------------------------------

/** Truncated quotients of 32-bit integers are exact in float64. Over 0 all bits are set; -2^31 over -1 wraps. */
const quotient = (code: VectorCode, dtype: DType, x: Vector, y: Vector): Vector => {
  const ratio = code.op("f64x2.div", "float64", toFloat(code, "float64", x), toFloat(code, "float64", y));
  const whole = toInteger(code, dtype, ratio, ratio, ratio) as Vector;
  const safe = code.op("v128.or", dtype, whole, code.op("i32x4.eq", dtype, y, code.constant(dtype, 0)));
  if (dtype === "uint32") return safe;
  return code.select(code.op("i32x4.eq", "bool", y, code.constant(dtype, -1)), code.op("i32x4.sub", dtype, code.constant(dtype, 0), x), safe);
};
export const divide: Spelling = quotient;

/** x - y·quotient: x itself over 0. */
export const remainderInteger: Spelling = (code, dtype, x, y) => code.op("i32x4.sub", dtype, x, code.op("i32x4.mul", dtype, y, quotient(code, dtype, x, y)));

// --- shifts -------------------------------------------------------------------------------------------------------------------------

/** A count outside 0..31 shifts every bit out: of an arithmetic shift, all but copies of the sign. */
const shift = (name: "shl" | "shr_s" | "shr_u"): Spelling => (code, dtype, x, count) => {
  const known = knownInteger(count);
  if (known !== undefined) {
    if (known >= 0 && known < 32) return code.shift(`i32x4.${name}`, x, known);
    return name === "shr_s" ? code.shift("i32x4.shr_s", x, 31) : code.constant(dtype, 0);
  }
  const inRange = code.op("i32x4.lt_u", "bool", count, code.constant("int32", 32));
  // One step for each bit of the count.
  let shifted = x;
  for (let bit = 0; bit < 5; bit++) {
    const chosen = code.shift("i32x4.shr_s", code.shift("i32x4.shl", count, 31 - bit), 31);
    shifted = code.select(code.as(chosen, "bool"), code.shift(`i32x4.${name}`, shifted, 2 ** bit), shifted);
  }
  return code.select(inRange, shifted, name === "shr_s" ? code.shift("i32x4.shr_s", x, 31) : code.constant(dtype, 0));
};
export const shiftLeft: Spelling = shift("shl");
export const shiftRightArithmetic: Spelling = shift("shr_s");
export const shiftRightLogical: Spelling = shift("shr_u");

// --- powers -------------------------------------------------------------------------------------------------------------------------

/** x to the power of a known count of at least 1, by repeated squaring. */
export function powerByMultiplication(x: Vector, count: number, multiply: (a: Vector, b: Vector) => Vector): Vector {
  let result: Vector | undefined;
  let square = x;
  for (let rest = count; ; ) {
    if (rest % 2 === 1) result = result === undefined ? square : multiply(result, square);
    rest = Math.floor(rest / 2);
    if (rest === 0) return result as Vector;
    square = multiply(square, square);
  }
}

/** x to the power n modulo 2^32, for an n known now; below 0 rounded toward zero, with 0 for x = 0. */
export const integerPow: Spelling = (code, dtype, x, n) => {
  const count = knownInteger(n);
  if (count === undefined) return powerPerLane(code, dtype, x, n);
  const power = dtype === "uint32" ? count >>> 0 : count;
  if (power === 0) return code.constant(dtype, 1);
  if (power > 0) return powerByMultiplication(x, power, (a, b) => code.op("i32x4.mul", dtype, a, b));
  const one = code.constant(dtype, 1);
  const isOne = code.op("i32x4.eq", "bool", x, one);
  const isMinusOne = code.op("i32x4.eq", "bool", x, code.constant(dtype, -1));
  return code.op("v128.and", dtype, code.op("v128.or", "bool", isOne, isMinusOne), power % 2 === 0 ? one : x);
};

/** As `integerPow` for a count per lane: a multiplication and a squaring for each of its bits. */
function powerPerLane(code: VectorCode, dtype: DType, x: Vector, n: Vector): Vector {
  const one = code.constant(dtype, 1);
  const multiply = (a: Vector, b: Vector): Vector => code.op("i32x4.mul", dtype, a, b);
  const has = (bit: number): Vector => code.as(code.shift("i32x4.shr_s", code.shift("i32x4.shl", n, 31 - bit), 31), "bool");
  let result = code.select(has(0), x, one);
  let square = x;
  for (let bit = 1; bit < 32; bit++) {
    // A scope of its own: the steps share their locals.
    [result, square] = code.scope(() => {
      const next = multiply(square, square);
      return [code.select(has(bit), multiply(result, next), result), next];
    }) as [Vector, Vector];
  }
  if (dtype === "uint32") return result;
  const isOne = code.op("i32x4.eq", "bool", x, one);
  const isMinusOne = code.op("i32x4.eq", "bool", x, code.constant(dtype, -1));
  const inverse = code.op("v128.and", dtype, code.op("v128.or", "bool", isOne, isMinusOne), code.select(has(0), x, one));
  return code.select(code.op("i32x4.lt_s", "bool", n, code.constant(dtype, 0)), inverse, result);
}

// --- counting bits ------------------------------------------------------------------------------------------------------------------

/** In fields of 2, 4 and 8 bits at once, then summed by a product. */
export const populationCount: Spelling = (code, dtype, x) => {
  const k = (value: number): Vector => code.constant(dtype, value);
  const and = (a: Vector, b: number): Vector => code.op("v128.and", dtype, a, k(b));
  const right = (a: Vector, count: number): Vector => code.shift("i32x4.shr_u", a, count);
  const plus = (a: Vector, b: Vector): Vector => code.op("i32x4.add", dtype, a, b);
  const pairs = code.op("i32x4.sub", dtype, x, and(right(x, 1), 0x55555555));
  const nibbles = plus(and(pairs, 0x33333333), and(right(pairs, 2), 0x33333333));
  const bytes = and(plus(nibbles, right(nibbles, 4)), 0x0f0f0f0f);
  return right(code.op("i32x4.mul", dtype, bytes, k(0x01010101)), 24);
};

/** All bits below the highest are set; what is clear then is counted. */
export const countLeadingZeros: Spelling = (code, dtype, x) => {
  let smeared = x;
  for (const distance of [1, 2, 4, 8, 16]) smeared = code.op("v128.or", dtype, smeared, code.shift("i32x4.shr_u", smeared, distance));
  const clear = not(code, smeared);
  return populationCount(code, dtype, clear, clear, clear);
};
