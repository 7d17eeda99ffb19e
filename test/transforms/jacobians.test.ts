/** Jacobians, Hessians and their products with vectors: trees in, trees out, both modes the same, shapes [...result, ...argument]. */
import { describe, expect, test } from "vitest";
import { add, argmax, array, cumprod, div, exp, grad, hessian, hvp, index, int32, jacfwd, jacrev, jvp, logsumexp, matmul, mul, outer, sin, softmax, stack, sub, sum, traceFn, transpose, vmap, zeros } from "chainrule";
import type { Tensor } from "chainrule";
import { DifferentiationError, ShapeError } from "../../src/errors.ts";
import { expectNear, loose, plain, types } from "./values.ts";

type Door = (f: unknown, options?: object) => (...args: readonly unknown[]) => unknown;
const doors: Record<string, Door> = {
  jacfwd: (f, o) => loose(jacfwd(f as never, o)),
  jacrev: (f, o) => loose(jacrev(f as never, o)),
  "f.jacobian()": (f, o = { argnums: 0 }) => loose(traceFn(f as never).jacobian(o)),
  "f.jacobian(forward)": (f, o = { argnums: 0 }) => loose(traceFn(f as never).jacobian({ ...o, mode: "forward" })),
};

describe.each(Object.entries(doors))("%s", (_name, jacobian) => {
  test("shapes are [...result, ...argument]", () => {
    expect(plain(jacobian((x: Tensor) => mul(x, x))([1, 2]))).toEqual([[2, 0], [0, 4]]);
    expect(types(jacobian((x: Tensor) => outer(x, x))([1, 2, 3]))).toBe("f32[3,3,3]");
    expect(types(jacobian((x: Tensor) => matmul(x, transpose(x)))([[1, 2, 3], [4, 5, 6]]))).toBe("f32[2,2,2,3]");
    expect(plain(jacobian((x: Tensor) => sum(mul(x, x)))([1, 2]))).toEqual([2, 4]);
    expect(plain(jacobian((x: Tensor) => stack([x, mul(x, x)]))(3))).toEqual([1, 6]);
    expect(plain(jacobian((x: Tensor) => mul(x, x))(3))).toBe(6);
  });
  test("the softmax: diag(p) - p pᵀ", () => {
    const p = [1, 2, 3].map((v) => Math.exp(v - 3)).map((v, _, all) => v / all.reduce((a, b) => a + b));
    expectNear(jacobian(softmax)([1, 2, 3]), p.map((a, i) => p.map((b, j) => (i === j ? a : 0) - a * b)));
  });
  test("trees of arguments and of results", () => {
    const f = (t: { a: Tensor; b: [Tensor, null] }): unknown => ({ sum: add(t.a, t.b[0]), both: [mul(t.a, 3)], none: null });
    const out = jacobian(f)({ a: [1, 2], b: [array([3, 4]), null] });
    expect(plain(out)).toEqual({
      sum: { a: [[1, 0], [0, 1]], b: [[[1, 0], [0, 1]], null] },
      both: [{ a: [[3, 0], [0, 3]], b: [[[0, 0], [0, 0]], null] }],
      none: null,
    });
  });
  test("argnums: a number, a list, another order, negative", () => {
    const f = (x: Tensor, y: Tensor): Tensor => mul(x, y);
    expect(plain(jacobian(f, { argnums: 1 })([1, 2], [3, 4]))).toEqual([[1, 0], [0, 2]]);
    expect(plain(jacobian(f, { argnums: [0, 1] })([1, 2], [3, 4]))).toEqual([[[3, 0], [0, 4]], [[1, 0], [0, 2]]]);
    expect(plain(jacobian(f, { argnums: [-1, 0] })([1, 2], [3, 4]))).toEqual([[[1, 0], [0, 2]], [[3, 0], [0, 4]]]);
  });
  test("results that do not depend on the argument, constants, the argument itself", () => {
    const f = (x: Tensor, y: Tensor): unknown => [y, 3, x];
    expect(plain(jacobian(f)([1, 2], [[5]]))).toEqual([[[[0, 0]]], [0, 0], [[1, 0], [0, 1]]]);
  });
  test("arrays without elements", () => {
    expect(types(jacobian((x: Tensor) => mul(x, 2))([]))).toBe("f32[0,0]");
    expect(types(jacobian((x: Tensor) => sum(x, 1))(zeros([2, 0])))).toBe("f32[2,2,0]");
    expect(types(jacobian((_x: Tensor) => zeros([0]))([1, 2]))).toBe("f32[0,2]");
  });
  test("each entry has the dtype of its argument or result", () => {
    const f = (x: Tensor, y: Tensor): Tensor => mul(x, y);
    const out = jacobian(f, { argnums: [0, 1] })(new Float32Array([1, 2]), new Float64Array([3, 4])) as unknown[];
    expect(plain(out)).toEqual([[[3, 0], [0, 4]], [[1, 0], [0, 2]]]);
    expect(types(jacobian(f)(new Float64Array(2), 0.5))).toBe("f64[2,2]");
  });
  test("integers are refused, in arguments and in results", () => {
    expect(() => jacobian((x: Tensor) => argmax(x))([1, 2])).toThrow(DifferentiationError);
    expect(() => jacobian((x: Tensor) => ({ best: argmax(x), x }))([1, 2])).toThrow(/result\.best is i32\[\] and has no derivative/);
    expect(() => jacobian((x: Tensor) => mul(x, 1.5))(int32([1]))).toThrow(/argument 0 is i32\[1\]/);
  });
  test("inside a trace, mapped, and of each other", () => {
    const f = (x: Tensor): Tensor => mul(x, sum(x));
    const twice = jacobian((x: Tensor) => jacobian(f)(x) as Tensor)([1, 2]);
    expect(plain(twice)).toEqual([[[2, 1], [1, 0]], [[0, 1], [1, 2]]]);
    expect(plain(loose(vmap(jacobian(f) as never))([[1, 2], [0, 1]]))).toEqual([[[4, 1], [2, 5]], [[1, 0], [1, 2]]]);
    const captured = traceFn((s: Tensor) => sum(jacobian((x: Tensor) => mul(x, s))([1, 2]) as Tensor));
    expect([plain(captured(3)), plain(captured.grad()(3))]).toEqual([6, 2]);
  });
});

describe("forward and reverse agree", () => {
  const functions: Record<string, (t: { x: Tensor; y: Tensor }) => unknown> = {
    tree: (t) => ({ a: sin(mul(t.x, sum(t.y))), b: [logsumexp(t.y), div(t.x, 2)] }),
    "no dependence on y": (t) => [exp(t.x), 1.5],
    running: (t) => cumprod(add(t.x, index(t.y, 0))),
  };
  test.each(Object.entries(functions))("%s", (_name, f) => {
    const point = { x: new Float64Array([0.3, -1.2]), y: new Float64Array([0.5, 0.1, 2]) };
    expectNear(loose(jacfwd(f as never))(point), loose(jacrev(f as never))(point), 1e-12);
  });
  test("columns are directional derivatives", () => {
    const f = (x: Tensor): Tensor => cumprod(sin(x));
    const x = new Float64Array([0.3, -1.2, 2]);
    const columns = [0, 1, 2].map((i) => plain(jvp(f, [x], [Float64Array.from([0, 1, 2], (j) => (i === j ? 1 : 0))])[1]) as number[]);
    expectNear(jacfwd(f)(x), [0, 1, 2].map((row) => columns.map((column) => column[row])), 1e-12);
  });
});

describe("Hessians", () => {
  test("of a function of a vector", () => {
    expect(plain(hessian((x: Tensor) => sum(mul(x, mul(x, x))))([1, 2]))).toEqual([[6, 0], [0, 12]]);
    expect(plain(hessian((x: Tensor) => mul(index(x, 0), index(x, 1)))([5, 7]))).toEqual([[0, 1], [1, 0]]);
    expect(plain(hessian((x: Tensor) => mul(x, mul(x, x)))(2))).toBe(12);
  });
  test("a dictionary in: a dictionary of dictionaries out", () => {
    const f = (p: { w: Tensor; b: Tensor }): Tensor => mul(sum(mul(p.w, p.w)), p.b);
    expect(plain(loose(hessian(f))({ w: [1, 2], b: 3 }))).toEqual({
      w: { w: [[6, 0], [0, 6]], b: [2, 4] },
      b: { w: [2, 4], b: 0 },
    });
  });
  test("trees of results: entries of shape [...result, ...argument, ...argument]", () => {
    const f = (x: Tensor): unknown => ({ squares: mul(x, x), total: sum(mul(x, sum(x))) });
    expect(types(loose(hessian(f as never))([1, 2]))).toEqual({ squares: "f32[2,2,2]", total: "f32[2,2]" });
    expect(plain(loose(hessian(f as never))([1, 2]))).toEqual({ squares: [[[2, 0], [0, 0]], [[0, 0], [0, 2]]], total: [[2, 2], [2, 2]] });
  });
  test("several arguments: all pairs", () => {
    const f = (x: Tensor, y: Tensor): Tensor => mul(mul(x, x), mul(y, y));
    expect(plain(hessian(f, { argnums: [0, 1] })(2, 3))).toEqual([[18, 24], [24, 8]]);
    expect(plain(hessian(f, { argnums: [1, 0] })(2, 3))).toEqual([[8, 24], [24, 18]]);
    expect(plain(hessian(f, { argnums: 1 })(2, 3))).toBe(8);
    expect(plain(traceFn(f).hessian()(2, 3))).toEqual([[18, 24], [24, 8]]);
    expect(plain(traceFn((x: Tensor) => mul(x, x)).hessian()(2))).toBe(2);
  });
  test("every order of forward and reverse is the same", () => {
    const f = (x: Tensor): Tensor => sum(mul(sin(x), exp(mul(x, sum(x)))));
    const point = new Float64Array([0.3, -0.2, 0.1]);
    const ways = [jacfwd(jacrev(f)), jacrev(jacfwd(f)), jacfwd(jacfwd(f)), jacrev(jacrev(f)), jacfwd(grad(f)), hessian(f)];
    const want = plain(ways[0]!(point));
    for (const way of ways) expectNear(way(point), want, 1e-12);
    (want as number[][]).forEach((row, i) => row.forEach((v, j) => expect(v).toBeCloseTo((want as number[][])[j]![i]!, 12)));
  });
  test("third derivatives", () => {
    expect(plain(jacfwd(hessian((x: Tensor) => sum(mul(x, mul(x, x)))))([1, 2]))).toEqual([[[6, 0], [0, 0]], [[0, 0], [0, 6]]]);
  });
});

describe("Hessian-vector products", () => {
  const f = (x: Tensor, y: Tensor): Tensor => sum(mul(sin(x), mul(y, sub(y, x))));
  const [x, y, u, v] = [[0.3, -1], [2, 0.5], [1, 2], [-0.5, 3]].map((a) => Float64Array.from(a)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  test("are the Hessian times the vector", () => {
    const [[hxx, hxy], [hyx, hyy]] = plain(traceFn(f).hessian()(x, y)) as [[number[][], number[][]], [number[][], number[][]]];
    const dot = (m: number[][], w: Float64Array): number[] => m.map((row) => row.reduce((s, a, j) => s + a * w[j]!, 0));
    const plus = (a: number[], b: number[]): number[] => a.map((n, i) => n + b[i]!);
    const want = [plus(dot(hxx, u), dot(hxy, v)), plus(dot(hyx, u), dot(hyy, v))];
    expectNear(hvp(f, [x, y], [u, v]), want, 1e-12);
    expectNear(traceFn(f).hvp()([x, y], [u, v]), want, 1e-12);
  });
  test("of one argument, of a tree, of zero", () => {
    expect(plain(hvp((a: Tensor) => mul(a, mul(a, a)), [2], [5]))).toBe(60);
    expect(plain(loose(hvp)((t: { a: Tensor }) => sum(mul(t.a, mul(t.a, t.a))), [{ a: [1, 2] }], [{ a: [1, 1] }]))).toEqual({ a: [6, 12] });
    expect(plain(hvp((a: Tensor) => sum(mul(a, 2)), [[1, 2]], [[1, 1]]))).toEqual([0, 0]);
  });
  test("inside vmap: columns of the Hessian", () => {
    const g = (a: Tensor): Tensor => sum(mul(a, mul(a, sum(a))));
    const columns = vmap((t: Tensor) => hvp(g, [array([1, 2])] as never, [t] as never) as unknown as Tensor)([[1, 0], [0, 1]]);
    expectNear(columns, plain(hessian(g)([1, 2])));
  });
  test("want a scalar function and tangents of the arguments' form", () => {
    expect(() => hvp((a: Tensor) => mul(a, a), [[1, 2]], [[1, 1]])).toThrow(ShapeError);
    expect(() => hvp((a: Tensor) => sum(a), [[1, 2]], [[1, 1, 1]])).toThrow(/tangent 0 is f32\[3\], it must be f32\[2\]/);
    expect(() => loose(hvp)((a: Tensor) => sum(a), [[1, 2]], [])).toThrow(/1 primals but 0 tangents/);
  });
});
