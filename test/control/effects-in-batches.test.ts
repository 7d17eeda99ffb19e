/** Effects where not every element of a batch, and not every run of a program, has them: each is had as often, and in the order, as said. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const { add, debug, grad, greater, less, mul, traceFn, vmap } = cr;

type See = (name: string, ...values: Tensor[]) => void;
function seenBy(run: (see: See) => unknown): string[] {
  const seen: string[] = [];
  run((name, ...values) => debug.callback((...given: NDArray[]) => seen.push([name, ...given.map((v) => String(v.item()))].join(" ")), ...values));
  return seen;
}

describe("elements that take no part say nothing", () => {
  const signs = (see: See) => (x: Tensor): Tensor => cr.cond(greater(x, 0), (v: Tensor) => (see("positive", v), mul(v, v)), (v: Tensor) => (see("negative", v), v), x) as unknown as Tensor;
  test("of a branch", () => {
    expect(seenBy((see) => vmap(signs(see))([1, -2, 3]))).toEqual(["negative -2", "positive 1", "positive 3"]);
  });
  test("of a branch in a batch of batches", () => {
    const f = (see: See): ((x: Tensor) => Tensor) => vmap(signs(see)) as never;
    expect(seenBy((see) => vmap(f(see))([[1, -2], [-3, -4]]))).toEqual(["negative -2", "negative -3", "negative -4", "positive 1"]);
  });
  test("of a branch under a gradient, inside and outside", () => {
    expect(seenBy((see) => vmap(grad(signs(see)))([1, -2, 3]))).toEqual(["negative -2", "positive 1", "positive 3"]);
    expect(seenBy((see) => traceFn(vmap(signs(see))).grad()([1, -2, 3]))).toEqual(["negative -2", "positive 1", "positive 3"]);
  });
  test("of a branch that none of them takes", () => expect(seenBy((see) => vmap(signs(see))([1, 3]))).toEqual(["positive 1", "positive 3"]));
  test("of what is the same for all, once if any takes part", () => {
    const f = (see: See) => (x: Tensor, y: Tensor): Tensor => cr.cond(greater(x, 0), (v: Tensor, w: Tensor) => (see("y", w), add(v, w)), (v: Tensor) => v, x, y) as unknown as Tensor;
    expect(seenBy((see) => vmap(f(see), { inAxes: [0, null] })([1, -2, 3], 7))).toEqual(["y 7"]);
    expect(seenBy((see) => vmap(f(see), { inAxes: [0, null] })([-1, -2], 7))).toEqual([]);
  });
  const count = (see: See) => (x: Tensor): Tensor => cr.whileLoop((c) => less(c, 5), (c) => (see("turn", c), add(c, 1)), x) as unknown as Tensor;
  test("of a loop that is over for them", () => {
    expect(seenBy((see) => vmap(count(see))([1, 3, 7]))).toEqual(["turn 1", "turn 3", "turn 2", "turn 4", "turn 3", "turn 4"]);
  });
  test("of a branch in a loop", () => {
    const f = (see: See) => (x: Tensor): Tensor =>
      cr.whileLoop((c) => less(c, 5), (c) => cr.cond(greater(c, 2), (v: Tensor) => (see("big", v), add(v, 1)), (v: Tensor) => (see("small", v), add(v, 1)), c), x) as unknown as Tensor;
    expect(seenBy((see) => vmap(f(see))([1, 3, 7]))).toEqual(["small 1", "big 3", "small 2", "big 4", "big 3", "big 4"]);
  });
  test("of a loop in a branch", () => {
    const f = (see: See) => (x: Tensor): Tensor => cr.cond(greater(x, 0), count(see), (v: Tensor) => v, x) as unknown as Tensor;
    expect(seenBy((see) => vmap(f(see))([3, -2, 4]))).toEqual(["turn 3", "turn 4", "turn 4"]);
  });
  test("of a scan in a branch", () => {
    const f = (see: See) => (x: Tensor): Tensor =>
      cr.cond(greater(x, 0), (v: Tensor) => cr.scan((c: Tensor, e: Tensor) => (see("turn", c, e), [add(c, e), null]), v, [1, 2])[0], (v: Tensor) => v, x) as unknown as Tensor;
    expect(seenBy((see) => vmap(f(see))([1, -2, 3]))).toEqual(["turn 1 1", "turn 3 1", "turn 2 2", "turn 4 2"]);
  });
  test("of a function with a rule in a branch", () => {
    const f = (see: See) => (x: Tensor): Tensor => cr.cond(greater(x, 0), cr.customJvp((v: Tensor) => (see("ruled", v), mul(v, 2))).defjvp((_p, [t]) => [_p[0], t]), (v: Tensor) => v, x) as unknown as Tensor;
    expect(seenBy((see) => vmap(f(see))([1, -2, 3]))).toEqual(["ruled 1", "ruled 3"]);
  });
  test("of an ordered callback, whose results the others do without", () => {
    const called: number[] = [];
    const tenfold = cr.callback((v: NDArray) => (called.push(v.item()), v.item() * 10), { dtype: "float32", shape: [] }, { ordered: true });
    expect(vmap((x: Tensor) => cr.cond(greater(x, 0), tenfold, (v: Tensor) => v, x) as unknown as Tensor)([1, -2, 3]).toArray()).toEqual([10, -2, 30]);
    expect(called).toEqual([1, 3]);
  });
});

describe("what is computed a second time says nothing", () => {
  const turn = (see: See) => (c: Tensor): Tensor => (see("turn", c), mul(c, 2));
  test("a checkpoint", () => expect(seenBy((see) => grad(cr.checkpoint(turn(see)))(1))).toEqual(["turn 1"]));
  test("turns of a scan that are recomputed", () => {
    for (const checkpoint of ["all", "sqrt", "log"] as const) {
      expect(seenBy((see) => grad((x: Tensor) => cr.scan((c: Tensor) => [turn(see)(c), null], x, null, { length: 4, checkpoint })[0] as unknown as Tensor)(1))).toEqual(["turn 1", "turn 2", "turn 4", "turn 8"]);
    }
  });
  test("turns of a loop with a test, backward", () => {
    const f = (see: See) => (x: Tensor): Tensor => cr.whileLoop((c) => less(c, 5), turn(see), x) as unknown as Tensor;
    expect(seenBy((see) => grad(f(see))(1))).toEqual(["turn 1", "turn 2", "turn 4"]);
    expect(seenBy((see) => vmap(grad(f(see)))([1, 3]))).toEqual(["turn 1", "turn 3", "turn 2", "turn 4"]);
  });
  test("the derivative by what a function with a rule closes over", () => {
    const f = (see: See) => (x: Tensor, w: Tensor): Tensor => {
      const g = cr.customVjp((v: Tensor) => (see("value", v), mul(mul(v, v), w))).defvjp((v) => [(see("forward", v), mul(mul(v, v), w)), v], (v, ct) => [mul(ct, mul(mul(2, v), w))]);
      return g(x);
    };
    expect(seenBy((see) => traceFn(f(see)).grad()(3, 2))).toEqual(["forward 3"]);
  });
  test("the look whether a function is linear", () => {
    expect(seenBy((see) => cr.linearTranspose((v: Tensor) => (see("value", v), mul(v, 3)), 1)(1))).toEqual([]);
  });
  test("what a branch does besides, when it is transposed alone", () => {
    const branch = (see: See, p: Tensor): number => cr.linearTranspose((x: Tensor) => cr.cond(p, (v: Tensor) => (see("branch"), mul(v, 2)), (v: Tensor) => v, x), 1)(1)[0] as never;
    expect(seenBy((see) => traceFn((p: Tensor) => branch(see, p))(true))).toEqual(["branch"]);
  });
  test("an ordered callback whose result would be needed again is refused", () => {
    const f = cr.callback((v: NDArray) => v.item() * 2, { dtype: "float32", shape: [] }, { ordered: true });
    expect(() => grad((x: Tensor) => cr.whileLoop((c) => less(c, 5), (c) => mul(c, cr.stopGradient(f(cr.stopGradient(c)))), x) as unknown as Tensor)(1)).toThrow(/orderedCallback, whose result it needs, may be done only once/);
  });
});

test("rules say what they are told: the forward rule once, the backward rule once, in that order", () => {
  const f = (see: See) =>
    cr.customVjp((v: Tensor) => (see("value", v), cr.sin(v))).defvjp((v) => [(see("forward", v), cr.sin(v)), v], (v, ct) => (see("backward", ct), [mul(ct, cr.cos(v))]));
  expect(seenBy((see) => traceFn(f(see))(1))).toEqual(["value 1"]);
  expect(seenBy((see) => grad(f(see))(1))).toEqual(["forward 1", "backward 1"]);
  expect(seenBy((see) => grad((x: Tensor) => mul(2, f(see)(x)))(1))).toEqual(["forward 1", "backward 2"]);
});
