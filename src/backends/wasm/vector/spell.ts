/** How each scalar instruction is spelled on vectors. Where the table says null, the imported JavaScript function does it lane by lane. */
import type { DType } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { Vector, VectorCode } from "../registers.ts";
import * as basic from "./arithmetic.ts";
import * as convert from "./convert.ts";
import * as integer from "./integer.ts";

const todo = null;

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
  divSafe: basic.divSafe,
  remainder: todo,
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

  exp: todo,
  exp2: todo,
  expm1: todo,
  log: todo,
  log2: todo,
  log10: todo,
  log1p: todo,
  logAddExp: todo,
  logistic: todo,
  sqrt: basic.squareRoot,
  rsqrt: todo,
  cbrt: todo,
  pow: todo,
  integerPow: todo,
  integerPowInt32: integer.integerPow,
  integerPowUint32: integer.integerPow,

  sin: todo,
  cos: todo,
  tan: todo,
  asin: todo,
  acos: todo,
  atan: todo,
  atan2: todo,
  sinh: todo,
  cosh: todo,
  tanh: todo,
  asinh: todo,
  acosh: todo,
  atanh: todo,

  erf: todo,
  erfc: todo,
  erfInv: todo,
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
