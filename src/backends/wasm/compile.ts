/** Bytes to a running module. Equal bytes give the same module for as long as anybody uses it, whoever compiled it first. */
import { InternalError } from "../../errors.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import type { ModuleBuilder } from "./assembler.ts";
import type { Heap } from "./heap.ts";
import { hostFunction } from "./straight/host.ts";
import type { Pool, Shareable } from "./threads/pool.ts";
import { type CompileMode, compileModule } from "./v8-flags.ts";

export type RunFunction = (table: number, thread: number, threads: number) => void;

export interface Compiled extends Shareable {
  readonly run: RunFunction;
  readonly bytes: Uint8Array;
}

/** What serves host kernels now: the call that runs. */
export const hostService: { serve: (kernel: number) => void } = {
  serve: () => {
    throw new InternalError("a host kernel ran outside a call");
  },
};
const host = (kernel: number): void => hostService.serve(kernel);

let modules = 0;

export class ModuleCache {
  readonly #heap: Heap;
  readonly #pool: Pool;
  readonly #byHash: Map<number, WeakRef<Compiled>[]> = new Map<number, WeakRef<Compiled>[]>();
  readonly #collected: FinalizationRegistry<{ readonly id: number; readonly hash: number }>;

  constructor(heap: Heap, pool: Pool) {
    this.#heap = heap;
    this.#pool = pool;
    this.#collected = new FinalizationRegistry(({ id, hash }) => {
      this.#pool.forget(id);
      const rest = (this.#byHash.get(hash) ?? []).filter((ref) => ref.deref() !== undefined);
      if (rest.length === 0) this.#byHash.delete(hash);
      else this.#byHash.set(hash, rest);
    });
  }

  compile(builder: ModuleBuilder, bytes: Uint8Array<ArrayBuffer>, mode: CompileMode): Compiled {
    const hash = hashOf(bytes) + (mode === "wide" ? 0.5 : 0);
    const same = this.#byHash.get(hash)?.map((ref) => ref.deref()).find((c) => c !== undefined && equal(c.bytes, bytes));
    if (same !== undefined) return same;
    const module = compileModule(bytes, mode);
    const names = builder.imports.filter((f) => f.from === "math").map((f) => f.name as ScalarInstruction);
    const functions = Object.fromEntries(names.map((name) => [name, hostFunction(name)]));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#heap.plain.memory, host }, math: functions });
    const ofMath = names.every((name) => functions[name] === (Math as unknown as Record<string, unknown>)[name]);
    const compiled: Compiled = { id: modules++, module, math: ofMath ? names : undefined, run: instance.exports["run"] as RunFunction, bytes };
    const list = this.#byHash.get(hash);
    if (list === undefined) this.#byHash.set(hash, [new WeakRef(compiled)]);
    else list.push(new WeakRef(compiled));
    this.#collected.register(compiled, { id: compiled.id, hash });
    return compiled;
  }
}

/** FNV-1a over the whole words of the bytes. */
function hashOf({ buffer, length }: Uint8Array<ArrayBuffer>): number {
  const words = new Int32Array(buffer, 0, length >> 2);
  let hash = 0x811c9dc5 ^ length;
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
