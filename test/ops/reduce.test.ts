/** reduceProd, reduceMax, reduceMin, reduceAnd, reduceOr, argmax and argmin. */
import { describe, expect, test } from "vitest";
import { grad, hessian } from "../../src/api/transforms.ts";
import type { Value } from "../../src/core/tensor.ts";
import { argmax, argmin } from "../../src/ops/arg-reduce.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd } from "../../src/ops/reduce.ts";
import { type Operation, expectLaws, expectValue, list, make, sample } from "./laws.ts";

const gradient = (f: Operation, x: Value): number[] => list(grad(f as never)(x as never) as unknown as Value);
const curvature = (f: Operation, x: Value): number[] => list(hessian(f as never)(x as never) as unknown as Value);
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe("reduceProd", () => {
  test("values", () => {
    expectValue(reduceProd(make([2, 3], [1, 2, 3, 4, 5, 6]), [1]), [2], [6, 120]);
    expectValue(reduceProd(make([2, 0], []), [1]), [2], [1, 1]);
    expectValue(reduceProd(make([], [3]), []), [], [3]);
    expectValue(reduceProd(make([2], [2 ** 31 - 1, 2 ** 31 - 1], "int32"), [0]), [], [1], "int32");
    expectValue(reduceProd(make([2], [2 ** 32 - 1, 3], "uint32"), [0]), [], [2 ** 32 - 3], "uint32");
  });
  test("the gradient is right where factors are zero", () => {
    const f: Operation = (x) => reduceProd(x, [0]);
    expect(gradient(f, make([3], [0, 2, 3]))).toEqual([6, 0, 0]);
    expect(gradient(f, make([3], [0, 0, 3]))).toEqual([0, 0, 0]);
    expect(gradient(f, make([4], [2, 0, 3, 0.5]))).toEqual([0, 3, 0, 0]);
  });
  test("so is the second derivative", () => {
    const f: Operation = (x) => reduceProd(x, [0]);
    expect(curvature(f, make([3], [0, 2, 3]))).toEqual([0, 3, 2, 3, 0, 0, 2, 0, 0]);
    expect(curvature(f, make([3], [0, 0, 3]))).toEqual([0, 3, 0, 3, 0, 0, 0, 0, 0]);
    expect(curvature(f, make([3], [0, 0, 0]))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
  test.each([[[2, 3, 2], [0, 2]], [[3, 4], [0]], [[4], [0]], [[2, 0], [1]], [[2, 2], []]])("obeys the laws: %j over %j", (shape, axes) => {
    expectLaws((x) => reduceProd(x, axes), [sample(shape)], { order: 3 });
  });
  test("refuses bool", () => {
    expect(() => reduceProd(make([1], [1], "bool"), [0])).toThrow(/reduceProd: not defined for bool\[1\]/);
  });
});

describe.each([["reduceMax", reduceMax, 1], ["reduceMin", reduceMin, -1]] as const)("%s", (name, reduce, sign) => {
  const of = (...xs: number[]): number[] => xs.map((x) => sign * x);
  test("values", () => {
    expectValue(reduce(make([2, 3], of(1, 3, 2, -4, -6, -5)), [1]), [2], of(3, -4));
    expectValue(reduce(make([3], [1, nan, 2]), [0]), [], [nan]);
    expectValue(reduce(make([2], of(-inf, -inf)), [0]), [], of(-inf));
    expectValue(reduce(make([2], [5, 7], "int32"), [0]), [], [sign > 0 ? 7 : 5], "int32");
    expectValue(reduce(make([2], [0, 1], "bool"), [0]), [], [sign > 0 ? 1 : 0], "bool");
    expectValue(reduce(make([0, 2], []), [1]), [0], []);
  });
  test("ties share the gradient", () => {
    const f: Operation = (x) => reduce(x, [0]);
    expect(gradient(f, make([2], [1, 1]))).toEqual([0.5, 0.5]);
    expect(gradient(f, make([4], of(2, 1, 2, 1)))).toEqual([0.5, 0, 0.5, 0]);
    expect(gradient(f, make([2], of(inf, inf)))).toEqual([0.5, 0.5]);
  });
  test("an infinity that was not chosen gives zero; a NaN is where the result came from", () => {
    const f: Operation = (x) => reduce(x, [0]);
    expect(gradient(f, make([2], of(1, -inf)))).toEqual([1, 0]);
    expect(gradient(f, make([3], [1, nan, 2]))).toEqual([0, 1, 0]);
  });
  test.each([[[2, 3, 2], [0, 2]], [[3, 4], [1]], [[4], [0]], [[0, 2], [1]], [[1, 3], [0]]])("obeys the laws: %j over %j", (shape, axes) => {
    expectLaws((x) => reduce(mul(x, x), axes), [sample(shape)]);
  });
  test("of nothing is an error that names the axis", () => {
    expect(() => reduce(make([2, 0], []), [1])).toThrow(new RegExp(`${name}: axis 1 of f64\\[2,0\\] has no elements`));
  });
});

describe("reduceAnd and reduceOr", () => {
  test("values", () => {
    expectValue(reduceAnd(make([2, 2], [1, 1, 1, 0], "bool"), [1]), [2], [1, 0], "bool");
    expectValue(reduceOr(make([2, 2], [0, 1, 0, 0], "bool"), [1]), [2], [1, 0], "bool");
    expectValue(reduceAnd(make([0], [], "bool"), [0]), [], [1], "bool");
    expectValue(reduceOr(make([0], [], "bool"), [0]), [], [0], "bool");
    expectValue(reduceAnd(make([2], [6, 3], "int32"), [0]), [], [2], "int32");
    expectValue(reduceOr(make([2], [6, 3], "int32"), [0]), [], [7], "int32");
    expectValue(reduceAnd(make([1], [2 ** 32 - 1], "uint32"), [0]), [], [2 ** 32 - 1], "uint32");
  });
  test("obey the laws", () => {
    for (const reduce of [reduceAnd, reduceOr]) expectLaws((x) => reduce(x, [0, 2]), [sample([2, 3, 2], 0, "bool")]);
  });
  test("refuse floats", () => {
    expect(() => reduceAnd(make([1], [1]), [0])).toThrow(/compare first/);
  });
});

describe("argmax and argmin", () => {
  test("the first of equals, and the first NaN", () => {
    expectValue(argmax(make([3, 3], [1, 3, 3, 2, 2, 2, nan, 1, nan]), 1), [3], [1, 0, 0], "int32");
    expectValue(argmin(make([3, 3], [1, 3, 1, 2, 2, 2, 1, nan, -inf]), 1), [3], [0, 0, 1], "int32");
    expectValue(argmax(make([2], [-0, 0]), 0), [], [0], "int32");
    expectValue(argmax(make([2], [-inf, -inf]), 0), [], [0], "int32");
    expectValue(argmin(make([2, 2], [1, 5, 0, 7], "uint32"), 0), [2], [1, 0], "int32");
    expectValue(argmax(make([0, 2], []), 1), [0], [], "int32");
  });
  test("obey the laws", () => {
    for (const f of [argmax, argmin]) for (const axis of [0, 1, 2]) expectLaws((x) => f(x, axis), [sample([2, 3, 2])]);
  });
  test("of nothing is an error", () => {
    expect(() => argmax(make([2, 0], []), 1)).toThrow(/argmax: axis 1 of f64\[2,0\] has no elements/);
  });
});
