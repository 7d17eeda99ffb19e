/** Shapes, joining and padding as users call them: what is given and what is refused. Values against JAX: structure-golden.test.ts. */
import { describe, expect, test } from "vitest";
import { array, zeros } from "../../src/api/creation.ts";
import * as join from "../../src/api/join.ts";
import { pad } from "../../src/api/pad.ts";
import * as shape from "../../src/api/shape.ts";
import { grad, traceFn } from "../../src/api/transforms.ts";
import { sum } from "../../src/api/reduce.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";

const elements = (x: unknown): number[] => Array.from((x as ConcreteArray).elements);
const shapeOf = (x: unknown): readonly number[] => (x as ConcreteArray).type.shape;
const dtypeOf = (x: unknown): string => (x as ConcreteArray).type.dtype;
const square = [[1, 2, 3], [4, 5, 6]];

describe("shape", () => {
  test("reshape works one length out", () => {
    expect(shapeOf(shape.reshape(square, [3, -1]))).toEqual([3, 2]);
    expect(shapeOf(shape.reshape(square, -1))).toEqual([6]);
    expect(shapeOf(shape.reshape(square, 6))).toEqual([6]);
    expect(shapeOf(shape.reshape(zeros([0, 3]), [-1, 3]))).toEqual([0, 3]);
  });
  test("reshape refuses", () => {
    expect(() => shape.reshape(square, [4, -1])).toThrow(/reshape: f32\*\[2,3\] has 6 elements, which \[4,-1\] cannot hold/);
    expect(() => shape.reshape(square, [5])).toThrow(/reshape: \[2,3\] has 6 elements, \[5\] has 5/);
    expect(() => shape.reshape(square, [-1, -1])).toThrow(/only one length may be -1, got \[-1, -1\]/);
    expect(() => shape.reshape(zeros([0]), [0, -1])).toThrow(/-1 in \[0,-1\] could be any length/);
    expect(() => shape.reshape(square, array([6]) as never)).toThrow(/a shape must be plain numbers/);
  });
  test("axes in another order", () => {
    expect(shapeOf(shape.transpose(zeros([2, 3, 4])))).toEqual([4, 3, 2]);
    expect(shapeOf(shape.transpose(zeros([2, 3, 4]), [0, -1, 1]))).toEqual([2, 4, 3]);
    expect(shapeOf(shape.moveaxis(zeros([2, 3, 4]), [0, 1], [-1, 0]))).toEqual([3, 4, 2]);
    expect(shapeOf(shape.swapaxes(zeros([2, 3, 4]), 0, -1))).toEqual([4, 3, 2]);
    expect(() => shape.transpose(square, [0, 0])).toThrow(/transpose: \[0, 0\] does not name each axis/);
    expect(() => shape.transpose(square, 1 as never)).toThrow(/write swapaxes/);
    expect(() => shape.moveaxis(square, [0, 1], [0])).toThrow(/moveaxis: 2 source axes for 1 destinations/);
    expect(() => shape.moveaxis(square, [0, -2], [0, 1])).toThrow(/an axis appears twice/);
  });
  test("axes of length 1", () => {
    expect(shapeOf(shape.squeeze(zeros([1, 3, 1])))).toEqual([3]);
    expect(shapeOf(shape.squeeze(zeros([1, 3, 1]), -1))).toEqual([1, 3]);
    expect(shapeOf(shape.squeeze(zeros([1, 3, 1]), { axis: [0, 2] }))).toEqual([3]);
    expect(shapeOf(shape.expandDims(zeros([3]), [0, -1]))).toEqual([1, 3, 1]);
    expect(() => shape.squeeze(zeros([1, 3]), 1)).toThrow(/axis 1 of f32\[1,3\] has length 3/);
    expect(() => shape.expandDims(zeros([3]), 2)).toThrow(/expandDims: axis 2 is out of range for rank 2/);
  });
  test("broadcasting", () => {
    expect(elements(shape.broadcastTo([1, 2], [2, 2]))).toEqual([1, 2, 1, 2]);
    expect(elements(shape.broadcastTo(7, 3))).toEqual([7, 7, 7]);
    expect(shape.broadcastArrays([1, 2], [[3], [4]]).map(elements)).toEqual([[1, 2, 1, 2], [3, 3, 4, 4]]);
    expect(() => shape.broadcastTo([1, 2], [3])).toThrow(/broadcastTo: f32\*\[2\] does not broadcast to \[3\]/);
    expect(() => shape.broadcastTo(square, [3])).toThrow(/does not broadcast/);
    expect(() => shape.broadcastArrays([1, 2], [1, 2, 3])).toThrow(/broadcastArrays: shapes \[2\] and \[3\] do not broadcast/);
  });
});

describe("joining", () => {
  test("dtypes are promoted, numbers give way", () => {
    expect(dtypeOf(join.concatenate([array([1], { dtype: "int32" }), [2, 3]]))).toBe("int32");
    expect(dtypeOf(join.stack([array([1], { dtype: "int32" }), array([1], { dtype: "float64" })]))).toBe("float64");
    expect(dtypeOf(join.stack([1, 2]))).toBe("float32");
  });
  test("axis", () => {
    expect(elements(join.concatenate([square, [[7], [8]]], 1))).toEqual([1, 2, 3, 7, 4, 5, 6, 8]);
    expect(elements(join.concatenate([square, [7]], null))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(elements(join.stack([[1, 2], [3, 4]], { axis: -1 }))).toEqual([1, 3, 2, 4]);
  });
  test("NumPy's shorthands", () => {
    expect(elements(join.hstack([1, [2, 3]]))).toEqual([1, 2, 3]);
    expect(shapeOf(join.hstack([square, [[0], [0]]]))).toEqual([2, 4]);
    expect(shapeOf(join.vstack([square, [7, 8, 9]]))).toEqual([3, 3]);
    expect(shapeOf(join.dstack([[1, 2], [3, 4]]))).toEqual([1, 2, 2]);
    expect(shapeOf(join.dstack([square, square]))).toEqual([2, 3, 2]);
    expect(elements(join.columnStack([[1, 2], [[3, 4], [5, 6]]]))).toEqual([1, 3, 4, 2, 5, 6]);
  });
  test("what is refused", () => {
    expect(() => join.stack([[1, 2], [3]])).toThrow(/stack: shapes differ: f32\*\[2\], f32\*\[1\]/);
    expect(() => join.concatenate([[1, 2], square])).toThrow(/concatenate: shapes differ beside axis 0/);
    expect(() => join.concatenate([1, 2])).toThrow(/concatenate: axis 0 is out of range for rank 0/);
    expect(() => join.stack([])).toThrow(/stack: the list is empty/);
    expect(() => join.stack(3 as never)).toThrow(/stack: expected a list of arrays, got 3/);
    expect(() => join.stack([1, 2], { axes: 0 } as never)).toThrow(/unknown option "axes"/);
  });
});

describe("cutting and repeating", () => {
  test("split", () => {
    expect(join.split([1, 2, 3, 4], 2).map(elements)).toEqual([[1, 2], [3, 4]]);
    expect(join.split(square, [1], 1).map(elements)).toEqual([[1, 4], [2, 3, 5, 6]]);
    expect(join.split([1, 2, 3], [0, -1, 9]).map(elements)).toEqual([[], [1, 2], [3], []]);
    expect(join.split([1, 2, 3], [2, 1]).map(elements)).toEqual([[1, 2], [], [2, 3]]);
    expect(() => join.split([1, 2, 3], 2)).toThrow(/split: axis 0 of f32\*\[3\] has length 3, which 2 equal parts do not divide/);
    expect(() => join.split([1, 2, 3], 0)).toThrow(/the number of parts must be a whole number of at least 1/);
  });
  test("roll", () => {
    expect(elements(join.roll([1, 2, 3, 4], 1))).toEqual([4, 1, 2, 3]);
    expect(elements(join.roll([1, 2, 3, 4], -5))).toEqual([2, 3, 4, 1]);
    expect(elements(join.roll(square, 1))).toEqual([6, 1, 2, 3, 4, 5]);
    expect(elements(join.roll(square, [1, 1], [0, 1]))).toEqual([6, 4, 5, 3, 1, 2]);
    expect(elements(join.roll(square, 1, [0, 1]))).toEqual([6, 4, 5, 3, 1, 2]);
    expect(shapeOf(join.roll(zeros([0]), 3))).toEqual([0]);
    expect(() => join.roll(square, [1, 2, 3], [0, 1])).toThrow(/3 shifts for 2 axes/);
    expect(() => join.roll(square, 0.5)).toThrow(/a shift must be a whole number/);
  });
  test("rot90", () => {
    expect([0, 1, 2, 3, -1].map((k) => elements(join.rot90([[1, 2], [3, 4]], { k })))).toEqual([[1, 2, 3, 4], [2, 4, 1, 3], [4, 3, 2, 1], [3, 1, 4, 2], [3, 1, 4, 2]]);
    expect(shapeOf(join.rot90(zeros([2, 3, 4]), { axes: [1, 2] }))).toEqual([2, 4, 3]);
    expect(() => join.rot90(square, { axes: [0, -2] })).toThrow(/two different axes/);
  });
  test("tile and repeat", () => {
    expect(elements(join.tile([1, 2], 2))).toEqual([1, 2, 1, 2]);
    expect(shapeOf(join.tile(square, [2, 1, 2]))).toEqual([2, 2, 6]);
    expect(shapeOf(join.tile([1, 2], [0, 1]))).toEqual([0, 2]);
    expect(elements(join.repeat([1, 2], [3, 1]))).toEqual([1, 1, 1, 2]);
    expect(elements(join.repeat(square, 2, { axis: 0 }))).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
    expect(elements(join.repeat(7, 2))).toEqual([7, 7]);
    expect(() => join.repeat([1, 2], [1, 2, 3])).toThrow(/repeat: 3 counts for axis 0 of f32\*\[2\]/);
    expect(() => join.tile([1], -1)).toThrow(/a count must be a whole number of at least 0/);
  });
  test("the gradient of repeated elements adds up", () => {
    const f = (x: number): number => sum(join.repeat(x, [3, 0, 1])) as number;
    expect(elements(grad(f)([1, 2, 3]))).toEqual([3, 0, 1]);
  });
});

describe("pad", () => {
  const x = [1, 2, 3];
  test("modes", () => {
    expect(elements(pad(x, [2, 1]))).toEqual([0, 0, 1, 2, 3, 0]);
    expect(elements(pad(x, 1, { constantValues: 9 }))).toEqual([9, 1, 2, 3, 9]);
    expect(elements(pad(x, [2, 1], { mode: "edge" }))).toEqual([1, 1, 1, 2, 3, 3]);
    expect(elements(pad(x, [2, 1], { mode: "reflect" }))).toEqual([3, 2, 1, 2, 3, 2]);
    expect(elements(pad(x, [2, 1], { mode: "symmetric" }))).toEqual([2, 1, 1, 2, 3, 3]);
    expect(elements(pad(x, [2, 1], { mode: "wrap" }))).toEqual([2, 3, 1, 2, 3, 1]);
  });
  test("modes go on beyond the array", () => {
    expect(elements(pad(x, [5, 0], { mode: "reflect" }))).toEqual([2, 1, 2, 3, 2, 1, 2, 3]);
    expect(elements(pad(x, [0, 5], { mode: "symmetric" }))).toEqual([1, 2, 3, 3, 2, 1, 1, 2]);
    expect(elements(pad(x, [0, 4], { mode: "wrap" }))).toEqual([1, 2, 3, 1, 2, 3, 1]);
    expect(elements(pad([5], [2, 2], { mode: "reflect" }))).toEqual([5, 5, 5, 5, 5]);
  });
  test("forms of the widths", () => {
    expect(shapeOf(pad(square, 1))).toEqual([4, 5]);
    expect(shapeOf(pad(square, [1, 2]))).toEqual([5, 6]);
    expect(shapeOf(pad(square, [[1, 2]]))).toEqual([5, 6]);
    expect(shapeOf(pad(square, [[0, 1], [2, 0]]))).toEqual([3, 5]);
    expect(elements(pad(4, []))).toEqual([4]);
    expect(elements(pad([[1, 2], [3, 4]], [[1, 0], [0, 1]], { mode: "reflect" }))).toEqual([3, 4, 3, 1, 2, 1, 3, 4, 3]);
  });
  test("the dtype is that of x, and the constant has a gradient", () => {
    expect(dtypeOf(pad(array([1, 2], { dtype: "int32" }), 1, { constantValues: array(3.7) }))).toBe("int32");
    expect(elements(grad((c: number) => sum(pad(x, [2, 1], { constantValues: c })) as number)(5))).toEqual([3]);
  });
  test("what is refused", () => {
    expect(() => pad(x, -1)).toThrow(/a width must be a whole number of at least 0/);
    expect(() => pad(square, [[1, 1], [1, 1], [1, 1]])).toThrow(/do not fit 2 axes/);
    expect(() => pad(x, 1, { mode: "mirror" as never })).toThrow(/unknown mode "mirror"\n.*hint: mode: constant, edge, reflect, symmetric, wrap/s);
    expect(() => pad(zeros([0]), 1, { mode: "edge" })).toThrow(/axis 0 of f32\[0\] has no elements to continue/);
    expect(() => pad(x, 1, { mode: "edge", constantValues: 1 })).toThrow(/constantValues has no meaning in mode "edge"/);
    expect(() => pad(x, 1, { constantValues: [1, 2] })).toThrow(/constantValues must be one number, got f32\[2\]/);
    expect(() => pad(array([1], { dtype: "int32" }), 1, { constantValues: 0.5 })).toThrow(/0.5 is not a value of int32/);
  });
});

test("inside a traced function", () => {
  const f = traceFn((x: number) => sum(join.stack(join.split(join.flip(pad(x, 1) as never), 2) as never, 1) as never, 0));
  expect(elements(f([1, 2, 3, 4]))).toEqual([7, 3]);
});
