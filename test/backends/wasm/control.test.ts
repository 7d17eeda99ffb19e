/** Loops and branches inside the module: where states lie, threads that meet in every turn, faults and calls of the host between turns. */
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { afterAll, describe, expect, it } from "vitest";
import type { WasmExecutable } from "../../../src/backends/wasm/executable.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";
import { change } from "../../../src/backends/wasm/settings.ts";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { evaluator } from "../../../src/core/evaluate.ts";
import type { KernelProgram, RepeatKernel } from "../../../src/kernel/ir.ts";
import { lowerProgram } from "../../../src/kernel/lower.ts";
import { planMemory } from "../../../src/kernel/plan.ts";
import { general } from "../arrays.ts";
import { loops, tests } from "../control-programs.ts";
import { compiled, programOf } from "./programs.ts";

type F = (...args: Tensor[]) => unknown;
const scan = cr.scan as unknown as (f: (carry: never, x: never) => readonly unknown[], init: unknown, xs: unknown, options?: object) => unknown[];
const whileLoop = cr.whileLoop as unknown as (test: (s: never) => unknown, body: (s: never) => unknown, init: unknown) => unknown;
const bits = (results: readonly ConcreteArray[]): Uint8Array[] => results.map((x) => new Uint8Array(x.elements.slice().buffer));
const vector = (n: number, name = "x"): ConcreteArray => general("float32", [n], name);
const index = (i: number): ConcreteArray => cr.int32(i) as never;

const lowered = (f: F, ...inputs: ConcreteArray[]): KernelProgram => lowerProgram(programOf(f, ...inputs));
const repeats = ({ kernels }: KernelProgram): RepeatKernel[] => kernels.filter((k) => k.kind === "repeat");
/** By leaf of the only loop: whether its new value goes over the old one. */
function inPlace(program: KernelProgram): boolean[] {
  const [loop] = repeats(program) as [RepeatKernel];
  const plan = planMemory(program, { stagedInput: 2 ** 20, stagedOutput: 64, donated: [] });
  return loop.state.map((s) => plan.inside.get(loop)?.inPlace.has(s) === true);
}

describe("the state of a loop", () => {
  it("is updated in place where nothing else reads the old one", () => {
    expect(inPlace(lowered((x) => scan(((c: Tensor) => [cr.sin(c), null]) as never, x, null, { length: 5 })[0], vector(100)))).toEqual([true]);
    expect(inPlace(lowered((x) => scan(((c: Tensor) => [cr.sin(cr.flip(c)), null]) as never, x, null, { length: 5 })[0], vector(100)))).toEqual([false]);
    expect(inPlace(lowered((x) => scan(((c: Tensor) => [cr.sin(c), cr.sum(c)]) as never, x, null, { length: 5 }), vector(100)))).toEqual([true]);
  });
  it("is read before it is overwritten, whatever the order in which that was written", () => {
    const fill: F = (x) => scan((([i, t]: Tensor[]) => [[cr.add(i!, 1), cr.at(t!, i!).set(cr.add(cr.index(t!, cr.sub(i!, 1)), 1))], cr.index(t!, i!)]) as never, [cr.int32(1), x], null, { length: 5 });
    const program = lowered(fill, vector(100));
    const [loop] = repeats(program) as [RepeatKernel];
    const table = loop.state.findIndex((s) => s.before.length === 100);
    expect(inPlace(program)[table]).toBe(true);
  });
  it("may take the memory of a donated argument, and copies one that is not", () => {
    const f: F = (x) => scan(((c: Tensor) => [cr.sin(c), null]) as never, x, null, { length: 5 })[0];
    const program = programOf(f, vector(1000));
    const homes = (donated: number[]): unknown => {
      const kernels = lowerProgram(program);
      const plan = planMemory(kernels, { stagedInput: 64, stagedOutput: 64, donated });
      return plan.homes[(repeats(kernels)[0] as RepeatKernel).state[0]!.before.id]?.kind;
    };
    expect([homes([]), homes([0])]).toEqual(["result", "input"]);
    const x = vector(1000);
    const before = x.elements.slice();
    compiled(f, [x]).run([x]);
    expect(x.elements).toEqual(before);
  });
  it("takes as much memory for a thousand turns as for ten", () => {
    const arena = (length: number): number => planMemory(lowered((x, w) => scan(((c: Tensor) => [cr.tanh(cr.matmul(c, w)), null]) as never, x, null, { length })[0], vector(64), general("float32", [64, 64], "w")), { stagedInput: 2 ** 20, stagedOutput: 64, donated: [] }).arena;
    expect(arena(1000)).toBe(arena(10));
  });
});

describe("states that move on from leaf to leaf", () => {
  const names: Record<string, (n: number) => F> = {
    "two, as in a recurrence": (length) => (a, b) => scan((([a, b]: Tensor[]) => [[b, cr.sub(cr.mul(b!, 1.2), cr.add(a!, cr.flip(b!)))], null]) as never, [a, b], null, { length })[0],
    "four, and one beside them": (length) => (a, b) => scan((([a, b, c, d, e]: Tensor[]) => [[b, c, d, cr.sin(cr.add(a!, cr.flip(e!))), cr.cos(cr.add(d!, e!))], cr.sum(c!)]) as never, [a, b, a, b, cr.sin(a)], null, { length }),
    "in a circle": (length) => (a, b) => scan((([a, b, c]: Tensor[]) => [[b, c, a], cr.sum(cr.mul(a!, b!))]) as never, [a, b, cr.add(a, b)], null, { length }),
    "in a loop in a loop": (length) => (a, b) => scan((([a, b]: Tensor[]) => [scan((([a, b]: Tensor[]) => [[b, cr.sin(cr.add(a!, cr.flip(b!)))], null]) as never, [a, b], null, { length })[0], null]) as never, [a, b], null, { length: 3 })[0],
  };
  it.each(Object.keys(names))("%s: nothing is copied, whatever the number of turns", (name) => {
    const inputs = [vector(100, "a"), vector(100, "b")];
    for (const length of [1, 2, 3, 4, 5, 6, 7, 12]) {
      const f = (names[name] as (n: number) => F)(length);
      const program = programOf(f, ...inputs);
      const copies = lowerProgram(program).kernels.flatMap((k) => (k.kind === "repeat" ? k.body : [])).filter((k) => k.name === "copy");
      expect(copies).toEqual([]);
      const exe = compiled(f, inputs);
      const want = evaluator(program)(inputs);
      for (let k = 0; k < 2; k++) exe.run(inputs).forEach((r, i) => r.elements.forEach((v, j) => expect(Math.abs(v - (want[i]!.elements[j] as number))).toBeLessThan(1e-4 * (1 + Math.abs(v)))));
    }
  });
});

describe("threads in loops", () => {
  afterAll(() => void change({ threads: undefined, parallelKernel: undefined, parallelProgram: undefined, dynamicSharing: undefined }));
  async function ready(exe: WasmExecutable, threads: number): Promise<void> {
    for (let i = 0; i < 400 && runtime().pool.threadsFor(exe.parts.compiled, threads) !== threads; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(runtime().pool.threadsFor(exe.parts.compiled, threads)).toBe(threads);
  }
  const big: Record<string, readonly [F, ...ConcreteArray[]]> = {
    "a network": [(h, w, xs) => scan(((h: Tensor, x: Tensor) => { const y = cr.tanh(cr.add(cr.mul(cr.matmul(h, w), 0.05), x)); return [y, cr.sum(y, 0)]; }) as never, h, xs), general("float32", [70, 60], "h"), general("float32", [60, 60], "w"), general("float32", [9, 70, 60], "xs")],
    "until it is small": [(x) => whileLoop((([x]: Tensor[]) => cr.greater(cr.sum(cr.square(x!)), 1)) as never, (([x, n]: Tensor[]) => [cr.mul(cr.add(cr.flip(x!), x!), 0.4), cr.add(n!, 1)]) as never, [x, cr.int32(0)]), vector(50_001)],
    "choices in turns": [(x) => scan((([c, n]: Tensor[]) => [[cr.switchCase(n!, [(c: Tensor) => cr.add(cr.flip(c), 1), (c: Tensor) => c, (c: Tensor) => cr.sin(cr.cumsum(c))] as never, c as never), cr.mod(cr.add(n!, 1), 3)], cr.sum(c!)]) as never, [x, cr.int32(0)], null, { length: 8 }), vector(30_000)],
    "a loop in a loop": [(x) => scan(((c: Tensor) => [scan(((d: Tensor) => [cr.mul(cr.add(cr.flip(d), c), 0.3), null]) as never, c, null, { length: 3 })[0], cr.max(c)]) as never, x, null, { length: 5 }), vector(40_000)],
  };
  it.each(Object.entries(big))("%s: the same bits for any number, pieces taken by a counter or not", async (_name, [f, ...inputs]) => {
    for (const dynamicSharing of [0, 1]) {
      change({ parallelKernel: 0, parallelProgram: 0, dynamicSharing });
      const exe = compiled(f, inputs);
      expect(exe.parts.emission.steps.some((s) => s.parallel && s.inside.length > 0)).toBe(true);
      change({ threads: 1 });
      const alone = bits(exe.run(inputs));
      const want = evaluator(programOf(f, ...inputs))(inputs);
      exe.run(inputs).forEach((r, i) => r.elements.forEach((v, k) => expect(Math.abs(v - (want[i]!.elements[k] as number))).toBeLessThan(1e-3 * (1 + Math.abs(v)))));
      for (const threads of [2, 3]) {
        change({ threads });
        exe.run(inputs);
        await ready(exe, threads);
        for (let i = 0; i < 10; i++) expect(bits(exe.run(inputs))).toEqual(alone);
      }
      expect(runtime().pool.failed).toBe(false);
    }
  });
  it.each(Object.entries({ ...loops, ...tests }))("%s gives the same bits on two, every kernel shared out that can be", async (name, [f, ...shapes]) => {
    change({ parallelKernel: 0, parallelProgram: 0 });
    const inputs = shapes.map((shape, i) => general("float32", shape, `${name}${i}`));
    const exe = compiled(f, inputs);
    change({ threads: 1 });
    const alone = bits(exe.run(inputs));
    change({ threads: 2 });
    exe.run(inputs);
    if (exe.parts.emission.parallel) await ready(exe, 2);
    expect(bits(exe.run(inputs))).toEqual(alone);
  });
});

/** A loop alone in a program is one step; with steps inside, or written out. */
const isWrittenOut = (exe: WasmExecutable): boolean => exe.parts.emission.steps.some((s) => s.kernel.kind === "repeat" && s.emitted !== undefined);

describe.each([["written out", 1], ["of kernels", 0]] as const)("loops %s", (_name, smallLoops) => {
  afterAll(() => void change({ smallLoops: undefined }));
  it.each(Object.entries({ ...loops, ...tests }))("%s", (name, [f, ...shapes]) => {
    change({ smallLoops });
    const inputs = shapes.map((shape, i) => general("float64", shape, `${name}${i}`));
    const exe = compiled(f, inputs);
    if (smallLoops === 0) expect(isWrittenOut(exe)).toBe(false);
    const want = evaluator(programOf(f, ...inputs))(inputs);
    for (let k = 0; k < 2; k++) exe.run(inputs).forEach((r, i) => r.elements.forEach((v, j) => expect(v).toBeCloseTo(want[i]!.elements[j] as number, 9)));
  });
});

describe("small loops", () => {
  const sums: F = (x) => scan(((c: Tensor, x: Tensor) => { const y = cr.add(cr.mul(c, 0.9), x); return [y, cr.sqrt(cr.abs(y))]; }) as never, cr.float32(0), x);
  it("are written out, those with long states or many points are not", () => {
    expect(isWrittenOut(compiled(sums, [vector(100)]))).toBe(true);
    expect(isWrittenOut(compiled((x) => scan(((c: Tensor) => [cr.mul(c, 0.5), null]) as never, x, null, { length: 5 })[0], [vector(65)]))).toBe(false);
    expect(isWrittenOut(compiled((x, w) => scan(((c: Tensor) => [cr.matmul(c, w), null]) as never, x, null, { length: 5 })[0], [vector(20), general("float32", [20, 20], "w")]))).toBe(false);
    expect(isWrittenOut(compiled((x) => scan(((c: Tensor) => [cr.tanh(c), null]) as never, x, null, { length: 5 })[0], [vector(10)]))).toBe(false);
  });
  it("may have choices inside, whose branches share what came before and nothing else", () => {
    const adaptive: F = (x) => whileLoop((([, n]: Tensor[]) => cr.less(n!, 40)) as never, (([x, n]: Tensor[]) => {
      const y = cr.div(x!, cr.add(1, cr.square(x!)));
      const [z, w] = cr.cond(cr.greater(cr.sum(x!), 1), ((x: Tensor, y: Tensor) => [cr.mul(cr.add(x, y), 0.4), cr.mul(y, cr.add(x, y))]) as never, ((x: Tensor, y: Tensor) => [cr.add(cr.sqrt(cr.abs(y)), cr.mul(x, 1.5)), x]) as never, x as never, y as never) as unknown as [Tensor, Tensor];
      return [cr.add(z, cr.mul(cr.add(x!, y), 0.01)), cr.add(n!, cr.astype(cr.where(cr.greater(cr.sum(w), 100), 2, 1), "int32"))];
    }) as never, [x, cr.int32(0)]);
    const x = general("float64", [1], "adaptive");
    const exe = compiled(adaptive, [x]);
    expect(isWrittenOut(exe)).toBe(true);
    const want = evaluator(programOf(adaptive, x))([x]);
    exe.run([x]).forEach((r, i) => expect(r.elements[0]).toBeCloseTo(want[i]!.elements[0] as number, 9));
  });
  it("are loops within another one too", () => {
    const nested: F = (x) => scan(((c: Tensor, x: Tensor) => [whileLoop(((y: Tensor) => cr.less(y, 10)) as never, ((y: Tensor) => cr.mul(y, 1.5)) as never, cr.add(cr.abs(c), cr.abs(x))), null]) as never, cr.float32(1), x)[0];
    const x = vector(20);
    const exe = compiled(nested, [x]);
    expect(exe.parts.emission.steps.some((s) => s.inside.flat().some((i) => i.emitted !== undefined && i.kernel.kind === "repeat"))).toBe(true);
    expect(exe.run([x])[0]!.elements[0]).toBeCloseTo(evaluator(programOf(nested, x))([x])[0]!.elements[0] as number, 4);
  });
  it("read any of their operands at computed places, and end where one is out of bounds", () => {
    const chase: F = (next, start) => scan((([i, n]: Tensor[]) => [[cr.take(next, i!, { mode: "throw" }), cr.add(n!, i!)], i]) as never, [start, cr.int32(0)], null, { length: 6 });
    const next = (...list: number[]): ConcreteArray => cr.array(Int32Array.from(list)) as never;
    const exe = compiled(chase, [next(...Array.from({ length: 100 }, () => 0)), index(0)]);
    expect(isWrittenOut(exe)).toBe(true);
    const jumps = Array.from({ length: 100 }, (_, i) => (i * 37 + 11) % 100);
    const visited: number[] = [];
    for (let i = 5, k = 0; k < 6; k++, i = jumps[i] as number) visited.push(i);
    const got = exe.run([next(...jumps), index(5)]);
    expect([...got[2]!.elements]).toEqual(visited);
    expect(got[1]!.elements[0]).toBe(visited.reduce((a, b) => a + b, 0));
    expect(() => exe.run([next(...jumps.map((j) => (j === visited[3] ? 100 : j))), index(5)])).toThrow(/index 100 is out of bounds/);
    expect([...exe.run([next(...jumps), index(5)])[2]!.elements]).toEqual(visited);
  });
});

describe("what ends a loop", () => {
  const outside: F = (x, start) => whileLoop((([, s]: Tensor[]) => cr.less(s!, 1e9)) as never, (([i, s]: Tensor[]) => [cr.add(i!, 1), cr.add(s!, cr.mul(cr.take(x, i!, { mode: "throw" }), 0))]) as never, [start, cr.float32(0)]);
  it("an index out of bounds does, in a loop that would never end, and the next call works", () => {
    const exe = compiled(outside, [vector(50), index(0)]);
    for (let i = 0; i < 3; i++) expect(() => exe.run([vector(50), index(i)])).toThrow(/index 50 is out of bounds/);
    const summed: F = (x, start) => scan((([i, s]: Tensor[]) => [[cr.add(i!, 1), cr.add(s!, cr.take(x, i!, { mode: "throw" }))], null]) as never, [start, cr.float32(0)], null, { length: 10 })[0];
    const sums = compiled(summed, [vector(50), index(0)]);
    expect(() => sums.run([vector(50), index(45)])).toThrow(/index 50 is out of bounds/);
    const want = Array.from(vector(50).elements.subarray(40, 50)).reduce((a, b) => a + b, 0);
    expect(sums.run([vector(50), index(40)])[1]!.elements[0]).toBeCloseTo(want, 4);
  });
  it("an error of the host does, and nothing is called after it", () => {
    const seen: number[] = [];
    const host = cr.callback((x: cr.NDArray) => {
      seen.push(x.item() as number);
      if (seen.length === 4) throw new RangeError("enough");
      return x;
    }, { dtype: "float32", shape: [] }, { ordered: true });
    const forever = cr.traceFn((x: Tensor) => whileLoop(((x: Tensor) => cr.less(x, 1e9)) as never, ((x: Tensor) => cr.mul(host(x as never) as Tensor, 1)) as never, x) as Tensor);
    expect(() => forever(3)).toThrow("enough");
    expect(seen).toEqual([3, 3, 3, 3]);
  });
  it.each([1, 1000])("what failed before it does, where nothing else would: %i elements", (n) => {
    let result = 0;
    const step = cr.callback((x: cr.NDArray) => {
      if (result === 0) throw new RangeError("no step");
      return cr.mul(x, result);
    }, { dtype: "float32", shape: [] });
    const descend = compiled((x, one) => { const by = step(one as never) as Tensor; return whileLoop(((v: Tensor) => cr.greater(cr.sum(v), 0)) as never, ((v: Tensor) => cr.sub(v, by)) as never, x); }, [vector(n), cr.float32(1) as never]);
    const x = cr.full([n], 2) as never;
    // a step that leaves everything as it is, as memory that nothing was written to often does
    runtime().heap.views.float32.fill(0, runtime().arena.address / 4, (runtime().arena.address + runtime().arena.size) / 4);
    expect(() => descend.run([x, cr.float32(1) as never])).toThrow("no step");
    result = 1;
    expect(descend.run([x, cr.float32(1) as never])[0]!.elements[0]).toBe(0);
  });
  it("a call of the host may compile and run other programs, whatever memory they want", () => {
    let size = 3e5;
    const others: unknown[] = [];
    const host = cr.callback((x: cr.NDArray) => {
      size *= 2;
      const inner = cr.traceFn((y: Tensor) => cr.sum(cr.matmul(cr.reshape(cr.sin(y), [-1, 10]), cr.ones([10, 10]))));
      const first = inner(new Float32Array(size).fill(0.1));
      others.push(cr.traceFn((y: Tensor) => cr.add(y, 1))(new Float32Array(size).fill(7)), cr.ones([1000, 100]));
      return first.item() > 0 ? x : cr.mul(x, 0);
    }, { dtype: "float32", shape: [40_000] }, { ordered: true });
    const f = (middle: (x: Tensor) => Tensor): F => (x) => scan(((c: Tensor) => { const y = cr.cumsum(cr.sin(c)); const z = cr.add(middle(cr.mul(y, 0.001)), cr.mul(y, 0.002)); return [z, cr.sum(cr.cumsum(z))]; }) as never, x, null, { length: 3 });
    const x = vector(40_000);
    const want = compiled(f((v) => v), [x]).run([x]);
    const got = compiled(f((v) => host(v as never) as Tensor), [x]).run([x]);
    got.forEach((r, i) => expect(r.elements).toEqual(want[i]!.elements));
    expect(others.length).toBe(6);
  });
  it("no function of the host sees what a refused index gave", () => {
    const seen: number[] = [];
    const note = cr.callback((x: cr.NDArray) => {
      seen.push(x.item() as number);
      return x;
    }, { dtype: "float32", shape: [] }, { ordered: true });
    const noted = (x: Tensor, i: Tensor): Tensor => note(cr.take(x, i, { mode: "throw" }) as never) as Tensor;
    const alone = cr.traceFn((x: Tensor, i: Tensor) => { note(cr.sum(x) as never); return noted(x, i); });
    expect(() => alone([1, 2, 3], cr.int32(7))).toThrow(/index 7 is out of bounds/);
    expect(seen.splice(0)).toEqual([6]);
    const turns = cr.traceFn((x: Tensor, start: Tensor) => scan(((i: Tensor) => [cr.add(i, 1), noted(x, i)]) as never, start, null, { length: 6 })[1] as Tensor);
    expect(() => turns([1, 2, 3], cr.int32(1))).toThrow(/index 3 is out of bounds/);
    expect(seen).toEqual([2, 3]);
  });
  it("calls of the host come in the order of the turns", () => {
    const seen: number[] = [];
    const note = cr.callback((x: cr.NDArray) => {
      seen.push(x.item() as number);
      return x;
    }, { dtype: "float32", shape: [] }, { ordered: true });
    const f = cr.traceFn((x: Tensor) => scan(((c: Tensor, x: Tensor) => { note(x as never); const y = cr.add(c, x); note(y as never); return [y, null]; }) as never, 0, x)[0] as Tensor);
    expect(f([1, 2, 3]).item()).toBe(6);
    expect(seen).toEqual([1, 1, 2, 3, 3, 6]);
  });
});

it("a turn may be a chain of thousands of operations", () => {
  const chain = (n: number): F => (x) => scan(((c: Tensor) => [Array.from({ length: n }).reduce((y: Tensor, _, i) => (i % 2 === 0 ? cr.mul(y, 0.5) : cr.add(y, c)), c), null]) as never, x, null, { length: 3 })[0];
  for (const n of [300, 6000]) {
    const exe = compiled(chain(n), [cr.float32(1) as never]);
    expect(exe.run([cr.float32(1) as never])[0]!.elements[0]).toBeCloseTo(8, 4);
  }
});

it("the size of the module does not depend on the number of turns", () => {
  const size = (length: number): number => compiled((x) => scan(((c: Tensor) => [cr.sin(c), c]) as never, x, null, { length }), [vector(10)]).parts.compiled.bytes.length;
  expect(Math.abs(size(10_000) - size(10))).toBeLessThan(16);
});
