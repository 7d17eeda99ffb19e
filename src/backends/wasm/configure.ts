/** What users may set about the WebAssembly backend: threads and memory. The public function, src/api/configure.ts, knows further options. */
import { ArgumentError } from "../../errors.ts";
import { describe } from "../../core/shape.ts";
import { existingRuntime } from "./runtime.ts";
import { change, checkThreads, settings } from "./settings.ts";

export interface Configuration {
  /** Threads that a program may run on, the calling one included. Default: `CHAINRULE_THREADS`, else as many as the machine has. */
  readonly threads?: number | undefined;
  /** Bytes of results that stay in WebAssembly memory; above it the oldest are copied out. Default: 512 MiB. */
  readonly heapBudget?: number | undefined;
  /** The most bytes that WebAssembly memory may grow to, to be set before the first program is compiled. Default: 4 GiB. */
  readonly heapMaximum?: number | undefined;
}

const options: readonly (keyof Configuration)[] = ["threads", "heapBudget", "heapMaximum"];

/**
 * Changes the options given; `undefined` restores a default. Returns what all of them are now.
 */
export function configure(configuration: Configuration = {}): Readonly<Record<keyof Configuration, number>> {
  if (typeof configuration !== "object" || configuration === null || Array.isArray(configuration)) {
    throw new ArgumentError(`configure: expected an object, got ${describe(configuration)}`, { hint: `options: ${[...options, "debugNaNs", "debugInfs"].join(", ")}` });
  }
  for (const [key, value] of Object.entries(configuration) as [keyof Configuration, unknown][]) {
    if (!options.includes(key)) throw new ArgumentError(`configure: unknown option ${JSON.stringify(key)}`, { hint: `options: ${[...options, "debugNaNs", "debugInfs"].join(", ")}` });
    if (value === undefined) continue;
    if (key === "threads") checkThreads(value, "configure: threads");
    else if (!(typeof value === "number" && value >= 2 ** 20 && value <= 2 ** 32)) throw new ArgumentError(`configure: ${key} must be a number of bytes from 1 MiB to 4 GiB, got ${String(value)}`);
  }
  const existing = existingRuntime();
  if (existing !== undefined && "heapMaximum" in configuration && configuration.heapMaximum !== settings().heapMaximum) {
    throw new ArgumentError("configure: heapMaximum comes too late, a program has been compiled already", { hint: "call configure before the first traced function runs" });
  }
  const { threads, heapBudget, heapMaximum } = change(configuration);
  if (existing !== undefined) existing.heap.budget = heapBudget;
  return { threads, heapBudget, heapMaximum };
}
