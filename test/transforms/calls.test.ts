/** Options, static arguments and ways of calling, together with each transform. */
import { describe, expect, test } from "vitest";
import { add, exp, grad, hessian, jacfwd, jacrev, jvp, linearize, max, mean, mul, pow, sin, softmax, sum, traceFn, valueAndGrad, vjp, vmap } from "chainrule";
import type { Tensor, TraceableFn } from "chainrule";
import { ArgumentError, DifferentiationError, UnsupportedError } from "../../src/errors.ts";
import { expectNear, loose, plain, types } from "./values.ts";

const power = (x: Tensor, n: number, mode: string): Tensor => (mode === "sum" ? sum(pow(x, n)) : pow(x, n));
const traced = traceFn(power, { staticArgnums: [1, 2] });
const call = (f: unknown, ...args: unknown[]): unknown => plain(loose(f)(...args));

describe("static arguments", () => {
  test("with every transform", () => {
    expect(call(traced, [1, 2], 3, "sum")).toBe(9);
    expect(call(traced.grad(), [1, 2], 3, "each")).toEqual([3, 12]);
    expect(call(traced.grad({ argnums: 0 }), [1, 2], 2, "each")).toEqual([2, 4]);
    expect(call(grad(traced), [1, 2], 3, "sum")).toEqual([3, 12]);
    expect(call(valueAndGrad(traced), [1, 2], 3, "sum")).toEqual([9, [3, 12]]);
    expect(call(traced.grad().grad(), [1, 2], 3, "each")).toEqual([6, 12]);
    expect(call(jacfwd(traced), [1, 2], 2, "each")).toEqual([[2, 0], [0, 4]]);
    expect(call(jacrev(traced), [1, 2], 2, "each")).toEqual([[2, 0], [0, 4]]);
    expect(call(hessian(traced), [1, 2], 3, "sum")).toEqual([[6, 0], [0, 12]]);
    expect(call(vmap(traced), [1, 2], 3, "each")).toEqual([1, 8]);
    expect(call(vmap(grad(traced), { inAxes: [0, null, null] }), [1, 2], 3, "each")).toEqual([3, 12]);
    expect(call(traced.vmap().grad(), [1, 2], 3, "each")).toEqual([3, 12]);
  });
  test("each different value is another program; equal values share one", () => {
    let count = 0;
    const counted = traceFn((x: Tensor, n: number) => (count++, pow(x, n)), { staticArgnums: 1 });
    const g = counted.grad();
    for (const n of [2, 3, 2, 3, 2]) loose(g)(5, n);
    expect(count).toBe(2);
  });
  test("a negative position, strings that look alike, and symbols", () => {
    const first = traceFn((x: Tensor, a: string, _b: string) => (a === "a" ? mul(x, 1) : mul(x, 2)), { staticArgnums: [-2, -1] });
    expect([call(first, 1, "a,2=string:b", "c"), call(first, 1, "a", "b,2=string:c")]).toEqual([2, 1]);
    expect([call(first, 1, 'a","b', "c"), call(first, 1, "a", "c")]).toEqual([2, 1]);
    const [s, t] = [Symbol("mode"), Symbol("mode")];
    const chosen = traceFn((x: Tensor, m: symbol) => (m === s ? mul(x, 1) : mul(x, 2)), { staticArgnums: 1 });
    expect([call(chosen, 1, s), call(chosen, 1, t), call(chosen, 1, s)]).toEqual([1, 2, 1]);
    const typed = traceFn((x: Tensor, m: unknown) => mul(x, typeof m === "bigint" ? 2 : typeof m === "string" ? 3 : 1), { staticArgnums: 1 });
    expect([call(typed, 1, 1), call(typed, 1, 1n), call(typed, 1, "1")]).toEqual([1, 2, 3]);
  });
  test("cannot be differentiated, traced, or stand among primals", () => {
    expect(() => call(grad(traced, { argnums: 1 }), [1, 2], 3, "sum")).toThrow(ArgumentError);
    expect(() => call(grad(traced, { argnums: 1 }), [1, 2], 3, "sum")).toThrow(/argument 1 is static and cannot be differentiated/);
    expect(() => call(traceFn((n: Tensor) => traced([1, 2], n, "sum")), 3)).toThrow(/a static argument is a traced tensor/);
    expect(() => traced.vjp()).toThrow(UnsupportedError);
    expect(() => traced.jvp()).toThrow(/close over them/);
    expect(() => traceFn(power, { staticArgnums: 7 })([1, 2], 3, "sum")).toThrow(/staticArgnums 7 names no argument/);
  });
});

describe("donate", () => {
  test("is accepted with every transform and changes no number", () => {
    const f = traceFn((x: Tensor, y: Tensor) => mul(x, y), { donate: [0] });
    expect(call(f, [1, 2], [3, 4])).toEqual([3, 8]);
    expect(call(f.grad(), [1, 2], [3, 4])).toEqual([[3, 4], [1, 2]]);
    expect(call(f.vmap(), [1, 2], [3, 4])).toEqual([3, 8]);
    expect(call(f.vjp(), [[1, 2], [3, 4]], [1, 1])).toEqual([[3, 4], [1, 2]]);
    expect(call(f.with({ donate: [1] }), [1, 2], [3, 4])).toEqual([3, 8]);
    expect(call(jacfwd(f), [1, 2], [3, 4])).toEqual([[3, 0], [0, 4]]);
  });
});

describe("dtype and device", () => {
  const square = (x: Tensor): Tensor => mul(x, x);
  const derived: Record<string, (f: TraceableFn<[Tensor], Tensor>) => unknown> = {
    call: (f) => f(0.1),
    grad: (f) => f.grad()(0.1),
    "grad of grad": (f) => f.grad().grad()(0.1),
    vmap: (f) => f.vmap()([0.1]),
    jacobian: (f) => f.jacobian()(0.1),
    hessian: (f) => f.hessian()(0.1),
    jvp: (f) => f.jvp()([0.1], [1]),
    vjp: (f) => f.vjp()([0.1], 1),
    linearize: (f) => f.linearize()([0.1], [1]),
    hvp: (f) => f.hvp()([0.1], [1]),
    "the door jvp": (f) => jvp(f, [0.1], [1]),
    "the door vjp": (f) => vjp(f, 0.1)[1](1),
    "the door linearize": (f) => linearize(f, 0.1)[1](1),
  };
  test.each(Object.entries(derived))("dtype reaches %s", (_name, run) => {
    const all = (tree: unknown): string[] => [types(tree)].flat(3) as string[];
    expect(all(run(traceFn(square, { dtype: "float64" })))).toSatisfy((list: string[]) => list.every((t) => t.startsWith("f64")));
    expect(all(run(traceFn(square)))).toSatisfy((list: string[]) => list.every((t) => t.startsWith("f32")));
    expect(all(run(traceFn(square).with({ dtype: "float64" })))).toSatisfy((list: string[]) => list.every((t) => t.startsWith("f64")));
  });
  test("a gradient in float64 is that of float64 arithmetic", () => {
    expect(call(traceFn((x: Tensor) => exp(mul(x, 0.1)), { dtype: "float64" }).grad(), 1)).toBe(0.1 * Math.exp(0.1));
  });
  test("unknown dtypes, devices and options are refused", () => {
    expect(() => traceFn(square, { dtype: "int32" })).toThrow(/must be floating/);
    expect(() => traceFn(square, { dtype: "float16" as never })).toThrow(/unknown dtype "float16"/);
    expect(() => traceFn(square, { device: "abacus" })(1)).toThrow(/unknown device "abacus"[\s\S]*reference/);
    expect(() => traceFn(square, { static: 1 } as never)).toThrow(/unknown option "static"/);
    expect(types(traceFn(square, { device: "reference" }).grad()(1))).toBe("f32[]");
  });
});

describe("ways of calling", () => {
  test("functions of the library, and functions with parameters they can do without", () => {
    expect(call(traceFn(sum as (x: Tensor) => Tensor), [1, 2])).toBe(3);
    expect(call(vmap(sum as (x: Tensor) => Tensor), [[1, 2], [3, 4]])).toEqual([3, 7]);
    expect(call(grad(mean as (x: Tensor) => Tensor), [1, 2])).toEqual([0.5, 0.5]);
    expect(call(jacrev(softmax as (x: Tensor) => Tensor), [0, 0])).toEqual([[0.25, -0.25], [-0.25, 0.25]]);
    const scaled = (x: Tensor, scale?: Tensor): Tensor => (scale === undefined ? x : mul(x, scale));
    expect([call(traceFn(scaled), 2), call(traceFn(scaled), 2, 5), call(traceFn(scaled).grad(), 2)]).toEqual([2, 10, 1]);
  });
  test("an argument that was forgotten is named", () => {
    const f = traceFn((x: Tensor, y: Tensor) => mul(x, y));
    for (const run of [() => call(f, 1), () => call(f.grad(), 1), () => call(vmap(f), [1]), () => call(grad(f), 1)]) {
      expect(run).toThrow(ArgumentError);
      expect(run).toThrow(/takes 2 arguments, got 1/);
    }
  });
  test("a function of no arguments", () => {
    expect(call(traceFn(() => add(1, 2)))).toBe(3);
    expect(call(traceFn(() => add(1, 2)).grad())).toEqual([]);
  });
  test("a function that returns nothing of arrays", () => {
    expect(call(traceFn((_x: Tensor) => null), 1)).toBe(null);
    expect(call(vmap((_x: Tensor) => ({ a: null })), [1])).toEqual({ a: null });
    expect(loose(jvp)(() => undefined, [1], [1])).toEqual([undefined, undefined]);
    expect(() => call(grad(() => null as never), 1)).toThrow(/returned no array/);
  });
  test("one transform of one function is one object, and traces once per signature", () => {
    let count = 0;
    const f = (x: Tensor): Tensor => (count++, max(sin(x)));
    const run = (): unknown => [grad(f)([1, 2]), vmap(grad(f))([[1, 2]]), hessian(f)([1, 2])];
    run();
    const first = count;
    for (let i = 0; i < 3; i++) run();
    expect(count).toBe(first);
    expect([grad(f) === grad(f), vmap(f) === vmap(f, {}), (jacfwd(f) as unknown) === jacfwd(f, { argnums: [0] })]).toEqual([true, true, false]);
  });
  test("an error while tracing leaves nothing open", () => {
    const wrong = (x: Tensor): Tensor => {
      if (x !== undefined) throw new Error("on purpose");
      return x;
    };
    for (const transform of [grad, vmap, jacfwd, hessian]) expect(() => loose(loose(transform)(wrong))([1, 2])).toThrow("on purpose");
    expect(() => grad((x: Tensor) => sum(vmap(wrong)(x)))([1, 2])).toThrow("on purpose");
    expectNear(grad((x: Tensor) => sum(sin(x)))([0, 0]), [1, 1]);
    expect(() => grad((x: Tensor) => mul(x, x))([1, 2])).toThrow();
    expect(() => grad((x: Tensor) => sum(x))(new Int32Array(1))).toThrow(DifferentiationError);
    expect(plain(add(1, 1))).toBe(2);
  });
});
