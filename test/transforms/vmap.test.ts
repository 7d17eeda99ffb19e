/** vmap: which axes are mapped and where they go, sizes, nesting, captured tensors, and what is refused. */
import { describe, expect, test } from "vitest";
import { add, argmax, array, cos, exp, float32, grad, index, int32, jacfwd, jvp, linearize, matmul, mul, outer, registerTree, sin, stack, sub, sum, traceFn, transpose, vjp, vmap, zeros } from "chainrule";
import type { AxisTree, Tensor } from "chainrule";
import { ArgumentError, ShapeError, TreeError } from "../../src/errors.ts";
import { expectNear, loose, plain, types } from "./values.ts";

const m23 = [[1, 2, 3], [4, 5, 6]];
const m32 = [[1, 4], [2, 5], [3, 6]];
const weights = [10, 100, 1000];
const weighted = (x: Tensor, w: Tensor): Tensor => sum(mul(x, w));

describe("inAxes", () => {
  const rows = [3210, 6540];
  const forms: Record<string, readonly [AxisTree | undefined, unknown, unknown, unknown]> = {
    "absent: 0 for all": [undefined, m23, [weights, weights], rows],
    "a number for all": [0, m23, [weights, weights], rows],
    "a negative number for all": [-1, m32, [[10, 10], [100, 100], [1000, 1000]], rows],
    "a list with null": [[0, null], m23, weights, rows],
    "a negative axis": [[-1, null], m32, weights, rows],
    "different axes": [[1, 0], m32, [weights, weights], rows],
    "the second argument alone": [[null, 1], [1, 2, 3], [[10, 1], [100, 1], [1000, 1]], [3210, 6]],
  };
  test.each(Object.entries(forms))("%s", (_what, [inAxes, x, w, want]) => {
    const f = vmap(weighted, inAxes === undefined ? {} : { inAxes });
    expect(plain(loose(f)(x, w))).toEqual(want);
    expect(plain(loose(traceFn(weighted).vmap(inAxes === undefined ? {} : { inAxes }))(x, w))).toEqual(want);
  });

  const tree = (t: { a: Tensor; b: [Tensor, Tensor | null] }, y: Tensor): Tensor => add(mul(t.a, t.b[0]), y);
  const trees: Record<string, readonly [AxisTree, unknown, number[]]> = {
    "one axis for a tree": [[0, null], { a: [1, 2], b: [array([3, 4]), null] }, [13, 18]],
    "a tree of axes": [[{ a: 0, b: [null, null] }, null], { a: [1, 2], b: [3, null] }, [13, 16]],
    "a prefix of the tree": [[{ a: null, b: 0 }, null], { a: 1, b: [array([3, 8]), null] }, [13, 18]],
  };
  test.each(Object.entries(trees))("%s", (_what, [inAxes, t, want]) => {
    expect(plain(loose(vmap(tree as never, { inAxes }))(t, 10))).toEqual(want);
  });
  test("registered classes as whole nodes", () => {
    class Line {
      readonly slope: Tensor;
      readonly start: Tensor;
      constructor(slope: Tensor, start: Tensor) {
        [this.slope, this.start] = [slope, start];
      }
    }
    registerTree(Line, { flatten: (l) => ({ children: [l.slope, l.start], data: null }), unflatten: (_d, [a, b]) => new Line(a as Tensor, b as Tensor) });
    const at = (l: Line, x: Tensor): Line => new Line(mul(l.slope, 2), add(mul(l.slope, x), l.start));
    const out = loose(vmap(at, { inAxes: [0, null] }))(new Line(array([1, 2]), array([3, 4])), 10) as Line;
    expect([out instanceof Line, plain(out.slope), plain(out.start)]).toEqual([true, [2, 4], [13, 24]]);
  });

  const refused: Record<string, readonly [AxisTree, unknown[], new (...args: never) => Error, RegExp]> = {
    "as many entries as arguments": [[0], [m23, weights], ArgumentError, /inAxes has 1 entries for 2 arguments/],
    "a tree that does not match": [[{ a: 0 }, null], [m23, weights], TreeError, /inAxes\[0\].*does not match/],
    "a part without an axis": [[{ a: 0 }, null], [{ a: [1], b: [2] }, 1], TreeError, /no axis for b/],
    "a part that is not there": [[{ a: 0, c: 0 }, null], [{ a: [1] }, 1], TreeError, /does not match/],
    "a list of another length": [[[0, 0, 0], null], [[array([1]), null], 1], TreeError, /does not match/],
    "an axis out of range": [[2, null], [m23, weights], ShapeError, /axis 2 is out of range for rank 2/],
    "a negative axis out of range": [[-3, null], [m23, weights], ShapeError, /axis -3 is out of range/],
    "half an axis": [[0.5, null], [m23, weights], ArgumentError, /an axis is an integer, got 0.5/],
    "a scalar": [0, [m23, 3], ShapeError, /argument 1 is a scalar and has no axis to map over/],
    "nothing mapped": [null, [m23, weights], ArgumentError, /no argument is mapped/],
    "axes of different lengths": [0, [m23, [weights, weights, weights]], ShapeError, /mapped axes differ in length: 2 \(argument 0, f32\[2,3\]\) and 3 \(argument 1, f32\[3,3\], axis 0\)/],
  };
  test.each(Object.entries(refused))("refused: %s", (_what, [inAxes, args, kind, message]) => {
    const run = (): unknown => loose(vmap(weighted, { inAxes }))(...args);
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
  });
  test("refused: an option nobody reads", () => {
    expect(() => vmap(weighted, { in_axes: 0 } as never)).toThrow(/unknown option "in_axes"/);
  });
});

describe("outAxes", () => {
  const f = (x: Tensor): Tensor => stack([x, mul(x, 10)]);
  test("a number, a negative one, and one for a vmap inside", () => {
    expect(plain(vmap(f)([1, 2, 3]))).toEqual([[1, 10], [2, 20], [3, 30]]);
    expect(plain(vmap(f, { outAxes: 1 })([1, 2, 3]))).toEqual([[1, 2, 3], [10, 20, 30]]);
    expect(plain(vmap(f, { outAxes: -1 })([1, 2, 3]))).toEqual([[1, 2, 3], [10, 20, 30]]);
    expect(types(vmap(vmap(f, { outAxes: 1 }), { outAxes: 2 })(zeros([3, 5])))).toBe("f32[2,5,3]");
    expect(types(vmap(vmap(f), { outAxes: -2 })(zeros([3, 5])))).toBe("f32[5,3,2]");
  });
  test("trees of axes and prefixes", () => {
    const g = (x: Tensor): unknown => ({ pair: [f(x), x], single: f(x), none: null });
    const out = loose(vmap(g as never, { outAxes: { pair: [1, 0], single: -1, none: null } }))([1, 2, 3]);
    expect(types(out)).toEqual({ pair: ["f32[2,3]", "f32[3]"], single: "f32[2,3]", none: null });
    expect(types(loose(vmap(g as never, { outAxes: { pair: 0, single: 1, none: 0 } }))([1, 2, 3]))).toEqual({ pair: ["f32[3,2]", "f32[3]"], single: "f32[2,3]", none: null });
  });
  test("null for what is the same for all, and an axis that repeats it", () => {
    const g = (x: Tensor, y: Tensor): Tensor[] => [add(x, y), exp(y)];
    const out = loose(vmap(g as never, { inAxes: [0, null], outAxes: [0, null] }))([1, 2], 0);
    expect(plain(out)).toEqual([[1, 2], 1]);
    expect(plain(loose(vmap(g as never, { inAxes: [0, null], outAxes: [0, 0] }))([1, 2], 0))).toEqual([[1, 2], [1, 1]]);
  });
  test("constants and arguments as results", () => {
    expect(plain(loose(vmap(((_x: Tensor) => [3, zeros([2])]) as never))([1, 2]))).toEqual([[3, 3], [[0, 0], [0, 0]]]);
    expect(plain(loose(vmap(((x: Tensor) => [x, x]) as never, { outAxes: [0, 1] }))(m23))).toEqual([m23, m32]);
  });
  const refused: Record<string, readonly [AxisTree, new (...args: never) => Error, RegExp]> = {
    "null for what depends on the batch": [null, ShapeError, /result depends on the mapped axis, but outAxes is null there/],
    "out of range": [3, ShapeError, /result: outAxes: axis 3 is out of range for rank 2/],
    "negative out of range": [-3, ShapeError, /axis -3 is out of range/],
    "a tree that does not match": [[0, 0], TreeError, /outAxes.*does not match/],
  };
  test.each(Object.entries(refused))("refused: %s", (_what, [outAxes, kind, message]) => {
    const run = (): unknown => vmap(f, { outAxes })([1, 2, 3]);
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
  });
});

describe("sizes", () => {
  test("axisSize where nothing is mapped, and beside mapped arguments", () => {
    expect(plain(vmap((x: Tensor) => mul(x, 2), { inAxes: null, axisSize: 3 })(5))).toEqual([10, 10, 10]);
    expect(plain(vmap((x: Tensor) => mul(x, 2), { axisSize: 2 })([1, 2]))).toEqual([2, 4]);
    expect(() => vmap((x: Tensor) => mul(x, 2), { axisSize: 3 })([1, 2])).toThrow(/mapped axes differ in length: 3 \(axisSize\) and 2[^]*hint: leave axisSize out/);
    expect(() => vmap((x: Tensor) => x, { inAxes: null, axisSize: -1 })(1)).toThrow(/axisSize must be a non-negative integer/);
    expect(plain(loose(vmap((() => 7) as never, { axisSize: 2 }))())).toEqual([7, 7]);
  });
  test("an empty batch", () => {
    expect(types(vmap(weighted)(zeros([0, 3]), zeros([0, 3])))).toBe("f32[0]");
    expect(types(vmap((x: Tensor) => matmul(x, transpose(x)))(zeros([0, 2, 3])))).toBe("f32[0,2,2]");
    expect(types(vmap(grad(weighted), { inAxes: [0, null] })(zeros([0, 3]), weights))).toBe("f32[0,3]");
    expect(types(grad((x: Tensor) => sum(vmap((r: Tensor) => sum(sin(r)))(x)))(zeros([0, 3])))).toBe("f32[0,3]");
    expect(types(vmap((x: Tensor) => argmax(x))(zeros([0, 3])))).toBe("i32[0]");
  });
  test("a batch of one, and of arrays without elements", () => {
    expect(plain(vmap(weighted)([[1, 2, 3]], [weights]))).toEqual([3210]);
    expect(plain(vmap((x: Tensor) => sum(x))(zeros([2, 0])))).toEqual([0, 0]);
  });
});

describe("nesting", () => {
  test("different axes inside and outside", () => {
    const f = vmap(vmap((x: Tensor, y: Tensor) => sub(x, y), { inAxes: [null, 0] }), { inAxes: [0, null] });
    expect(plain(f([1, 2], [10, 20, 30]))).toEqual([[-9, -19, -29], [-8, -18, -28]]);
    const g = vmap(vmap((x: Tensor, y: Tensor) => weighted(x, y), { inAxes: [1, null] }), { inAxes: [2, 0] });
    const x = array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]); // [k, i, j] mapped over j outside, i inside
    expect(plain(g(x, [[1, 10], [100, 1000]]))).toEqual([[51, 73], [6200, 8400]]);
  });
  test("three deep is an outer product", () => {
    const cube = (a: Tensor, b: Tensor, c: Tensor): Tensor => mul(mul(a, b), c);
    const f = vmap(vmap(vmap(cube, { inAxes: [null, null, 0] }), { inAxes: [null, 0, null] }), { inAxes: [0, null, null] });
    expect(plain(f([1, 2], [3, 5], [7]))).toEqual([[[21], [35]], [[42], [70]]]);
  });
  test("over captured tensors, of this batch and of none", () => {
    const f = traceFn((x: Tensor, scale: Tensor) => vmap((row: Tensor) => mul(vmap((v: Tensor) => add(v, sum(row)))(row), scale))(x));
    expect(plain(f(m23, 10))).toEqual([[70, 80, 90], [190, 200, 210]]);
    expectNear(grad((s: Tensor) => sum(f(m23, s)))(10), 84);
    const w = array(weights);
    expect(plain(vmap((row: Tensor) => sum(mul(row, w)))(m23))).toEqual([3210, 6540]);
  });
});

describe("with derivatives", () => {
  const f = (x: Tensor, y: Tensor): Tensor => sum(mul(sin(x), y));
  const y = [1, 2, 3];
  const perRow = m23.map((row) => row.map((v, i) => Math.cos(v) * y[i]!));
  test("gradients of each example", () => {
    expectNear(vmap(grad(f), { inAxes: [0, null] })(m23, y), perRow);
    expectNear(traceFn(f).grad({ argnums: 0 }).vmap({ inAxes: [0, null] })(m23, y), perRow);
    expectNear(grad((x: Tensor) => sum(vmap(f, { inAxes: [0, null] })(x, y)))(m23), perRow);
  });
  test("a pullback inside, and a pullback mapped over cotangents", () => {
    expectNear(vmap((x: Tensor) => vjp(f, x, y as never)[1](1)[0])(m23), perRow);
    const [, pull] = vjp((x: Tensor) => mul(sin(x), y), [1, 2, 3]);
    expectNear(vmap((ct: Tensor) => pull(ct)[0])([[1, 0, 0], [0, 0, 2]]), [[Math.cos(1), 0, 0], [0, 0, 6 * Math.cos(3)]]);
  });
  test("a pullback made inside one vmap and used inside another", () => {
    const g = (x: Tensor): Tensor => {
      const [, pull] = vjp((v: Tensor) => mul(v, mul(v, v)), x);
      return vmap((ct: Tensor) => pull(ct)[0])([1, 10]);
    };
    expectNear(vmap(g)([1, 2]), [[3, 30], [12, 120]]);
  });
  test("a linear function inside and outside", () => {
    const [, linear] = linearize((x: Tensor) => exp(x), [0, 1]);
    expectNear(vmap((t: Tensor) => linear(t))([[1, 0], [0, 1]]), [[1, 0], [0, Math.E]]);
    expectNear(vmap((x: Tensor) => linearize((v: Tensor) => mul(v, v), x)[1](1))([1, 2]), [2, 4]);
  });
  test("jvp along a batch of directions", () => {
    expectNear(vmap((t: Tensor) => jvp(sin, [2], [t])[1])([1, 3]), [Math.cos(2), 3 * Math.cos(2)]);
    expectNear(vmap((x: Tensor) => jacfwd((v: Tensor) => outer(v, v))(x))([[1, 2]]), [[[[2, 0], [2, 1]], [[2, 1], [0, 4]]]]);
  });
});

test("integer results and results of mixed dtypes", () => {
  const out = loose(vmap(((x: Tensor) => [argmax(x), index(x, 0), int32(3)]) as never))(m23);
  expect(types(out)).toEqual(["i32[2]", "f32[2]", "i32[2]"]);
  expect(plain(out)).toEqual([[2, 2], [1, 4], [3, 3]]);
  expect(types(vmap((x: Tensor, n: Tensor) => mul(cos(x), n))(new Float64Array(2), float32([1, 2])))).toBe("f64[2]");
});
