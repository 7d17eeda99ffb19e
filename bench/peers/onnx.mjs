/** The side of onnxruntime-node: models of one product, chain or reduction. It trains nothing here. */
import * as ort from "onnxruntime-node";
import { readFileSync } from "node:fs";
import { mapInput, sample, uniform } from "./inputs.ts";
import { onnxModel } from "./onnx-model.mjs";
import { serve } from "./serve.ts";

const version = JSON.parse(readFileSync(new URL("../node_modules/onnxruntime-node/package.json", import.meta.url), "utf8")).version;
const options = { intraOpNumThreads: Number(process.env.BENCH_THREADS), interOpNumThreads: 1, executionMode: "sequential", logSeverityLevel: 3 };

async function model(bytes, feeds, shape) {
  const session = await ort.InferenceSession.create(bytes, options);
  const out = new ort.Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  const run = async () => void (await session.run(feeds, { out }));
  return { run, check: () => sample(out.data), close: () => session.release() };
}

function gemm({ m, n, k, ta, tb }) {
  const a = new ort.Tensor("float32", uniform(m * k, 1, -0.5, 0.5), ta ? [k, m] : [m, k]);
  const b = new ort.Tensor("float32", uniform(k * n, 2, -0.5, 0.5), tb ? [n, k] : [k, n]);
  return model(onnxModel([["Gemm", ["a", "b"], "out", { transA: Number(ta), transB: Number(tb) }]], { a: 2, b: 2 }, 2), { a, b }, [m, n]);
}

const rows = ["softmax", "layer norm", "column sum"];
const graphs = {
  "arithmetic chain": [["Mul", ["x", "p"], "a"], ["Add", ["a", "q"], "b"], ["Mul", ["b", "x"], "c"], ["Mul", ["x", "r"], "d"], ["Sub", ["c", "d"], "out"]],
  "tanh chain": [["Mul", ["x", "p"], "a"], ["Add", ["a", "q"], "b"], ["Tanh", ["b"], "c"], ["Mul", ["c", "x"], "out"]],
  softmax: [["Softmax", ["x"], "out", { axis: 1 }]],
  "layer norm": [["LayerNormalization", ["x", "one"], "out", { epsilon: { float: 1e-5 } }]],
  sum: [["ReduceSum", ["x"], "out", { keepdims: 0 }]],
  "column sum": [["ReduceSum", ["x", "first"], "out", { keepdims: 0 }]],
  max: [["ReduceMax", ["x"], "out", { keepdims: 0 }]],
};

function map(wanted) {
  const nodes = graphs[wanted.name];
  if (nodes === undefined) return "not measured";
  const { n, name } = wanted;
  const inRows = rows.includes(name);
  const data = mapInput(wanted);
  const feeds = { x: new ort.Tensor("float32", data, inRows ? [n / 1000, 1000] : [n]) };
  if (name === "layer norm") feeds.one = new ort.Tensor("float32", new Float32Array(1000).fill(1), [1000]);
  const used = new Set(nodes.flatMap(([, inputs]) => inputs));
  const constants = Object.fromEntries(Object.entries({ p: 1.5, q: 0.5, r: 0.25, first: [0] }).filter(([key]) => used.has(key)));
  const shape = name === "sum" || name === "max" ? [] : name === "column sum" ? [1000] : feeds.x.dims;
  const ranks = Object.fromEntries(Object.entries(feeds).map(([key, { dims }]) => [key, dims.length]));
  return model(onnxModel(nodes, ranks, shape.length, constants), feeds, shape);
}

await serve(version, (wanted) => {
  if (wanted.kind === "gemm") return gemm(wanted);
  if (wanted.kind === "map") return map(wanted);
  return "trains nothing";
});
