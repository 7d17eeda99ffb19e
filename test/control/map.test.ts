/** map and associativeScan: against the same written out, and under the transforms. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const plain = (tree: unknown): unknown => cr.treeMap(((leaf: NDArray) => leaf.toArray()) as never, tree as never);
const numbers = (tree: unknown): number[] => (cr.treeLeaves(tree) as NDArray[]).flatMap((leaf) => [...leaf.data]);
function expectEqual(got: unknown, want: unknown): void {
  const [a, b] = [numbers(got), numbers(want)];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 11));
}
const xs = cr.array(Array.from({ length: 7 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]), { dtype: "float64" });

describe.each([1, 2, 3, 7, 100])("map, %i at once", (batchSize) => {
  const mapped = (w: Tensor, xs: Tensor) => cr.map((x: Tensor) => ({ s: cr.sum(cr.mul(x, w)), t: cr.sin(cr.mul(x, w)) }), xs, { batchSize });
  const written = (w: Tensor, xs: Tensor) => ({ s: cr.sum(cr.mul(xs, w), 1), t: cr.sin(cr.mul(xs, w)) });
  const w = new Float64Array([0.5, -1.5]);
  test("value, gradients, jvp, vmap", () => {
    expect(plain(cr.traceFn(mapped)(w, xs))).toEqual(plain(cr.traceFn(written)(w, xs)));
    expectEqual(cr.traceFn(mapped).grad()(w, xs), cr.traceFn(written).grad()(w, xs));
    expectEqual(cr.traceFn(mapped).grad().grad()(w, xs), cr.traceFn(written).grad().grad()(w, xs));
    expectEqual(cr.jvp(mapped, [w, xs], [w, xs]), cr.jvp(written, [w, xs], [w, xs]));
    expectEqual(cr.vmap(mapped, { inAxes: [0, null] })(cr.stack([w, w] as never) as never, xs), cr.vmap(written, { inAxes: [0, null] })(cr.stack([w, w] as never) as never, xs));
  });
  test("outside of a trace", () => expect(numbers(cr.map((x: Tensor) => cr.sum(x), xs, { batchSize }))).toEqual(numbers(cr.sum(xs, 1))));
});

test("map runs in a loop, and with a batch size over batches", () => {
  const program = (batchSize: number): string => cr.traceFn((xs: Tensor) => cr.map((x: Tensor) => cr.sin(x), xs, { batchSize })).program(xs).toString();
  expect(program(1)).toContain("length=7");
  expect(program(3)).toContain("length=2");
  expect(program(7)).not.toContain("scan");
});

describe("associativeScan", () => {
  const affine = ([a, b]: Tensor[], [c, d]: Tensor[]): [Tensor, Tensor] => [cr.mul(a!, c!), cr.add(cr.mul(c!, b!), d!)];
  const oneByOne = (op: (a: Tensor[], b: Tensor[]) => Tensor[], list: Tensor[], reverse: boolean): Tensor[] => {
    const n = list[0]!.shape[0]!;
    const rows: Tensor[][] = [];
    for (let i = 0; i < n; i++) {
      const element = list.map((x) => x.get(reverse ? n - 1 - i : i));
      rows.push(i === 0 ? element : op(rows[i - 1]!, element));
    }
    if (reverse) rows.reverse();
    return list.map((_, k) => cr.stack(rows.map((r) => r[k]!)));
  };
  test.each([1, 2, 3, 4, 5, 8, 11, 16, 17])("%i elements", (n) => {
    const a = new Float64Array(n).map((_, i) => 0.8 + Math.sin(i) / 3), b = new Float64Array(n).map((_, i) => Math.cos(i));
    for (const reverse of [false, true]) {
      const scanned = (a: Tensor, b: Tensor) => cr.associativeScan(affine as never, [a, b], { reverse });
      const written = (a: Tensor, b: Tensor) => oneByOne(affine, [a, b], reverse);
      expectEqual(cr.traceFn(scanned)(a, b), cr.traceFn(written)(a, b));
      expectEqual(cr.traceFn(scanned).grad()(a, b), cr.traceFn(written).grad()(a, b));
      expectEqual(cr.jvp(scanned, [a, b], [b, a]), cr.jvp(written as never, [a, b], [b, a]));
    }
  });
  test("no elements", () => expect(plain(cr.associativeScan((a: Tensor, b: Tensor) => cr.add(a, b), cr.zeros([0, 2])))).toEqual([]));
  test("along other axes, products of matrices, integers and bools", () => {
    expect(plain(cr.associativeScan((a: Tensor, b: Tensor) => cr.add(a, b), [[1, 2, 3], [4, 5, 6]], { axis: -1 }))).toEqual([[1, 3, 6], [4, 9, 15]]);
    const m = cr.array([[[1, 1], [0, 1]], [[2, 0], [1, 1]], [[0, 1], [1, 0]]]);
    expect(plain(cr.associativeScan((a: Tensor, b: Tensor) => cr.matmul(a, b), m))).toEqual([[[1, 1], [0, 1]], [[3, 1], [1, 1]], [[1, 3], [1, 1]]]);
    expect(plain(cr.associativeScan((a: Tensor, b: Tensor) => cr.maximum(a, b), new Int32Array([3, 1, 4, 1, 5])))).toEqual([3, 3, 4, 4, 5]);
    expect(plain(cr.associativeScan((a: Tensor, b: Tensor) => cr.logicalAnd(a, b), [true, true, false, true]))).toEqual([true, true, false, false]);
    expect(Object.is((cr.associativeScan((_a: Tensor, b: Tensor) => b, cr.array([1, -0, 0])) as NDArray).data[1], -0)).toBe(true);
  });
  test("the work is linear in the elements, its depth their logarithm", () => {
    const counts = (n: number): number => cr.traceFn((x: Tensor) => cr.associativeScan((a: Tensor, b: Tensor) => cr.mul(a, b), x)).program(new Float32Array(n)).counts()["mul"]!;
    expect(counts(1024)).toBe(19);
    expect(counts(2048)).toBe(21);
  });
  test("second order and vmap", () => {
    const f = (x: Tensor): Tensor => cr.associativeScan((a: Tensor, b: Tensor) => cr.mul(a, b), x);
    cr.checkGrads(f, [new Float64Array([0.5, 1.5, -0.7, 1.1, 0.9])], { order: 3 });
    expect(plain(cr.vmap(f, { inAxes: 1, outAxes: 1 })(cr.array([[1, 2], [3, 4], [5, 6]])))).toEqual([[1, 2], [3, 8], [15, 48]]);
  });
});
