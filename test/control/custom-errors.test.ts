/** What is wrong with a rule is blamed on the rule: by name, with the line where it was defined, the path of the leaf and both types. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

const { customJvp, customVjp, customVmap, defineRule, grad, mul, sin, vmap } = cr;

type Loose = (...args: readonly unknown[]) => unknown;
const one = (x: Tensor): { a: Tensor; b: Tensor } => ({ a: sin(x), b: mul(x, 2) });
const sumOf = (f: (x: Tensor) => { a: Tensor; b: Tensor }) => (x: Tensor): Tensor => cr.add(f(x).a, f(x).b);
const jvpRule = (rule: Loose): unknown => grad(sumOf(customJvp(function model(x: Tensor) { return one(x); }).defjvp(rule as never)))(1);
const vjpRule = (forward: Loose, backward: Loose): unknown => grad((x: Tensor) => customVjp(function model(a: Tensor, _b: { w: Tensor }) { return sin(a); }).defvjp(forward as never, backward as never)(x, { w: [1, 2] }))(1);
const forward = (x: Tensor): [Tensor, Tensor] => [sin(x), x];
const vmapRule = (rule: Loose): unknown => vmap(customVmap(function model(x: Tensor) { return sin(x); }).defvmap(rule as never))([1, 2]);

describe("what a rule returns", () => {
  test.each<[string, () => unknown, string]>([
    ["a result of another tree", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [{ a: sin(x) }, { a: t, b: t }]) as never), "its result.b: expected an array, got undefined"],
    ["a tangent of another tree", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [one(x), { a: t, c: t }]) as never), "its tangent: expected an object with keys a, b only"],
    ["a tangent of another shape", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [one(x), { a: t, b: cr.stack([t, t]) }]) as never), "its tangent.b is f32[2], but the result is f32[]: another shape"],
    ["a tangent of another dtype", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [one(x), { a: t, b: cr.float64(t) }]) as never), "its tangent.b is f64[], but the result is f32[]: another dtype"],
    ["a result of another dtype", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [{ a: cr.int32(x), b: x }, { a: t, b: t }]) as never), "its result.a is i32[], but the result of model is f32[]: another dtype"],
    ["no pair", () => jvpRule((([x]: [Tensor]) => x) as never), "must return [result, tangent], it returned f32[]"],
    ["nothing", () => jvpRule(() => undefined), "must return [result, tangent], it returned undefined"],
    ["a promise", () => jvpRule(async () => [0, 0]), "returned a Promise: rules are synchronous"],
    ["a tangent that was not broadcast, with what to do", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [one(x), { a: t, b: cr.stack([t]) }]) as never), "hint: bring it to that shape: sum(x, axes) over axes that were broadcast, broadcastTo(x, shape), or reshape(x, shape)"],
    ["a tangent of another dtype, with what to do", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [one(x), { a: t, b: cr.float64(t) }]) as never), 'hint: convert it: x.astype("float32")'],
  ])("jvp: %s", (_what, run, text) => {
    expect(run).toThrow(text);
    expect(run).toThrow(/the jvp rule of model \(.*custom-errors\.test\.ts:\d+:\d+\)/);
  });
  test.each<[string, () => unknown, string]>([
    ["no list", () => vjpRule(forward as never, ((_x: Tensor, ct: Tensor) => ct) as never), "must return a list of 2 cotangents, one per argument, it returned f32[]"],
    ["a cotangent too few", () => vjpRule(forward as never, ((_x: Tensor, ct: Tensor) => [ct]) as never), "must return a list of 2 cotangents, one per argument, it returned a list of 1"],
    ["a cotangent of another shape", () => vjpRule(forward as never, ((_x: Tensor, ct: Tensor) => [cr.stack([ct]), null]) as never), "its cotangent[0] is f32[1], but the argument is f32[]: another shape"],
    ["a leaf of another shape", () => vjpRule(forward as never, ((_x: Tensor, ct: Tensor) => [ct, { w: ct }]) as never), "its cotangent[1].w is f32[], but the argument is f32[2]: another shape"],
    ["another tree", () => vjpRule(forward as never, ((_x: Tensor, ct: Tensor) => [ct, { v: ct }]) as never), "its cotangent[1]: expected an object with keys w only"],
  ])("backward: %s", (_what, run, text) => {
    expect(run).toThrow(text);
    expect(run).toThrow(/the backward rule of model \(.*custom-errors\.test\.ts:\d+:\d+\)/);
  });
  test.each<[string, () => unknown, RegExp]>([
    ["a result made of tangents", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [{ a: sin(x), b: cr.add(mul(x, 2), t) }, { a: t, b: t }]) as never), /the jvp rule of model \(.*\): its result.b depends on the tangents/],
    ["a tangent not made of tangents", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [one(x), { a: t, b: x }]) as never), /the jvp rule of model \(.*\): its tangent does not depend on the tangents/],
    ["a cotangent not made of one", () => vjpRule(forward as never, ((x: Tensor) => [cr.cos(x), null]) as never), /the backward rule of model \(.*\): its cotangent does not depend on the cotangent of the result/],
    ["a tangent that is a square", () => jvpRule((([x]: [Tensor], [t]: [Tensor]) => [one(x), { a: t, b: mul(t, t) }]) as never), /mul is not linear in all operands[^]*custom-errors\.test\.ts[^]*a jvp rule of your own a tangent that is linear in the tangents/],
  ])("no derivative: %s", (_what, run, text) => expect(run).toThrow(text));
  test("zeros that were filled in make zeros, which is no mistake", () => {
    const f = customVjp((x: Tensor, y: Tensor) => [sin(x), sin(y)] as const).defvjp((x, y) => [[sin(x), sin(y)] as const, [x, y] as const], ([x, y], [a, b]) => [mul(a, cr.cos(x)), mul(b, cr.cos(y))]);
    expect(cr.traceFn((x: Tensor, y: Tensor) => f(x, y)[1]).grad()(1, 0).map((g) => g.item())).toEqual([0, 1]);
    const g = customJvp((x: Tensor, y: Tensor) => [sin(x), sin(y)] as const).defjvp(([x, y], [a, b]) => [[sin(x), sin(y)] as const, [mul(a, cr.cos(x)), mul(b, cr.cos(y))] as const]);
    expect(cr.jvp((y: Tensor) => g(1, y)[0], [0], [1])[1].item()).toBe(0);
    expect(grad((y: Tensor) => cr.add(g(1, y)[0], g(1, y)[1]))(0).item()).toBe(1);
  });
  test("a cotangent of an integer", () => {
    const f = customVjp((x: Tensor, _n: Tensor) => sin(x)).defvjp((x, _n) => forward(x), (_x, ct) => [ct, ct]);
    expect(() => grad((x: Tensor) => f(x, cr.int32(3)))(1)).toThrow("its cotangent[1] must be null: the argument is i32[], and what is not floating has no derivative");
  });
  test.each<[string, () => unknown, string]>([
    ["no pair", () => vjpRule(((x: Tensor) => sin(x)) as never, () => []), "must return [result, residuals], it returned f32[]"],
    ["a result of another shape", () => vjpRule(((x: Tensor) => [cr.stack([x, x]), x]) as never, () => []), "its result is f32[2], but the result of model is f32[]: another shape"],
    ["residuals that are no arrays", () => vjpRule(((x: Tensor) => [sin(x), { x, mode: "fast" }]) as never, () => []), 'what it keeps.mode is "fast", which is no array and no tree'],
  ])("forward: %s", (_what, run, text) => {
    expect(run).toThrow(text);
    expect(run).toThrow(/the forward rule of model \(.*custom-errors\.test\.ts:\d+:\d+\)/);
  });
  test.each<[string, () => unknown, string]>([
    ["no flag", () => vmapRule(((_n: number, _b: unknown, x: Tensor) => [x, 3]) as never), "its outBatched must be a boolean, or a tree of booleans like the result, got 3"],
    ["without the batch", () => vmapRule(((_n: number, _b: unknown, x: Tensor) => [cr.sum(x), true]) as never), "its result is f32[], but the result of model over a batch of 2 is f32[2]: another shape"],
    ["with the batch, called unbatched", () => vmapRule(((_n: number, _b: unknown, x: Tensor) => [x, false]) as never), "its result is f32[2], but the result of model over a batch of 2 is f32[]: another shape"],
  ])("vmap: %s", (_what, run, text) => {
    expect(run).toThrow(text);
    expect(run).toThrow(/the vmap rule of model \(.*custom-errors\.test\.ts:\d+:\d+\)/);
  });
  test("what a rule throws is thrown as it is", () => {
    const mine = new RangeError("mine");
    expect(() => jvpRule(() => { throw mine; })).toThrow(mine);
  });
});

describe("a jvp rule that takes its lists for the arguments", () => {
  type Both = (x: Tensor, dx: Tensor) => unknown;
  test.each<[string, Both, RegExp]>([
    ["a function of the list", (x, dx) => [sin(x), dx], /^TreeError: the jvp rule of model \(.*\): sin: a list of tensors is no operand: \[f32\[\]\]/],
    ["a method of the list", (x, dx) => [x.sin(), dx], /^TreeError: the jvp rule of model \(.*\): x\.sin is not a function/],
    ["an operator on the list", (x, dx) => [(x as unknown as number) * 1, dx], /^ConcretizationError: a traced tensor/],
  ])("%s", (_what, rule, text) => {
    let error: unknown;
    try {
      jvpRule(rule as never);
    } catch (e) {
      error = e;
    }
    expect(String(error)).toMatch(text);
    expect(String(error)).toContain("hint: a jvp rule gets two lists, the arguments and their tangents, also for one argument: defjvp(([x], [dx]) => [result, tangent])");
  });
});

describe("rules that are missing, defined twice, or no functions", () => {
  const f = (x: Tensor): Tensor => sin(x);
  test.each<[string, () => unknown, string]>([
    ["called before its rule is defined", () => customJvp(f)(1), "customJvp has made a function of it whose rule is not defined"],
    ["defined twice", () => customVjp(f).defvjp(forward, (_x, ct) => [ct]).defvjp(forward, (_x, ct) => [ct]), "its rule is defined twice"],
    ["a rule that is no function", () => customJvp(f).defjvp(3 as never), "the jvp rule must be a function, got 3"],
    ["a backward rule that is missing", () => customVjp(f).defvjp(forward, undefined as never), "the backward rule must be a function, got undefined"],
    ["no function at all", () => customVmap(3 as never), "customVmap: expected a function, got 3"],
    ["an unknown rule", () => defineRule(f, { jpv: () => 1 } as never), 'defineRule: unknown option "jpv"'],
    ["a forward rule alone", () => defineRule(f, { vjp: { forward } } as never), "the backward rule must be a function, got undefined"],
    ["an unknown option", () => customJvp(f).defjvp(([x], [t]) => [x, t], { symbolicZero: true } as never), 'defjvp: unknown option "symbolicZero"'],
    ["a position that is none", () => customJvp(f, { nondiffArgnums: -1 }), "nondiffArgnums must be a position or a list of positions, counted from 0, got -1"],
    ["an array where none belongs", () => grad((x: Tensor) => customJvp((a: Tensor, n: number) => mul(a, n), { nondiffArgnums: 1 }).defjvp(([a], [t]) => [a, t])(x, x as never))(1), "argument 1 is an array, and nondiffArgnums says it is not"],
    ["a setting that is not named as one", () => grad((x: Tensor) => customJvp((a: Tensor, _mode: string) => a).defjvp(([a], [t]) => [a, t])(x, "fast"))(1), 'argument 1 is "fast", which is no array and no tree'],
    ["too few rules of arguments", () => grad((x: Tensor) => customJvp((a: Tensor, b: Tensor) => mul(a, b)).defjvps(...([(t: Tensor) => t] as never as [null, null]))(x, x))(1), "1 jvp rules for 2 arguments"],
  ])("%s", (_what, run, text) => expect(run).toThrow(text));
});

describe("tensors that rules close over", () => {
  test("one that was not known where the rule was defined is named", () => {
    let kept: Tensor;
    const f = customJvp(function scale(x: Tensor) { return sin(x); }).defjvp(([x], [t]): [Tensor, Tensor] => [sin(x), mul(kept, t)]);
    expect(() => grad((x: Tensor) => { kept = x; return f(x); })(1)).toThrow(/the jvp rule of scale \(.*\): a tensor \(f32\[\]\) is used after its trace has ended; it is leaf 0 of the arguments of [^]*pass it to the function as an argument/);
  });
  test("a vmap rule knows nothing of those that differ over the batch", () => {
    const g = (x: Tensor, y: Tensor): Tensor => customVmap(function scale(v: Tensor) { return mul(v, y); }).defvmap((_n, [b], v) => [mul(v, 2), b])(x);
    expect(() => vmap(g)([1, 2], [3, 4])).toThrow(/scale closes over a tensor that differs from element to element of the batch, of which the vmap rule of scale/);
    expect(vmap(g, { inAxes: [0, null] })([1, 2], 3).toArray()).toEqual([2, 4]);
  });
  test("their gradient is that of the function: never silently zero", () => {
    const g = (x: Tensor, w: Tensor): Tensor => customVjp((v: Tensor) => mul(sin(v), mul(w, w))).defvjp((v) => [mul(sin(v), mul(w, w)), v], (_v, ct) => [mul(100, ct)])(x);
    const [dx, dw] = cr.traceFn(g).grad()(0.5, 3);
    expect(dx.item()).toBe(100);
    expect(dw.item()).toBeCloseTo(Math.sin(0.5) * 6, 5);
  });
  test("a rule that closes over tensors in a function given to it", () => {
    const apply = customVjp((f: (v: Tensor) => Tensor, x: Tensor) => f(x), { nondiffArgnums: 0 }).defvjp((f, x) => [f(x), x], (x, ct, f: (v: Tensor) => Tensor) => [null, cr.vjp(f, x)[1](mul(ct, 10))[0]]);
    const [dx, dw] = cr.traceFn((x: Tensor, w: Tensor) => apply((v: Tensor) => mul(mul(v, v), w), x)).grad()(3, 2);
    expect([dx.item(), dw.item()]).toEqual([120, 9]);
  });
});

describe("what is not differentiated", () => {
  test("stopGradient holds in trees and leaves the rest alone", () => {
    const f = (p: { w: Tensor; b: readonly [Tensor, null] }): Tensor => {
      const still = cr.stopGradient(p);
      return cr.add(mul(p.w, still.w), mul(still.b[0], p.b[0]));
    };
    const g = cr.traceFn(f).grad()({ w: 3, b: [5, null] });
    expect([g.w.item(), g.b[0].item(), g.b[1]]).toEqual([3, 5, null]);
  });
  test("a straight-through estimate: a rounded value with the derivative of what was rounded", () => {
    const rounded = defineRule((x: Tensor) => cr.round(x), { jvp: ([x], [t]) => [cr.round(x), t] });
    expect(grad((x: Tensor) => mul(rounded(x), x))(2.6).item()).toBeCloseTo(3 + 2.6, 5);
    expect(vmap(grad((x: Tensor) => cr.square(rounded(x))))([0.4, 1.6]).toArray()).toEqual([0, 4]);
  });
});
