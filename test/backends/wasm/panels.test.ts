/** Operands of matrix products that stay packed: never a stale one, packed once, given back. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as cr from "chainrule";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ConcreteArray } from "../../../src/core/concrete.ts";
import { configure } from "../../../src/backends/wasm/configure.ts";
import type { WasmExecutable } from "../../../src/backends/wasm/executable.ts";
import { capFeatures } from "../../../src/backends/wasm/features.ts";
import { Heap, type Slot } from "../../../src/backends/wasm/heap.ts";
import { Panels, type PanelSpec } from "../../../src/backends/wasm/panels.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";
import { change } from "../../../src/backends/wasm/settings.ts";
import type { HeapStorage } from "../../../src/backends/wasm/storage.ts";
import { tensorType } from "../../../src/core/type.ts";
import type { Buffer } from "../../../src/kernel/ir.ts";
import { general } from "../arrays.ts";
import { compiled } from "./programs.ts";

const [k, n] = [150, 100];
const product = (x: cr.Tensor, w: cr.Tensor): cr.Tensor => cr.matmul(x, w);
const inputs = (m: number): ConcreteArray => general("float32", [m, k], `inputs ${m}`);
const double = (): WasmExecutable => compiled((w) => cr.mul(w, 2), [general("float32", [k, n], "any")]);
/** An array that lies in the heap. */
const weights = (name: string): ConcreteArray => double().run([general("float32", [k, n], name)])[0] as ConcreteArray;
const one = (exe: WasmExecutable, ...operands: ConcreteArray[]): number[] => [...(exe.run(operands)[0] as ConcreteArray).elements];
/** What a program that never saw these weights makes of them. */
const fresh = (x: ConcreteArray, w: ConcreteArray): number[] => one(compiled(product, [x, w]), x, w);
const slotOf = (x: ConcreteArray): HeapStorage["slot"] => (x.storage as HeapStorage).slot;
/** Elements of an array in the heap become 0 behind its back: what is packed already does not change. */
function wipe(x: ConcreteArray): void {
  const start = (slotOf(x).block?.address ?? 0) / 4;
  runtime().heap.views.float32.fill(0, start, start + k * n);
}

// vectors: without them nothing is packed
describe.each(["simd", "relaxed", undefined] as const)("with %s", (level) => {
  beforeAll(() => void capFeatures(level));
  afterAll(() => void capFeatures(undefined));

  describe.each([1, 2, 5, 20, 70])("%i rows", (m) => {
    it("are the same bits at every call", () => {
      const [x, w] = [inputs(m), weights("w")];
      const exe = compiled(product, [x, w]);
      const first = one(exe, x, w);
      for (let i = 0; i < 4; i++) expect(one(exe, x, w)).toEqual(first);
    });
    it("are packed when they come for the second time, and not again", () => {
      const [x, w] = [inputs(m), weights("w")];
      const exe = compiled(product, [x, w]);
      const wanted = one(exe, x, w);
      one(exe, x, w);
      wipe(w);
      expect(one(exe, x, w)).toEqual(wanted);
      expect(one(exe, inputs(m), w)).toEqual(wanted);
    });
    it("are those of other weights when these come, in any order", () => {
      const x = inputs(m);
      const all = ["a", "b", "c"].map(weights);
      const wanted = all.map((w) => fresh(x, w));
      const exe = compiled(product, [x, all[0] as ConcreteArray]);
      for (const i of [0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 2, 2, 0, 2, 1, 1, 1]) expect(one(exe, x, all[i] as ConcreteArray)).toEqual(wanted[i]);
    });
  });

  it("in a loop stay while it runs, whatever memory the functions that it calls want", () => {
    const others: unknown[] = [];
    let compiles = false;
    const host = cr.callback((h: cr.NDArray) => {
      if (!compiles) return h;
      const constant = cr.array(new Float32Array(90_000).fill(others.length + 5));
      const other = cr.traceFn((y: cr.Tensor) => cr.add(y, constant));
      others.push(other, other(0));
      return h;
    }, { dtype: "float32", shape: [] }, { ordered: true });
    const f = (x: cr.Tensor, w: cr.Tensor): cr.Tensor => cr.scan((c: cr.Tensor) => [cr.add(cr.mul(cr.matmul(c, w), 0.1), cr.mul(host(cr.sum(c)) as cr.Tensor, 0)), null], x, null, { length: 5 })[0] as cr.Tensor;
    const square = general("float32", [300, 300], "square");
    const exe = compiled(f, [square, square]);
    const wanted = one(exe, square, square);
    compiles = true;
    // room for what stays packed, and for two or three of the constants
    configure({ heapBudget: runtime().heap.sizes.slots + 2 ** 20 + 2 ** 19 });
    expect(one(exe, square, square)).toEqual(wanted);
    configure({ heapBudget: undefined });
    expect(others.length).toBe(10);
  });
  it("of donated weights follow every update", () => {
    const x = inputs(70);
    const exe = compiled(product, [x, weights("w")]);
    const update = compiled((w) => cr.mul(w, -0.5), [weights("w")], { donate: [0] });
    let w = weights("w");
    const address = slotOf(w).block?.address;
    for (let i = 0; i < 5; i++) {
      const wanted = fresh(x, w);
      for (let j = 0; j < 3; j++) expect(one(exe, x, w)).toEqual(wanted);
      w = update.run([w])[0] as ConcreteArray;
      expect(slotOf(w).block?.address).toBe(address);
    }
  });
  it("of a step that overwrites its weights are not kept", () => {
    const x = inputs(70);
    const step = (a: cr.Tensor, w: cr.Tensor): unknown => [cr.matmul(a, w), cr.mul(w, 0.5)];
    const exe = compiled(step, [x, weights("w")], { donate: [1] });
    let w = weights("w");
    for (let i = 0; i < 4; i++) {
      const wanted = fresh(x, w);
      const [y, next] = exe.run([x, w]);
      expect([...(y as ConcreteArray).elements]).toEqual(wanted);
      w = next as ConcreteArray;
    }
    expect(exe.parts.emission.panels).toEqual([]);
  });
  it("are not those of an array that lay in the same place", () => {
    const x = inputs(70);
    const exe = compiled(product, [x, weights("a")]);
    const { heap } = runtime();
    const seen = new Set<number>();
    for (let i = 0; i < 6; i++) {
      const w = weights(`weights ${i}`);
      seen.add(slotOf(w).block?.address ?? 0);
      const wanted = fresh(x, w);
      for (let j = 0; j < 3; j++) expect(one(exe, x, w)).toEqual(wanted);
      heap.free(slotOf(w));
    }
    expect(seen.size).toBeLessThan(6);
  });
  it("outlive the weights' way to JavaScript's memory and back", () => {
    const [x, w] = [inputs(70), weights("w")];
    const exe = compiled(product, [x, w]);
    const wanted = one(exe, x, w);
    for (let i = 0; i < 4; i++) {
      expect(one(exe, x, w)).toEqual(wanted);
      runtime().heap.spill();
      expect(slotOf(w).block).toBe(undefined);
    }
  });
  it("of constants are packed at the first call, in every program that has them", () => {
    const x = inputs(70);
    const w = weights("w");
    const wanted = fresh(x, w);
    const programs = [1, -1].map((sign) => compiled((a) => cr.mul(cr.matmul(a, w as never), sign), [x]));
    const results = (): number[][] => programs.map((exe) => one(exe, x));
    const expected = [wanted, wanted.map((y) => -y)];
    expect(results()).toEqual(expected);
    wipe(w);
    expect(results()).toEqual(expected);
  });
  it("of two products with the same weights are theirs", () => {
    const [x, w] = [inputs(70), weights("w")];
    const both = (a: cr.Tensor, b: cr.Tensor): cr.Tensor => cr.matmul(cr.tanh(cr.matmul(a, b)), cr.transpose(b));
    const exe = compiled(both, [x, w]);
    const wanted = one(compiled(both, [x, w]), x, w);
    for (let i = 0; i < 4; i++) expect(one(exe, x, w)).toEqual(wanted);
    expect(exe.parts.emission.panels.length).toBe(2);
  });
});

describe("in loops", () => {
  const [rows, steps] = [40, 6];
  const square = (name: string): ConcreteArray => compiled((w) => cr.mul(w, 0.1), [general("float32", [n, n], name)]).run([general("float32", [n, n], name)])[0] as ConcreteArray;
  const start = general("float32", [rows, n], "start");
  /** The same steps, and written out. */
  const loop = (f: (c: cr.Tensor, w: cr.Tensor) => cr.Tensor) => (c: cr.Tensor, w: cr.Tensor): cr.Tensor => cr.scan((x: cr.Tensor) => [f(x, w), null], c, null, { length: steps })[0] as cr.Tensor;
  const unrolled = (f: (c: cr.Tensor, w: cr.Tensor) => cr.Tensor) => (c: cr.Tensor, w: cr.Tensor): cr.Tensor => {
    let x = c;
    for (let i = 0; i < steps; i++) x = f(x, w);
    return x;
  };
  const step = (x: cr.Tensor, w: cr.Tensor): cr.Tensor => cr.tanh(cr.matmul(x, w));
  const close = (got: readonly number[], wanted: readonly number[]): void => got.forEach((y, i) => expect(Math.abs(y - (wanted[i] as number))).toBeLessThan(1e-5));

  it("what no turn changes is packed once a call, whatever came before", () => {
    const exe = compiled(loop(step), [start, square("a")]);
    expect(exe.parts.emission.panels.map((p) => p.inLoop)).toEqual([true]);
    for (const name of ["a", "a", "a", "b", "a", "b", "b"]) close(one(exe, start, square(name)), one(compiled(unrolled(step), [start, square(name)]), start, square(name)));
    const [w, update] = [square("c"), compiled((x) => cr.mul(x, -0.5), [square("c")], { donate: [0] })];
    const wanted = one(exe, start, w);
    expect(one(exe, start, w)).toEqual(wanted);
    const next = update.run([w])[0] as ConcreteArray;
    close(one(exe, start, next), one(compiled(unrolled(step), [start, next]), start, next));
  });
  it("what turns change is packed at each", () => {
    const turning = (x: cr.Tensor, w: cr.Tensor): cr.Tensor => cr.scan((s: readonly [cr.Tensor, cr.Tensor]) => [[cr.tanh(cr.matmul(s[0], s[1])), cr.mul(s[1], -0.9)], null], [x, w], null, { length: steps })[0][0] as cr.Tensor;
    const written = (x: cr.Tensor, w: cr.Tensor): cr.Tensor => {
      let s: readonly [cr.Tensor, cr.Tensor] = [x, w];
      for (let i = 0; i < steps; i++) s = [cr.tanh(cr.matmul(s[0], s[1])), cr.mul(s[1], -0.9)];
      return s[0];
    };
    const w = square("a");
    const exe = compiled(turning as never, [start, w]);
    for (let i = 0; i < 3; i++) close(one(exe, start, w), one(compiled(written, [start, w]), start, w));
  });
  it("an inner loop packs anew what the outer one changes", () => {
    const inner = loop(step);
    const nested = (x: cr.Tensor, w: cr.Tensor): cr.Tensor => cr.scan((s: readonly [cr.Tensor, cr.Tensor]) => [[inner(s[0], s[1]), cr.mul(s[1], -0.9)], null], [x, w], null, { length: 3 })[0][0] as cr.Tensor;
    const written = (x: cr.Tensor, w: cr.Tensor): cr.Tensor => {
      let s: readonly [cr.Tensor, cr.Tensor] = [x, w];
      for (let i = 0; i < 3; i++) s = [unrolled(step)(s[0], s[1]), cr.mul(s[1], -0.9)];
      return s[0];
    };
    const w = square("a");
    const exe = compiled(nested as never, [start, w]);
    for (let i = 0; i < 3; i++) close(one(exe, start, w), one(compiled(written, [start, w]), start, w));
  });
  it("gradients through a loop agree with those written out", () => {
    const gradient = (f: (c: cr.Tensor, w: cr.Tensor) => cr.Tensor) => (c: cr.Tensor, w: cr.Tensor): unknown => cr.grad((v: cr.Tensor) => cr.sum(f(c, v)))(w as never);
    const w = square("a");
    const exe = compiled(gradient(loop(step)), [start, w]);
    const wanted = one(compiled(gradient(unrolled(step)), [start, w]), start, w);
    for (let i = 0; i < 3; i++) one(exe, start, w).forEach((y, j) => expect(Math.abs(y - (wanted[j] as number))).toBeLessThan(1e-3));
  });
});

describe("memory", () => {
  it("is asked for within the budget, and given back when it is short", () => {
    const heap = new Heap({ budget: 2 ** 20 });
    const table = heap.take(64, "a table").address / 4;
    const buffer: Buffer = { id: 0, dtype: "float32", length: 25_000, role: { kind: "input", index: 0 } };
    const specs: readonly PanelSpec[] = [{ buffer, bytes: 100_000, word: 4, inLoop: false }];
    const panels = new Panels(heap, table);
    const slot = heap.slot(tensorType("float32", [25_000]), 100_000, "weights");
    /** Whether there is a place for what is packed, and whether it is filled. */
    const place = (): readonly boolean[] => {
      panels.place(specs, () => slot);
      return [heap.words[table + 4] !== 0, heap.words[table + 5] !== 0];
    };
    const before = heap.sizes.taken;
    const states: (readonly boolean[])[] = [];
    for (let i = 0; i < 3; i++) {
      states.push(place());
      panels.filled();
    }
    expect(states).toEqual([[false, false], [true, false], [true, true]]);
    expect(heap.sizes.taken - before).toBeGreaterThanOrEqual(100_000);
    const others = [1, 2].map((i) => heap.slot(tensorType("float32", [110_000]), 440_000, `array ${i}`));
    expect(heap.sizes.taken - heap.sizes.slots).toBeLessThan(100_000);
    expect(others.every((s) => s.block !== undefined)).toBe(true);
    expect(place()).toEqual([false, false]);
    heap.free(others[0] as Slot);
    expect(place()).toEqual([true, false]);
    // a call that failed: nobody says that they are filled
    expect(place()).toEqual([true, false]);
    panels.release();
    expect(heap.sizes.taken - heap.sizes.slots).toBeLessThan(100_000);
  });
  it.each([true, false])("may have to grow first, shared: %s", (shared) => {
    vi.stubGlobal("crossOriginIsolated", shared);
    const heap = new Heap();
    vi.unstubAllGlobals();
    expect(heap.plain.shared).toBe(shared);
    const table = heap.take(64, "a table").address / 4;
    const bytes = 2 * heap.sizes.memory;
    const array = ConcreteArray.splat(tensorType("float32", [bytes / 4]), 1);
    const panels = new Panels(heap, table);
    panels.place([{ buffer: { id: 0, dtype: "float32", length: bytes / 4, role: { kind: "constant", array } }, bytes, word: 4, inLoop: false }], () => undefined);
    expect(heap.sizes.memory).toBeGreaterThan(bytes);
    expect(heap.words[table + 4]).toBeGreaterThan(0);
  });
  it("that is short changes no result", () => {
    const x = inputs(70);
    const all = ["a", "b"].map(weights);
    const wanted = all.map((w) => fresh(x, w));
    const exe = compiled(product, [x, all[0] as ConcreteArray]);
    const other = double();
    const many: unknown[] = [];
    configure({ heapBudget: 2 ** 20 });
    try {
      for (let i = 0; i < 60; i++) {
        const which = Math.floor(i / 4) % 2;
        expect(one(exe, x, all[which] as ConcreteArray)).toEqual(wanted[which]);
        many.push(other.run([general("float32", [k, n], `many ${i}`)]));
      }
    } finally {
      configure({ heapBudget: undefined });
    }
    expect(many.length).toBe(60);
  });
  it("goes with the program", async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const [x, w] = [inputs(70), weights("w")];
    const once = (i: number): void => {
      const exe = compiled((a, b) => cr.mul(cr.matmul(a, b), i), [x, w]);
      for (let j = 0; j < 3; j++) exe.run([x, w]);
    };
    /** Bytes taken but for those of results. */
    const held = (): number => runtime().heap.sizes.taken - runtime().heap.sizes.slots;
    /** The same when there are at most `enough`, or after a while. */
    const settled = async (enough: number): Promise<number> => {
      for (let i = 0; i < 40 && held() > enough; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return held();
    };
    once(0);
    const before = await settled(0);
    for (let i = 1; i <= 10; i++) once(i);
    expect(held() - before).toBeGreaterThan(10 * 4 * k * n);
    expect((await settled(before + 4 * k * n)) - before).toBeLessThan(4 * k * n);
  });
});

describe("on several threads", () => {
  const large = (): ConcreteArray => general("float32", [64, k], "large");
  beforeAll(() => void change({ parallelKernel: 0, parallelProgram: 0 }));
  afterAll(() => void change({ threads: undefined, parallelKernel: undefined, parallelProgram: undefined }));

  it("are the same bits, whoever packed them", async () => {
    const [x, a, b] = [large(), weights("a"), weights("b")];
    change({ threads: 1 });
    const wanted = [a, b].map((w) => fresh(x, w));
    const exe = compiled(product, [x, a]);
    for (const threads of [2, 3]) {
      change({ threads });
      exe.run([x, a]);
      for (let i = 0; i < 400 && runtime().pool.threadsFor(exe.parts.compiled, threads) < threads; i++) await new Promise((resolve) => setTimeout(resolve, 25));
      for (let i = 0; i < 30; i++) {
        change({ threads: i % 5 === 4 ? 1 : threads });
        const which = Math.floor(i / 3) % 2;
        expect(one(exe, x, which === 0 ? a : b)).toEqual(wanted[which]);
      }
    }
  });
});
