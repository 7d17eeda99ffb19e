/** The doors with options: dtype everywhere, options that are copied, functions made again with others, lists of lists of arguments. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const any = (value: unknown): never => value as never;
const list = (x: unknown): unknown => (Array.isArray(x) ? x.map(list) : (x as NDArray).toArray());

describe("every door takes a dtype", () => {
  const f = (x: Tensor): Tensor => cr.mul(x, cr.sin(0.1));
  const want = Math.sin(0.1);
  test.each<[string, () => unknown, unknown]>([
    ["grad", () => cr.grad(f, { dtype: "float64" })(1), want],
    ["valueAndGrad", () => cr.valueAndGrad(f, { dtype: "float64" })(1), [want, want]],
    ["f.grad", () => cr.traceFn(f).grad({ dtype: "float64" })(1), want],
    ["vmap", () => cr.vmap(f, { dtype: "float64" })([1]), [want]],
    ["jacfwd", () => cr.jacfwd(f, { dtype: "float64" })(1), want],
    ["jacrev", () => cr.jacrev(f, { dtype: "float64" })(1), want],
    ["hessian", () => cr.hessian((x: Tensor) => cr.mul(f(x), x), { dtype: "float64" })(1), 2 * want],
    ["jvp", () => cr.jvp(f, [1], [1], { dtype: "float64" }), [want, want]],
    ["hvp", () => cr.hvp((x: Tensor) => cr.mul(f(x), x), [1], [1], { dtype: "float64" }), 2 * want],
    ["f.jvp", () => cr.traceFn(f).jvp({ dtype: "float64" })([1], [1]), [want, want]],
    ["f.vjp", () => cr.traceFn(f).vjp({ dtype: "float64" })([1], 1), want],
    ["f.linearize", () => cr.traceFn(f).linearize({ dtype: "float64" })([1], [1]), want],
    ["f.hvp", () => cr.traceFn((x: Tensor) => cr.mul(f(x), x)).hvp({ dtype: "float64" })([1], [1]), 2 * want],
    ["vjp of a traced function", () => cr.vjp(cr.traceFn(f, { dtype: "float64" }), 1)[1](1), [want]],
    ["inside another trace", () => cr.traceFn((x: Tensor) => cr.traceFn(f, { dtype: "float64" })(cr.astype(x, "float64")))(1), want],
  ])("%s", (_name, run, value) => expect(list(run())).toEqual(value));
  test("a traced function keeps its dtype where it is called inside another", () => {
    const loss = cr.traceFn((x: Tensor) => cr.sum(cr.mul(x, cr.sin(cr.full([1], 0.1)))), { dtype: "float64" });
    const inner = (cr.traceFn((x: Tensor) => loss(x)).grad()(new Float64Array([1])) as NDArray).item();
    expect(inner).toBe(want);
  });
  test("devices are checked where they are named", () => expect(() => cr.traceFn(f, { device: "abacus" })).toThrow(/unknown device "abacus"/));
});

describe("options are taken as they were", () => {
  const f = (x: Tensor, y: Tensor): Tensor => cr.mul(cr.mul(x, x), y);
  test("a list changed afterwards changes nothing", () => {
    const argnums = [0];
    const g = cr.grad(f, any({ argnums }));
    argnums[0] = 1;
    expect(list(g(5, 7))).toEqual([70]);
    expect(list(cr.grad(f, { argnums: [0] })(5, 7))).toEqual([70]);
    const inAxes = [0, null];
    cr.vmap(f, { inAxes });
    inAxes[0] = 1;
    expect(list(cr.vmap((x: Tensor, y: Tensor) => cr.add(cr.sum(x), cr.sum(y)), { inAxes: [0, null] })([[1, 2], [3, 4]], [10, 20]))).toEqual([33, 37]);
  });
  test("NaN and null are no options that were given before", () => {
    cr.traceFn(f).grad()(1, 2);
    expect(() => cr.traceFn(f).grad(any({ argnums: Number.NaN }))(1, 2)).toThrow(cr.ArgumentError);
    expect(() => cr.traceFn(f).grad(any({ argnums: null }))(1, 2)).toThrow(/argnums must be a position/);
  });
  test("with() on a derived function makes it again from its base", () => {
    const power = cr.traceFn((x: Tensor, n: number): Tensor => cr.pow(x, n));
    expect(list(power.grad().with({ staticArgnums: 1 })(3, 3))).toBe(27);
    expect((power.grad({ argnums: 0 }).with({ dtype: "float64" })(3, 3) as NDArray).dtype).toBe("float64");
    expect(power.grad().with({})).toBe(power.grad());
    expect(list(power.vmap({ inAxes: [0, null] }).grad({ argnums: 0 }).with({ dtype: "float64" })([1, 2], 3))).toEqual([3, 12]);
  });
  test("lower knows its own targets only", () => {
    for (const name of ["__proto__", "toString", "wat2"]) expect(() => cr.traceFn(f).lower(any(name))).toThrow(/lower: unknown target/);
  });
});

describe("methods on pairs compose with plain numbers", () => {
  const f = cr.traceFn((x: Tensor) => cr.mul(x, cr.mul(x, x)));
  test("jvp of jvp, vjp of vjp, and across", () => {
    expect(list(f.jvp().jvp()(any([[2], [1]]), any([[1], [0]])))).toEqual([[8, 12], [12, 12]]);
    expect(list(f.vjp().jvp()(any([[2], 1]), any([[1], 0])))).toEqual([12, 12]);
    expect(list(f.linearize().linearize()(any([[2], [1]]), any([[1], [0]])))).toBe(12);
  });
});

describe("mixed derivatives of powers", () => {
  const pow = (x: Tensor, y: Tensor): Tensor => cr.pow(x, y);
  test.each([[2, 0, 0.5], [2, 1, 1 + Math.LN2], [3, 2, 3 * (1 + 2 * Math.log(3))]])("∂x∂y xʸ at (%d, %d)", (x, y, want) => {
    const dx = cr.grad((a: Tensor, b: Tensor) => cr.grad(pow)(a, b), { argnums: 1, dtype: "float64" });
    const dy = cr.grad((a: Tensor, b: Tensor) => cr.grad(pow, { argnums: 1 })(a, b), { argnums: 0, dtype: "float64" });
    expect((dx(x, y) as NDArray).item()).toBeCloseTo(want, 10);
    expect((dy(x, y) as NDArray).item()).toBeCloseTo(want, 10);
  });
  test("third order", () => {
    const d = cr.grad((a: Tensor, b: Tensor) => cr.grad((c: Tensor, e: Tensor) => cr.grad(pow)(c, e))(a, b), { argnums: 1, dtype: "float64" });
    expect((d(2, 1) as NDArray).item()).toBeCloseTo(0.5, 10); // ∂y y(y-1)xʸ⁻² = (2y - 1)/x at y = 1, the logarithm's factor being 0
  });
});

test("vmap takes a tree of axes inside a registered class", () => {
  class Line {
    readonly slope: unknown;
    readonly offset: unknown;
    constructor(slope: unknown, offset: unknown) {
      [this.slope, this.offset] = [slope, offset];
    }
  }
  cr.registerTree(Line, { flatten: (l) => ({ children: [l.slope, l.offset], data: null }), unflatten: (_data, [slope, offset]) => new Line(slope, offset) });
  const at = (line: Line, x: Tensor): Tensor => cr.add(cr.mul(line.slope as Tensor, x), line.offset as Tensor);
  expect(list(cr.vmap(at, { inAxes: [any(new Line(0, null)), null] })(any(new Line([1, 2], 10)), 3))).toEqual([13, 16]);
  expect(() => cr.vmap(at, { inAxes: [any({ slope: 0 }), null] })(any(new Line([1, 2], 10)), 3)).toThrow(cr.TreeError);
});

test("linearTranspose refuses a detour through integers", () => {
  expect(() => cr.linearTranspose((x: Tensor) => cr.astype(cr.astype(x, "int32"), "float32"), 1.5)(3)).toThrow(/not linear/);
});
