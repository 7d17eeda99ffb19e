/** Scatters: what they write where, repeated indices included, and derivatives that follow the order of writing. */
import { describe, expect, test } from "vitest";
import { jvp, vjp } from "../../src/api/transforms.ts";
import type { IndexMode } from "../../src/core/array-types.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import { bind, type Value } from "../../src/core/tensor.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { scatterAdd } from "../../src/ops/gather.ts";
import type { IndexParams } from "../../src/ops/index-geometry.ts";
import { scatterMaxPrimitive, scatterMinPrimitive, scatterMul, scatterSet } from "../../src/ops/scatter.ts";
import { expectLaws, expectValue, list, make, sample } from "./laws.ts";

type Scatter = (x: Value, indices: Value, updates: Value, params: IndexParams) => Value;
const by = (primitive: typeof scatterMinPrimitive): Scatter => (x, i, u, params) => bind(primitive, [x, i, u], params)[0] as Value;
const scatters: Readonly<Record<string, Scatter>> = { add: scatterAdd, set: scatterSet, mul: scatterMul, min: by(scatterMinPrimitive), max: by(scatterMaxPrimitive) };
const scatterMin = scatters["min"] as Scatter;
const scatterMax = scatters["max"] as Scatter;

const params = (axes: number[], mode: IndexMode = "throw", batch = 0): IndexParams => ({ axes, mode, batch });
const int = (shape: number[], elements: number[]): ConcreteArray => make(shape, elements, "int32");
const first = params([0]);

/** Gradients of Σ weights · f. */
function gradients(f: (...xs: Value[]) => Value, operands: readonly Value[], weights: Value): number[][] {
  const [, pull] = vjp(f as never, ...(operands as never[]));
  return (pull(weights as never) as unknown as Value[]).map(list);
}

describe("what is written", () => {
  const x = make([3], [10, 20, 30]);
  const indices = int([4, 1], [1, 1, -3, 1]);
  const updates = make([4], [2, 3, 5, 4]);
  test("repeated indices are met one after the other", () => {
    expectValue(scatterAdd(x, indices, updates, first), [3], [15, 29, 30]);
    expectValue(scatterSet(x, indices, updates, first), [3], [5, 4, 30]);
    expectValue(scatterMul(x, indices, updates, first), [3], [50, 480, 30]);
    expectValue(scatterMin(x, indices, updates, first), [3], [5, 2, 30]);
    expectValue(scatterMax(x, indices, mul(updates, 6), first), [3], [30, 24, 30]);
  });
  test("rows, columns, elements and paired batch axes", () => {
    const zeros = make([2, 3], [0, 0, 0, 0, 0, 0]);
    expectValue(scatterAdd(zeros, int([1, 1], [1]), make([1, 3], [1, 2, 3]), first), [2, 3], [0, 0, 0, 1, 2, 3]);
    expectValue(scatterSet(zeros, int([2, 1], [2, 0]), make([2, 2], [1, 2, 3, 4]), params([1])), [2, 3], [3, 0, 1, 4, 0, 2]);
    expectValue(scatterSet(zeros, int([2, 2], [2, 1, 0, 0]), make([2], [7, 8]), params([1, 0])), [2, 3], [8, 0, 0, 0, 0, 7]);
    expectValue(scatterSet(zeros, int([2, 1], [2, 0]), make([2], [7, 8]), params([1], "throw", 1)), [2, 3], [0, 0, 7, 8, 0, 0]);
  });
  test("out of bounds: left out, clipped, wrapped, or an error", () => {
    const outside = int([3, 1], [3, -5, 1]);
    const ones = make([3], [1, 2, 3]);
    expectValue(scatterAdd(x, outside, ones, params([0], "fill")), [3], [10, 23, 30]);
    expectValue(scatterAdd(x, outside, ones, params([0], "clip")), [3], [12, 23, 31]);
    expectValue(scatterAdd(x, outside, ones, params([0], "wrap")), [3], [11, 25, 30]);
    expect(() => scatterAdd(x, outside, ones, first)).toThrow(/^index 3 is out of bounds for axis 0 of length 3 of f64\[3\]\n {4}at .*scatter\.test\.ts/);
  });
  test("the operand stays as it was", () => {
    scatterSet(x, indices, updates, first);
    expect(list(x)).toEqual([10, 20, 30]);
  });
  test("nothing is written by no indices, nor along an empty rest", () => {
    expectValue(scatterAdd(x, int([0, 1], []), make([0], []), first), [3], [10, 20, 30]);
    expectValue(scatterAdd(make([2, 0], []), int([1, 1], [1]), make([1, 0], []), first), [2, 0], []);
  });
  test("float32 sums are kept in float64 and rounded once", () => {
    const wide = make([4], [2 ** 24, 1, 1, -(2 ** 24)], "float32");
    expect(list(scatterAdd(make([1], [0], "float32"), int([4, 1], [0, 0, 0, 0]), wide, first))).toEqual([2]);
  });
  test.each<DType>(["int32", "uint32"])("%s counts modulo 2³²", (dtype) => {
    const big = make([1], [2_000_000_000], dtype);
    const twice = scatterAdd(big, int([2, 1], [0, 0]), make([2], [2_000_000_000, 2_000_000_000], dtype), first);
    const product = scatterMul(big, int([1, 1], [0]), make([1], [3], dtype), first);
    const wrap = (n: number): number => (dtype === "int32" ? n | 0 : n >>> 0);
    expect([...list(twice), ...list(product)]).toEqual([wrap(6_000_000_000), wrap(6_000_000_000)]);
  });
  test("bool is set and compared, not added", () => {
    const bools = make([2], [0, 1], "bool");
    const on = make([1], [1], "bool");
    expectValue(scatterSet(bools, int([1, 1], [0]), on, first), [2], [1, 1], "bool");
    expect(() => scatterAdd(bools, int([1, 1], [0]), on, first)).toThrow(/scatterAdd: needs numeric operands, got bool\[2\]/);
  });
  test("updates must fit what the indices select", () => {
    expect(() => scatterAdd(x, indices, make([3], [1, 2, 3]), first)).toThrow(/scatterAdd: updates f64\[3\] do not fit the selection \[4\] of f64\[3\], i32\[4,1\]/);
    expect(() => scatterAdd(x, indices, make([4], [1, 2, 3, 4], "float32"), first)).toThrow(/differ in dtype/);
  });
});

describe("the laws", () => {
  const distinct: readonly (readonly [number[], ConcreteArray, number[], IndexParams])[] = [
    [[4], int([2, 1], [3, 0]), [2], first],
    [[3, 2], int([2, 1], [2, -3]), [2, 2], first],
    [[2, 3], int([2, 1], [2, 0]), [2, 2], params([1])],
    [[2, 3, 2], int([2, 2], [1, 0, 0, 1]), [2, 3], params([2, 0])],
    [[2, 3], int([2, 2, 1], [2, 0, 1, 2]), [2, 2], params([1], "throw", 1)],
    [[3], int([1], [1]), [], first],
  ];
  const repeated: typeof distinct = [
    [[3], int([4, 1], [1, 1, 0, 1]), [4], first],
    [[2, 3, 2], int([2, 2, 1], [2, 2, 0, 0]), [2, 2, 2], params([1], "throw", 1)],
    [[2, 3], int([3, 2], [1, 2, 1, 2, 0, 0]), [3], params([0, 1])],
  ];
  for (const [name, scatter] of Object.entries(scatters)) {
    const slope = (s: IndexParams, i: Value) => (x: Value, u: Value) => scatter(mul(x, x), i, mul(u, u), s);
    test.each(distinct)(`${name}, distinct indices: %j`, (shape, indices, updates, s) => {
      expectLaws(slope(s, indices), [sample(shape), sample(updates, 1)]);
    });
    if (name === "mul") continue;
    test.each(repeated)(`${name}, repeated indices: %j`, (shape, indices, updates, s) => {
      expectLaws(slope(s, indices), [sample(shape), sample(updates, 1)]);
    });
    test.each(["clip", "fill", "wrap"] as const)(`${name}, indices from the batch and far outside, mode %s`, (mode) => {
      // the laws draw the batches of indices from -6 … 6
      expectLaws((x, i, u) => scatter(mul(x, x), i, mul(u, u), params([0], mode)), [sample([3]), int([4, 1], [5, -1, 0, -7]), sample([4], 1)]);
      expectLaws((x, i, u) => scatter(mul(x, x), i, mul(u, u), params([1], mode, 1)), [sample([2, 3]), int([2, 2, 1], [5, -1, 0, -7]), sample([2, 2], 1)]);
      expectLaws((x, u) => scatter(mul(x, x), int([4, 1], [5, -1, 0, -7]), mul(u, u), params([0], mode)), [sample([3, 2]), sample([4, 2], 1)]);
    });
  }
  test.each(["clip", "fill", "wrap"] as const)("mul of one traced index far outside, mode %s", (mode) => {
    expectLaws((x, i, u) => scatterMul(mul(x, x), i, mul(u, u), params([0], mode)), [sample([3, 2]), int([1], [5]), sample([2], 1)], { order: 1 });
    for (const at of [5, -7, 1]) expectLaws((x, u) => scatterMul(mul(x, x), int([1], [at]), mul(u, u), params([0], mode)), [sample([3, 2]), sample([2], 1)]);
  });
});

describe("derivatives at repeated indices", () => {
  const indices = int([4, 1], [1, 1, 0, 1]);
  const weights = make([3], [1, 10, 100]);
  test("set: only the last value of a place has a slope", () => {
    const f = (x: Value, u: Value): Value => scatterSet(x, indices, u, first);
    expect(gradients(f, [sample([3]), sample([4])], weights)).toEqual([[0, 0, 100], [0, 0, 1, 10]]);
    const moved = jvp(f as never, [sample([3]), sample([4])] as never, [make([3], [1, 2, 3]), make([4], [5, 6, 7, 8])] as never);
    expect(list(moved[1] as unknown as Value)).toEqual([7, 8, 3]);
  });
  test("set with traced indices knows the last one too, rows included", () => {
    const f = (x: Value, u: Value, i: Value): Value => scatterSet(x, i, u, first);
    const [, pull] = vjp(((x: Value, u: Value) => f(x, u, indices)) as never, ...([sample([3, 2]), sample([4, 2])] as never[]));
    expect((pull(make([3, 2], [1, 2, 10, 20, 100, 200]) as never) as unknown as Value[]).map(list)).toEqual([[0, 0, 0, 0, 100, 200], [0, 0, 0, 0, 1, 2, 10, 20]]);
  });
  test("max and min share the slope among all that equal the result", () => {
    const tied = make([4], [7, 7, 5, 3]);
    expect(gradients((x, u) => scatterMax(x, indices, u, first), [make([3], [5, 7, 9]), tied], weights).map((g) => g.map((v) => Math.round(v * 1e9) / 1e9))).toEqual([[0.5, 3.333333333, 100], [3.333333333, 3.333333333, 0.5, 0]]);
    expect(gradients((x, u) => scatterMin(x, indices, u, first), [make([3], [5, 3, 9]), tied], weights)).toEqual([[0.5, 5, 100], [0, 0, 0.5, 5]]);
  });
  test("mul: in the operand always, in the values only where no index can repeat", () => {
    const f = (x: Value, u: Value): Value => scatterMul(x, indices, u, first);
    expect(gradients((x) => f(x, make([4], [2, 3, 5, 4])), [sample([3])], weights)).toEqual([[5, 240, 100]]);
    expect(() => gradients(f, [sample([3]), sample([4])], weights)).toThrow(/derivative with respect to v needs indices that are all different, and these repeat[\s\S]*hint: update in several steps/);
    const traced = (x: Value, u: Value, i: Value): Value => scatterMul(x, i, u, first);
    expect(() => jvp(traced as never, [sample([3]), sample([4]), indices] as never, [null, sample([4]), null] as never)).toThrow(/these are only known when the program runs[\s\S]*hint: if they are all different, write x\.at\(i\)\.set\(x\.get\(i\)\.mul\(v\)\)/);
  });
  test("NaN takes the maximum and no slope", () => {
    expect(gradients((x, u) => scatterMax(x, int([1, 1], [0]), u, first), [make([2], [1, 2]), make([1], [Number.NaN])], make([2], [1, 1]))).toEqual([[0, 1], [0]]);
  });
});
