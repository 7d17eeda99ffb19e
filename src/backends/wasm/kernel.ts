/**
 * A kernel spelled as one function `(table, begin, end, scratch)`: `table` holds the address of each buffer, `[begin, end)` is the range of
 * parallel units to work on, `scratch` is memory of this thread. Any split of the units gives the same bits.
 */
import type { FunctionBuilder } from "./assembler.ts";

export interface EmittedKernel {
  readonly function: FunctionBuilder;
  /** How many units there are to share out. */
  readonly units: number;
  /** Estimated nanoseconds on one thread. */
  readonly cost: number;
  /** Bytes of scratch memory it needs on each thread. */
  readonly scratch: number;
}
