/** How each scalar instruction is spelled on vectors. Where the table says null, the imported JavaScript function does it lane by lane. */
import type { DType } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { Vector, VectorCode } from "../registers.ts";
import * as basic from "./arithmetic.ts";
import * as convert from "./convert.ts";
import * as errorFunction from "./error-function.ts";
import * as exponential from "./exponential.ts";
import * as integer from "./integer.ts";
import * as inverse from "./inverse-trigonometric.ts";
import * as logarithm from "./logarithm.ts";
import * as power from "./power.ts";
import { remainder } from "./remainder.ts";
import * as trigonometric from "./trigonometric.ts";

const spellings = {
  copy: convert.copy,
  toInt32: convert.toInteger,
  toUint32: convert.toInteger,
  wrapInt32: convert.wrap,
  wrapUint32: convert.wrap,
  toBool: convert.toBool,

  add: basic.add,
  sub: basic.sub,
  mul: basic.mul,
  mulInt32: basic.mul,
  mulUint32: basic.mul,
  div: basic.div,
  divInt32: integer.divide,
  divUint32: integer.divide,
  scaleSafe: basic.scaleSafe,
  mulSafe: basic.mulSafe,
  divSafe: basic.divSafe,
  remainder,
  remainderInteger: integer.remainderInteger,
  neg: basic.neg,
  abs: basic.abs,
  sign: basic.sign,
  max: basic.max,
  min: basic.min,

  floor: basic.rounding("floor"),
  ceil: basic.rounding("ceil"),
  trunc: basic.rounding("trunc"),
  round: basic.rounding("nearest"),

  exp: exponential.exp,
  exp2: exponential.exp2,
  expm1: exponential.expm1,
  log: logarithm.log,
  log2: logarithm.log2,
  log10: logarithm.log10,
  log1p: logarithm.log1p,
  logAddExp: logarithm.logAddExp,
  logistic: exponential.logistic,
  sqrt: basic.squareRoot,
  rsqrt: power.rsqrt,
  cbrt: power.cbrt,
  pow: power.pow,
  integerPow: power.integerPow,
  integerPowInt32: integer.integerPow,
  integerPowUint32: integer.integerPow,

  sin: trigonometric.sin,
  cos: trigonometric.cos,
  tan: trigonometric.tan,
  asin: inverse.asin,
  acos: inverse.acos,
  atan: inverse.atan,
  atan2: inverse.atan2,
  sinh: exponential.sinh,
  cosh: exponential.cosh,
  tanh: exponential.tanh,
  asinh: logarithm.asinh,
  acosh: logarithm.acosh,
  atanh: logarithm.atanh,

  erf: errorFunction.erf,
  erfc: errorFunction.erfc,
  erfInv: errorFunction.erfInv,
  lgamma: null,
  digamma: null,
  polygamma: null,

  equal: basic.compare("eq"),
  notEqual: basic.compare("ne"),
  less: basic.compare("lt"),
  lessEqual: basic.compare("le"),
  greater: basic.compare("gt"),
  greaterEqual: basic.compare("ge"),
  isFinite: basic.isFinite,
  select: basic.select,
  clamp: basic.clamp,
  nextAfter32: basic.nextAfter,
  nextAfter64: basic.nextAfter,

  and: basic.bitwise("v128.and"),
  or: basic.bitwise("v128.or"),
  xor: basic.bitwise("v128.xor"),
  not: basic.not,
  notBool: basic.not,
  shiftLeftInt32: integer.shiftLeft,
  shiftLeftUint32: integer.shiftLeft,
  shiftRightArithmeticInt32: integer.shiftRightArithmetic,
  shiftRightArithmeticUint32: integer.shiftRightArithmetic,
  shiftRightLogicalInt32: integer.shiftRightLogical,
  shiftRightLogicalUint32: integer.shiftRightLogical,
  populationCount: integer.populationCount,
  countLeadingZeros: integer.countLeadingZeros,
} satisfies Record<ScalarInstruction, basic.Spelling | null>;

const table: Readonly<Record<ScalarInstruction, basic.Spelling | null>> = spellings;

/** Whether there is a spelling. */
export const isVectorSpelled = (instruction: ScalarInstruction): boolean => table[instruction] !== null;

/**
 * The instruction on vectors of one dtype (the condition of a select apart); the result is of `dtype`. Undefined: there is no spelling,
 * use `code.callHost`. Locals are taken for the result alone.
 */
export function spellVector(instruction: ScalarInstruction, dtype: DType, code: VectorCode, operands: readonly Vector[]): Vector | undefined {
  const spelling = table[instruction];
  if (spelling === null) return undefined;
  const [a, b = a, c = b] = operands as [Vector, Vector?, Vector?];
  return code.scope(() => spelling(code, dtype, a, b as Vector, c as Vector));
}
