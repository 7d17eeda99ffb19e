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
  kernels.forEach((kernel, k) => {
    const t = traffic[k] as Traffic;
    for (const fresh of t.writes) {
      if (lifetimes[fresh.id]?.first !== k || fresh.role.kind === "input" || root.has(fresh)) continue;
      const taken = inheritable(t, k, fresh, lifetimes, results.has(fresh) ? donated : none).find((old) => !heir.has(old) && !results.has(old) && mayReplace(kernel, t, old, fresh, inside));
      const old = taken ?? earlierDonation(buffers, k, fresh, results, lifetimes, donated, heir);
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

const none: ReadonlySet<number> = new Set();

/** What kernel `k` reads for the last time and whose memory nobody else needs: temporaries, and for outputs donated inputs. */
function inheritable({ reads }: Traffic, k: number, fresh: Buffer, lifetimes: readonly (Lifetime | undefined)[], donated: ReadonlySet<number>): Buffer[] {
  const free = [...reads].filter((b) => {
    if (b === fresh || lifetimes[b.id]?.last !== k) return false;
    return b.role.kind === "temporary" || (b.role.kind === "input" && donated.has(b.role.index) && fresh.dtype === b.dtype);
  });
  // an output that takes a donated input's memory saves more than one that takes a temporary's
  return free.sort((a, b) => Number(b.role.kind === "input") - Number(a.role.kind === "input"));
}

/** A donated input of the same type that was read for the last time before kernel `k` writes an output. */
function earlierDonation(
  buffers: readonly Buffer[], k: number, fresh: Buffer, results: ReadonlySet<Buffer>, lifetimes: readonly (Lifetime | undefined)[], donated: ReadonlySet<number>, heir: ReadonlyMap<Buffer, Buffer>,
): Buffer | undefined {
  if (donated.size === 0 || !results.has(fresh)) return undefined;
  return buffers.find((b) => {
    const life = lifetimes[b.id];
    return b.role.kind === "input" && donated.has(b.role.index) && !heir.has(b) && b.dtype === fresh.dtype && b.length === fresh.length && life !== undefined && life.last < k;
  });
}
