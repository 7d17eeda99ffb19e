/** Every special function against mpmath's values: the bounds asserted here are the ones the docstrings state. */
import { describe, expect, test } from "vitest";
import { digamma } from "../../../src/core/math/digamma.ts";
import { exp2, integerPow, logaddexp, logistic, rsqrt } from "../../../src/core/math/elementary.ts";
import { erf, erfc } from "../../../src/core/math/erf.ts";
import { erfInv } from "../../../src/core/math/erf-inv.ts";
import { lgamma } from "../../../src/core/math/lgamma.ts";
import { polygamma } from "../../../src/core/math/polygamma.ts";
import { rows, ulp, ulpError } from "./golden.ts";

type Scalar = (...args: number[]) => number;

/** Rows of the table whose error is over the bound, readable. */
function misses(name: string, f: Scalar, bound: (args: readonly number[], expected: number) => number): string[] {
  const found: string[] = [];
  for (const row of rows(name)) {
    const args = row.slice(0, -1);
    const expected = row.at(-1)!;
    const actual = f(...args);
    const error = ulpError(actual, expected);
    if (error > bound(args, expected)) found.push(`${name}(${args.join(", ")}) = ${actual}, not ${expected}: ${error} ulp`);
  }
  return found;
}

describe("relative accuracy over the whole range", () => {
  test.each<[string, Scalar, number]>([
    ["erf", erf, 2],
    ["erfc", erfc, 4],
    ["erfInv", erfInv, 4],
    ["lgamma", lgamma, 4],
    ["digamma", digamma, 6],
    ["polygammaLarge", polygamma, 5000],
    ["logistic", logistic, 3],
    ["exp2", exp2, 1],
    ["rsqrt", rsqrt, 2],
    ["integerPow", integerPow, 1],
  ])("%s", (name, f, bound) => {
    expect(misses(name, f, () => bound)).toEqual([]);
  });

  test("polygamma loses a little with each order", () => {
    expect(misses("polygamma", polygamma, ([n]) => 8 + n!)).toEqual([]);
  });
});

describe("absolute accuracy where a zero makes a relative bound impossible", () => {
  /** The bound in ulp of the expected value that `count` ulp of `size` come to. */
  const within = (count: number, size: number, expected: number): number => (count * ulp(size)) / ulp(expected);
  const cotangentPart = (x: number): number => Math.PI / Math.tan(Math.PI * (x - Math.round(x)));

  test("logaddexp", () => {
    const bound: Scalar = (x, y) => Math.max(Math.abs(x!), Math.abs(y!), Math.LN2);
    expect(misses("logaddexp", logaddexp, (args, y) => within(3, bound(...args), y))).toEqual([]);
  });

  test("lgamma below 0", () => {
    expect(misses("lgammaNegative", lgamma, ([x], y) => within(4, Math.max(Math.abs(y), lgamma(-x!)), y))).toEqual([]);
  });

  test("digamma below 0", () => {
    const size = (x: number): number => Math.max(Math.abs(cotangentPart(x)), digamma(1 - x));
    expect(misses("digammaNegative", digamma, ([x], y) => within(6, size(x!), y))).toEqual([]);
  });

  test("polygamma below 0", () => {
    const size = (n: number, x: number, y: number): number => Math.abs(y) + Math.abs(polygamma(n, 1 - x));
    expect(misses("polygammaNegative", polygamma, ([n, x], y) => within(8 + n!, size(n!, x!, y), y))).toEqual([]);
  });
});

describe("points between the tables' own", () => {
  const grid = (low: number, high: number): number[] => Array.from({ length: 2001 }, (_, i) => low + ((high - low) * i) / 2000);

  test("erf and erfc add up to 1", () => {
    expect(grid(-7, 7).filter((x) => Math.abs(erf(x) + erfc(x) - 1) > 3e-16)).toEqual([]);
  });

  test("erfInv inverts erf", () => {
    expect(grid(-1.5, 1.5).filter((x) => Math.abs(erfInv(erf(x)) - x) > 2e-15)).toEqual([]);
  });

  test("lgamma, digamma and polygamma obey their recurrences", () => {
    const close = (a: number, b: number): boolean => Math.abs(a - b) <= 2e-14 * Math.max(1, Math.abs(a), Math.abs(b));
    for (const x of grid(0.01, 40)) {
      expect(close(lgamma(x + 1), lgamma(x) + Math.log(x)), `lgamma ${x}`).toBe(true);
      expect(close(digamma(x + 1) - 1 / x, digamma(x)), `digamma ${x}`).toBe(true);
      expect(close(polygamma(1, x + 1) + x ** -2, polygamma(1, x)), `trigamma ${x}`).toBe(true);
    }
  });

  test("the poles of polygamma", () => {
    expect(polygamma(1, 0)).toBe(Infinity);
    expect(polygamma(1, -3)).toBe(Infinity);
    expect(polygamma(2, 0)).toBe(-Infinity);
    expect(polygamma(2, -0)).toBe(Infinity);
    expect(polygamma(2, -3)).toBeNaN();
    expect(polygamma(3, Infinity)).toBe(0);
    expect(polygamma(2, Infinity)).toBe(-0);
    expect(polygamma(1, -Infinity)).toBeNaN();
  });
});
