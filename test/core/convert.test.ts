/** What callers pass becomes concrete arrays: every form, every layout, and nothing that a dtype would change silently. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { build, checkNumber, ownDType, toConcrete } from "../../src/core/convert.ts";
import { type DType, dtypes } from "../../src/core/dtype.ts";
import { sizeOf, stridesOf } from "../../src/core/shape.ts";
import { showType, tensorType } from "../../src/core/type.ts";
import { DTypeError, ShapeError } from "../../src/errors.ts";

const shown = (x: ConcreteArray): string => `${showType(x.type)} ${[...x.elements].join(" ")}`;

describe("forms", () => {
  test("without a dtype of their own take the one they are given", () => {
    expect([undefined, 1, [1, 2], [], [[1.5]], [true, 1]].map(ownDType)).toEqual(Array(6).fill(undefined));
    expect(shown(toConcrete(0.1, "float64", "x"))).toBe("f64[] 0.1");
    expect(shown(toConcrete([[1, 2], [3, 4]], "float32", "x"))).toBe("f32[2,2] 1 2 3 4");
    expect(shown(toConcrete([], "float32", "x"))).toBe("f32[0] ");
    expect(shown(toConcrete([[], []], "float32", "x"))).toBe("f32[2,0] ");
    expect(shown(toConcrete([true, 1], "int32", "x"))).toBe("i32[2] 1 1");
  });
  test("with one keep it", () => {
    expect([true, [true, false], new Int32Array(1), { data: new Float64Array(1), shape: [] }, ConcreteArray.splat(tensorType("uint32", []), 1)].map(ownDType)).toEqual(["bool", "bool", "int32", "float64", "uint32"]);
    expect(shown(toConcrete(true, "float32", "x"))).toBe("bool[] 1");
    expect(shown(toConcrete([[true], [false]], "float32", "x"))).toBe("bool[2,1] 1 0");
    expect(shown(toConcrete(new Uint32Array([7, 8]), "float32", "x"))).toBe("u32[2] 7 8");
    const array = ConcreteArray.splat(tensorType("int32", [2]), 3);
    expect(toConcrete(array, "float64", "x")).toBe(array);
  });
  test("are copied: what the caller does to its data later does not show", () => {
    const data = new Float32Array([1, 2]);
    const list = [1, 2];
    const [a, b, c] = [toConcrete(data, "float32", "x"), toConcrete({ data, shape: [2] }, "float32", "x"), toConcrete(list, "float32", "x")];
    data[0] = 9;
    list[0] = 9;
    expect([a, b, c].map((x) => x!.elements[0])).toEqual([1, 1, 1]);
  });
  test("refused, with the name of the argument", () => {
    const cases: [unknown, abstract new (...args: never) => Error, RegExp][] = [
      ["1", DTypeError, /^x: expected numbers/],
      [[1, [2]], ShapeError, /^x: /],
      [new Uint8Array(1), DTypeError, /no dtype here[\s\S]*array\(data, \{ dtype/],
      [{ data: "ab", shape: [2] }, DTypeError, /^x: element 0 of the data of a strided array is "a", not a number/],
      [{ data: [1, "2"], shape: [2] }, DTypeError, /element 1 .* is "2", not a number/],
      [{ data: [1, 2, 3], shape: [2], stride: [0.5] }, DTypeError, /element 0.5 .* is undefined/],
      [{ data: new Float64Array(3), shape: [2], offset: 0.5 }, DTypeError, /element 0.5 .* is undefined/],
      [{ data: 3, shape: [1] }, DTypeError, /must be a typed array or a list of numbers, got 3/],
      [{ data: [1, 2], shape: [2], stride: [1, 1] }, ShapeError, /needs 1 strides, got 2/],
      [{ data: [1, 2], shape: [3] }, ShapeError, /reaches outside its data of 2 elements/],
      [{ data: [1, 2], shape: [2], offset: 1 }, ShapeError, /reaches outside/],
      [{ data: [1, 2], shape: [2], stride: [-1] }, ShapeError, /reaches outside/],
      [{ data: [1, 2], shape: [-1] }, ShapeError, /non-negative integers/],
    ];
    for (const [value, kind, message] of cases) {
      expect(() => toConcrete(value, "float32", "x"), String(message)).toThrow(kind);
      expect(() => toConcrete(value, "float32", "x")).toThrow(message);
    }
  });
});

test("typed arrays become what the same list of numbers becomes, whole or as a part", () => {
  const values = [0, 1, 2 ** 31, -1, 0.1, Number.NaN, Number.POSITIVE_INFINITY, -0];
  const result = (value: unknown, dtype: DType): string => {
    try {
      return shown(build(value, dtype, "x"));
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const type of [Float32Array, Float64Array, Int32Array, Uint32Array, Uint8ClampedArray]) {
    for (const value of values) {
      const data = type.from([7, value, 8, 9]);
      for (const dtype of Object.keys(dtypes) as DType[]) {
        const wanted = result([data[1], 8], dtype);
        expect(result(data.subarray(1, 3), dtype)).toBe(wanted);
        expect(result({ data, shape: [1, 2], stride: [5, 1], offset: 1 }, dtype)).toBe(wanted.replace("[2]", "[1,2]"));
      }
    }
  }
});

describe("strided arrays", () => {
  test("of every layout have the elements that their strides say", () => {
    const layout = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.integer({ min: 1, max: 2 })), { maxLength: 3 }).chain((axes) => fc.tuple(fc.constant(axes), fc.nat(3), fc.shuffledSubarray(axes.map((_, i) => i), { minLength: axes.length })));
    fc.assert(fc.property(layout, ([axes, offset, order]) => {
      const shape = axes.map(([n]) => n);
      const stride = new Array<number>(shape.length).fill(0);
      let step = 1;
      for (const axis of order) {
        const [n, backward, gap] = axes[axis] as [number, boolean, number];
        stride[axis] = (backward ? -1 : 1) * step * gap;
        step *= Math.max(1, n) * gap;
      }
      const start = offset + stride.reduce((sum, s, i) => sum + (s < 0 ? -s * Math.max(0, shape[i]! - 1) : 0), 0);
      const data = Float64Array.from({ length: start + step + 1 }, (_, i) => i);
      const at = (i: number): number => stridesOf(shape).reduce((sum, s, axis) => sum + (Math.floor(i / s) % shape[axis]!) * stride[axis]!, start);
      const array = toConcrete({ data, shape, stride, offset: start }, "float32", "x");
      expect([showType(array.type), [...array.elements]]).toEqual([`f64[${shape}]`, Array.from({ length: sizeOf(shape) }, (_, i) => at(i))]);
    }), { seed: 5, numRuns: 200 });
  });
  test("`strides` as numpy-ts has it, no strides at all, plain lists as data, repetition by stride 0", () => {
    expect(shown(toConcrete({ data: [1, 2, 3, 4], shape: [2, 2], strides: [1, 2] }, "float32", "x"))).toBe("f32[2,2] 1 3 2 4");
    expect(shown(toConcrete({ data: new Int32Array([1, 2, 3]), shape: [2], offset: 1 }, "float32", "x"))).toBe("i32[2] 2 3");
    expect(shown(toConcrete({ data: [5], shape: [3], stride: [0] }, "float64", "x"))).toBe("f64[3] 5 5 5");
    expect(shown(toConcrete({ data: [], shape: [0, 4], stride: [4, 1] }, "float64", "x"))).toBe("f64[0,4] ");
  });
});

test("memory that was transferred is an error, not an array without elements", () => {
  const data = new Float32Array(3);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  for (const value of [data, { data, shape: [0] }, { data, shape: [3] }]) expect(() => build(value, "float32", "x")).toThrow(/^x: the typed array has no memory any more: it was transferred/);
});

describe("numbers that a dtype cannot hold", () => {
  test("are errors for integers, rounded for floats, truth for bool", () => {
    expect([checkNumber(2 ** 31 - 1, "int32", "x"), checkNumber(-(2 ** 31), "int32", "x"), checkNumber(2 ** 32 - 1, "uint32", "x"), checkNumber(-0, "int32", "x")]).toEqual([2147483647, -2147483648, 4294967295, -0]);
    for (const [value, dtype, hint] of [[2 ** 31, "int32", /holds integers from -2147483648 to 2147483647/], [-1, "uint32", /from 0 to 4294967295/], [0.5, "int32", /round it first/], [Number.NaN, "int32", /round it first/], [Number.POSITIVE_INFINITY, "uint32", /round it first/]] as const) {
      expect(() => checkNumber(value, dtype, "x")).toThrow(DTypeError);
      expect(() => build([value], dtype, "x")).toThrow(hint);
    }
    expect(shown(build([0.1, 1e300, -1e-60], "float32", "x"))).toBe(`f32[3] ${Math.fround(0.1)} Infinity 0`);
    expect(shown(build([0, 3, Number.NaN, -0], "bool", "x"))).toBe("bool[4] 0 1 1 0");
  });
});

describe("concrete arrays", () => {
  test("a repeated number takes no memory until it is read, and is rounded to the dtype", () => {
    const huge = ConcreteArray.splat(tensorType("float32", [1e6, 1e6]), 0.1);
    expect(huge.splat).toBe(Math.fround(0.1));
    expect(ConcreteArray.splat(tensorType("int32", []), 2 ** 31).splat).toBe(-(2 ** 31));
    expect(ConcreteArray.splat(tensorType("bool", []), 7).splat).toBe(1);
    expect([...ConcreteArray.splat(tensorType("float64", [3]), -0).elements]).toEqual([-0, -0, -0]);
    expect(ConcreteArray.splat(tensorType("float64", [0]), 1).elements.length).toBe(0);
  });
  test("another type of the same elements shares them", () => {
    const x = ConcreteArray.of(tensorType("float32", [4]), new Float32Array([1, 2, 3, 4]));
    const y = x.withType(tensorType("float32", [2, 2]));
    expect([showType(y.type), y.elements]).toEqual(["f32[2,2]", x.elements]);
    expect(ConcreteArray.splat(tensorType("float32", []), 2).withType(tensorType("float32", [], true)).splat).toBe(2);
  });
});
