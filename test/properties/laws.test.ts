/** The algebra of the transforms, on random programs over elementwise operations, reductions, views, products and gathers. */
import fc from "fast-check";
import { describe, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { arraysLike, arraysOf, expectClose, type Fn, functionOf, inner, law, leaves, recipe, scalarOf, shapes } from "./recipes.ts";

type Loose = (...args: readonly unknown[]) => unknown;
const loose = (f: unknown): Loose => f as Loose;
const all = (xs: readonly unknown[]): number[] => xs.map((_, i) => i);
/** The gradient with respect to every argument. */
const gradient = (f: Fn, xs: readonly unknown[]): unknown[] => loose(cr.grad(f, { argnums: all(xs) }))(...xs) as unknown[];
const push = (f: Fn, xs: readonly unknown[], ts: readonly unknown[]): [unknown, unknown] => loose(cr.jvp)(f, xs, ts) as [unknown, unknown];
const pull = (f: Fn, xs: readonly unknown[], ct: unknown): unknown[] => (loose(cr.vjp)(f, ...xs) as [unknown, (ct: unknown) => unknown[]])[1](ct);
const scaled = (s: number, xs: readonly unknown[]): unknown[] => xs.map((x) => cr.mul(s, x as NDArray));
const added = (xs: readonly unknown[], ys: readonly unknown[]): unknown[] => xs.map((x, i) => cr.add(x as NDArray, ys[i] as NDArray));
const weight = fc.integer({ min: -20, max: 20 }).map((n) => n / 8);

describe("linearity", () => {
  test("grad(a f + b g) = a grad f + b grad g", () => {
    law(fc.tuple(recipe, recipe, shapes, weight, weight), ([r1, r2, s, a, b]) => {
      const [f, g, xs] = [scalarOf(r1), scalarOf(r2), arraysOf(s, "x")];
      const sum: Fn = (...ys) => cr.add(cr.mul(a, f(...ys)), cr.mul(b, g(...ys)));
      expectClose(gradient(sum, xs), added(scaled(a, gradient(f, xs)), scaled(b, gradient(g, xs))));
    });
  });
  test("J(a u + b v) = a J u + b J v, and J 0 = 0", () => {
    law(fc.tuple(recipe, shapes, weight, weight), ([r, s, a, b]) => {
      const [f, xs] = [functionOf(r), arraysOf(s, "x")];
      const [u, v] = [arraysOf(s, "u"), arraysOf(s, "v")];
      const along = (t: readonly unknown[]): unknown[] => [push(f, xs, t)[1]];
      expectClose(along(added(scaled(a, u), scaled(b, v))), added(scaled(a, along(u)), scaled(b, along(v))));
      expectClose(along(scaled(0, u)), scaled(0, along(u)), 0);
    });
  });
  test("the pullback is linear in the cotangent", () => {
    law(fc.tuple(recipe, shapes, weight, weight), ([r, s, a, b]) => {
      const [f, xs] = [functionOf(r), arraysOf(s, "x")];
      const value = push(f, xs, xs)[0];
      const [[c], [d]] = [arraysLike([value], "c"), arraysLike([value], "d")];
      expectClose(pull(f, xs, added(scaled(a, [c]), scaled(b, [d]))[0]), added(scaled(a, pull(f, xs, c)), scaled(b, pull(f, xs, d))));
    });
  });
});

describe("forward and reverse", () => {
  test("⟨c, J v⟩ = ⟨Jᵀ c, v⟩", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const [f, xs, v] = [functionOf(r), arraysOf(s, "x"), arraysOf(s, "v")];
      const [value, tangent] = push(f, xs, v);
      const [c] = arraysLike([value], "c");
      const [left, right] = [inner([c], [tangent]), inner(pull(f, xs, c), v)];
      expectClose([cr.float64(left)], [cr.float64(right)]);
    }, 150);
  });
  test("the same for the derivative of the derivative", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const xs = arraysOf(s, "x");
      const f: Fn = (...ys) => cr.concatenate((cr.grad(scalarOf(r), { argnums: all(ys) })(...(ys as never[])) as unknown as Tensor[]).map((g) => cr.ravel(g)));
      const [v] = [arraysOf(s, "v")];
      const [value, tangent] = push(f, xs, v);
      const [c] = arraysLike([value], "c");
      expectClose([cr.float64(inner([c], [tangent]))], [cr.float64(inner(pull(f, xs, c), v))], 1e-8);
    });
  });
  test("linearize is jvp, jacfwd is jacrev", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const [f, xs, v] = [functionOf(r), arraysOf(s, "x"), arraysOf(s, "v")];
      const [value, linear] = loose(cr.linearize)(f, ...xs) as [unknown, Loose];
      expectClose([value, linear(...v)], push(f, xs, v), 1e-12);
      expectClose(leaves(loose(cr.jacfwd(f, { argnums: all(xs) }))(...xs)), leaves(loose(cr.jacrev(f, { argnums: all(xs) }))(...xs)));
    }, 30);
  });
  test("the Hessian is symmetric, and its columns are hvp", () => {
    law(fc.tuple(recipe, fc.integer({ min: 1, max: 4 })), ([r, n]) => {
      const [f, [x, v]] = [scalarOf(r), arraysOf([[n], [n]], "x")];
      const h = loose(cr.hessian(f))(x) as NDArray;
      expectClose([h], [cr.transpose(h)], 1e-8);
      expectClose([cr.matmul(h, v as NDArray)], [loose(cr.hvp)(f, [x], [v])], 1e-8);
    }, 40);
  });
  test("finite differences agree", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      loose(cr.checkGrads)(functionOf(r), arraysOf(s, "x"), { order: 2, rtol: 1e-4, atol: 1e-4 });
    }, 40);
  });
});

describe("the chain rule", () => {
  test("forward: J(g∘f) v = Jg · (Jf · v)", () => {
    law(fc.tuple(recipe, recipe, shapes), ([r1, r2, s]) => {
      const [f, g, xs, v] = [functionOf(r1), functionOf(r2), arraysOf(s, "x"), arraysOf(s, "v")];
      const [y, t] = push(f, xs, v);
      expectClose(push((...ys) => g(f(...ys)), xs, v), push(g, [y], [t]));
    });
  });
  test("reverse: J(g∘f)ᵀ c = Jfᵀ · (Jgᵀ · c)", () => {
    law(fc.tuple(recipe, recipe, shapes), ([r1, r2, s]) => {
      const [f, g, xs] = [functionOf(r1), functionOf(r2), arraysOf(s, "x")];
      const y = loose(cr.traceFn(f))(...xs);
      const [c] = arraysLike([loose(cr.traceFn(g))(y)], "c");
      expectClose(pull((...ys) => g(f(...ys)), xs, c), pull(f, xs, pull(g, [y], c)[0]));
    });
  });
  test("f.grad() is grad of the sum", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const xs = arraysOf(s, "x");
      const summed = gradient(scalarOf(r), xs);
      expectClose(xs.length === 1 ? [loose(cr.traceFn(functionOf(r)).grad())(...xs)] : (loose(cr.traceFn(functionOf(r)).grad())(...xs) as unknown[]), summed, 1e-12);
    });
  });
});
