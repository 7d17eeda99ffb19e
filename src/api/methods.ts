/** The methods of arrays, each the library function of the same name. The type says that none of the public interface is missing. */
import type { ArrayMethods } from "../core/array-types.ts";
import * as activations from "./activations.ts";
import * as arithmetic from "./arithmetic.ts";
import { at } from "./at.ts";
import * as compare from "./compare.ts";
import { astype } from "./convert.ts";
import * as cumulative from "./cumulative.ts";
import { diagonal, trace } from "./diagonal.ts";
import * as exponential from "./exponential.ts";
import { index } from "./indexing.ts";
import * as join from "./join.ts";
import * as linear from "./linear.ts";
import * as reduce from "./reduce.ts";
import * as rounding from "./rounding.ts";
import { clip } from "./select.ts";
import * as shape from "./shape.ts";
import * as special from "./special.ts";
import * as statistics from "./statistics.ts";
import { take } from "./take.ts";
import * as trigonometric from "./trigonometric.ts";

type Name = Exclude<keyof ArrayMethods<unknown>, "shape" | "dtype" | "ndim" | "size" | "length" | "T" | typeof Symbol.iterator | number>;

export const arrayMethods: Readonly<Record<Name, unknown>> = {
  add: arithmetic.add,
  sub: arithmetic.sub,
  mul: arithmetic.mul,
  div: arithmetic.div,
  mod: arithmetic.mod,
  remainder: arithmetic.remainder,
  floorDivide: arithmetic.floorDivide,
  pow: arithmetic.pow,
  neg: arithmetic.neg,
  abs: arithmetic.abs,
  sign: arithmetic.sign,
  square: arithmetic.square,
  reciprocal: arithmetic.reciprocal,
  maximum: arithmetic.maximum,
  minimum: arithmetic.minimum,
  clip,
  floor: rounding.floor,
  ceil: rounding.ceil,
  round: rounding.round,
  trunc: rounding.trunc,

  exp: exponential.exp,
  exp2: exponential.exp2,
  expm1: exponential.expm1,
  log: exponential.log,
  log2: exponential.log2,
  log10: exponential.log10,
  log1p: exponential.log1p,
  sqrt: exponential.sqrt,
  rsqrt: exponential.rsqrt,
  cbrt: exponential.cbrt,
  sin: trigonometric.sin,
  cos: trigonometric.cos,
  tan: trigonometric.tan,
  asin: trigonometric.asin,
  acos: trigonometric.acos,
  atan: trigonometric.atan,
  atan2: trigonometric.atan2,
  sinh: trigonometric.sinh,
  cosh: trigonometric.cosh,
  tanh: trigonometric.tanh,
  asinh: trigonometric.asinh,
  acosh: trigonometric.acosh,
  atanh: trigonometric.atanh,
  erf: special.erf,
  relu: activations.relu,
  sigmoid: activations.sigmoid,
  softplus: activations.softplus,
  gelu: activations.gelu,
  silu: activations.silu,
  softmax: statistics.softmax,
  logSoftmax: statistics.logSoftmax,

  equal: compare.equal,
  notEqual: compare.notEqual,
  less: compare.less,
  lessEqual: compare.lessEqual,
  greater: compare.greater,
  greaterEqual: compare.greaterEqual,
  logicalAnd: compare.logicalAnd,
  logicalOr: compare.logicalOr,
  logicalNot: compare.logicalNot,
  isNaN: compare.isNaN,
  isFinite: compare.isFinite,

  sum: reduce.sum,
  prod: reduce.prod,
  mean: statistics.mean,
  variance: statistics.variance,
  std: statistics.std,
  max: reduce.max,
  min: reduce.min,
  all: reduce.all,
  any: reduce.any,
  argmax: reduce.argmax,
  argmin: reduce.argmin,
  logsumexp: statistics.logsumexp,
  norm: statistics.norm,
  cumsum: cumulative.cumsum,
  cumprod: cumulative.cumprod,

  matmul: linear.matmul,
  dot: linear.dot,
  transpose: shape.transpose,
  reshape: shape.reshape,
  ravel: shape.ravel,
  squeeze: shape.squeeze,
  expandDims: shape.expandDims,
  swapaxes: shape.swapaxes,
  moveaxis: shape.moveaxis,
  broadcastTo: shape.broadcastTo,
  flip: join.flip,
  roll: join.roll,
  repeat: join.repeat,
  tile: join.tile,
  take,
  trace,
  diagonal,

  astype,
  get: index,
  at,
};
