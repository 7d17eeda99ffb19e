/** The powers for engines that lack good ones, against this engine's, which are within 1 ulp. */
import { describe, expect, test } from "vitest";
import { powersAreWrong, wholePower } from "../../../src/core/math/whole-power.ts";
import { rows, ulpError } from "./golden.ts";

test("against mpmath", () => {
  const misses = rows("integerPow").filter(([x, n, expected]) => ulpError(wholePower(x as number, n as number), expected as number) > 1);
  expect(misses).toEqual([]);
});

test("all magnitudes and exponents, to the ends of the range", () => {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = 0; i < 20000; i++) {
    const n = Math.trunc((2 * random() - 1) * 10 ** (6 * random()));
    const x = (random() < 0.5 ? -1 : 1) * 2 ** ((2 * random() - 1) * Math.min(1080 / Math.max(1, Math.abs(n)), 1023));
    const [actual, expected] = [wholePower(x, n), x ** n];
    if (Number.isFinite(actual) && expected !== 0 && Number.isFinite(expected)) expect.soft(ulpError(actual, expected), `${x} ** ${n}`).toBeLessThanOrEqual(2);
    else if (Math.abs(expected) < 1e-323) expect.soft(Math.abs(actual), `${x} ** ${n}`).toBeLessThan(1e-322);
    else expect.soft(actual, `${x} ** ${n}`).toBe(expected);
  }
});

describe("exact powers and special values are the engine's", () => {
  const denormal = 5e-324;
  test.each([
    [10, 15], [3, 33], [-3, 33], [0.5, 1074], [0.5, 1075], [2, 1023], [2, 1024], [-2, 1025], [denormal, 1], [denormal, 2], [denormal, -1], [-denormal, -1],
    [1.7e308, 1], [1.7e308, 2], [1.7e308, -3], [-0, 3], [-0, -3], [0, 4], [Infinity, -3], [-Infinity, 5], [NaN, 5], [NaN, 0], [-7, 0], [1 + 2 ** -52, 2 ** 30],
  ])("%s ** %s", (x, n) => expect(wholePower(x, n)).toBe(x ** n));
});

test("the fault is found", () => {
  const squaring = (x: number, n: number): number => (n === 0 ? 1 : squaring(x * x, Math.floor(n / 2)) * (n % 2 === 1 ? x : 1));
  expect(powersAreWrong((x, n) => x ** n)).toBe(false);
  expect(powersAreWrong(squaring)).toBe(true);
});
