/** dotGeneral: what it gives against plain loops, in every layout and size class of its kernel, and what the transforms make of it. */
import { describe, expect, test } from "vitest";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes } from "../../src/core/dtype.ts";
import { printProgram } from "../../src/core/print.ts";
import { sizeOf, stridesOf } from "../../src/core/shape.ts";
import { record, type Value } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { type Contraction, dotGeneral } from "../../src/ops/dot.ts";
import { add } from "../../src/ops/elementwise.ts";
import { transpose } from "../../src/ops/structure.ts";
import { pullBack } from "../../src/transform/transpose.ts";
import { expectLaws, list, make, sample } from "./laws.ts";

/** Every combination of positions along axes of these lengths. */
function positions(lengths: readonly number[]): number[][] {
  return lengths.reduce<number[][]>((all, n) => all.flatMap((p) => Array.from({ length: n }, (_, i) => [...p, i])), [[]]);
}

/** The definition: one loop over each kind of axis. */
function byLoops(x: ConcreteArray, y: ConcreteArray, { contract, batch }: Contraction): number[] {
  const element = (v: ConcreteArray, axes: readonly (readonly number[])[], at: readonly (readonly number[])[]): number => {
    const strides = stridesOf(v.type.shape);
    let offset = 0;
    axes.forEach((list, k) => list.forEach((axis, i) => (offset += (strides[axis] as number) * (at[k]?.[i] as number))));
    return v.elements[offset] as number;
  };
  const free = (v: ConcreteArray, side: 0 | 1): number[] => v.type.shape.flatMap((_, a) => (contract[side].includes(a) || batch[side].includes(a) ? [] : [a]));
  const lengths = (v: ConcreteArray, axes: readonly number[]): number[] => axes.map((a) => v.type.shape[a] as number);
  const [xFree, yFree] = [free(x, 0), free(y, 1)];
  return positions(lengths(x, batch[0])).flatMap((b) =>
    positions(lengths(x, xFree)).flatMap((i) =>
      positions(lengths(y, yFree)).map((j) =>
        positions(lengths(x, contract[0])).reduce((sum, k) => sum + element(x, [batch[0], xFree, contract[0]], [b, i, k]) * element(y, [batch[1], yFree, contract[1]], [b, j, k]), 0),
      ),
    ),
  );
}

const cases: readonly (readonly [number[], number[], Contraction])[] = [
  [[2, 3], [3, 4], { contract: [[1], [0]], batch: [[], []] }],
  [[3, 2], [4, 3], { contract: [[0], [1]], batch: [[], []] }],
  [[3], [3], { contract: [[0], [0]], batch: [[], []] }],
  [[2], [3], { contract: [[], []], batch: [[], []] }],
  [[2, 3], [3, 2], { contract: [[], []], batch: [[0, 1], [1, 0]] }],
  [[2, 3, 4], [4, 2, 5], { contract: [[2], [0]], batch: [[0], [1]] }],
  [[2, 3, 2, 2], [2, 2, 2, 3], { contract: [[0, 3], [2, 0]], batch: [[2], [1]] }],
  [[2, 3, 2], [2, 2, 3], { contract: [[1, 0], [2, 1]], batch: [[], []] }],
  [[2, 0], [0, 3], { contract: [[1], [0]], batch: [[], []] }],
  [[0, 2], [2, 3], { contract: [[1], [0]], batch: [[], []] }],
  [[], [2], { contract: [[], []], batch: [[], []] }],
];

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  expect(actual.filter((v, i) => !(Math.abs(v - (expected[i] as number)) <= tolerance * scale))).toEqual([]);
}

describe("dotGeneral", () => {
  test.each(cases)("%j · %j with %j is what the loops give, and obeys the laws", (xs, ys, params) => {
    const [x, y] = [sample(xs), sample(ys, 1)];
    expectNear(list(dotGeneral(x, y, params)), byLoops(x, y, params), 1e-14);
    expectLaws((a, b) => dotGeneral(a, b, params), [x, y]);
  });

  const matrices = { contract: [[1], [0]], batch: [[], []] } as const;
  test.each([[1, 300, 7], [7, 300, 1], [4, 4, 4], [5, 257, 6], [9, 512, 13], [33, 600, 17], [8, 1, 8], [3, 0, 9]])("sizes around the kernel's tiles and blocks: %i × %i × %i, in all layouts", (m, k, n) => {
    const [x, y] = [sample([m, k]), sample([k, n], 1)];
    const expected = byLoops(x, y, matrices);
    const [xt, yt] = [transpose(x, [1, 0]), transpose(y, [1, 0])];
    for (const [a, i] of [[x, 1], [xt, 0]] as const) {
      for (const [b, j] of [[y, 0], [yt, 1]] as const) expectNear(list(dotGeneral(a, b, { contract: [[i], [j]], batch: [[], []] })), expected, 1e-13);
    }
  });

  test("float32 sums are kept in float64 and rounded once", () => {
    const x = make([1, 3], [2 ** 24, 1, -(2 ** 24)], "float32");
    expect(list(dotGeneral(x, make([3, 1], [1, 1, 1], "float32"), matrices))).toEqual([1]);
    // through the tiled kernel as well
    const wide = make([8, 3], Array.from({ length: 8 }, () => [2 ** 24, 1, -(2 ** 24)]).flat(), "float32");
    expect(list(dotGeneral(wide, make([3, 8], new Array<number>(24).fill(1), "float32"), matrices))).toEqual(new Array(64).fill(1));
  });

  test.each<[DType, number[]]>([["int32", [-727379968]], ["uint32", [3567587328]]])("%s counts modulo 2³²", (dtype, expected) => {
    expect(list(dotGeneral(make([1, 1], [1_000_000], dtype), make([1, 1], [1_000_000], dtype), matrices))).toEqual(expected);
  });

  test("infinities and NaN stay where they belong beside padded tiles", () => {
    const x = make([5, 2], [1, Infinity, 1, 1, 1, 1, 1, 1, NaN, 1]);
    const y = make([2, 5], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1]);
    const rows = [[NaN, Infinity, Infinity, Infinity, Infinity], ...[1, 2, 3].map(() => [1, 2, 2, 2, 2]), new Array<number>(5).fill(NaN)];
    expect(list(dotGeneral(x, y, matrices))).toEqual(rows.flat());
  });

  test("backward it is two contractions, and no axis of a matrix moves", () => {
    const [x, y] = [tensorType("float32", [2, 3]), tensorType("float32", [3, 4])];
    const { program } = record("forward", [x, y], ([a, b]) => [dotGeneral(a as Value, b as Value, matrices)]);
    const left = record("left", [y, tensorType("float32", [2, 4])], ([b, ct]) => pullBack(program, [null, b as Value], [ct as Value], add) as Value[]).program;
    const right = record("right", [x, tensorType("float32", [2, 4])], ([a, ct]) => pullBack(program, [a as Value, null], [ct as Value], add) as Value[]).program;
    expect([left, right].map((p) => printProgram(p))).toMatchInlineSnapshot(`
      [
        "{ (a: f32[3,4], b: f32[2,4]) =>
          c: f32[2,3] = dotGeneral[contract=((1),(1)) batch=((),())] b a
        in (c) }",
        "{ (a: f32[2,3], b: f32[2,4]) =>
          c: f32[3,4] = dotGeneral[contract=((0),(0)) batch=((),())] a b
        in (c) }",
      ]
    `);
  });

  test("refuses what does not fit", () => {
    const bool = make([2], [1, 0], "bool");
    const dot = { contract: [[0], [0]], batch: [[], []] } as const;
    expect(() => dotGeneral(bool, bool, dot)).toThrow(/bool has no products and sums: bool\[2\] · bool\[2\][\s\S]*hint: count with x\.astype\("int32"\)/);
    expect(() => dotGeneral(sample([2]), sample([3]), dot)).toThrow(/paired axes differ in length \(2 ≠ 3\): f64\[2\] · f64\[3\]/);
    expect(() => dotGeneral(sample([2]), sample([2], 0, "float32"), dot)).toThrow(/differ in dtype: f64\[2\] · f32\[2\]/);
    expect(() => dotGeneral(sample([2]), sample([2]), { contract: [[0], [0]], batch: [[0], [0]] })).toThrow(/named twice/);
    expect(() => dotGeneral(sample([2]), sample([2]), { contract: [[1], [0]], batch: [[], []] })).toThrow(/does not exist/);
    expect(() => dotGeneral(sample([2]), sample([2]), { contract: [[0], []], batch: [[], []] })).toThrow(/as many axes/);
  });

  test("its dtype is that of the operands", () => {
    for (const dtype of Object.keys(dtypes).filter((d) => d !== "bool") as DType[]) {
      const y = dotGeneral(make([2], [1, 2], dtype), make([2], [3, 4], dtype), { contract: [[0], [0]], batch: [[], []] });
      expect([y.type.dtype, sizeOf(y.type.shape), ...list(y)]).toEqual([dtype, 1, 11]);
    }
  });
});
