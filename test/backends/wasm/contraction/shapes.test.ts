/** Matrix products of random shapes, strides and dtypes on every target, against sums in float64. */
import { describe, test } from "vitest";
import type { ContractionKernel } from "../../../../src/kernel/ir.ts";
import { check, type Random, randomFrom, store, targets } from "./harness.ts";
import { filled, type Layout, layouts, matrix } from "./matrices.ts";

interface Case {
  readonly dtype: "float32" | "float64";
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Layout;
  readonly b: Layout;
  readonly out: Layout;
  readonly shared?: "a" | "b";
}

function kernelOf({ dtype, batch, m, n, k, a, b, out, shared }: Case): ContractionKernel {
  const output = matrix(2, dtype, batch, m, n, out);
  return {
    kind: "contraction", name: "product", place: undefined, dtype, batch, m, n, k,
    a: matrix(0, dtype, batch, m, k, a, shared === "a"), b: matrix(1, dtype, batch, k, n, b, shared === "b"),
    stores: [store(output, { kind: "accumulator", dtype })],
  };
}

function run(one: Case, random: Random, target: (typeof targets)[string]): void {
  const kernel = kernelOf(one);
  const arrays = filled([kernel.a.buffer, kernel.b.buffer, kernel.stores[0]!.access.buffer], random);
  check(kernel, target, arrays, { cuts: random() < 0.5 ? [] : [random() / 2, 0.5 + random() / 2], last: Math.floor(random() * 3) });
}

const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

describe.each(Object.entries(targets))("%s", (_, target) => {
  test.each(["float32", "float64"] as const)("random shapes and strides, %s", (dtype) => {
    const random = randomFrom(dtype === "float32" ? 1 : 2);
    const size = (): number => (random() < 0.15 ? 1 : 1 + Math.floor(random() * 40));
    for (let i = 0; i < 150; i++) {
      const batch = pick(random, [[], [], [], [3], [2, 3], [1], [2, 1, 2]]);
      const shared = pick(random, [undefined, undefined, "a", "b"] as const);
      const out = pick(random, layouts.filter((layout) => layout !== "broadcast"));
      run({ dtype, batch, m: size(), n: size(), k: size(), a: pick(random, layouts), b: pick(random, layouts), out, ...(shared === undefined ? {} : { shared }) }, random, target);
    }
  });

  test.each(["float32", "float64"] as const)("every number of columns, and of rows, up to 40, %s", (dtype) => {
    const random = randomFrom(3);
    for (let size = 1; size <= 40; size++) {
      run({ dtype, batch: [], m: 7, n: size, k: 5, a: "rows", b: "rows", out: "rows" }, random, target);
      run({ dtype, batch: [], m: size, n: 17, k: 3, a: "columns", b: "columns", out: "rows" }, random, target);
      run({ dtype, batch: [], m: 19, n: 9, k: size, a: "rows", b: "columns", out: "padded" }, random, target);
    }
  });

  test("nothing to sum, nothing to write", () => {
    const random = randomFrom(4);
    const one = { dtype: "float32", batch: [], m: 5, n: 7, k: 6, a: "rows", b: "rows", out: "rows" } as const;
    run({ ...one, k: 0 }, random, target);
    run({ ...one, m: 0 }, random, target);
    run({ ...one, n: 0 }, random, target);
    run({ ...one, batch: [0] }, random, target);
    run({ ...one, batch: [3, 2], k: 0 }, random, target);
  });

  test("one row, one column, one of each, long sums", () => {
    const random = randomFrom(5);
    for (const dtype of ["float32", "float64"] as const) {
      for (const a of layouts) {
        for (const b of layouts) {
          for (const [m, n, k] of [[1, 150, 37], [150, 1, 37], [1, 1, 100], [2, 67, 20], [67, 3, 21], [4, 33, 50]] as const) run({ dtype, batch: [], m, n, k, a, b, out: "rows" }, random, target);
        }
      }
    }
  });

  test("large enough for blocks in every direction", () => {
    const random = randomFrom(6);
    run({ dtype: "float32", batch: [], m: 61, n: 150, k: 1111, a: "rows", b: "rows", out: "rows" }, random, target);
    run({ dtype: "float32", batch: [], m: 20, n: 150, k: 1700, a: "columns", b: "columns", out: "padded" }, random, target);
    run({ dtype: "float64", batch: [], m: 67, n: 66, k: 1030, a: "rows", b: "columns", out: "rows" }, random, target);
    run({ dtype: "float32", batch: [2], m: 103, n: 20, k: 600, a: "columns", b: "rows", out: "columns" }, random, target);
    run({ dtype: "float32", batch: [], m: 203, n: 70, k: 600, a: "rows", b: "columns", out: "rows" }, random, target);
    // more panels than are packed at a time
    run({ dtype: "float32", batch: [], m: 33, n: 2100, k: 520, a: "columns", b: "rows", out: "rows" }, random, target);
    run({ dtype: "float32", batch: [], m: 1, n: 1050, k: 1030, a: "columns", b: "rows", out: "rows" }, random, target);
    run({ dtype: "float64", batch: [], m: 2, n: 530, k: 1001, a: "rows", b: "padded", out: "rows" }, random, target);
    run({ dtype: "float32", batch: [], m: 1000, n: 10, k: 7, a: "rows", b: "rows", out: "rows" }, random, target);
    // rows that are packed together: of a far apart in few steps of k, with two tails; in several blocks of k, with one; too few of them for a tile
    run({ dtype: "float32", batch: [], m: 50, n: 260, k: 130, a: "columns", b: "rows", out: "rows" }, random, target);
    run({ dtype: "float64", batch: [], m: 56, n: 140, k: 1300, a: "columns", b: "columns", out: "rows" }, random, target);
    run({ dtype: "float32", batch: [], m: 5, n: 300, k: 300, a: "columns", b: "padded", out: "columns" }, random, target);
    run({ dtype: "float32", batch: [], m: 160, n: 65, k: 801, a: "padded", b: "rows", out: "rows" }, random, target);
    run({ dtype: "float32", batch: [50], m: 8, n: 8, k: 8, a: "rows", b: "rows", out: "rows" }, random, target);
  });
});
