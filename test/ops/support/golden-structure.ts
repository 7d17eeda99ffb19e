/** Calls of test/golden's operations on whole arrays: reductions, running totals, shapes, joining, products, creation. */
import type { Tensor } from "../../../src/core/array-types.ts";
import { full, oneHot } from "../../../src/api/creation.ts";
import { cumlogsumexp, cummax, cummin, cumprod, cumsum, diff } from "../../../src/api/cumulative.ts";
import { diag, trace } from "../../../src/api/diagonal.ts";
import { einsum } from "../../../src/api/einsum.ts";
import { concatenate, flip, repeat, roll, split, stack, tile } from "../../../src/api/join.ts";
import { dot, dotGeneral, inner, matmul, outer, tensordot, vdot } from "../../../src/api/linear.ts";
import { arange, linspace, meshgrid } from "../../../src/api/ranges.ts";
import { all, any, argmax, argmin, max, min, prod, sum } from "../../../src/api/reduce.ts";
import { broadcastTo, expandDims, moveaxis, ravel, reshape, squeeze, swapaxes, transpose } from "../../../src/api/shape.ts";
import { logSoftmax, logsumexp, mean, norm, softmax, std, variance } from "../../../src/api/statistics.ts";
import { eye, tri, tril, triu } from "../../../src/api/triangular.ts";
import type { DType } from "../../../src/core/dtype.ts";
import type { Value } from "../../../src/core/tensor.ts";
import { reverse } from "../../../src/ops/concatenate.ts";
import { iota } from "../../../src/ops/iota.ts";
import { pad, type Padding, slice } from "../../../src/ops/slice.ts";
import { broadcastInDim } from "../../../src/ops/structure.ts";
import { type GoldenCall, strict } from "./case.ts";

const plain = (f: unknown): GoldenCall => () => f as never;
type OptionFunction = (x: Tensor, options: object) => unknown;
/** The parameters are the options. */
const options = (f: unknown): GoldenCall => (params) => (x) => (f as OptionFunction)(x, params);
/** Functions under their own names, each called in the same manner. */
const each = (functions: object, manner: (f: unknown) => GoldenCall): Record<string, GoldenCall> => Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, manner(f)]));

const infinite: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };

export const structureCalls: Readonly<Record<string, GoldenCall>> = {
  ...each({ sum, prod, max, min, all, any, argmax, argmin, mean, logsumexp, softmax, logSoftmax }, options),
  ...each({ variance, std }, (f) => ({ correction = 0, ...rest }) => (x) => (f as typeof std)(x, { ...rest, ddof: correction as number })),
  norm: ({ ord, ...rest }) => (x) => norm(x, { ...rest, ...(ord === undefined ? {} : { ord: typeof ord === "string" ? (infinite[ord] ?? "fro") : (ord as number) }) }),
  ...each({ cumsum, cumprod, cummax, cummin, cumlogsumexp, diff }, options),

  reshape: ({ shape: to }) => (x) => reshape(x, to as number[]),
  transpose: ({ axes }) => (x) => transpose(x, axes as number[] | undefined),
  broadcastTo: ({ shape: to }) => (x) => broadcastTo(x, to as number[]),
  broadcastInDim: ({ shape: to, axes }) => strict((x: Value) => broadcastInDim(x, to as number[], axes as number[])),
  squeeze: options(squeeze),
  expandDims: ({ axis }) => (x) => expandDims(x, axis as number),
  moveaxis: ({ source, destination }) => (x) => moveaxis(x, source as number, destination as number),
  swapaxes: ({ axis1, axis2 }) => (x) => swapaxes(x, axis1 as number, axis2 as number),
  ravel: plain(ravel),
  diag: ({ k }) => (x) => diag(x, k as number),
  trace: options(trace),
  tril: ({ k }) => (x) => tril(x, k as number),
  triu: ({ k }) => (x) => triu(x, k as number),

  slice: ({ start, limit, strides }) => strict((x: Value) => slice(x, start as number[], limit as number[], strides as number[] | undefined)),
  pad: (params) => strict((x: Value, value: Value) => pad(x, value, params as unknown as Padding)),
  reverse: ({ axes }) => strict((x: Value) => reverse(x, axes as number[])),
  concatenate: (params) => (...xs) => concatenate(xs, params),
  stack: (params) => (...xs) => stack(xs, params),
  split: ({ indicesOrSections, axis }) => (x) => split(x, indicesOrSections as number, axis as number),
  flip: options(flip),
  roll: ({ shift, axis }) => (x) => roll(x, shift as number, axis as number),
  tile: ({ reps }) => (x) => tile(x, reps as number),
  repeat: ({ repeats, axis }) => (x) => repeat(x, repeats as number, axis as number),
  meshgrid: ({ indexing }) => (...xs) => meshgrid(...xs, { indexing: indexing as "xy" }),

  ...each({ matmul, dot, vdot, inner, outer }, plain),
  tensordot: ({ axes }) => (x, y) => tensordot(x, y, axes as number),
  dotGeneral: (params) => (x, y) => dotGeneral(x, y, params as object),
  einsum: ({ subscripts }) => (...xs) => einsum(subscripts as string, ...xs),

  iota: ({ dtype, shape: to, axis }) => () => iota(dtype as DType, to as number[], axis as number),
  arange: ({ start, stop, step, dtype }) => () => arange(start as number, stop as number, step as number, { dtype: dtype as DType }),
  linspace: ({ start, stop, ...rest }) => (start === undefined ? (x, y) => linspace(x, y, rest) : () => linspace(start as number, stop as number, rest)),
  eye: ({ n, m, ...rest }) => () => eye(n as number, { columns: m as number, ...rest }),
  tri: ({ n, m, ...rest }) => () => tri(n as number, { columns: m as number, ...rest }),
  full: ({ shape: to, value, dtype }) => () => full(to as number[], value as number, { dtype: dtype as DType }),
  oneHot: ({ numClasses, ...rest }) => (x) => oneHot(x, numClasses as number, rest),
};
