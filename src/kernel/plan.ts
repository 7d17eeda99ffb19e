/**
 * Where each buffer of a program lies. Temporaries share one arena by their lifetimes; a buffer takes over the memory of one that its kernel
 * reads for the last time where that is safe; an output lies in memory of its own, or in that of a donated input.
 */
import { InternalError } from "../errors.ts";
import { dtypes } from "../core/dtype.ts";
import { Allocator, type Block } from "./allocator.ts";
import { mayReplace } from "./in-place.ts";
import type { Buffer, KernelProgram } from "./ir.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

/** The memory that a buffer lies in. */
export type Home =
  | { readonly kind: "arena"; readonly offset: number }
  /** New at each call; the call's result keeps it. `buffer` is the output, which another buffer may share the memory of. */
  | { readonly kind: "result"; readonly buffer: Buffer }
  /** That of an input. */
  | { readonly kind: "input"; readonly buffer: Buffer }
  | { readonly kind: "constant" }
  | { readonly kind: "unused" };

/** Positions of the kernels that first write and last touch a buffer; −1 is before the first kernel. */
export interface Lifetime {
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  /** By `Buffer.id`. */
  readonly homes: readonly Home[];
  readonly lifetimes: readonly (Lifetime | undefined)[];
  /** By kernel. */
  readonly traffic: readonly Traffic[];
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

export function bytesOf(buffer: Buffer): number {
  return buffer.length * dtypes[buffer.dtype].bytes;
}

/** Readable bytes after a buffer. */
const margin = 64;

export function planMemory(program: KernelProgram, options: PlanOptions): MemoryPlan {
  const { buffers, kernels, outputs } = program;
  const traffic = kernels.map(trafficOf);
  const results = new Set(outputs.flatMap((o) => (o.kind === "buffer" ? [o.buffer] : [])));
  const passedOn = new Set(outputs.flatMap((o) => (o.kind === "input" ? [o.index] : [])));
  const small = new Set(buffers.flatMap((b) => (b.role.kind === "input" && bytesOf(b) <= options.stagedOutput ? [b.role.index] : [])));
  const donated = new Set(options.donated.filter((i) => !passedOn.has(i) && !small.has(i)));
  const lifetimes = lifetimesOf(program, traffic, results);

  // who takes over whose memory: chains of buffers, each read last where the next is written
  const heir = new Map<Buffer, Buffer>();
  const root = new Map<Buffer, Buffer>();
  kernels.forEach((kernel, k) => {
    const t = traffic[k] as Traffic;
    for (const fresh of t.writes) {
      if (lifetimes[fresh.id]?.first !== k || fresh.role.kind === "input" || root.has(fresh)) continue;
      const candidates = inheritable(t, k, fresh, lifetimes, results.has(fresh) ? donated : none).filter((old) => !heir.has(old) && !results.has(old) && mayReplace(kernel, t, old, fresh));
      const old = candidates[0] ?? earlierDonation(buffers, k, fresh, results, lifetimes, donated, heir);
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
    if (home === undefined) inArena.push({ chain, bytes, first: Math.min(...lives.map((l) => l.first)), last: Math.max(...lives.map((l) => l.last)) });
    else for (const b of chain) homes[b.id] = home;
  }
  const arena = place(inArena, kernels.length, homes);
  return { homes, lifetimes, traffic, arena };
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

/** Buffers that share one place, and the kernels from and to which it is taken. */
interface Stretch {
  readonly chain: readonly Buffer[];
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Gives each its offset, best fit, in the order of the kernels; larger ones first where several begin together. Returns the bytes needed. */
function place(stretches: readonly Stretch[], kernels: number, homes: Home[]): number {
  const ending: Block[][] = Array.from({ length: kernels + 2 }, () => []);
  const allocator = new Allocator(0, 0);
  let freed = -1;
  let peak = 0;
  for (const { chain, bytes, first, last } of [...stretches].sort((a, b) => a.first - b.first || b.bytes - a.bytes)) {
    for (; freed < first; freed++) for (const block of ending[freed + 1] as Block[]) allocator.give(block);
    let block = allocator.take(bytes + margin);
    if (block === undefined) {
      allocator.extend(allocator.end + Math.ceil((bytes + margin - allocator.freeAtEnd) / 64) * 64);
      block = allocator.take(bytes + margin) as Block;
    }
    peak = Math.max(peak, block.address + block.size);
    (ending[last + 1] as Block[]).push(block);
    for (const b of chain) homes[b.id] = { kind: "arena", offset: block.address };
  }
  return peak;
}
