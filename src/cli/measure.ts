/** About a second of measuring: how fast programs of three kinds run here, on one thread and on all of them. The best of many runs counts. */
import { array, configure, grad, matmul, maximum, mul, sin, sum, traceFn, type NDArray, type Tensor } from "../index.ts";
import { status } from "../backends/wasm/status.ts";

/** A figure for one thread, and for all where there are several. */
export interface Speed {
  readonly one: number;
  readonly all: number | undefined;
}

export interface Measurements {
  /** Of matrices of `size` by `size`, in GFLOP/s. */
  readonly product: Speed;
  /** Bytes read and written, in GB/s. */
  readonly elementwise: Speed;
  /** A gradient with respect to three numbers, in µs. */
  readonly gradient: number;
}

export const size = 512;
const elements = 2 ** 22;
const milliseconds = 150;

export async function measure(): Promise<Measurements> {
  const threads = configure().threads;
  const matrix = array(Float32Array.from({ length: size * size }, (_, i) => (i % 17) / 17 - 0.5)).reshape([size, size]);
  const product = traceFn((a: Tensor, b: Tensor) => matmul(a, b));
  const chain = traceFn((x: Tensor) => maximum(mul(x, 0.999).add(0.001), 0.5).sub(0.25), { donate: [0] });
  let vector: unknown = array(new Float32Array(elements).fill(1));
  const multiply = (): void => void product(matrix, matrix);
  const pass = (): void => void (vector = chain(vector as NDArray));
  const gradient = grad((x: Tensor) => sum(mul(sin(x), x)));
  const point = [0.1, 0.2, 0.3];

  configure({ threads: 1 });
  const alone = { product: best(multiply), chain: best(pass), gradient: best(() => { for (let i = 0; i < 1000; i++) gradient(point); }) / 1000 };
  configure({ threads });
  const together = threads > 1 && await started(threads, [multiply, pass]) ? { product: best(multiply), chain: best(pass) } : undefined;
  const flops = 2 * size ** 3;
  const bytes = 8 * elements;
  return {
    product: { one: flops / alone.product / 1e9, all: together && flops / together.product / 1e9 },
    elementwise: { one: bytes / alone.chain / 1e9, all: together && bytes / together.chain / 1e9 },
    gradient: alone.gradient * 1e6,
  };
}

/** Workers start with the first program that is worth it, and count from when they have answered: true once all have. */
async function started(threads: number, programs: readonly (() => void)[]): Promise<boolean> {
  const end = performance.now() + 2000;
  do {
    for (const run of programs) run();
    await new Promise((resolve) => setTimeout(resolve, 10));
  } while (status().threads.running < threads && performance.now() < end);
  return status().threads.running >= threads;
}

/** Seconds of the fastest run. */
function best(run: () => void): number {
  run();
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + milliseconds;
  do {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  } while (performance.now() < end);
  return least / 1000;
}
