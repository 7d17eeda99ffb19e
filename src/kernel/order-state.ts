/**
 * The order of the kernels of a loop's body in which as many states as possible can be updated in place: what writes a new value comes after
 * what still reads the old one. What depends on what else stays in order, and so do checks and what the host evaluates.
 */
import { type Buffer, type Kernel, mayFail, type State } from "./ir.ts";
import { trafficOf } from "./traffic.ts";

export function oldBeforeNew(kernels: readonly Kernel[], state: readonly State[]): readonly Kernel[] {
  const { writers, readers, after: must } = dependences(kernels);
  /** By kernel, those that had better come before it. */
  const may: Set<number>[] = kernels.map(() => new Set());
  for (const { before, after } of state) {
    for (const w of writers.get(after) ?? []) for (const r of readers.get(before) ?? []) if (r !== w) may[w]?.add(r);
  }
  return may.every((set, k) => [...set].every((r) => r < k)) ? kernels : scheduled(must, may).map((k) => kernels[k] as Kernel);
}

/** Who touches each buffer, and by kernel those that it must come after. */
function dependences(kernels: readonly Kernel[]): { readonly writers: ReadonlyMap<Buffer, readonly number[]>; readonly readers: ReadonlyMap<Buffer, readonly number[]>; readonly after: readonly Set<number>[] } {
  const writers = new Map<Buffer, number[]>();
  const readers = new Map<Buffer, number[]>();
  const note = (lists: Map<Buffer, number[]>, b: Buffer, k: number): void => {
    const list = lists.get(b);
    if (list === undefined) lists.set(b, [k]);
    else list.push(k);
  };
  let inOrder = -1;
  const after = kernels.map((kernel, k) => {
    const before = new Set<number>();
    const { reads, writes } = trafficOf(kernel);
    for (const b of reads) for (const w of writers.get(b) ?? []) before.add(w);
    for (const b of writes) for (const other of [...(writers.get(b) ?? []), ...(readers.get(b) ?? [])]) before.add(other);
    for (const b of reads) note(readers, b, k);
    for (const b of writes) note(writers, b, k);
    if (mayFail(kernel)) {
      if (inOrder >= 0) before.add(inOrder);
      inOrder = k;
    }
    before.delete(k);
    return before;
  });
  return { writers, readers, after };
}

/** An order that keeps all of `must` and as much of `may` as one walk finds, else as it was. */
function scheduled(must: readonly Set<number>[], may: readonly Set<number>[]): number[] {
  const count = must.length;
  const followers = (sets: readonly Set<number>[]): number[][] => {
    const lists: number[][] = sets.map(() => []);
    sets.forEach((set, k) => set.forEach((p) => lists[p]?.push(k)));
    return lists;
  };
  const [afterMust, afterMay] = [followers(must), followers(may)];
  const [waits, wishes] = [must.map((set) => set.size), may.map((set) => set.size)];
  /** Kernels that may run now, the first of them last: those without a wish, and the others. */
  const [free, unwilling]: [number[], number[]] = [[], []];
  const insert = (list: number[], k: number): void => {
    let at = list.length;
    while (at > 0 && (list[at - 1] as number) < k) at--;
    list.splice(at, 0, k);
  };
  const offer = (k: number): void => insert(wishes[k] === 0 ? free : unwilling, k);
  for (let k = 0; k < count; k++) if (waits[k] === 0) offer(k);
  const order: number[] = [];
  for (let k = free.pop() ?? unwilling.pop(); k !== undefined; k = free.pop() ?? unwilling.pop()) {
    order.push(k);
    for (const next of afterMay[k] as number[]) {
      wishes[next] = (wishes[next] as number) - 1;
      const at = wishes[next] === 0 ? unwilling.indexOf(next) : -1;
      if (at >= 0) insert(free, unwilling.splice(at, 1)[0] as number);
    }
    for (const next of afterMust[k] as number[]) {
      waits[next] = (waits[next] as number) - 1;
      if (waits[next] === 0) offer(next);
    }
  }
  return order;
}
