/** Short words for kernels made by hand, and their comparison with the interpreter on every target. */
import { expect } from "vitest";
import { type DType, dtypes, isFloat, type TypedArray } from "../../../../src/core/dtype.ts";
import type { ScalarInstruction } from "../../../../src/core/scalar.ts";
import { sizeOf, stridesOf } from "../../../../src/core/shape.ts";
import type { Apply, Buffer, Carry, Check, Constant, Expression, Index, Load, LoopKernel, Reduction, Result, Stage, Store, Term } from "../../../../src/kernel/ir.ts";
import { trafficOf } from "../../../../src/kernel/traffic.ts";
import { interpretLoops, type Memory } from "../../../kernel/interpreter.ts";
import { prepare, targets } from "./run.ts";

let nextBuffer = 0;
export const buffer = (length: number, dtype: DType = "float32"): Buffer => ({ id: nextBuffer++ % 64, dtype, length, role: { kind: "temporary" } });
export const load = (from: Buffer, strides: readonly number[], offset = 0, terms: readonly Term[] = []): Load => ({ kind: "load", dtype: from.dtype, access: { buffer: from, offset, strides }, terms });
export const constant = (value: number, dtype: DType = "float32"): Constant => ({ kind: "constant", dtype, value });
export const index = (strides: readonly number[], dtype: DType = "int32", offset = 0): Index => ({ kind: "index", dtype, offset, strides });
export const resultOf = (of: Reduction | Carry): Result => ({ kind: "result", dtype: of.dtype, of });
const predicates: readonly ScalarInstruction[] = ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "isFinite", "toBool"];
export function apply(instruction: ScalarInstruction, ...operands: readonly Expression[]): Apply {
  return { kind: "apply", dtype: predicates.includes(instruction) ? "bool" : (operands.at(-1) as Expression).dtype, instruction, operands };
}
export const applyTo = (dtype: DType, instruction: ScalarInstruction, ...operands: readonly Expression[]): Apply => ({ kind: "apply", dtype, instruction, operands });
export const reduce = (combine: ScalarInstruction, identity: number, value: Expression): Reduction => ({ kind: "reduction", dtype: value.dtype, combine, identity, value });
export const store = (to: Buffer, strides: readonly number[], value: Expression, more: Partial<Store> & { readonly offset?: number } = {}): Store => ({
  access: { buffer: to, offset: more.offset ?? 0, strides }, value, terms: more.terms ?? [], condition: more.condition, combine: more.combine,
});
export const stage = (more: Partial<Stage>): Stage => ({ inner: [], reductions: [], carries: [], stores: [], checks: [], ...more });
export const kernel = (outer: readonly number[], stages: readonly Stage[], sequential = false): LoopKernel => ({ kind: "loops", name: "kernel", place: undefined, outer, stages, sequential });
export const check = (condition: Expression, value: Expression): Check => ({ condition, value, message: (x) => new Error(String(x)) });
export { sizeOf, stridesOf };

/** Numbers that are the same on every run. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function fill(elements: TypedArray, dtype: DType, seed: number): void {
  const next = random(seed);
  for (let i = 0; i < elements.length; i++) elements[i] = dtype === "bool" ? Math.round(next()) : isFloat(dtype) ? 4 * next() - 2 : Math.floor(next() * 2 ** 32) - (dtype === "int32" ? 2 ** 31 : 0);
}

export interface Comparison {
  /** The largest difference, relative to the larger of 1 and the value. */
  readonly tolerance?: number;
  /** Contents of buffers that must not be arbitrary, such as indices. */
  readonly contents?: ReadonlyMap<Buffer, readonly number[]>;
  readonly only?: string;
}

/** The buffers a kernel mentions. */
export function buffersOf(k: LoopKernel): Buffer[] {
  const { reads, writes } = trafficOf(k);
  return [...new Set([...reads, ...writes])];
}

/** Every target, whole and unit by unit, against the interpreter; buffers that a kernel does not write stay as they are. */
export function compare(k: LoopKernel, { tolerance = 0, contents = new Map(), only }: Comparison = {}): void {
  const buffers = buffersOf(k);
  const initial = buffers.map((b) => {
    const elements = dtypes[b.dtype].allocate(b.length);
    fill(elements, b.dtype, b.id + 1);
    const given = contents.get(b);
    if (given !== undefined) elements.set(given);
    return elements;
  });
  const memory: Memory = new Map(buffers.map((b, i) => [b.id, (initial[i] as TypedArray).slice()]));
  const refused = interpretLoops(k, memory).findIndex((x) => x !== undefined);
  for (const [name, target] of Object.entries(targets)) {
    if (only !== undefined && only !== name) continue;
    const ready = prepare(k, buffers, target);
    const load_ = (): void => buffers.forEach((b, i) => ready.view(b).set(initial[i] as TypedArray));
    load_();
    ready.run(0, ready.units);
    const whole = buffers.map((b) => ready.view(b).slice());
    buffers.forEach((b, i) => expectClose(whole[i] as TypedArray, memory.get(b.id) as TypedArray, tolerance, `${name}, buffer ${i}`));
    if (refused >= 0) expect(ready.failure()[0], `${name}: which check failed`).toBeGreaterThan(0);
    else expect(ready.failure()[0], `${name}: no check fails`).toBe(0);
    if (ready.units === 1) continue;
    load_();
    for (let unit = ready.units - 1; unit >= 0; unit--) ready.run(unit, unit + 1);
    buffers.forEach((b, i) => expect(sameBits(ready.view(b), whole[i] as TypedArray), `${name}: unit by unit, buffer ${i}`).toBe(true));
  }
}

const sameBits = (a: TypedArray, b: TypedArray): boolean => a.every((x, i) => Object.is(x, b[i]));

function expectClose(have: TypedArray, want: TypedArray, tolerance: number, where: string): void {
  for (let i = 0; i < want.length; i++) {
    const [x, y] = [have[i] as number, want[i] as number];
    if (Object.is(x, y) || (tolerance > 0 && Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y)))) continue;
    expect.fail(`${where}: element ${i} of ${want.length} is ${x}, not ${y}`);
  }
}
