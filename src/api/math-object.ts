/**
 * JavaScript's `Math` and the questions of `Number`, on arrays. Names and meaning are JavaScript's: `Math.round` rounds halves up, `Math.max` takes
 * any number of operands.
 */
import { isFloat } from "../core/dtype.ts";
import type { Value } from "../core/tensor.ts";
import * as arithmetic from "./arithmetic.ts";
import * as compare from "./compare.ts";
import { power } from "./counts.ts";
import * as exponential from "./exponential.ts";
import * as rounding from "./rounding.ts";
import * as trigonometric from "./trigonometric.ts";
import * as bitwise from "./bitwise.ts";
import { float32 } from "./convert.ts";

type AnyFunction = (...args: readonly unknown[]) => unknown;
const one = (f: (x: never) => unknown): AnyFunction => (x) => f(x as never);
const two = (f: (x: never, y: never) => unknown): AnyFunction => (x, y) => f(x as never, y as never);
const many = (f: (x: never, y: never) => unknown): AnyFunction => (first, ...rest) => rest.reduce((x, y) => f(x as never, y as never), first);

export const mathFunctions: Readonly<Record<string, AnyFunction>> = {
  abs: one(arithmetic.abs),
  sign: one(arithmetic.sign),
  max: many(arithmetic.maximum),
  min: many(arithmetic.minimum),
  pow: two(power),
  hypot: (...args) => arithmetic.hypot(...(args as never[])),
  floor: one(rounding.floor),
  ceil: one(rounding.ceil),
  trunc: one(rounding.trunc),
  round: one(rounding.roundHalfUp),
  fround: one(float32),
  exp: one(exponential.exp),
  expm1: one(exponential.expm1),
  log: one(exponential.log),
  log2: one(exponential.log2),
  log10: one(exponential.log10),
  log1p: one(exponential.log1p),
  sqrt: one(exponential.sqrt),
  cbrt: one(exponential.cbrt),
  sin: one(trigonometric.sin),
  cos: one(trigonometric.cos),
  tan: one(trigonometric.tan),
  asin: one(trigonometric.asin),
  acos: one(trigonometric.acos),
  atan: one(trigonometric.atan),
  atan2: two(trigonometric.atan2),
  sinh: one(trigonometric.sinh),
  cosh: one(trigonometric.cosh),
  tanh: one(trigonometric.tanh),
  asinh: one(trigonometric.asinh),
  acosh: one(trigonometric.acosh),
  atanh: one(trigonometric.atanh),
  imul: two(bitwise.imul),
  clz32: one(bitwise.clz32),
};

const isInteger = (x: never): never => compare.logicalAnd(compare.isFinite(x), compare.equal(rounding.floor(x), x)) as never;

/** Below 2 ** 53, which float32 holds too; the largest safe integer it does not. Every integer of the integer dtypes is safe. */
function isSafeInteger(x: never): never {
  return (isFloat((x as Value).type.dtype) ? compare.logicalAnd(isInteger(x), compare.less(arithmetic.abs(x), 2 ** 53)) : isInteger(x)) as never;
}

/** What `Number` asks about one number, elementwise. */
export const numberFunctions: Readonly<Record<string, AnyFunction>> = {
  "Number.isNaN": one(compare.isNaN),
  "Number.isFinite": one(compare.isFinite),
  "Number.isInteger": one(isInteger),
  "Number.isSafeInteger": one(isSafeInteger),
};
