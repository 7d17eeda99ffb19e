/**
 * Pointers into buffers that move with the loops. Accesses of one buffer by the same strides share a pointer and differ in immediate offsets.
 * At each loop along which it moves a pointer gets a local of its own; the one outside stays where it is.
 */
import { dtypes } from "../../../core/dtype.ts";
import type { Access, Buffer } from "../../../kernel/ir.ts";
import type { FunctionBuilder } from "../assembler.ts";
import type { Loop } from "./nest.ts";

/** i32 locals that are used again. */
export class IntegerLocals {
  readonly fn: FunctionBuilder;
  readonly #free: number[] = [];
  constructor(fn: FunctionBuilder) {
    this.fn = fn;
  }
  take(): number {
    return this.#free.pop() ?? this.fn.local("i32");
  }
  giveBack(local: number): void {
    this.#free.push(local);
  }
}

export class Pointer {
  readonly buffer: Buffer;
  readonly strides: readonly number[];
  /** The smallest offset of the accesses, in elements. */
  least: number;
  /** The local that points to the element at `least` plus the strides of the loops under way. */
  local = -1;

  constructor(access: Access) {
    this.buffer = access.buffer;
    this.strides = access.strides;
    this.least = access.offset;
  }

  get elementBytes(): number {
    return dtypes[this.buffer.dtype].bytes;
  }
  stride(loop: Loop): number {
    return (this.strides[loop.dimension] as number) * loop.step * this.elementBytes;
  }
  /** The immediate offset of an access. */
  offsetOf(access: Access): number {
    return (access.offset - this.least) * this.elementBytes;
  }
}

export class Pointers {
  readonly #byKey: Map<string, Pointer> = new Map<string, Pointer>();
  readonly all: Pointer[] = [];

  add(access: Access): Pointer {
    const key = `${access.buffer.id}:${access.strides.join()}`;
    const known = this.#byKey.get(key);
    if (known === undefined) {
      const pointer = new Pointer(access);
      this.#byKey.set(key, pointer);
      this.all.push(pointer);
      return pointer;
    }
    known.least = Math.min(known.least, access.offset);
    return known;
  }

  of(access: Access): Pointer {
    return this.#byKey.get(`${access.buffer.id}:${access.strides.join()}`) as Pointer;
  }
}
