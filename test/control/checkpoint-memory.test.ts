/** That checkpoints lower memory: by the figure of the memory plan that runs. And checkpoints in loops. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { compileProgram } from "../../src/backends/wasm/compile-program.ts";
import type { Program } from "../../src/core/program.ts";
import { optimize } from "../../src/transform/optimize.ts";

const arenaOf = (view: { readonly program: Program }): number => compileProgram(optimize(view.program)).parts.plan.arena;
const policies = cr.checkpointPolicies;

describe("the arena of a gradient", () => {
  const [depth, batch, width] = [24, 1024, 32];
  const hidden = batch * width * 4;
  const layer = (w: Tensor, x: Tensor): Tensor => cr.tanh(cr.sin(cr.tanh(cr.matmul(x, w))));
  const weights = Array.from({ length: depth }, (_, i) => cr.full([width, width], 0.01 * (i + 1)));
  const x = cr.full([batch, width], 0.5);
  const net = (use: typeof layer) => cr.grad((ws: Tensor[], x: Tensor) => cr.sum(ws.reduce((h, w) => use(w, h), x)));
  const arena = (policy?: cr.CheckpointPolicy): number => arenaOf(net(cr.checkpoint(layer, policy === undefined ? {} : { policy }) as unknown as typeof layer).program(weights, x));
  const plain = arenaOf(net(layer).program(weights, x));

  test("a layer that keeps nothing leaves its input: one array a layer, where there were two", () => {
    expect(plain).toBeGreaterThan(2 * depth * hidden);
    expect(arena()).toBeLessThan((depth + 5) * hidden);
    expect(arena(policies.nothing)).toBe(arena());
  });
  test("what is kept costs what it takes, and everything as much as no checkpoint", () => {
    expect(arena(policies.everything)).toBe(plain);
    expect(arena(policies.dots)).toBeGreaterThan(2 * (depth - 2) * hidden);
  });
  test("segments of √n layers take memory of √n layers", () => {
    const segment = cr.checkpoint((ws: Tensor[], x: Tensor) => ws.reduce((h, w) => layer(w, h), x));
    const segmented = cr.grad((ws: Tensor[], x: Tensor) => {
      let h = x;
      for (let i = 0; i < depth; i += 5) h = segment(ws.slice(i, i + 5), h) as unknown as Tensor;
      return cr.sum(h);
    });
    expect(arenaOf(segmented.program(weights, x))).toBeLessThan((5 + 2 * 5 + 5) * hidden);
    expect(segmented(weights, x).map((g) => g.toArray())).toEqual(net(layer)(weights, x).map((g) => g.toArray()));
  });
  test("with the value beside the gradient as well: the recomputation is not merged with the forward pass", () => {
    const mixed = (x: Tensor): Tensor => cr.sin(cr.mul(cr.exp(cr.sin(x)), cr.sum(x)));
    const eight = (x: Tensor): Tensor => { let y = x; for (let i = 0; i < 8; i++) y = mixed(y); return y; };
    const chain = (use: typeof eight) => cr.valueAndGrad((x: Tensor) => { let y = x; for (let i = 0; i < 5; i++) y = use(y); return cr.sum(y); });
    const v = cr.full([4096], 0.3);
    const checked = chain(cr.checkpoint(eight) as unknown as typeof eight);
    expect(arenaOf(checked.program(v))).toBeLessThan(0.6 * arenaOf(chain(eight).program(v)));
    const [value, gradient] = checked(v), [wantValue, wantGradient] = chain(eight)(v);
    expect(value.item()).toBe(wantValue.item());
    expect(gradient.toArray()).toEqual(wantGradient.toArray());
  });
});

describe("inside scan", () => {
  const step = (h: Tensor, x: Tensor): Tensor => cr.tanh(cr.add(cr.sin(cr.mul(h, 1.5)), x));
  const run = (use: typeof step) => (h: Tensor, xs: Tensor): Tensor => cr.sum(cr.scan((h: Tensor, x: Tensor) => { const y = use(h, x); return [y, y] as const; }, h, xs)[1]);
  const h = new Float64Array([0.1, -0.4, 0.7]), xs = [[0.3, 0.1, 0.5], [1, -1, 0.2], [0.4, 0.6, -0.8], [0.9, 0.2, 0.1]];
  const numbers = (tree: unknown): number[] => (Array.isArray(tree) ? tree.flatMap(numbers) : [...(tree as cr.NDArray).data]);
  const stacks: Record<string, (g: (h: Tensor, xs: Tensor) => Tensor) => unknown> = {
    value: (g) => cr.traceFn(g)(h, xs),
    gradient: (g) => cr.grad(g, { argnums: [0, 1] })(h, xs),
    "gradient of the gradient": (g) => cr.traceFn(g).grad({ argnums: 0 }).grad()(h, xs),
    vmap: (g) => cr.vmap(cr.grad(g), { inAxes: [0, null] })([[0.1, -0.4, 0.7], [0.2, 0.3, 0.4]], xs),
    jvp: (g) => cr.jvp(g, [h, xs], [h, null]),
  };
  const checked = cr.checkpoint(step) as unknown as typeof step;
  test.each(Object.entries(stacks))("%s has the bits of the loop alone", (_name, apply) => {
    const [got, want] = [numbers(apply(run(checked))), numbers(apply(run(step)))];
    expect(got.length).toBe(want.length);
    got.forEach((v, i) => expect(Math.abs(v - want[i]!)).toBeLessThan(1e-6));
    if (_name === "value") expect(got).toEqual(want);
  });
  test("a step hands over its input alone", () => {
    const deep = (h: Tensor): Tensor => { let y = h; for (let i = 0; i < 6; i++) y = cr.sin(cr.mul(cr.exp(cr.sin(y)), cr.sum(y))); return y; };
    const loop = (use: typeof deep) => cr.grad((h: Tensor) => cr.sum(cr.scan((h: Tensor) => [use(h), null], h, null, { length: 100 })[0]));
    const x = cr.full([256], 0.3);
    const own = 100 * 256 * 4;
    expect(arenaOf(loop(deep).program(x))).toBeGreaterThan(6 * own);
    expect(arenaOf(loop(cr.checkpoint(deep)).program(x))).toBeLessThan(2 * own);
  });
});
