/** Turns of phrase of the emitters here: pointers that move by constants, counted loops, offsets folded into loads. */
import type { FunctionBuilder } from "../assembler.ts";

/** local += bytes. */
export function advance(f: FunctionBuilder, local: number, bytes: number): void {
  if (bytes !== 0) f.op("local.get", local).op("i32.const", bytes).op("i32.add").op("local.set", local);
}

/** Leaves `local + bytes` on the stack. */
export function plus(f: FunctionBuilder, local: number, bytes: number): void {
  f.op("local.get", local);
  if (bytes !== 0) f.op("i32.const", bytes).op("i32.add");
}

/** target = base + index · stride. */
export function place(f: FunctionBuilder, target: number, base: number, index: number, stride: number): void {
  f.op("local.get", base);
  if (stride !== 0) f.op("local.get", index).op("i32.const", stride).op("i32.mul").op("i32.add");
  f.op("local.set", target);
}

/** Runs the body `count` times, for a count of at least 1 that is known now; once without a loop. */
export function repeat(f: FunctionBuilder, count: number, body: () => void): void {
  if (count === 1) return body();
  const left = f.local("i32");
  f.op("i32.const", count).op("local.set", left);
  f.nest("loop", () => {
    body();
    f.op("local.get", left).op("i32.const", 1).op("i32.sub").op("local.tee", left).op("br_if", 0);
  });
}

/** `while (index < end) body`; the body moves the index. */
export function until(f: FunctionBuilder, index: number, end: number, body: () => void): void {
  f.nest("block", () => {
    f.nest("loop", () => {
      f.op("local.get", index).op("local.get", end).op("i32.ge_u").op("br_if", 1);
      body();
      f.op("br", 0);
    });
  });
}

/** target = min(a, b), unsigned, of what two functions leave on the stack. */
export function minimum(f: FunctionBuilder, target: number, a: () => void, b: () => void): void {
  const other = f.local("i32");
  a();
  f.op("local.set", target);
  b();
  f.op("local.tee", other).op("local.get", target).op("local.get", other).op("local.get", target).op("i32.lt_u").op("select").op("local.set", target);
}

/** A pointer from which several constant distances are read: memory offsets cannot be negative, so it moves to the lowest of them. */
export class Window {
  readonly #lowest: number;
  constructor(f: FunctionBuilder, pointer: number, distances: readonly number[]) {
    this.#lowest = Math.min(0, ...distances);
    advance(f, pointer, this.#lowest);
  }
  /** The memory offset of a distance. */
  at(distance: number): { readonly offset: number } {
    return { offset: distance - this.#lowest };
  }
}

/** All i · rowStride + j · columnStride. */
export function grid(rows: number, rowStride: number, columns: number, columnStride: number): number[] {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => i * rowStride + j * columnStride)).flat();
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
