/** mean, squaredDeviations, softmax and logSoftmax: over short rows, and over long ones, which are written in blocks. */
import { describe, expect, test } from "vitest";
import { profile, scan, std, traceFn, vmap } from "chainrule";
import { grad } from "../../src/api/transforms.ts";
import type { Value } from "../../src/core/tensor.ts";
import { inBlocks } from "../../src/ops/long-rows.ts";
import { reduceSum, spread } from "../../src/ops/structure.ts";
import { div, mul, sub } from "../../src/ops/arithmetic.ts";
import { sqrt } from "../../src/ops/exponential.ts";
import { sin } from "../../src/ops/trigonometric.ts";
import { logSoftmax, mean, type RowFunction, softmax, squaredDeviations } from "../../src/ops/rows.ts";
import { lowerProgram } from "../../src/kernel/lower.ts";
import { optimize } from "../../src/transform/optimize.ts";
import { record } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { expectLaws, expectValue, list, make, sample } from "./laws.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const functions = { mean, squaredDeviations, softmax, logSoftmax };

describe.each(Object.entries(functions))("%s", (name, f) => {
  test.each([[[2, 3, 2], [0, 2]], [[3, 4], [0]], [[4], [0]], [[2, 3], [1]], [[1], [0]]])("obeys the laws: %j over %j", (shape, axes) => {
    expectLaws((x) => f(x, axes), [sample(shape)], { order: 3 });
  });
  test("refuses what is not floating", () => {
    expect(() => f(make([1], [1], "int32"), [0])).toThrow(new RegExp(`${name}: not defined for i32\\[1\\]`));
  });
});

test("values", () => {
  expectValue(mean(make([2, 2], [1, 2, 5, 8]), [1]), [2], [1.5, 6.5]);
  expectValue(mean(make([0], []), [0]), [], [nan]);
  expectValue(squaredDeviations(make([2, 3], [1, 2, 3, 5, 5, 5]), [1]), [2], [2, 0]);
  expectValue(softmax(make([2, 2], [0, 0, 1000, -inf]), [1]), [2, 2], [0.5, 0.5, 1, 0]);
  expectValue(softmax(make([2], [-inf, -inf]), [0]), [2], [nan, nan]);
  expectValue(logSoftmax(make([2], [0, -1000]), [0]), [2], [0, -1000]);
});

/** What a row comes to, and the derivative of Σ wₖ yₖ along it. */
interface Reference {
  readonly values: (row: Float64Array) => ArrayLike<number>;
  readonly gradient: (row: Float64Array, weights: ArrayLike<number>) => ArrayLike<number>;
}
const sumOf = (row: Float64Array): number => row.reduce((a, b) => a + b, 0);
function centred(row: Float64Array): Float64Array {
  const middle = sumOf(row) / row.length;
  return row.map((x) => x - middle);
}
function shares(row: Float64Array): Float64Array {
  const top = row.reduce((a, b) => Math.max(a, b), -inf);
  const powers = row.map((x) => Math.exp(x - top));
  const total = sumOf(powers);
  return powers.map((p) => p / total);
}
function logShares(row: Float64Array): Float64Array {
  const top = row.reduce((a, b) => Math.max(a, b), -inf);
  const total = Math.log(sumOf(row.map((x) => Math.exp(x - top))));
  return row.map((x) => x - top - total);
}
const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number => Array.from(x).reduce((sum, a, i) => sum + a * (y[i] as number), 0);
const references: Readonly<Record<keyof typeof functions, Reference>> = {
  mean: { values: (row) => [sumOf(row) / row.length], gradient: (row, w) => row.map(() => (w[0] as number) / row.length) },
  squaredDeviations: { values: (row) => [sumOf(centred(row).map((c) => c * c))], gradient: (row, w) => centred(row).map((c) => 2 * c * (w[0] as number)) },
  softmax: {
    values: shares,
    gradient: (row, w) => {
      const y = shares(row);
      const along = dot(y, w);
      return y.map((p, i) => p * ((w[i] as number) - along));
    },
  },
  logSoftmax: {
    values: logShares,
    gradient: (row, w) => {
      const all = sumOf(Float64Array.from(w));
      return shares(row).map((p, i) => (w[i] as number) - p * all);
    },
  },
};

/** Shapes [before, length, behind] of which the middle axis is a row; in blocks, but for the prime one. */
const long: readonly (readonly [number, number, number])[] = [[1, 20_000, 1], [3, 70_000, 1], [70, 40_000, 1], [1, 20_000, 3], [2, 4500, 70], [1, 65_537, 2]];

function elementsOf(count: number, salt: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 7 * Math.sin(i * 1.3 + salt) + 3 * Math.cos(i * 0.01 * salt));
}
/** Row r of `rows` as it lies in an array of shape [before, length, behind]. */
function rowOf(x: ArrayLike<number>, [, length, behind]: readonly [number, number, number], r: number, perRow = length): Float64Array {
  const start = Math.floor(r / behind) * perRow * behind + (r % behind);
  return Float64Array.from({ length: perRow }, (_, k) => x[start + k * behind] as number);
}
function expectNear(actual: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  for (let i = 0; i < wanted.length; i++) {
    const [x, y] = [actual[i] as number, wanted[i] as number];
    if (!Object.is(x, y) && !(Math.abs(x - y) <= 1e-12 + 1e-9 * Math.abs(y))) throw new Error(`${what}: element ${i} is ${x} instead of ${y}`);
  }
}

describe.each(Object.entries(functions) as [keyof typeof functions, RowFunction][])("%s of long rows", (name, f) => {
  const { values, gradient } = references[name];
  test.each(long)("[%i,%i,%i]", (...shape) => {
    const [before, length, behind] = shape;
    const x = make(shape, Array.from(elementsOf(before * length * behind, 2)));
    const rows = before * behind;
    const perRow = name === "softmax" || name === "logSoftmax" ? length : 1;
    const weights = make(perRow === length ? shape : [before, behind], Array.from(elementsOf(rows * perRow, 5)));
    const eager = list(f(x, [1]));
    const compiled = list(traceFn(((v: Value) => f(v, [1])) as never)(x as never) as unknown as Value);
    const slope = list(grad(((v: Value) => reduceSum(mul(weights, f(v, [1])), weights.type.shape.map((_, a) => a))) as never)(x as never) as unknown as Value);
    for (let r = 0; r < rows; r++) {
      const row = rowOf(x.elements, shape, r);
      const wanted = values(row);
      for (const [what, y] of [["eager", eager], ["compiled", compiled]] as const) expectNear(rowOf(y, shape, r, perRow), wanted, `${what}, row ${r}`);
      expectNear(rowOf(slope, shape, r), gradient(row, rowOf(weights.elements, shape, r, perRow)), `gradient of row ${r}`);
    }
  });
  test("whatever stands in it", () => {
    const length = 20_000;
    for (const [at, value] of [[[5000, 11_000], -inf], [[0, length], -inf], [[7, 8], nan], [[7, 8], inf], [[0, length], 3], [[0, 10_000], -1e140], [[0, 10_000], 1e140]] as const) {
      const row = elementsOf(length, 1).fill(value, ...at);
      const wanted = values(row);
      const compiled = traceFn(((v: Value) => f(v, [0])) as never)(make([length], Array.from(row)) as never) as unknown as Value;
      expectNear(list(compiled), wanted, `${value} at ${at.join()}`);
    }
  });
  test("in a batch as alone, and with a second derivative", () => {
    const x = make([2, 20_000], Array.from(elementsOf(40_000, 3)));
    const over = vmap(((v: Value) => f(v, [0])) as never)(x as never) as unknown as Value;
    const each = f(x, [1]);
    expectNear(list(over), list(each), "vmap");
    const h = 1e-4;
    const slopeAt = (shift: number): number => {
      const moved = make([20_000], Array.from(elementsOf(20_000, 3), (e, i) => (i === 9 ? e + shift : e)));
      return list(grad(((v: Value) => reduceSum(sin(f(v, [0])), f(v, [0]).type.shape.map((_, a) => a))) as never)(moved as never) as unknown as Value)[9] as number;
    };
    const twice = grad(((v: Value) => reduceSum(mul(one(9), grad(((u: Value) => reduceSum(sin(f(u, [0])), f(u, [0]).type.shape.map((_, a) => a))) as never)(v as never) as unknown as Value), [0])) as never)(make([20_000], Array.from(elementsOf(20_000, 3))) as never) as unknown as Value;
    const wanted = (slopeAt(h) - slopeAt(-h)) / (2 * h);
    expect(Math.abs((list(twice)[9] as number) - wanted)).toBeLessThan(1e-6 + 1e-3 * Math.abs(wanted));
  });
});

const one = (at: number): Value => make([20_000], Array.from({ length: 20_000 }, (_, i) => Number(i === at)));

describe("a mean that is large beside the deviations costs no digits", () => {
  const noise = (k: number): number => Math.sin(k * 12.9898) + Math.cos(k * 78.233);
  const slopes = (x: Value, f: (x: Value) => Value): number[] => list(grad(((v: Value) => f(v)) as never)(x as never) as unknown as Value);
  const deviation = (x: Value): Value => std(x as never, { ddof: 1 }) as unknown as Value;
  test.each([[100, 0], [100, 1e3], [100, 1e6], [700, -1e5], [20_000, 1e3], [70_000, 1e6]])("%i numbers around %d, float32", (length, middle) => {
    const x = make([length], Array.from({ length }, (_, k) => middle + noise(k)), "float32");
    const exact = centred(Float64Array.from(x.elements));
    const value = dot(exact, exact);
    expect(Math.abs((list(squaredDeviations(x, [0]))[0] as number) - value)).toBeLessThan(1e-6 * value);
    const compiled = traceFn(((v: Value) => squaredDeviations(v, [0])) as never)(x as never) as unknown as Value;
    expect(Math.abs((list(compiled)[0] as number) - value)).toBeLessThan(1e-6 * value);
    slopes(x, (v) => squaredDeviations(v, [0])).forEach((slope, k) => expect(Math.abs(slope - 2 * (exact[k] as number))).toBeLessThan(2e-6));
  });
  test.each([[2, -5.788981437683105], [118, -5.788981437683105], [300, 0.1], [5000, 1e6 + 0.3], [20_000, 0.1], [70_000, 1 / 3]])("%i times %d: no spread, and no gradient", (length, value) => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = make([length], Array.from({ length }, () => value), dtype);
      expect(new Set(slopes(x, deviation))).toEqual(new Set([0]));
      expect(list(deviation(x))).toEqual([0]);
    }
  });
  test("sums that overflow are infinite", () => {
    expect(list(squaredDeviations(make([10], Array.from({ length: 10 }, () => 3e38), "float32"), [0]))).toEqual([inf]);
    expect(list(squaredDeviations(make([2], [1, inf]), [0]))).toEqual([nan]);
    expect(slopes(make([3], [1, 2, -inf]), (v) => squaredDeviations(v, [0]))).toEqual([nan, nan, nan]);
  });
});

describe("outside of traces", () => {
  test("a loop whose body is a softmax is compiled when it is long", () => {
    const state = make([10], Array.from({ length: 10 }, (_, i) => i / 10), "float32");
    const kernels = (length: number): number => profile(() => void scan(((c: Value) => [softmax(c, [0]), null]) as never, state as never, null, { length })).rows.length;
    expect(kernels(3)).toBe(0);
    expect(kernels(20_000)).toBeGreaterThan(0);
  });
});

describe("memory is read at most twice", () => {
  /** Kernels that go over all elements: stages of a kernel find what the one before them has read in the cache. */
  function passes(shape: readonly number[], f: (x: Value) => Value): number {
    const { program } = record("f", [tensorType("float32", shape)], ([x]) => [f(x as Value)]);
    const count = shape.reduce((a, b) => a * b, 1);
    return lowerProgram(optimize(program)).kernels.filter((k) => k.kind === "loops" && k.outer.reduce((a, b) => a * b, 1) * Math.max(...k.stages.map((s) => s.inner.reduce((a, b) => a * b, 1))) === count).length;
  }
  const layerNorm = (axes: readonly number[]) => (x: Value): Value => {
    const along = (y: Value): Value => spread(y, x, axes);
    return div(sub(x, along(mean(x, axes))), along(sqrt(squaredDeviations(x, axes))));
  };
  test.each([[[8, 100_000], [1]], [[1, 50_257], [1]], [[60_000, 64], [0]], [[500, 40, 16], [0, 1]], [[100, 100_000], [1]]])("%j over %j", (shape, axes) => {
    for (const f of [(x: Value): Value => softmax(x, axes), (x: Value): Value => logSoftmax(x, axes), layerNorm(axes)]) expect(passes(shape, f)).toBe(2);
  });
});

test("blocks are of equal length, or there are none", () => {
  const of = (shape: readonly number[], axes: readonly number[]): readonly number[] | undefined => inBlocks(make(shape, []), axes)?.blocks.type.shape;
  expect(of([8, 100_000], [1])).toEqual([8, 25, 4000]);
  expect(of([60_000, 64], [0])).toEqual([15, 4000, 64]);
  expect(of([1000, 1000], [0, 1])).toEqual([250, 4, 1000]);
  expect(of([4, 1000], [1])).toBeUndefined();
  expect(of([100, 16_384], [1])).toBeUndefined();
  expect(of([1, 65_537], [1])).toBeUndefined();
});
