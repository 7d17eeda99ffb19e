/** Rounding, remainders, powers and neighbours: exact results and special values. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  floorDivide, integerPow, logaddexp, logistic, mod, pow, remainderTruncated, roundHalfEven, rsqrt,
} from "../../../src/core/math/elementary.ts";
import { nextAfter32, nextAfter64 } from "../../../src/core/math/next-after.ts";

describe("roundHalfEven", () => {
  test.each([
    [0.5, 0], [1.5, 2], [2.5, 2], [-0.5, -0], [-1.5, -2], [-2.5, -2], [0.49999999999999994, 0], [-0.2, -0], [0, 0], [-0, -0],
    [4503599627370495.5, 4503599627370496], [2 ** 52 + 1, 2 ** 52 + 1], [1e300, 1e300], [Infinity, Infinity], [-Infinity, -Infinity],
    [NaN, NaN], [5e-324, 0], [0.7, 1], [-0.7, -1],
  ])("%d gives %d", (x, y) => expect(roundHalfEven(x)).toBe(y));

  test("is never further than a half", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), (x) => {
      const y = roundHalfEven(x);
      return Number.isInteger(y) && Math.abs(x - y) <= 0.5 && (Math.abs(x - y) < 0.5 || y % 2 === 0);
    }));
  });
});

describe("remainders and quotients", () => {
  test.each([
    [7, 3, 1], [-7, 3, 2], [7, -3, -2], [-7, -3, -1], [-4, 2, 0], [4, -2, -0], [-0, 2, 0], [1, Infinity, 1], [-1, Infinity, Infinity],
    [1, -Infinity, -Infinity], [1, 0, NaN], [Infinity, 2, NaN], [NaN, 2, NaN], [2, NaN, NaN], [5.5, 2, 1.5], [-5.5, 2, 0.5],
  ])("mod(%d, %d) = %d", (x, y, z) => expect(mod(x, y)).toBe(z));

  test.each([[7, 3, 1], [-7, 3, -1], [7, -3, 1], [-4, 2, -0], [1, 0, NaN]])("truncated %d %d = %d", (x, y, z) =>
    expect(remainderTruncated(x, y)).toBe(z));

  test.each([
    [7, 3, 2], [-7, 3, -3], [7, -3, -3], [1, Infinity, 0], [-1, Infinity, -1], [1, 0, Infinity], [-1, 0, -Infinity], [0, 0, NaN],
    [-0, 3, -0], [1, 3, 0], [6, 2, 3], [NaN, 1, NaN], [1, 0.1, 9],
  ])("floorDivide(%d, %d) = %d", (x, y, z) => expect(floorDivide(x, y)).toBe(z));
});

describe("powers", () => {
  test("pow follows IEEE 754 where Math.pow does not", () => {
    expect([pow(1, NaN), pow(1, Infinity), pow(-1, Infinity), pow(-1, -Infinity), pow(NaN, 0)]).toEqual([1, 1, 1, 1, 1]);
    expect([pow(2, 0.5), pow(-8, 3), pow(0, -1), pow(-0, -1), pow(-2, 0.5)]).toEqual([Math.SQRT2, -512, Infinity, -Infinity, NaN]);
  });

  test("integerPow", () => {
    expect([integerPow(NaN, 0), integerPow(-0, 3), integerPow(-0, -1), integerPow(-3, 3), integerPow(Infinity, -2)]).toEqual([1, -0, -Infinity, -27, 0]);
  });

  test("rsqrt at the edges", () => {
    expect([rsqrt(0), rsqrt(-0), rsqrt(Infinity), rsqrt(-1), rsqrt(4)]).toEqual([Infinity, -Infinity, 0, NaN, 0.5]);
  });
});

describe("logistic and logaddexp do not overflow", () => {
  test("logistic far on the left is e^x", () => {
    expect([logistic(-700), logistic(-745), logistic(-800)]).toEqual([Math.exp(-700), 5e-324, 0]);
  });

  test("logaddexp of infinities", () => {
    expect(logaddexp(Infinity, Infinity)).toBe(Infinity);
    expect(logaddexp(-Infinity, -Infinity)).toBe(-Infinity);
    expect(logaddexp(-Infinity, 3)).toBe(3);
    expect(logaddexp(Infinity, -Infinity)).toBe(Infinity);
    expect(logaddexp(NaN, -Infinity)).toBeNaN();
    expect(logaddexp(800, 800)).toBe(800 + Math.LN2);
  });
});

describe("nextAfter", () => {
  test.each([
    [1, 2, 1 + 2 ** -52], [1, 0, 1 - 2 ** -53], [0, 1, 5e-324], [0, -1, -5e-324], [-0, 0, 0], [0, -0, -0], [5e-324, 0, 0], [-5e-324, 0, -0],
    [Number.MAX_VALUE, Infinity, Infinity], [Infinity, 0, Number.MAX_VALUE], [-1, -2, -1 - 2 ** -52], [NaN, 1, NaN], [1, NaN, NaN], [3, 3, 3],
  ])("64: %d towards %d is %d", (x, y, z) => expect(nextAfter64(x, y)).toBe(z));

  test.each([
    [1, 2, 1 + 2 ** -23], [1, 0, 1 - 2 ** -24], [0, 1, 2 ** -149], [-0, -1, -(2 ** -149)], [Infinity, 0, 3.4028234663852886e38],
    [3.4028234663852886e38, Infinity, Infinity], [-1, 5, -1 + 2 ** -24], [NaN, 1, NaN],
  ])("32: %d towards %d is %d", (x, y, z) => expect(nextAfter32(x, y)).toBe(z));

  test("there is nothing between, and the way back is the same", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const y = nextAfter64(x, Infinity);
      const middle = x / 2 + y / 2;
      return y > x && (Math.abs(x) < 1e-300 || middle === x || middle === y) && nextAfter64(y, -Infinity) === x;
    }));
  });
});
