/** What all executables of this thread of JavaScript share: the heap, the workers, the modules, the arena and the scratch memory. */
import type { Storage } from "../../core/concrete.ts";
import { dtypes, type TypedArray } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { TensorType } from "../../core/type.ts";
import type { Block } from "../../kernel/allocator.ts";
import { ModuleCache } from "./compile.ts";
import { Heap, type HeapOptions, type Slot } from "./heap.ts";
import { control } from "./layout.ts";
import { settings } from "./settings.ts";
import { counterStride } from "./sharing.ts";
import { copyIn, HeapStorage } from "./storage.ts";
import { Pool } from "./threads/pool.ts";

/** Stands for elements that are still where they came from: nothing has to be copied out. */
const elsewhere: TypedArray = new Uint8Array(0);

export class Runtime {
  readonly heap: Heap;
  readonly pool: Pool;
  readonly modules: ModuleCache;
  /** Memory for the temporaries of whichever program runs. */
  arena: Block;
  #arenaBytes = 0;
  #scratch: Block | undefined;
  #scratchStride = 0;
  #scratchThreads = 0;
  #shared: Block | undefined;
  #sharedBytes = 0;
  #counters: Block | undefined;
  #counterStride = 0;
  #counterThreads = 0;
  /** A program is running: another one must not touch the arena. */
  busy = false;
  /** Slots of arrays in JavaScript's memory that programs have used. */
  readonly #residents: WeakMap<Storage, Slot> = new WeakMap<Storage, Slot>();
  readonly #left: FinalizationRegistry<Slot>;

  constructor(options: HeapOptions) {
    this.heap = new Heap(options);
    this.pool = new Pool(this.heap);
    this.modules = new ModuleCache(this.heap, this.pool);
    this.arena = this.heap.take(0, "temporaries");
    this.#left = new FinalizationRegistry((slot) => {
      if (slot.pins === 0) this.heap.free(slot);
    });
  }

  /** Makes the arena at least so large. It may move, but not while a program works in it: whoever compiles meanwhile gets it when its program runs. `largest` names what takes most of it. */
  reserveArena(bytes: number, largest: () => string = () => ""): void {
    if (bytes <= this.#arenaBytes || this.busy) return;
    this.heap.give(this.arena);
    try {
      this.arena = this.heap.take(bytes, { role: "temporaries of a program", largest });
      this.#arenaBytes = bytes;
    } catch (error) {
      // the programs that there are go on as before
      this.arena = this.heap.take(this.#arenaBytes, "temporaries");
      throw error;
    }
  }

  /** Leaves the arena no more than this; false where it had no more. Other programs make it larger again when they run. */
  shrinkArena(bytes: number): boolean {
    if (bytes >= this.#arenaBytes || this.busy) return false;
    this.heap.give(this.arena);
    this.arena = this.heap.take(bytes, "temporaries");
    this.#arenaBytes = bytes;
    return true;
  }

  /** Makes scratch memory of so many bytes for so many threads. */
  reserveScratch(bytes: number, threads: number): void {
    if (bytes <= this.#scratchStride && threads <= this.#scratchThreads) return;
    const stride = Math.ceil(Math.max(bytes, this.#scratchStride, 64) / 64) * 64 + 64;
    const count = Math.max(threads, this.#scratchThreads);
    if (this.#scratch !== undefined) this.heap.give(this.#scratch);
    this.#scratch = undefined;
    this.#scratchStride = this.#scratchThreads = 0;
    this.#scratch = this.heap.take(stride * count, "scratch memory of a program");
    this.#scratchStride = stride - 64;
    this.#scratchThreads = count;
    this.heap.words[control.scratchBase >>> 2] = this.#scratch.address;
    this.heap.words[control.scratchStride >>> 2] = stride;
  }

  /** Makes memory of so many bytes for what threads pack together. */
  reserveShared(bytes: number): void {
    if (bytes <= this.#sharedBytes) return;
    if (this.#shared !== undefined) this.heap.give(this.#shared);
    this.#shared = undefined;
    this.#sharedBytes = 0;
    this.#shared = this.heap.take(bytes, "packed operands of matrix products");
    this.#sharedBytes = bytes;
    this.heap.words[control.shared >>> 2] = this.#shared.address;
  }

  /** Makes so many counters for each of so many threads, all 0. */
  reserveCounters(count: number, threads: number): void {
    const stride = counterStride(count);
    if (stride <= this.#counterStride && threads <= this.#counterThreads) return;
    const bytes = Math.max(stride, this.#counterStride) * Math.max(threads, this.#counterThreads);
    const block = this.heap.take(bytes, "counters of a program");
    if (this.#counters !== undefined) this.heap.give(this.#counters);
    this.#counters = block;
    this.#counterStride = Math.max(stride, this.#counterStride);
    this.#counterThreads = Math.max(threads, this.#counterThreads);
    const { words } = this.heap;
    words.fill(0, block.address >>> 2, (block.address + bytes) >>> 2);
    words[control.counters >>> 2] = block.address;
    words[control.counterStride >>> 2] = this.#counterStride;
  }

  /** A new slot with the elements of an array that is not in the heap. */
  filled(type: TensorType, storage: Storage, splat: number | undefined, role: string): Slot {
    const { heap } = this;
    const length = sizeOf(type.shape);
    const { bytes } = dtypes[type.dtype];
    const slot = heap.slot(type, length * bytes, role);
    copyIn(storage, splat, heap.views[type.dtype], (slot.block as Block).address / bytes, length);
    return slot;
  }

  /** The slot of an array, filled if it was not in the heap. */
  resident(type: TensorType, storage: Storage, splat: number | undefined, role: string): Slot {
    const { heap } = this;
    if (storage instanceof HeapStorage && storage.heap === heap) {
      const { slot } = storage;
      if (slot.block === undefined) {
        heap.restore(slot, storage.read());
        heap.hold(slot, storage);
      }
      return slot;
    }
    let slot = this.#residents.get(storage);
    if (slot?.block === undefined) {
      slot = this.filled(type, storage, splat, role);
      slot.data = elsewhere;
      // it may come back a million times
      if (this.#residents.has(storage)) this.#left.unregister(storage);
      this.#residents.set(storage, slot);
      this.#left.register(storage, slot, storage);
    }
    return slot;
  }
}

let one: Runtime | undefined;

/** The runtime of this thread of JavaScript, made when first asked for. */
export function runtime(): Runtime {
  const { heapBudget, heapMaximum } = settings();
  return (one ??= new Runtime({ budget: heapBudget, maximum: heapMaximum }));
}
/** The runtime if there is one already. */
export function existingRuntime(): Runtime | undefined {
  return one;
}
