/** linearTranspose, linearize, vjp and jvp by hand: what their functions take and return, how often and where they can be called. */
import { describe, expect, test } from "vitest";
import { add, argmax, array, astype, concatenate, cumsum, div, dynamicSlice, einsum, exp, flip, grad, greater, index, int32, jvp, linearize, linearTranspose, matmul, moveaxis, mul, neg, pad, reshape, roll, sin, slice, stack, sub, sum, take, tile, traceFn, transpose, vjp, vmap, where, zeros } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { ArgumentError, DifferentiationError, ShapeError, TreeError } from "../../src/errors.ts";
import { expectNear, loose, plain, types } from "./values.ts";

const inner = (a: unknown, b: unknown): number => {
  const [x, y] = [[plain(a)].flat(9), [plain(b)].flat(9)] as [number[], number[]];
  expect(x.length).toBe(y.length);
  return x.reduce((s, v, i) => s + v * y[i]!, 0);
};
/** Numbers that nothing else in a test has. */
const sample = (shape: readonly number[], salt: number): NDArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  return reshape(Float64Array.from({ length: size }, (_, i) => Math.sin(1.3 * i + salt) + 0.2 * salt), shape) as NDArray;
};

describe("linearTranspose", () => {
  const w = sample([3, 4], 5);
  const mask = array([[true, false, true], [false, true, true]]);
  const functions: Record<string, readonly [(...xs: Tensor[]) => Tensor, ...(readonly number[])[]]> = {
    "a product with a constant": [(x) => mul(x, 3), [2, 3]],
    "a quotient by a constant": [(x) => div(x, [2, 4, 8]), [2, 3]],
    "sums and differences": [(x, y) => sub(add(x, y), neg(x)), [2, 3], [3]],
    "matmul from the left": [(x) => matmul(x, w), [2, 3]],
    "matmul from the right": [(x) => matmul(w, x), [4, 5]],
    "matmul of stacks": [(x) => matmul(x, sample([5, 3, 2], 3)), [5, 2, 3]],
    "a contraction over two axes": [(x) => einsum("ijk,jkl->li", x, sample([3, 2, 4], 1)), [5, 3, 2]],
    "reductions": [(x) => add(sum(x, 0), sum(x)), [2, 3]],
    "a running total": [(x) => cumsum(x, 1), [2, 3]],
    "axes moved": [(x) => moveaxis(transpose(x, [2, 0, 1]), 0, 1), [2, 3, 4]],
    "reshaped and flipped": [(x) => flip(reshape(x, [3, 2]), 0), [2, 3]],
    "slices with steps": [(x) => index(x, slice(null, null, 2), slice(null, null, -1)), [5, 3]],
    "padding": [(x) => pad(x, [[1, 2], [0, 1]]), [2, 3]],
    "joined": [(x, y) => concatenate([x, y, x], 1), [2, 3], [2, 1]],
    "tiled and rolled": [(x) => roll(tile(x, [2, 1]), 1, 0), [2, 3]],
    "a gather that reads some twice": [(x) => take(x, [2, 0, 2, -1], { axis: 0 }), [3, 2]],
    "a window": [(x) => dynamicSlice(x, [int32(1), int32(0)], [2, 2]), [4, 3]],
    "a selection by a constant mask": [(x, y) => where(mask, x, y), [2, 3], [2, 3]],
    "stacked": [(x, y) => stack([x, y], 1), [3], [3]],
    "everything together": [(x) => matmul(cumsum(take(mul(x, 2), [1, 0], { axis: 0 }), 0), w), [3, 3]],
  };
  test.each(Object.entries(functions))("%s: ⟨ct, f(x)⟩ = ⟨fᵀ(ct), x⟩", (_name, [f, ...shapes]) => {
    const xs = shapes.map((shape, i) => sample(shape, i + 1));
    const y = loose(traceFn(f))(...xs) as NDArray;
    const ct = sample(y.shape, 9);
    const back = loose(linearTranspose)(f, ...xs) as (ct: unknown) => unknown[];
    const out = back(ct);
    expect(types(out)).toEqual(types(xs));
    const right = xs.reduce((s, x, i) => s + inner(out[i], x), 0);
    expect(inner(ct, y)).toBeCloseTo(right, 10);
    expect(Math.abs(right)).toBeGreaterThan(1e-3);
  });
  test("the examples give shapes and dtypes only", () => {
    expect(plain(linearTranspose((x: Tensor) => mul(x, 3), zeros([2]))([1, 2]))).toEqual([[3, 6]]);
    expect(types(linearTranspose((x: Tensor) => sum(x), new Float64Array(3))(1))).toEqual(["f64[3]"]);
  });
  test("trees in and out, called several times, inside and outside of traces", () => {
    const f = (t: { a: Tensor; b: Tensor }): unknown => ({ y: add(mul(t.a, 2), sum(t.b)), z: t.b });
    const back = loose(linearTranspose)(f, { a: [1, 1], b: [1, 1, 1] }) as (ct: unknown) => unknown[];
    expect(plain(back({ y: [1, 10], z: [5, 6, 7] }))).toEqual([{ a: [2, 20], b: [16, 17, 18] }]);
    expect(plain(back({ y: [0, 0], z: [1, 0, 0] }))).toEqual([{ a: [0, 0], b: [1, 0, 0] }]);
    const traced = traceFn((y: Tensor) => (back({ y, z: [0, 0, 0] })[0] as { b: Tensor }).b);
    expect(plain(traced([1, 2]))).toEqual([3, 3, 3]);
    expect(plain(traced.jvp()([[1, 2]], [[1, 1]]))).toEqual([[3, 3, 3], [2, 2, 2]]);
  });
  test("of a function that closes over a tensor of an outer trace", () => {
    const f = traceFn((s: Tensor, ct: Tensor) => linearTranspose((x: Tensor) => mul(x, s), [1, 1])(ct)[0] as Tensor);
    expect(plain(f([2, 3], [10, 100]))).toEqual([20, 300]);
    expect(plain(f.grad()([2, 3], [10, 100]))).toEqual([[10, 100], [2, 3]]);
  });
  test("the transpose of the transpose is the function", () => {
    const f = (x: Tensor): Tensor => cumsum(mul(x, [1, 10, 100]));
    const back = linearTranspose(f, [1, 1, 1]);
    expect(plain(linearTranspose((ct: Tensor) => back(ct)[0], [1, 1, 1])([1, 2, 3]))).toEqual([plain(loose(f)([1, 2, 3]))]);
  });
  const refused: Record<string, readonly [(...xs: Tensor[]) => unknown, RegExp]> = {
    "a sine": [(x) => sin(x), /^sin is not linear, so it cannot be transposed\n {4}at .*linear\.test\.ts:\d+:\d+[\s\S]*for reverse mode use vjp or grad/],
    "a square": [(x) => mul(x, x), /^mul is not linear in all operands that depend on the arguments/],
    "a product of two arguments": [(x, y) => mul(x, y), /^mul is not linear in all operands/],
    "a matrix product of two arguments": [(x, y) => matmul(x, y), /^dotGeneral is not linear in all operands/],
    "a quotient by an argument": [(x) => div(1, x), /^div is not linear in all operands/],
    "a quotient of arguments": [(x, y) => div(x, y), /^div is not linear in all operands/],
    "a choice by an argument": [(x) => where(greater(x, 0), x, 0), /^select is not linear in all operands/],
    "a choice between constants": [(x) => where(greater(x, 0), 1, 2), /^select is not linear in all operands/],
    "an index that is an argument": [(x) => take(x, astype(x, "int32"), { mode: "clip" }), /^(gather|convert|max) is not linear/],
  };
  test.each(Object.entries(refused))("refused: %s", (_what, [f, message]) => {
    const run = (): unknown => (loose(linearTranspose)(f, ...Array.from({ length: f.length }, () => [1, 2])) as (ct: unknown) => unknown)(f.length === 2 && message.source.includes("dot") ? 1 : [1, 1]);
    expect(run).toThrow(DifferentiationError);
    expect(run).toThrow(message);
  });
  test("refused: a cotangent of another shape or tree", () => {
    const back = linearTranspose((x: Tensor) => mul(x, 3), [1, 2]);
    expect(() => back([1, 2, 3])).toThrow(ShapeError);
    expect(() => loose(back)({ a: 1 })).toThrow(TreeError);
  });
});

describe("vjp", () => {
  const f = (x: Tensor, y: Tensor): unknown => ({ product: mul(x, y), total: sum(exp(x)) });
  test("the pullback can be called again and again", () => {
    const [value, pull] = loose(vjp)(f, [0, 1], [3, 4]) as [unknown, (ct: unknown) => unknown[]];
    expectNear(value, { product: [0, 4], total: 1 + Math.E });
    expectNear(pull({ product: [1, 0], total: 0 }), [[3, 0], [0, 0]]);
    expectNear(pull({ product: [0, 1], total: 1 }), [[1, 4 + Math.E], [0, 1]]);
    expectNear(pull({ product: [1, 0], total: 0 }), [[3, 0], [0, 0]]);
  });
  test("the pullback inside a trace, and inside a derivative", () => {
    const [, pull] = vjp((x: Tensor) => mul(x, mul(x, x)), [1, 2]);
    expect(plain(traceFn((ct: Tensor) => pull(ct)[0])([1, 1]))).toEqual([3, 12]);
    expect(plain(grad((ct: Tensor) => sum(pull(ct)[0]))([5, 7]))).toEqual([3, 12]);
  });
  test("made inside one derivative, used inside another", () => {
    const g = (x: Tensor): Tensor => {
      const [y, pull] = vjp((v: Tensor) => mul(v, mul(v, v)), x);
      return add(y, grad((c: Tensor) => mul(c, pull(c)[0]))(2 as Tensor)); // x³ + d/dc 3x²c² at c = 2
    };
    expect(plain(traceFn(g)(2))).toBe(8 + 12 * 4);
    expect(plain(grad(g)(2))).toBe(12 + 24 * 2);
  });
  test("integer results take a cotangent that does not matter", () => {
    const [value, pull] = loose(vjp)((x: Tensor) => [argmax(x), mul(x, 2)], [1, 5]) as [unknown, (ct: unknown) => unknown[]];
    expect(plain(value)).toEqual([1, [2, 10]]);
    expect(plain(pull([0, [1, 3]]))).toEqual([[2, 6]]);
  });
  test("arguments and results without arrays, of one number, of nothing", () => {
    const [value, pull] = loose(vjp)((x: Tensor, _none: null) => ({ x, empty: zeros([0]), none: null }), 3, null) as [unknown, (ct: unknown) => unknown[]];
    expect(plain(value)).toEqual({ x: 3, empty: [], none: null });
    expect(plain(pull({ x: 5, empty: [], none: null }))).toEqual([5, null]);
    const [nothing, back] = loose(vjp)(() => null, [1, 2]) as [unknown, (ct: unknown) => unknown[]];
    expect([nothing, plain(back(null))]).toEqual([null, [[0, 0]]]);
  });
  test("a cotangent takes the dtype of the result it belongs to", () => {
    const [, pull] = vjp((x: Tensor) => mul(x, 2), new Float64Array([1]));
    expect(types(pull([0.1]))).toEqual(["f64[1]"]);
    expect(plain(pull([0.1]))).toEqual([[0.2]]);
    expect(types(pull(new Float32Array([0.5])))).toEqual(["f64[1]"]);
    expect(() => pull(new Int32Array([1]))).toThrow(/vjp: cotangent is i32\[1\], it must be f64\[1\]/);
  });
  test("numbers as tangents and cotangents of methods, beside arguments of two dtypes", () => {
    const f = traceFn((x: Tensor, y: Tensor) => mul(x, 2).add(y));
    const primals = [new Float32Array([1]), new Float64Array([1])] as never;
    expect(plain(f.jvp()(primals, [[1], [1]] as never)[1])).toEqual([3]);
    expect(f.vjp()(primals, [1] as never).map(plain)).toEqual([[2], [1]]);
  });
  test("refused: cotangents of another form, integer arguments", () => {
    const [, pull] = vjp((x: Tensor) => mul(x, 2), [1, 2]);
    expect(() => pull(1)).toThrow(/cotangent is f32\[\], it must be f32\[2\]/);
    expect(() => loose(pull)([[1, 2], "a"])).toThrow(TreeError);
    expect(() => vjp((x: Tensor) => mul(x, 2.5), int32([1]))).toThrow(DifferentiationError);
    expect(() => loose(traceFn((x: Tensor) => x).vjp())(3, 1)).toThrow(/primals must be the list of arguments/);
  });
  test("f.vjp(): (primals, cotangent) → gradients", () => {
    const g = traceFn((x: Tensor, y: Tensor) => mul(x, y));
    expect(plain(g.vjp()([[1, 2], [3, 4]], [1, 10]))).toEqual([[3, 40], [1, 20]]);
    expect(plain(traceFn((x: Tensor) => mul(x, x)).vjp()([3], 1))).toBe(6);
    expect(plain(loose(g.vjp().vmap({ inAxes: [null, 0] }))([[1, 2], [3, 4]], [[1, 0], [0, 1]]))).toEqual([[[3, 0], [0, 4]], [[1, 0], [0, 2]]]);
  });
});

describe("linearize and jvp", () => {
  const f = (x: Tensor, y: Tensor): Tensor => mul(sin(x), y);
  test("the linear function again and again, inside and outside", () => {
    const [value, linear] = linearize(f, [0, 1], [2, 3]);
    expectNear(value, [0, 3 * Math.sin(1)]);
    const want = (t: number[], s: number[]): number[] => [2 * t[0]!, 3 * Math.cos(1) * t[1]! + Math.sin(1) * s[1]!];
    expectNear(linear([1, 0], [5, 0]), want([1, 0], [5, 0]));
    expectNear(linear([0, 1], [0, 7]), want([0, 1], [0, 7]));
    expectNear(traceFn((t: Tensor) => linear(t, t))([1, 1]), want([1, 1], [1, 1]));
    expectNear(vmap((t: Tensor) => linear(t, [0, 0]))([[1, 0], [0, 1]]), [want([1, 0], [0, 0]), want([0, 1], [0, 0])]);
    expectNear(linearTranspose((t: Tensor) => linear(t, zeros([2])), zeros([2]))([1, 1]), [[2, 3 * Math.cos(1)]]);
  });
  test("agrees with jvp and its methods", () => {
    const [x, y, t, s] = [1, 2, 3, 4].map((k) => sample([3], k)) as [NDArray, NDArray, NDArray, NDArray];
    const [value, tangent] = jvp(f, [x, y], [t, s]);
    expectNear(linearize(f, x, y)[1](t, s), tangent, 1e-14);
    expectNear(traceFn(f).linearize()([x, y], [t, s]), tangent, 1e-14);
    expectNear(traceFn(f).jvp()([x, y], [t, s]), [value, tangent], 1e-14);
  });
  test("a result that does not move has a tangent of zeros", () => {
    const [, linear] = loose(linearize)((x: Tensor) => [x, 3, argmax(x)], [1, 2]) as [unknown, (t: unknown) => unknown];
    expect(plain(linear([5, 6]))).toEqual([[5, 6], 0, 0]);
  });
  test("refused: tangents of another number, form, shape", () => {
    const [, linear] = linearize(f, [0, 1], [2, 3]);
    expect(() => loose(linear)([1, 0])).toThrow(ArgumentError);
    expect(() => loose(linear)([1, 0])).toThrow(/takes 2 tangents, got 1/);
    expect(() => linear([1, 0, 0], [1, 0])).toThrow(ShapeError);
    expect(() => loose(jvp)(f, [1, 2], [1])).toThrow(/2 primals but 1 tangents/);
    expect(() => loose(jvp)(f, 1, 1)).toThrow(/primals must be the list of arguments/);
    expect(() => jvp((x: Tensor) => mul(x, 1.5), [int32(1)], [1])).toThrow(/is i32\[\] and has no tangent/);
    expect(plain(jvp((x: Tensor, n: Tensor) => mul(x, n), [2, int32(3)], [1, null]))).toEqual([6, 3]);
  });
});
