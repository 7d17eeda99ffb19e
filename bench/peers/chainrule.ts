/** The package's side. */
import type { Concrete, NDArray, Tensor as T, TraceOptions } from "../../src/index.ts";
import cr from "../built.ts";
import { RATE, STEPS_CHECKED, type Case, type MapName } from "../cases.ts";
import { batch, inPlaceInput, mapInput, network, sample, scanInputs, uniform } from "./inputs.ts";
import { serve, type Work } from "./serve.ts";
import manifest from "../../package.json" with { type: "json" };

type Network = readonly { readonly weights: T; readonly bias: T }[];

/** BENCH_DEVICE names another backend than the default one. */
const device = process.env["BENCH_DEVICE"];
const options: TraceOptions = device === undefined ? {} : { device };

function loss(layers: Network, images: T, labels: T): T {
  let values = images;
  for (const [i, { weights, bias }] of layers.entries()) {
    if (i > 0) values = cr.relu(values);
    values = cr.add(cr.matmul(values, weights), bias);
  }
  return cr.neg(cr.mean(cr.sum(cr.mul(cr.logSoftmax(values), cr.oneHot(labels, 10)), 1)));
}

function step(layers: Network, images: T, labels: T): [T, Network] {
  const [value, gradient] = cr.valueAndGrad(loss)(layers, images, labels);
  return [value, cr.treeMap((p: T, g: T) => cr.sub(p, cr.mul(RATE, g)), layers, gradient)];
}

function train({ layers, batch: size }: Extract<Case, { kind: "train" }>): Work {
  const traced = cr.traceFn(step, { ...options, donate: [0] });
  const data = batch(size, layers[0] ?? 0, 10);
  const images = cr.array(data.images).reshape([size, layers[0] ?? 0]);
  const labels = cr.array(data.labels);
  let state: Concrete<Network> = network(layers).map(({ weights, bias, shape }) => ({ weights: { data: weights, shape }, bias }));
  const losses: number[] = [];
  const run = (): void => {
    const [value, next] = traced(state, images, labels);
    state = next;
    if (losses.push(value.item()) > STEPS_CHECKED) losses.length = STEPS_CHECKED;
  };
  return { run, check: () => (more(run, losses), losses) };
}

function more(run: () => void, losses: readonly number[]): void {
  while (losses.length < STEPS_CHECKED) run();
}

function gemm({ m, n, k, ta, tb }: Extract<Case, { kind: "gemm" }>): Work {
  const product = cr.traceFn((a: T, b: T) => cr.matmul(ta ? cr.transpose(a) : a, tb ? cr.transpose(b) : b), options);
  const a = cr.array(uniform(m * k, 1, -0.5, 0.5)).reshape(ta ? [k, m] : [m, k]);
  const b = cr.array(uniform(k * n, 2, -0.5, 0.5)).reshape(tb ? [n, k] : [k, n]);
  return { run: () => void product(a, b), check: () => sample(product(a, b).data) };
}

const rows = (x: T): T => cr.reshape(x, [-1, 1000]);
const functions: Record<MapName, (x: T) => T> = {
  "arithmetic chain": (x) => cr.sub(cr.mul(cr.add(cr.mul(x, 1.5), 0.5), x), cr.mul(x, 0.25)),
  "tanh chain": (x) => cr.mul(cr.tanh(cr.add(cr.mul(x, 1.5), 0.5)), x),
  softmax: (x) => cr.softmax(rows(x)),
  "layer norm": (x) => {
    const y = rows(x);
    const centred = cr.sub(y, cr.mean(y, { axis: 1, keepDims: true }));
    return cr.mul(centred, cr.rsqrt(cr.add(cr.mean(cr.square(centred), { axis: 1, keepDims: true }), 1e-5)));
  },
  sum: (x) => cr.sum(x),
  "column sum": (x) => cr.sum(rows(x), 0),
  max: (x) => cr.max(x),
  exp: cr.exp, log: cr.log, sin: cr.sin, cos: cr.cos, tan: cr.tan, tanh: cr.tanh, logistic: cr.sigmoid,
  atan: cr.atan, log1p: cr.log1p, expm1: cr.expm1, sqrt: cr.sqrt, pow: (x) => cr.pow(x, 1.7),
};

function map(wanted: Extract<Case, { kind: "map" }>): Work {
  const body = functions[wanted.name];
  const f = cr.traceFn((x: T) => body(x), options);
  const x = cr.array(mapInput(wanted));
  return { run: () => void f(x), check: () => sample(f(x).data) };
}

function inPlace({ n }: Extract<Case, { kind: "inPlace" }>): Work {
  const f = cr.traceFn((x: T) => cr.add(cr.mul(cr.mul(cr.sub(1, x), x), 3.5), 0.1), { ...options, donate: [0] });
  const start = (): NDArray => cr.array(inPlaceInput(n));
  let x = start();
  return { run: () => void (x = f(x)), check: () => sample(f(start()).data) };
}

function unrolled({ steps, n, gradient }: Extract<Case, { kind: "unrolled" }>): Work {
  const loop = (x: T): T => {
    for (let i = 0; i < steps; i++) x = cr.add(cr.mul(cr.sin(x), 1.01), 0.001);
    return cr.sum(x);
  };
  const f = gradient ? cr.traceFn(loop, options).grad() : cr.traceFn(loop, options);
  const x = n === 0 ? 0.3 : uniform(n, 3, 0, 1);
  let value: ArrayLike<number> = [];
  return { run: () => void (value = (f(x) as NDArray).data), check: () => sample(value) };
}

function scan(wanted: Extract<Case, { kind: "scan" }>): Work {
  const { w, h, xs, shape } = scanInputs(wanted);
  const turn = (w: T) => (h: T, x: T): [T, null] => [cr.tanh(cr.add(wanted.n === 0 ? cr.mul(h, w) : cr.matmul(h, w), x)), null];
  const f = cr.traceFn((w: T, h: T, xs: T) => cr.sum(cr.scan(turn(w), h, xs)[0]), options);
  const args = [cr.array(w).reshape([...shape, ...shape]), cr.array(h).reshape(shape), cr.array(xs).reshape([wanted.steps, ...shape])] as const;
  if (!wanted.gradient) return { run: () => void f(...args).item(), check: () => sample(f(...args).data) };
  const gradient = f.grad({ argnums: [0, 2] });
  return { run: () => void gradient(...args), check: () => gradient(...args).flatMap((g) => sample(g.data)) };
}

await serve(manifest.version, (wanted) => {
  switch (wanted.kind) {
    case "train": return train(wanted);
    case "gemm": return gemm(wanted);
    case "map": return map(wanted);
    case "inPlace": return inPlace(wanted);
    case "unrolled": return unrolled(wanted);
    case "scan": return scan(wanted);
  }
});
