/**
 * A compiled program: finds the memory of every buffer, runs the module, and makes arrays of what it leaves. A call allocates nothing but its
 * results.
 */
import { InternalError, UnsupportedError } from "../../errors.ts";
import { ConcreteArray, isLent, type Storage } from "../../core/concrete.ts";
import { dtypes, type TypedArray } from "../../core/dtype.ts";
import { hasEffects } from "../../core/effects.ts";
import { atPlace, type Place } from "../../core/place.ts";
import { sameType, type TensorType } from "../../core/type.ts";
import type { Block } from "../../kernel/allocator.ts";
import type { Buffer, HostKernel, KernelProgram } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import type { Executable } from "../backend.ts";
import { type Compiled, hostService } from "./compile.ts";
import { placeConstants } from "./constants.ts";
import type { Emission } from "./emission.ts";
import type { Heap, Slot } from "./heap.ts";
import { runHostKernel } from "./host-kernels.ts";
import { faultCheck, faultValue, tableHeader } from "./layout.ts";
import type { Runtime } from "./runtime.ts";
import { settings } from "./settings.ts";
import { recordTimes } from "./timing.ts";
import { profiling } from "../profiling.ts";
import { largestTemporaries, placesOf } from "./origins.ts";
import { Panels } from "./panels.ts";
import { copyIn, HeapStorage, NumberStorage, pooled } from "./storage.ts";
import { type Input, type Wiring, wiringOf } from "./wiring.ts";

/** A module of a program, and what it is made of. */
export interface Made {
  readonly emission: Emission;
  readonly compiled: Compiled;
}

export interface ProgramParts extends Made {
  readonly kernels: KernelProgram;
  readonly plan: MemoryPlan;
  /** The same with a clock between the kernels, for profiles. */
  timed(): Made;
  /** How many there are, used or not. */
  readonly inputs: number;
  readonly outputTypes: readonly TensorType[];
  /** How messages speak of an input. */
  readonly inputName: (input: number) => string;
  readonly constants: readonly ConcreteArray[];
  /** Evaluates the program without memory of ours. */
  readonly fallback: (inputs: readonly ConcreteArray[]) => ConcreteArray[];
}

/** What a program holds, apart from anything that leads to the program itself. */
interface Holdings {
  readonly heap: Heap;
  readonly block: Block;
  readonly panels: Panels;
  readonly release: () => void;
}
const freed = new FinalizationRegistry<Holdings>(({ heap, block, panels, release }) => {
  panels.release();
  heap.give(block);
  release();
});

export class WasmExecutable implements Executable {
  readonly takesLent = true;
  readonly #runtime: Runtime;
  readonly parts: ProgramParts;
  /** The address of the table, and its place among words. */
  readonly #table: number;
  readonly #words: number;
  readonly #wiring: Wiring;
  readonly #panels: Panels;
  readonly #slotOf: (buffer: Buffer) => Slot | undefined;
  /** Where in the user's source what a buffer holds is made. */
  readonly #places: ReadonlyMap<Buffer, Place>;
  readonly #largest: () => string;
  #arena: Block | undefined;
  /** Whether everything has its place in this call: from then on it may have changed something. */
  #placed = false;
  /** What this call uses, by buffer. */
  readonly #slots: (Slot | undefined)[];
  /** Slots of lent inputs, which nobody asks for after the call. */
  readonly #borrowed: Slot[] = [];
  #hostError: unknown;
  #hostFailed = false;
  /** This call has done something that must not be done twice. */
  #calledBack = false;
  readonly #serve: (kernel: number) => void;
  #timed: Made | undefined;
  /** When each kernel of this call began. */
  readonly #times: number[] = [];

  constructor(runtime: Runtime, parts: ProgramParts) {
    this.#runtime = runtime;
    this.parts = parts;
    const { heap } = runtime;
    const { kernels, plan } = parts;
    const block = heap.take(tableHeader + 4 * parts.emission.words, "the table of a program");
    this.#table = block.address + tableHeader;
    this.#words = this.#table >>> 2;
    heap.words[(this.#table + faultCheck) >>> 2] = 0;
    this.#slots = kernels.buffers.map(() => undefined);
    this.#wiring = wiringOf(kernels, plan, parts.inputName);
    let release: () => void;
    try {
      release = placeConstants(runtime, kernels, plan, this.#words, parts.constants);
    } catch (error) {
      heap.give(block);
      throw error;
    }
    this.#panels = new Panels(heap, this.#words);
    freed.register(this, { heap, block, panels: this.#panels, release });
    this.#slotOf = ({ id }) => this.#slots[id];
    this.#places = placesOf(kernels, plan);
    this.#largest = () => largestTemporaries(kernels, plan, this.#places);
    runtime.reserveArena(plan.arena, this.#largest);
    // workers get ready while the first calls run on this thread; those of a call that runs now are left alone
    if (parts.emission.parallel && !runtime.busy) runtime.pool.threadsFor(parts.compiled, settings().threads);
    const addressOf = (b: Buffer): number => (heap.words[this.#words + b.id] as number) >>> 0;
    this.#serve = (k) => {
      if (k < 0) {
        this.#times[-1 - k] = performance.now();
        return;
      }
      // after a failure nobody is called with what there happens to be
      if (heap.words[(this.#table + faultCheck) >>> 2] !== 0) return;
      const host = parts.emission.hosts[k] as HostKernel;
      this.#calledBack ||= hasEffects(host.equation);
      try {
        runHostKernel(host, heap, addressOf);
      } catch (error) {
        // loops end at once
        heap.words[(this.#table + faultCheck) >>> 2] = -1;
        this.#hostFailed = true;
        this.#hostError = error;
      }
    };
  }

  run(inputs: readonly ConcreteArray[]): ConcreteArray[] {
    const runtime = this.#runtime;
    if (inputs.length !== this.parts.inputs) throw new InternalError(`a program of ${this.parts.inputs} inputs was run on ${inputs.length}`);
    if (runtime.busy) return this.parts.fallback(inputs.map((x) => x.kept));
    runtime.reserveArena(this.parts.plan.arena, this.#largest);
    const given = this.#wiring.passedOn.size === 0 ? inputs : inputs.map((x, i) => (this.#wiring.passedOn.has(i) ? x.kept : x));
    try {
      return this.#attempt(given);
    } catch (error) {
      // perhaps the temporaries of a larger program are in the way
      if (this.#placed || !(error instanceof UnsupportedError) || !runtime.shrinkArena(this.parts.plan.arena)) throw error;
      return this.#attempt(given);
    }
  }

  #attempt(inputs: readonly ConcreteArray[]): ConcreteArray[] {
    const runtime = this.#runtime;
    runtime.busy = true;
    this.#placed = false;
    try {
      runtime.heap.now++;
      this.#placeArena();
      this.#placeInputs(inputs);
      this.#placeOutputs();
      this.#placed = true;
      this.#call(inputs);
      return this.#results(inputs);
    } finally {
      this.#unpin();
      runtime.busy = false;
    }
  }

  #placeArena(): void {
    const runtime = this.#runtime;
    if (this.#arena === runtime.arena) return;
    const { address } = runtime.arena;
    for (const [id, offset] of this.#wiring.inArena) runtime.heap.words[this.#words + id] = address + offset;
    this.#arena = runtime.arena;
  }

  #placeInputs(inputs: readonly ConcreteArray[]): void {
    const { heap } = this.#runtime;
    const arena = this.#runtime.arena.address;
    const repeated = this.#wiring.takesOver ? repeatedIn(inputs, heap) : undefined;
    for (const input of this.#wiring.inputs) {
      const { index, buffer, staged } = input;
      const array = inputs[index] as ConcreteArray;
      const { storage } = array;
      if (staged >= 0) {
        const inHeap = storage instanceof HeapStorage && storage.heap === heap && storage.slot.block !== undefined;
        if (!inHeap && !this.#comesAgain(storage, buffer)) {
          heap.words[this.#words + buffer.id] = arena + staged;
          this.#stage(input, array);
          continue;
        }
      }
      const slot = input.heirs.length > 0 ? this.#handOver(array, input, repeated) : this.#slotFor(array, index);
      this.#use(slot, buffer);
      for (const heir of input.heirs) heap.words[this.#words + heir.id] = (slot.block as Block).address;
    }
  }

  #slotFor({ type, storage, splat }: ConcreteArray, index: number): Slot {
    const role = `argument ${index} of a program`;
    if (!isLent(storage)) return this.#runtime.resident(type, storage, splat, role);
    const slot = this.#runtime.filled(type, storage, splat, role);
    this.#borrowed.push(slot);
    return slot;
  }

  /** Copies an input to its place in the arena. */
  #stage({ buffer, staged }: Input, { storage, splat }: ConcreteArray): void {
    const { heap, arena } = this.#runtime;
    const view = heap.views[buffer.dtype];
    copyIn(storage, splat, view, (arena.address + staged) / view.BYTES_PER_ELEMENT, buffer.length);
  }

  /** Arrays from JavaScript's memory that are worth a slot of their own: large ones that have been seen before. */
  #comesAgain(storage: Storage, buffer: Buffer): boolean {
    if (bytesOf(buffer) < 16384 || isLent(storage)) return false;
    if (seen.has(storage)) return true;
    seen.add(storage);
    return false;
  }

  /** A slot that results may take over: the input's own where nobody else uses it, else a copy. */
  #handOver(array: ConcreteArray, { buffer }: Input, repeated: ReadonlySet<Slot> | undefined): Slot {
    const { heap } = this.#runtime;
    const { storage, type } = array;
    if (storage instanceof HeapStorage && storage.heap === heap && storage.slot.block !== undefined && storage.slot.pins === 0 && repeated?.has(storage.slot) !== true) return storage.slot;
    const slot = heap.slot(type, bytesOf(buffer), "a result of a program");
    const view = heap.views[buffer.dtype];
    const at = (slot.block as Block).address / view.BYTES_PER_ELEMENT;
    if (storage instanceof HeapStorage && storage.heap === heap && storage.slot.block !== undefined) {
      const from = storage.slot.block.address / view.BYTES_PER_ELEMENT;
      view.copyWithin(at, from, from + buffer.length);
    } else copyIn(storage, array.splat, view, at, buffer.length);
    return slot;
  }

  #use(slot: Slot, buffer: Buffer): void {
    const { heap } = this.#runtime;
    slot.pins++;
    slot.used = heap.now;
    this.#slots[buffer.id] = slot;
    heap.words[this.#words + buffer.id] = (slot.block as Block).address;
  }

  #placeOutputs(): void {
    const { heap } = this.#runtime;
    for (const { output, buffer, sharers } of this.#wiring.fresh) {
      const slot = heap.slot(this.parts.outputTypes[output] as TensorType, bytesOf(buffer), "a result of a program", this.#places.get(buffer));
      this.#use(slot, buffer);
      for (const b of sharers) heap.words[this.#words + b.id] = (slot.block as Block).address;
    }
  }

  #unpin(): void {
    const slots = this.#slots;
    for (const { buffer } of this.#wiring.inputs) unpin(slots, buffer.id);
    for (const { buffer } of this.#wiring.fresh) unpin(slots, buffer.id);
    for (const slot of this.#borrowed) this.#runtime.heap.free(slot);
    this.#borrowed.length = 0;
  }

  #call(inputs: readonly ConcreteArray[]): void {
    const { pool } = this.#runtime;
    const timed = profiling.record !== undefined;
    const { compiled, emission } = timed ? (this.#timed ??= this.parts.timed()) : this.parts;
    hostService.serve = this.#serve;
    this.#hostFailed = this.#calledBack = false;
    const wanted = emission.parallel ? settings().threads : 1;
    const threads = wanted > 1 ? pool.threadsFor(compiled, wanted) : 1;
    this.#runtime.reserveScratch(emission.scratch, threads);
    if (emission.shared > 0) this.#runtime.reserveShared(emission.shared);
    if (threads > 1 && emission.counters > 0) this.#runtime.reserveCounters(emission.counters, threads);
    if (emission.panels.length > 0) this.#panels.place(emission.panels, this.#slotOf);
    this.#runtime.heap.spareInUse = true;
    const began = timed ? performance.now() : 0;
    try {
      if (threads === 1) compiled.run(this.#table, 0, 1);
      else this.#runOnThreads(compiled, threads, inputs);
      if (timed) this.#recordTimes(emission, threads, began);
      this.#throwFaults(emission);
      this.#panels.filled();
    } catch (error) {
      this.#giveUp();
      throw error;
    } finally {
      this.#runtime.heap.spareInUse = false;
    }
  }

  /** What host kernels and checks found. */
  #throwFaults(emission: Emission): void {
    const { heap } = this.#runtime;
    if (this.#hostFailed) {
      heap.words[(this.#table + faultCheck) >>> 2] = 0;
      const error = this.#hostError;
      this.#hostError = undefined;
      throw error;
    }
    const fault = heap.words[(this.#table + faultCheck) >>> 2] as number;
    if (fault !== 0) {
      heap.words[(this.#table + faultCheck) >>> 2] = 0;
      const { check, kernel } = emission.checks[fault - 1] as Emission["checks"][number];
      throw atPlace(kernel.place, () => check.message(heap.doubles[(this.#table + faultValue) / 8] as number));
    }
  }

  /** After a failure nobody gets the results, and nobody knows what is in memory that they were to take over. */
  #giveUp(): void {
    const { heap } = this.#runtime;
    // a loop may have been left in the middle
    this.#arena = undefined;
    for (const { buffer } of this.#wiring.fresh) heap.free(this.#slots[buffer.id] as Slot);
    for (const { buffer, heirs, failed } of this.#wiring.inputs) if (heirs.length > 0) heap.free(this.#slots[buffer.id] as Slot, failed);
  }

  #recordTimes({ steps }: Emission, threads: number, began: number): void {
    const { kernels: { kernels }, plan } = this.parts;
    // others may have worked on the first kernel before this thread came to it
    this.#times[0] = began;
    this.#times[kernels.length] = performance.now();
    recordTimes(kernels, plan, this.#times, steps.map((s) => s.parallel), threads);
    this.#times.length = 0;
  }

  #runOnThreads(compiled: Compiled, threads: number, inputs: readonly ConcreteArray[]): void {
    const { pool } = this.#runtime;
    const together = pool.fork(compiled, this.#table, threads);
    try {
      compiled.run(this.#table, 0, together ? threads : 1);
    } catch (cause) {
      const others = together && pool.failed;
      pool.end();
      if (!others) throw cause;
      const done = this.#wiring.takesOver ? "a donated array was being overwritten" : this.#calledBack ? "it had called back already" : undefined;
      if (done !== undefined) {
        throw new UnsupportedError(`a worker thread ended in the middle of a call that cannot be done again: ${done}`, { cause, hint: "all goes on without workers now: call again, with the donated arrays made anew" });
      }
      // once more, alone: slots are as they were, but in the arena other things may lie where inputs were
      for (const input of this.#wiring.inputs) if (input.staged >= 0 && this.#slots[input.buffer.id] === undefined) this.#stage(input, inputs[input.index] as ConcreteArray);
      this.#restoreTable();
      this.#hostFailed = false;
      compiled.run(this.#table, 0, 1);
    }
  }

  /** Addresses as they are at the beginning of a call: loops move them. */
  #restoreTable(): void {
    const { words } = this.#runtime.heap;
    this.#arena = undefined;
    this.#placeArena();
    this.#slots.forEach((slot, id) => {
      if (slot !== undefined) words[this.#words + id] = (slot.block as Block).address;
    });
    for (const { buffer, heirs } of this.#wiring.inputs) for (const b of heirs) words[this.#words + b.id] = words[this.#words + buffer.id] as number;
    for (const { buffer, sharers } of this.#wiring.fresh) for (const b of sharers) words[this.#words + b.id] = words[this.#words + buffer.id] as number;
    words[(this.#table + faultCheck) >>> 2] = 0;
  }

  #results(inputs: readonly ConcreteArray[]): ConcreteArray[] {
    const runtime = this.#runtime;
    const { heap } = runtime;
    const { kernels: { outputs }, plan, outputTypes } = this.parts;
    const results = new Array<ConcreteArray>(outputs.length);
    for (let i = 0; i < outputs.length; i++) {
      const source = outputs[i] as KernelProgram["outputs"][number];
      const type = outputTypes[i] as TensorType;
      if (source.kind === "constant") results[i] = source.array;
      else if (source.kind === "input") {
        const array = inputs[source.index] as ConcreteArray;
        results[i] = sameType(array.type, type) ? array : array.withType(type);
      } else {
        const { buffer } = source;
        const home = plan.homes[buffer.id];
        const earlier = this.#wiring.earlier[i] as number;
        if (home?.kind === "arena") results[i] = smallResult(type, buffer, heap.views[buffer.dtype], runtime.arena.address + home.offset);
        else if (earlier >= 0) results[i] = (results[earlier] as ConcreteArray).withType(type);
        else if (home?.kind === "result") results[i] = new ConcreteArray(type, new HeapStorage(heap, this.#slots[buffer.id] as Slot));
        else if (home?.kind === "input") results[i] = new ConcreteArray(type, new HeapStorage(heap, this.#takeOver(type, home.buffer, buffer)));
        else throw new InternalError(`output ${i} of a program has no memory`);
      }
    }
    return results;
  }

  /** The slot of a donated input, now that of a result. */
  #takeOver(type: TensorType, input: Buffer, output: Buffer): Slot {
    const { heap } = this.#runtime;
    const old = this.#slots[input.id] as Slot;
    unpin(this.#slots, input.id);
    return heap.takeOver(old, type, "a result of a program", this.#places.get(output), (this.#wiring.inputOf.get(input) as Input).gone);
  }
}

/** Arrays that came as large inputs once. */
const seen = new WeakSet<object>();

/** The slots of arrays that are passed more than once in this call; undefined: there are none. */
function repeatedIn(inputs: readonly ConcreteArray[], heap: Heap): ReadonlySet<Slot> | undefined {
  let repeated: Set<Slot> | undefined;
  for (const { storage } of inputs) {
    if (!(storage instanceof HeapStorage) || storage.heap !== heap) continue;
    const { slot } = storage;
    if (slot.used === heap.now) (repeated ??= new Set()).add(slot);
    slot.used = heap.now;
  }
  return repeated;
}

function unpin(slots: (Slot | undefined)[], id: number): void {
  const slot = slots[id];
  if (slot === undefined) return;
  slot.pins--;
  slots[id] = undefined;
}

function smallResult(type: TensorType, { dtype, length }: Buffer, view: TypedArray, address: number): ConcreteArray {
  const at = address / dtypes[dtype].bytes;
  if (length !== 1) return new ConcreteArray(type, pooled(dtype, view, at, length));
  const value = view[at] as number;
  return new ConcreteArray(type, new NumberStorage(dtype, value), value);
}
