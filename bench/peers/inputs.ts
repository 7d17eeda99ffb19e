/** The inputs of every case, the same bits in JavaScript and in Python (serve.py), from a hash of the position. */
import type { Case } from "../cases.ts";

/** `n` float32 numbers in [lo, hi). */
export function uniform(n: number, seed: number, lo: number, hi: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) values[i] = lo + (hi - lo) * (hash(i, seed) / 2 ** 24);
  return values;
}

function hash(i: number, seed: number): number {
  let h = Math.imul(i + seed * 1_000_003, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77);
  return (h ^ (h >>> 13)) >>> 8;
}

export interface Layer {
  readonly weights: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
  readonly shape: readonly [inputs: number, outputs: number];
}

export function network(layers: readonly number[]): Layer[] {
  return layers.slice(1).map((outputs, i) => {
    const inputs = layers[i] ?? 0;
    const bound = Math.sqrt(6 / (inputs + outputs));
    return { weights: uniform(inputs * outputs, i + 1, -bound, bound), bias: new Float32Array(outputs), shape: [inputs, outputs] };
  });
}

export function batch(size: number, inputs: number, classes: number): { images: Float32Array<ArrayBuffer>; labels: Int32Array<ArrayBuffer> } {
  return { images: uniform(size * inputs, 100, 0, 1), labels: Int32Array.from({ length: size }, (_, i) => hash(i, 200) % classes) };
}

/** The array that a "map" case sees. */
export function mapInput({ name, n }: Extract<Case, { kind: "map" }>): Float32Array<ArrayBuffer> {
  const positive = ["log", "log1p", "sqrt", "pow", "sum", "column sum"].includes(name);
  return positive ? uniform(n, 7, 0.01, 1.01) : uniform(n, 7, -4, 4);
}

export const inPlaceInput = (n: number): Float32Array<ArrayBuffer> => uniform(n, 17, 0.2, 0.9);

/** W, the first h and all x of a "scan" case, W small enough that h does not run away. */
export function scanInputs({ steps, n }: Extract<Case, { kind: "scan" }>): { w: Float32Array<ArrayBuffer>; h: Float32Array<ArrayBuffer>; xs: Float32Array<ArrayBuffer>; shape: readonly number[] } {
  const width = Math.max(n, 1);
  const bound = 1 / Math.sqrt(width);
  return { w: uniform(width * width, 11, -bound, bound), h: uniform(width, 12, 0, 1), xs: uniform(steps * width, 13, -1, 1), shape: n === 0 ? [] : [n] };
}

/** A few of many results: enough to see that two sides computed the same. */
export function sample(values: ArrayLike<number>): number[] {
  const picked = [0, 1, 2, 3, 4, 5, 6].map((i) => values[Math.floor((i * (values.length - 1)) / 6)] ?? NaN);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i] ?? NaN);
  return [...picked, sum / values.length];
}
