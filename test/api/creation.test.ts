/** Creation, ranges, triangles, and comparison of arrays. */
import { describe, expect, test } from "vitest";
import { array, empty, emptyLike, full, fullLike, ones, onesLike, oneHot, zeros, zerosLike } from "../../src/api/creation.ts";
import { allClose, arrayEqual, isClose } from "../../src/api/compare-arrays.ts";
import { arange, geomspace, indices, linspace, logspace, meshgrid } from "../../src/api/ranges.ts";
import { add, mul } from "../../src/api/arithmetic.ts";
import { sum } from "../../src/api/reduce.ts";
import { eye, identity, tri, tril, triu } from "../../src/api/triangular.ts";
import { checkGrads, traceFn, vmap } from "../../src/api/transforms.ts";
import type { Tensor } from "../../src/core/array-types.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";

const elements = (x: unknown): number[] => Array.from((x as ConcreteArray).elements);
const shapeOf = (x: unknown): readonly number[] => (x as ConcreteArray).type.shape;
const dtypeOf = (x: unknown): string => (x as ConcreteArray).type.dtype;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe("array", () => {
  test("from data of all kinds, strongly typed", () => {
    expect([dtypeOf(array([1, 2])), (array([1, 2]) as unknown as ConcreteArray).type.weak]).toEqual(["float32", false]);
    expect(dtypeOf(array([true]))).toBe("bool");
    expect(dtypeOf(array(new Float64Array([1])))).toBe("float64");
    expect(elements(array({ data: [1, 2, 3, 4], shape: [2, 2], stride: [1, 2] }))).toEqual([1, 3, 2, 4]);
    expect([dtypeOf(array(5, { dtype: "int32" })), shapeOf(array(5))]).toEqual(["int32", []]);
    expect(elements(array(new Uint8Array([7]) as never, { dtype: "float32" }))).toEqual([7]);
    expect(elements(array(array([1.9]), { dtype: "int32" }))).toEqual([1]);
  });
  test("a nested list of tensors is stacked", () => {
    const f = traceFn((x: Tensor, y: Tensor) => array([[x, y], [1, mul(x, y)]]));
    const result = f(2, 3);
    expect([shapeOf(result), elements(result)]).toEqual([[2, 2], [2, 3, 1, 6]]);
    expect(dtypeOf(array([array(1), 2], { dtype: "float64" }))).toBe("float64");
  });
  test("what is refused", () => {
    expect(() => array([1.5], { dtype: "int32" })).toThrow(/array: 1.5 is not a value of int32/);
    expect(() => array([[1, 2], [3]])).toThrow(/a nested list must be rectangular/);
    expect(() => array("x" as never)).toThrow(/array: expected numbers, nested lists/);
    expect(() => array([1], { dtype: "float16" as never })).toThrow(/unknown dtype "float16"/);
    expect(() => array(new Uint8Array(1) as never)).toThrow(/no dtype here/);
  });
});

describe("constants", () => {
  test("cost no equation and no memory", () => {
    const f = traceFn((x: Tensor) => add(x, mul(ones([3]), zeros([3], { dtype: "float32" }))));
    expect(f.program([1, 2, 3]).toString()).not.toMatch(/mul|broadcast|zeros|ones/);
    expect((zeros([2, 3]) as unknown as ConcreteArray).splat).toBe(0);
    expect((full([2], 7) as unknown as ConcreteArray).splat).toBe(7);
  });
  test("shape, dtype and value", () => {
    expect([shapeOf(zeros(3)), dtypeOf(ones([])), elements(ones([2], { dtype: "uint32" }))]).toEqual([[3], "float32", [1, 1]]);
    expect([elements(empty([2])), dtypeOf(emptyLike(array([1], { dtype: "int32" })))]).toEqual([[0, 0], "int32"]);
    expect([dtypeOf(full([1], true)), elements(full([2, 2], [1, 2]))]).toEqual(["bool", [1, 2, 1, 2]]);
    expect([dtypeOf(zerosLike([1, 2])), shapeOf(onesLike([1, 2], { shape: [3] })), dtypeOf(onesLike([1], { dtype: "bool" }))]).toEqual(["float32", [3], "bool"]);
    expect([elements(fullLike(array([1, 2], { dtype: "int32" }), 7)), dtypeOf(fullLike(array([1], { dtype: "int32" }), 7))]).toEqual([[7, 7], "int32"]);
  });
  test("the default float follows the trace", () => {
    expect(dtypeOf(traceFn((x: Tensor) => mul(x, ones([1])), { dtype: "float64" })(2))).toBe("float64");
  });
  test("what is refused", () => {
    expect(() => zeros([-1])).toThrow(/zeros: a shape is a list of non-negative integers, got \[-1\]/);
    expect(() => zeros([1], { type: "int32" } as never)).toThrow(/zeros: unknown option "type"/);
    expect(() => full([2], [1, 2, 3])).toThrow(/does not broadcast to \[2\]/);
    expect(() => fullLike(array([1], { dtype: "int32" }), 0.5)).toThrow(/0.5 is not a value of int32/);
  });
});

describe("arange", () => {
  test("whole numbers give int32, others floats", () => {
    expect([dtypeOf(arange(3)), elements(arange(3))]).toEqual(["int32", [0, 1, 2]]);
    expect(elements(arange(2, 8, 2))).toEqual([2, 4, 6]);
    expect(elements(arange(5, 0, -2))).toEqual([5, 3, 1]);
    expect(elements(arange(3, 0))).toEqual([]);
    expect([dtypeOf(arange(0, 1, 0.25)), elements(arange(0, 1, 0.25))]).toEqual(["float32", [0, 0.25, 0.5, 0.75]]);
    expect([dtypeOf(arange(3, { dtype: "float64" })), elements(arange(3, 0, -1, { dtype: "uint32" }))]).toEqual(["float64", [3, 2, 1]]);
  });
  test("enters a program as iota", () => {
    const program = traceFn((x: Tensor) => mul(x, arange(4))).program([1, 2, 3, 4]).toString();
    expect(program).toMatch(/iota/);
    expect(elements(traceFn((x: Tensor) => mul(x, arange(1, 4)))([1, 1, 1]))).toEqual([1, 2, 3]);
  });
  test("what is refused", () => {
    expect(() => arange(0, 3, 0)).toThrow(/a step of 0 never arrives/);
    expect(() => arange(inf)).toThrow(/arange\(start, stop, step\) of finite numbers/);
    expect(() => arange(0, 1, 0.5, { dtype: "int32" })).toThrow(/0.5 is not a value of int32/);
    expect(() => arange(-2, 1, { dtype: "uint32" })).toThrow(/-2 is not a value of uint32/);
  });
});

describe("spaced numbers", () => {
  test("linspace ends exactly", () => {
    const third = elements(linspace(array(0.1, { dtype: "float64" }), 1 / 3, 7));
    expect([third[0], third[6]]).toEqual([0.1, 1 / 3]);
    expect(elements(linspace(0, 10, 11))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(elements(linspace(0, 1, { num: 4, endpoint: false }))).toEqual([0, 0.25, 0.5, 0.75]);
    expect([elements(linspace(3, 9, 1)), elements(linspace(3, 9, 0)), shapeOf(linspace(0, 1))]).toEqual([[3], [], [50]]);
    expect([dtypeOf(linspace(0, 4, { num: 3, dtype: "int32" })), elements(linspace(0, 3, { num: 3, dtype: "int32" }))]).toEqual(["int32", [0, 1, 3]]);
  });
  test("between arrays, along any axis", () => {
    expect(elements(linspace([0, 10], [1, 20], 3))).toEqual([0, 10, 0.5, 15, 1, 20]);
    expect(shapeOf(linspace([0, 10], [[1], [2]], { num: 3, axis: -1 }))).toEqual([2, 2, 3]);
    checkGrads((a: Tensor, b: Tensor) => linspace(a, b, 4), [new Float64Array([1, 2]), new Float64Array([3, 5])]);
  });
  test("logspace and geomspace", () => {
    expect(elements(logspace(0, 3, 4))).toEqual([1, 10, 100, 1000]);
    expect(elements(logspace(0, 2, { num: 3, base: 2 }))).toEqual([1, 2, 4]);
    expect(elements(geomspace(1, 8, 4)).map((x) => Math.round(x * 1e5) / 1e5)).toEqual([1, 2, 4, 8]);
    expect(elements(geomspace(-1, -4, 3))).toEqual([-1, -2, -4]);
    checkGrads((a: Tensor, b: Tensor) => geomspace(a, b, 4), [new Float64Array([1, 2]), new Float64Array([3, 5])]);
    expect(() => geomspace(-1, 4)).toThrow(/from -1 to 4 there is no geometric way/);
    expect(() => linspace(0, 1, { number: 3 } as never)).toThrow(/linspace: unknown option "number"/);
  });
});

describe("grids", () => {
  test("meshgrid", () => {
    const [x, y] = meshgrid([1, 2], [3, 4, 5]) as [Tensor, Tensor];
    expect([elements(x), elements(y)]).toEqual([[1, 2, 1, 2, 1, 2], [3, 3, 4, 4, 5, 5]]);
    expect(meshgrid([1, 2], [3, 4, 5], [6], { indexing: "ij" }).map(shapeOf)).toEqual([[2, 3, 1], [2, 3, 1], [2, 3, 1]]);
    expect(meshgrid([1, 2], [3, 4, 5], [6]).map(shapeOf)).toEqual([[3, 2, 1], [3, 2, 1], [3, 2, 1]]);
    expect([meshgrid().length, meshgrid([1, 2]).map(elements), meshgrid(5, [1, 2]).map(elements)]).toEqual([0, [[1, 2]], [[5, 5], [1, 2]]]);
    expect(() => meshgrid([1], { indexing: "yx" as never })).toThrow(/unknown indexing "yx"/);
    expect(() => meshgrid([[1]])).toThrow(/meshgrid: takes vectors, got f32\*\[1,1\]/);
  });
  test("indices", () => {
    expect([dtypeOf(indices([2, 2])), elements(indices([2, 2]))]).toEqual(["int32", [0, 0, 1, 1, 0, 1, 0, 1]]);
    expect(() => indices([])).toThrow(/rank 0 has no axes/);
  });
});

describe("triangles", () => {
  test("eye, identity and tri", () => {
    expect(elements(eye(2, { columns: 3, k: 1 }))).toEqual([0, 1, 0, 0, 0, 1]);
    expect([dtypeOf(identity(2, { dtype: "int32" })), elements(identity(2))]).toEqual(["int32", [1, 0, 0, 1]]);
    expect(elements(tri(2, { columns: 3, k: -1 }))).toEqual([0, 0, 0, 1, 0, 0]);
    expect(() => eye(-1)).toThrow(/the number of rows must be a whole number of at least 0/);
    expect(() => eye(2, { m: 3 } as never)).toThrow(/unknown option "m"/);
  });
  test("tril and triu keep dtype and batch", () => {
    expect(elements(tril([[1, 2], [3, 4]]))).toEqual([1, 0, 3, 4]);
    expect(elements(triu([[1, 2], [3, 4]], 1))).toEqual([0, 2, 0, 0]);
    expect([dtypeOf(tril([[true, true]])), elements(tril([[true, true]]))]).toEqual(["bool", [1, 0]]);
    expect(elements(triu([[nan, 1], [nan, 1]], 1))).toEqual([0, 1, 0, 0]);
    expect(() => tril([1, 2])).toThrow(/tril: needs a matrix or a batch of them, got f32\*\[2\]/);
    expect(() => triu([[1]], { k: 1 } as never)).toThrow(/write triu\(x, k\)/);
  });
});

describe("oneHot", () => {
  test("classes along any axis", () => {
    expect(elements(oneHot([0, 2, 5, -1], 3))).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(elements(oneHot([0, 1], 2, { axis: 0, dtype: "int32" }))).toEqual([1, 0, 0, 1]);
    expect([dtypeOf(oneHot(1, 2, { dtype: "bool" })), shapeOf(oneHot(new Int32Array([1]), 4))]).toEqual(["bool", [1, 4]]);
    expect(elements(vmap((i: Tensor) => oneHot(i, 2))(new Int32Array([1, 0])))).toEqual([0, 1, 1, 0]);
    expect(() => oneHot([0], 1.5)).toThrow(/the number of classes must be a whole number/);
  });
});

describe("comparison", () => {
  test("isClose", () => {
    expect([dtypeOf(isClose([1], [1])), elements(isClose([1, 1, inf, inf, nan, -inf], [1.000001, 1.1, inf, 1, nan, inf]))]).toEqual(["bool", [1, 0, 1, 0, 0, 0]]);
    expect(elements(isClose([nan, 1], [nan, nan], { equalNaN: true }))).toEqual([1, 0]);
    expect(elements(isClose([1, 2], 1.5, { atol: 0.6, rtol: 0 }))).toEqual([1, 1]);
    expect(elements(isClose([1, -inf], [inf, -inf]))).toEqual([0, 1]);
  });
  test("of concrete arrays, true or false", () => {
    expect([allClose([1, 2], [1, 2.000001]), allClose([1, 2], [1, 3]), allClose([1], [1, 1])]).toEqual([true, false, true]);
    expect([arrayEqual([1, 2], [1, 2]), arrayEqual([1, 2], [1, 3]), arrayEqual([1], [1, 1]), arrayEqual([nan], [nan])]).toEqual([true, false, false, false]);
    expect(arrayEqual([nan], [nan], { equalNaN: true })).toBe(true);
    expect(arrayEqual(array([1], { dtype: "int32" }), [1.5])).toBe(false);
    expect([allClose([], []), arrayEqual([], [])]).toEqual([true, true]);
  });
  test("while tracing, a bool tensor", () => {
    const f = traceFn((x: Tensor) => [allClose(x, [1, 2]), arrayEqual(x, [1, 2]), arrayEqual(x, [1])]);
    const result = f([1, 2]) as unknown as ConcreteArray[];
    expect(result.map((y) => [y.type.dtype, y.elements[0]])).toEqual([["bool", 1], ["bool", 1], ["bool", 0]]);
  });
  test("what is refused", () => {
    expect(() => allClose([1], [1], { tol: 1 } as never)).toThrow(/allClose: unknown option "tol"/);
    expect(() => arrayEqual([1], [1], { rtol: 1 } as never)).toThrow(/arrayEqual: unknown option "rtol"/);
  });
});

test("a mean over a range, traced", () => {
  expect(elements(traceFn((x: Tensor) => sum(mul(x, linspace(0, 1, 3))))([1, 2, 3]))).toEqual([4]);
});
