/**
 * Shares out a range of addresses: blocks are taken best fit first from lists by size class and joined with free neighbours when they come
 * back. It holds no memory itself, so the heap and the memory plan use the same one.
 */
import { InternalError } from "../errors.ts";

/** A stretch of addresses, taken or free. */
export interface Block {
  readonly address: number;
  readonly size: number;
}

class Node implements Block {
  address: number;
  size: number;
  free = false;
  /** Neighbours in memory. */
  before: Node | undefined;
  after: Node | undefined;
  /** Neighbours in the list of free blocks of a size class. */
  previous: Node | undefined;
  next: Node | undefined;
  constructor(address: number, size: number) {
    this.address = address;
    this.size = size;
  }
}

/** Every address and size is a multiple of this. */
export const grain = 64;
/** Four classes to each power of two, up to that of the largest safe integer. */
const classes = 4 * 53;

function classOf(size: number): number {
  const grains = size / grain;
  const power = grains < 2 ** 32 ? 31 - Math.clz32(grains) : 63 - Math.clz32(grains / 2 ** 32);
  return power * 4 + (Math.floor((size / grain / 2 ** power) * 4) & 3);
}

export class Allocator {
  readonly #lists: (Node | undefined)[] = new Array<Node | undefined>(classes).fill(undefined);
  readonly #start: number;
  #end: number;
  #last: Node | undefined;
  #taken = 0;

  constructor(start: number, end: number) {
    this.#start = start;
    this.#end = start;
    this.extend(end);
  }

  /** The first address past the range. */
  get end(): number {
    return this.#end;
  }
  /** Bytes taken. */
  get taken(): number {
    return this.#taken;
  }
  /** Free bytes at the end of the range: what an extension need not add. */
  get freeAtEnd(): number {
    return this.#last?.free === true ? this.#last.size : 0;
  }
  /** The first address above which everything is free. */
  get top(): number {
    return this.#end - this.freeAtEnd;
  }

  /** Makes the range reach to `end`. */
  extend(end: number): void {
    const size = end - this.#end;
    if (size <= 0) return;
    const node = new Node(this.#end, size);
    node.before = this.#last;
    if (this.#last !== undefined) this.#last.after = node;
    this.#last = node;
    this.#end = end;
    this.#join(node);
  }

  /** A block of at least `bytes`, or undefined where none is free. */
  take(bytes: number): Block | undefined {
    const size = Math.max(grain, Math.ceil(bytes / grain) * grain);
    const node = this.#find(size);
    if (node === undefined) return undefined;
    this.#unlink(node);
    if (node.size > size) {
      const rest = new Node(node.address + size, node.size - size);
      rest.before = node;
      rest.after = node.after;
      if (rest.after === undefined) this.#last = rest;
      else rest.after.before = rest;
      node.after = rest;
      node.size = size;
      this.#link(rest);
    }
    this.#taken += size;
    return node;
  }

  /** Gives a block back that `take` gave. */
  give(block: Block): void {
    const node = block as Node;
    if (node.free || node.address < this.#start) throw new InternalError("a block of memory was given back twice");
    this.#taken -= node.size;
    this.#join(node);
  }

  /** The smallest free block of the first class that has one; in its own class the best of a few. */
  #find(size: number): Node | undefined {
    let best: Node | undefined;
    const own = classOf(size);
    let looked = 0;
    for (let node = this.#lists[own]; node !== undefined && looked < 16; node = node.next, looked++) {
      if (node.size >= size && (best === undefined || node.size < best.size)) best = node;
    }
    for (let c = own + 1; best === undefined && c < classes; c++) best = this.#lists[c];
    // what is left: a block of its own class, further down the list
    for (let node = this.#lists[own]; best === undefined && node !== undefined; node = node.next) if (node.size >= size) best = node;
    return best;
  }

  /** Makes a block free, as one with its free neighbours. */
  #join(node: Node): void {
    let whole = node;
    const { before, after } = node;
    if (after?.free === true) {
      this.#unlink(after);
      this.#swallow(whole, after);
    }
    if (before?.free === true) {
      this.#unlink(before);
      this.#swallow(before, whole);
      whole = before;
    }
    this.#link(whole);
  }

  #swallow(node: Node, after: Node): void {
    node.size += after.size;
    node.after = after.after;
    if (node.after === undefined) this.#last = node;
    else node.after.before = node;
  }

  #link(node: Node): void {
    const c = classOf(node.size);
    node.free = true;
    node.previous = undefined;
    node.next = this.#lists[c];
    if (node.next !== undefined) node.next.previous = node;
    this.#lists[c] = node;
  }

  #unlink(node: Node): void {
    if (node.previous === undefined) this.#lists[classOf(node.size)] = node.next;
    else node.previous.next = node.next;
    if (node.next !== undefined) node.next.previous = node.previous;
    node.free = false;
    node.previous = undefined;
    node.next = undefined;
  }
}
