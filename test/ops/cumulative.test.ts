/** Running totals, and the linear recurrence that their derivatives are made of. */
import { describe, expect, test } from "vitest";
import { hessian, traceFn } from "../../src/api/transforms.ts";
import type { Value } from "../../src/core/tensor.ts";
import { cumulativeLogsumexp, cumulativeMax, cumulativeMin, cumulativeProd, cumulativeSum, linearRecurrence } from "../../src/ops/cumulative.ts";
import { reduceSum } from "../../src/ops/structure.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { expectLaws, expectValue, list, make, type Operation, sample } from "./laws.ts";

/** The gradient of the sum. */
const gradient = (f: Operation, x: Value): number[] => list(traceFn(f as never).grad()(x as never) as unknown as Value);
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const all = { cumulativeSum, cumulativeProd, cumulativeMax, cumulativeMin, cumulativeLogsumexp };

describe("values", () => {
  test("from the beginning and from the end, along any axis", () => {
    expectValue(cumulativeSum(make([3], [1, 2, 4]), 0, false), [3], [1, 3, 7]);
    expectValue(cumulativeSum(make([3], [1, 2, 4]), 0, true), [3], [7, 6, 4]);
    expectValue(cumulativeSum(make([2, 3], [1, 2, 3, 4, 5, 6]), 0, false), [2, 3], [1, 2, 3, 5, 7, 9]);
    expectValue(cumulativeSum(make([2, 3], [1, 2, 3, 4, 5, 6]), 1, true), [2, 3], [6, 5, 3, 15, 11, 6]);
    expectValue(cumulativeProd(make([4], [2, 3, 0, 5]), 0, false), [4], [2, 6, 0, 0]);
    expectValue(cumulativeMax(make([4], [1, 3, 2, 4]), 0, false), [4], [1, 3, 3, 4]);
    expectValue(cumulativeMin(make([4], [1, 3, 2, 0]), 0, true), [4], [0, 0, 0, 0]);
    const [a, b] = list(cumulativeLogsumexp(make([2], [1000, 1000]), 0, false)) as [number, number];
    expect(a).toBe(1000);
    expect(b).toBeCloseTo(1000 + Math.LN2, 12);
  });
  test("NaN stays, infinities count", () => {
    expectValue(cumulativeMax(make([3], [1, nan, 5]), 0, false), [3], [1, nan, nan]);
    expectValue(cumulativeMin(make([3], [1, -inf, 5]), 0, false), [3], [1, -inf, -inf]);
    expectValue(cumulativeLogsumexp(make([3], [-inf, -inf, 0]), 0, false), [3], [-inf, -inf, 0]);
  });
  test("integers wrap around", () => {
    expectValue(cumulativeSum(make([2], [2 ** 31 - 1, 1], "int32"), 0, false), [2], [2 ** 31 - 1, -(2 ** 31)], "int32");
    expectValue(cumulativeProd(make([3], [70000, 70000, 2], "int32"), 0, false), [3], [70000, 605032704, 1210065408], "int32");
  });
  test("of nothing, nothing", () => {
    for (const f of Object.values(all)) expectValue(f(make([0], []), 0, false), [0], []);
  });
  test("refuse bool, and logsumexp integers", () => {
    expect(() => cumulativeSum(make([1], [1], "bool"), 0, false)).toThrow(/cumulativeSum: not defined for bool\[1\]/);
    expect(() => cumulativeLogsumexp(make([1], [1], "int32"), 0, false)).toThrow(/not defined for i32\[1\]/);
    expect(() => cumulativeSum(make([1], [1]), 1, false)).toThrow(/no axis 1/);
  });
});

describe.each(Object.entries(all))("%s", (_name, f) => {
  test.each([[[4], 0, false], [[4], 0, true], [[3, 4], 1, false], [[3, 2, 2], 0, true], [[1], 0, false], [[0], 0, false], [[2, 0], 0, false]] as const)("obeys the laws: %j along %d, reverse %s", (shape, axis, reverse) => {
    expectLaws((x) => f(mul(x, x), axis, reverse), [sample(shape)]);
  });
  test("third derivatives", () => {
    expectLaws((x) => f(mul(x, x), 0, false), [sample([3])], { order: 3 });
  });
});

describe("singular points", () => {
  test("a product of zeros", () => {
    const f: Operation = (x) => cumulativeProd(x, 0, false);
    expect(gradient(f, make([3], [2, 0, 3]))).toEqual([1, 8, 0]);
    expect(gradient(f, make([3], [0, 0, 3]))).toEqual([1, 0, 0]);
    expect(gradient((x) => cumulativeProd(x, 0, true), make([3], [2, 0, 3]))).toEqual([0, 9, 1]);
    const total = hessian(((x: Value) => reduceSum(cumulativeProd(x, 0, false), [0])) as never)(make([3], [0, 0, 3]) as never) as unknown as Value;
    // x₀ + x₀x₁ + x₀x₁x₂
    expect(list(total)).toEqual([0, 4, 0, 4, 0, 0, 0, 0, 0]);
  });
  test("ties share, in the running extremum as in the whole one", () => {
    const last = (f: Operation): Operation => (x) => mul(f(x), make([4], [0, 0, 0, 1]));
    expect(gradient(last((x) => cumulativeMax(x, 0, false)), make([4], [3, 1, 3, 2]))).toEqual([0.5, 0, 0.5, 0]);
    expect(gradient(last((x) => cumulativeMin(x, 0, false)), make([4], [1, 1, 1, 1]))).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(gradient((x) => cumulativeMax(x, 0, false), make([3], [1, 1, 2]))).toEqual([1.5, 0.5, 1]);
  });
  test("logsumexp that begins with minus infinity", () => {
    expect(gradient((x) => cumulativeLogsumexp(x, 0, false), make([3], [-inf, -inf, -inf]))).toEqual([0, 0, 0]);
    expect(gradient((x) => cumulativeLogsumexp(x, 0, false), make([3], [-inf, 0, -inf]))).toEqual([0, 2, 0]);
  });
  test("NaN in a running maximum", () => {
    expect(gradient((x) => cumulativeMax(x, 0, false), make([3], [1, nan, 5]))).toEqual([1, 2, 0]);
  });
});

describe("linearRecurrence", () => {
  const along = { axis: 0, reverse: false };
  test("h = a h + b", () => {
    expectValue(linearRecurrence(make([3], [9, 2, 3]), make([3], [1, 1, 1]), along), [3], [1, 3, 10]);
    expectValue(linearRecurrence(make([3], [2, 3, 9]), make([3], [1, 1, 1]), { axis: 0, reverse: true }), [3], [9, 4, 1]);
  });
  test.each([[[4], 0, false], [[2, 3], 1, true], [[3, 2], 0, false], [[0], 0, true]] as const)("obeys the laws in both operands: %j along %d, reverse %s", (shape, axis, reverse) => {
    expectLaws((a, b) => linearRecurrence(a, b, { axis, reverse }), [sample(shape), sample(shape, 2)], { order: 3 });
  });
  test("refuses operands of different types", () => {
    expect(() => linearRecurrence(make([3], [1, 1, 1]), make([2], [1, 1]), along)).toThrow(/two floating operands of one type, got f64\[3\], f64\[2\]/);
  });
});
