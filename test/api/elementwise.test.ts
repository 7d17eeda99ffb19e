/** What the public elementwise functions add to the primitives: dtypes, weak numbers, broadcasting, NumPy's and JavaScript's meanings, errors. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gelu, leakyRelu, relu, sigmoid } from "../../src/api/activations.ts";
import { abs, add, div, floorDivide, fmax, fmod, hypot, maximum, mod, mul, neg, pow, reciprocal, remainder, sign, square, sub } from "../../src/api/arithmetic.ts";
import { bitwiseAnd, bitwiseNot, clz32, imul, leftShift, populationCount, rightShift, rightShiftLogical } from "../../src/api/bitwise.ts";
import { equal, greater, isFinite, isInf, isNaN, less, logicalAnd, logicalNot, logicalOr, logicalXor, notEqual } from "../../src/api/compare.ts";
import { astype, bool, copy, float32, float64, int32, stopGradient, uint32 } from "../../src/api/convert.ts";
import { exp, log10, logaddexp } from "../../src/api/exponential.ts";
import { cumsum } from "../../src/api/cumulative.ts";
import { prod, sum } from "../../src/api/reduce.ts";
import { ceil, floor, nextAfter, round, roundHalfUp } from "../../src/api/rounding.ts";
import { clip, select, where } from "../../src/api/select.ts";
import { polygamma } from "../../src/api/special.ts";
import { grad, traceFn } from "../../src/api/transforms.ts";
import { sin, sinc } from "../../src/api/trigonometric.ts";
import type { Tensor } from "../../src/core/array-types.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import { floorDivide as floorDivideFloat, mod as modFloat } from "../../src/core/math/elementary.ts";
import { floorDivInt32, modInteger } from "../../src/core/math/integer.ts";

function list(x: unknown): number[] {
  return Array.from((x as ConcreteArray).elements);
}
function dtype(x: unknown): DType {
  return (x as ConcreteArray).type.dtype;
}
function shape(x: unknown): readonly number[] {
  return (x as ConcreteArray).type.shape;
}

const i32 = new Int32Array([7, -7]);
const u32 = new Uint32Array([7, 4294967295]);
const f32 = new Float32Array([0.5, -2]);
const f64 = new Float64Array([0.5, -2]);

describe("dtypes", () => {
  test("float functions of integers and bool are float32", () => {
    for (const f of [exp, sin, sinc, reciprocal, sigmoid, log10] as ((x: Int32Array | boolean[]) => unknown)[]) {
      expect(dtype(f(i32))).toBe("float32");
      expect(dtype(f([true, false]))).toBe("float32");
    }
    expect(dtype(div(i32, i32))).toBe("float32");
    expect(list(div(i32, new Int32Array([2, 2])))).toEqual([3.5, -3.5]);
  });
  test("floats stay as they are", () => {
    for (const f of [exp, floor, abs, relu, neg, reciprocal] as ((x: Float64Array) => unknown)[]) expect(dtype(f(f64))).toBe("float64");
    expect(dtype(add(f32, f64))).toBe("float64");
  });
  test("JavaScript numbers take the dtype they meet", () => {
    expect(dtype(add(f64, 0.1))).toBe("float64");
    expect(list(add(f64, 0.1))[0]).toBe(0.6);
    expect(dtype(mul(i32, 2))).toBe("int32");
    expect(dtype(mul(i32, 0.5))).toBe("float32");
    expect(dtype(maximum(f32, [0.1, 0.2]))).toBe("float32");
    expect(dtype(where([true, false], f64, 1))).toBe("float64");
    expect(dtype(clip(i32, 0, null))).toBe("int32");
    expect(dtype(clip(i32, 0.5, null))).toBe("float32");
    expect(dtype(pow(i32, 2))).toBe("int32");
    expect(dtype(pow(i32, 0.5))).toBe("float32");
  });
  test("bool counts as int32 in arithmetic", () => {
    for (const f of [add, mul, mod, floorDivide, pow] as ((x: boolean[], y: boolean[]) => unknown)[]) expect(dtype(f([true], [true]))).toBe("int32");
    expect(list(add([true, true], [true, false]))).toEqual([2, 1]);
    for (const f of [neg, abs, sign, square] as ((x: boolean[]) => unknown)[]) expect(dtype(f([true]))).toBe("int32");
  });
  test("rounding leaves integers alone", () => {
    for (const f of [floor, ceil, round, roundHalfUp]) expect(f(i32) as unknown).toMatchObject({ type: { dtype: "int32", shape: [2] } });
    expect(list(floor(i32))).toEqual([7, -7]);
  });
  test("int32 with uint32 has no common dtype", () => {
    expect(() => add(i32, u32)).toThrow("add: int32 and uint32 have no common dtype");
    expect(() => add(u32, -1)).toThrow("add: -1 is not a value of uint32");
  });
});

test("shapes broadcast, zero sizes included", () => {
  expect(shape(add([[1], [2]], [1, 2, 3]))).toEqual([2, 3]);
  expect(list(hypot([[3], [0]], [4, 0]))).toEqual([5, 3, 4, 0]);
  expect(shape(where(true, [1, 2, 3], [[1], [2]]))).toEqual([2, 3]);
  expect(shape(logicalAnd([[1], [0]], [1, 1, 0]))).toEqual([2, 3]);
  expect(shape(maximum([], 3))).toEqual([0]);
  expect(() => add([1, 2], [1, 2, 3])).toThrow("add: shapes [2] and [3] do not broadcast");
});

describe("division with remainder", () => {
  test("the signs of each kind", () => {
    const x = new Int32Array([-7, 7, -7, 7]);
    const y = new Int32Array([3, 3, -3, -3]);
    expect(list(mod(x, y))).toEqual([2, 1, -1, -2]);
    expect(list(remainder(x, y))).toEqual([2, 1, -1, -2]);
    expect(list(fmod(x, y))).toEqual([-1, 1, -1, 1]);
    expect(list(floorDivide(x, y))).toEqual([-3, 2, 2, -3]);
    expect(list(floorDivide(i32, 0))).toEqual([-1, -1]);
    expect(list(mod(i32, 0))).toEqual([7, -7]);
    expect(list(floorDivide(u32, 2))).toEqual([3, 2147483647]);
    expect(list(mod(u32, 10))).toEqual([7, 5]);
  });
  test("integers, as the scalar functions say", () => {
    const int = fc.integer();
    fc.assert(fc.property(int, int, (a, b) => {
      const [x, y] = [new Int32Array([a]), new Int32Array([b])];
      expect(list(mod(x, y))).toEqual([modInteger(a, b)]);
      expect(list(floorDivide(x, y))).toEqual([floorDivInt32(a, b)]);
    }));
  });
  test("floats, as the scalar functions say but for the sign of zero", () => {
    const number = fc.oneof(fc.double({ noNaN: false }), fc.integer({ min: -20, max: 20 }).map((n) => n / 4));
    fc.assert(fc.property(number, number, (a, b) => {
      const [x, y] = [new Float64Array([a]), new Float64Array([b])];
      expect((list(mod(x, y))[0] as number) + 0).toBe(modFloat(a, b) + 0);
      const [got, want] = [list(floorDivide(x, y))[0] as number, floorDivideFloat(a, b)];
      if (Math.abs(want) < 2 ** 50 || !Number.isFinite(want)) expect(got + 0).toBe(want + 0);
      else expect(Math.abs(got / want - 1)).toBeLessThan(1e-12);
    }), { numRuns: 500 });
  });
});

test("integers wrap around, and have a value where there is none", () => {
  const largest = new Int32Array([2 ** 31 - 1]);
  expect([list(add(largest, 1)), list(sub(new Uint32Array([0]), 1)), list(mul(largest, 2))]).toEqual([[-(2 ** 31)], [2 ** 32 - 1], [-2]]);
  expect([list(sum(new Int32Array([2 ** 31 - 1, 1]))), list(prod(new Int32Array([65536, 65537]))), list(cumsum(new Int32Array([2 ** 31 - 1, 1])))]).toEqual([[-(2 ** 31)], [65536], [2 ** 31 - 1, -(2 ** 31)]]);
  expect(list(pow(new Int32Array([3]), new Int32Array([40])))).toEqual([Number(BigInt.asIntN(32, 3n ** 40n))]);
  expect(() => pow(new Int32Array([0, 1, -1, 2, -2]), new Int32Array([1, 1, 1, 1, -3]))).toThrow(/to the power -3 is no integer/);
  expect(list(traceFn(pow)(new Int32Array([0, 1, -1, 2, -2]), new Int32Array([-1, -1, -3, -1, -1])))).toEqual([0, 1, -1, 0, 0]);
  expect(list(floorDivide(new Uint32Array([5]), 0))).toEqual([2 ** 32 - 1]);
});

test("roundHalfUp is Math.round", () => {
  const x = [-0.5, -0, 0.49999999999999994, -0.49999999999999994, 0.5, 2.5, -2.5, 2 ** 52 + 1, 1e300, -1e-20];
  expect(list(roundHalfUp(new Float64Array(x)))).toEqual(x.map(Math.round));
  fc.assert(fc.property(fc.double(), (a) => {
    expect(list(roundHalfUp(new Float64Array([a])))).toEqual([Math.round(a)]);
  }));
});

describe("pow", () => {
  const text = (f: (x: Tensor) => Tensor): string => String(traceFn(f).program(f64));
  test("a whole number is a power of its own, anything else the general one", () => {
    expect(text((x) => pow(x, 2))).toContain("integerPow");
    expect(text((x) => pow(x, -3))).toContain("integerPow");
    expect(text((x) => pow(x, 0.5))).not.toContain("integerPow");
    expect(text((x) => pow(x, 1e6))).not.toContain("integerPow");
    expect(text((x) => pow(2, x))).not.toContain("integerPow");
    expect(text((x) => pow(x, 1))).not.toContain("ow");
  });
  test("on integers", () => {
    expect(list(pow(i32, 3))).toEqual([343, -343]);
    expect(list(pow(2, new Int32Array([0, 5, 31, 32])))).toEqual([1, 32, -(2 ** 31), 0]);
    expect(dtype(pow(i32, f32))).toBe("float32");
    expect(() => pow(i32, -1)).toThrow("pow: int32 to the power -1 is no integer");
  });
  test("of a negative base", () => {
    expect(list(pow(f64, 3))).toEqual([0.125, -8]);
    expect(list(pow(f64, [3, 3]))).toEqual([0.125, -8]);
    expect(list(pow(f64, 0.5))[1]).toBeNaN();
  });
});

describe("logic and comparison", () => {
  test("the truth of numbers", () => {
    expect(list(logicalAnd([2, 0, Number.NaN], [1, 1, 1]))).toEqual([1, 0, 1]);
    expect(list(logicalOr(i32, [0, 0]))).toEqual([1, 1]);
    expect(list(logicalXor([2, 0], [3, 3]))).toEqual([0, 1]);
    expect(list(logicalNot([0, 0.5]))).toEqual([1, 0]);
    expect(list(where([2, 0], 1, -1))).toEqual([1, -1]);
    for (const x of [logicalNot([1]), equal(1, 2), isNaN(1), isInf(i32)]) expect(dtype(x)).toBe("bool");
  });
  test("NaN and infinities, and integers that have none", () => {
    const x = new Float32Array([Number.NaN, Infinity, -Infinity, 1]);
    expect(list(isNaN(x))).toEqual([1, 0, 0, 0]);
    expect(list(isInf(x))).toEqual([0, 1, 1, 0]);
    expect(list(isFinite(x))).toEqual([0, 0, 0, 1]);
    expect([isNaN(i32), isInf(i32), isFinite(i32)].map(list)).toEqual([[0, 0], [0, 0], [1, 1]]);
    expect(list(equal(x, x))).toEqual([0, 1, 1, 1]);
    expect(list(notEqual(x, x))).toEqual([1, 0, 0, 0]);
    expect(list(fmax(x, 3))).toEqual([3, Infinity, 3, 3]);
  });
});

describe("bits", () => {
  test("of int32 and uint32", () => {
    expect(list(bitwiseAnd(i32, 3))).toEqual([3, 1]);
    expect(list(bitwiseNot(u32))).toEqual([4294967288, 0]);
    expect(list(leftShift(i32, 1))).toEqual([14, -14]);
    expect(list(rightShift(i32, 1))).toEqual([3, -4]);
    expect(list(rightShift(u32, 1))).toEqual([3, 2147483647]);
    expect(list(rightShiftLogical(i32, 1))).toEqual([3, 2147483644]);
    expect(list(populationCount(i32))).toEqual([3, 30]);
    expect(list(clz32(i32))).toEqual([29, 0]);
    expect(list(imul(i32, 2 ** 30))).toEqual([7, -7].map((x) => Math.imul(x, 2 ** 30)));
  });
  test("of floats are refused", () => {
    expect(() => bitwiseAnd(f32, 3)).toThrow("bitwiseAnd: needs integer or boolean operands, got f32[2], f32[2]");
    expect(() => imul(f32, f32)).toThrow("imul: needs integer operands");
  });
});

describe("choosing", () => {
  test("select takes the first condition that holds", () => {
    const x = [1, 5, 9];
    expect(list(select([less(x, 3), less(x, 7)], [10, [20, 21, 22]]))).toEqual([10, 21, 0]);
    expect(list(select([less(x, 3), less(x, 7)], [f64.map((v) => v).subarray(0, 1), 2], -1))).toEqual([0.5, 2, -1]);
    expect(() => select([true], [])).toThrow("select: needs one choice for each condition, got 1 conditions and 0 choices");
  });
  test("clip with one bound or none, and bounds that cross", () => {
    expect(list(clip([-2, 2], null, 1))).toEqual([-2, 1]);
    expect(list(clip([-2, 2], -1, null))).toEqual([-1, 2]);
    expect(list(clip([-2, 2], null, null))).toEqual([-2, 2]);
    expect(list(clip([-2, 2], 3, 1))).toEqual([1, 1]);
    expect(list(clip([-2, 2], [-1, 0], [0, 1]))).toEqual([-1, 1]);
  });
});

describe("conversion", () => {
  test("numbers are rounded once", () => {
    expect(list(float64(0.1))).toEqual([0.1]);
    expect(list(float32(0.1))).toEqual([Math.fround(0.1)]);
    expect(list(int32(16777217))).toEqual([16777217]);
    expect(list(uint32([4294967295]))).toEqual([4294967295]);
    expect(list(bool([0, -0, 1e-300, Number.NaN]))).toEqual([0, 0, 1, 1]);
  });
  test("toward zero, to the ends of the range, bits kept between integers", () => {
    const x = new Float64Array([1.9, -1.9, 1e20, -1e20, Number.NaN]);
    expect(list(int32(x))).toEqual([1, -1, 2147483647, -2147483648, 0]);
    expect(list(uint32(x))).toEqual([1, 0, 4294967295, 0, 0]);
    expect(list(uint32(new Int32Array([-1])))).toEqual([4294967295]);
    expect(list(int32(u32))).toEqual([7, -1]);
    expect(dtype(astype([true], "float64"))).toBe("float64");
    expect(() => astype(1, "float16" as never)).toThrow('astype: unknown dtype "float16"');
  });
  test("the result is strong", () => {
    expect(dtype(add(float64(1), f32))).toBe("float64");
    expect(dtype(traceFn(() => mul(float32(2), new Float32Array(1)), { dtype: "float64" })())).toBe("float32");
  });
  test("nextAfter is on the grid of the dtype", () => {
    expect(list(nextAfter(float64(1), 2))).toEqual([1 + 2 ** -52]);
    expect(list(nextAfter(float32(1), 2))).toEqual([1 + 2 ** -23]);
  });
});

test("stopGradient holds whole trees, copy does not hold", () => {
  const f = (x: Tensor): Tensor => {
    const { a, b } = stopGradient({ a: mul(x, 2), b: [mul(x, 3), 1] as const });
    return add(mul(x, a), b[0]);
  };
  expect(list(grad(f)(5))).toEqual([10]);
  expect(list(grad((x: Tensor) => mul(copy(x), x))(5))).toEqual([10]);
});

test("hypot of one, of many, of infinities", () => {
  expect(list(hypot(-3))).toEqual([3]);
  expect(list(hypot(2, 3, 6))).toEqual([7]);
  expect((list(hypot(float64(3e300), 4e300))[0] as number) / 5e300).toBeCloseTo(1, 14);
  expect((list(hypot(float32(3e-30), 4e-30))[0] as number) / 5e-30).toBeCloseTo(1, 6);
  expect(list(hypot(Number.NaN, -Infinity))).toEqual([Infinity]);
  expect(dtype(hypot(i32, i32))).toBe("float32");
});

test("errors name the function and what is allowed", () => {
  expect(() => gelu(1, { approx: true } as never)).toThrow('gelu: unknown option "approx"');
  expect(() => leakyRelu(1, { slope: 1 } as never)).toThrow("options: negativeSlope");
  expect(() => polygamma(0.5, 1)).toThrow("polygamma: the order is a whole number ≥ 0, got 0.5");
  expect(() => exp("1" as never)).toThrow('exp: expected an array or a number, got "1"');
  expect(() => where(true, 1, undefined as never)).toThrow("where: expected an array or a number, got undefined");
});

test("activations take their options", () => {
  expect(list(leakyRelu(float64(-2), { negativeSlope: 0.5 }))).toEqual([-1]);
  expect(list(gelu(float64(1), { approximate: false }))[0]).toBeCloseTo(0.8413447460685429, 14);
  expect(list(gelu(float64(1)))[0]).toBeCloseTo(0.8411919906082768, 14);
  expect(list(relu(i32))).toEqual([7, 0]);
  expect(list(relu(new Float32Array([Number.NaN])))).toEqual([Number.NaN]);
});

test("nothing overflows that need not", () => {
  expect(list(sigmoid(new Float64Array([-1000, 1000])))).toEqual([0, 1]);
  expect(list(logaddexp(float64(1000), 1000))).toEqual([1000 + Math.LN2]);
  expect(list(greater(exp(float64(709)), 1e307))).toEqual([1]);
});
