/** Where results of the wasm backend keep their elements: a slot of the heap, a piece of a pool in JavaScript's memory, or one number. */
import type { Storage } from "../../core/concrete.ts";
import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { ArgumentError } from "../../errors.ts";
import type { Heap, Slot } from "./heap.ts";

/** Owns a slot: when no array holds this any more, the slot is free. */
export class HeapStorage implements Storage {
  readonly heap: Heap;
  readonly slot: Slot;
  constructor(heap: Heap, slot: Slot) {
    this.heap = heap;
    this.slot = slot;
    heap.hold(slot, this);
  }
  read(): TypedArray {
    const { slot } = this;
    if (slot.data === undefined && slot.block === undefined) {
      const { message, hint } = slot.gone?.() ?? { message: "this array has no elements any more", hint: undefined };
      throw new ArgumentError(message, { hint });
    }
    return (slot.data ??= this.heap.copyOut(slot));
  }
}

/** Elements in a larger array that holds those of many small results. */
class PooledStorage implements Storage {
  #chunk: TypedArray;
  readonly #start: number;
  readonly #length: number;
  constructor(chunk: TypedArray, start: number, length: number) {
    this.#chunk = chunk;
    this.#start = start;
    this.#length = length;
  }
  /** A copy, made once: a view would let everything else in the pool be reached through its buffer. */
  read(): TypedArray {
    if (this.#chunk.length !== this.#length) this.#chunk = this.#chunk.slice(this.#start, this.#start + this.#length);
    return this.#chunk;
  }
  /** Copies the elements to a place in another array of the dtype. */
  copyTo(view: TypedArray, at: number): void {
    const chunk = this.#chunk;
    const from = chunk.length === this.#length ? 0 : this.#start;
    for (let i = 0; i < this.#length; i++) view[at + i] = chunk[from + i] as number;
  }
}

/** Elements of the chunks of a pool. */
const chunkLength = 8192;
const chunks: Partial<Record<DType, { array: TypedArray; used: number }>> = {};

/** A copy of a few elements of `view`. */
export function pooled(dtype: DType, view: TypedArray, start: number, length: number): Storage {
  let chunk = chunks[dtype];
  if (chunk === undefined || chunk.used + length > chunkLength) chunks[dtype] = chunk = { array: dtypes[dtype].allocate(chunkLength), used: 0 };
  const { array, used } = chunk;
  for (let i = 0; i < length; i++) array[used + i] = view[start + i] as number;
  chunk.used += length;
  return new PooledStorage(array, used, length);
}

/** One number: a result of rank 0. */
export class NumberStorage implements Storage {
  readonly #dtype: DType;
  readonly #value: number;
  #data: TypedArray | undefined;
  constructor(dtype: DType, value: number) {
    this.#dtype = dtype;
    this.#value = value;
  }
  read(): TypedArray {
    return (this.#data ??= dtypes[this.#dtype].allocate(1).fill(this.#value));
  }
}

/** Writes the elements of an array that is not in the heap to element `at` of a view of its dtype. */
export function copyIn(storage: Storage, splat: number | undefined, view: TypedArray, at: number, length: number): void {
  if (splat !== undefined) {
    if (length === 1) view[at] = splat;
    else view.fill(splat, at, at + length);
  } else if (storage instanceof PooledStorage) storage.copyTo(view, at);
  else {
    const data = storage.read();
    if (length > 32) view.set(data, at);
    else for (let i = 0; i < length; i++) view[at + i] = data[i] as number;
  }
}
