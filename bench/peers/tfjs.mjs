/** The side of TensorFlow.js on its WebAssembly backend. Plain JavaScript, because its packages are installed for benchmarks alone. */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { RATE, STEPS_CHECKED } from "../cases.ts";
import { batch, mapInput, network, sample, uniform } from "./inputs.ts";
import { serve } from "./serve.ts";

setWasmPaths(`${import.meta.dirname}/../node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
await tf.setBackend("wasm");
await tf.ready();

function train({ layers, batch: size }) {
  const data = batch(size, layers[0], 10);
  const images = tf.tensor2d(data.images, [size, layers[0]]);
  const labels = tf.tidy(() => tf.oneHot(tf.tensor1d(data.labels, "int32"), 10).toFloat());
  const parameters = network(layers).map(({ weights, bias, shape }) => ({
    weights: tf.variable(tf.tensor2d(weights, [...shape])), bias: tf.variable(tf.tensor1d(bias)),
  }));
  const loss = () => {
    let values = images;
    parameters.forEach(({ weights, bias }, i) => {
      if (i > 0) values = tf.relu(values);
      values = tf.add(tf.matMul(values, weights), bias);
    });
    return tf.losses.softmaxCrossEntropy(labels, values);
  };
  const optimizer = tf.train.sgd(RATE);
  const losses = [];
  const run = () => {
    const value = optimizer.minimize(loss, true);
    const [read] = value.dataSync();
    value.dispose();
    if (losses.length < STEPS_CHECKED) losses.push(read);
  };
  const check = () => {
    while (losses.length < STEPS_CHECKED) run();
    return losses;
  };
  const close = () => [images, labels, ...parameters.flatMap(({ weights, bias }) => [weights, bias])].forEach((x) => x.dispose());
  return { run, check, close };
}

function layerNorm(x) {
  const y = x.reshape([-1, 1000]);
  const centred = y.sub(y.mean(1, true));
  return centred.mul(centred.square().mean(1, true).add(1e-5).rsqrt());
}

const functions = {
  "arithmetic chain": (x) => x.mul(1.5).add(0.5).mul(x).sub(x.mul(0.25)),
  "tanh chain": (x) => x.mul(1.5).add(0.5).tanh().mul(x),
  softmax: (x) => x.reshape([-1, 1000]).softmax(),
  "layer norm": layerNorm,
  sum: (x) => x.sum(),
  "column sum": (x) => x.reshape([-1, 1000]).sum(0),
  max: (x) => x.max(),
  exp: tf.exp, log: tf.log, sin: tf.sin, cos: tf.cos, tan: tf.tan, tanh: tf.tanh, logistic: tf.sigmoid,
  atan: tf.atan, log1p: tf.log1p, expm1: tf.expm1, sqrt: tf.sqrt, pow: (x) => x.pow(1.7),
};

function call(f, ...inputs) {
  return {
    run: () => tf.tidy(() => void f(...inputs)),
    check: () => sample(tf.tidy(() => f(...inputs).dataSync())),
    close: () => inputs.forEach((x) => x.dispose()),
  };
}

await serve(tf.version.tfjs, (wanted) => {
  if (wanted.kind === "train") return train(wanted);
  if (wanted.kind === "unrolled") return "compiles nothing";
  if (wanted.kind === "map") return call(functions[wanted.name], tf.tensor1d(mapInput(wanted)));
  const { m, n, k, ta, tb } = wanted;
  const a = tf.tensor2d(uniform(m * k, 1, -0.5, 0.5), ta ? [k, m] : [m, k]);
  const b = tf.tensor2d(uniform(k * n, 2, -0.5, 0.5), tb ? [n, k] : [k, n]);
  return call((a, b) => tf.matMul(a, b, ta, tb), a, b);
});
