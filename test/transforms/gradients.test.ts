/** grad and valueAndGrad behind both front doors: which arguments, which trees, which results, and what is refused. */
import { describe, expect, test } from "vitest";
import { add, argmax, array, exp, float64, grad, greater, int32, matmul, mean, mul, sin, sum, traceFn, valueAndGrad, vjp, where, zeros } from "chainrule";
import type { Tensor } from "chainrule";
import { ArgumentError, DifferentiationError, ShapeError, TreeError } from "../../src/errors.ts";
import { expectNear, loose, plain, types } from "./values.ts";

/** Its gradients at (2, 3, 5) are 15, 10 and 6. */
const product = (x: Tensor, y: Tensor, z: Tensor): Tensor => mul(mul(x, y), z);
const point = [2, 3, 5] as const;

describe("argnums", () => {
  const forms: Record<string, readonly [number | readonly number[], unknown]> = {
    "a number": [0, 15],
    "another number": [2, 6],
    "a negative number": [-1, 6],
    "a list gives a tuple": [[0, 1], [15, 10]],
    "a list of one gives a tuple of one": [[1], [10]],
    "a list in another order": [[2, 0], [6, 15]],
    "negative numbers in a list": [[-1, -3, 1], [6, 15, 10]],
    "an empty list": [[], []],
  };
  test.each(Object.entries(forms))("%s", (_what, [argnums, want]) => {
    expect(plain(loose(grad(product, { argnums }))(...point))).toEqual(want);
    expect(plain(loose(traceFn(product).grad({ argnums }))(...point))).toEqual(want);
    expect(plain(loose(valueAndGrad(product, { argnums }))(...point))).toEqual([30, want]);
    expect(plain(loose(traceFn(product).valueAndGrad({ argnums }))(...point))).toEqual([30, want]);
  });
  test("absent: the first for grad, all for f.grad()", () => {
    expect(plain(grad(product)(...point))).toBe(15);
    expect(plain(traceFn(product).grad()(...point))).toEqual([15, 10, 6]);
    expect(plain(traceFn((x: Tensor) => mul(x, x)).grad()(4))).toBe(8);
    expect(plain(valueAndGrad(product)(...point))).toEqual([30, 15]);
    expect(plain(traceFn(product).valueAndGrad()(...point))).toEqual([30, [15, 10, 6]]);
  });
  const refused: Record<string, readonly [unknown, new (...args: never) => Error, RegExp]> = {
    "out of range": [3, ArgumentError, /argnums 3 names no argument[\s\S]*positions 0 to 2/],
    "negative out of range": [-4, ArgumentError, /argnums -4 names no argument/],
    "half a position": [[0.5], ArgumentError, /argnums 0.5 names no argument/],
    "a name": [["x"], ArgumentError, /argnums "x" names no argument/],
    "one argument twice": [[1, 1], ArgumentError, /names an argument twice/],
    "one argument twice, counted from both ends": [[0, -3], ArgumentError, /names an argument twice/],
  };
  test.each(Object.entries(refused))("refused: %s", (_what, [argnums, kind, message]) => {
    expect(() => loose(grad(product, { argnums: argnums as never }))(...point)).toThrow(kind);
    expect(() => loose(traceFn(product).grad({ argnums: argnums as never }))(...point)).toThrow(message);
  });
});

describe("trees of arguments", () => {
  interface Model {
    readonly layers: readonly [{ w: Tensor; b: Tensor }, { w: Tensor; b: null }];
    readonly scale: Tensor;
  }
  const loss = (m: Model, x: Tensor): Tensor => sum(mul(m.scale, matmul(add(matmul(x, m.layers[0].w), m.layers[0].b), m.layers[1].w)));
  const model = { layers: [{ w: [[1, 2], [3, 4]], b: [0, 1] }, { w: [[1], [2]], b: null }], scale: 3 };
  test("the gradient has the tree of the argument, shapes included", () => {
    const g = loose(grad(loss))(model, [[1, 1]]);
    expect(types(g)).toEqual({ layers: [{ w: "f32[2,2]", b: "f32[2]" }, { w: "f32[2,1]", b: null }], scale: "f32[]" });
    expect(plain(g)).toEqual({ layers: [{ w: [[3, 6], [3, 6]], b: [3, 6] }, { w: [[12], [21]], b: null }], scale: 18 });
  });
  test("several trees", () => {
    const [g, gx] = loose(grad(loss, { argnums: [0, 1] }))(model, [[1, 1]]) as unknown[];
    expect([types(gx), (types(g) as { scale: string }).scale]).toEqual(["f32[1,2]", "f32[]"]);
  });
  test("arguments without arrays", () => {
    const f = (_options: null, x: Tensor, _more: { a: null }): Tensor => mul(x, x);
    expect(plain(loose(traceFn(f).grad())(null, 3, { a: null }))).toEqual([null, 6, { a: null }]);
    expect(plain(loose(grad(f, { argnums: [0, 2] }))(null, 3, { a: null }))).toEqual([null, { a: null }]);
  });
  test("arrays without elements", () => {
    const f = (x: Tensor, y: Tensor): Tensor => add(sum(exp(x)), sum(mul(y, y)));
    expect(types(traceFn(f).grad()(zeros([0, 3]), [1]))).toEqual(["f32[0,3]", "f32[1]"]);
    expect(plain(traceFn(f).valueAndGrad()([], [2]))).toEqual([4, [[], [4]]]);
  });
});

describe("results", () => {
  test("hasAux: anything beside the value, undifferentiated", () => {
    const f = (x: Tensor): [Tensor, unknown] => [sum(mul(x, x)), { twice: mul(x, 2), best: argmax(x), none: null }];
    const aux = { twice: [2, 6], best: 1, none: null };
    expect(plain(loose(grad(f as never, { hasAux: true }))([1, 3]))).toEqual([[2, 6], aux]);
    expect(plain(loose(valueAndGrad(f as never, { hasAux: true }))([1, 3]))).toEqual([[10, aux], [2, 6]]);
    expect(plain(loose(traceFn(f as never).grad({ hasAux: true }))([1, 3]))).toEqual([[2, 6], aux]);
    expect(plain(loose(grad(f as never, { hasAux: true, argnums: [0] }))([1, 3]))).toEqual([[[2, 6]], aux]);
  });
  test("hasAux with f.grad(): the value may be any tree, its leaves are summed", () => {
    const f = (x: Tensor): unknown => [{ a: mul(x, x), b: [x] }, exp(x)];
    expectNear(loose(traceFn(f as never).grad({ hasAux: true }))([1, 3]), [[3, 7], [Math.E, Math.exp(3)]]);
  });
  test("hasAux wants a list of two", () => {
    for (const result of [(x: Tensor) => x, (x: Tensor) => [x, x, x], (x: Tensor) => ({ value: x })]) {
      const run = (): unknown => loose(grad(result as never, { hasAux: true }))(1);
      expect(run).toThrow(TreeError);
      expect(run).toThrow(/must return \[value, aux\]/);
    }
  });
  test("grad wants one floating scalar; f.grad() sums all floating leaves", () => {
    const cases: [(x: Tensor) => unknown, unknown, RegExp][] = [
      [(x) => mul(x, x), [2, 4], /it returned f32\[2\]/],
      [(x) => [sum(x), sum(mul(x, x))], [3, 5], /it returned f32\[\], f32\[\][\s\S]*hasAux/],
      [(x) => ({ a: mul(x, x), n: argmax(x) }), [2, 4], /f32\[2\], i32\[\]/],
      [(x) => [null, sum(sin(x))], [Math.cos(1), Math.cos(2)], /./],
    ];
    for (const [f, summed, message] of cases.slice(0, 3)) {
      expect(() => loose(grad(f as never))([1, 2])).toThrow(ShapeError);
      expect(() => loose(grad(f as never))([1, 2])).toThrow(message);
      expectNear(loose(traceFn(f as never).grad())([1, 2]), summed);
    }
    expectNear(loose(grad(cases[3]![0] as never))([1, 2]), cases[3]![1]);
  });
  test("nothing floating to differentiate", () => {
    for (const f of [(x: Tensor) => argmax(x), () => null, (x: Tensor) => greater(x, 0)]) {
      expect(() => loose(grad(f as never))([1, 2])).toThrow(ShapeError);
      expect(() => loose(traceFn(f as never).grad())([1, 2])).toThrow(DifferentiationError);
      expect(() => loose(traceFn(f as never).grad())([1, 2])).toThrow(/returns nothing floating/);
    }
    expect(() => loose(grad((() => null) as never))(1)).toThrow(/it returned no array/);
  });
  test("a constant, an argument, a number", () => {
    expect(plain(grad((_x: Tensor) => 3 as Tensor)([1, 2]))).toEqual([0, 0]);
    expect(plain(grad((x: Tensor) => x)(2))).toBe(1);
    expect(plain(valueAndGrad((x: Tensor) => x)(2))).toEqual([2, 1]);
    expect(plain(traceFn((x: Tensor) => x).grad()([1, 2]))).toEqual([1, 1]);
  });
});

describe("dtypes", () => {
  test("integers and bools are refused by name; argnums leaves them out", () => {
    const f = (x: Tensor, n: Tensor): Tensor => sum(mul(x, n));
    const run = (): unknown => traceFn(f).grad()([1, 2], int32([3, 4]));
    expect(run).toThrow(DifferentiationError);
    expect(run).toThrow(/argument 1 is i32\[2\][\s\S]*argnums/);
    expect(() => loose(grad((t: { w: Tensor; n: Tensor }) => mul(t.w, t.n)))({ w: 1, n: int32(2) })).toThrow(/argument 0\.n is i32\[\]/);
    expect(() => loose(grad((b: Tensor) => where(b, 1, 2)))(true)).toThrow(/argument 0 is bool\[\]/);
    expect(plain(traceFn(f).grad({ argnums: 0 })([1, 2], int32([3, 4])))).toEqual([3, 4]);
    expect(plain(grad(f)([1, 2], new Int32Array([3, 4])))).toEqual([3, 4]);
  });
  test("each gradient has the dtype of its argument", () => {
    const f = (x: Tensor, y: Tensor): Tensor => sum(mul(x, y));
    const mixed = traceFn(f).grad()(new Float32Array([1, 2]), new Float64Array([0.1, 3]));
    expect(types(mixed)).toEqual(["f32[2]", "f64[2]"]);
    expect(plain(mixed)).toEqual([[Math.fround(0.1), 3], [1, 2]]);
    expect(types(traceFn(f).valueAndGrad()(new Float32Array([1]), new Float64Array([1])))).toEqual(["f64[]", ["f32[1]", "f64[1]"]]);
    expect(types(grad((x: Tensor) => sum(float64(x)))([1, 2]))).toBe("f32[2]");
    expect(types(grad((x: Tensor) => mean(x.astype("float32")))(new Float64Array(3)))).toBe("f64[3]");
  });
  test("the dtype option reaches every derivative", () => {
    const f = traceFn((x: Tensor) => sum(mul(x, 0.1)), { dtype: "float64" });
    expect(plain(f.grad()([1, 2]))).toEqual([0.1, 0.1]);
    expect(types(grad(f)([1, 2]))).toBe("f64[2]");
    expect(types(grad(grad(traceFn((x: Tensor) => mul(x, x), { dtype: "float64" })))(1))).toBe("f64[]");
    expect(types(vjp(f, [1, 2])[1](1))).toEqual(["f64[2]"]);
  });
  test("a number among float64 arguments takes their precision", () => {
    expect(types(traceFn((x: Tensor, y: Tensor) => mul(x, y)).grad()(new Float64Array([1]), 2))).toEqual(["f64[1]", "f64[]"]);
  });
});

describe("composition", () => {
  const f = traceFn((x: Tensor, y: Tensor) => mul(mul(x, x), y));
  test("derivatives of derivatives with argnums", () => {
    expect(plain(grad(grad(f, { argnums: 1 }), { argnums: 0 })(3, 5))).toBe(6);
    expect(plain(f.grad({ argnums: 0 }).grad()(3, 5))).toEqual([10, 6]);
    expect(plain(f.grad().grad()(3, 5))).toEqual([16, 6]); // of 2xy + x²
    expect(plain(grad((x: Tensor) => grad((y: Tensor) => f(x, y))(x))(3))).toBe(6);
  });
  test("unknown options are refused", () => {
    expect(() => grad(f, { argNums: 0 } as never)).toThrow(/unknown option "argNums"/);
    expect(() => f.valueAndGrad({ aux: true } as never)).toThrow(/unknown option "aux"/);
    expect(() => grad(3 as never)).toThrow(/grad: expected a function, got 3/);
  });
  test("inside a trace: eager results are tensors of that trace", () => {
    const outer = traceFn((x: Tensor) => {
      const [value, gradient] = valueAndGrad((y: Tensor) => sum(mul(y, x)))(array([1, 2]));
      return add(value, sum(gradient));
    });
    expect(plain(outer([3, 4]))).toBe(18);
    expect(plain(outer.grad()([3, 4]))).toEqual([2, 3]);
  });
});
