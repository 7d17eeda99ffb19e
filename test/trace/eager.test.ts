/** Large contractions outside of traces run on the backend: the same numbers as inside, at another speed, and the same error texts. */
import { expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

const matrix = (m: number, n: number, dtype: "float32" | "float64" = "float32"): cr.NDArray =>
  cr.reshape(cr.array(dtype === "float32" ? Float32Array.from({ length: m * n }, (_, i) => Math.sin(i)) : Float64Array.from({ length: m * n }, (_, i) => Math.sin(i))), [m, n]);

test.each(["float32", "float64"] as const)("a large product of %s equals the traced one bit for bit", (dtype) => {
  const [a, b] = [matrix(130, 120, dtype), matrix(120, 110, dtype)];
  const traced = cr.traceFn((x: Tensor, y: Tensor) => cr.matmul(x, y))(a, b);
  expect(cr.matmul(a, b).data).toEqual(traced.data);
  expect(cr.matmul(a, b).data).toEqual(traced.data);
});

test("shapes and sides are kept apart", () => {
  const [a, b] = [matrix(200, 100), matrix(100, 200)];
  expect(cr.matmul(a, b).shape).toEqual([200, 200]);
  expect(cr.matmul(b, a).shape).toEqual([100, 100]);
  expect(cr.matmul(cr.transpose(a), cr.transpose(b)).shape).toEqual([100, 100]);
  expect(() => cr.matmul(a, a)).toThrow(/inner dimensions differ/);
});

test("products of integers and small products stay with the reference", () => {
  const i = cr.reshape(cr.array(Int32Array.from({ length: 120 * 120 }, (_, k) => k % 5)), [120, 120]);
  expect(cr.sum(cr.matmul(i, i) as cr.NDArray).item()).toBe(120 ** 3 * 4);
  expect((cr.matmul([[1, 2]], [[3], [4]]) as cr.NDArray).item()).toBe(11);
});
