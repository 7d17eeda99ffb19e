/** The elementwise functions and the activations against JAX. */
import * as activations from "../../src/api/activations.ts";
import * as arithmetic from "../../src/api/arithmetic.ts";
import * as bitwise from "../../src/api/bitwise.ts";
import * as compare from "../../src/api/compare.ts";
import { astype } from "../../src/api/convert.ts";
import * as exponential from "../../src/api/exponential.ts";
import { broadcastValues } from "../../src/api/operand.ts";
import * as rounding from "../../src/api/rounding.ts";
import { clip, where } from "../../src/api/select.ts";
import * as special from "../../src/api/special.ts";
import * as trigonometric from "../../src/api/trigonometric.ts";
import type { Value } from "../../src/core/tensor.ts";
import { div } from "../../src/ops/arithmetic.ts";
import * as bits from "../../src/ops/bitwise.ts";
import { clamp } from "../../src/ops/select.ts";
import { type GoldenFunction, testGolden } from "./golden-check.ts";

/** Functions that take the inputs alone. */
function plain(functions: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, GoldenFunction> {
  return Object.fromEntries(names.map((name) => [name, (_params, ...xs) => (functions[name] as (...xs: readonly never[]) => unknown)(...xs)]));
}

/** Functions whose parameters are options. */
function withOptions(functions: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, GoldenFunction> {
  return Object.fromEntries(names.map((name) => [name, (params, x) => (functions[name] as (x: never, o: unknown) => unknown)(x, params)]));
}

const clampBroadcast = (x: Value, low: Value, high: Value): Value => clamp(...(broadcastValues("clamp", [low, x, high]) as [Value, Value, Value]));

const functions: Record<string, GoldenFunction> = {
  ...plain(arithmetic, ["add", "sub", "mul", "div", "neg", "abs", "sign", "square", "reciprocal", "maximum", "minimum", "pow", "mod", "hypot", "floorDivide"]),
  ...plain(exponential, ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "cbrt", "logaddexp"]),
  ...plain(trigonometric, ["sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sinc"]),
  ...plain(special, ["erf", "erfc", "erfInv", "lgamma", "digamma", "xlogy", "logit", "entr"]),
  ...plain(rounding, ["floor", "ceil", "round", "trunc", "nextAfter"]),
  ...plain(compare, ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "logicalAnd", "logicalOr", "logicalXor", "logicalNot", "isFinite", "isInf"]),
  ...plain(bitwise, ["bitwiseAnd", "bitwiseOr", "bitwiseXor", "bitwiseNot", "populationCount"]),
  ...plain(bits, ["shiftLeft", "shiftRightArithmetic", "shiftRightLogical", "countLeadingZeros"]),
  ...plain(activations, ["relu", "relu6", "silu", "softplus", "selu", "sigmoid", "hardTanh", "logSigmoid", "softSign", "hardSigmoid", "hardSilu", "mish"]),
  ...withOptions(activations, ["elu", "celu", "leakyRelu", "gelu"]),
  isNan: (_params, x) => compare.isNaN(x),
  logistic: (_params, x) => activations.sigmoid(x),
  rem: (_params, x, y) => arithmetic.fmod(x, y),
  divInteger: (_params, x, y) => div(x, y),
  integerPow: ({ n }, x) => arithmetic.pow(x, n as number),
  polygamma: ({ n }, x) => special.polygamma(n as number, x),
  clamp: (_params, x, low, high) => clampBroadcast(x, low, high),
  clip: ({ low, high }, x) => clip(x, low as number | null, high as number | null),
  where: (_params, c, x, y) => where(c, x, y),
  astype: ({ dtype }, x) => astype(x, dtype as never),
};

testGolden(["unary", "binary", "logic", "select", "convert", "activation", "special"], functions, {
  glu: "splits an axis",
  "lgamma negative float64 [[6]]": "JAX's trigamma is wrong at -20.3 (mpmath: 15.03)",
  "digamma negative float64 [[6]]": "JAX's trigamma is wrong at -20.3 (mpmath: 15.03)",
});
const reductions = ["prod", "cumprod", "det", "max", "min", "logsumexp", "softmax", "take", "norm", "std"];
testGolden(["singular"], functions, {
  ...Object.fromEntries(reductions.map((op) => [op, "reduces or indexes"])),
  "abs zero float64 [[2]]": "the derivative is 0 here and 1 in JAX 0.10",
  "hypot origin float64 [[], []]": "the derivative is 0 here and 0.5 in JAX",
  "sinc zero float64 [[4]]": "JAX's derivative cancels at 1e-9",
});
