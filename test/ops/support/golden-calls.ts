/** The functions that answer for JAX's operations in test/golden: for each its call, from the parameters that test/golden/README.md names. */
import { celu, elu, gelu, hardSigmoid, hardSilu, hardTanh, leakyRelu, logSigmoid, mish, relu, relu6, selu, sigmoid, silu, softplus, softSign } from "../../../src/api/activations.ts";
import { abs, add, div, floorDivide, fmod, hypot, maximum, minimum, mod, mul, neg, pow, reciprocal, sign, square, sub } from "../../../src/api/arithmetic.ts";
import { bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor, clz32, leftShift, populationCount, rightShift, rightShiftLogical } from "../../../src/api/bitwise.ts";
import { equal, greater, greaterEqual, isFinite, isInf, isNaN, less, lessEqual, logicalAnd, logicalNot, logicalOr, logicalXor, notEqual } from "../../../src/api/compare.ts";
import { astype } from "../../../src/api/convert.ts";
import { cbrt, exp, exp2, expm1, log, log10, log1p, log2, logaddexp, rsqrt, sqrt } from "../../../src/api/exponential.ts";
import { ceil, floor, nextAfter, round, trunc } from "../../../src/api/rounding.ts";
import { clip, where } from "../../../src/api/select.ts";
import { digamma, entr, erf, erfc, erfInv, lgamma, logit, polygamma, xlogy } from "../../../src/api/special.ts";
import { acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinc, sinh, tan, tanh } from "../../../src/api/trigonometric.ts";
import type { Value } from "../../../src/core/tensor.ts";
import { div as divInteger } from "../../../src/ops/arithmetic.ts";
import { shiftRightArithmetic } from "../../../src/ops/bitwise.ts";
import { clamp } from "../../../src/ops/select.ts";
import { broadcastTo } from "../../../src/ops/structure.ts";
import { type Call, type GoldenCall, strict } from "./case.ts";
import { indexingCalls } from "./golden-indexing.ts";
import { structureCalls } from "./golden-structure.ts";

const plain = (f: unknown): GoldenCall => () => f as Call;
/** Functions without parameters, under their own names. */
const each = (functions: object): Record<string, GoldenCall> => Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, plain(f)]));

export const goldenCalls: Readonly<Record<string, GoldenCall>> = {
  ...each({ neg, abs, sign, square, reciprocal, add, sub, mul, div, maximum, minimum, pow, mod, hypot, floorDivide }),
  rem: plain(fmod),
  divInteger: plain(strict(divInteger)),
  integerPow: ({ n }) => (x) => pow(x, n as number),
  ...each({ floor, ceil, round, trunc, nextAfter }),
  ...each({ exp, exp2, expm1, log, log2, log10, log1p, sqrt, rsqrt, cbrt, logaddexp }),
  ...each({ sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, atan2, sinc }),
  ...each({ erf, erfc, erfInv, lgamma, digamma, xlogy, logit, entr }),
  polygamma: ({ n }) => (x) => polygamma(n as number, x),

  ...each({ equal, notEqual, less, lessEqual, greater, greaterEqual, logicalAnd, logicalOr, logicalXor, logicalNot, isFinite, isInf }),
  isNan: plain(isNaN),
  ...each({ bitwiseAnd, bitwiseOr, bitwiseXor, bitwiseNot, populationCount }),
  countLeadingZeros: plain(clz32),
  shiftLeft: plain(leftShift),
  // NumPy's shift of uint32 is logical; the arithmetic one is the primitive
  shiftRightArithmetic: (_params, [x]) => (x?.dtype === "uint32" ? strict(shiftRightArithmetic) : rightShift),
  shiftRightLogical: plain(rightShiftLogical),

  ...each({ relu, relu6, silu, softplus, selu, sigmoid, hardTanh, logSigmoid, softSign, hardSigmoid, hardSilu, mish }),
  logistic: plain(sigmoid),
  elu: (params) => (x) => elu(x, params),
  celu: (params) => (x) => celu(x, params),
  leakyRelu: (params) => (x) => leakyRelu(x, params),
  gelu: (params) => (x) => gelu(x, params),

  where: plain(where),
  clip: ({ low, high }) => (x) => clip(x, low as number | null, high as number | null),
  clamp: () => strict((x: Value, low: Value, high: Value) => clamp(broadcastTo(low, x.type.shape), x, broadcastTo(high, x.type.shape))),
  astype: ({ dtype }) => (x) => astype(x, dtype as "float32"),

  ...structureCalls,
  ...indexingCalls,
};
