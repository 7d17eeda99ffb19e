/**
 * Activation functions, elementwise, with JAX's definitions (`jax.nn`). Floats keep their dtype; integers become floats, except in `relu`.
 * At a kink the derivative is that of JAX; far out, where a factor is 0, so is the product.
 */
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import type { Value } from "../core/tensor.ts";
import { abs, div, mul, neg, scaleSafe, sign } from "../ops/arithmetic.ts";
import { equal, greater, greaterEqual, less, lessEqual } from "../ops/compare.ts";
import { add } from "../ops/elementwise.ts";
import { expm1, logAddExp, logistic } from "../ops/exponential.ts";
import { integerPow } from "../ops/power.ts";
import { select } from "../ops/select.ts";
import { erfc } from "../ops/special.ts";
import { tanh } from "../ops/trigonometric.ts";
import { checkKeys } from "../trace/arguments.ts";
import { expose, floating, numeric, type UnaryFunction, unaryFunction } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** max(x, 0), with derivative 0 at 0; keeps integers. @example relu([-1, 2]) // → [0, 2] */
export const relu: UnaryFunction = unaryFunction("relu", (x) => select(lessEqual(x, 0), 0, x), numeric);

const sixth = (x: Value): Value => select(lessEqual(x, 0), 0, select(greaterEqual(x, 6), 6, x));

/** min(max(x, 0), 6), with derivative 0 at 0 and 6. @example relu6([-1, 2, 9]) // → [0, 2, 6] */
export const relu6: UnaryFunction = unaryFunction("relu6", sixth, floating);
/** 1 / (1 + e⁻ˣ), without overflow. @example sigmoid(0) // → 0.5 */
export const sigmoid: UnaryFunction = unaryFunction("sigmoid", logistic, floating);

const softplusOf = (x: Value): Value => logAddExp(x, 0);

/** log(1 + eˣ), without overflow. @example softplus(0) // → 0.6931472 */
export const softplus: UnaryFunction = unaryFunction("softplus", softplusOf, floating);
/** log sigmoid(x), without underflow. @example logSigmoid(-1000) // → -1000 */
export const logSigmoid: UnaryFunction = unaryFunction("logSigmoid", (x) => neg(softplusOf(neg(x))), floating);
/** x · sigmoid(x), also called swish (arXiv:1702.03118). @example silu(0) // → 0 */
export const silu: UnaryFunction = unaryFunction("silu", (x) => scaleSafe(logistic(x), x), floating);
/** x · tanh(softplus(x)) (arXiv:1908.08681). @example mish(0) // → 0 */
export const mish: UnaryFunction = unaryFunction("mish", (x) => scaleSafe(tanh(softplusOf(x)), x), floating);

/** x between -1 and 1. @example hardTanh([-3, 0.5, 3]) // → [-1, 0.5, 1] */
export const hardTanh: UnaryFunction = unaryFunction("hardTanh", (x) => select(greater(x, 1), 1, select(less(x, -1), -1, x)), floating);

const hardSigmoidOf = (x: Value): Value => div(sixth(add(x, 3)), 6);

/** relu6(x + 3) / 6. @example hardSigmoid([-4, 0, 4]) // → [0, 0.5, 1] */
export const hardSigmoid: UnaryFunction = unaryFunction("hardSigmoid", hardSigmoidOf, floating);
/** x · hardSigmoid(x), also called hard swish (arXiv:1905.02244). @example hardSilu([-4, 0, 4]) // → [0, 0, 4] */
export const hardSilu: UnaryFunction = unaryFunction("hardSilu", (x) => scaleSafe(hardSigmoidOf(x), x), floating);
/** x / (1 + |x|). @example softSign([-1, 0, 1]) // → [-0.5, 0, 0.5] */
export const softSign: UnaryFunction = unaryFunction("softSign", (x) => select(equal(abs(x), Number.POSITIVE_INFINITY), sign(x), div(x, add(abs(x), 1))), floating);

/** A function of one array with an options object. */
interface OptionFunction<O> {
  (x: NDArray, options?: O): NDArray;
  (x: Operand, options?: O): Tensor;
}

function withOptions<O extends object>(name: string, defaults: Required<O>, implementation: (x: Value, options: Required<O>) => Value): OptionFunction<O> {
  const keys = Object.keys(defaults);
  return publicFunction(name, ["x", `{ ${keys.join(", ")} }`], (x: unknown, options?: O): never => {
    checkKeys(options, keys, name);
    return expose(implementation(floating(x, name), { ...defaults, ...options }));
  });
}

export interface AlphaOptions {
  /** How far down the function goes. Default 1. */
  readonly alpha?: number;
}
export interface LeakyReluOptions {
  /** Slope below 0. Default 0.01. */
  readonly negativeSlope?: number;
}
export interface GeluOptions {
  /** Use the tanh formula rather than erf. Default true, as in JAX. */
  readonly approximate?: boolean;
}

const eluOf = (x: Value, alpha: number): Value => select(greater(x, 0), x, mul(expm1(x), alpha));

/** x above 0, below it alpha · (eˣ - 1) (arXiv:1511.07289). @example elu([1, -Infinity]) // → [1, -1] */
export const elu: OptionFunction<AlphaOptions> = withOptions<AlphaOptions>("elu", { alpha: 1 }, (x, { alpha }) => eluOf(x, alpha));
/** x above 0, below it alpha · (e^(x/alpha) - 1) (arXiv:1704.07483). @example celu([1, -Infinity], { alpha: 2 }) // → [1, -2] */
export const celu: OptionFunction<AlphaOptions> = withOptions<AlphaOptions>("celu", { alpha: 1 }, (x, { alpha }) => select(greater(x, 0), x, mul(expm1(div(x, alpha)), alpha)));

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** scale · elu(x, alpha), with the constants that keep mean and variance (arXiv:1706.02515). @example selu(1) // → 1.050701 */
export const selu: UnaryFunction = unaryFunction("selu", (x) => mul(eluOf(x, seluAlpha), seluScale), floating);
/** x from 0 on, below it negativeSlope · x. @example leakyRelu([1, -1]) // → [1, -0.01] */
export const leakyRelu: OptionFunction<LeakyReluOptions> = withOptions<LeakyReluOptions>("leakyRelu", { negativeSlope: 0.01 }, (x, { negativeSlope }) => select(greaterEqual(x, 0), x, mul(x, negativeSlope)));

/** Φ(x) by ½ (1 + tanh(√(2/π) (x + 0.044715 x³))), or exactly. */
function normalShare(x: Value, approximate: boolean): Value {
  if (!approximate) return mul(erfc(mul(x, -Math.SQRT1_2)), 0.5);
  const inner = mul(add(x, mul(integerPow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(add(tanh(inner), 1), 0.5);
}

/** x · Φ(x), where Φ is the normal distribution (arXiv:1606.08415). @example gelu([0, 1]) // → [0, 0.841192] */
export const gelu: OptionFunction<GeluOptions> = withOptions<GeluOptions>("gelu", { approximate: true }, (x, { approximate }) => scaleSafe(normalShare(x, approximate), x));
