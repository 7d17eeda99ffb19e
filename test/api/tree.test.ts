/** Functions on whole trees, inside and outside of traces. */
import { expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const tree = { layers: [{ w: cr.array([1, 2]), b: null }, { w: cr.array([3, 4]), b: cr.array([5, 6]) }], scale: 2 } as const;

test("treeMap keeps the structure, null included", () => {
  const doubled = cr.treeMap((x) => cr.mul(x, 2), tree);
  expect((doubled.layers[1].b as NDArray).toArray()).toEqual([10, 12]);
  expect(doubled.layers[0].b).toBe(null);
  expect((doubled.scale as unknown as NDArray).item()).toBe(4);
});

test("treeMap of several trees; keys may come in another order", () => {
  const sum = cr.treeMap((x, y, z) => cr.add(x, cr.add(y, z)), { a: 1, b: 2 }, { b: 20, a: 10 }, { a: 100, b: 200 });
  expect([sum.a, sum.b].map((v) => (v as unknown as NDArray).item())).toEqual([111, 222]);
  expect(() => cr.treeMap((x) => x, { a: 1 }, {} as { a: number })).toThrow(/TreeError|tree 2\.a/);
  expect(() => cr.treeMap((x) => x, { a: 1 }, { a: 1, b: 2 } as { a: number })).toThrow(/tree 2: expected an object with keys a only/);
});

test("an update of every parameter inside a trace", () => {
  type Params = { w: Tensor; b: Tensor };
  const step = cr.traceFn((p: Params) => {
    const g = cr.grad((q: Params) => cr.add(cr.mul(q.w, q.w), cr.mul(3, q.b)))(p) as Params;
    return cr.treeMap((x, d) => cr.sub(x, cr.mul(0.5, d)), p, g);
  });
  const out = step({ w: 4, b: 1 });
  expect([out.w.item(), out.b.item()]).toEqual([0, -0.5]);
});

test("treeLeaves and treePaths agree in order", () => {
  expect(cr.treePaths(tree)).toEqual(["layers[0].w", "layers[1].w", "layers[1].b", "scale"]);
  expect(cr.treeLeaves(tree).map((x) => x.shape ?? [])).toEqual([[2], [2], [2], []]);
});
