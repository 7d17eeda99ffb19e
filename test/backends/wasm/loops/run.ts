/** Runs an emitted kernel of loops on typed arrays, split into ranges of units as asked for. */
import { setFlagsFromString } from "node:v8";
import { ModuleBuilder } from "../../../../src/backends/wasm/assembler.ts";
import { checksOf, emitLoops } from "../../../../src/backends/wasm/loops/emit.ts";
import type { Target } from "../../../../src/backends/wasm/target.ts";
import { dtypes, type TypedArray } from "../../../../src/core/dtype.ts";
import { meaningOf, type ScalarInstruction } from "../../../../src/core/scalar.ts";
import type { Buffer, LoopKernel } from "../../../../src/kernel/ir.ts";

export const targets: Readonly<Record<string, Target>> = {
  scalar: { simd: false, relaxed: false, wide: false },
  simd: { simd: true, relaxed: false, wide: false },
  relaxed: { simd: true, relaxed: true, wide: false },
  wide: { simd: true, relaxed: true, wide: true },
};

const compiling = ["no-liftoff", "no-wasm-inlining", "no-wasm-lazy-compilation"];
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export interface Ready {
  readonly units: number;
  readonly cost: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: () => string;
  view(buffer: Buffer): TypedArray;
  run(begin: number, end: number): void;
  /** 1 + the number of the first check that failed, and its value. */
  failure(): readonly [number, number];
}

/** Compiles a kernel over the buffers, which lie one behind another with a guard of 64 bytes. */
export function prepare(kernel: LoopKernel, buffers: readonly Buffer[], target: Target): Ready {
  const module = new ModuleBuilder();
  let top = 64;
  const addresses = buffers.map(({ dtype, length }) => {
    const at = top;
    top = align(top + length * dtypes[dtype].bytes) + 64;
    return at;
  });
  const table = top + 64;
  const scratch = align(table + 4 * (1 + Math.max(...buffers.map((b) => b.id))));
  const emitted = emitLoops(module, kernel, target);
  const limits = { minimum: Math.ceil((scratch + emitted.scratch + 64) / 65536), maximum: 65536, shared: true };
  module.importMemory(limits);
  module.function("main", ["i32", "i32"], [], true).op("i32.const", table).op("local.get", 0).op("local.get", 1).op("i32.const", scratch).op("call", emitted.function);
  const memory = new WebAssembly.Memory({ initial: limits.minimum, maximum: limits.maximum, shared: limits.shared });
  buffers.forEach(({ id }, i) => new Int32Array(memory.buffer, table + 4 * id, 1).set([addresses[i] as number]));
  const bytes = module.encode();
  const math = Object.fromEntries(module.imports.map(({ name }) => [name, meaningOf(name as ScalarInstruction)]));
  // Compiled at once by the optimising compiler, while the flag is set: as the backend does it.
  for (const flag of compiling) setFlagsFromString(`--${flag}`);
  if (target.wide) setFlagsFromString("--experimental-wasm-revectorize");
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory }, math });
  setFlagsFromString("--no-experimental-wasm-revectorize");
  for (const flag of compiling) setFlagsFromString(`--${flag.replace("no-", "")}`);
  const main = instance.exports["main"] as (begin: number, end: number) => void;
  const view = ({ id, dtype, length }: Buffer): TypedArray => {
    const constructor = dtypes[dtype].allocate(0).constructor as new (buffer: SharedArrayBuffer, offset: number, length: number) => TypedArray;
    return new constructor(memory.buffer as unknown as SharedArrayBuffer, addresses[buffers.findIndex((b) => b.id === id)] as number, length);
  };
  return {
    units: emitted.units,
    cost: emitted.cost,
    bytes,
    text: () => module.toText(),
    view,
    run: main,
    failure: () => [new Int32Array(memory.buffer, table - 16, 1)[0] as number, new DataView(memory.buffer).getFloat64(table - 8, true)],
  };
}

export { checksOf };
