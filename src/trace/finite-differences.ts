/** Numbers that derivatives are checked against: central differences of a program along random directions. */
import { ConcreteArray } from "../core/concrete.ts";
import { type DType, dtypes, isFloat } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { at } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { runProgram } from "./execute.ts";

export interface Differences {
  /** The step, relative to the size of the argument. */
  readonly eps: number;
  readonly random: () => number;
}

/** Central difference of every floating result along `direction` in input i: (f(x + εv) - f(x - εv)) / 2ε; null for other results. */
export function difference(program: Program, values: readonly ConcreteArray[], i: number, direction: ConcreteArray, s: Differences): (Float64Array | null)[] {
  const x = at(values, i);
  const scale = s.eps * Math.max(1, largest(x.elements));
  const shifted = (sign: number): ConcreteArray[] => run(program, values.map((v, j) => (j === i ? moved(x, direction, sign * scale) : v)));
  const [plus, minus] = [shifted(1), shifted(-1)];
  return plus.map((p, k) => {
    if (!isFloat(p.type.dtype)) return null;
    const m = at(minus, k).elements;
    return Float64Array.from(p.elements, (e, n) => (e - (m[n] as number)) / (2 * scale));
  });
}

function largest(elements: ArrayLike<number>): number {
  let most = 0;
  for (let n = 0; n < elements.length; n++) most = Math.max(most, Math.abs(elements[n] as number));
  return Number.isFinite(most) ? most : 1;
}

function moved(x: ConcreteArray, direction: ConcreteArray, by: number): ConcreteArray {
  const out = dtypes[x.type.dtype].allocate(x.elements.length);
  for (let n = 0; n < out.length; n++) out[n] = (x.elements[n] as number) + by * (direction.elements[n] as number);
  return ConcreteArray.of(x.type, out);
}

export function run(program: Program, values: readonly ConcreteArray[]): ConcreteArray[] {
  return runProgram(program, values) as ConcreteArray[];
}

export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += (a[n] as number) * (b[n] as number);
  return sum;
}

export function randomLike(x: { readonly type: TensorType }, random: () => number): ConcreteArray {
  const dtype: DType = x.type.dtype;
  const out = dtypes[dtype].allocate(sizeOf(x.type.shape));
  if (isFloat(dtype)) for (let n = 0; n < out.length; n++) out[n] = 2 * random() - 1;
  return ConcreteArray.of({ ...x.type, weak: false }, out);
}

/** A small reproducible generator (mulberry32, T. Ettinger, public domain) of numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
