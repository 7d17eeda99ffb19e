/** Times of the kernels of a call: a module with a stop between any two kernels tells when each began. */
import type { Kernel } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import { profiling } from "../profiling.ts";

/** `at[k]` is when kernel k began; the last entry when the call was over. */
export function recordTimes(kernels: readonly Kernel[], plan: MemoryPlan, at: readonly number[], parallel: readonly boolean[], threads: number): void {
  const { record } = profiling;
  if (record === undefined) return;
  const over = at[at.length - 1] ?? 0;
  kernels.forEach((kernel, k) => {
    const start = at[k] ?? over;
    const traffic = plan.traffic[k];
    const buffers = new Set([...(traffic?.reads ?? []), ...(traffic?.writes ?? [])]);
    record({
      name: kernel.name,
      shape: shapeText(kernel),
      place: kernel.place,
      start,
      end: at[k + 1] ?? over,
      bytes: [...buffers].reduce((sum, b) => sum + bytesOf(b), 0),
      operations: operationsOf(kernel),
      threads: parallel[k] === true ? threads : 1,
    });
  });
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
