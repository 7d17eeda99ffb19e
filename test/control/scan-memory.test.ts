/** What a scan keeps for the backward pass: the figures of the memory plan, and that fewer states give the same bits. */
import { describe, expect, test, vi } from "vitest";
import * as cr from "chainrule";
import type { ScanMemory, ScanOptions, Tensor } from "chainrule";
import { compileProgram } from "../../src/backends/wasm/compile-program.ts";
import type { Program } from "../../src/core/program.ts";
import { Trace } from "../../src/core/tensor.ts";
import { optimize } from "../../src/transform/optimize.ts";

const arenaOf = (view: { readonly program: Program }): number => compileProgram(optimize(view.program)).parts.plan.arena;
const { add, mul, sin, tanh } = cr;

describe("the same bits, of values and first derivatives", () => {
  const run = (options: ScanOptions) => (w: Tensor, h: Tensor, xs: Tensor): Tensor[] => cr.scan((h: Tensor, x: Tensor) => [sin(add(mul(h, w), x)), mul(h, x)], h, xs, options) as Tensor[];
  const bits = (tree: unknown): unknown => (cr.treeLeaves(tree) as cr.NDArray[]).map((leaf) => [...leaf.data]);
  const ways: readonly ScanOptions[] = [{ checkpoint: "sqrt" }, { checkpoint: "log" }, { checkpoint: { bytes: 8 * 18 } }, { checkpoint: { bytes: 8 * 32 } }, { unroll: 3 }, { checkpoint: "sqrt", unroll: 2 }];
  // where turns are written out, kernels are others, with roundings of their own: then the definition of the operations decides
  const deviceOf = ({ unroll }: ScanOptions): string => (unroll === undefined ? "wasm" : "reference");
  test.each([0, 1, 2, 3, 4, 7, 12, 37, 64])("%i turns", (length) => {
    for (const dtype of ["float64", "float32"] as const) {
      const xs = cr.array(Array.from({ length }, (_, i) => Math.sin(3 * i) / 2), { dtype }), point = [0.7, 0.2, xs] as const;
      const cotangent = [1.25, cr.cos(xs)] as never;
      for (const [i, options] of ways.entries()) {
        const reverse = i % 2 === 0;
        const device = deviceOf(options);
        const [f, plain] = [cr.traceFn(run({ ...options, reverse }), { dtype, device }), cr.traceFn(run({ reverse }), { dtype, device })];
        expect(bits(f(...point))).toEqual(bits(plain(...point)));
        expect(bits(f.vjp()(point as never, cotangent))).toEqual(bits(plain.vjp()(point as never, cotangent)));
      }
    }
  });
  test("a constant used twice a turn, in a loop in a loop", () => {
    const f = (options: ScanOptions, device: string) => cr.traceFn((w: Tensor, xs: Tensor) => cr.scan((h: Tensor, x: Tensor) => [cr.scan((g: Tensor) => [tanh(add(mul(w, g), mul(x, w))), null], mul(h, w), null, { length: 7, ...options })[0], null], x0, xs, options)[0], { device }).grad();
    const x0 = cr.array(new Float64Array([0.3])), xs = cr.array(new Float64Array(11).map((_, i) => Math.cos(i))), w = new Float64Array([0.9]);
    for (const options of [...ways.filter((o) => typeof o.checkpoint !== "object"), { checkpoint: { bytes: 400 } }]) expect(bits(f(options, deviceOf(options))(w, xs as never))).toEqual(bits(f({}, deviceOf(options))(w, xs as never)));
  });
});

describe("the arena of a gradient", () => {
  const width = 512, state = 4 * width, turns = 1024;
  const arena = (checkpoint: ScanMemory, length = turns): number =>
    arenaOf(cr.grad((h: Tensor) => cr.sum(cr.scan((h: Tensor) => [tanh(sin(tanh(h))), null], h, null, { length, checkpoint })[0])).program(new Float32Array(width)));
  test("all: in proportion to the turns", () => {
    expect(arena("all")).toBeGreaterThan(turns * state);
    expect(arena("all", 2 * turns) / arena("all")).toBeCloseTo(2, 1);
  });
  test("sqrt: in proportion to their square root", () => {
    expect(arena("sqrt")).toBeLessThan(5 * Math.sqrt(turns) * state);
    expect(arena("sqrt", 4 * turns) / arena("sqrt")).toBeCloseTo(2, 0);
  });
  test("log: a constant more for twice the turns", () => {
    expect(arena("log")).toBeLessThan(64 * state);
    expect(arena("log", 2 * turns) - arena("log")).toBeLessThan(8 * state);
    expect(arena("log", 64 * turns)).toBeLessThan(2.5 * arena("log"));
  });
  test.each([24, 40, 64, 256, 1000])("%i states in bytes: no more than that, beside argument and result", (states) => {
    const used = arena({ bytes: states * state });
    expect(used).toBeLessThan((1.1 * states + 4) * state);
    expect(used).toBeGreaterThan(0.6 * states * state);
  });
  test("enough bytes: all", () => {
    expect(arena({ bytes: 3 * turns * state })).toBe(arena("all"));
    expect(arena({ bytes: 3 * turns * state - 1 })).toBeLessThan(arena("all"));
  });
});

describe("what is stored", () => {
  const view = (f: (w: Tensor, xs: Tensor) => Tensor): string => cr.grad(f).program(new Float64Array([0.5, 0.25]), new Float64Array([1, 2, 3])).toString();
  const results = (text: string): string[] => [...text.matchAll(/^ {4}(.*?) = scan/gmu)].map((m) => m[1]!.replace(/\w+: /g, ""));
  test("nothing that constants alone determine, and no element of a sequence", () => {
    const text = view((w, xs) => cr.sum(cr.scan((c: Tensor, x: Tensor) => [mul(mul(c, cr.exp(sin(w))), x), null], cr.ones([2]), xs)[0]));
    // forward: the state, and the state before each turn
    expect(results(text)[0]).toBe("f64[2], f64[3,2]");
    expect(text.match(/exp/g)).toHaveLength(2);
  });
  test("nothing twice: what a turn gives anyhow is not stored again", () => {
    const text = view((w, xs) => cr.sum(cr.scan((c: Tensor, x: Tensor) => [sin(mul(mul(c, w), x)), c], cr.ones([2]), xs)[1]));
    expect(results(text)[0]).toBe("f64[2], f64[3,2], f64[3,2]");
  });
  test("nothing of a part that stays as it is, which is no state either", () => {
    const text = view((w, xs) => cr.sum(cr.scan((c: [Tensor, Tensor], x: Tensor) => [[c[0], mul(mul(c[1], c[0]), x)], null], [w, cr.ones([2])], xs)[0][1]));
    expect(results(text)[0]).toBe("f64[2], f64[3,2]");
  });
  test("nothing that a little arithmetic makes of what is there", () => {
    const text = view((w, xs) => cr.sum(cr.scan((c: Tensor, x: Tensor) => { const s = cr.sigmoid(mul(c, w)); return [mul(s, add(c, x)), null]; }, cr.ones([2]), xs)[0]));
    // the state and the gate; c + x and s (1 - s) are computed again
    expect(results(text)[0]).toBe("f64[2], f64[3,2], f64[3,2]");
    const long = view((w, xs) => cr.sum(cr.scan((c: Tensor, x: Tensor) => [mul(c, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].reduce((y: Tensor, k) => add(mul(y, x), k), w)), null], cr.ones([2]), xs)[0]));
    // eighteen operations are too many: the polynomial is stored
    expect(results(long)[0]).toBe("f64[2], f64[3,2], f64[3,2]");
  });
  test("a repeated value is stored once, not repeated", () => {
    const text = view((w, xs) => cr.sum(cr.scan((c: Tensor, x: Tensor) => [mul(c, cr.broadcastTo(sin(x), [2])), mul(w, c)], cr.ones([2]), xs)[1]));
    expect(text).not.toContain("f64[3,2], f64[3,2], f64[3,2]");
  });
});

describe("programs", () => {
  test("do not grow with the turns", () => {
    const size = (length: number): number => cr.traceFn((x: Tensor) => cr.scan((c: Tensor) => [sin(mul(c, x)), c], x, null, { length })[0]).grad().grad().program(0.5).toString().replaceAll(/\d+/g, "").length;
    expect(size(1_000_000)).toBe(size(10));
  });
  test("grow by their bodies under repeated differentiation and nesting, not beyond", () => {
    const nest = (depth: number, c: Tensor, w: Tensor): Tensor => (depth === 0 ? sin(mul(c, w)) : cr.scan((d: Tensor) => [nest(depth - 1, d, w), null], c, null, { length: 2 })[0]);
    const lines = (depth: number): number => cr.traceFn((w: Tensor) => nest(depth, w, w)).grad().program(0.5).toString().split("\n").length;
    const [two, four, eight] = [2, 4, 8].map(lines) as [number, number, number];
    expect(eight - four).toBeLessThan(3 * (four - two) + 10);
  });
});

describe("state without a tangent", () => {
  const follow = (second: (e: Tensor, c: Tensor) => Tensor) => (w: Tensor): Tensor => {
    const [[last, ema]] = cr.scan(([c, e]: [Tensor, Tensor]) => [[sin(mul(c, w)), second(e, cr.stopGradient(c))], null], [cr.ones([]), cr.ones([])], null, { length: 4 });
    return add(last, ema);
  };
  const average = (e: Tensor, c: Tensor): Tensor => add(mul(e, 0.5), mul(c, 0.5));
  test("has none, though it feeds itself and a value with a tangent is looked at", () => {
    const forward = cr.traceFn(follow(average)).jvp().program([0.5], [1]).toString();
    expect(forward).toContain("state=3");
    expect(cr.traceFn(follow(average)).grad()(0.5).item()).toBeCloseTo(cr.traceFn((w: Tensor) => cr.scan((c: Tensor) => [sin(mul(c, w)), null], cr.ones([]), null, { length: 4 })[0]).grad()(0.5).item(), 6);
  });
  test("and what is done with it need not be differentiable", () => {
    const host = cr.callback((x: cr.NDArray) => Math.round(Number(x)), { dtype: "float32", shape: [] }) as unknown as (x: Tensor) => Tensor;
    expect(() => cr.traceFn(host).grad()(0.5)).toThrow(cr.DifferentiationError);
    expect(Number.isFinite(cr.traceFn(follow((e, c) => host(average(e, c)))).grad()(0.5).item())).toBe(true);
    expect(() => cr.traceFn(follow((e) => host(e))).grad()(0.5)).not.toThrow();
    expect(() => cr.traceFn((w: Tensor) => cr.scan((c: Tensor) => [host(mul(c, w)), null], w, null, { length: 2 })[0]).grad()(0.5)).toThrow(cr.DifferentiationError);
  });
});

test("a chain of state takes work in proportion to its length, whichever end the tangent enters at", () => {
  let recorded = 0;
  const { record, repeat } = Trace.prototype;
  vi.spyOn(Trace.prototype, "record").mockImplementation(function (this: Trace, ...args) { recorded++; return record.apply(this, args); });
  vi.spyOn(Trace.prototype, "repeat").mockImplementation(function (this: Trace, ...args) { recorded++; return repeat.apply(this, args); });
  const work = (length: number, from: number): number => {
    const before = recorded;
    const f = (w: Tensor): Tensor => cr.sum(cr.stack(cr.scan((c: Tensor[]) => [c.map((x, i) => (i === from ? mul(x, w) : sin(add(x, c[from === 0 ? i - 1 : i + 1]!)))), null], Array.from({ length }, () => cr.ones([])), null, { length: 3 })[0]));
    cr.vmap(cr.grad(f)).program([0.5, 1]);
    return recorded - before;
  };
  for (const last of [0, 1]) expect(work(200, 199 * last)).toBeLessThan(11 * work(20, 19 * last));
  vi.restoreAllMocks();
});
