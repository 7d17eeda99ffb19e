/** The side of jax-js: everything under jit. Plain JavaScript, because its package is installed for benchmarks alone. */
import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, grad, nn, numpy as np, valueAndGrad, tree } from "@jax-js/jax";
import { RATE, STEPS_CHECKED } from "../cases.ts";
import { batch, mapInput, network, sample, uniform } from "./inputs.ts";
import { serve } from "./serve.ts";

const version = JSON.parse(readFileSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url), "utf8")).version;
await init();
defaultDevice("wasm");

/** Its arrays are counted by hand: `.ref` is one more use. */
function loss(layers, images, labels) {
  let values = images;
  layers.forEach(({ weights, bias }, i) => {
    if (i > 0) values = nn.relu(values);
    values = np.matmul(values, weights).add(bias);
  });
  return np.mean(np.sum(nn.logSoftmax(values, -1).mul(nn.oneHot(labels, 10)), 1)).neg();
}

function step(layers, images, labels) {
  const [value, gradient] = valueAndGrad(loss)(tree.ref(layers), images, labels);
  return [value, tree.map((p, g) => p.sub(g.mul(RATE)), layers, gradient)];
}

function train({ layers, batch: size }) {
  const traced = jit(step);
  const data = batch(size, layers[0], 10);
  const images = np.array(data.images).reshape([size, layers[0]]);
  const labels = np.array(data.labels, { dtype: np.int32 });
  let state = network(layers).map(({ weights, bias, shape }) => ({ weights: np.array(weights).reshape([...shape]), bias: np.array(bias) }));
  const losses = [];
  const run = () => {
    const [value, next] = traced(state, images.ref, labels.ref);
    state = next;
    const [read] = value.dataSync();
    if (losses.length < STEPS_CHECKED) losses.push(read);
  };
  const check = () => {
    while (losses.length < STEPS_CHECKED) run();
    return losses;
  };
  return { run, check };
}

function layerNorm(x) {
  const y = x.reshape([-1, 1000]);
  const centred = y.ref.sub(np.mean(y, 1, { keepdims: true }));
  const deviation = np.sqrt(np.mean(np.square(centred.ref), 1, { keepdims: true }).add(1e-5));
  return centred.div(deviation);
}

const functions = {
  "arithmetic chain": (x) => x.ref.mul(1.5).add(0.5).mul(x.ref).sub(x.mul(0.25)),
  "tanh chain": (x) => np.tanh(x.ref.mul(1.5).add(0.5)).mul(x),
  softmax: (x) => nn.softmax(x.reshape([-1, 1000]), -1),
  "layer norm": layerNorm,
  sum: (x) => np.sum(x),
  "column sum": (x) => np.sum(x.reshape([-1, 1000]), 0),
  max: (x) => np.max(x),
  exp: np.exp, log: np.log, sin: np.sin, cos: np.cos, tan: np.tan, tanh: np.tanh, logistic: nn.sigmoid,
  atan: np.atan, log1p: np.log1p, expm1: np.expm1, sqrt: np.sqrt, pow: (x) => np.power(x, 1.7),
};

/** Runs `f` on arrays that stay; the result is waited for, as its arrays are lazy. */
function call(f, ...inputs) {
  const value = () => f(...inputs.map((x) => x.ref));
  return {
    run: async () => {
      const y = value();
      await y.blockUntilReady();
      y.dispose();
    },
    check: () => sample(value().dataSync()),
    close: () => inputs.forEach((x) => x.dispose()),
  };
}

function gemm({ m, n, k, ta, tb }) {
  const a = np.array(uniform(m * k, 1, -0.5, 0.5)).reshape(ta ? [k, m] : [m, k]);
  const b = np.array(uniform(k * n, 2, -0.5, 0.5)).reshape(tb ? [n, k] : [k, n]);
  return call(jit((a, b) => np.matmul(ta ? a.transpose() : a, tb ? b.transpose() : b)), a, b);
}

function unrolled({ steps, n, gradient }) {
  const loop = (x) => {
    for (let i = 0; i < steps; i++) x = np.sin(x).mul(1.01).add(0.001);
    return np.sum(x);
  };
  return call(jit(gradient ? grad(loop) : loop), np.array(n === 0 ? 0.3 : uniform(n, 3, 0, 1)));
}

await serve(version, (wanted) => {
  if (wanted.kind === "train") return train(wanted);
  if (wanted.kind === "gemm") return gemm(wanted);
  if (wanted.kind === "unrolled") return unrolled(wanted);
  return call(jit(functions[wanted.name]), np.array(mapInput(wanted)));
});
