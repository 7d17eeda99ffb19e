/** A rule that adds something which is not made of tangents: transposition would drop it, so it is refused where the rule is recorded; and what only looks like one is not. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

const { add, concatenate, cond, cos, customJvp, customVjp, defineRule, div, float64, foriLoop, grad, jvp, linearTranspose, mul, scan, sin, sum, vmap, where, zerosLike } = cr;

type Tangent = (x: Tensor, dx: Tensor) => Tensor;
const own = customJvp((x: Tensor) => sin(x)).defjvp(([x], [t]) => [sin(x), mul(cos(x), t)]);
const shifted = customVjp((x: Tensor) => add(x, 1)).defvjp((x) => [add(x, 1), null], (_, ct) => [ct]);
const ruled = (tangent: Tangent): ((x: Tensor) => Tensor) => customJvp(function model(x: Tensor) { return sin(x); }).defjvp(([x], [dx]) => [sin(x), tangent(x, dx)]);

/** The last says which operation adds it. */
const affine: readonly [string, Tangent, string][] = [
  ["a number", (x, dx) => add(mul(cos(x), dx), 1), "add"],
  ["a value", (x, dx) => add(dx, x), "add"],
  ["what is taken away", (x, dx) => cr.sub(x, dx), "sub"],
  ["before a factor", (x, dx) => mul(cos(x), add(dx, 1)), "add"],
  ["as a number of the choice", (x, dx) => where(cr.greater(x, 0), dx, 1), "select"],
  ["beside it in an array", (x, dx) => sum(concatenate([cr.stack([dx]), cr.stack([x])])), "concatenate"],
  ["around it", (_x, dx) => sum(cr.pad(cr.stack([dx]), 1, { constantValues: 3 })), "pad"],
  ["set beside it", (x, dx) => sum(cr.stack([dx, dx]).at(0).set(x)), "scatterSet"],
  ["in one branch", (x, dx) => cond(cr.greater(x, 0), (t: Tensor) => t, (t: Tensor) => add(t, x), dx), "add"],
  ["as one branch", (x, dx) => cond(cr.greater(x, 0), (t: Tensor) => t, () => x, dx), "switch"],
  ["in each turn", (x, dx) => scan((c: Tensor, k: Tensor) => [add(c, k), null], dx, cr.stack([x, x]))[0], "add"],
  ["before the first turn", (x, dx) => scan((c: Tensor, k: Tensor) => [add(c, k), null], x, cr.stack([dx, dx]))[0], "add"],
  ["in a loop that counts", (x, dx) => foriLoop(0, 3, (_i: Tensor, v: Tensor) => add(v, x), dx), "add"],
  ["in a checkpoint", (x, dx) => cr.checkpoint((t: Tensor) => add(mul(t, x), 2))(dx), "add"],
  ["in a function with a rule", (_x, dx) => shifted(dx), "add"],
  ["in a batch", (x, dx) => sum(vmap((t: Tensor) => add(t, x))(cr.stack([dx, dx]))), "add"],
];

/** Linear, though there are values about. The last is the derivative at 0.5. */
const linear: readonly [string, Tangent, number][] = [
  ["zeros added", (x, dx) => add(mul(cos(x), dx), zerosLike(x)), Math.cos(0.5)],
  ["a product with zero added", (x, dx) => add(mul(x, dx), mul(0, sin(x))), 0.5],
  ["a choice between it and zero", (x, dx) => where(cr.greater(x, 0), dx, 0), 1],
  ["a quotient", (x, dx) => div(dx, add(x, 1)), 1 / 1.5],
  ["zeros around it", (_x, dx) => sum(cr.pad(cr.stack([dx]), 1)), 1],
  ["a state that begins with zero", (x, dx) => scan((c: Tensor, k: Tensor) => [add(mul(c, x), k), null], zerosLike(dx), cr.stack([dx, dx]))[0], 1.5],
  ["a state beside that of the values", (x, dx) => scan(([v, t]: [Tensor, Tensor], _k: Tensor) => [[add(v, 1), mul(t, v)] as [Tensor, Tensor], null], [x, dx] as [Tensor, Tensor], cr.ones([2]))[0][1], 0.75],
  ["a loop that counts", (x, dx) => foriLoop(0, 3, (i: Tensor, v: Tensor) => mul(v, add(x, i)), dx), 0.5 * 1.5 * 2.5],
  ["in both branches", (x, dx) => cond(cr.greater(x, 0), (t: Tensor) => mul(t, x), (t: Tensor) => zerosLike(t), dx), 0.5],
  ["a derivative of its own", (x, dx) => jvp((v: Tensor) => add(mul(v, v), 1), [x], [dx])[1], 1],
  ["a pullback", (x, dx) => cr.vjp((v: Tensor) => add(mul(v, v), 1), x)[1](dx)[0], 1],
  ["a product of matrices", (x, dx) => sum(cr.dot(cr.stack([dx, dx]), cr.stack([x, add(x, 1)]))), 2],
  ["set into zeros", (_x, dx) => sum(zerosLike(cr.stack([dx, dx])).at(0).set(dx)), 1],
];

describe("a jvp rule whose tangent has a constant part", () => {
  test.each(affine)("%s", (_what, tangent, operation) => {
    const f = ruled(tangent);
    const text = new RegExp(`the jvp rule of model \\(.*affine\\.test\\.ts:\\d+:\\d+\\): its tangent has a part that is not made of the tangents, which ${operation} adds[^]*multiply each of its terms by a tangent`);
    expect(() => grad(f)(0.5)).toThrow(text);
    expect(() => jvp(f, [0.5], [1])).toThrow(text);
    expect(() => grad(grad(f))(0.5)).toThrow(text);
  });
  test.each(linear)("is none: %s", (_what, tangent, expected) => {
    const f = ruled(tangent);
    expect(jvp(f, [0.5], [1])[1].item()).toBeCloseTo(expected, 5);
    // a loop that multiplies by its own count is transposed too
    expect(grad(f)(0.5).item()).toBeCloseTo(expected, 5);
  });
  test("the error shows the line that adds", () => {
    const f = ruled((x, dx) => {
      const scaled = mul(cos(x), dx);
      return add(scaled, 1);
    });
    expect(() => grad(f)(0.5)).toThrow(/which add adds.*\n +at (?!.*defjvp).*affine\.test\.ts:\d+:\d+/);
  });
  test("it is found whichever arguments move", () => {
    const f = customJvp((x: Tensor, y: Tensor) => [sin(x), sin(y)] as const).defjvp(([x, y], [dx, dy]) => [[sin(x), sin(y)] as const, [mul(cos(x), dx), add(mul(cos(y), dy), 1)] as const]);
    for (const argnums of [0, 1, [0, 1]]) expect(() => cr.traceFn((x: Tensor, y: Tensor) => f(x, y)[0]).grad({ argnums })(1, 2)).toThrow("which add adds");
  });
  test("a tangent that its argument does not move is zero, and what is made of it too", () => {
    const f = customJvp((x: Tensor, y: Tensor) => mul(x, y)).defjvp(([x, y], [dx, dy]) => [mul(x, y), add(mul(dx, y), mul(own(x), mul(dy, 1)))]);
    expect(grad((x: Tensor) => f(x, 3))(2).item()).toBe(3);
    expect(grad((y: Tensor) => f(2, y))(3).item()).toBeCloseTo(Math.sin(2), 6);
  });
});

describe("rules that are transposed", () => {
  const noisy = customVjp(function noisy(x: Tensor) { return x; }).defvjp((x) => [x, x], (x, ct) => [add(ct, x)]);
  test("a backward rule is taken as it is in reverse mode, and has no forward mode", () => {
    expect(grad(noisy)(3).item()).toBe(4);
    expect(() => jvp(noisy, [3], [1])).toThrow("forward mode of noisy transposes its vjp rule, which has to be a linear function of the cotangent: its cotangent has a part that is not made of the cotangent of the result, which add adds");
  });
  test.each<[string, (a: Tensor, x: Tensor) => Tensor | readonly Tensor[], string]>([
    ["adds", (a, x) => add(mul(a, x), a), "which add adds"],
    ["gives back", (a, x) => [mul(a, x), a], "is floating and not made of the arguments that its transpose rule transposes, so it is not linear in them"],
  ])("a function with a transpose rule that %s what it is not linear in", (_what, f, text) => {
    const g = defineRule(f, { linearArgnums: 1, transpose: (ct, [a]) => [null, mul(a as Tensor, Array.isArray(ct) ? (ct[0] as Tensor) : (ct as Tensor))] });
    expect(() => jvp((x: Tensor) => g(2, x), [1], [1])).toThrow(text);
  });
  test("linearTranspose of what closes over a tensor", () => {
    const f = (g: (w: Tensor, x: Tensor) => Tensor) => grad((w: Tensor) => linearTranspose((x: Tensor) => g(w, x), 0)(w)[0] as Tensor);
    expect(f((w, x) => mul(w, x))(3).item()).toBe(6);
    expect(() => f((w, x) => add(mul(w, x), w))(3)).toThrow("a result has a part that is not made of the arguments, which add adds");
    expect(() => f((w) => w)(3)).toThrow("a result is floating and not made of the arguments");
  });
  test("in float64, and for trees", () => {
    const f = customJvp((p: { a: Tensor; b: Tensor }) => ({ c: mul(p.a, p.b) })).defjvp(([p], [t]) => [{ c: mul(p.a, p.b) }, { c: add(mul(t.a, p.b), p.a) }]);
    expect(() => grad((a: Tensor) => f({ a, b: float64(2) }).c)(float64(1))).toThrow("its tangent has a part");
  });
});
