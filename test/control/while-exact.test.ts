/** Reverse mode through loops whose number of turns nobody knows: the same bits as a scan that keeps every state, around every boundary of the slots. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor, WhileMemory } from "chainrule";

const { add, less, mul, scan, sin, sum, whileLoop } = cr;
const a = new Float64Array([0.9, 1.01, -0.7]), x = new Float64Array([0.3, -1.2, 0.8]);
const turn = (v: Tensor, i: Tensor, a: Tensor): Tensor => add(mul(v, a), mul(sin(mul(v, add(i, 1))), 0.1));

/** n is an operand, so that one compiled program serves all counts. */
const looped = (checkpoint?: WhileMemory) => (n: Tensor, a: Tensor, x: Tensor): Tensor => {
  const count = cr.index(n, 0);
  const body = ([i, v]: [Tensor, Tensor]): [Tensor, Tensor] => [add(i, cr.int32(1)), turn(v, i, a)];
  return sum(mul(whileLoop(([i]: [Tensor, Tensor]) => less(i, count), body, [cr.int32(0) as unknown as Tensor, x], checkpoint === undefined ? {} : { checkpoint })[1], add(a, 2)));
};
const scanned = (n: number) => (a: Tensor, x: Tensor): Tensor => sum(mul(scan((v: Tensor, i: Tensor) => [turn(v, i, a), null], x, cr.arange(0, n, 1, { dtype: "int32" }) as unknown as Tensor, { length: n })[0], add(a, 2)));
const bits = (tree: unknown): unknown => (cr.treeLeaves(tree) as NDArray[]).map((leaf) => [...leaf.data]);
const count = (n: number): Int32Array => new Int32Array([n]);

const counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 300];
const expected = new Map(counts.map((n) => [n, bits(cr.valueAndGrad(scanned(n), { argnums: [0, 1] })(a, x))]));

describe.each([1, 2, 3, 4, 5, 8, 16, 31, 64, "log", "sqrt", undefined] as const)("%s slots", (slots) => {
  const f = cr.valueAndGrad(looped(slots), { argnums: [1, 2] });
  test.each(counts)("%d turns", (n) => {
    expect(bits(f(count(n), a, x))).toEqual(expected.get(n));
  });
});

test.each([1, 4, 8])("the reference, %d slots", (slots) => {
  const f = cr.valueAndGrad(looped(slots), { argnums: [1, 2] }).with({ device: "reference" });
  const g = (n: number) => cr.valueAndGrad(scanned(n), { argnums: [0, 1] }).with({ device: "reference" });
  for (const n of [0, 1, 3, 4, 5, 17, 64, 65]) expect(bits(f(count(n), a, x)), `${n} turns`).toEqual(bits(g(n)(a, x)));
});

test.each([2, 8])("second and third derivatives, %d slots", (slots) => {
  const second = (f: (...args: never[]) => unknown, k: number) => cr.grad(((...args: Tensor[]) => sum(mul(cr.grad(f as never, { argnums: k })(...(args as never[])) as Tensor, add(a as never, 3)))) as never, { argnums: k + 1 });
  const third = (f: (...args: never[]) => unknown, k: number) => cr.grad(((...args: Tensor[]) => sum(second(f, k)(...(args as never[])) as Tensor)) as never, { argnums: k });
  const [f2, f3] = [second(looped(slots), 1), third(looped(slots), 1)];
  for (const n of [0, 1, 2, 5, 9, 17]) {
    const close = (got: unknown, want: unknown): void => (bits(got) as number[][]).flat().forEach((v, i) => expect(v).toBeCloseTo((bits(want) as number[][]).flat()[i]!, 9));
    close(f2(count(n) as never, a as never, x as never), second(scanned(n), 0)(a as never, x as never));
    if (n < 10) close(f3(count(n) as never, a as never, x as never), third(scanned(n), 0)(a as never, x as never));
  }
});

test("lanes of different counts, each as if alone", () => {
  const f = cr.valueAndGrad(looped(4), { argnums: [1, 2] });
  const ns = [0, 1, 7, 8, 9, 33];
  const all = cr.vmap(f, { inAxes: [0, null, null] })(cr.reshape(new Int32Array(ns), [ns.length, 1]) as never, a as never, x as never);
  const lanes = cr.treeLeaves(all) as unknown as NDArray[];
  ns.forEach((n, k) => {
    const alone = cr.treeLeaves(f(count(n), a, x)) as unknown as NDArray[];
    lanes.forEach((leaf, i) => expect([...(cr.index(leaf as never, k) as unknown as NDArray).data], `${n} turns`).toEqual([...alone[i]!.data]));
  });
});
