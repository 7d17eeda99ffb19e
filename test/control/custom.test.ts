/** Rules that say what is true anyway change nothing: functions with rules against the same written plainly, under stacks of transforms. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import { cases, type Two } from "./custom-cases.ts";

const x = new Float64Array([0.3, 1.1]), y = new Float64Array([0.9, -0.4]);
const matrix = cr.array(new Float64Array([0.3, 1.1, -0.7, 0.2, 0.9, 0.5])).reshape([2, 3]);
const numbers = (tree: unknown): number[] => (Array.isArray(tree) ? tree.flatMap(numbers) : [...(tree as NDArray).data]);
const total = (g: Two) => (u: Tensor, v: Tensor): Tensor => cr.sum(g(u, v));

const stacks: Record<string, (g: Two) => unknown> = {
  value: (g) => cr.traceFn(g)(x, y),
  eager: (g) => g(cr.array(x) as unknown as Tensor, cr.array(y) as unknown as Tensor),
  reference: (g) => cr.traceFn(g, { device: "reference" }).grad()(x, y),
  grad: (g) => cr.traceFn(g).grad()(x, y),
  "grad in one argument": (g) => cr.grad(total(g), { argnums: 1 })(x, y),
  "second order": (g) => cr.traceFn(g).grad().grad()(x, y),
  "third order": (g) => cr.traceFn(g).grad({ argnums: 0 }).grad({ argnums: 1 }).grad({ argnums: 0 })(x, y),
  jvp: (g) => cr.jvp(g, [x, y], [y, x]),
  "jvp in one argument": (g) => cr.jvp(g, [x, y], [null, x]),
  "jvp of jvp": (g) => cr.jvp((u: Tensor, v: Tensor) => cr.jvp(g, [u, v], [v, u])[1] as unknown as Tensor, [x, y], [x, y]),
  "grad of jvp": (g) => cr.traceFn((u: Tensor, v: Tensor) => cr.jvp(g, [u, v], [v, u])[1] as unknown as Tensor).grad()(x, y),
  "jvp of grad": (g) => cr.jvp(cr.grad(total(g), { argnums: [0, 1] }), [x, y], [y, x]),
  linearize: (g) => cr.linearize(g, x, y)[1](y, x),
  vmap: (g) => cr.vmap(g)(x, y),
  "vmap of one argument": (g) => cr.vmap(g, { inAxes: [null, 0] })(0.3, y),
  "vmap of grad": (g) => cr.vmap(cr.grad(g, { argnums: [0, 1] }))(x, y),
  "vmap of grad, one argument": (g) => cr.vmap(cr.grad(g, { argnums: [0, 1] }), { inAxes: [0, null] })(x, 0.9),
  "grad of vmap": (g) => cr.traceFn(cr.vmap(g, { inAxes: [0, null] })).grad()(x, 0.9),
  "grad of vmap along the second axis": (g) => cr.traceFn(cr.vmap(g, { inAxes: 1, outAxes: 1 })).grad()(matrix, cr.cos(matrix)),
  "grad of vmap, one argument along the second axis": (g) => cr.traceFn(cr.vmap(cr.grad(total(g), { argnums: [0, 1] }), { inAxes: [1, null] })).grad()(matrix, y),
  "vmap of vmap": (g) => cr.vmap(cr.vmap(g, { inAxes: [0, null] }), { inAxes: [null, 0] })(x, y),
  "grad of vmap of vmap of grad": (g) => cr.traceFn(cr.vmap(cr.vmap(cr.grad(g), { inAxes: [0, null] }), { inAxes: [null, 0] })).grad()(x, y),
  "jvp of vmap": (g) => cr.jvp(cr.vmap(g), [x, y], [y, x]),
  jacobians: (g) => [cr.jacfwd(g, { argnums: [0, 1] })(x, y), cr.jacrev(g, { argnums: [0, 1] })(x, y)],
  hessian: (g) => cr.hessian(total(g), { argnums: [0, 1] })(x, y),
  "grad inside, over an outer tensor": (g) => cr.traceFn((u: Tensor, v: Tensor) => cr.grad((w: Tensor) => cr.sum(g(w, cr.mul(u, v))))(u) as unknown as Tensor).grad()(x, y),
  checkpoint: (g) => cr.traceFn(cr.checkpoint(g)).grad()(x, y),
  "in a scan": (g) => cr.traceFn((u: Tensor, v: Tensor) => cr.scan((c: Tensor, e: Tensor) => [g(c, cr.mul(v, e)), g(v, c)], u, [1, 0.5])).grad()(x, y),
  "in a scan, second order": (g) => cr.traceFn((u: Tensor, v: Tensor) => cr.scan((c: Tensor, e: Tensor) => [g(c, cr.mul(v, e)), c], u, [1, 0.5])[0]).grad({ argnums: 0 }).grad({ argnums: 1 })(x, y),
  "vmap of grad of a scan": (g) => cr.vmap(cr.grad((u: Tensor, v: Tensor) => cr.scan((c: Tensor, e: Tensor) => [g(c, cr.mul(v, e)), c], u, [1, 0.5])[0] as unknown as Tensor))(x, y),
  "in a branch": (g) => cr.traceFn((u: Tensor, v: Tensor) => cr.cond(cr.greater(cr.sum(u), 0), g, (a: Tensor, b: Tensor) => cr.sub(a, b), u, v)).grad()(x, y),
  "in a while loop, forward": (g) => cr.jvp((u: Tensor, v: Tensor) => cr.whileLoop(([i]) => cr.less(i, 2), ([i, c]) => [cr.add(i, 1), g(c, v)] as [Tensor, Tensor], [cr.int32(0) as unknown as Tensor, u] as [Tensor, Tensor])[1], [x, y], [y, x]),
};

describe.each(Object.entries(cases))("%s", (_name, { plain, ruled }) => {
  test.each(Object.entries(stacks))("%s", (_stack, stack) => {
    const [got, want] = [numbers(stack(ruled)), numbers(stack(plain))];
    expect(got.length).toBe(want.length);
    got.forEach((v, i) => expect(v).toBeCloseTo(want[i] as number, 11));
  });
  test("derivatives agree with finite differences", () => cr.checkGrads(ruled, [x, y], { order: 2 }));
  test("programs are well formed", () => {
    for (const f of [cr.traceFn(ruled), cr.traceFn(ruled).grad(), cr.traceFn(cr.vmap(ruled)).grad()]) checkProgram(f.program(x, y).program, "tracing");
  });
});

test("outside of derivatives nothing is left of the rule in the program that runs", () => {
  expect(cr.traceFn(cases["vjp rule"]!.ruled).lower("optimized")(x, y)).toBe(cr.traceFn(cases["vjp rule"]!.plain).lower("optimized")(x, y));
});

test("rules may speak to the rest of a batch by its name", () => {
  const plain = (v: Tensor): Tensor => cr.div(v, cr.psum(v, "batch"));
  const ruled = cr.customVjp(plain).defvjp(
    (v) => {
      const s = cr.psum(v, "batch") as Tensor;
      return [cr.div(v, s), { v, s }];
    },
    ({ v, s }, ct) => [cr.sub(cr.div(ct, s), cr.div(cr.psum(cr.mul(ct, v), "batch"), cr.mul(s, s)))],
  );
  const weighted = (f: (v: Tensor) => Tensor) => (v: Tensor): Tensor => cr.sum(cr.mul(cr.vmap(f, { axisName: "batch" })(v), [1, 5]));
  for (const order of [1, 2]) {
    const derivative = (f: (v: Tensor) => Tensor): number[] => numbers(order === 1 ? cr.grad(weighted(f))(x) : cr.hessian(weighted(f))(x));
    derivative(ruled).forEach((v, i) => expect(v).toBeCloseTo(derivative(plain)[i] as number, 12));
  }
});

test("second derivatives, forward over reverse, of a rule that is not linear in the cotangent", () => {
  const clipped = cr.customVjp((v: Tensor) => v).defvjp((v) => [v, null], (_r, ct) => [cr.clip(ct, -0.75, 0.75)]);
  expect(numbers(cr.vmap(cr.hessian((v: Tensor) => cr.sin(clipped(v))))(new Float64Array([0.1, 1])))).toEqual([-0, -Math.sin(1)]);
});

test("what the forward rule keeps is all that a loop keeps", () => {
  const f = cr.customVjp((v: Tensor) => cr.sin(v)).defvjp((v) => [cr.sin(v), cr.cos(v)], (c, ct) => [cr.mul(ct, c)]);
  const looped = cr.traceFn((v: Tensor) => cr.scan((c: Tensor) => [f(c), null], v, null, { length: 100 })[0]).grad();
  expect(looped.lower("optimized")([1, 2])).toMatchInlineSnapshot(`
    "{ (a: f32[2]) =>
        b: f32[2], c: f32[100,2] = scan[body={ (a: f32[2]) =>
              b: f32[2] = sin a
              c: f32[2] = cos a
            in (b, c) } constants=0 state=1 length=100 reverse=false] a
        d: f32[2] = scan[body={ (a: f32[2], b: f32[2]) =>
              c: f32[2] = mul a b
            in (c) } constants=0 state=1 length=100 reverse=true] 1.0 c
      in (d) }"
  `);
});
