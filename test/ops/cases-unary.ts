/** Functions of one array, elementwise: arithmetic, rounding, exponentials, trigonometry, special functions. */
import { abs, neg, reciprocal, sign, square } from "../../src/api/arithmetic.ts";
import { cbrt, exp, exp2, expm1, log, log10, log1p, log2, rsqrt, sqrt } from "../../src/api/exponential.ts";
import { ceil, floor, round, roundHalfUp, trunc } from "../../src/api/rounding.ts";
import { digamma, entr, erf, erfc, erfInv, lgamma, logit, polygamma } from "../../src/api/special.ts";
import { acos, acosh, asin, asinh, atan, atanh, cos, cosh, deg2rad, rad2deg, sin, sinc, sinh, tan, tanh } from "../../src/api/trigonometric.ts";
import { anyShape, type Call, type Case, counted, floated, kept, real } from "./support/case.ts";

type Options = Partial<Pick<Case, "dtypes" | "order" | "golden" | "examples" | "label">>;

function unary(name: string, call: Call, low: number, high: number, options: Options = {}): Case {
  return { name, call, operands: [real(low, high)], shapes: anyShape, dtypes: floated, order: 2, golden: [name], ...options };
}

export const unaryCases: readonly Case[] = [
  unary("neg", neg, -3, 3, { dtypes: counted }),
  unary("abs", abs, -3, 3, { dtypes: counted }),
  unary("sign", sign, -3, 3, { dtypes: counted, order: 0 }),
  unary("square", square, -3, 3, { dtypes: counted, order: 3 }),
  unary("reciprocal", reciprocal, 0.4, 3, { order: 3 }),

  unary("floor", floor, -4, 4, { dtypes: kept, order: 0 }),
  unary("ceil", ceil, -4, 4, { dtypes: kept, order: 0 }),
  unary("trunc", trunc, -4, 4, { dtypes: kept, order: 0 }),
  unary("round", round, -4, 4, { dtypes: kept, order: 0 }),
  unary("roundHalfUp", roundHalfUp, -4, 4, {
    dtypes: kept,
    order: 0,
    golden: { none: "JavaScript's Math.round, which NumPy does not have" },
    examples: [{ operands: [[-2.5, -1.5, -0.5, 0.49999999999999994, 0.5, 2.5, 3.4, -Infinity, NaN]], result: [-2, -1, -0, 0, 1, 3, 3, -Infinity, NaN] }],
  }),

  unary("exp", exp, -2, 2, { order: 3 }),
  unary("exp2", exp2, -2, 2),
  unary("expm1", expm1, -2, 2),
  unary("log", log, 0.2, 4, { order: 3 }),
  unary("log2", log2, 0.2, 4),
  unary("log10", log10, 0.2, 4),
  unary("log1p", log1p, -0.7, 4),
  unary("sqrt", sqrt, 0.2, 5, { order: 3 }),
  unary("rsqrt", rsqrt, 0.3, 5),
  unary("cbrt", cbrt, 0.3, 5),

  unary("sin", sin, -3, 3, { order: 3 }),
  unary("cos", cos, -3, 3),
  unary("tan", tan, -1.1, 1.1, { order: 3 }),
  unary("asin", asin, -0.8, 0.8),
  unary("acos", acos, -0.8, 0.8),
  unary("atan", atan, -3, 3, { order: 3 }),
  unary("sinh", sinh, -2, 2),
  unary("cosh", cosh, -2, 2),
  unary("tanh", tanh, -2, 2, { order: 3 }),
  unary("asinh", asinh, -3, 3),
  unary("acosh", acosh, 1.3, 4),
  unary("atanh", atanh, -0.8, 0.8),
  unary("deg2rad", deg2rad, -360, 360, { golden: { none: "a product with a constant" }, examples: [{ operands: [[180, -90]], result: [Math.PI, -Math.PI / 2] }] }),
  unary("rad2deg", rad2deg, -6, 6, { golden: { none: "a product with a constant" }, examples: [{ operands: [[Math.PI, -Math.PI / 2]], result: [180, -90] }] }),
  unary("sinc", sinc, -2.5, 2.5, { order: 3 }),
  unary("sinc", sinc, -0.4, 0.4, { label: "about the point where series and quotient meet", order: 3 }),

  unary("erf", erf, -2, 2, { order: 3 }),
  unary("erfc", erfc, -2, 3),
  unary("erfInv", erfInv, -0.85, 0.85),
  unary("lgamma", lgamma, 0.5, 6, { order: 3 }),
  unary("lgamma", lgamma, -2.8, -2.2, { label: "of negative numbers" }),
  unary("digamma", digamma, 0.5, 6),
  unary("polygamma", (x) => polygamma(0, x), 0.5, 6, { label: "order 0" }),
  unary("polygamma", (x) => polygamma(2, x), 0.8, 6, { label: "order 2" }),
  unary("logit", logit, 0.1, 0.9),
  unary("entr", entr, 0.2, 2),
];
