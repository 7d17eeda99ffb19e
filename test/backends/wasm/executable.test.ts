/** Calls: where operands and results live, donated arguments, constants, flat memory over many calls. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { inspect } from "node:util";
import * as cr from "chainrule";
import { describe, expect, it } from "vitest";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { ArgumentError, InternalError, UnsupportedError } from "../../../src/errors.ts";
import { compileKernels } from "../../../src/backends/wasm/compile-program.ts";
import { configure } from "../../../src/backends/wasm/configure.ts";
import type { WasmExecutable } from "../../../src/backends/wasm/executable.ts";
import { Runtime, runtime } from "../../../src/backends/wasm/runtime.ts";
import { HeapStorage } from "../../../src/backends/wasm/storage.ts";
import { repeated } from "../arrays.ts";
import { arrayOf } from "../../ops/support/arrays.ts";
import { hostOnly } from "./host-only.ts";
import { compiled, programOf } from "./programs.ts";

const vector = (n: number, first = 0): ConcreteArray => arrayOf("float32", [n], Array.from({ length: n }, (_, i) => first + i));
const add = (x: cr.Tensor, y: cr.Tensor): cr.Tensor => cr.add(x, y);
const elementsOf = (x: ConcreteArray | undefined): number[] => [...(x as ConcreteArray).elements];
const inHeap = (x: ConcreteArray | undefined): boolean => x?.storage instanceof HeapStorage && x.storage.slot.block !== undefined;
const addressOf = (x: ConcreteArray | undefined): number => ((x as ConcreteArray).storage as HeapStorage).slot.block?.address ?? -1;
const large = 10_000;

describe("results", () => {
  it("of rank 0 are numbers, small ones copies, large ones stay in the heap", () => {
    const exe = compiled((x) => [cr.sum(x), cr.index(x, cr.slice(0, 3)), cr.mul(x, 2)], [vector(large)]);
    const [total, few, all] = exe.run([vector(large)]);
    // how far off a sum of so many is depends on how wide vectors are
    expect((total?.splat as number) / ((large * (large - 1)) / 2)).toBeCloseTo(1, 3);
    expect(elementsOf(few)).toEqual([0, 1, 2]);
    expect(inHeap(few)).toBe(false);
    expect(inHeap(all)).toBe(true);
    expect(all?.elements[large - 1]).toBe(2 * (large - 1));
  });
  it("of one call are not changed by the next, whether they have been read or not", () => {
    const exe = compiled(add, [vector(large), vector(large)]);
    const first = exe.run([vector(large), vector(large)])[0];
    const small = compiled(add, [vector(3), vector(3)]);
    const few = small.run([vector(3), vector(3)])[0];
    exe.run([vector(large, 5), vector(large)]);
    small.run([vector(3, 5), vector(3)]);
    expect(first?.elements[7]).toBe(14);
    expect(elementsOf(few)).toEqual([0, 2, 4]);
  });
  it("that are read can be operands again, also after they were spilled", () => {
    const exe = compiled(add, [vector(large), vector(large)]);
    const x = exe.run([vector(large), vector(large)])[0] as ConcreteArray;
    const unread = exe.run([x, x])[0] as ConcreteArray;
    expect(x.elements[3]).toBe(6);
    runtime().heap.spill();
    expect(inHeap(x)).toBe(false);
    expect(inHeap(unread)).toBe(false);
    expect(exe.run([x, unread])[0]?.elements[3]).toBe(18);
    exe.run([x, unread]);
    expect(inHeap(unread)).toBe(true);
  });
  it("that are inputs or constants are these", () => {
    const x = vector(large);
    const exe = compiled((a) => [a, cr.reshape(a, [100, 100]), cr.ones([2])], [x]);
    const [same, matrix, ones] = exe.run([x]);
    expect(same).toBe(x);
    expect(matrix?.type.shape).toEqual([100, 100]);
    expect(elementsOf(ones)).toEqual([1, 1]);
  });
});

describe("operands", () => {
  it("from JavaScript's memory get a slot when they come again, results need none", () => {
    const exe = compiled(add, [vector(large), vector(large)]);
    const [x, y] = [vector(large), vector(large, 1)];
    const before = runtime().heap.sizes.slots;
    const z = exe.run([x, y])[0] as ConcreteArray;
    const one = runtime().heap.sizes.slots - before;
    exe.run([x, z]);
    exe.run([x, z]);
    // two more results, and one slot for x
    expect(runtime().heap.sizes.slots - before).toBe(4 * one);
  });
  it("may be one number repeated", () => {
    const exe = compiled(add, [vector(large), vector(large)]);
    const out = exe.run([repeated("float32", [large], 3), vector(large)])[0];
    expect([out?.elements[0], out?.elements[large - 1]]).toEqual([3, large + 2]);
  });
  it("are counted", () => {
    expect(() => compiled(add, [vector(2), vector(2)]).run([vector(2)])).toThrow(InternalError);
  });
  it("that are constants of several programs share their memory", () => {
    const c = vector(100_000);
    const before = runtime().heap.sizes.slots;
    const plus = compiled((x) => cr.add(x, c as never), [vector(100_000)]);
    const times = compiled((x) => cr.mul(x, c as never), [vector(100_000)]);
    expect(runtime().heap.sizes.slots - before).toBeLessThan(500_000);
    const [a, b] = [plus.run([vector(100_000, 1)])[0], times.run([vector(100_000, 1)])[0]];
    expect([a?.elements[2], b?.elements[2]]).toEqual([5, 6]);
  });
});

describe("donated operands", () => {
  const step = (w: cr.Tensor, g: cr.Tensor): cr.Tensor => cr.sub(w, cr.mul(g, 0.5));
  const donating = (): WasmExecutable => compiled(step, [vector(large), vector(large)], { donate: [0] });

  it("give their memory to the result, and cannot be read afterwards", () => {
    const exe = donating();
    const w = exe.run([vector(large), vector(large)])[0] as ConcreteArray;
    const address = addressOf(w);
    const next = exe.run([w, vector(large)])[0] as ConcreteArray;
    expect(addressOf(next)).toBe(address);
    expect(next.elements[4]).toBe(0);
    expect(() => w.elements).toThrow(ArgumentError);
    expect(() => w.elements).toThrow(/donated/);
    expect(() => exe.run([w, w])).toThrow(/donated/);
  });
  it("from JavaScript's memory stay as they are", () => {
    const w = vector(large);
    expect(donating().run([w, vector(large)])[0]?.elements[4]).toBe(2);
    expect(w.elements[4]).toBe(4);
  });
  it("that occur twice, or are constants of a program, are copied", () => {
    const exe = donating();
    const w = exe.run([vector(large), vector(large)])[0] as ConcreteArray;
    expect(exe.run([w, w])[0]?.elements[4]).toBe(1);
    expect(w.elements[4]).toBe(2);
    const v = exe.run([vector(large), vector(large)])[0] as ConcreteArray;
    const plus = compiled((x) => cr.add(x, v as never), [vector(large)]);
    exe.run([v, vector(large)]);
    expect(plus.run([vector(large)])[0]?.elements[4]).toBe(6);
    expect(v.elements[4]).toBe(2);
  });
  it("of which there are many are each looked at a few times", () => {
    const count = 300;
    const operands = Array.from({ length: 2 * count }, () => vector(600));
    const exe = compiled((...xs) => xs.slice(0, count).map((w, i) => step(w, xs[count + i] as cr.Tensor)), operands, { donate: Array.from({ length: count }, (_, i) => i) });
    const weights = exe.run(operands);
    let looks = 0;
    const args = new Proxy([...weights, ...operands.slice(count)], { get: (list, key) => (looks++, Reflect.get(list, key)) });
    const results = exe.run(args);
    expect(looks).toBeLessThan(20 * operands.length);
    expect(results.every((x) => x.elements[4] === 0)).toBe(true);
  });
  it("that a program returns or reads on the host are copied, also after they were spilled", () => {
    const exe = donating();
    const fresh = (): ConcreteArray => compiled(add, [vector(large), vector(large)]).run([vector(large), vector(large)])[0] as ConcreteArray;
    const [returned, read] = [fresh(), fresh()];
    const plain = compiled((x) => [cr.add(x, 1), returned], [vector(large)]);
    const plus = programOf((x) => cr.add(x, read as never), vector(large));
    const onHost = compileKernels(hostOnly(plus), plus);
    for (let i = 0; i < 2; i++) {
      expect(plain.run([vector(large)])[1]).toBe(returned);
      for (const w of [returned, read]) expect(exe.run([w, vector(large)])[0]?.elements[4]).toBe(6);
      expect(plain.run([vector(large)])[1]?.elements[4]).toBe(8);
      expect(onHost.run([vector(large)])[0]?.elements[4]).toBe(12);
      runtime().heap.spill();
    }
  });
  const square = (first: number): ConcreteArray => arrayOf("float32", [64, 64], Array.from({ length: 4096 }, (_, i) => Math.sin(first + i)));
  type Three = (...args: readonly [cr.Tensor, cr.Tensor, cr.Tensor]) => readonly cr.Tensor[];
  // per result the argument whose memory it is in; "either" of the first two results may be in the one that waits for the other
  it.each<[string, Three, readonly number[], readonly (number | "either" | undefined)[]]>([
    ["one temporary is made of them later", (w, g) => [step(w, g), cr.cumsum(cr.mul(cr.cumsum(w, 1), g), 1)], [0], [0, undefined]],
    ["all that read them make results", (w, x) => [cr.sub(w, x), cr.matmul(x, w)], [0], [0, undefined]],
    ["the last reader cannot write over them, nor the first", (w, x) => [cr.matmul(w, x), cr.sub(w, x), cr.matmul(x, w)], [0], [undefined, 0, undefined]],
    ["several could write over them", (w, x) => [cr.sub(w, cr.matmul(x, x)), cr.add(w, cr.matmul(cr.sin(x), x)), cr.matmul(x, w)], [0], [undefined, 0, undefined]],
    ["each update reads what the one before it writes over", (w, v, u) => [cr.sub(w, 1), cr.sub(v, cr.matmul(w, w)), cr.sub(u, cr.matmul(v, v))], [0, 1, 2], [0, 1, 2]],
    ["updates wait for each other in turn", (w, v, u) => [cr.sub(w, cr.matmul(v, v)), cr.sub(v, cr.matmul(u, u)), cr.sub(u, cr.matmul(w, w))], [0, 1, 2], ["either", "either", "either"]],
  ])("are overwritten behind their last reader where %s", (_, fn, donate, homes) => {
    const examples = [square(1), square(2), square(3)];
    const exe = compiled(fn as never, examples, { donate });
    const zero = repeated("float32", [64, 64], 0);
    const fresh = (): ConcreteArray[] => examples.map((x) => compiled(add, [x, x]).run([x, zero])[0] as ConcreteArray);
    const args = fresh();
    const addresses = args.map(addressOf);
    const results = exe.run(args);
    const taken = results.map((r) => addresses.indexOf(addressOf(r)));
    const either = homes.filter((h) => h === "either").length;
    if (either > 0) expect(taken.filter((t, i) => t === i).length).toBe(either - 1);
    else expect(taken).toEqual(homes.map((h) => h ?? -1));
    expect(results.map(elementsOf)).toEqual(compiled(fn as never, examples).run(fresh()).map(elementsOf));
  });
  it("cannot be read after a call that failed once it had begun to overwrite them", () => {
    const lookup = (w: cr.Tensor, i: cr.Tensor): unknown => [cr.sin(w), cr.take(cr.exp(w), i, { mode: "throw" })];
    const at = (n: number): ConcreteArray => arrayOf("int32", [1], [n]);
    const exe = compiled(lookup, [vector(large), at(3)], { donate: [0] });
    const fresh = (): ConcreteArray => compiled(add, [vector(large), vector(large)]).run([vector(large), vector(large)])[0] as ConcreteArray;
    const [unread, read] = [fresh(), fresh()];
    expect(read.elements[3]).toBe(6);
    const before = runtime().heap.sizes.slots;
    for (const w of [unread, read]) expect(() => exe.run([w, at(large)])).toThrow(cr.IndexError);
    // nor do results of such calls take any room
    expect(runtime().heap.sizes.slots).toBe(before - 2 * (4 * large + 64));
    expect(() => unread.elements).toThrow(/donated as input 0 of a program to a call that failed/);
    expect(read.elements[3]).toBe(6);
    expect(elementsOf(exe.run([fresh(), at(3)])[1])[0]).toBeCloseTo(Math.exp(6), 3);
  });
  it("that are used again are named with the function and the argument that they were donated to", () => {
    const train = cr.traceFn(function train(state: { readonly w: cr.Tensor }, rows: readonly cr.Tensor[], i: cr.Tensor) {
      return [{ w: cr.add(state.w, rows[1] as cr.Tensor) }, cr.take(cr.exp(state.w), i, { mode: "throw" })] as const;
    }, { donate: [0, 1] });
    const fresh = (): cr.NDArray => cr.traceFn(cr.sin)(new Float32Array(large).fill(1) as never) as unknown as cr.NDArray;
    const unused = fresh();
    const call = (w: unknown, i: number): readonly [{ readonly w: cr.NDArray }, unknown] => train({ w } as never, [unused, fresh()] as never, Int32Array.of(i) as never) as never;
    const first = fresh();
    const [{ w }] = call(first, 0);
    call(w, 0);
    const named = /^the memory of this array was donated as argument 0\.w of train, and holds a result of that call\n.*executable\.test\.ts:\d+:\d+\)?\n.*hint: keep the result/;
    for (const use of [() => first.data, () => w.toArray(), () => `${w}`, () => call(w, 0), () => cr.add(w as never, 1)]) expect(use).toThrow(named);
    expect(inspect(w)).toBe(`NDArray<f32[${large}]>, but the memory of this array was donated as argument 0.w of train, and holds a result of that call`);
    expect(() => cr.reshape(w, undefined as never), "other faults of a call come first").toThrow(/^reshape: a shape is a list/);
    const last = fresh();
    expect(() => call(last, large)).toThrow(cr.IndexError);
    expect(() => last.data).toThrow(/^the memory of this array was donated as argument 0\.w of train to a call that failed/);
  });
  it("make 10,000 steps need no more memory than one", () => {
    const exe = donating();
    const g = repeated("float32", [large], 2);
    let w = exe.run([vector(large), g])[0] as ConcreteArray;
    const before = runtime().heap.sizes;
    for (let i = 0; i < 10_000; i++) w = exe.run([w, g])[0] as ConcreteArray;
    expect(runtime().heap.sizes.memory).toBe(before.memory);
    expect(runtime().heap.sizes.slots - before.slots).toBeLessThan(100_000);
    expect(w.elements[0]).toBe(-10_001);
  });
});

describe("memory over many calls", () => {
  it("keeps the arena when a larger one does not fit", () => {
    const small = new Runtime({ maximum: 2 ** 22 });
    small.reserveArena(100_000);
    const { arena } = small;
    expect(() => small.reserveArena(2 ** 23)).toThrow(UnsupportedError);
    expect(small.arena.address).toBe(arena.address);
    expect(small.heap.take(100_000, "another block").address).toBeGreaterThanOrEqual(arena.address + 100_000);
    small.reserveArena(200_000);
    expect(small.arena.size).toBeGreaterThanOrEqual(200_000);
  });
  it("that does not suffice is an error that names types and lines", () => {
    const outer = (x: cr.Tensor): cr.Tensor => cr.exp(cr.add(cr.reshape(x, [40_000, 1]), x));
    const x = repeated("float32", [40_000], 1);
    const text = (run: () => unknown): string => {
      try {
        return String(run());
      } catch (error) {
        expect(error).toBeInstanceOf(UnsupportedError);
        return String(error);
      }
    };
    expect(text(() => compiled(outer, [x]).run([x]))).toMatch(/for a result of a program, f32\[40000,40000\] \(6\.0 GiB, made at .*executable\.test\.ts:\d+:\d+\)+: .* of at most 4\.0 GiB are taken/);
    const sums = (y: cr.Tensor): cr.Tensor => cr.cumsum(cr.cumsum(outer(y), { axis: 0 }), { axis: 1 }).get(-1, -1);
    const line = "f32\\[1600000000\\] \\(6\\.0 GiB, made at .*executable\\.test\\.ts:\\d+:\\d+\\)+";
    expect(text(() => compiled(sums, [x]).run([x]))).toMatch(new RegExp(`for temporaries of a program \\([\\d.]+ GiB\\): .*; the largest temporaries: ${line}; ${line}`));
  });
  it("stays within the budget when results are dropped or kept", () => {
    configure({ heapBudget: 8 * 2 ** 20 });
    try {
      const exe = compiled(add, [vector(100_000), vector(100_000)]);
      let x = vector(100_000);
      const one = repeated("float32", [100_000], 1);
      const kept: ConcreteArray[] = [];
      for (let i = 0; i < 300; i++) {
        x = exe.run([x, one])[0] as ConcreteArray;
        if (i % 50 === 0) kept.push(x);
      }
      expect(runtime().heap.sizes.slots).toBeLessThan(9 * 2 ** 20);
      expect(x.elements[1]).toBe(301);
      expect(kept.map((k) => k.elements[0])).toEqual([1, 51, 101, 151, 201, 251]);
    } finally {
      configure({ heapBudget: undefined });
    }
  });
  it("is the same after a million small calls", () => {
    const exe = compiled(add, [vector(4), vector(4)]);
    let x = vector(4);
    const one = repeated("float32", [4], 1);
    const calls = (count: number): void => {
      for (let i = 0; i < count; i++) x = exe.run([x, one])[0] as ConcreteArray;
    };
    calls(100_000);
    const { memory, taken } = runtime().heap.sizes;
    const before = process.memoryUsage().rss;
    calls(1_000_000);
    expect(runtime().heap.sizes).toMatchObject({ memory, taken });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    expect(elementsOf(x)).toEqual([1_100_000, 1_100_001, 1_100_002, 1_100_003]);
  });
  it("is the same after 50,000 calls in one job whose results stay in the heap, given up, donated or spilled", () => {
    const [plain, donating] = [{}, { donate: [0] }].map((options) => compiled(add, [vector(1000), vector(1000)], options)) as [WasmExecutable, WasmExecutable];
    let x = vector(1000);
    const one = repeated("float32", [1000], 1);
    const calls = (count: number): number => {
      for (let i = 0; i < count; i++) {
        x = (i % 2 === 0 ? plain : donating).run([x, one])[0] as ConcreteArray;
        if (i % 1000 === 0) runtime().heap.spill();
      }
      runtime().heap.reclaim(true);
      return process.memoryUsage().heapUsed;
    };
    const before = calls(5000);
    // what knows of a result is more than 100 bytes
    expect(calls(50_000) - before).toBeLessThan(2.5e6);
    expect(x.elements[1]).toBe(55_001);
  });
  it("is the same however often an argument in JavaScript's memory has been spilled", () => {
    const exe = compiled(add, [vector(1000), vector(1000)]);
    const [x, y] = [vector(1000), vector(1000)] as const;
    const rounds = (count: number): number => {
      for (let i = 0; i < count; i++) {
        runtime().resident(x.type, x.storage, x.splat, "an argument");
        runtime().heap.now++;
        for (let k = 0; k < 2; k++) runtime().heap.spill();
      }
      runtime().heap.reclaim(true);
      return process.memoryUsage().heapUsed;
    };
    const before = rounds(1000);
    // what knows of it is more than 100 bytes
    expect(rounds(50_000) - before).toBeLessThan(2.5e6);
    expect(exe.run([x, y])[0]?.elements[4]).toBe(8);
  });
  it("programs that are dropped give their memory back", async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const compileOne = (): void => void compiled((x) => cr.mul(x, cr.add(vector(500) as never, 1)), [vector(500)]).run([vector(500)]);
    const settle = async (): Promise<number> => {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return runtime().heap.sizes.taken;
    };
    compileOne();
    const before = await settle();
    for (let i = 0; i < 20; i++) compileOne();
    expect(runtime().heap.sizes.taken - before).toBeGreaterThan(20 * 2000);
    expect((await settle()) - before).toBeLessThan(2 * 2500);
  });
});

describe("modules", () => {
  it("are shared by equal programs", () => {
    const [a, b] = [1, 2].map(() => compiled(add, [vector(4), vector(4)]));
    expect(a?.parts.compiled).toBe(b?.parts.compiled);
  });
});

describe("configure", () => {
  it("refuses what it does not know", () => {
    expect(() => configure({ thread: 2 } as never)).toThrow(/unknown option "thread"/);
    expect(() => configure({ threads: 0 })).toThrow(/from 1 to 64, got 0/);
    expect(() => configure({ heapBudget: 5 })).toThrow(/from 1 MiB to 4 GiB, got 5/);
    expect(() => configure({ heapMaximum: 2 ** 30 })).toThrow(/too late/);
  });
  it("says what holds", () => {
    expect(configure({ threads: 3 }).threads).toBe(3);
    expect(configure({ threads: undefined }).threads).not.toBe(0);
  });
});
