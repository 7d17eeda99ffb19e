/** Shapes: sizes, strides, axes, broadcasting, and values in error texts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
import { broadcastShapes, checkAxes, checkAxis, checkShape, describe as describeValue, insertAt, range, sameShape, sizeOf, stridesOf, without } from "../../src/core/shape.ts";

const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

describe("sizes and strides", () => {
  test("of given shapes", () => {
    expect([sizeOf([]), sizeOf([3]), sizeOf([2, 3, 4]), sizeOf([2, 0, 4])]).toEqual([1, 3, 24, 0]);
    expect([stridesOf([]), stridesOf([5]), stridesOf([2, 3, 4]), stridesOf([2, 0, 3])]).toEqual([[], [1], [12, 4, 1], [0, 3, 1]]);
    expect([sameShape([2, 3], [2, 3]), sameShape([2, 3], [3, 2]), sameShape([], []), sameShape([1], [])]).toEqual([true, false, true, false]);
  });
  test("strides count every element once, in order", () => {
    fc.assert(fc.property(shape, (s) => {
      const strides = stridesOf(s);
      const positions = Array.from({ length: sizeOf(s) }, (_, i) => strides.reduce((sum, stride, axis) => sum + (Math.floor(i / stride) % s[axis]!) * stride, 0));
      expect(positions).toEqual(range(sizeOf(s)));
    }));
  });
  test("lists of shapes and axes", () => {
    expect([range(0), range(3), without([5, 6, 7], [0, 2]), without([5], []), insertAt([1, 2], 1, 9), insertAt([1, 2], 2, 9), insertAt([], 0, 9)]).toEqual([[], [0, 1, 2], [6], [5], [1, 9, 2], [1, 2, 9], [9]]);
  });
});

describe("checks", () => {
  test("shapes", () => {
    expect(checkShape([2, 0], "f")).toEqual([2, 0]);
    for (const bad of [[-1], [1.5], [Number.NaN], ["2"], [[2]], 3, undefined, [2 ** 60]]) expect(() => checkShape(bad, "zeros")).toThrow(/^zeros: /);
  });
  test("one axis", () => {
    expect([checkAxis(0, 2, "f"), checkAxis(-1, 2, "f"), checkAxis(-2, 2, "f")]).toEqual([0, 1, 0]);
    for (const bad of [2, -3]) expect(() => checkAxis(bad, 2, "sum")).toThrow(ShapeError);
    for (const bad of [0.5, "0", null, undefined, [0]]) expect(() => checkAxis(bad, 2, "sum")).toThrow(ArgumentError);
    expect(() => checkAxis(0, 0, "sum")).toThrow(/sum: axis 0 is out of range for rank 0[\s\S]*a 0-d array has no axes/);
    expect(() => checkAxis(5, 3, "sum")).toThrow(/from 0 to 2, or from -3 to -1/);
  });
  test("several axes, sorted and distinct; absent means all", () => {
    expect([checkAxes(undefined, 3, "f"), checkAxes(null, 2, "f"), checkAxes(-1, 3, "f"), checkAxes([2, 0], 3, "f"), checkAxes([], 3, "f")]).toEqual([[0, 1, 2], [0, 1], [2], [0, 2], []]);
    expect(() => checkAxes([0, -3], 3, "sum")).toThrow(/an axis appears twice in \[0, 0\]/);
  });
});

describe("broadcasting", () => {
  test("given shapes", () => {
    const cases: [number[][], number[]][] = [[[], []], [[[]], []], [[[2, 3], [3]], [2, 3]], [[[2, 1], [3]], [2, 3]], [[[1], [0]], [0]], [[[2, 1, 4], [3, 1], []], [2, 3, 4]], [[[1, 1], [1]], [1, 1]]];
    for (const [shapes, want] of cases) expect(broadcastShapes(shapes, "f")).toEqual(want);
    expect(() => broadcastShapes([[2, 3], [2]], "add")).toThrow(/^add: shapes \[2,3\] and \[2\] do not broadcast \(3 ≠ 2 at axis 1\)/);
    expect(() => broadcastShapes([[0], [2]], "add")).toThrow(ShapeError);
  });
  test("is commutative and associative, and repeats ones", () => {
    const related = shape.chain((s) => fc.tuple(fc.constant(s), ...[0, 1].map(() => fc.tuple(fc.nat(4), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })).map(([drop, ones]) => s.slice(Math.min(drop, s.length)).map((n, i) => (ones[i] ? 1 : n))))));
    fc.assert(fc.property(related, ([a, b, c]) => {
      const join = (...shapes: number[][]): number[] => broadcastShapes(shapes, "f");
      expect(join(a!, b!)).toEqual(a);
      expect(join(b!, a!)).toEqual(a);
      expect(join(join(b!, c!), a!)).toEqual(join(b!, c!, a!));
    }));
  });
});

test("values in errors are short and never throw", () => {
  const values: [unknown, string][] = [
    [3, "3"], ["a", '"a"'], [null, "null"], [undefined, "undefined"], [[1, 2], "[1, 2]"], [[[1], {}], "[…, …]"], [range(20), "[0, 1, 2, 3, 4, 5, 6, 7, …]"],
    [{ a: 1, b: 2 }, "an object with keys a, b"], [{}, "an object with keys (none)"], [Symbol("s"), "Symbol(s)"], [Math.sin, "a function (sin)"], [() => 1, "a function"],
    [Object.create(null), "an object with keys (none)"],
  ];
  for (const [value, text] of values) expect(describeValue(value), text).toBe(text);
  expect(describeValue(new Map())).toMatch(/Map/);
});
