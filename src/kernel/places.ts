/** Where buffers lie and for how long, and the sharing out of one stretch of addresses among those that do not live at the same time. */
import { dtypes } from "../core/dtype.ts";
import { Allocator, type Block } from "./allocator.ts";
import type { Buffer, ControlKernel } from "./ir.ts";

/** The memory that a buffer lies in. */
export type Home =
  | { readonly kind: "arena"; readonly offset: number }
  /** New at each call; the call's result keeps it. `buffer` is the output, which another buffer may share the memory of. */
  | { readonly kind: "result"; readonly buffer: Buffer }
  /** That of an input. */
  | { readonly kind: "input"; readonly buffer: Buffer }
  | { readonly kind: "constant" }
  /** That of a buffer outside the control kernel, or an element of it. */
  | { readonly kind: "shared"; readonly with: Buffer }
  | { readonly kind: "unused" };

/** Positions of the kernels that first write and last touch a buffer; −1 is before the first kernel. */
export interface Lifetime {
  readonly first: number;
  readonly last: number;
  /** The control kernel, and the list in it, whose kernels are counted; undefined: those of the program. */
  readonly within?: { readonly kernel: ControlKernel; readonly list: number };
}

export function bytesOf(buffer: Buffer): number {
  return buffer.length * dtypes[buffer.dtype].bytes;
}

/** Readable bytes after a buffer. */
const margin = 64;

/** Bytes that lie in one place, and the kernels from and to which it is taken. */
export interface Stretch {
  readonly put: (offset: number) => void;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Gives each its offset, best fit, in the order of the kernels; larger ones first where several begin together. Returns the bytes needed. */
export function placeStretches(stretches: readonly Stretch[], kernels: number): number {
  const ending: Block[][] = Array.from({ length: kernels + 2 }, () => []);
  const allocator = new Allocator(0, 0);
  let freed = -1;
  let peak = 0;
  for (const { put, bytes, first, last } of [...stretches].sort((a, b) => a.first - b.first || b.bytes - a.bytes)) {
    for (; freed < first; freed++) for (const block of ending[freed + 1] as Block[]) allocator.give(block);
    let block = allocator.take(bytes + margin);
    if (block === undefined) {
      allocator.extend(allocator.end + Math.ceil((bytes + margin - allocator.freeAtEnd) / 64) * 64);
      block = allocator.take(bytes + margin) as Block;
    }
    peak = Math.max(peak, block.address + block.size);
    (ending[last + 1] as Block[]).push(block);
    put(block.address);
  }
  return peak;
}
