/** The heap: addresses, growth, slots, spilling, and what it says when it is full. */
import { describe, expect, it } from "vitest";
import type { TypedArray } from "../../../src/core/dtype.ts";
import { tensorType } from "../../../src/core/type.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { Allocator, type Block } from "../../../src/kernel/allocator.ts";
import { Heap, type Slot } from "../../../src/backends/wasm/heap.ts";
import { HeapStorage, pooled } from "../../../src/backends/wasm/storage.ts";
import { randomNumbers } from "../../ops/support/arrays.ts";

const mebi = 2 ** 20;

describe("the allocator", () => {
  it("never gives out overlapping blocks, and is whole again when all are back", () => {
    const random = randomNumbers("allocator");
    const allocator = new Allocator(64, 64 + 4 * mebi);
    const held: Block[] = [];
    for (let i = 0; i < 20_000; i++) {
      if (random() < 0.55) {
        const bytes = Math.floor(random() ** 4 * 200_000);
        const block = allocator.take(bytes);
        if (block === undefined) continue;
        expect(block.address % 64).toBe(0);
        expect(block.size).toBeGreaterThanOrEqual(bytes);
        held.push(block);
      } else if (held.length > 0) allocator.give(held.splice(Math.floor(random() * held.length), 1)[0] as Block);
      if (i % 500 === 0) expectDisjoint(held, allocator.end);
    }
    expect(held.reduce((sum, b) => sum + b.size, 0)).toBe(allocator.taken);
    held.forEach((b) => allocator.give(b));
    expect(allocator.taken).toBe(0);
    expect(allocator.freeAtEnd).toBe(4 * mebi);
    expect(allocator.take(4 * mebi)?.address).toBe(64);
  });
  it("takes the best fit", () => {
    const allocator = new Allocator(0, 6400);
    const blocks = [640, 64, 1280, 64].map((n) => allocator.take(n) as Block);
    allocator.give(blocks[0] as Block);
    allocator.give(blocks[2] as Block);
    expect(allocator.take(600)?.address).toBe(0);
    expect(allocator.take(1200)?.address).toBe(704);
  });
  it.each([36, 38, 40, 41, 48, 60, 62, 64, 70, 100])("has no block of 2 to the power of %s bytes", (power) => {
    const allocator = new Allocator(64, 4 * 2 ** 20);
    for (const bytes of [2 ** power, 3 * 2 ** (power - 1), 2 ** power + 64]) expect(allocator.take(bytes)).toBeUndefined();
    expect(allocator.taken).toBe(0);
  });
  it("refuses a block that is given back twice", () => {
    const allocator = new Allocator(0, 640);
    const block = allocator.take(64) as Block;
    allocator.give(block);
    expect(() => allocator.give(block)).toThrow("given back twice");
  });
});

function expectDisjoint(blocks: readonly Block[], end: number): void {
  const sorted = [...blocks].sort((a, b) => a.address - b.address);
  sorted.forEach((b, i) => expect(b.address + b.size).toBeLessThanOrEqual(sorted[i + 1]?.address ?? end));
}

/** A slot of float32 that holds `value` throughout. */
function filled(heap: Heap, length: number, value: number, role = "a test array"): Slot {
  const slot = heap.slot(tensorType("float32", [length]), 4 * length, role);
  const start = (slot.block as Block).address / 4;
  heap.views.float32.fill(value, start, start + length);
  return slot;
}
const holds = (data: TypedArray, length: number, value: number): boolean => data.length === length && data.every((x) => x === value);

describe("the heap", () => {
  it("grows, and what was written stays", () => {
    const heap = new Heap({ maximum: 256 * mebi });
    const before = heap.sizes.memory;
    const first = filled(heap, 1000, 7);
    const second = filled(heap, 5_000_000, 8);
    expect(heap.sizes.memory).toBeGreaterThan(before + 17_000_000);
    expect(holds(heap.copyOut(first), 1000, 7)).toBe(true);
    expect(holds(heap.copyOut(second), 5_000_000, 8)).toBe(true);
  });
  it("leaves 64 readable bytes after every block, the last one too", () => {
    const heap = new Heap({ maximum: 8 * mebi });
    for (;;) {
      let block: Block;
      try {
        block = heap.take(100_000, "a test block");
      } catch {
        break;
      }
      expect(block.address + 100_000 + 64).toBeLessThanOrEqual(heap.sizes.memory);
    }
    expect(heap.sizes.memory).toBe(8 * mebi);
  });
  it("over its budget spills what was used longest ago, and pinned slots never", () => {
    const heap = new Heap({ maximum: 64 * mebi, budget: 4 * mebi });
    const pinned = filled(heap, mebi / 8, 1);
    pinned.pins++;
    const slots = Array.from({ length: 30 }, (_, i) => {
      heap.now++;
      return filled(heap, mebi / 8, i);
    });
    expect(heap.sizes.slots).toBeLessThanOrEqual(4.2 * mebi);
    expect(pinned.block).toBeDefined();
    expect(slots[0]?.block).toBeUndefined();
    expect(slots[29]?.block).toBeDefined();
    slots.forEach((slot, i) => expect(holds(new HeapStorage(heap, slot).read(), mebi / 8, i)).toBe(true));
  });
  it("keeps what is used again and again longer than what is not", () => {
    const heap = new Heap({ maximum: 64 * mebi, budget: 4 * mebi });
    const [often, never] = [filled(heap, mebi / 8, 1), filled(heap, mebi / 8, 2)];
    for (let i = 0; i < 12; i++) {
      heap.now++;
      often.used = heap.now;
      filled(heap, mebi / 8, i);
    }
    expect(never.block).toBeUndefined();
    expect(often.block).toBeDefined();
  });
  it("does not look for victims at every allocation when everything is pinned", () => {
    const heap = new Heap({ maximum: 64 * mebi, budget: 2 * mebi });
    let looks = 0;
    const pins = { get: () => (looks++, 1), configurable: true };
    for (let i = 0; i < 20; i++) Object.defineProperty(filled(heap, mebi / 16, i), "pins", pins);
    // the budget is exceeded by all of them: one more is a reason to look, once
    heap.free(filled(heap, 16, 1));
    looks = 0;
    for (let i = 0; i < 1000; i++) heap.free(filled(heap, 16, 1));
    expect(looks).toBe(0);
    // an eighth of the budget more, and they are looked at again
    filled(heap, mebi / 8, 1);
    expect(looks).toBeGreaterThanOrEqual(20);
  });
  it("hands out first what was given up last, and joins what nobody wants", () => {
    const heap = new Heap({ maximum: 64 * mebi });
    const slots = [1, 2, 3, 4].map((i) => filled(heap, mebi / 4, i));
    const addresses = slots.map((s) => (s.block as Block).address);
    const { memory, taken } = heap.sizes;
    slots.forEach((s) => heap.free(s));
    expect(heap.sizes.taken).toBe(taken - 4 * (mebi + 64));
    const again = [3, 2].map((i) => filled(heap, mebi / 4, i));
    expect(again.map((s) => s.block?.address)).toEqual([addresses[3], addresses[2]]);
    again.forEach((s) => heap.free(s));
    expect(filled(heap, mebi, 5).block?.address).toBe(addresses[0]);
    expect(heap.sizes.memory).toBe(memory);
  });
  it("puts a spilled slot back", () => {
    const heap = new Heap({ maximum: 64 * mebi });
    const slot = filled(heap, 3000, 5);
    heap.spill();
    expect(slot.block).toBeUndefined();
    heap.restore(slot, slot.data as TypedArray);
    expect(holds(heap.copyOut(slot), 3000, 5)).toBe(true);
  });
  it("spills before it gives up, and then names the largest arrays", () => {
    const heap = new Heap({ maximum: 16 * mebi });
    const old = filled(heap, 3 * mebi, 1);
    filled(heap, 3 * mebi, 2);
    expect(old.block).toBeUndefined();
    for (const [length, role] of [[2 * mebi, "argument 0 of a program"], [mebi / 2, "a constant of a program"]] as const) filled(heap, length, 3, role).pins++;
    let thrown: unknown;
    try {
      heap.take(10 * mebi, "temporaries of a program");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UnsupportedError);
    expect(String(thrown)).toMatch(/temporaries of a program \(10\.0 MiB\)/);
    expect(String(thrown)).toMatch(/at most 16\.0 MiB.*argument 0 of a program, f32\[2097152\] \(8\.0 MiB\); a constant of a program, f32\[524288\]/);
    expect(String(thrown)).toContain("hint:");
  });
  it("works above 2 GiB", () => {
    const heap = new Heap();
    const low = heap.take(2.2 * 2 ** 30, "a large block");
    const slot = filled(heap, 100, 6);
    expect((slot.block as Block).address).toBeGreaterThan(2 ** 31);
    expect(holds(heap.copyOut(slot), 100, 6)).toBe(true);
    heap.give(low);
  });
});

describe("small results", () => {
  it("do not reach each other through their buffers", () => {
    const source = Float32Array.from({ length: 20 }, (_, i) => i);
    const [a, b] = [pooled("float32", source, 0, 5).read(), pooled("float32", source, 5, 3).read()];
    expect([...a]).toEqual([0, 1, 2, 3, 4]);
    expect([...b]).toEqual([5, 6, 7]);
    expect(a.buffer).not.toBe(b.buffer);
    expect(a.buffer.byteLength).toBe(20);
  });
  it("are read as the same array again", () => {
    const storage = pooled("int32", Int32Array.of(1, 2, 3), 0, 3);
    expect(storage.read()).toBe(storage.read());
  });
});
