/** Perturbation confusion: nested derivatives that must not mix, in every pairing of forward and reverse mode. */
import { describe, expect, test } from "vitest";
import { add, exp, grad, hessian, index, jvp, linearize, mul, sin, stack, sum, traceFn, vjp, vmap } from "chainrule";
import type { NDArray, Tensor } from "chainrule";

type F = (x: Tensor) => Tensor;
const derivatives: Record<string, (f: F) => F> = {
  grad: (f) => (x) => grad(f)(x),
  jvp: (f) => (x) => jvp(f, [x], [1])[1],
  linearize: (f) => (x) => linearize(f, x)[1](1),
  vjp: (f) => (x) => vjp(f, x)[1](1)[0],
  "grad of traceFn": (f) => (x) => traceFn(f).grad()(x),
};
const pairs = Object.keys(derivatives).flatMap((outer) => Object.keys(derivatives).map((inner) => [outer, inner] as const));
const value = (f: F, x: number): number => (traceFn(f)(x) as NDArray).item();

describe.each(pairs)("%s over %s", (outerName, innerName) => {
  const [outer, inner] = [derivatives[outerName]!, derivatives[innerName]!];
  test("d/dx x · d/dy (x + y) at y = 1 is 1", () => {
    expect(value(outer((x) => mul(x, inner((y) => add(x, y))(1 as Tensor))), 1)).toBe(1);
  });
  test("d/dx x · d/dy (x · y) = 2x", () => {
    expect(value(outer((x) => mul(x, inner((y) => mul(x, y))(3 as Tensor))), 4)).toBe(8);
  });
  test("a closure that returns the outer variable unchanged", () => {
    expect(value(outer((x) => inner((y) => mul(y, x))(x)), 5)).toBe(1);
  });
  test("second derivative of sin(x) · eˣ", () => {
    expect(value(outer(inner((x) => mul(sin(x), exp(x)))), 0.3)).toBeCloseTo(2 * Math.cos(0.3) * Math.exp(0.3), 5);
  });
  test("the inner function is used at two points of the outer variable", () => {
    const f: F = (x) => mul(inner((y) => mul(y, mul(y, x)))(x), inner((y) => mul(x, y))(2 as Tensor));
    expect(value(outer(f), 3)).toBeCloseTo(6 * 9, 4); // (2x·x)·x = 2x³
  });
});

test("a higher-order function that returns a closure over the outer variable (Amazing bug of AD)", () => {
  const shift = (x: Tensor) => (f: F): F => (y) => f(add(x, y));
  const d = (f: F): F => (x) => grad(f)(x);
  // D (shift u f) at u = 0, twice: the derivative of f at its argument, not its second derivative.
  const dShift = (f: F): F => (y) => jvp((u: Tensor) => shift(u)(f)(y), [0], [1])[1];
  const h: F = (y) => dShift(dShift(exp as F))(y);
  expect(value(h, 1)).toBeCloseTo(Math.E, 5);
  expect(value(d(h), 1)).toBeCloseTo(Math.E, 5);
});

test("grad inside vmap inside grad", () => {
  const f: F = (x) => sum(vmap((y: Tensor) => grad((z: Tensor) => mul(mul(z, z), x))(y))([1, 2, 3]));
  expect(value((x) => grad(f)(x), 5)).toBe(12); // Σ 2y
});

test("vmap inside grad inside vmap", () => {
  const g = vmap((w: Tensor) => grad((x: Tensor) => sum(vmap((y: Tensor) => mul(mul(x, y), w))([1, 2])))(3));
  expect((g([1, 10]) as NDArray).toArray()).toEqual([3, 30]);
});

test("hessian with a captured tensor", () => {
  const h = traceFn((s: Tensor) => hessian((v: Tensor) => mul(s, mul(index(v, 0), index(v, 1))))([2, 3]));
  expect((h(7) as NDArray).toArray()).toEqual([[0, 7], [7, 0]]);
});

test("stack of gradients of functions made in a loop", () => {
  const f = traceFn((x: Tensor) => stack([1, 2, 3].map((k) => grad((y: Tensor) => mul(y, mul(k, x)))(x))));
  expect((f(2) as NDArray).toArray()).toEqual([2, 4, 6]);
});
