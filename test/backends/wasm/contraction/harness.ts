/** Runs one contraction kernel on random arrays and compares with sums in float64. Arrays end just before guarded or missing memory. */
import v8 from "node:v8";
import { ModuleBuilder } from "../../../../src/backends/wasm/assembler.ts";
import { emitContraction } from "../../../../src/backends/wasm/contraction/contraction.ts";
import { control, heapStart } from "../../../../src/backends/wasm/layout.ts";
import type { Target } from "../../../../src/backends/wasm/target.ts";
import { type DType, dtypes, type TypedArray } from "../../../../src/core/dtype.ts";
import { scalarMeaning } from "../../../../src/core/scalar.ts";
import type { Access, Buffer, ContractionKernel, Expression, Store } from "../../../../src/kernel/ir.ts";

export const targets: Readonly<Record<string, Target>> = {
  scalar: { simd: false, relaxed: false, wide: false },
  simd: { simd: true, relaxed: false, wide: false },
  relaxed: { simd: true, relaxed: true, wide: false },
  wide: { simd: true, relaxed: true, wide: true },
};

export type Random = () => number;
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 8) / 2 ** 24;
  };
}

export function bufferOf(id: number, dtype: DType, length: number): Buffer {
  return { id, dtype, length, role: { kind: "temporary" } };
}
export const load = (access: Access): Expression => ({ kind: "load", dtype: access.buffer.dtype, access, terms: [] });
export const store = (access: Access, value: Expression): Store => ({ access, value, terms: [], condition: undefined, combine: undefined });

/** Compiles as the backend does: the flags are set for this compilation only. */
export function compile(bytes: Uint8Array<ArrayBuffer>, wide: boolean): WebAssembly.Module {
  const flags = ["liftoff", "wasm-inlining", "wasm-lazy-compilation"];
  v8.setFlagsFromString(wide ? "--experimental-wasm-revectorize" : "--no-experimental-wasm-revectorize");
  for (const flag of flags) v8.setFlagsFromString(`--no-${flag}`);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    v8.setFlagsFromString("--no-experimental-wasm-revectorize");
    for (const flag of flags) v8.setFlagsFromString(`--${flag}`);
  }
}

function indexOf({ offset, strides }: Pick<Access, "offset" | "strides">, index: readonly number[]): number {
  return strides.reduce((at, stride, d) => at + stride * (index[d] as number), offset);
}

/** What the expression comes to in float64 arithmetic, rounded to its dtype. */
function valueOf(expression: Expression, index: readonly number[], sum: number, arrays: ReadonlyMap<Buffer, TypedArray>): number {
  switch (expression.kind) {
    case "accumulator":
      return sum;
    case "constant":
      return expression.value;
    case "index":
      return indexOf(expression, index);
    case "load": {
      const more = expression.terms.reduce((at, term) => at + term.stride * valueOf(term.index, index, sum, arrays), 0);
      return arrays.get(expression.access.buffer)![indexOf(expression.access, index) + more] as number;
    }
    case "apply": {
      const [a, b, c] = expression.operands.map((operand) => valueOf(operand, index, sum, arrays));
      return scalarMeaning[expression.instruction](a ?? 0, b ?? 0, c ?? 0);
    }
    default:
      throw new Error(`no ${expression.kind} in a contraction`);
  }
}

/** All points of a shape. */
export function* points(shape: readonly number[]): Generator<number[]> {
  if (shape.includes(0)) return;
  const index = shape.map(() => 0);
  for (;;) {
    yield [...index];
    let d = shape.length - 1;
    while (d >= 0 && ++index[d]! === shape[d]) index[d--] = 0;
    if (d < 0) return;
  }
}

export interface RunOptions {
  /** Where to cut the units; each part gets scratch memory with other contents. */
  readonly cuts?: readonly number[];
  /** What comes last in memory. */
  readonly last?: number;
  /** Buffers that lie in the place of another, as a plan of memory may decide. */
  readonly inPlaceOf?: ReadonlyMap<Buffer, Buffer>;
}

/** The arrays after the kernel ran. */
export function runKernel(kernel: ContractionKernel, target: Target, arrays: ReadonlyMap<Buffer, TypedArray>, { cuts = [], last = 0, inPlaceOf = new Map() }: RunOptions = {}): Map<Buffer, TypedArray> {
  const module = new ModuleBuilder();
  const buffers = [...arrays.keys()].filter((b) => !inPlaceOf.has(b));
  const size = (buffer: Buffer): number => Math.ceil((buffer.length * dtypes[buffer.dtype].bytes) / 64) * 64 + 64;
  const memorySize = { pages: 0 };
  const emitted = emitContraction(module, kernel, target);
  let top = heapStart;
  const scratch = top;
  top += Math.ceil(emitted.scratch / 64) * 64 + 64;
  const shared = top;
  top += (emitted.pack?.bytes ?? 0) + 64;
  const addresses = new Map<Buffer, number>();
  const order = [...buffers.filter((b) => b.id !== last), ...buffers.filter((b) => b.id === last)];
  const total = order.reduce((sum, b) => sum + size(b), top);
  memorySize.pages = Math.ceil(total / 65536);
  let end = memorySize.pages * 65536;
  for (const buffer of order.toReversed()) {
    end -= size(buffer);
    addresses.set(buffer, end);
  }
  for (const [buffer, place] of inPlaceOf) addresses.set(buffer, addresses.get(place)!);
  const memory = new WebAssembly.Memory({ initial: memorySize.pages, maximum: memorySize.pages, shared: true });
  module.importMemory({ minimum: memorySize.pages, maximum: memorySize.pages, shared: true });
  const main = module.function("main", ["i32", "i32", "i32", "i32"], [], true);
  for (const parameter of [0, 1, 2, 3]) main.op("local.get", parameter);
  main.op("call", module.indexOf(emitted.function));
  if (emitted.pack !== undefined) {
    const together = module.function("together", ["i32", "i32", "i32", "i32"], [], true);
    for (const parameter of [0, 1, 2, 3]) together.op("local.get", parameter);
    together.op("call", module.indexOf(emitted.pack.function));
  }
  const instance = new WebAssembly.Instance(compile(module.encode(), target.wide), { env: { memory }, math: scalarMeaning });
  const raw = new Uint8Array(memory.buffer);
  raw.fill(0xa7);
  const view = (buffer: Buffer): TypedArray => {
    const kind = dtypes[buffer.dtype].allocate(0).constructor as new (memory: ArrayBufferLike, at: number, length: number) => TypedArray;
    return new kind(memory.buffer, addresses.get(buffer)!, buffer.length);
  };
  const table = new Uint32Array(memory.buffer, 64, 128);
  for (const buffer of buffers) {
    view(buffer).set(arrays.get(buffer)!);
  }
  for (const [buffer, at] of addresses) table[buffer.id] = at;
  const run = instance.exports["main"] as (table: number, begin: number, end: number, scratch: number) => void;
  const boundsOf = (units: number): number[] => [0, ...cuts.map((cut) => Math.floor(cut * units)), units];
  const bounds = boundsOf(emitted.units);
  if (emitted.pack !== undefined) {
    new Uint32Array(memory.buffer)[control.shared >>> 2] = shared;
    const together = instance.exports["together"] as typeof run;
    const parts = boundsOf(emitted.pack.units);
    for (let i = 1; i < parts.length; i++) together(64, parts[i - 1] as number, parts[i] as number, scratch);
    const end = shared + emitted.pack.bytes;
    if (raw.subarray(end, end + 64).some((byte) => byte !== 0xa7)) throw new Error("packed beyond the end of shared memory");
  }
  for (let i = 1; i < bounds.length; i++) {
    raw.fill(i % 2 === 0 ? 0xff : 0x11, scratch, scratch + emitted.scratch);
    run(64, bounds[i - 1] as number, bounds[i] as number, scratch);
  }
  const result = new Map<Buffer, TypedArray>();
  for (const buffer of buffers) {
    const end = addresses.get(buffer)! + buffer.length * dtypes[buffer.dtype].bytes;
    const guard = raw.subarray(end, addresses.get(buffer)! + size(buffer));
    if (guard.some((byte) => byte !== 0xa7)) throw new Error(`written beyond the end of buffer ${buffer.id}`);
    if (![...inPlaceOf.values()].includes(buffer)) result.set(buffer, view(buffer).slice());
  }
  for (const buffer of inPlaceOf.keys()) result.set(buffer, view(buffer).slice());
  if (raw.subarray(scratch + emitted.scratch, scratch + Math.ceil(emitted.scratch / 64) * 64 + 64).some((byte) => byte !== 0xa7)) throw new Error("written beyond the end of scratch memory");
  return result;
}

/** What the kernel should leave, in float64, and for every element written the size of the sums that went into it. */
export function expected(kernel: ContractionKernel, arrays: ReadonlyMap<Buffer, TypedArray>): { readonly values: Map<Buffer, Float64Array>; readonly scales: Map<Buffer, Float64Array> } {
  const values = new Map([...arrays].map(([buffer, data]) => [buffer, Float64Array.from(data)]));
  const scales = new Map([...arrays].map(([buffer, data]) => [buffer, new Float64Array(data.length)]));
  const a = arrays.get(kernel.a.buffer)!;
  const b = arrays.get(kernel.b.buffer)!;
  for (const index of points([...kernel.batch, kernel.m, kernel.n])) {
    const batch = index.slice(0, -2);
    const [i, j] = index.slice(-2) as [number, number];
    const [aFirst, bFirst] = [indexOf(kernel.a, [...batch, i, 0]), indexOf(kernel.b, [...batch, 0, j])];
    const [aStep, bStep] = [kernel.a.strides.at(-1)!, kernel.b.strides.at(-2)!];
    let sum = 0;
    let scale = 0;
    for (let k = 0; k < kernel.k; k++) {
      const product = (a[aFirst + k * aStep] as number) * (b[bFirst + k * bStep] as number);
      sum += product;
      scale += Math.abs(product);
    }
    for (const { access, value, condition, combine } of kernel.stores) {
      const at = indexOf(access, index);
      if (condition !== undefined && valueOf(condition, index, sum, arrays) === 0) continue;
      const fresh = valueOf(value, index, sum, arrays);
      values.get(access.buffer)![at] = combine === undefined ? fresh : scalarMeaning[combine](arrays.get(access.buffer)![at] as number, fresh, 0);
      scales.get(access.buffer)![at] = scale + 1;
    }
  }
  return { values, scales };
}

/** Runs on a target and checks every element of every array, written or not. */
export function check(kernel: ContractionKernel, target: Target, arrays: ReadonlyMap<Buffer, TypedArray>, options?: RunOptions): Map<Buffer, TypedArray> {
  const found = runKernel(kernel, target, arrays, options);
  const { values, scales } = expected(kernel, arrays);
  const epsilon = kernel.dtype === "float32" ? 2 ** -23 : 2 ** -52;
  for (const [buffer, data] of found) {
    const want = values.get(buffer)!;
    const scale = scales.get(buffer)!;
    data.forEach((value, i) => {
      const tolerance = (scale[i] as number) * epsilon * (4 + Math.sqrt(kernel.k));
      if (!(Math.abs(value - (want[i] as number)) <= tolerance) && !(Number.isNaN(value) && Number.isNaN(want[i]))) {
        throw new Error(`buffer ${buffer.id} (${buffer.dtype}) [${i}]: ${value} instead of ${want[i]}; ${JSON.stringify({ ...kernel, a: kernel.a.strides, b: kernel.b.strides, stores: kernel.stores.map((s) => s.access.strides) })}`);
      }
    });
  }
  return found;
}
