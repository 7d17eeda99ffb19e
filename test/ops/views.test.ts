/** slice, pad, concatenate, reverse and iota: what they give and what the transforms make of them. */
import { describe, expect, test } from "vitest";
import { concatenate, reverse } from "../../src/ops/concatenate.ts";
import { iota } from "../../src/ops/iota.ts";
import { type Padding, pad, pick, shift, slice, sliceAxis } from "../../src/ops/slice.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import type { DType } from "../../src/core/dtype.ts";
import { expectLaws, expectValue, list, make, sample } from "./laws.ts";

const ramp = (shape: number[], dtype: DType = "float64") => make(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1), dtype);

describe("slice", () => {
  test("takes every stride-th element from start up to limit", () => {
    expectValue(slice(ramp([7]), [1], [7], [3]), [2], [2, 5]);
    expectValue(slice(ramp([5, 4]), [1, 0], [5, 3], [2, 1]), [2, 3], [5, 6, 7, 13, 14, 15]);
    expectValue(slice(ramp([4], "int32"), [2], [2]), [0], [], "int32");
    expectValue(slice(make([], [3]), [], []), [], [3]);
    expectValue(sliceAxis(ramp([2, 3]), 1, 1, 3), [2, 2], [2, 3, 5, 6]);
  });
  test("all of it is the operand itself", () => {
    const x = ramp([2, 3]);
    expect(slice(x, [0, 0], [2, 3])).toBe(x);
  });
  test.each([
    [[5, 4], [1, 0], [5, 3], [2, 1]],
    [[7], [1], [7], [3]],
    [[6], [2], [5], [4]],
    [[4], [2], [2], [1]],
    [[3, 3], [0, 1], [3, 2], [1, 1]],
  ])("obeys the laws: %j from %j to %j by %j", (shape, start, limit, strides) => {
    expectLaws((x) => slice(mul(x, x), start, limit, strides), [sample(shape)]);
  });
  test("refuses what does not fit", () => {
    expect(() => slice(ramp([3]), [1], [4])).toThrow(/slice: from \[1\] to \[4\] in steps of \[1\] does not fit f64\[3\]/);
    expect(() => slice(ramp([3]), [0], [2], [0])).toThrow(/step of at least 1/);
    expect(() => slice(ramp([3]), [2], [1])).toThrow(/does not fit/);
    expect(() => slice(ramp([3]), [0, 0], [1, 1])).toThrow(/does not fit/);
  });
});

describe("pick", () => {
  test("takes one position of an axis, which disappears", () => {
    expectValue(pick(ramp([3]), 0, 2), [], [3]);
    expectValue(pick(ramp([2, 3], "int32"), 1, 1), [2], [2, 5], "int32");
    expectValue(pick(ramp([2, 2, 2]), 1, 0), [2, 2], [1, 2, 5, 6]);
    expectValue(pick(make([0, 2], []), 1, 1), [0], []);
  });
  test.each([[[3], 0, 1], [[1], 0, 0], [[2, 3], 0, 1], [[2, 3], 1, 0], [[2, 3, 2], 1, 2]] as const)("obeys the laws: %j along %d at %d", (shape, axis, position) => {
    expectLaws((x) => pick(mul(x, x), axis, position), [sample([...shape])]);
  });
  test("refuses what does not fit", () => {
    expect(() => pick(ramp([3]), 0, 3)).toThrow(/pick: position 3 of axis 0 does not fit f64\[3\]/);
    expect(() => pick(ramp([3]), 0, -1)).toThrow(/does not fit/);
    expect(() => pick(ramp([3]), 1, 0)).toThrow(/does not fit/);
  });
});

describe("pad", () => {
  const padding = (low: number[], high: number[], interior: number[]): Padding => ({ low, high, interior });
  test("before, behind and between", () => {
    expectValue(pad(ramp([3]), make([], [9]), padding([1], [2], [1])), [8], [9, 1, 9, 2, 9, 3, 9, 9]);
    expectValue(pad(ramp([2, 2], "int32"), make([], [0], "int32"), padding([0, 1], [1, 0], [0, 0])), [3, 3], [0, 1, 2, 0, 3, 4, 0, 0, 0], "int32");
    expectValue(pad(make([2], [1, 0], "bool"), make([], [1], "bool"), padding([1], [0], [0])), [3], [1, 1, 0], "bool");
  });
  test("negative padding cuts off, after the interior was inserted", () => {
    expectValue(pad(ramp([4]), make([], [9]), padding([-1], [-2], [0])), [1], [2]);
    expectValue(pad(ramp([3]), make([], [9]), padding([-2], [-2], [1])), [1], [2]);
    expectValue(pad(ramp([4]), make([], [9]), padding([-1], [1], [2])), [10], [9, 9, 2, 9, 9, 3, 9, 9, 4, 9]);
  });
  test("of nothing is padding alone", () => {
    expectValue(pad(make([0], []), make([], [5]), padding([2], [1], [3])), [3], [5, 5, 5]);
    expectValue(pad(make([], [4]), make([], [5]), padding([], [], [])), [], [4]);
  });
  test.each([
    [[2, 3], [1, 0], [0, 2], [0, 1]],
    [[4], [-1], [-2], [0]],
    [[4], [-1], [1], [2]],
    [[3], [-2], [-2], [1]],
    [[0], [2], [1], [0]],
    [[2, 2], [0, -1], [1, 0], [1, 0]],
  ])("obeys the laws in both operands: %j low %j high %j interior %j", (shape, low, high, interior) => {
    expectLaws((x, v) => pad(mul(x, x), mul(v, v), padding(low, high, interior)), [sample(shape), sample([], 3)]);
    expectLaws((v) => pad(sample(shape), v, padding(low, high, interior)), [sample([], 3)]);
  });
  test("integers and booleans batch", () => {
    for (const dtype of ["int32", "bool"] as const) expectLaws((x, v) => pad(x, v, padding([1], [1], [1])), [sample([3], 0, dtype), sample([], 1, dtype)]);
  });
  test("refuses what does not fit", () => {
    expect(() => pad(ramp([3]), make([], [1], "float32"), padding([1], [1], [0]))).toThrow(/pad: operands differ in dtype: f64\[3\], f32\[\]/);
    expect(() => pad(ramp([3]), ramp([1]), padding([1], [1], [0]))).toThrow(/the padding is one number, got f64\[1\]/);
    expect(() => pad(ramp([3]), make([], [1]), padding([-2], [-2], [0]))).toThrow(/would have the shape \[-1\]/);
    expect(() => pad(ramp([3]), make([], [1]), padding([1], [1], [-1]))).toThrow(/none of interior may be negative/);
  });
  test("shift moves along an axis, at most out of it", () => {
    expectValue(shift(ramp([4]), 0, 1, 0), [4], [0, 1, 2, 3]);
    expectValue(shift(ramp([4]), 0, -2, 7), [4], [3, 4, 7, 7]);
    expectValue(shift(ramp([2, 2]), 1, 5, 0), [2, 2], [0, 0, 0, 0]);
    expectValue(shift(make([0], []), 0, 1, 0), [0], []);
  });
});

describe("concatenate", () => {
  test("joins along an axis", () => {
    expectValue(concatenate([ramp([2, 2]), ramp([2, 1])], 1), [2, 3], [1, 2, 1, 3, 4, 2]);
    expectValue(concatenate([ramp([2]), make([0], []), ramp([1])], 0), [3], [1, 2, 1]);
    expectValue(concatenate([make([0, 2], []), make([0, 3], [])], 1), [0, 5], []);
    expectValue(concatenate([ramp([2], "uint32"), ramp([1], "uint32")], 0), [3], [1, 2, 1], "uint32");
  });
  test.each([[[[2, 3], [1, 3]], 0], [[[2, 3], [2, 1], [2, 2]], 1], [[[2], [0], [3]], 0]] as const)("obeys the laws: %j along %d", (shapes, axis) => {
    expectLaws((...xs) => concatenate(xs.map((x) => mul(x, x)), axis), shapes.map((s, i) => sample(s, i)));
  });
  test("an operand twice", () => {
    expectLaws((x) => concatenate([x, mul(x, x), x], 0), [sample([2, 2])]);
  });
  test("refuses what does not fit", () => {
    expect(() => concatenate([], 0)).toThrow(/nothing to join/);
    expect(() => concatenate([ramp([2, 3]), ramp([2, 2])], 0)).toThrow(/shapes differ beside axis 0: f64\[2,3\], f64\[2,2\]/);
    expect(() => concatenate([ramp([2]), ramp([2], "int32")], 0)).toThrow(/differ in dtype/);
  });
});

describe("reverse", () => {
  test("turns axes around", () => {
    expectValue(reverse(ramp([3]), [0]), [3], [3, 2, 1]);
    expectValue(reverse(ramp([2, 3]), [1]), [2, 3], [3, 2, 1, 6, 5, 4]);
    expectValue(reverse(ramp([2, 3]), [0, 1]), [2, 3], [6, 5, 4, 3, 2, 1]);
    expectValue(reverse(make([2, 0], []), [1]), [2, 0], []);
  });
  test("obeys the laws", () => {
    expectLaws((x) => reverse(mul(x, x), [0, 2]), [sample([2, 3, 2])]);
    expectLaws((x) => reverse(x, [0]), [sample([4], 0, "int32")]);
  });
});

describe("iota", () => {
  test("counts along an axis", () => {
    expectValue(iota("int32", [2, 3], 1), [2, 3], [0, 1, 2, 0, 1, 2], "int32");
    expectValue(iota("float32", [2, 3], 0), [2, 3], [0, 0, 0, 1, 1, 1], "float32");
    expectValue(iota("float64", [2, 0, 3], 0), [2, 0, 3], []);
  });
  test("enters a program as an equation, and has no derivative", () => {
    expectLaws((x) => mul(x, iota("float64", [3], 0)), [sample([3])]);
  });
  test("refuses what it cannot count", () => {
    expect(() => iota("bool", [2], 0)).toThrow(/numeric dtype, got bool/);
    expect(() => iota("int32", [2], 1)).toThrow(/no axis 1 in the shape \[2\]/);
    expect(list(iota("uint32", [1], 0))).toEqual([0]);
  });
});
