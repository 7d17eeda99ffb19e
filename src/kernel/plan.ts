/**
 * Where each buffer of a program lies. Temporaries share one arena by their lifetimes; a buffer takes over the memory of one that its kernel
 * reads for the last time where that is safe; an output lies in memory of its own, or in that of a donated input.
 */
import { InternalError } from "../errors.ts";
import { mayReplace } from "./in-place.ts";
import { type Buffer, type ControlKernel, isControl, type KernelProgram } from "./ir.ts";
import { bytesOf, type Home, type Lifetime, placeStretches, type Stretch } from "./places.ts";
import { type InsidePlan, planInside, settle } from "./plan-inside.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

export interface MemoryPlan {
  /** By `Buffer.id`. */
  readonly homes: readonly Home[];
  readonly lifetimes: readonly (Lifetime | undefined)[];
  /** By kernel. */
  readonly traffic: readonly Traffic[];
  /** What was decided for the kernels inside control kernels. */
  readonly inside: ReadonlyMap<ControlKernel, InsidePlan>;
  /** Bytes of the arena. */
  readonly arena: number;
}

export interface PlanOptions {
  /** Inputs of at most so many bytes have a place in the arena to be copied to. */
  readonly stagedInput: number;
  /** Outputs of at most so many bytes are computed in the arena and copied out at the end of the call. */
  readonly stagedOutput: number;
  /** Positions of the inputs whose memory results may take over: those that are not small. */
  readonly donated: readonly number[];
}

export function planMemory(program: KernelProgram, options: PlanOptions): MemoryPlan {
  const { buffers, kernels, outputs } = program;
  const traffic = kernels.map(trafficOf);
  const results = new Set(outputs.flatMap((o) => (o.kind === "buffer" ? [o.buffer] : [])));
  const passedOn = new Set(outputs.flatMap((o) => (o.kind === "input" ? [o.index] : [])));
  const small = new Set(buffers.flatMap((b) => (b.role.kind === "input" && bytesOf(b) <= options.stagedOutput ? [b.role.index] : [])));
  const donated = new Set(options.donated.filter((i) => !passedOn.has(i) && !small.has(i)));
  const lifetimes = lifetimesOf(program, traffic, results);
  const inside = new Map<ControlKernel, InsidePlan>();
  for (const kernel of kernels) if (isControl(kernel)) planInside(kernel, inside);

  // who takes over whose memory: chains of buffers, each read last where the next is written
  const heir = new Map<Buffer, Buffer>();
  const root = new Map<Buffer, Buffer>();
  const given = buffers.filter((b) => b.role.kind === "input" && donated.has(b.role.index));
  kernels.forEach((kernel, k) => {
    const t = traffic[k] as Traffic;
    let dying: Dying | undefined;
    for (const fresh of t.writes) {
      if (lifetimes[fresh.id]?.first !== k || fresh.role.kind === "input" || root.has(fresh)) continue;
      dying ??= dyingIn(t, k, lifetimes, results, donated);
      const fits = (old: Buffer): boolean => old !== fresh && !heir.has(old) && mayReplace(kernel, t, old, fresh, inside);
      const isResult = results.has(fresh);
      // an output that takes a donated input's memory saves more than one that takes a temporary's
      const taken = (isResult ? dying.given.find((old) => old.dtype === fresh.dtype && fits(old)) : undefined) ?? dying.temporaries.find(fits);
      const old = taken ?? (isResult ? given.find((b) => !heir.has(b) && isEarlier(b, fresh, k, lifetimes)) : undefined);
      if (old === undefined) continue;
      heir.set(old, fresh);
      root.set(fresh, root.get(old) ?? old);
    }
  });

  const homes: Home[] = buffers.map(() => ({ kind: "unused" }));
  const chains = new Map<Buffer, Buffer[]>();
  for (const b of buffers) {
    const first = root.get(b) ?? b;
    const chain = chains.get(first);
    if (chain === undefined) chains.set(first, [b]);
    else chain.push(b);
  }
  const inArena: Stretch[] = [];
  for (const [first, chain] of chains) {
    const lives = chain.flatMap((b) => lifetimes[b.id] ?? []);
    if (lives.length === 0) continue;
    const output = chain.find((b) => results.has(b));
    const bytes = bytesOf(first);
    let home: Home | undefined;
    if (first.role.kind === "constant") home = { kind: "constant" };
    else if (first.role.kind === "input" && (chain.length > 1 || bytes > options.stagedInput)) home = { kind: "input", buffer: first };
    else if (output !== undefined && bytes > options.stagedOutput) home = { kind: "result", buffer: output };
    const put = (offset: number): void => {
      for (const b of chain) homes[b.id] = { kind: "arena", offset };
    };
    if (home === undefined) inArena.push({ put, bytes, first: Math.min(...lives.map((l) => l.first)), last: Math.max(...lives.map((l) => l.last)) });
    else for (const b of chain) homes[b.id] = home;
  }
  // what kernels inside others need lies together and is taken while these run
  kernels.forEach((kernel, k) => {
    if (!isControl(kernel)) return;
    const { bytes } = inside.get(kernel) as InsidePlan;
    const put = (offset: number): void => settle(kernel, offset, inside, homes, lifetimes);
    if (bytes > 0) inArena.push({ put, bytes, first: k, last: k });
    else put(0);
  });
  const arena = placeStretches(inArena, kernels.length);
  return { homes, lifetimes, traffic, inside, arena };
}

function lifetimesOf({ buffers, kernels }: KernelProgram, traffic: readonly Traffic[], results: ReadonlySet<Buffer>): (Lifetime | undefined)[] {
  const first = new Map<Buffer, number>();
  const last = new Map<Buffer, number>();
  const given = (b: Buffer): boolean => b.role.kind === "input" || b.role.kind === "constant";
  traffic.forEach(({ reads, writes }, k) => {
    for (const b of writes) if (!first.has(b)) first.set(b, k);
    for (const b of reads) {
      if (given(b)) first.set(b, -1);
      // nothing is written to a buffer without elements
      else if (!first.has(b) && b.length === 0) first.set(b, k);
      else if (!first.has(b)) throw new InternalError(`kernel ${kernels[k]?.name} reads buffer ${b.id} before anything was written to it`);
    }
    for (const b of [...reads, ...writes]) last.set(b, k);
  });
  for (const b of results) last.set(b, kernels.length);
  return buffers.map((b) => {
    const start = first.get(b) ?? (results.has(b) ? -1 : undefined);
    return start === undefined ? undefined : { first: start, last: last.get(b) as number };
  });
}

/** What a kernel reads for the last time and whose memory nobody else needs: temporaries, and for outputs donated inputs. */
interface Dying {
  readonly temporaries: readonly Buffer[];
  readonly given: readonly Buffer[];
}

function dyingIn({ reads }: Traffic, k: number, lifetimes: readonly (Lifetime | undefined)[], results: ReadonlySet<Buffer>, donated: ReadonlySet<number>): Dying {
  const last = [...reads].filter((b) => lifetimes[b.id]?.last === k && !results.has(b));
  return {
    temporaries: last.filter((b) => b.role.kind === "temporary"),
    given: last.filter((b) => b.role.kind === "input" && donated.has(b.role.index)),
  };
}

/** Whether a donated input is of the same type and was read for the last time before kernel `k` writes the output `fresh`. */
function isEarlier(given: Buffer, fresh: Buffer, k: number, lifetimes: readonly (Lifetime | undefined)[]): boolean {
  const life = lifetimes[given.id];
  return given.dtype === fresh.dtype && given.length === fresh.length && life !== undefined && life.last < k;
}
