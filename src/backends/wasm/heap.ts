/**
 * The memory that all programs work on: blocks, grown on demand, and slots, the blocks that arrays own. Over its budget the heap copies
 * slots that were not used lately into JavaScript's memory and forgets them, so what nobody holds any more dies like any object.
 */
import { UnsupportedError } from "../../errors.ts";
import { Allocator, type Block, grain } from "../../kernel/allocator.ts";
import type { DType, TypedArray } from "../../core/dtype.ts";
import type { Place } from "../../core/place.ts";
import { showType } from "../../core/type.ts";
import type { TensorType } from "../../core/type.ts";
import { collectSpilled, collector, mayCollect } from "./collector.ts";
import { heapStart } from "./layout.ts";
import { createMemory, pageBytes, type PlainMemory } from "./memory.ts";
import { NearBlocks } from "./near-blocks.ts";

/** Bytes of new results after which dead ones are looked for: about what a cache of the last level holds. */
const reclaimInterval = 16 * 2 ** 20;
/** A look that asks so few says nothing. After so many in a row that freed nothing looks are by whole collections, but for every so many of those. */
const fewAsked = 8;
const mostInVain = 4;
const wholeLooks = 16;
/** Weak references made before what they keep alive is let go. */
const mostHeld = 4096;
/** Readable bytes after every block. */
const margin = 64;

let slots = 0;

/** What memory is wanted for, for messages. */
export interface Claim {
  /** What it is: `a result of a program`. */
  readonly role: string;
  readonly type?: TensorType;
  /** Where in the user's source it is made. */
  readonly place?: Place | undefined;
  /** The largest of the things that share it. */
  readonly largest?: () => string;
}

/** Says, when asked, why an array has no elements any more, and what to do. */
export type Gone = () => { readonly message: string; readonly hint: string };

/** Elements of an array in the heap, or where they went. As long as a slot has elements they are the same: what takes its memory over is another slot. */
export interface Slot extends Claim {
  /** Not 0, and no other slot's ever. */
  readonly id: number;
  readonly type: TensorType;
  /** Undefined once it has been spilled, freed or taken over. */
  block: Block | undefined;
  /** A copy in JavaScript's memory. */
  data: TypedArray | undefined;
  /** Why there is neither. */
  gone: Gone | undefined;
  /** Calls that use it now: it stays where it is. */
  pins: number;
  /** The call that used it last, and the one that had when it got its place in the order of spilling. */
  used: number;
  since: number;
  /** What holds it for arrays: when that is gone, so is the need for the slot. */
  owner: WeakRef<object> | undefined;
}

export interface HeapOptions {
  /** Bytes of slots above which some are spilled. */
  budget?: number;
  /** Bytes that the memory may grow to. */
  maximum?: number;
}

export class Heap {
  readonly plain: PlainMemory;
  readonly #allocator: Allocator;
  readonly #slots: Set<Slot> = new Set<Slot>();
  #slotBytes = 0;
  /** Blocks that only save time, and what is told when one is gone. */
  readonly #spare: Map<Block, () => void> = new Map<Block, () => void>();
  #spareBytes = 0;
  /** Of slots that ended since the last look for dead ones. */
  readonly #near: NearBlocks = new NearBlocks();
  /** A program runs that works with its blocks: none is given back, whatever the functions that it calls want memory for. */
  spareInUse = false;
  #retryAt = 0;
  /** Bytes of slots made since the last look for dead ones, and after how many the next is due. */
  #fresh = 0;
  #reclaimAfter = reclaimInterval;
  /** Looks in a row for which a collection of young objects freed nothing, and looks by whole collections since. */
  #inVain = 0;
  #wholeLooks = 0;
  /** Bytes copied to JavaScript's memory since its dead copies were looked for. */
  #spilled = 0;
  /** Weak references made so far. */
  #held = 0;
  /** Bytes of slots above which some are spilled. */
  budget: number;
  /** Counts calls. */
  now = 0;
  /** Where the dead are not looked for: frees, between jobs, earlier than the budget would. A slot that is still pinned belongs to a call that runs now: it is not asked for then. */
  readonly #dead: FinalizationRegistry<Slot> | undefined = mayCollect || typeof FinalizationRegistry !== "function" ? undefined : new FinalizationRegistry<Slot>((slot) => this.free(slot));
  /** The whole memory as elements of each dtype. New objects after growth. */
  views: Readonly<Record<DType, TypedArray>>;
  /** The same for single words. */
  words: Int32Array;
  doubles: Float64Array;

  constructor({ budget = 512 * 2 ** 20, maximum = 2 ** 32 }: HeapOptions = {}) {
    this.budget = budget;
    this.plain = createMemory(Math.min(maximum, 2 ** 32));
    // the last block must have its margin too, and address 2 ** 32 is none
    this.#allocator = new Allocator(heapStart, this.plain.minimum * pageBytes - margin);
    this.views = viewsOf(this.plain.memory.buffer);
    this.words = this.views.int32 as Int32Array;
    this.doubles = this.views.float64 as Float64Array;
  }

  /** Bytes of memory there are, bytes taken, and bytes of those that arrays own. */
  get sizes(): { readonly memory: number; readonly taken: number; readonly slots: number } {
    return { memory: this.plain.memory.buffer.byteLength, taken: this.#allocator.taken - this.#near.bytes, slots: this.#slotBytes };
  }

  /** A block of at least `bytes`, at a multiple of 64, or an error that says what fills the memory. Its elements are arbitrary. */
  take(bytes: number, claim: string | Claim): Block {
    const wanted = bytes + margin;
    let block = this.#find(wanted);
    if (block === undefined && this.#spareBytes > 0) {
      this.#giveSpare();
      block = this.#allocator.take(wanted);
    }
    if (block === undefined) {
      this.reclaim(true);
      block = this.#find(wanted);
    }
    if (block === undefined) {
      this.#spillTo(0);
      block = this.#find(wanted);
    }
    if (block === undefined) throw this.#full(bytes, typeof claim === "string" ? { role: claim } : claim);
    return block;
  }

  /** Of exactly the size among those given up a moment ago, else wherever there is room. */
  #find(wanted: number): Block | undefined {
    const found = this.#near.take(Math.ceil(wanted / grain) * grain) ?? this.#allocator.take(wanted);
    if (found !== undefined) return found;
    if (this.#near.bytes > 0) {
      this.#giveNear();
      return this.#find(wanted);
    }
    return this.#grow(wanted) ? this.#allocator.take(wanted) : undefined;
  }

  #giveNear(): void {
    for (const block of this.#near.empty()) this.#allocator.give(block);
  }

  give(block: Block): void {
    this.#allocator.give(block);
  }

  /** A block for what only saves time, if there is room within the budget: where memory runs short it is given back, which `gone` is called for. */
  takeSpare(bytes: number, gone: () => void): Block | undefined {
    const wanted = bytes + margin;
    if (this.#slotBytes + this.#spareBytes + wanted > this.budget) return undefined;
    const block = this.#find(wanted);
    if (block === undefined) return undefined;
    this.#spare.set(block, gone);
    this.#spareBytes += block.size;
    return block;
  }

  giveSpare(block: Block): void {
    this.#spare.delete(block);
    this.#spareBytes -= block.size;
    this.#allocator.give(block);
  }

  #giveSpare(): void {
    if (this.spareInUse) return;
    for (const [block, gone] of this.#spare) {
      this.giveSpare(block);
      gone();
    }
  }

  /** A slot for an array that a call makes. */
  slot(type: TensorType, bytes: number, role: string, place?: Place): Slot {
    this.#reclaimWhenDue(bytes);
    this.#keepBudget(bytes);
    const slot: Slot = { id: ++slots, type, role, place, block: undefined, data: undefined, gone: undefined, pins: 0, used: this.now, since: this.now, owner: undefined };
    slot.block = this.take(bytes, slot);
    this.#own(slot);
    return slot;
  }

  /** Puts a slot that was spilled back into the heap. */
  restore(slot: Slot, data: TypedArray): void {
    const bytes = data.length * data.BYTES_PER_ELEMENT;
    this.#keepBudget(bytes);
    slot.block = this.take(bytes, slot);
    this.views[slot.type.dtype].set(data, slot.block.address / data.BYTES_PER_ELEMENT);
    this.#own(slot);
  }

  /** Called when an array takes possession of a slot, and when a slot that it has comes back into the heap. */
  hold(slot: Slot, owner: object): void {
    if (!mayCollect) {
      this.#dead?.register(owner, slot, slot);
      return;
    }
    slot.owner = new WeakRef(owner);
    // results in donated memory are no reason to look for dead ones, but would all be kept until the job ends
    if (++this.#held % mostHeld === 0) collector()?.letGo();
  }

  /** Every so many bytes of new results: frees those that nobody holds any more, so that their memory is used again while it is still near. */
  #reclaimWhenDue(bytes: number): void {
    this.#fresh += bytes;
    if (this.#fresh < this.#reclaimAfter) return;
    this.#fresh = 0;
    // made here, which takes milliseconds once and says nothing about the next look
    if (collector() === undefined) return;
    const started = performance.now();
    const freed = this.#look();
    // a whole collection may find what one of young objects left
    const trying = this.#inVain > 0 && this.#inVain < mostInVain;
    // about as many bytes as would take the system so long to provide anew
    const bytesPerMillisecond = 8 * 2 ** 20;
    // at most four times the interval: on a busy machine one look may take long by chance
    const affordable = Math.min((performance.now() - started) * bytesPerMillisecond, 4 * reclaimInterval);
    this.#reclaimAfter = Math.min(Math.max(reclaimInterval, affordable, freed === 0 && !trying ? this.#reclaimAfter * 2 : 0), this.budget / 2);
  }

  /** By a collection of young objects, unless that frees nothing time after time, as where an engine lets none of them go. Now and then it is tried again. */
  #look(): number {
    const whole = this.#inVain >= mostInVain && ++this.#wholeLooks % wholeLooks !== 0;
    const { asked, freed } = this.reclaim(whole);
    if (!whole && (freed > 0 || asked >= fewAsked)) this.#inVain = freed > 0 ? 0 : this.#inVain + 1;
    return freed;
  }

  /** Frees the slots of arrays that are dead already, as far as the engine can tell in the middle of a job. */
  reclaim(whole: boolean): { readonly asked: number; readonly freed: number } {
    const c = collector();
    if (c === undefined) return { asked: 0, freed: 0 };
    // sizes that nobody wanted since: they may join their neighbours
    this.#giveNear();
    c.letGo();
    c.collect(whole);
    let [asked, freed] = [0, 0];
    for (const slot of this.#slots) {
      if (slot.owner === undefined || slot.pins > 0) continue;
      asked++;
      if (slot.owner.deref() !== undefined) continue;
      freed++;
      this.free(slot);
    }
    // asking kept the others alive
    c.letGo();
    return { asked, freed };
  }

  /** Makes room for so many bytes more, an eighth of the budget at a time, so that no call waits long. Where all is pinned, it is not tried again at once. */
  #keepBudget(bytes: number): void {
    if (this.#slotBytes + this.#spareBytes + bytes <= Math.max(this.budget, this.#retryAt)) return;
    this.#giveSpare();
    if (this.#slotBytes + bytes <= Math.max(this.budget, this.#retryAt)) return;
    const goal = Math.max(0, (this.budget / 8) * 7 - bytes);
    // the dead need no copying; those that lived for a while are found by a whole collection alone
    for (const whole of [false, true]) if (this.#slotBytes > goal) this.reclaim(whole);
    this.#spillTo(goal);
    this.#retryAt = this.#slotBytes > goal ? this.#slotBytes + this.budget / 8 : 0;
  }

  #own(slot: Slot): void {
    this.#slots.add(slot);
    this.#slotBytes += (slot.block as Block).size;
  }

  /** Ends the life of a slot: what follows for its array, `why` says. */
  free(slot: Slot, why?: Gone): void {
    const block = this.#disown(slot);
    if (block !== undefined) this.#near.add(block);
    if (slot.data === undefined) slot.gone = why;
  }

  /** A new slot in the memory of one whose array is given up. */
  takeOver(old: Slot, type: TensorType, role: string, place: Place | undefined, why: Gone): Slot {
    const block = this.#disown(old);
    old.gone = why;
    old.data = undefined;
    const slot: Slot = { id: ++slots, type, role, place, block, data: undefined, gone: undefined, pins: 0, used: this.now, since: this.now, owner: undefined };
    this.#own(slot);
    return slot;
  }

  #disown(slot: Slot): Block | undefined {
    const { block } = slot;
    if (block !== undefined) {
      slot.block = undefined;
      this.#slots.delete(slot);
      this.#slotBytes -= block.size;
      // its entry would stay until the job ends, which may take millions of calls
      this.#dead?.unregister(slot);
    }
    return block;
  }

  /** A copy of the elements of a slot in JavaScript's memory. */
  copyOut(slot: Slot): TypedArray {
    const view = this.views[slot.type.dtype];
    const start = (slot.block as Block).address / view.BYTES_PER_ELEMENT;
    let length = 1;
    for (const n of slot.type.shape) length *= n;
    // of a shared memory, `slice` would give a shared copy that other interfaces refuse
    const copy = new (view.constructor as new (length: number) => TypedArray)(length);
    copy.set(view.subarray(start, start + length));
    return copy;
  }

  /** Spills slots that no call uses, those made longest ago first, until at most `bytes` are left. One that was used since it came to its place goes to the end. */
  #spillTo(bytes: number): void {
    let visits = 2 * this.#slots.size;
    for (const slot of this.#slots) {
      if (this.#slotBytes <= bytes || visits-- === 0) break;
      if (slot.pins > 0 || slot.used > slot.since) {
        slot.since = slot.used;
        this.#slots.delete(slot);
        this.#slots.add(slot);
        continue;
      }
      this.#spilled += (slot.block as Block).size;
      slot.data ??= this.copyOut(slot);
      this.free(slot);
    }
    if (this.#spilled < this.budget) return;
    this.#spilled = 0;
    collectSpilled();
  }

  /** Copies every slot that no call uses to JavaScript's memory. */
  spill(): void {
    this.#spillTo(0);
  }

  #grow(bytes: number): boolean {
    const { memory, maximum } = this.plain;
    const pages = memory.buffer.byteLength / pageBytes;
    const needed = Math.ceil((bytes - this.#allocator.freeAtEnd + 64) / pageBytes);
    // an eighth more than there was, so that growing stays rare
    for (const more of [Math.max(needed, Math.ceil(pages / 8), 64), needed]) {
      const target = Math.min(pages + more, maximum);
      if (target - pages < needed) continue;
      try {
        memory.grow(target - pages);
      } catch {
        continue;
      }
      this.views = viewsOf(memory.buffer);
      this.words = this.views.int32 as Int32Array;
      this.doubles = this.views.float64 as Float64Array;
      this.#allocator.extend(memory.buffer.byteLength - margin);
      return true;
    }
    return false;
  }

  #full(bytes: number, claim: Claim): UnsupportedError {
    const largest = [...this.#slots].sort((a, b) => (b.block as Block).size - (a.block as Block).size).slice(0, 3);
    const list = largest.map((s) => described(s, (s.block as Block).size)).join("; ");
    const held = list === "" ? "" : `; the largest arrays in it: ${list}`;
    const parts = claim.largest === undefined ? "" : `; ${claim.largest()}`;
    const limit = inMebibytes(this.plain.maximum * pageBytes);
    const { byteLength } = this.plain.memory.buffer;
    const torn = byteLength === this.plain.maximum * pageBytes && this.#allocator.taken + bytes + 2 * margin <= byteLength ? ", in places that leave no piece so large" : "";
    return new UnsupportedError(`no WebAssembly memory for ${described(claim, bytes)}: ${inMebibytes(this.#allocator.taken)} of at most ${limit} are taken${torn}${held}${parts}`, {
      hint: `work in smaller batches, use float32, or donate arguments that are not needed afterwards: traceFn(f, { donate: [0] })${this.plain.maximum < 65536 ? "; configure({ heapMaximum }) before the first program gives more, up to 4 GiB" : ""}`,
    });
  }
}

/** `a result of f, f32[1000] (4 KiB, made at user.ts:3:5)` */
export function described({ role, type, place }: Claim, bytes: number): string {
  const where = place?.toString() ?? "";
  return `${role}${type === undefined ? "" : `, ${showType(type)}`} (${inMebibytes(bytes)}${where === "" ? "" : `, made at ${where}`})`;
}

function inMebibytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
}

function viewsOf(buffer: ArrayBufferLike): Record<DType, TypedArray> {
  return { bool: new Uint8Array(buffer), int32: new Int32Array(buffer), uint32: new Uint32Array(buffer), float32: new Float32Array(buffer), float64: new Float64Array(buffer) };
}
