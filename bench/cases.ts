/**
 * What is measured: the parts of the benchmark and their cases, as data that every peer's process understands. A peer that
 * cannot do a case says so.
 */
export type Case =
  /** One step of stochastic gradient descent on a classifier: relu between the layers, softmax cross-entropy, rate 0.05. */
  | { readonly kind: "train"; readonly layers: readonly number[]; readonly batch: number }
  /** The product of two matrices, [m, k] by [k, n]; `ta`, `tb`: that side is stored transposed. */
  | { readonly kind: "gemm"; readonly m: number; readonly n: number; readonly k: number; readonly ta: boolean; readonly tb: boolean }
  /** A function of one array of `n` elements; those that need rows see [n / 1000, 1000]. */
  | { readonly kind: "map"; readonly name: MapName; readonly n: number }
  /** x = 3.5 x (1 - x) + 0.1, over and over, each array in the memory of the one before. */
  | { readonly kind: "inPlace"; readonly n: number }
  /** `steps` times x = sin(x) * 1.01 + 0.001, written as a loop that is unrolled; `n` elements, 0 for a plain number. */
  | { readonly kind: "unrolled"; readonly steps: number; readonly n: number; readonly gradient: boolean }
  /** `steps` times h = tanh(h W + x), by scan, x another row each time; `n` elements, 0 for plain numbers. The result is the sum of the last h; with `gradient` its gradients with respect to W and all x. */
  | { readonly kind: "scan"; readonly steps: number; readonly n: number; readonly gradient: boolean };

export type MapName =
  | "arithmetic chain" | "tanh chain" | "softmax" | "layer norm" | "sum" | "column sum" | "max"
  | "exp" | "log" | "sin" | "cos" | "tan" | "tanh" | "logistic" | "atan" | "log1p" | "expm1" | "sqrt" | "pow";

export const STEPS_CHECKED = 3;
export const RATE = 0.05;

export interface Row {
  readonly title: string;
  readonly case: Case;
  /** Turns nanoseconds into the part's unit. */
  readonly show: (ns: number) => number;
}

export interface Part {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
  /** Names of the sides, the package first; the second is the one whose results the others are compared with. */
  readonly sides: readonly string[];
  /** Times are of the first call in a new process: reading, compiling and one run. */
  readonly firstCall?: boolean;
  /** Times as long a turn as usual: what runs on threads is slower for the first tenth of a second, until the system has spread them over the cores again. */
  readonly longer?: number;
}

const ms = (ns: number): number => ns / 1e6;
const everybody = ["chainrule", "PyTorch", "JAX", "NumPy", "onnxruntime", "jax-js", "TensorFlow.js"];

function train(batch: number, ...layers: number[]): Row {
  return { title: `${layers.join("-")}, batch ${batch}`, case: { kind: "train", layers, batch }, show: ms };
}

function gemm(title: string, m: number, n: number, k: number, ta = false, tb = false): Row {
  return { title, case: { kind: "gemm", m, n, k, ta, tb }, show: (ns) => (2 * m * n * k) / ns };
}

function map(name: MapName, n: number, show: (ns: number) => number = (ns) => ns / 1e3): Row {
  return { title: `${name}, ${n.toExponential(0).replace("+", "")}`, case: { kind: "map", name, n }, show };
}

function scan(n: number, steps: number, gradient: boolean, show: (ns: number) => number): Row {
  const title = `${gradient ? "gradient" : "forward"}, ${n === 0 ? "a number" : `a vector of ${n}`}, ${steps.toLocaleString("en")} turns`;
  return { title, case: { kind: "scan", steps, n, gradient }, show };
}

const squares = [64, 128, 256, 512, 1024, 2048].map((n) => gemm(`${n} × ${n} × ${n}`, n, n, n));
const kernels: readonly MapName[] = ["arithmetic chain", "tanh chain", "softmax", "layer norm", "sum", "column sum", "max"];
const functions: readonly MapName[] = ["exp", "log", "sin", "cos", "tan", "tanh", "logistic", "atan", "log1p", "expm1", "sqrt", "pow"];
const sizes = [1e3, 1e4, 1e5, 1e6, 1e7];

export const parts: Readonly<Record<string, Part>> = {
  train: {
    title: "One training step", unit: "ms", longer: 4, sides: ["chainrule", "PyTorch", "JAX", "jax-js", "TensorFlow.js"],
    rows: [
      train(32, 784, 512, 256, 10), train(128, 784, 512, 256, 10), train(512, 784, 512, 256, 10), train(128, 784, 1024, 1024, 10),
    ],
  },
  gemm: {
    title: "Matrix products, float32", unit: "GFLOP/s", longer: 3, sides: everybody,
    rows: [
      ...squares,
      gemm("128×784 · 784×512 (forward)", 128, 512, 784),
      gemm("(128×784)ᵀ · 128×512 (weights' gradient)", 784, 512, 128, true),
      gemm("128×512 · (784×512)ᵀ (inputs' gradient)", 128, 784, 512, false, true),
      gemm("128×256 · 256×10", 128, 10, 256),
      gemm("1×784 · 784×512", 1, 512, 784),
    ],
  },
  elementwise: {
    title: "Elementwise chains, rows and reductions, float32", unit: "µs", sides: [...everybody, "memcpy"],
    rows: kernels.flatMap((name) => sizes.map((n) => map(name, n))),
  },
  "in-place": {
    title: "A chain of arithmetic over and over, in place, float32", unit: "µs", sides: ["chainrule", "PyTorch", "JAX", "NumPy", "memcpy"],
    rows: sizes.map((n) => ({ title: `3.5 x (1 - x) + 0.1, ${n.toExponential(0).replace("+", "")}`, case: { kind: "inPlace", n }, show: (ns) => ns / 1e3 })),
  },
  functions: {
    title: "Elementary functions, float32, 100,000 elements", unit: "ns/element", sides: ["chainrule", "NumPy", "PyTorch", "JAX", "jax-js", "TensorFlow.js"],
    rows: functions.map((name) => ({ ...map(name, 1e5, (ns) => ns / 1e5), title: name })),
  },
  compile: {
    title: "First call in a new process, after loading the library", unit: "ms", sides: ["chainrule", "JAX", "jax-js"], firstCall: true,
    rows: [
      { title: "MLP step 784-512-256-10", case: { kind: "train", layers: [784, 512, 256, 10], batch: 128 }, show: ms },
      { title: "gradient of 200 unrolled steps, a number", case: { kind: "unrolled", steps: 200, n: 0, gradient: true }, show: ms },
      { title: "gradient of 2,000 unrolled steps, a number", case: { kind: "unrolled", steps: 2000, n: 0, gradient: true }, show: ms },
      { title: "gradient of 2,000 unrolled steps, 1,000 elements", case: { kind: "unrolled", steps: 2000, n: 1000, gradient: true }, show: ms },
      { title: "100,000 equations, a number", case: { kind: "unrolled", steps: 33_334, n: 0, gradient: false }, show: ms },
    ],
  },
  control: {
    title: "Loops inside programs: scan", unit: "ns/turn", sides: ["chainrule", "JAX"],
    rows: [0, 16, 64].flatMap((n) => [false, true].map((gradient) => scan(n, 10_000, gradient, (ns) => ns / 10_000))),
  },
  "control-compile": {
    title: "Loops: first call in a new process, by the number of turns", unit: "ms", sides: ["chainrule", "JAX"], firstCall: true,
    rows: [10, 1000, 100_000].map((steps) => scan(16, steps, true, ms)),
  },
};
