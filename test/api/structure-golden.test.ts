/** Reductions, running totals, shapes, joining and creation against JAX. */
import { full, oneHot } from "../../src/api/creation.ts";
import { cumlogsumexp, cummax, cummin, cumprod, cumsum, diff } from "../../src/api/cumulative.ts";
import * as join from "../../src/api/join.ts";
import { arange, linspace, meshgrid } from "../../src/api/ranges.ts";
import * as reduce from "../../src/api/reduce.ts";
import * as shape from "../../src/api/shape.ts";
import * as statistics from "../../src/api/statistics.ts";
import { eye, tri, tril, triu } from "../../src/api/triangular.ts";
import type { Value } from "../../src/core/tensor.ts";
import { reverse } from "../../src/ops/concatenate.ts";
import { iota } from "../../src/ops/iota.ts";
import { pad, slice } from "../../src/ops/slice.ts";
import { broadcastInDim } from "../../src/ops/structure.ts";
import { type GoldenFunction, testGolden } from "./golden-check.ts";

type Any = never;

/** Functions whose parameters are options. */
function withOptions(functions: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, GoldenFunction> {
  return Object.fromEntries(names.map((name) => [name, (params, x) => (functions[name] as (x: never, o: unknown) => unknown)(x, params)]));
}

/** Options in which parameters have other names. */
function renamed(params: Readonly<Record<string, unknown>>, names: Readonly<Record<string, string>>): Any {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [names[key] ?? key, value])) as never;
}

const orders: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };
const band = (params: Readonly<Record<string, unknown>>): Any => renamed({ k: params["k"], m: params["m"], dtype: params["dtype"] }, { m: "columns" });

const functions: Record<string, GoldenFunction> = {
  ...withOptions(reduce, ["sum", "prod", "max", "min", "all", "any", "argmax", "argmin"]),
  ...withOptions(statistics, ["mean", "logsumexp", "softmax", "logSoftmax"]),
  variance: (params, x) => statistics.variance(x, renamed(params, { correction: "ddof" })),
  std: (params, x) => statistics.std(x, renamed(params, { correction: "ddof" })),
  norm: ({ ord, ...params }, x) => statistics.norm(x, (ord === undefined ? params : { ord: orders[ord as string] ?? ord, ...params }) as Any),
  ...withOptions({ cumsum, cumprod, cummax, cummin, cumlogsumexp, diff }, ["cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp", "diff"]),
  reshape: (params, x) => shape.reshape(x, params["shape"] as Any),
  transpose: ({ axes }, x) => shape.transpose(x, axes as Any),
  broadcastTo: (params, x) => shape.broadcastTo(x, params["shape"] as Any),
  broadcastInDim: ({ shape: to, axes }, x) => broadcastInDim(x, to as Any, axes as Any),
  squeeze: ({ axis }, x) => shape.squeeze(x, axis as Any),
  expandDims: ({ axis }, x) => shape.expandDims(x, axis as Any),
  moveaxis: ({ source, destination }, x) => shape.moveaxis(x, source as Any, destination as Any),
  swapaxes: ({ axis1, axis2 }, x) => shape.swapaxes(x, axis1 as Any, axis2 as Any),
  ravel: (_params, x) => shape.ravel(x),
  slice: ({ start, limit, strides }, x) => slice(x as Value, start as Any, limit as Any, (strides ?? undefined) as Any),
  pad: (params, x, value) => pad(x as Value, value as Value, params as Any),
  concatenate: ({ axis }, ...xs) => join.concatenate(xs, axis as Any),
  stack: ({ axis }, ...xs) => join.stack(xs, axis as Any),
  reverse: ({ axes }, x) => reverse(x as Value, axes as Any),
  flip: ({ axis }, x) => join.flip(x, axis as Any),
  split: ({ indicesOrSections, axis }, x) => join.split(x, indicesOrSections as Any, axis as Any),
  tile: ({ reps }, x) => join.tile(x, reps as Any),
  repeat: ({ repeats, axis }, x) => join.repeat(x, repeats as Any, axis as Any),
  roll: ({ shift, axis }, x) => join.roll(x, shift as Any, axis as Any),
  tril: ({ k }, x) => tril(x, k as Any),
  triu: ({ k }, x) => triu(x, k as Any),
  meshgrid: (params, ...xs) => meshgrid(...xs, params as Any),
  iota: ({ dtype, shape: to, axis }) => iota(dtype as Any, to as Any, axis as Any),
  arange: ({ start, stop, step, dtype }) => arange(start as Any, stop as Any, step as Any, { dtype } as Any),
  linspace: ({ start, stop, ...options }, ...ends) => (ends.length === 2 ? linspace(ends[0] as Any, ends[1] as Any, options as Any) : linspace(start as Any, stop as Any, options as Any)),
  eye: (params) => eye(params["n"] as Any, band(params)),
  tri: (params) => tri(params["n"] as Any, band(params)),
  full: ({ shape: to, value, dtype }) => full(to as Any, value as Any, { dtype } as Any),
  oneHot: ({ numClasses, axis, dtype }, x) => oneHot(x, numClasses as Any, { axis, dtype } as Any),
};

testGolden(["reduce", "cumulative", "softmax", "shape", "create"], functions, {
  diag: "of linear algebra",
  trace: "of linear algebra",
  'std float64 [[2, 3, 2]] {"axis": 0}': "of two elements it is half their distance: the second derivatives are 0, and JAX's values rounding errors",
  'std float64 [[2, 3, 2]] {"axis": -1, "keepDims": true}': "as above",
});

const mine = ["prod", "cumprod", "max", "min", "logsumexp", "softmax", "norm"];
const others = ["pow", "integerPow", "det", "sinc", "hypot", "logistic", "silu", "softplus", "tanh", "logaddexp", "abs", "sign", "relu", "relu6", "hardTanh", "elu", "selu", "celu", "leakyRelu", "maximum", "minimum", "clip", "where", "xlogy", "erfInv", "take"];
testGolden(["singular"], Object.fromEntries(mine.map((name) => [name, functions[name] as GoldenFunction])), Object.fromEntries(others.map((name) => [name, "no reduction"])));
