/**
 * Moves kernels that write a result over a donated input behind all others that read it: an update of a weight, which would otherwise come before
 * the products that still need the old one, can then be done in place. Only kernels that make nothing but outputs move.
 */
import { type Buffer, callsHost, isControl, type Kernel, type KernelProgram } from "./ir.ts";
import { mayReplace } from "./in-place.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

export function updatesLast(program: KernelProgram, donated: readonly number[]): KernelProgram {
  if (donated.length === 0) return program;
  const { kernels } = program;
  const traffic = kernels.map(trafficOf);
  const readers = positionsOf(traffic.map((t) => t.reads));
  const updates = updatesOf(program, donated, traffic, readers);
  /** By kernel, how many others read what it writes over. */
  const waits = kernels.map(() => 0);
  for (const [old, k] of updates) waits[k] = (waits[k] as number) + (readers.get(old) as readonly number[]).length - 1;
  const order: number[] = [];
  const place = (first: number): void => {
    const next = [first];
    for (let k = next.pop(); k !== undefined; k = next.pop()) {
      order.push(k);
      for (const b of (traffic[k] as Traffic).reads) {
        const update = updates.get(b);
        if (update === undefined || update === k) continue;
        waits[update] = (waits[update] as number) - 1;
        if (waits[update] === 0 && held.delete(update)) next.push(update);
      }
    }
  };
  /** Kernels whose turn has passed and that still wait. */
  const held = new Set<number>();
  for (let k = 0; k < kernels.length; k++) {
    if (waits[k] === 0) place(k);
    else held.add(k);
  }
  // each waits for another: one is done as if it were none
  for (const k of held) if (held.delete(k)) place(k);
  return { ...program, kernels: order.map((k) => kernels[k] as Kernel) };
}

/** By donated input, the last kernel that makes only outputs and can write one of them over it. Each output is written over one input. */
function updatesOf({ kernels, buffers }: KernelProgram, donated: readonly number[], traffic: readonly Traffic[], readers: ReadonlyMap<Buffer, readonly number[]>): ReadonlyMap<Buffer, number> {
  const writers = positionsOf(traffic.map((t) => t.writes));
  const final = traffic.map(({ writes }, k) => !callsHost(kernels[k] as Kernel) && [...writes].every((b) => b.role.kind === "output" && writers.get(b)?.length === 1 && (readers.get(b) ?? []).every((r) => r === k)));
  const updates = new Map<Buffer, number>();
  const taken = new Set<Buffer>();
  const wanted = new Set(donated);
  for (const old of buffers) {
    if (old.role.kind !== "input" || !wanted.has(old.role.index)) continue;
    const fits = (k: number, fresh: Buffer): boolean => {
      const kernel = kernels[k] as Kernel;
      if (taken.has(fresh) || fresh.dtype !== old.dtype || fresh.length !== old.length) return false;
      // whether a loop can is only known once the memory inside of it is planned
      return isControl(kernel) || mayReplace(kernel, traffic[k] as Traffic, old, fresh);
    };
    for (const k of (readers.get(old) ?? []).toReversed()) {
      const fresh = final[k] === true ? [...(traffic[k] as Traffic).writes].find((b) => fits(k, b)) : undefined;
      if (fresh === undefined) continue;
      taken.add(fresh);
      updates.set(old, k);
      break;
    }
  }
  return updates;
}

/** For each buffer the positions of the sets that it is in. */
function positionsOf(sets: readonly ReadonlySet<Buffer>[]): ReadonlyMap<Buffer, readonly number[]> {
  const found = new Map<Buffer, number[]>();
  sets.forEach((set, k) => {
    for (const b of set) {
      const list = found.get(b);
      if (list === undefined) found.set(b, [k]);
      else list.push(k);
    }
  });
  return found;
}
