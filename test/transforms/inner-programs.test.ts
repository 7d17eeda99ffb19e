/** The passes on programs inside programs: effects stay, results that nobody needs go, bodies are optimised, compared, and freed of what never changes. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { programHasEffects } from "../../src/core/effects.ts";
import { evaluator } from "../../src/core/evaluate.ts";
import { definePrimitive, noPrograms, notDifferentiable, notLinear, type Primitive } from "../../src/core/primitive.ts";
import { printProgram } from "../../src/core/print.ts";
import { noParams, type Program } from "../../src/core/program.ts";
import { bind, type Value } from "../../src/core/tensor.ts";
import { inlineCalls } from "../../src/transform/inline.ts";
import { runPasses } from "../../src/transform/optimize.ts";
import { mixParam, sameParams, sameProgram } from "../../src/transform/same-program.ts";

/** All passes, each followed by the verifier. */
const optimize = (program: Program): Program => runPasses(program, (pass, result) => checkProgram(result, pass.name));
const optimized = (f: (...args: Tensor[]) => unknown, ...args: unknown[]): Program => optimize(cr.traceFn(f).program(...(args as never[])).program);
const text = (f: (...args: Tensor[]) => unknown, ...args: unknown[]): string => printProgram(optimized(f, ...args));

const notes: number[] = [];
/** Writes its operand down; its result is the operand again. */
const notePrimitive: Primitive = definePrimitive({
  name: "note",
  type: ([x]) => (x === undefined ? [] : [x]),
  evaluate: (inputs) => {
    notes.push((inputs[0] as ConcreteArray).elements[0] as number);
    return inputs;
  },
  jvp: notDifferentiable,
  transpose: notLinear,
  batch: () => {
    throw new Error("not batched");
  },
  lower: { form: "opaque" },
  commutative: false,
  effect: "ordered",
  inner: noPrograms,
});
const note = (x: unknown): Tensor => bind(notePrimitive, [x as Value], noParams)[0] as unknown as Tensor;
function noted(run: () => unknown): number[] {
  notes.length = 0;
  run();
  return [...notes];
}
const wrote = (f: (...args: Tensor[]) => unknown, ...args: unknown[]): number[] => {
  const program = optimized(f, ...args);
  return noted(() => evaluator(program)(args.map((a) => cr.array(a as never) as unknown as ConcreteArray)));
};

describe("effects", () => {
  test("are neither dropped, nor merged, nor computed ahead, and keep their order", () => {
    expect(wrote((x) => { note(x); note(x); note(cr.mul(x, 2)); note(cr.float32(7)); return x; }, 3)).toEqual([3, 3, 6, 7]);
    expect(noted(() => cr.traceFn(() => { note(cr.float32(1)); return 0; }).program())).toEqual([]);
  });
  test("inside loops and branches as well", () => {
    const loop = (x: Tensor): Tensor => { cr.scan((c: Tensor) => [note(c).add(1), null], x, null, { length: 3 }); return x; };
    expect(wrote(loop, 1)).toEqual([1, 2, 3]);
    expect(programHasEffects(cr.traceFn(loop).program(1).program)).toBe(true);
    expect(wrote((x) => { loop(x); loop(x); return x; }, 1)).toEqual([1, 2, 3, 1, 2, 3]);
    expect(wrote((x) => { cr.cond(cr.greater(x, 0), (y: Tensor) => note(y), (y: Tensor) => y, x); return 0; }, 5)).toEqual([5]);
    expect(wrote((x) => cr.checkpoint((y: Tensor) => { note(y); return y.mul(2); })(x), 5)).toEqual([5]);
  });
  test("run when the program runs, on every backend, however small it is", () => {
    for (const device of ["wasm", "reference"]) {
      const f = cr.traceFn((x: Tensor) => { note(x); return x.mul(2); }, { device });
      expect(noted(() => { f(2); f(3); f(3); })).toEqual([2, 3, 3]);
    }
  });
});

describe("what nobody needs", () => {
  test("leaves a loop: results, state, operands", () => {
    const program = optimized((x, xs) => cr.scan(([a, b]: readonly [Tensor, Tensor], x: Tensor) => [[a.add(x), cr.sin(b)] as const, [a, cr.cos(b)] as const] as const, [x, x] as const, xs)[0][0], 1, [1, 2]);
    expect(printProgram(program)).not.toMatch(/sin|cos/);
    expect(program.equations[0]!.outputs).toHaveLength(1);
  });
  test("leaves a checkpoint and a branch", () => {
    expect(text((x) => cr.checkpoint((x: Tensor) => [x.mul(2), cr.sin(x)] as const)(x)[0], 1)).not.toMatch("sin");
    expect(text((x) => cr.cond(cr.greater(x, 0), (y: Tensor) => [y, cr.sin(y)] as const, (y: Tensor) => [y.mul(3), cr.cos(y)] as const, x)[0], 1)).not.toMatch(/sin|cos/);
  });
});

describe("programs inside", () => {
  const body = (factor: number) => (x: Tensor, xs: Tensor): Tensor => cr.scan((c: Tensor, x: Tensor) => [cr.sin(c).add(x).mul(factor), null], x, xs)[0];
  const loops = (program: Program): number => program.equations.filter((e) => e.primitive.name === "scan").length;
  test("are compared: equal loops are one, others are not", () => {
    const both = (f: (x: Tensor, xs: Tensor) => Tensor, g: (x: Tensor, xs: Tensor) => Tensor) => (x: Tensor, xs: Tensor): Tensor => cr.add(f(x, xs), g(x, xs));
    expect(loops(optimized(both(body(2), body(2)) as never, 1, [1, 2]))).toBe(1);
    expect(loops(optimized(both(body(2), body(3)) as never, 1, [1, 2]))).toBe(2);
    const programs = [body(2), body(2), body(3)].map((f) => cr.traceFn(f).program(1, [1, 2]).program);
    expect(sameProgram(programs[0]!, programs[1]!)).toBe(true);
    expect(sameProgram(programs[0]!, programs[2]!)).toBe(false);
    expect(sameProgram(programs[0]!, cr.traceFn(body(2)).program(1, [1, 2, 3]).program)).toBe(false);
  });
  test("are optimised, and take numbers in", () => {
    expect(text((x) => cr.scan((c: Tensor) => [c.mul(1).add(cr.mul(cr.sin(c), 1)), null], x, null, { length: 4 })[0], [1, 2])).toContain(`scan[body={ (a: f32[2]) =>
          b: f32[2] = sin a
          c: f32[2] = add a b
        in (c) }`);
    const scaled = (x: Tensor, k: Tensor): Tensor => cr.scan((c: Tensor) => [cr.sin(c).mul(k), null], x, null, { length: 4 })[0];
    expect(text((x) => scaled(x, cr.float32(1) as unknown as Tensor), 2)).not.toMatch("mul");
  });
  test("once each, however deep they are nested", () => {
    let f = (x: Tensor): Tensor => cr.sin(x).mul(1);
    for (let depth = 0; depth < 14; depth++) {
      const inner = cr.checkpoint(f) as unknown as (x: Tensor) => Tensor;
      f = (x) => cr.scan((c: Tensor) => [inner(c).mul(1), null], x, null, { length: 2 })[0];
    }
    const program = cr.traceFn(f).program(1).program;
    const start = performance.now();
    expect(printProgram(optimize(program))).not.toMatch("mul");
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("calls", () => {
  const layer = cr.checkpoint((x: Tensor) => {
    const y = cr.sin(x); // the line
    return y.mul(y);
  });
  test("are written out with the lines of their equations and variables of their own", () => {
    const program = cr.traceFn((x: Tensor) => cr.add(layer(x), layer(cr.cos(x)))).program(1).program;
    const written = checkProgram(inlineCalls(program, "late"), "calls");
    expect(written.equations.map((e) => e.primitive.name)).toEqual(["sin", "mul", "cos", "sin", "mul", "add"]);
    const places = written.equations.filter((e) => e.primitive.name === "sin").map((e) => e.place!.toString());
    expect(places[0]).toBe(places[1]);
    expect(places[0]).toMatch(/inner-programs\.test\.ts:\d+/);
    expect(inlineCalls(program, "early")).toBe(program);
  });
  test("late, behind the passes: equal ones that stand apart stay apart", () => {
    const names = optimized((x) => cr.valueAndGrad((x: Tensor) => cr.exp(layer(x)))(x), 1).equations.map((e) => e.primitive.name);
    expect(names.filter((n) => n === "sin")).toHaveLength(2);
    expect(names).toContain("barrier");
    expect(names).not.toContain("checkpoint");
  });
});

describe("what never changes in a loop", () => {
  const numbers = (tree: unknown): unknown => JSON.parse(JSON.stringify(tree, (_k, v: unknown) => (typeof v === "object" && v !== null && "toArray" in v ? (v as NDArray).toArray() : v)));
  const inLoop = (body: string): string => /body=\{[\s\S]*?in \([^)]*\) \}/.exec(body)?.[0] ?? "";
  const w = [[0.1, 0.2], [0.3, 0.4]], h = [1, 1], xs = [[1, 2], [3, 4], [5, 6]];
  const rnn = (w: Tensor, h: Tensor, xs: Tensor): unknown => cr.scan((h: Tensor, x: Tensor) => {
    const kernel = cr.matmul(cr.exp(w), cr.exp(w));
    const y = cr.tanh(cr.add(cr.matmul(h, cr.transpose(kernel)), x));
    return [y, cr.sum(y)];
  }, h, xs);

  test("is computed in front of it; views stay with what reads them", () => {
    const program = text(rnn as never, w, h, xs);
    expect(program.match(/exp/g)).toHaveLength(1);
    expect(inLoop(program)).not.toMatch("exp");
    expect(program.match(/dotGeneral/g)).toHaveLength(2);
    expect(inLoop(program).match(/dotGeneral/g)).toHaveLength(1);
    expect(inLoop(program)).not.toMatch("transpose");
    const f = cr.traceFn(rnn as (...args: Tensor[]) => Tensor);
    expect(numbers(f(w as never, h as never, xs as never))).toEqual(numbers(cr.traceFn(rnn as (...args: Tensor[]) => Tensor, { device: "reference" })(w as never, h as never, xs as never)));
  });
  test("out of loops in loops, and loops with a test", () => {
    const nested = (w: Tensor, x: Tensor): Tensor => cr.scan((c: Tensor) => [cr.scan((d: Tensor) => [d.mul(cr.exp(w)), null], c, null, { length: 3 })[0], null], x, null, { length: 2 })[0];
    expect(text(nested as never, 0.5, 1).indexOf("exp")).toBeLessThan(text(nested as never, 0.5, 1).indexOf("scan"));
    const until = (w: Tensor, x: Tensor): Tensor => cr.whileLoop((v: Tensor) => cr.less(v, 10), (v: Tensor) => v.mul(cr.exp(w)), x);
    expect(text(until as never, 0.5, 1).indexOf("exp")).toBeLessThan(text(until as never, 0.5, 1).indexOf("while"));
    expect(cr.traceFn(until)(0.5, 1).item()).toBeCloseTo(Math.exp(2.5), 4);
    expect(cr.traceFn(until)(0.5, 20).item()).toBe(20);
  });
  test("state that is handed on as it is counts", () => {
    const f = (w: Tensor, x: Tensor): Tensor => cr.scan(([w, c]: readonly [Tensor, Tensor]) => [[w, c.mul(cr.sin(w))] as const, null] as const, [w, x] as const, null, { length: 3 })[0][1];
    expect(inLoop(text(f as never, 0.5, 1))).not.toMatch("sin");
    expect(cr.traceFn(f)(0.5, 1).item()).toBeCloseTo(Math.sin(0.5) ** 3, 6);
  });
  test("but for what has an effect, could fail, or would fill the memory", () => {
    expect(inLoop(text((w, x) => cr.scan((c: Tensor) => [c.add(note(w)), null], x, null, { length: 3 })[0], 0.5, 1))).toMatch("note");
    expect(inLoop(text((w, i, x) => cr.scan((c: Tensor) => [c.add(cr.take(w, i)), null], x, null, { length: 3 })[0], [1, 2], cr.int32(1), 1))).toMatch("gather");
    const outer = (w: Tensor, x: Tensor): Tensor => cr.scan((c: Tensor) => [c.add(cr.sum(cr.exp(cr.mul(cr.reshape(w, [-1, 1]), cr.reshape(w, [1, -1]))))), null], x, null, { length: 3 })[0];
    expect(inLoop(text(outer as never, cr.ones([500]), 1))).toMatch("exp");
  });
});

test("parameters are the same in whatever order they were written", () => {
  const [a, b] = [{ axes: [0, 1], batch: 2, mode: "clip" }, { mode: "clip", batch: 2, axes: [0, 1] }];
  expect(sameParams(a, b)).toBe(true);
  expect(mixParam(7, a)).toBe(mixParam(7, b));
  expect(mixParam(7, { ...a, batch: 3 })).not.toBe(mixParam(7, b));
});
