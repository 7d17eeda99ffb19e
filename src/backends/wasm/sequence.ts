/**
 * Kernels one after another in functions `(table, thread, threads, scratch)`. Every thread of a call runs them, takes its share of the kernels
 * that are shared out, and waits for the others where a kernel needs what they write. Everything else thread 0 does alone; lists of kernels in
 * which nothing is shared out, such as the small bodies of loops, run without asking who runs them.
 */
import { type Buffer, type Expression, isControl, type Kernel } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import type { Traffic } from "../../kernel/traffic.ts";
import type { FunctionBuilder, ModuleBuilder } from "./assembler.ts";
import { emitControl } from "./control.ts";
import { control } from "./layout.ts";
import { shareDynamically, shareEqually } from "./sharing.ts";
import { parameters, type Sequences, type Step, stepParameters } from "./step.ts";
import { type BarrierOptions, emitBarrier } from "./threads/barrier.ts";

/** Kernels in one function: a very long one would compile slowly. */
const stepsPerFunction = 200;
const { table, thread, threads, scratch } = stepParameters;

export interface RunOptions extends BarrierOptions {
  /** Thread 0 tells the host before every kernel: for profiles. It calls it with −1 − k. */
  readonly timed: boolean;
  /** How units are shared out: sharing.ts. */
  readonly dynamic: boolean;
  /** Where in a thread's scratch memory the tables of functions begin that several kernels share. */
  readonly tables: number;
}

class Sequencer implements Sequences {
  readonly module: ModuleBuilder;
  readonly plan: MemoryPlan;
  readonly #barrier: FunctionBuilder;
  readonly #host: number;
  readonly #dynamic: boolean;
  readonly #tables: number;
  /** Counters of pieces in use. */
  counters = 0;

  constructor(module: ModuleBuilder, plan: MemoryPlan, host: number, options: RunOptions) {
    this.module = module;
    this.plan = plan;
    this.#host = host;
    this.#dynamic = options.dynamic;
    this.#tables = options.tables;
    this.#barrier = emitBarrier(module, options);
  }

  meet(f: FunctionBuilder, alone: boolean): void {
    if (!alone) f.op("local.get", thread).op("local.get", threads).op("call", this.#barrier);
  }

  first(f: FunctionBuilder, alone: boolean, body: () => void): void {
    if (alone) body();
    else f.op("local.get", thread).op("i32.eqz").nest("if", body);
  }

  list(f: FunctionBuilder, name: string, steps: readonly Step[], traffic: readonly Traffic[], alone: boolean): void {
    if (steps.length <= stepsPerFunction) return this.#steps(f, steps, traffic, alone, undefined);
    for (const part of this.parts(name, steps, traffic, alone, undefined)) callAlong(f, part);
  }

  /** Functions that run the steps; `timed`: the host is told before each. */
  parts(name: string, steps: readonly Step[], traffic: readonly Traffic[], alone: boolean, timed: true | undefined): FunctionBuilder[] {
    const parts: FunctionBuilder[] = [];
    for (let start = 0; start < steps.length; start += stepsPerFunction) {
      const f = this.module.function(`${name}_${start}`, parameters, []);
      parts.push(f);
      const end = start + stepsPerFunction;
      // the parts are on their own: what lies between them is waited for
      if (start > 0 && steps.some((s) => s.parallel)) this.meet(f, alone);
      this.#steps(f, steps.slice(start, end), traffic.slice(start, end), alone, timed === undefined ? undefined : start);
    }
    return parts;
  }

  #steps(f: FunctionBuilder, steps: readonly Step[], traffic: readonly Traffic[], alone: boolean, timedFrom: number | undefined): void {
    const waits = !alone && steps.some((s) => s.parallel) ? waitsBefore(steps, traffic, this.plan) : [];
    steps.forEach((step, k) => {
      // nobody packs while others still read what was packed before
      if (waits[k] === true || packs(step)) this.meet(f, alone);
      if (timedFrom !== undefined) this.first(f, alone, () => f.op("i32.const", -1 - timedFrom - k).op("call", this.#host));
      this.#step(f, step, alone);
    });
  }

  #step(f: FunctionBuilder, step: Step, alone: boolean): void {
    const { kernel, emitted, parallel, host } = step;
    if (isControl(kernel) && emitted === undefined) {
      const run = emitControl(this, kernel, step, alone || !parallel);
      if (parallel) callAlong(f, run);
      else this.first(f, alone, () => callAlong(f, run));
      return;
    }
    if (emitted === undefined) {
      this.first(f, alone, () => f.op("i32.const", host).op("call", this.#host));
      return;
    }
    const { units, words, pack } = emitted;
    if (units === 0) return;
    const calling = (callee: FunctionBuilder) => (begin: () => void, end: () => void): void => unlessCopied(f, kernel, () => {
      words?.forEach((word, i) => f.op("local.get", scratch).op("local.get", table).op("i32.load", { offset: 4 * word }).op("i32.store", { offset: this.#tables + 4 * i }));
      f.op("local.get", words === undefined ? table : scratch);
      if (words !== undefined) f.op("i32.const", this.#tables).op("i32.add");
      begin();
      end();
      f.op("local.get", scratch).op("call", callee);
    });
    const parts = pack === undefined ? [emitted] : [pack, emitted];
    if (!parallel || alone) {
      this.first(f, alone, () => {
        for (const part of parts) calling(part.function)(() => f.op("i32.const", 0), () => f.op("i32.const", part.units));
      });
      return;
    }
    for (const part of parts) {
      if (part !== parts[0]) this.meet(f, alone);
      if (this.#dynamic) shareDynamically(f, part, this.counters++, calling(part.function));
      else shareEqually(f, part.units, calling(part.function));
    }
  }
}

/** The one exported function of a module, `run(table, thread, threads)`. Returns how many counters each thread needs. */
export function emitRun(module: ModuleBuilder, steps: readonly Step[], plan: MemoryPlan, host: number, options: RunOptions): number {
  const sequencer = new Sequencer(module, plan, host, options);
  const parts = sequencer.parts("steps", steps, plan.traffic, false, options.timed ? true : undefined);
  const run = module.function("run", parameters.slice(0, 3), [], true);
  const own = run.local("i32");
  run.op("i32.const", control.scratchBase).op("i32.load", { offset: 0 });
  run.op("local.get", thread).op("i32.const", control.scratchStride).op("i32.load", { offset: 0 }).op("i32.mul").op("i32.add").op("local.set", own);
  for (const part of parts) run.op("local.get", table).op("local.get", thread).op("local.get", threads).op("local.get", own).op("call", part);
  sequencer.meet(run, false);
  return sequencer.counters;
}

const packs = ({ emitted, inside }: Step): boolean => emitted?.pack !== undefined || inside.some((list) => list.some(packs));

/** Calls a function with the parameters of this one. */
function callAlong(f: FunctionBuilder, callee: FunctionBuilder): void {
  for (const parameter of [table, thread, threads, scratch]) f.op("local.get", parameter);
  f.op("call", callee);
}

/** Skips a kernel that copies a buffer where both lie at the same address: known only while running, where places alternate. */
function unlessCopied(f: FunctionBuilder, kernel: Kernel, body: () => void): void {
  const copied = copiedBy(kernel);
  if (copied === undefined) return body();
  for (const { id } of copied) f.op("local.get", table).op("i32.load", { offset: 4 * id });
  f.op("i32.ne").nest("if", body);
}

/** From which buffer to which the kernel copies, if it does nothing else. */
export function copiedBy(kernel: Kernel): readonly Buffer[] | undefined {
  return kernel.kind === "loops" ? copies(kernel.stages.length === 1 ? kernel.stages[0]?.stores : [], kernel.stages[0]?.reductions.length === 0 && kernel.stages[0].checks.length === 0) : undefined;
}

type Stores = readonly { readonly access: { readonly buffer: Buffer; readonly offset: number; readonly strides: readonly number[] }; readonly value: Expression; readonly terms: readonly unknown[]; readonly condition: unknown; readonly combine: unknown }[];

function copies(stores: Stores | undefined, bare: boolean | undefined): readonly Buffer[] | undefined {
  const [store] = stores ?? [];
  if (store === undefined || stores?.length !== 1 || bare !== true) return undefined;
  const { access, value, terms, condition, combine } = store;
  if (value.kind !== "load" || value.terms.length + terms.length > 0 || condition !== undefined || combine !== undefined) return undefined;
  const from = value.access;
  const same = from.offset === access.offset && from.strides.every((s, d) => s === access.strides[d]) && from.buffer.dtype === access.buffer.dtype;
  return same ? [from.buffer, access.buffer] : undefined;
}

/** Bytes of one piece of memory: the arena or something of its own. */
interface Region {
  readonly space: object;
  readonly from: number;
  readonly to: number;
}

/**
 * Before which kernels the threads must meet: where one touches memory that another thread's kernel since the last meeting wrote, or writes
 * what it read. Loops and branches with shared kernels begin and end with a meeting of their own.
 */
export function waitsBefore(steps: readonly Pick<Step, "kernel" | "parallel">[], traffic: readonly Traffic[], plan: Pick<MemoryPlan, "homes">): boolean[] {
  const arena = {};
  const regionOf = (b: Buffer): Region => {
    const home = plan.homes[b.id];
    if (home?.kind === "arena") return { space: arena, from: home.offset, to: home.offset + bytesOf(b) };
    if (home?.kind === "shared") return regionOf(home.with);
    return { space: home?.kind === "result" || home?.kind === "input" ? home.buffer : b, from: 0, to: 1 };
  };
  const overlap = (a: Region, b: Region): boolean => a.space === b.space && a.from < b.to && b.from < a.to;
  let since: { readonly parallel: boolean; readonly reads: readonly Region[]; readonly writes: readonly Region[] }[] = [];
  return steps.map(({ kernel, parallel }, k) => {
    if (parallel && isControl(kernel)) {
      since = [];
      return false;
    }
    const reads = [...(traffic[k]?.reads ?? [])].map(regionOf);
    const writes = [...(traffic[k]?.writes ?? [])].map(regionOf);
    const meet = since.some((other) => {
      if (!parallel && !other.parallel) return false;
      return other.writes.some((w) => reads.some((r) => overlap(w, r)) || writes.some((r) => overlap(w, r))) || other.reads.some((r) => writes.some((w) => overlap(w, r)));
    });
    if (meet) since = [];
    since.push({ parallel, reads, writes });
    return meet;
  });
}
