/** Equal kernels share a function: whatever they work on, the results are those of kernels of their own. */
import * as cr from "chainrule";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { reference } from "../../../src/backends/reference/backend.ts";
import type { WasmExecutable } from "../../../src/backends/wasm/executable.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";
import { formsOf } from "../../../src/backends/wasm/same-kernels.ts";
import { change } from "../../../src/backends/wasm/settings.ts";
import { arrayOf } from "../../ops/support/arrays.ts";
import { general } from "../arrays.ts";
import { compiled, programOf } from "./programs.ts";

const n = 24;
const matrix = (name: string): ConcreteArray => general("float32", [n, n], name);
/** Layers with weights of their own, and two with the same. */
function layers(x: cr.Tensor, ...weights: cr.Tensor[]): cr.Tensor {
  let y = x;
  for (const w of [...weights, weights[0] as cr.Tensor]) y = cr.tanh(cr.matmul(y, w));
  return y;
}
const spelledOnce = (exe: WasmExecutable): number => new Set(exe.parts.emission.steps.map((s) => s.emitted?.function)).size;
const elementsOf = (xs: readonly ConcreteArray[]): number[][] => xs.map((x) => [...x.elements]);

function expectClose(got: readonly ConcreteArray[], wanted: readonly ConcreteArray[]): void {
  got.forEach((x, i) => x.elements.forEach((e, j) => {
    const w = wanted[i]?.elements[j] as number;
    if (e !== w) expect(Math.abs(e - w)).toBeLessThan(1e-4 * (1 + Math.abs(w)));
  }));
}

describe("equal kernels", () => {
  it("are one function, and each call finds its own arrays", () => {
    const x = matrix("x");
    const weights = ["a", "b", "c", "d"].map(matrix);
    const exe = compiled(layers, [x, ...weights]);
    expect(exe.parts.emission.steps.length).toBeGreaterThanOrEqual(5);
    // the first layer reads an argument, as the others do not
    expect(spelledOnce(exe)).toBeLessThanOrEqual(2);
    const wanted = reference.compile(programOf(layers, x, ...weights)).run([x, ...weights]);
    const first = elementsOf(exe.run([x, ...weights]));
    expectClose(exe.run([x, ...weights]), wanted);
    // weights that come again are packed, each on its own
    for (let i = 0; i < 4; i++) expect(elementsOf(exe.run([x, ...weights]))).toEqual(first);
    const others = ["e", "b", "d", "a"].map(matrix);
    const changed = reference.compile(programOf(layers, x, ...others)).run([x, ...others]);
    for (let i = 0; i < 4; i++) expectClose(exe.run([x, ...others]), changed);
    expect(elementsOf(exe.run([x, ...weights]))).toEqual(first);
  });
  it("make a program of a thousand layers hardly larger than one of ten", () => {
    const many = (depth: number) => (x: cr.Tensor, w: cr.Tensor): cr.Tensor => {
      let y = x;
      for (let i = 0; i < depth; i++) y = cr.tanh(cr.matmul(y, w));
      return y;
    };
    const bytes = (depth: number): number => compiled(many(depth), [matrix("x"), matrix("w")]).parts.compiled.bytes.length;
    expect(bytes(1000) - bytes(10)).toBeLessThan(100 * 990);
  });
  it("of sums and running sums are told apart by what they start from and combine with", () => {
    const f = (x: cr.Tensor): unknown => {
      const rows = [cr.sum(x, 0), cr.max(x, 0), cr.min(x, 0), cr.prod(x, 0), cr.cumsum(x, 0), cr.cumsum(x, 1), cr.cumprod(x, 0), cr.sum(cr.mul(x, 0), 0), cr.sum(cr.mul(x, -0), 0)];
      return [...rows, ...rows.map((r) => cr.sum(cr.add(r, 1), -1))];
    };
    const x = matrix("x");
    expectClose(compiled(f, [x]).run([x]), reference.compile(programOf(f, x)).run([x]));
  });
  it("inside and outside of loops find the arrays of their turn", () => {
    const f = (x: cr.Tensor, w: cr.Tensor): unknown => {
      const step = (c: cr.Tensor): cr.Tensor => cr.tanh(cr.mul(cr.matmul(c, w), 0.1));
      return cr.scan((c: cr.Tensor) => [step(step(c)), cr.sum(c)], step(step(x)), null, { length: 5 });
    };
    const [x, w] = [matrix("x"), matrix("w")];
    const exe = compiled(f, [x, w]);
    for (let i = 0; i < 3; i++) expectClose(exe.run([x, w]), reference.compile(programOf(f, x, w)).run([x, w]));
  });
  it("with checks are not shared: each says what is its own", () => {
    const at = (x: cr.Tensor, i: cr.Tensor): cr.Tensor => cr.take(x, i, { mode: "throw" });
    const f = (x: cr.Tensor, i: cr.Tensor, j: cr.Tensor): unknown => [at(x, i), at(x, j)];
    const index = (k: number): ConcreteArray => arrayOf("int32", [1], [k]);
    const exe = compiled(f, [general("float32", [9], "x"), index(0), index(0)]);
    expect(() => exe.run([general("float32", [9], "x"), index(1), index(77)])).toThrow(/77/);
    expect(() => exe.run([general("float32", [9], "x"), index(78), index(1)])).toThrow(/78/);
  });
  it("are asked for among those that may be", () => {
    const { kernels } = compiled(layers, [matrix("x"), ...["a", "b"].map(matrix)]).parts.kernels;
    expect(formsOf(kernels, () => false).size).toBe(0);
    expect(formsOf(kernels, () => true).size).toBeGreaterThan(0);
  });
});

describe("on several threads", () => {
  beforeAll(() => void change({ parallelKernel: 0, parallelProgram: 0 }));
  afterAll(() => void change({ threads: undefined, parallelKernel: undefined, parallelProgram: undefined }));

  it("each thread has a table of its own", async () => {
    // independent of one another: threads are at different ones at the same time
    const f = (x: cr.Tensor, ...ws: cr.Tensor[]): unknown => ws.map((w) => cr.softmax(cr.matmul(x, w)));
    const operands = ["x", "a", "b", "c", "d", "e"].map((name) => general("float32", [120, 120], name));
    change({ threads: 1 });
    const exe = compiled(f, operands);
    const wanted = elementsOf(exe.run(operands));
    for (const threads of [2, 3]) {
      change({ threads });
      exe.run(operands);
      for (let i = 0; i < 400 && runtime().pool.threadsFor(exe.parts.compiled, threads) < threads; i++) await new Promise((resolve) => setTimeout(resolve, 25));
      for (let i = 0; i < 20; i++) expect(elementsOf(exe.run(operands))).toEqual(wanted);
    }
    expect(spelledOnce(exe)).toBeLessThan(exe.parts.emission.steps.length);
  });
});
