/**
 * A kernel spelled as one function `(table, begin, end, scratch)`: `table` holds the address of each buffer, `[begin, end)` is the range of
 * parallel units to work on, `scratch` is memory of this thread. Any split of the units gives the same bits.
 */
import type { Buffer } from "../../kernel/ir.ts";
import type { FunctionBuilder } from "./assembler.ts";

/** What all threads do before any of them begins with the kernel. */
export interface PackedTogether extends Pick<EmittedKernel, "function" | "units" | "grain" | "cost"> {
  /** Bytes of the memory for it (`control.shared`), and of scratch memory on each thread. */
  readonly bytes: number;
  readonly scratch: number;
}

export interface EmittedKernel {
  readonly function: FunctionBuilder;
  /** The function finds its table in the first bytes after everybody's scratch memory, filled with these words of the program's; undefined: the program's is its own. */
  readonly words?: readonly number[];
  /** It is in a loop that leaves an operand as it is, whose panels stay from turn to turn: the word of `keepPanels`. */
  readonly keptWord?: number | undefined;
  /** How many units there are to share out. */
  readonly units: number;
  /** How many should be worked on at once at least: what is done once for all of them is dear. */
  readonly grain: number;
  /** Estimated nanoseconds on one thread. */
  readonly cost: number;
  /** Bytes of scratch memory it needs on each thread. */
  readonly scratch: number;
  /** Comes first, with the same table. */
  readonly pack?: PackedTogether | undefined;
}

/** What a kernel finds in its table, by word. */
export interface KernelTable {
  /** Where the address of a buffer is. */
  wordOf(buffer: Buffer): number;
  /**
   * Where to find, if at all, the address of so many bytes that stay from call to call and hold the buffer's elements packed, and in the next word
   * whether they do; an address of 0 says: not in this call.
   */
  keepPanels(buffer: Buffer, bytes: number): number | undefined;
}

/** Addresses of buffers by their number, and nothing kept. */
export const plainTable: KernelTable = { wordOf: (buffer) => buffer.id, keepPanels: () => undefined };
