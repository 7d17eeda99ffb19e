/** Times of the kernels of a call: a module with a stop between any two kernels tells when each began. */
import { dtypes } from "../../core/dtype.ts";
import type { Access, Buffer, Kernel, Term } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import type { Traffic } from "../../kernel/traffic.ts";
import { profiling } from "../profiling.ts";

/** `at[k]` is when kernel k began; the last entry when the call was over. */
export function recordTimes(kernels: readonly Kernel[], plan: MemoryPlan, at: readonly number[], parallel: readonly boolean[], threads: number): void {
  const { record } = profiling;
  if (record === undefined) return;
  const over = at[at.length - 1] ?? 0;
  kernels.forEach((kernel, k) => {
    const start = at[k] ?? over;
    record({
      name: kernel.name,
      shape: shapeText(kernel),
      place: kernel.place,
      start,
      end: at[k + 1] ?? over,
      bytes: bytesTouched(kernel, plan.traffic[k]),
      operations: operationsOf(kernel),
      threads: parallel[k] === true ? threads : 1,
    });
  });
}

/** Of what a kernel reads and writes, each element once: all of a buffer, or, in a loop nest, no more than its loads and stores come to. */
function bytesTouched(kernel: Kernel, traffic: Traffic | undefined): number {
  if (traffic === undefined) return 0;
  const buffers = new Set<Buffer>([...traffic.reads, ...traffic.writes]);
  if (kernel.kind !== "loops") return [...buffers].reduce((sum, b) => sum + bytesOf(b), 0);
  const touched = new Map<Buffer, number>();
  const count = ({ buffer, strides }: Access, terms: readonly Term[], stage: number): void => {
    const lengths = [...kernel.outer, ...(kernel.stages[stage]?.inner ?? [])];
    const elements = lengths.reduce((product, length, d) => (terms.length > 0 || strides[d] !== 0 ? product * length : product), 1);
    touched.set(buffer, (touched.get(buffer) ?? 0) + elements * dtypes[buffer.dtype].bytes);
  };
  for (const { load, stage } of traffic.loads) count(load.access, load.terms, stage);
  for (const { store, stage } of traffic.stores) count(store.access, store.terms, stage);
  return [...buffers].reduce((sum, b) => sum + Math.min(bytesOf(b), touched.get(b) ?? bytesOf(b)), 0);
}

/** Of matrix products, in all turns of a loop whose number is known. */
function operationsOf(kernel: Kernel): number {
  if (kernel.kind === "contraction") return 2 * kernel.m * kernel.n * kernel.k * kernel.batch.reduce((a, b) => a * b, 1);
  return kernel.kind === "repeat" ? kernel.length * kernel.body.reduce((sum, k) => sum + operationsOf(k), 0) : 0;
}

function shapeText(kernel: Kernel): string {
  switch (kernel.kind) {
    case "host":
      return "host";
    case "contraction":
      return `${kernel.batch.length > 0 ? `${kernel.batch.join("×")} of ` : ""}${kernel.m}×${kernel.k}·${kernel.k}×${kernel.n}`;
    case "repeat":
      return kernel.condition === undefined ? `${kernel.length} turns` : "turns";
    case "branch":
      return `${kernel.branches.length} branches`;
    case "loops": {
      const inner = kernel.stages.find((s) => s.inner.length > 0)?.inner ?? [];
      return `[${kernel.outer.join(",")}]${inner.length > 0 ? ` over [${inner.join(",")}]` : ""}`;
    }
  }
}
