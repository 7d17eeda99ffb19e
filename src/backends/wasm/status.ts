/** What is live in this engine, and why there is not more: for `chainrule doctor` and the tests of engines. */
import { features } from "./features.ts";
import { runtime } from "./runtime.ts";
import { settings } from "./settings.ts";
import type { Target } from "./target.ts";

export interface Status {
  readonly target: Target;
  /** Why there is not more, in words. */
  readonly reasons: readonly string[];
  /** The memory can be shared between threads. */
  readonly shared: boolean;
  /** Threads that programs may use, and those that run now: workers start with the first program that is worth it. */
  readonly threads: { readonly wanted: number; readonly running: number };
  /** Bytes: what there is, what programs and arrays take of it, and the limits. */
  readonly memory: { readonly size: number; readonly taken: number; readonly budget: number; readonly maximum: number };
}

/** Finds out what the engine offers if nobody has so far. */
export function status(): Status {
  const { target, reasons } = features();
  const { heap, pool } = runtime();
  const { memory, taken } = heap.sizes;
  return {
    target,
    reasons,
    shared: heap.plain.shared,
    threads: { wanted: settings().threads, running: pool.ready },
    memory: { size: memory, taken, budget: heap.budget, maximum: heap.plain.maximum * 65536 },
  };
}
