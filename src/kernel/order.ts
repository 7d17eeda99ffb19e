/**
 * Moves kernels that make nothing but outputs behind the last reader of the donated inputs that they read: an update of a weight, which would
 * otherwise come before the products that still need the old one, can then be written over it.
 */
import { type Buffer, callsHost, type Kernel, type KernelProgram } from "./ir.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

export function updatesLast(program: KernelProgram, donated: readonly number[]): KernelProgram {
  if (donated.length === 0) return program;
  const { kernels } = program;
  const traffic = kernels.map(trafficOf);
  const readers = new Map<Buffer, number[]>();
  const writers = new Map<Buffer, number>();
  traffic.forEach(({ reads, writes }, k) => {
    for (const b of reads) {
      const list = readers.get(b);
      if (list === undefined) readers.set(b, [k]);
      else list.push(k);
    }
    for (const b of writes) writers.set(b, (writers.get(b) ?? 0) + 1);
  });
  const final = ({ writes }: Traffic, k: number): boolean => [...writes].every((b) => b.role.kind === "output" && writers.get(b) === 1 && (readers.get(b) ?? []).every((r) => r === k));
  const after = kernels.map((kernel, k) => {
    const t = traffic[k] as Traffic;
    if (callsHost(kernel) || !final(t, k)) return k;
    const old = [...t.reads].filter((b) => b.role.kind === "input" && donated.includes(b.role.index));
    return Math.max(k, ...old.map((b) => lastOther(readers.get(b) ?? [], k, traffic, final)));
  });
  const order = kernels.map((_, k) => k).sort((a, b) => (after[a] as number) - (after[b] as number) || Number(after[a] !== a) - Number(after[b] !== b) || a - b);
  return { ...program, kernels: order.map((k) => kernels[k] as Kernel) };
}

/** The last reader besides `k` that stays where it is. */
function lastOther(readers: readonly number[], k: number, traffic: readonly Traffic[], final: (t: Traffic, k: number) => boolean): number {
  return Math.max(k, ...readers.filter((r) => r !== k && !final(traffic[r] as Traffic, r)));
}
