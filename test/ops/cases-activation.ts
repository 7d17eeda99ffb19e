/** Activation functions, and softmax with its kin. */
import { celu, elu, gelu, hardSigmoid, hardSilu, hardTanh, leakyRelu, logSigmoid, mish, relu, relu6, selu, sigmoid, silu, softplus, softSign } from "../../src/api/activations.ts";
import { anyShape, type Call, type Case, counted, floated, real } from "./support/case.ts";

type Options = Partial<Pick<Case, "dtypes" | "order" | "golden" | "examples" | "label">>;

function activation(name: string, call: Call, options: Options = {}): Case {
  return { name, call, operands: [real(-4.5, 7.5)], shapes: anyShape, dtypes: floated, order: 2, golden: [name], ...options };
}

export const activationCases: readonly Case[] = [
  activation("relu", relu, { dtypes: counted }),
  activation("relu6", relu6),
  activation("sigmoid", sigmoid, { golden: ["sigmoid", "logistic"], order: 3 }),
  activation("softplus", softplus, { order: 3 }),
  activation("logSigmoid", logSigmoid),
  activation("silu", silu, {
    examples: [{ operands: [[-Infinity, Infinity]], result: [0, Infinity], because: "the limit, where JAX multiplies -∞ by 0" }],
  }),
  activation("mish", mish, { examples: [{ operands: [-Infinity], result: 0, because: "the limit, where JAX gives NaN" }] }),
  activation("hardTanh", hardTanh),
  activation("hardSigmoid", hardSigmoid),
  activation("hardSilu", hardSilu, { examples: [{ operands: [-Infinity], result: 0, because: "the limit, where JAX gives NaN" }] }),
  activation("softSign", softSign, { examples: [{ operands: [[-Infinity, Infinity]], result: [-1, 1], because: "the limits, where JAX gives NaN" }] }),
  activation("elu", (x) => elu(x, { alpha: 0.7 })),
  activation("celu", (x) => celu(x, { alpha: 0.7 })),
  activation("selu", selu),
  activation("leakyRelu", (x) => leakyRelu(x, { negativeSlope: 0.1 })),
  activation("gelu", (x) => gelu(x), { examples: [{ operands: [-Infinity], result: 0, because: "the limit, where JAX gives NaN" }] }),
  activation("gelu", (x) => gelu(x, { approximate: false }), { label: "by erf" }),
];
