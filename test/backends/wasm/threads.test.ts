/** Threads: the same bits however many there are, and whatever becomes of them. */
import { execFileSync } from "node:child_process";
import * as cr from "chainrule";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { optimize } from "../../../src/transform/optimize.ts";
import { compileKernels } from "../../../src/backends/wasm/compile-program.ts";
import type { WasmExecutable } from "../../../src/backends/wasm/executable.ts";
import { Heap } from "../../../src/backends/wasm/heap.ts";
import { control } from "../../../src/backends/wasm/layout.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";
import { waitsBefore } from "../../../src/backends/wasm/sequence.ts";
import { change } from "../../../src/backends/wasm/settings.ts";
import type { Step } from "../../../src/backends/wasm/step.ts";
import { Pool } from "../../../src/backends/wasm/threads/pool.ts";
import { lowerProgram } from "../../../src/kernel/lower.ts";
import { general } from "../arrays.ts";
import { compiled, programOf } from "./programs.ts";

/** Products, sums along both axes, running sums, several results. */
function mixed(a: cr.Tensor, b: cr.Tensor): unknown {
  const c = cr.matmul(a, b);
  const s = cr.softmax(c);
  return [cr.sum(cr.sin(s)), cr.add(s, cr.matmul(c, a)), cr.cumsum(s, 0), cr.mean(cr.exp(cr.neg(cr.abs(c))), 0)];
}
const operands = (): ConcreteArray[] => [general("float32", [190, 190], "left"), general("float32", [190, 190], "right")];
const bits = (results: readonly ConcreteArray[]): Uint32Array[] => results.map((x) => new Uint32Array(x.elements.slice().buffer));

/** Waits until the workers know the program. */
async function ready(exe: WasmExecutable, threads: number): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (runtime().pool.threadsFor(exe.parts.compiled, threads) === threads) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${threads} threads were not ready within ten seconds`);
}

beforeAll(() => void change({ parallelKernel: 0, parallelProgram: 0 }));
afterAll(() => void change({ threads: undefined, parallelKernel: undefined, parallelProgram: undefined }));

describe("threads", () => {
  it.each([0, 1])("give the same bits for any number, pieces taken by a counter: %i", async (dynamicSharing) => {
    change({ dynamicSharing });
    const inputs = operands();
    const exe = compiled(mixed, inputs);
    change({ threads: 1 });
    const alone = bits(exe.run(inputs));
    for (const threads of [2, 3, 5]) {
      change({ threads });
      exe.run(inputs);
      await ready(exe, threads);
      for (let i = 0; i < 20; i++) expect(bits(exe.run(inputs))).toEqual(alone);
    }
    // workers that take part in some calls and not in others
    for (let i = 0; i < 40; i++) {
      change({ threads: [5, 2, 1, 4][i % 4] as number });
      expect(bits(exe.run(inputs))).toEqual(alone);
    }
    expect(runtime().pool.failed).toBe(false);
    expect(runtime().pool.ready).toBe(5);
    expect(exe.parts.emission.counters > 0).toBe(dynamicSharing > 0);
    change({ dynamicSharing: undefined });
  });

  it("give the same bits where they pack rows together: product after product, in loops, and one that a single thread computes between them", async () => {
    const inputs = [general("float32", [270, 140], "left"), general("float32", [270, 300], "right"), general("float32", [130, 300], "small")];
    const products = (a: cr.Tensor, b: cr.Tensor, c: cr.Tensor): unknown => {
      const first = cr.matmul(a.T, b);
      const second = cr.matmul(b.T, b);
      const third = cr.matmul(c.T, c);
      const turns = cr.foriLoop(0, 3, (_, v) => cr.mul(cr.matmul(cr.transpose(v), cr.add(v, third)), 1e-3), second);
      return [first, second, third, turns, cr.matmul(second.T, b.T)];
    };
    const packing = (steps: readonly Step[]): number => steps.reduce((sum, s) => sum + (s.emitted?.pack === undefined ? 0 : 1) + packing(s.inside.flat()), 0);
    for (const dynamicSharing of [0, 1]) {
      change({ dynamicSharing, threads: 1 });
      const exe = compiled(products, inputs);
      expect(packing(exe.parts.emission.steps)).toBe(5);
      const alone = bits(exe.run(inputs));
      for (const threads of [2, 3]) {
        change({ threads });
        exe.run(inputs);
        await ready(exe, threads);
        for (let i = 0; i < 20; i++) expect(bits(exe.run(inputs))).toEqual(alone);
      }
    }
    change({ dynamicSharing: undefined });
  });

  it("do not disturb host kernels, whose errors reach the caller, and the next call works", async () => {
    change({ threads: 2 });
    const x = general("float32", [20_000], "x");
    const program = programOf((v) => cr.mul(cr.exp(cr.take(cr.sin(v), [5, 6, 7], { mode: "fill" })), 2), x);
    const kernels = lowerProgram(program);
    const exe = compileKernels(kernels, program);
    const want = bits(exe.run([x]));
    await ready(exe, 2);
    for (let i = 0; i < 5; i++) expect(bits(exe.run([x]))).toEqual(want);
    const lookup = (v: cr.Tensor, i: cr.Tensor): unknown => cr.sum(cr.take(cr.exp(v), i, { mode: "throw" }));
    const at = (n: number): ConcreteArray => cr.array(Int32Array.of(n)) as never;
    const checked = compiled(lookup, [x, at(3)]);
    checked.run([x, at(3)]);
    await ready(checked, 2);
    expect(() => checked.run([x, at(30_000)])).toThrow(cr.IndexError);
    expect(checked.run([x, at(3)])[0]?.splat).toBeCloseTo(Math.exp(x.elements[3] as number), 4);
  });

  it("count as work on the first kernel also while the first thread is on its way", async () => {
    change({ threads: 2 });
    const inputs = operands();
    const exe = compiled(mixed, inputs);
    const alone = bits(exe.run(inputs));
    const profiled = async (): Promise<cr.Profile<unknown>> => {
      await ready(exe, 2);
      return cr.profile(() => bits(exe.run(inputs)));
    };
    await profiled();
    const { pool } = runtime();
    const fork = pool.fork.bind(pool);
    let delayed = 0;
    pool.fork = (shareable, table, threads) => {
      const together = fork(shareable, table, threads);
      const start = performance.now();
      while (performance.now() - start < 30);
      delayed++;
      return together;
    };
    let measured = await profiled();
    // the workers get the module with the clocks while the first profiles are taken
    for (let i = 0; i < 100 && delayed === 0; i++) measured = await profiled();
    pool.fork = fork;
    expect(delayed).toBe(1);
    expect(measured.result).toEqual(alone);
    expect((measured.runs[0]?.end ?? 0) - (measured.runs[0]?.start ?? 0)).toBeGreaterThanOrEqual(30);
  });

  it("that fail in the middle of a call leave it to the first thread, with the same results", async () => {
    change({ threads: 2 });
    const inputs = operands();
    const exe = compiled(mixed, inputs);
    const alone = bits(exe.run(inputs));
    await ready(exe, 2);
    // the worker looks for a module that it does not know, and fails
    const { pool, heap } = runtime();
    const fork = pool.fork.bind(pool);
    pool.fork = (shareable, table, threads) => {
      // as if the first thread had already written over what it no longer needs
      const { address } = runtime().arena;
      heap.views.float32.fill(Number.NaN, address / 4, (address + exe.parts.plan.arena) / 4);
      return fork({ ...shareable, id: 1_000_000 }, table, threads);
    };
    expect(bits(exe.run(operands()))).toEqual(alone);
    pool.fork = fork;
    expect(heap.words[control.failed >>> 2]).toBe(1);
    expect(pool.threadsFor(exe.parts.compiled, 2)).toBe(1);
    expect(bits(exe.run(inputs))).toEqual(alone);
  });
});

describe("the pool", () => {
  it("counts on nobody where memory cannot be shared", () => {
    const shared = globalThis.crossOriginIsolated;
    Object.defineProperty(globalThis, "crossOriginIsolated", { value: false, configurable: true });
    try {
      const heap = new Heap({ maximum: 2 ** 24 });
      expect(heap.plain.shared).toBe(false);
      const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
      expect(new Pool(heap).threadsFor({ id: 0, module, math: [] }, 4)).toBe(1);
    } finally {
      Object.defineProperty(globalThis, "crossOriginIsolated", { value: shared, configurable: true });
    }
  });
  it("goes on alone when its workers end", async () => {
    const heap = new Heap({ maximum: 2 ** 24 });
    const pool = new Pool(heap);
    const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    const shareable = { id: 0, module, math: [] };
    for (let i = 0; i < 400 && pool.threadsFor(shareable, 3) < 3; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(pool.threadsFor(shareable, 3)).toBe(3);
    pool.end();
    expect(pool.threadsFor(shareable, 3)).toBe(1);
  });
  it("is not used by modules that need functions workers do not have", () => {
    const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    expect(new Pool(new Heap({ maximum: 2 ** 24 })).threadsFor({ id: 0, module, math: undefined }, 4)).toBe(1);
  });
});

it("threads wait only where one needs what another writes", () => {
  const inputs = operands();
  const { kernels, plan, emission } = compiled((a, b) => [cr.matmul(a, b), cr.sin(a), cr.sum(cr.cos(cr.matmul(b, a)), 0)], inputs).parts;
  const waits = waitsBefore(emission.steps, plan.traffic, plan);
  const reads = (k: number): boolean => [...(plan.traffic[k]?.reads ?? [])].some((b) => b.role.kind === "temporary");
  expect(kernels.kernels.length).toBeGreaterThan(2);
  kernels.kernels.forEach((_, k) => expect(waits[k]).toBe(reads(k)));
});

describe("a process", () => {
  const run = (code: string, env: Record<string, string> = {}): string =>
    execFileSync(process.execPath, ["--conditions=chainrule-source", "--input-type=module", "-e", code], { encoding: "utf8", timeout: 30_000, env: { ...process.env, ...env } });
  const program = `
    import * as cr from "chainrule";
    const n = 400;
    const x = cr.array(Float32Array.from({ length: n * n }, (_, i) => (i % 13) - 6)).reshape([n, n]);
    const f = cr.traceFn((a) => cr.matmul(cr.matmul(a, a), a));`;

  it("ends while its workers wait", () => {
    expect(run(`${program}
      f(x); await new Promise((r) => setTimeout(r, 300)); f(x);
      const { runtime } = await import(${JSON.stringify(new URL("../../../src/backends/wasm/runtime.ts", import.meta.url).href)});
      console.log(runtime().pool.ready);`, { CHAINRULE_THREADS: "2" })).toBe("2\n");
  });
  it("goes on alone when a worker has died where nobody could notice, and loses no donated array", () => {
    expect(run(`
      import threads from "node:worker_threads";
      const workers = [];
      threads.Worker = class extends threads.Worker { constructor(...all) { super(...all); workers.push(this); } };
      const { array, matmul, traceFn } = await import("chainrule");
      const { runtime } = await import(${JSON.stringify(new URL("../../../src/backends/wasm/runtime.ts", import.meta.url).href)});
      const n = 256;
      const w = array(Float32Array.from({ length: n * n }, (_, i) => (i % 13) - 6)).reshape([n, n]);
      const f = traceFn((x) => x.add(matmul(matmul(x, w), w)), { donate: [0] });
      const made = traceFn((x) => x.add(0.5));
      const want = f(made(w)).data.slice();
      for (let i = 0; i < 100 && runtime().pool.ready < 2; i++) { f(made(w)); await new Promise((r) => setTimeout(r, 20)); }
      f(made(w));
      const x = made(w);
      for (const worker of workers) worker.terminate();
      for (const end = performance.now() + 300; performance.now() < end; );
      const before = runtime().pool.ready;
      const start = performance.now();
      const same = f(x).data.every((value, i) => value === want[i]);
      console.log(workers.length, before, same, performance.now() - start < 10_000, runtime().pool.ready);`, { CHAINRULE_THREADS: "2" })).toBe("1 2 true true 1\n");
  });
  it("keeps its workers while a callback wants more of them, and calls back once", () => {
    expect(run(`${program}
      const { runtime } = await import(${JSON.stringify(new URL("../../../src/backends/wasm/runtime.ts", import.meta.url).href)});
      let calls = 0, meanwhile = () => {};
      const back = cr.callback((a) => { calls++; meanwhile(); return a; }, (a) => a, { ordered: true });
      const g = cr.traceFn((a) => cr.matmul(back(cr.matmul(a, a)), a));
      const want = g(x).data.slice();
      for (let i = 0; i < 100 && runtime().pool.ready < 2; i++) { g(x); await new Promise((r) => setTimeout(r, 20)); }
      g(x);
      calls = 0;
      meanwhile = () => { cr.configure({ threads: 3 }); cr.traceFn((a) => cr.matmul(cr.mul(a, 2), a))(x); };
      const start = performance.now();
      const same = g(x).data.every((value, i) => value === want[i]);
      console.log(same, calls, performance.now() - start < 10_000);`, { CHAINRULE_THREADS: "2" })).toBe("true 1 true\n");
  });
  it("has results of its own in a worker of the user", () => {
    const code = `${program}
      import { parentPort } from "node:worker_threads";
      parentPort.postMessage(f(x).data[5]);`;
    expect(run(`${program}
      import { Worker } from "node:worker_threads";
      const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(code)}.replace('"chainrule"', JSON.stringify(import.meta.resolve("chainrule"))))));
      worker.on("message", (value) => console.log(value === f(x).data[5]));`)).toBe("true\n");
  });
});

it("the optimiser leaves the programs of this file something to do", () => {
  expect(optimize(programOf(mixed as never, ...operands())).equations.length).toBeGreaterThan(5);
});
