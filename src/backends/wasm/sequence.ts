/**
 * The one exported function of a module, `run(table, thread, threads)`: every thread of a call runs it, takes its share of the kernels that
 * are shared out, and waits for the others where a kernel needs what they write. Everything else thread 0 does alone.
 */
import type { Buffer, Kernel } from "../../kernel/ir.ts";
import { bytesOf, type MemoryPlan } from "../../kernel/plan.ts";
import type { FunctionBuilder, ModuleBuilder } from "./assembler.ts";
import type { EmittedKernel } from "./kernel.ts";
import { control } from "./layout.ts";
import { type BarrierOptions, emitBarrier } from "./threads/barrier.ts";

export interface Step {
  readonly kernel: Kernel;
  /** Undefined for a host kernel. */
  readonly emitted: EmittedKernel | undefined;
  /** Its units are shared out. */
  readonly parallel: boolean;
}

/** Kernels in one function: a very long one would compile slowly. */
const stepsPerFunction = 200;
const parameters = ["i32", "i32", "i32"] as const;
const [table, thread, threads] = [0, 1, 2];

export interface RunOptions extends BarrierOptions {
  /** Thread 0 tells the host before every kernel: for profiles. It calls it with −1 − k. */
  readonly timed: boolean;
}

export function emitRun(module: ModuleBuilder, steps: readonly Step[], plan: MemoryPlan, host: number, options: RunOptions): void {
  const barrier = emitBarrier(module, options);
  const waits = steps.some((s) => s.parallel) ? waitsBefore(steps, plan) : steps.map(() => false);
  const parts: FunctionBuilder[] = [];
  for (let start = 0; start < steps.length; start += stepsPerFunction) {
    const f = module.function(`steps_${start}`, parameters, []);
    parts.push(f);
    const scratch = f.local("i32");
    f.op("i32.const", control.scratchBase).op("i32.load", { offset: 0 });
    f.op("local.get", thread).op("i32.const", control.scratchStride).op("i32.load", { offset: 0 }).op("i32.mul").op("i32.add").op("local.set", scratch);
    for (let k = start; k < Math.min(start + stepsPerFunction, steps.length); k++) {
      if (waits[k]) f.op("local.get", thread).op("local.get", threads).op("call", barrier);
      if (options.timed) f.op("local.get", thread).op("i32.eqz").nest("if", () => f.op("i32.const", -1 - k).op("call", host));
      emitStep(f, steps[k] as Step, k, scratch, host);
    }
  }
  const run = module.function("run", parameters, [], true);
  for (const part of parts) run.op("local.get", table).op("local.get", thread).op("local.get", threads).op("call", part);
  run.op("local.get", thread).op("local.get", threads).op("call", barrier);
}

function emitStep(f: FunctionBuilder, { emitted, parallel }: Step, k: number, scratch: number, host: number): void {
  const alone = (body: () => void): void => void f.op("local.get", thread).op("i32.eqz").nest("if", body);
  if (emitted === undefined) {
    alone(() => f.op("i32.const", k).op("call", host));
    return;
  }
  if (emitted.units === 0) return;
  const call = (begin: () => void, end: () => void): void => {
    f.op("local.get", table);
    begin();
    end();
    f.op("local.get", scratch).op("call", emitted.function);
  };
  const { units } = emitted;
  if (!parallel) alone(() => call(() => f.op("i32.const", 0), () => f.op("i32.const", units)));
  else call(() => shareEnd(f, units, () => f.op("local.get", thread)), () => shareEnd(f, units, () => f.op("local.get", thread).op("i32.const", 1).op("i32.add")));
}

/** `⌊units · part / threads⌋` of a part at most `threads`, in 64 bits. */
function shareEnd(f: FunctionBuilder, units: number, part: () => void): void {
  part();
  f.op("i64.extend_i32_u").op("i64.const", units).op("i64.mul").op("local.get", threads).op("i64.extend_i32_u").op("i64.div_u").op("i32.wrap_i64");
}

/** Bytes of one piece of memory: the arena or something of its own. */
interface Region {
  readonly space: object;
  readonly from: number;
  readonly to: number;
}

/** Before which kernels the threads must meet: where one touches memory that another thread's kernel since the last meeting wrote, or writes what it read. */
export function waitsBefore(steps: readonly Step[], plan: MemoryPlan): boolean[] {
  const arena = {};
  const regionOf = (b: Buffer): Region => {
    const home = plan.homes[b.id];
    if (home?.kind === "arena") return { space: arena, from: home.offset, to: home.offset + bytesOf(b) };
    return { space: home?.kind === "result" || home?.kind === "input" ? home.buffer : b, from: 0, to: 1 };
  };
  const overlap = (a: Region, b: Region): boolean => a.space === b.space && a.from < b.to && b.from < a.to;
  let since: { readonly parallel: boolean; readonly reads: readonly Region[]; readonly writes: readonly Region[] }[] = [];
  return steps.map(({ parallel }, k) => {
    const traffic = plan.traffic[k];
    const reads = [...(traffic?.reads ?? [])].map(regionOf);
    const writes = [...(traffic?.writes ?? [])].map(regionOf);
    const meet = since.some((other) => {
      if (!parallel && !other.parallel) return false;
      return other.writes.some((w) => reads.some((r) => overlap(w, r)) || writes.some((r) => overlap(w, r))) || other.reads.some((r) => writes.some((w) => overlap(w, r)));
    });
    if (meet) since = [];
    since.push({ parallel, reads, writes });
    return meet;
  });
}
