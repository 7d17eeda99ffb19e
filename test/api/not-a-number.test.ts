/** Functions about NaN, infinities and signs: values at the corners, and derivatives that no NaN reaches. */
import { describe, expect, test } from "vitest";
import "../../src/api/install.ts";
import { copysign } from "../../src/api/arithmetic.ts";
import { nanMax, nanMin, sum } from "../../src/api/reduce.ts";
import { nanToNum } from "../../src/api/select.ts";
import { logit } from "../../src/api/special.ts";
import { grad, traceFn } from "../../src/api/transforms.ts";
import type { NDArray, Tensor } from "../../src/core/array-types.ts";

const inf = Number.POSITIVE_INFINITY;
const plain = (x: unknown): unknown => (x as NDArray).toArray();
const gradient = (f: (x: Tensor) => Tensor, x: number | number[]): unknown => plain(grad(f as never)(x as never));

describe("nanMax and nanMin", () => {
  test("leave NaN out, unless there is nothing else", () => {
    const x = [[1, NaN, 3], [NaN, NaN, NaN]];
    expect(plain(nanMax(x, 1))).toEqual([3, NaN]);
    expect(plain(nanMin(x, { axis: 1, keepDims: true }))).toEqual([[1], [NaN]]);
    expect([plain(nanMax(x)), plain(nanMin(x))]).toEqual([3, 1]);
    expect([plain(nanMax([NaN, -inf])), plain(nanMin([inf, NaN]))]).toEqual([-inf, inf]);
    expect([nanMax(new Int32Array([4, 7])).dtype, plain(nanMin([true, false]))]).toEqual(["int32", false]);
    expect(() => nanMax([])).toThrow(/nanMax: axis 0 of f32\*?\[0\] has no elements/);
  });
  test("give the gradient to the extreme alone", () => {
    expect(gradient((x) => nanMax(x), [1, NaN, 3])).toEqual([0, 0, 1]);
    expect(gradient((x) => nanMax(x), [3, NaN, 3])).toEqual([0.5, 0, 0.5]);
    expect(gradient((x) => nanMin(x), [1, NaN, 3])).toEqual([1, 0, 0]);
    expect(gradient((x) => nanMin(x), [NaN, NaN])).toEqual([0, 0]);
  });
});

describe("nanToNum", () => {
  test("takes the ends of the dtype unless told otherwise", () => {
    const x = new Float64Array([NaN, inf, -inf, 2]);
    expect(plain(nanToNum(x))).toEqual([0, Number.MAX_VALUE, -Number.MAX_VALUE, 2]);
    expect(plain(nanToNum(x, { nan: -1, posInf: 8, negInf: -8 }))).toEqual([-1, 8, -8, 2]);
    expect(plain(nanToNum(x, { nan: inf }))).toEqual([inf, Number.MAX_VALUE, -Number.MAX_VALUE, 2]);
    expect([nanToNum(new Int32Array([3])).dtype, nanToNum([true]).dtype]).toEqual(["int32", "bool"]);
  });
  test("has derivative 0 at what it replaces", () => {
    expect(gradient((x) => sum(nanToNum(x)), [NaN, inf, -inf, 2])).toEqual([0, 0, 0, 1]);
  });
  test("refuses what is no option", () => {
    expect(() => nanToNum([1], { posinf: 3 } as never)).toThrow('nanToNum: unknown option "posinf"');
    expect(() => nanToNum([1], 0 as never)).toThrow("but the form is nanToNum(x, { nan, posInf, negInf })");
    expect(() => nanToNum([1], { nan: "0" } as never)).toThrow('nanToNum: a replacement is a number, got "0"');
  });
});

describe("copysign", () => {
  test("takes the signs of zeros and infinities", () => {
    expect(plain(copysign([2, -2, 2, -2], [0, 0, -0, -0]))).toEqual([2, 2, -2, -2]);
    expect(plain(copysign([0, -0], [-1, 1]))).toEqual([-0, 0]);
    expect(plain(copysign([inf, 1e-45], [-1e-45, -inf]))).toEqual([-inf, -1.401298464324817e-45]);
    expect(plain(copysign([-3, NaN], [NaN, -1]))).toEqual([3, NaN]);
    expect(plain(traceFn((x: Tensor, y: Tensor) => copysign(x, y))([1, 2], -0))).toEqual([-1, -2]);
  });
  test("has the derivative 1 or -1 in x, 0 in y", () => {
    expect(gradient((x) => sum(copysign(x, [1, -1, -1, -0])), [2, 2, -2, 0])).toEqual([1, -1, 1, -1]);
    expect(gradient((y) => sum(copysign([2, -3, 1], y)), [1, -1, 0])).toEqual([0, 0, 0]);
  });
});

test("logit: infinite at 0 and 1, its slope too", () => {
  expect(plain(logit([0, 0.5, 1]))).toEqual([-inf, 0, inf]);
  expect(gradient((x) => sum(logit(x)), [0, 0.5, 1])).toEqual([inf, 4, inf]);
});
