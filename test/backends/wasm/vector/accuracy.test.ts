/** Every rounded function against its true values: within its bound at every magnitude, exact where NaN, infinities and zeros are meant. */
import { describe, expect, test } from "vitest";
import { dtypes } from "../../../../src/core/dtype.ts";
import { meaningOf, type ScalarInstruction } from "../../../../src/core/scalar.ts";
import { arity, bounds, knownBounds, knownExponents, ordinal, special, sweep32, targets, worst32, worst64 } from "./measure.ts";
import { vectorKernel } from "./run.ts";

const rounded = Object.keys(bounds) as ScalarInstruction[];

describe.each(Object.entries(targets))("%s multiply-add", (_name, target) => {
  test.each(rounded)("%s of float32s", (instruction) => {
    const worst = worst32(instruction, target, 1 << 14);
    expect.soft(worst.ulp, `at ${worst.at.join(", ")}`).toBeLessThanOrEqual(bounds[instruction] as number);
  });

  test.each(rounded)("%s of float64s", (instruction) => {
    const worst = worst64(instruction, target);
    expect.soft(worst.ulp, `at ${worst.at.join(", ")}`).toBeLessThanOrEqual(bounds[instruction] as number);
  });

  test.each(knownExponents)("integerPow with the known exponent %s", (n) => {
    const [single, double] = [worst32("integerPow", target, 1 << 14, n), worst64("integerPow", target, n)];
    expect.soft(single.ulp, `float32 at ${single.at.join(", ")}`).toBeLessThanOrEqual(knownBounds.float32);
    expect.soft(double.ulp, `float64 at ${double.at.join(", ")}`).toBeLessThanOrEqual(knownBounds.float64);
  });

  test.each(knownExponents)("integerPow with the known exponent %s at the borders of the range", (n) => {
    for (const dtype of ["float32", "float64"] as const) {
      const { largest, smallest } = { float32: { largest: 128, smallest: -149 }, float64: { largest: 1024, smallest: -1074 } }[dtype];
      // powers of two, whose powers are exact, denormal results and infinite ones among them
      const exponents = Array.from({ length: 4 * 512 }, (_, i) => Math.max(smallest, Math.min(i - 1024, largest)));
      const x = dtypes[dtype].allocate(exponents.length);
      exponents.forEach((e, i) => (x[i] = (i % 2 === 0 ? 1 : -1) * 2 ** e));
      const results = vectorKernel({ instruction: "integerPow", from: [dtype, dtype], to: dtype, target, groups: 2, known: [undefined, n] })?.([x, x.slice()]);
      const expected = dtypes[dtype].allocate(x.length);
      expected.forEach((_, i) => (expected[i] = (x[i] as number) ** n));
      expect(results, dtype).toEqual(expected);
    }
  });

  /** The meaning is itself a few ulp from the true value, but right about NaN, infinities and signs. */
  test.each(rounded)("%s of special float64s", (instruction) => {
    const all = [...special, 710, -746, 1e300, -1e300, 5e-324, -5e-324, 2 ** -1022, 1.7e308, 1.6e6, 1e22];
    const pairs = all.flatMap((x) => (arity(instruction) === 2 ? all.map((y) => [x, instruction === "integerPow" ? Math.trunc(Number.isFinite(y) ? y : 1) : y]) : [[x, 0]]));
    while (pairs.length % 8 !== 0) pairs.push([1, 1]);
    const columns = [0, 1].slice(0, arity(instruction)).map((k) => Float64Array.from(pairs, (p) => p[k] as number));
    const kernel = vectorKernel({ instruction, from: columns.map(() => "float64"), to: "float64", target, groups: 2 });
    const results = kernel?.(columns);
    pairs.forEach(([x, y], i) => {
      const meant = meaningOf(instruction)(x as number, y as number, 0);
      const result = results?.[i] as number;
      const exact = meant === 0 || !Number.isFinite(meant);
      const label = `${instruction}(${x}, ${y})`;
      if (exact || !Number.isFinite(result)) expect.soft(result, label).toBe(meant);
      else if (instruction !== "logAddExp") expect.soft(Number(ordinal(result) - ordinal(meant)), label).toBeOneOf([-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6]);
      else expect.soft(Math.abs(result - meant), label).toBeLessThanOrEqual(4 * dtypes.float64.epsilon * Math.max(Math.abs(x as number), Math.abs(y as number), 1));
    });
  });

  test.each(rounded)("%s: the same bits alone, in a small group, in a large one, with scratch memory and without", (instruction) => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = dtypes[dtype].allocate(1024);
      sweep32(1024).forEach((v, i) => (x[i] = v));
      const y = x.slice().map((_, i) => (instruction === "integerPow" ? (i % 9) - 4 : (x[(i * 31 + 7) % 1024] as number)));
      const columns = arity(instruction) === 2 ? [x, y] : [x];
      const forms = [{ groups: 4 }, { groups: 1 }, { groups: 2, scratch: false }, { groups: 1, single: true }];
      const [first, ...others] = forms.map((form) => vectorKernel({ instruction, from: columns.map(() => dtype), to: dtype, target, ...form })?.(columns));
      for (const other of others) expect(other).toEqual(first);
    }
  });
});

test("sine and cosine never exceed 1, next to every odd multiple of π/2 either", () => {
  for (const [instruction, first] of [["sin", 1], ["cos", 0]] as const) {
    const at = new Float32Array(16384);
    const bits = new Int32Array(at.buffer);
    for (let i = 0; i < at.length; i++) {
      at[i] = (first + 2 * (i >> 6)) * (Math.PI / 2);
      if (at[i] !== 0) bits[i] = (bits[i] as number) + (i % 64) - 32;
    }
    for (const target of Object.values(targets)) {
      const results = vectorKernel({ instruction, from: ["float32"], to: "float32", target, groups: 4 })?.([at]) as Float32Array;
      expect(Math.max(...results.map(Math.abs))).toBeLessThanOrEqual(1);
    }
  }
});
