/** What users may set for all functions at once: the backend's threads and memory, and what is checked while programs run. */
import { ArgumentError } from "../errors.ts";
import { type Configuration as BackendConfiguration, configure as configureBackend } from "../backends/wasm/configure.ts";
import { describe } from "../core/shape.ts";
import { debugging } from "../trace/debug-nans.ts";

export interface Configuration extends BackendConfiguration {
  /** Every program, and every operation on arrays outside of one, throws a `NaNError` where a result is not a number. Default: false. */
  readonly debugNaNs?: boolean | undefined;
  /** The same for infinite results. Default: false. */
  readonly debugInfs?: boolean | undefined;
}

/**
 * Changes the options given; `undefined` restores a default. Returns what all of them are now.
 *
 * @throws ArgumentError for an unknown option, a value out of range, and `heapMaximum` after the first program.
 * @example
 * configure({ threads: 1 });         // programs stay on the calling thread
 * configure({ threads: undefined }); // as many as the machine has
 * configure({ heapBudget: 2 ** 26 }).heapBudget; // 67108864
 * configure({ debugNaNs: true });    // what gives a NaN is an error from now on
 * configure({ debugNaNs: false }).debugNaNs; // false
 */
export function configure(configuration: Configuration = {}): Readonly<Required<{ [K in keyof Configuration]: NonNullable<Configuration[K]> }>> {
  if (typeof configuration !== "object" || configuration === null || Array.isArray(configuration)) return configureBackend(configuration) as never;
  const { debugNaNs, debugInfs, ...backend } = configuration;
  for (const [key, value] of Object.entries({ debugNaNs, debugInfs })) {
    if (value !== undefined && typeof value !== "boolean") throw new ArgumentError(`configure: ${key} is true or false, got ${describe(value)}`);
  }
  const numbers = configureBackend(backend);
  if ("debugNaNs" in configuration) debugging.nans = debugNaNs ?? false;
  if ("debugInfs" in configuration) debugging.infs = debugInfs ?? false;
  return { ...numbers, debugNaNs: debugging.nans, debugInfs: debugging.infs };
}
