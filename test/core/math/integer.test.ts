/** int32 and uint32 arithmetic against BigInt, and XLA's conventions at the edges (as `jax.lax` returns them on a CPU). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as integer from "../../../src/core/math/integer.ts";

const LEAST = -(2 ** 31);
const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, LEAST, 2 ** 31 - 1));
const uint32 = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1));
const count = fc.integer({ min: -5, max: 40 });
const signed = (x: bigint): number => Number(BigInt.asIntN(32, x));
const unsigned = (x: bigint): number => Number(BigInt.asUintN(32, x));

test("products and powers wrap", () => {
  fc.assert(fc.property(int32, int32, fc.nat(40), (x, y, n) => {
    expect(integer.mulInt32(x, y)).toBe(signed(BigInt(x) * BigInt(y)));
    expect(integer.integerPowInt32(x, n)).toBe(signed(BigInt(x) ** BigInt(n)));
  }));
  fc.assert(fc.property(uint32, uint32, fc.nat(40), (x, y, n) => {
    expect(integer.mulUint32(x, y)).toBe(unsigned(BigInt(x) * BigInt(y)));
    expect(integer.integerPowUint32(x, n)).toBe(unsigned(BigInt(x) ** BigInt(n)));
  }));
});

test("division truncates or floors", () => {
  fc.assert(fc.property(int32, int32, (x, y) => {
    fc.pre(y !== 0);
    expect(integer.divInt32(x, y)).toBe(signed(BigInt(x) / BigInt(y)));
    expect(integer.remInteger(x, y)).toBe(signed(BigInt(x) % BigInt(y)));
    expect(integer.modInteger(x, y)).toBe(signed(((BigInt(x) % BigInt(y)) + BigInt(y)) % BigInt(y)));
    expect(integer.floorDivInt32(x, y)).toBe(signed((BigInt(x) - BigInt(integer.modInteger(x, y))) / BigInt(y)));
  }));
  fc.assert(fc.property(uint32, uint32, (x, y) => {
    fc.pre(y !== 0);
    expect(integer.divUint32(x, y)).toBe(unsigned(BigInt(x) / BigInt(y)));
    expect(integer.remInteger(x, y)).toBe(unsigned(BigInt(x) % BigInt(y)));
  }));
});

describe("what XLA does at the edges", () => {
  test("division by zero", () => {
    expect([5, -5, 0, LEAST].map((x) => integer.divInt32(x, 0))).toEqual([-1, -1, -1, -1]);
    expect([5, -5, 0, LEAST].map((x) => integer.remInteger(x, 0))).toEqual([5, -5, 0, LEAST]);
    expect(integer.divUint32(5, 0)).toBe(2 ** 32 - 1);
    expect(integer.divInt32(LEAST, -1)).toBe(LEAST);
    expect(integer.remInteger(LEAST, -1)).toBe(0);
  });

  test("counts outside 0..31", () => {
    for (const n of [-1, 32, 33]) {
      expect([5, -5].map((x) => integer.shiftLeftInt32(x, n))).toEqual([0, 0]);
      expect([5, -5].map((x) => integer.shiftRightArithmeticInt32(x, n))).toEqual([0, -1]);
      expect([5, -5].map((x) => integer.shiftRightLogicalInt32(x, n))).toEqual([0, 0]);
      expect([5, 0xfffffffb].map((x) => integer.shiftRightArithmeticUint32(x, n))).toEqual([0, 0xffffffff]);
      expect([5, 0xfffffffb].map((x) => integer.shiftRightLogicalUint32(x, n))).toEqual([0, 0]);
    }
  });
});

test("shifts are those of the 32-bit pattern", () => {
  fc.assert(fc.property(int32, count, (x, n) => {
    const by = n < 0 || n > 31 ? 32n : BigInt(n);
    expect(integer.shiftLeftInt32(x, n)).toBe(signed(BigInt(x) << by));
    expect(integer.shiftLeftUint32(x >>> 0, n)).toBe(unsigned(BigInt(x) << by));
    expect(integer.shiftRightArithmeticInt32(x, n)).toBe(signed(BigInt(x) >> by));
    expect(integer.shiftRightArithmeticUint32(x >>> 0, n)).toBe(unsigned(BigInt(x) >> by));
    expect(integer.shiftRightLogicalInt32(x, n)).toBe(signed(BigInt(x >>> 0) >> by));
    expect(integer.shiftRightLogicalUint32(x >>> 0, n)).toBe(unsigned(BigInt(x >>> 0) >> by));
  }));
});

test("bits are counted", () => {
  fc.assert(fc.property(int32, (x) => {
    const digits = (x >>> 0).toString(2);
    expect(integer.populationCount(x)).toBe(digits.replaceAll("0", "").length);
    expect(integer.populationCount(x >>> 0)).toBe(integer.populationCount(x));
    expect(integer.countLeadingZeros(x)).toBe(x === 0 ? 32 : 32 - digits.length);
  }));
});
