/**
 * The closed set of scalar instructions that elementwise operations, reductions and cumulations are made of, and what each means
 * on JavaScript numbers. A backend spells the same set in a table typed `satisfies Record<ScalarInstruction, …>`, so a missing
 * one is a compile error. Results are rounded to the output dtype when stored; booleans are 0 and 1.
 */
import { digamma } from "./math/digamma.ts";
import { exp2, integerPow, logaddexp, logistic, pow, roundHalfEven, rsqrt } from "./math/elementary.ts";
import { erfInv } from "./math/erf-inv.ts";
import { erf, erfc } from "./math/erf.ts";
import * as int from "./math/integer.ts";
import { lgamma } from "./math/lgamma.ts";
import { nextAfter32, nextAfter64 } from "./math/next-after.ts";
import { polygamma } from "./math/polygamma.ts";

const bit = (value: boolean): number => (value ? 1 : 0);

/** Toward zero, at the ends of the range where it does not fit, 0 for NaN: as XLA converts. */
function saturate(x: number, low: number, high: number): number {
  return Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, low), high));
}

export type ScalarInstruction =
  | "copy" | "toInt32" | "toUint32" | "wrapInt32" | "wrapUint32" | "toBool" | "add" | "sub"
  | "mul" | "mulInt32" | "mulUint32" | "div" | "divInt32" | "divUint32" | "scaleSafe" | "mulSafe" | "divSafe"
  | "remainder" | "remainderInteger" | "neg" | "abs" | "sign" | "max" | "min" | "floor"
  | "ceil" | "trunc" | "round" | "exp" | "exp2" | "expm1" | "log" | "log2" | "log10"
  | "log1p" | "logAddExp" | "logistic" | "sqrt" | "rsqrt" | "cbrt" | "pow" | "integerPow"
  | "integerPowInt32" | "integerPowUint32" | "sin" | "cos" | "tan" | "asin" | "acos" | "atan"
  | "atan2" | "sinh" | "cosh" | "tanh" | "asinh" | "acosh" | "atanh" | "erf"
  | "erfc" | "erfInv" | "lgamma" | "digamma" | "polygamma" | "equal" | "notEqual" | "less"
  | "lessEqual" | "greater" | "greaterEqual" | "isFinite" | "select" | "clamp" | "nextAfter32" | "nextAfter64"
  | "and" | "or" | "xor" | "not" | "notBool" | "shiftLeftInt32" | "shiftLeftUint32" | "shiftRightArithmeticInt32"
  | "shiftRightArithmeticUint32" | "shiftRightLogicalInt32" | "shiftRightLogicalUint32" | "populationCount" | "countLeadingZeros";

type Meaning = (a: number, b: number, c: number) => number;

/** What each instruction computes. */
export const scalarMeaning: Readonly<Record<ScalarInstruction, Meaning>> = {
  copy: (a) => a,
  toInt32: (a) => saturate(a, -(2 ** 31), 2 ** 31 - 1),
  toUint32: (a) => saturate(a, 0, 2 ** 32 - 1),
  wrapInt32: (a) => a | 0,
  wrapUint32: (a) => a >>> 0,
  toBool: (a) => bit(a !== 0),

  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  mulInt32: int.mulInt32,
  mulUint32: int.mulUint32,
  div: (a, b) => a / b,
  divInt32: int.divInt32,
  divUint32: int.divUint32,
  scaleSafe: (t, d) => (t === 0 ? 0 : t * d),
  mulSafe: (a, b) => (a === 0 || b === 0 ? 0 : a * b),
  divSafe: (t, d) => (t === 0 ? 0 : t / d),
  remainder: (a, b) => a % b,
  remainderInteger: int.remInteger,
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sign: (a) => Math.sign(a),
  max: (a, b) => (a !== a || b !== b ? Number.NaN : Math.max(a, b)),
  min: (a, b) => (a !== a || b !== b ? Number.NaN : Math.min(a, b)),

  floor: (a) => Math.floor(a),
  ceil: (a) => Math.ceil(a),
  trunc: (a) => Math.trunc(a),
  round: roundHalfEven,

  exp: (a) => Math.exp(a),
  exp2,
  expm1: (a) => Math.expm1(a),
  log: (a) => Math.log(a),
  log2: (a) => Math.log2(a),
  log10: (a) => Math.log10(a),
  log1p: (a) => Math.log1p(a),
  logAddExp: logaddexp,
  logistic,
  sqrt: (a) => Math.sqrt(a),
  rsqrt,
  cbrt: (a) => Math.cbrt(a),
  pow,
  integerPow,
  integerPowInt32: int.integerPowInt32,
  integerPowUint32: int.integerPowUint32,

  sin: (a) => Math.sin(a),
  cos: (a) => Math.cos(a),
  tan: (a) => Math.tan(a),
  asin: (a) => Math.asin(a),
  acos: (a) => Math.acos(a),
  atan: (a) => Math.atan(a),
  atan2: (a, b) => Math.atan2(a, b),
  sinh: (a) => Math.sinh(a),
  cosh: (a) => Math.cosh(a),
  tanh: (a) => Math.tanh(a),
  asinh: (a) => Math.asinh(a),
  acosh: (a) => Math.acosh(a),
  atanh: (a) => Math.atanh(a),

  erf,
  erfc,
  erfInv,
  lgamma,
  digamma,
  polygamma,

  equal: (a, b) => bit(a === b),
  notEqual: (a, b) => bit(a !== b),
  less: (a, b) => bit(a < b),
  lessEqual: (a, b) => bit(a <= b),
  greater: (a, b) => bit(a > b),
  greaterEqual: (a, b) => bit(a >= b),
  isFinite: (a) => bit(Number.isFinite(a)),
  select: (condition, a, b) => (condition !== 0 ? a : b),
  clamp: (low, x, high) => (x !== x ? x : Math.min(Math.max(x, low), high)),
  nextAfter32,
  nextAfter64,

  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => ~a,
  notBool: (a) => 1 - a,
  shiftLeftInt32: int.shiftLeftInt32,
  shiftLeftUint32: int.shiftLeftUint32,
  shiftRightArithmeticInt32: int.shiftRightArithmeticInt32,
  shiftRightArithmeticUint32: int.shiftRightArithmeticUint32,
  shiftRightLogicalInt32: int.shiftRightLogicalInt32,
  shiftRightLogicalUint32: int.shiftRightLogicalUint32,
  populationCount: int.populationCount,
  countLeadingZeros: int.countLeadingZeros,
};

/** The meaning of one instruction as a function of up to three numbers. */
export function meaningOf(instruction: ScalarInstruction): Meaning {
  return scalarMeaning[instruction];
}
