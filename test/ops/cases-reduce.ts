/** Reductions, means and spreads, norms, softmax, running totals. */
import type { Tensor } from "../../src/core/array-types.ts";
import { cumlogsumexp, cummax, cummin, cumprod, cumsum, diff } from "../../src/api/cumulative.ts";
import { all, any, argmax, argmin, countNonzero, max, min, nanMax, nanMin, prod, ptp, sum } from "../../src/api/reduce.ts";
import { average, logSoftmax, logsumexp, mean, nanMean, nanSum, norm, softmax, std, variance } from "../../src/api/statistics.ts";
import type { DType } from "../../src/core/dtype.ts";
import { answered, type Call, type Case, counted, floated, kept, real, type ResultDTypes, type Shape } from "./support/case.ts";

type Options = Partial<Pick<Case, "label" | "dtypes" | "order" | "golden" | "examples" | "shapes" | "operands" | "unlike">>;
type Shapes = readonly (readonly Shape[])[];

const wide = real(-2, 2);
/** Rank 0 and up, and empty ones for what can be reduced over nothing. */
const whole: Shapes = [[[]], [[3]], [[2, 3]], [[2, 2, 2]], [[2, 0]]];
const filled: Shapes = whole.slice(0, 4);
const planes: Shapes = [[[2, 3]], [[3, 1]], [[2, 3, 2]]];
const position: ResultDTypes = Object.fromEntries((["bool", "int32", "uint32", "float32", "float64"] as DType[]).map((d) => [d, "int32"]));

/** Of all elements, along one axis, and along several that stay. */
function reductions(name: string, f: (x: Tensor, options?: { axis?: number | number[]; keepDims?: boolean }) => unknown, options: Options = {}): Case[] {
  const { examples = [], shapes = whole, ...rest } = options;
  const base = { name, operands: [wide], dtypes: counted, order: 2 as const, golden: [name], ...rest };
  return [
    { ...base, call: (x) => f(x), shapes, examples },
    { ...base, label: "along an axis", call: (x) => f(x, { axis: 1 }), shapes: planes },
    { ...base, label: "along axes that stay", call: (x) => f(x, { axis: [-1, 0], keepDims: true }), shapes: planes },
  ];
}

function one(name: string, label: string, call: Call, shapes: Shapes, options: Options = {}): Case {
  return { name, label, call, operands: [wide], shapes, dtypes: floated, order: 2, golden: [name], ...options };
}

const away = { operands: [real(0.4, 2)] };

export const reduceCases: readonly Case[] = [
  ...reductions("sum", sum),
  ...reductions("prod", prod, { ...away, order: 3 }),
  ...reductions("max", max, { dtypes: kept, shapes: filled }),
  ...reductions("min", min, { dtypes: kept, shapes: filled }),
  ...reductions("ptp", ptp, { shapes: filled.slice(1), golden: { none: "max less min" }, examples: [{ operands: [[[3, 9], [5, -1]]], result: 10 }] }),
  ...reductions("all", all, { dtypes: answered, order: 0, operands: [real(0, 1.9)] }),
  ...reductions("any", any, { dtypes: answered, order: 0, operands: [real(0, 1.9)] }),
  ...reductions("countNonzero", countNonzero, { dtypes: position, order: 0, golden: { none: "a sum of comparisons" }, examples: [{ operands: [[[0, 1], [NaN, 0]]], result: { dtype: "int32", values: 2 } }] }),
  ...reductions("mean", mean, { dtypes: floated, shapes: filled }),
  ...reductions("variance", variance, { dtypes: floated, shapes: filled, order: 3 }),
  one("variance", "unbiased", (x) => variance(x, { ddof: 1 }), [[[3]], [[2, 3]]]),
  ...reductions("std", std, { dtypes: floated, shapes: [[[3]], [[2, 3]]] }).slice(0, 2),
  one("average", "with weights", (x, w) => average(x, { axis: 0, weights: w }), [[[3], [3]], [[3, 2], [3]]], { operands: [wide, real(0.5, 2)], golden: { none: "a mean of products" }, examples: [{ operands: [[1, 2, 4], [2, 1, 1]], result: 2 }] }),
  one("nanSum", "of all", (x) => nanSum(x), whole, { golden: { none: "sum without the NaN" }, examples: [{ operands: [[1, NaN, 2]], result: 3 }] }),
  one("nanMean", "of all", (x) => nanMean(x), filled, { golden: { none: "mean without the NaN" }, examples: [{ operands: [[1, NaN, 2]], result: 1.5 }] }),
  ...reductions("nanMax", nanMax, { dtypes: kept, shapes: filled, golden: { none: "max without the NaN" }, examples: [{ operands: [[1, NaN, 2]], result: 2 }, { operands: [[NaN, NaN]], result: NaN }, { operands: [[NaN, Number.NEGATIVE_INFINITY]], result: Number.NEGATIVE_INFINITY }] }),
  ...reductions("nanMin", nanMin, { dtypes: kept, shapes: filled, golden: { none: "min without the NaN" }, examples: [{ operands: [[1, NaN, 2]], result: 1 }, { operands: [[NaN, NaN]], result: NaN }, { operands: [[NaN, Number.POSITIVE_INFINITY]], result: Number.POSITIVE_INFINITY }] }),
  ...reductions("logsumexp", logsumexp, { dtypes: floated, order: 3, shapes: filled, examples: [{ operands: [[]], result: Number.NEGATIVE_INFINITY, because: "a sum of nothing, where JAX refuses" }] }),
  ...reductions("argmax", (x, o) => argmax(x, o === undefined ? undefined : { axis: 1, keepDims: o.keepDims === true }), { dtypes: position, order: 0, shapes: filled }),
  ...reductions("argmin", (x, o) => argmin(x, o === undefined ? undefined : { axis: 1, keepDims: o.keepDims === true }), { dtypes: position, order: 0, shapes: filled }),

  one("norm", "of all", (x) => norm(x), [[[3]], [[2, 3]], [[2, 2, 2]]]),
  one("norm", "order 1 along an axis", (x) => norm(x, { ord: 1, axis: 1 }), planes),
  one("norm", "order 3 along an axis", (x) => norm(x, { ord: 3, axis: -1, keepDims: true }), planes),
  one("norm", "largest", (x) => norm(x, { ord: Number.POSITIVE_INFINITY, axis: 0 }), [[[3]], [[2, 3]]]),
  one("norm", "of matrices by columns", (x) => norm(x, { ord: 1, axis: [0, 1] }), [[[2, 3]], [[2, 3, 2]]]),
  one("norm", "number of nonzeros", (x) => norm(x, { ord: 0, axis: 0 }), [[[3]]], { order: 0 }),

  one("softmax", "along the last axis", (x) => softmax(x), [[[3]], [[2, 3]], [[2, 0]]], { order: 3 }),
  one("softmax", "along the first axis", (x) => softmax(x, 0), planes),
  one("logSoftmax", "along the last axis", (x) => logSoftmax(x), [[[3]], [[2, 3]], [[2, 0]]], { order: 3 }),
  one("logSoftmax", "along the first axis", (x) => logSoftmax(x, { axis: 0 }), planes),

  ...(["cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp"] as const).flatMap((name): Case[] => {
    const f = { cumsum, cumprod, cummax, cummin, cumlogsumexp }[name];
    const dtypes = name === "cumlogsumexp" ? floated : counted;
    const order = name === "cumprod" || name === "cumlogsumexp" ? 3 : 2;
    return [
      one(name, "flattened", (x) => f(x), [[[3]], [[2, 3]], [[0]], [[]]], { dtypes, order }),
      one(name, "along an axis", (x) => f(x, { axis: 1 }), planes, { dtypes }),
      one(name, "backward", (x) => f(x, { axis: 0, reverse: true }), planes, { dtypes }),
    ];
  }),
  one("diff", "once", (x) => diff(x), [[[4]], [[2, 3]], [[1]], [[0]]], { dtypes: kept }),
  one("diff", "twice along the first axis", (x) => diff(x, { n: 2, axis: 0 }), [[[4]], [[3, 2]]], { dtypes: kept, unlike: ["bool"] }),
];
