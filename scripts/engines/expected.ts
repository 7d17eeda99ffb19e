/** What a run of the suite in an engine must have used, besides passing. */
import type { Level } from "../../src/backends/wasm/features.ts";
import type { EngineReport } from "../../test/engines/check.ts";

export interface Expected {
  readonly level: Level;
  readonly threads: number;
  /** Checks left out, by name, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
}

/** What is wrong, or null. */
export function faultOfReport({ status, used, passed, failures }: EngineReport, { level, threads }: Expected): string | null {
  const faults = failures.map(({ name, message }) => `${name}: ${message}`);
  const { simd, relaxed, wide } = status.target;
  const live: Level = wide ? "wide" : relaxed ? "relaxed" : simd ? "simd" : "scalar";
  if (live !== level) faults.push(`${live} was live, not ${level}: ${status.reasons.join("; ")}`);
  if (status.threads.running !== threads) faults.push(`${status.threads.running} threads ran, not ${threads}; shared memory: ${status.shared}`);
  if (threads > 1 ? used.onThreads < 20 : used.onThreads > 0) faults.push(`${used.onThreads} runs on ${threads} threads`);
  if (used.alone < 1000 || used.straight < 1000) faults.push(`${used.alone} runs of kernels, ${used.straight} of straight-line code: too few`);
  if (passed + failures.length < 400) faults.push(`${passed + failures.length} checks: too few`);
  return faults.length === 0 ? null : faults.join("\n");
}
