/** Reductions and statistics as users call them: forms of `axis`, dtypes, empty arrays, singular points, and what is refused. */
import { describe, expect, test } from "vitest";
import { array, full, zeros } from "../../src/api/creation.ts";
import { cumprod, cumsum, diff } from "../../src/api/cumulative.ts";
import { all, any, argmax, argmin, countNonzero, max, min, prod, ptp, sum } from "../../src/api/reduce.ts";
import { average, logSoftmax, logsumexp, mean, nanMean, nanSum, norm, softmax, std, variance } from "../../src/api/statistics.ts";
import { grad, hessian, traceFn } from "../../src/api/transforms.ts";
import type { NDArray } from "../../src/core/array-types.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";

const elements = (x: unknown): number[] => Array.from((x as ConcreteArray).elements);
const shapeOf = (x: unknown): readonly number[] => (x as ConcreteArray).type.shape;
const dtypeOf = (x: unknown): string => (x as ConcreteArray).type.dtype;
const gradient = (f: (x: number) => unknown, x: readonly number[]): number[] => elements(grad(f as never)(new Float64Array(x) as never));
const square = [[1, 2, 3], [4, 5, 6]];
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe("axis and keepDims", () => {
  test("all forms of axis", () => {
    expect(elements(sum(square))).toEqual([21]);
    expect(elements(sum(square, 0))).toEqual([5, 7, 9]);
    expect(elements(sum(square, -1))).toEqual([6, 15]);
    expect(elements(sum(square, [0, 1]))).toEqual([21]);
    expect(elements(sum(square, [1, 0]))).toEqual([21]);
    expect(elements(sum(square, { axis: 1 }))).toEqual([6, 15]);
    expect(elements(sum(square, null))).toEqual([21]);
    expect(elements(sum(square, []))).toEqual([1, 2, 3, 4, 5, 6]);
  });
  test("keepDims", () => {
    expect(shapeOf(max(square, { axis: 0, keepDims: true }))).toEqual([1, 3]);
    expect(shapeOf(mean(square, { keepDims: true }))).toEqual([1, 1]);
    expect(shapeOf(argmin(square, { keepDims: true }))).toEqual([1, 1]);
    expect(shapeOf(argmin(square, { axis: 1, keepDims: true }))).toEqual([2, 1]);
  });
  test("what is refused", () => {
    expect(() => sum(square, 2)).toThrow(/sum: axis 2 is out of range for rank 2/);
    expect(() => sum(square, [0, 0])).toThrow(/sum: an axis appears twice/);
    expect(() => sum(square, { axes: 0 } as never)).toThrow(/sum: unknown option "axes"\n.*hint: options: axis, keepDims/s);
    expect(() => sum(square, array(0) as never)).toThrow(/sum: an axis must be a plain number/);
    expect(() => variance(square, { correction: 1 } as never)).toThrow(/unknown option "correction"/);
    expect(() => argmax(square, [0] as never)).toThrow(/argmax: an axis is an integer/);
  });
});

describe("dtypes", () => {
  const bits = array([true, false, true]);
  const ints = array([1, 2, 4], { dtype: "int32" });
  test("sums and products keep theirs, bool counts as int32", () => {
    expect([dtypeOf(sum(bits)), elements(sum(bits))]).toEqual(["int32", [2]]);
    expect(dtypeOf(prod(bits))).toBe("int32");
    expect(dtypeOf(sum(ints))).toBe("int32");
    expect(dtypeOf(max(bits))).toBe("bool");
    expect(dtypeOf(cumsum(bits))).toBe("int32");
    expect([dtypeOf(diff(bits)), elements(diff(bits))]).toEqual(["bool", [1, 1]]);
  });
  test("means are floats", () => {
    expect([dtypeOf(mean(ints)), elements(mean(bits))]).toEqual(["float32", [Math.fround(2 / 3)]]);
    expect(dtypeOf(norm(ints))).toBe("float32");
    expect(dtypeOf(softmax(array([1, 2], { dtype: "float64" })))).toBe("float64");
  });
  test("truth of any dtype", () => {
    expect(elements(all([1, nan]))).toEqual([1]);
    expect(elements(any([0, 0]))).toEqual([0]);
    expect([dtypeOf(countNonzero([0, nan, 2])), elements(countNonzero([0, nan, 2]))]).toEqual(["int32", [2]]);
    expect(elements(countNonzero([[0, 1], [2, 3]], 1))).toEqual([1, 2]);
  });
});

describe("nothing to reduce", () => {
  test("what has a value", () => {
    expect(elements(sum(zeros([0])))).toEqual([0]);
    expect(elements(prod(zeros([2, 0]), 1))).toEqual([1, 1]);
    expect(elements(mean(zeros([0])))).toEqual([nan]);
    expect(elements(variance([5], { ddof: 1 }))).toEqual([nan]);
    expect(elements(logsumexp(zeros([0])))).toEqual([-inf]);
    expect(shapeOf(softmax(zeros([2, 0])))).toEqual([2, 0]);
    expect(shapeOf(logSoftmax(zeros([0, 2]), 0))).toEqual([0, 2]);
    expect(elements(norm(zeros([0])))).toEqual([0]);
  });
  test("what has none names the axis", () => {
    expect(() => max(zeros([2, 0]), 1)).toThrow(/max: axis 1 of f32\[2,0\] has no elements, and max of nothing is not defined/);
    expect(() => min(zeros([0]))).toThrow(/min: axis 0/);
    expect(() => ptp(zeros([0]))).toThrow(/ptp: axis 0/);
    expect(() => argmax(zeros([0]))).toThrow(/argmax: axis 0/);
    expect(() => norm(zeros([0]), { ord: inf })).toThrow(/norm: axis 0/);
  });
});

describe("gradients at singular points", () => {
  test("a standard deviation of equal elements", () => {
    expect(gradient((x) => std(x), [3, 3, 3])).toEqual([0, 0, 0]);
    expect(elements(hessian(((x: number) => std(x)) as never)(new Float64Array([3, 3]) as never))).toEqual([0, 0, 0, 0]);
  });
  test("a norm at 0, of any order", () => {
    for (const ord of [2, 1, 3, 4, 2.5, 0.5, inf]) expect(gradient((x) => norm(x, { ord }), [0, 0]), `order ${ord}`).toEqual([0, 0]);
    expect(gradient((x) => norm(x), [0, 3])).toEqual([0, 1]);
    expect(gradient((x) => norm(x, { ord: 0.5 }), [0, 4])).toEqual([0, 1]);
  });
  test("logsumexp of minus infinities", () => {
    expect(gradient((x) => logsumexp(x), [-inf, -inf])).toEqual([0, 0]);
    expect(gradient((x) => logsumexp(x), [-inf, 2])).toEqual([0, 1]);
  });
  test("a product and a running product of zeros", () => {
    expect(gradient((x) => prod(x), [0, 2, 3])).toEqual([6, 0, 0]);
    expect(gradient((x) => sum(cumprod(x)), [2, 0, 3])).toEqual([1, 8, 0]);
  });
  test("a maximum that is shared", () => {
    expect(gradient((x) => max(x), [1, 1])).toEqual([0.5, 0.5]);
    expect(gradient((x) => ptp(x), [1, 3, 3, 1])).toEqual([-0.5, 0.5, 0.5, -0.5]);
  });
  test("a mean without NaN", () => {
    expect(gradient((x) => nanMean(x), [1, nan, 3])).toEqual([0.5, 0, 0.5]);
    expect(gradient((x) => nanSum(x), [1, nan, 3])).toEqual([1, 0, 1]);
  });
});

describe("norm", () => {
  const m = [[1, -2], [3, 4]];
  test("of vectors", () => {
    expect(elements(norm([3, 4]))).toEqual([5]);
    expect(elements(norm([3, -4], { ord: 1 }))).toEqual([7]);
    expect(elements(norm([3, -4], { ord: inf }))).toEqual([4]);
    expect(elements(norm([3, -4], { ord: -inf }))).toEqual([3]);
    expect(elements(norm([0, -4], { ord: 0 }))).toEqual([1]);
    expect(elements(norm([0, 2], { ord: -1 }))).toEqual([0]);
    expect(elements(norm(m, 1))).toEqual([Math.fround(Math.sqrt(5)), 5]);
  });
  test("of matrices", () => {
    expect(elements(norm(m))).toEqual([Math.fround(Math.sqrt(30))]);
    expect(elements(norm(m, { ord: "fro" }))).toEqual([Math.fround(Math.sqrt(30))]);
    expect(elements(norm(m, { ord: 1 }))).toEqual([6]);
    expect(elements(norm(m, { ord: -1 }))).toEqual([4]);
    expect(elements(norm(m, { ord: inf }))).toEqual([7]);
    expect(elements(norm(m, { ord: -inf }))).toEqual([3]);
    expect(elements(norm(m, { ord: 1, axis: [1, 0] }))).toEqual([7]);
    expect(shapeOf(norm(zeros([2, 3, 4]), { ord: 1, axis: [2, 0], keepDims: true }))).toEqual([1, 3, 1]);
  });
  test("what is refused", () => {
    expect(() => norm(m, { ord: 2 })).toThrow(/a matrix has no norm of order 2 here/);
    expect(() => norm(zeros([2, 2, 2]), { ord: 1 })).toThrow(/ord 1 is defined for one axis or two, got 3/);
    expect(() => norm(m, { ord: "nuc" as never })).toThrow(/ord must be a number or "fro", got "nuc"/);
  });
});

describe("average", () => {
  test("weighted", () => {
    expect(elements(average([1, 2, 4], { weights: [2, 1, 1] }))).toEqual([2]);
    expect(elements(average([[1, 2], [3, 4]], { axis: 0, weights: [3, 1] }))).toEqual([1.5, 2.5]);
    expect(elements(average([[1, 2], [3, 5]], { axis: 1, weights: [[1, 0], [1, 1]], keepDims: true }))).toEqual([1, 4]);
    expect(elements(average([[1, 2], [3, 4]], 0))).toEqual([2, 3]);
  });
  test("weights that do not fit", () => {
    expect(() => average(square, { axis: 0, weights: [1, 2, 3] })).toThrow(/weights f32\*\[3\] fit neither f32\*\[2,3\] nor its axis/);
    expect(() => average(square, { weights: [1, 2] })).toThrow(/fit neither/);
  });
});

describe("running totals and differences", () => {
  test("forms", () => {
    expect(elements(cumsum(square))).toEqual([1, 3, 6, 10, 15, 21]);
    expect(elements(cumsum(square, 0))).toEqual([1, 2, 3, 5, 7, 9]);
    expect(elements(cumsum(square, { axis: 1, reverse: true }))).toEqual([6, 5, 3, 15, 11, 6]);
    expect(elements(cumsum([1, 2, 3], { reverse: true }))).toEqual([6, 5, 3]);
    expect(elements(diff(square, { axis: 0 }))).toEqual([3, 3, 3]);
    expect(elements(diff([1, 4, 9], { n: 2 }))).toEqual([2]);
    expect(shapeOf(diff([1, 4], { n: 5 }))).toEqual([0]);
  });
  test("what is refused", () => {
    expect(() => cumsum(square, 2)).toThrow(/cumsum: axis 2 is out of range/);
    expect(() => cumsum(square, { exclusive: true } as never)).toThrow(/unknown option "exclusive"/);
    expect(() => diff([1, 2], { n: -1 })).toThrow(/diff: n must be a whole number of at least 0, got -1/);
    expect(() => diff([1, 2], 2 as never)).toThrow(/diff: called as diff\(\[1, 2\], 2\), but the form is diff\(x, \{ n, axis \}\)/);
    expect(() => diff(3)).toThrow(/axis -1 is out of range for rank 0/);
  });
});

test("inside a traced function", () => {
  const f = traceFn((x: number) => sum(max(x as never, { axis: 0, keepDims: true })));
  expect(elements(f(square))).toEqual([15]);
  const g = traceFn((x: NDArray) => logsumexp(full([3], x)));
  expect(elements(g(0))[0]).toBeCloseTo(Math.log(3), 6);
});
