/** Where backends write what they measured, while somebody profiles. */
import type { Place } from "../core/place.ts";

/** One kernel of one call. Times in milliseconds, as `performance.now()` gives them. */
export interface KernelRun {
  readonly name: string;
  /** What kind of loops, and over how much: for the table. */
  readonly shape: string;
  readonly place: Place | undefined;
  readonly start: number;
  readonly end: number;
  /** Bytes of the buffers that it reads and writes, each counted once. */
  readonly bytes: number;
  /** Floating-point operations of a matrix product; 0 for anything else. */
  readonly operations: number;
  readonly threads: number;
}

/** Undefined unless a profile is being taken: what does not measure costs nothing. */
export const profiling: { record: ((run: KernelRun) => void) | undefined } = { record: undefined };
