/**
 * The order of the kernels of a loop's body in which as many states as possible can be updated in place: what writes a new value comes after
 * what still reads the old one. What depends on what else stays in order, and so do checks and what the host evaluates.
 */
import { type Buffer, type Kernel, mayFail, type State } from "./ir.ts";
import { trafficOf } from "./traffic.ts";

/** Longer bodies stay as they are. */
const longest = 1000;

export function oldBeforeNew(kernels: readonly Kernel[], state: readonly State[]): readonly Kernel[] {
  if (state.length === 0 || kernels.length > longest) return kernels;
  const traffic = kernels.map(trafficOf);
  /** By kernel, those that it must come after, and those that it had better. */
  const must: Set<number>[] = kernels.map(() => new Set());
  const may: Set<number>[] = kernels.map(() => new Set());
  const touched = new Map<Buffer, { writers: number[]; readers: number[] }>();
  let inOrder = -1;
  traffic.forEach(({ reads, writes }, k) => {
    const of = (b: Buffer): { writers: number[]; readers: number[] } => {
      const known = touched.get(b) ?? { writers: [], readers: [] };
      touched.set(b, known);
      return known;
    };
    for (const b of reads) {
      for (const w of of(b).writers) must[k]?.add(w);
      of(b).readers.push(k);
    }
    for (const b of writes) {
      for (const other of [...of(b).writers, ...of(b).readers]) if (other !== k) must[k]?.add(other);
      of(b).writers.push(k);
    }
    const kernel = kernels[k] as Kernel;
    if (mayFail(kernel)) {
      if (inOrder >= 0) must[k]?.add(inOrder);
      inOrder = k;
    }
  });
  for (const { before, after } of state) {
    const readers = touched.get(before)?.readers ?? [];
    for (const w of touched.get(after)?.writers ?? []) for (const r of readers) if (r !== w) may[w]?.add(r);
  }
  if (may.every((set, k) => [...set].every((r) => r < k))) return kernels;
  const left = new Set(kernels.keys());
  const order: Kernel[] = [];
  while (left.size > 0) {
    const free = [...left].filter((k) => [...(must[k] as Set<number>)].every((p) => !left.has(p)));
    const best = free.find((k) => [...(may[k] as Set<number>)].every((p) => !left.has(p))) ?? (free[0] as number);
    left.delete(best);
    order.push(kernels[best] as Kernel);
  }
  return order;
}
