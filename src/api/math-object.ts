/** JavaScript's `Math`, on arrays. Names and meaning are JavaScript's: `Math.round` rounds halves up, `Math.max` takes any number of operands. */
import * as arithmetic from "./arithmetic.ts";
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
  pow: two(arithmetic.pow),
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
