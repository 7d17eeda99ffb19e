/** Kernels with inner loops: reductions in every direction, several stages, running values. */
import { describe, expect, test } from "vitest";
import type { DType } from "../../../../src/core/dtype.ts";
import type { Carry, Expression } from "../../../../src/kernel/ir.ts";
import { apply, applyTo, buffer, compare, constant, index, kernel, load, reduce, resultOf, stage, store } from "./build.ts";
import { prepare, targets } from "./run.ts";

const close = { tolerance: 1e-4 };

describe.each([["float32", "add", 0], ["float64", "add", 0], ["float32", "max", Number.NEGATIVE_INFINITY], ["int32", "add", 0], ["int32", "min", 2 ** 31 - 1], ["uint32", "max", 0], ["bool", "and", 1], ["bool", "or", 0]] as const)("%s %s", (dtype: DType, combine, identity) => {
  const sums = (outer: readonly number[], inner: readonly number[], strides: readonly number[], out: readonly number[], offset = 0): void => {
    const x = buffer(1 + offset + strides.reduce((sum, s, d) => sum + Math.max(0, s) * ((outer[d] ?? inner[d - outer.length]) as number), 0), dtype);
    const r = reduce(combine, identity, load(x, strides, offset));
    const y = buffer(1 + outer.reduce((a, b) => a * b, 1), dtype);
    compare(kernel(outer, [stage({ inner, reductions: [r] }), stage({ stores: [store(y, out, resultOf(r))] })]), close);
  };
  test("of everything", () => {
    for (const n of [0, 1, 3, 15, 16, 17, 32, 100, 1000]) sums([], [n], [1], []);
  });
  test("of rows, columns and both", () => {
    for (const n of [1, 7, 16, 33]) {
      for (const m of [1, 5, 16, 50]) {
        sums([n], [m], [m, 1], [1]);
        sums([n], [m], [1, n], [1]);
      }
    }
    sums([6], [5, 18], [18, 6 * 18, 1], [1]);
    sums([18], [5, 6], [1, 6 * 18, 18], [1]);
    sums([3, 5], [20, 4], [400, 4, 20, 1], [5, 1]);
  });
  test("backward and with gaps", () => {
    sums([9], [40], [40, -1], [1], 39);
    sums([9], [40], [80, 2], [1]);
  });
});

test("softmax by rows and by columns", () => {
  for (const [rows, columns] of [[5, 10], [3, 16], [40, 37], [20, 100]] as const) {
    for (const strides of [[columns, 1], [1, rows]] as const) {
      const [x, y] = [buffer(rows * columns), buffer(rows * columns)];
      const max = reduce("max", Number.NEGATIVE_INFINITY, load(x, strides));
      const e = apply("exp", apply("sub", load(x, strides), resultOf(max)));
      const sum = reduce("add", 0, e);
      const inner = [columns];
      const stages = [stage({ inner, reductions: [max] }), stage({ inner, reductions: [sum] }), stage({ inner, stores: [store(y, strides, apply("div", e, resultOf(sum)))] })];
      compare(kernel([rows], stages), { tolerance: 1e-6 });
      // With the exponentials kept in the output between the stages.
      const kept = [stage({ inner, reductions: [max] }), stage({ inner, reductions: [sum], stores: [store(y, strides, e)] }), stage({ inner, stores: [store(y, strides, apply("div", load(y, strides), resultOf(sum)))] })];
      compare(kernel([rows], kept), { tolerance: 1e-6 });
    }
  }
});

test("extrema keep NaN and the sign of zero, wherever it stands", () => {
  const special = [[0, -0], [-0, -0], [-0, -1], [Number.NaN, 1], [Number.NaN, Number.NaN], [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY, 3], [-0, 0], [0, 5]] as const;
  for (const dtype of ["float32", "float64"] as const) {
    for (const columns of [7, 16, 50]) {
      const rows = special.length * 3;
      const [x, y, z] = [buffer(rows * columns, dtype), buffer(rows, dtype), buffer(rows, dtype)];
      for (const strides of [[columns, 1], [1, rows]] as const) {
        const values = new Array<number>(rows * columns);
        // One element of each row is the first of the pair, all others the second.
        for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) values[i * strides[0] + j * strides[1]] = special[i % special.length]![j === (i * 5) % columns ? 0 : 1];
        const [most, least] = [reduce("max", Number.NEGATIVE_INFINITY, load(x, strides)), reduce("min", Number.POSITIVE_INFINITY, load(x, strides))];
        compare(kernel([rows], [stage({ inner: [columns], reductions: [most, least] }), stage({ stores: [store(y, [1], resultOf(most)), store(z, [1], resultOf(least))] })]), { contents: new Map([[x, values]]) });
      }
    }
  }
});

test("several reductions in one pass, used together", () => {
  const [x, mean, y] = [buffer(12 * 50), buffer(12), buffer(12 * 50)];
  const sum = reduce("add", 0, load(x, [50, 1]));
  const squares = reduce("add", 0, apply("mul", load(x, [50, 1]), load(x, [50, 1])));
  const average = apply("div", resultOf(sum), constant(50));
  const variance = apply("sub", apply("div", resultOf(squares), constant(50)), apply("mul", average, average));
  const normal = apply("mul", apply("sub", load(x, [50, 1]), average), apply("rsqrt", apply("add", variance, constant(1e-5))));
  compare(kernel([12], [stage({ inner: [50], reductions: [sum, squares] }), stage({ stores: [store(mean, [1], average)] }), stage({ inner: [50], stores: [store(y, [50, 1], normal)] })]), { tolerance: 1e-5 });
});

test("stages that share what is the same at all inner points", () => {
  const [x, y, out, sums] = [buffer(20), buffer(20 * 6), buffer(20 * 6), buffer(20)];
  const row = load(x, [1, 0]);
  const twice = apply("add", row, row);
  const sum = reduce("add", 0, apply("mul", load(y, [6, 1]), twice));
  const shifted = apply("add", apply("mul", twice, load(y, [6, 1])), apply("neg", row));
  compare(kernel([20], [stage({ inner: [6], reductions: [sum] }), stage({ inner: [6], stores: [store(out, [6, 1], apply("sub", shifted, resultOf(sum)))] }), stage({ stores: [store(sums, [1], resultOf(sum))] })]), close);
});

test("a reduction over gathered elements and a broadcast", () => {
  const [x, w, at, y] = [buffer(300), buffer(20), buffer(20 * 6, "int32"), buffer(6)];
  const r = reduce("add", 0, apply("mul", load(w, [0, 1]), load(x, [0, 0], 0, [{ index: load(at, [20, 1]), stride: 3 }])));
  compare(kernel([6], [stage({ inner: [20], reductions: [r] }), stage({ stores: [store(y, [1], resultOf(r))] })]), { ...close, contents: new Map([[at, Array.from({ length: 120 }, (_, i) => (i * 37) % 100)]]) });
});

function running(dtype: DType, initial: number, next: (before: Expression) => Expression): { readonly carry: Carry; readonly before: Expression } {
  const carry: Carry = { kind: "running", dtype, initial, next: constant(0, dtype) };
  const before: Expression = { kind: "carry", dtype, of: carry };
  carry.next = next(before);
  return { carry, before };
}

test("running sums along either axis, forward and backward", () => {
  for (const [n, m] of [[5, 9], [20, 7], [33, 40]] as const) {
    for (const [strides, offset] of [[[m, 1], 0], [[1, n], 0], [[m, -1], m - 1], [[1, -n], n * (m - 1)]] as const) {
      const [x, y] = [buffer(n * m), buffer(n * m)];
      const { carry } = running("float32", 0, (before) => apply("add", before, load(x, strides, offset)));
      compare(kernel([n], [stage({ inner: [m], carries: [carry], stores: [store(y, strides, carry.next, { offset })] })]), close);
    }
  }
});

test("two running values that trade places, and where the largest element is", () => {
  const [x, y, z] = [buffer(21 * 11), buffer(21), buffer(21, "int32")];
  const a: Carry = { kind: "running", dtype: "float32", initial: 1, next: constant(0) };
  const b: Carry = { kind: "running", dtype: "float32", initial: 2, next: { kind: "carry", dtype: "float32", of: a } };
  a.next = apply("add", { kind: "carry", dtype: "float32", of: b }, load(x, [1, 21]));
  compare(kernel([21], [stage({ inner: [11], carries: [a, b] }), stage({ stores: [store(y, [1], apply("sub", resultOf(a), resultOf(b)))] })]), close);

  for (const strides of [[1, 21], [11, 1]] as const) {
    const best: Carry = { kind: "running", dtype: "float32", initial: Number.NEGATIVE_INFINITY, next: constant(0) };
    const where: Carry = { kind: "running", dtype: "int32", initial: 0, next: constant(0, "int32") };
    const better = apply("greater", load(x, strides), { kind: "carry", dtype: "float32", of: best });
    best.next = applyTo("float32", "select", better, load(x, strides), { kind: "carry", dtype: "float32", of: best });
    where.next = applyTo("int32", "select", better, index([0, 1]), { kind: "carry", dtype: "int32", of: where });
    compare(kernel([21], [stage({ inner: [11], carries: [best, where] }), stage({ stores: [store(z, [1], resultOf(where))] })]));
  }
});

test("a running value over two inner dimensions, in row-major order", () => {
  const [x, y] = [buffer(17 * 12), buffer(17 * 12)];
  const { carry, before } = running("float32", 1, (value) => apply("add", apply("mul", value, constant(0.5)), load(x, [1, 17, 51])));
  compare(kernel([17], [stage({ inner: [3, 4], carries: [carry], stores: [store(y, [12, 4, 1], before)] })]), close);
});

test("the order of a sum does not depend on where its row stands", () => {
  for (const target of Object.values(targets)) {
    const [x, y] = [buffer(64 * 100), buffer(64)];
    const r = reduce("add", 0, load(x, [100, 1]));
    const ready = prepare(kernel([64], [stage({ inner: [100], reductions: [r] }), stage({ stores: [store(y, [1], resultOf(r))] })]), [x, y], target);
    const row = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i) * 10 ** (i % 5));
    for (let i = 0; i < 64; i++) ready.view(x).set(row, 100 * i);
    ready.run(0, ready.units);
    expect(new Set(ready.view(y)).size).toBe(1);
  }
});
