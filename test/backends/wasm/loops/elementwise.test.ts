/** Kernels without inner loops: strides of every kind, dtypes, leftovers, orders of loops. */
import { describe, expect, test } from "vitest";
import { type DType, dtypes } from "../../../../src/core/dtype.ts";
import type { Expression } from "../../../../src/kernel/ir.ts";
import { apply, applyTo, buffer, compare, constant, index, kernel, load, stage, store, stridesOf, sizeOf } from "./build.ts";
import { prepare, targets } from "./run.ts";

const all = Object.keys(dtypes) as DType[];
const [add, mul] = [(a: Expression, b: Expression) => apply("add", a, b), (a: Expression, b: Expression) => apply("mul", a, b)];

test("sums of every length from 0 to 70", () => {
  for (let n = 0; n <= 70; n++) {
    const [x, y, out] = [buffer(n), buffer(n), buffer(n)];
    compare(kernel([n], [stage({ stores: [store(out, [1], add(load(x, [1]), mul(load(y, [1]), constant(3))))] })]));
  }
});

describe.each(all)("%s", (dtype) => {
  test("copies by every kind of stride", () => {
    for (const n of [1, 5, 16, 37, 64]) {
      for (const [stride, offset] of [[1, 0], [1, 3], [0, 2], [2, 1], [-1, n - 1], [-3, 3 * (n - 1)], [7, 0]] as const) {
        const [x, out] = [buffer(offset + 1 + Math.max(0, stride) * n, dtype), buffer(4 * n + 8, dtype)];
        compare(kernel([n], [stage({ stores: [store(out, [1], load(x, [stride], offset)), store(out, [2], load(x, [stride], offset), { offset: n + 1 })] })]));
      }
    }
  });
  test("broadcast, transposed, three dimensions", () => {
    const shape = [5, 7, 19];
    const size = sizeOf(shape);
    const [x, row, column, out] = [buffer(size, dtype), buffer(19, dtype), buffer(7, dtype), buffer(size, dtype)];
    const strides = stridesOf(shape);
    const value = applyTo(dtype, dtype === "bool" ? "xor" : "sub", load(row, [0, 0, 1]), applyTo(dtype, dtype === "bool" ? "or" : "add", load(x, strides), load(column, [0, 1, 0])));
    compare(kernel(shape, [stage({ stores: [store(out, strides, value)] })]));
    compare(kernel(shape, [stage({ stores: [store(out, [1, 5, 35], load(x, strides))] })]));
    compare(kernel(shape, [stage({ stores: [store(out, strides, load(x, [1, 5, 35]))] })]));
  });
});

test("a transposed copy of many units", () => {
  const [x, out] = [buffer(300 * 130), buffer(300 * 130)];
  compare(kernel([300, 130], [stage({ stores: [store(out, [130, 1], apply("sqrt", apply("abs", load(x, [1, 300]))))] })]));
});

test("transposed, from lines a power of two apart, in tiles", () => {
  for (const dtype of ["float32", "float64", "bool"] as const) {
    const [x, row, column, out] = [buffer(2 * 128 * 1024, dtype), buffer(128, dtype), buffer(24, dtype), buffer(2 * 24 * 128, dtype)];
    const place = dtype === "bool" ? applyTo("bool", "less", index([7, 3, 5]), constant(300, "int32")) : index([7, 3, 5], dtype);
    const terms = [load(x, [128 * 1024, 1, 1024]), load(row, [0, 0, 1]), load(column, [0, 1, 0]), place];
    const value = terms.reduce((a: Expression, b: Expression) => applyTo(dtype, dtype === "bool" ? "xor" : "add", a, b));
    compare(kernel([2, 24, 128], [stage({ stores: [store(out, [24 * 128, 128, 1], value)] })]));
  }
});

test("a transposed copy with few lanes and much work", () => {
  const [x, out] = [buffer(16 * 2000), buffer(16 * 2000)];
  let value: Expression = load(x, [1, 2000]);
  for (let i = 0; i < 12; i++) value = apply("sqrt", apply("abs", value));
  compare(kernel([2000, 16], [stage({ stores: [store(out, [16, 1], value)] })]));
});

test("no dimensions at all", () => {
  const [x, out] = [buffer(1), buffer(1)];
  compare(kernel([], [stage({ stores: [store(out, [], add(load(x, []), constant(1)))] })]));
});

test("nothing to do", () => {
  const [x, out] = [buffer(4), buffer(4)];
  compare(kernel([0, 4], [stage({ stores: [store(out, [4, 1], load(x, [4, 1]))] })]));
});

test.each(all.filter((d) => d !== "bool"))("indices as %s", (dtype) => {
  const out = buffer(6 * 35, dtype);
  compare(kernel([6, 35], [stage({ stores: [store(out, [35, 1], index([100, -3], dtype, 200))] })]));
  compare(kernel([6, 35], [stage({ stores: [store(out, [35, 1], index([1, 0], dtype, -7))] })]));
});

test("conversions between all dtypes", () => {
  for (const from of all) {
    for (const to of all) {
      const [x, out] = [buffer(45, from), buffer(45, to)];
      const int = to === "int32" || to === "uint32";
      const fromInt = from === "int32" || from === "uint32";
      const instruction = to === "bool" ? "toBool" : !int || from === "bool" || from === to ? "copy" : fromInt ? (to === "int32" ? "wrapInt32" : "wrapUint32") : to === "int32" ? "toInt32" : "toUint32";
      const numbers = new Map([[x, Array.from({ length: 45 }, (_, i) => (from === "bool" ? i % 2 : from === "float32" || from === "float64" ? [Number.NaN, Number.POSITIVE_INFINITY, -1e20, 2.7, -2.7, 4e9, -0][i % 7]! : [0, -1, 2 ** 31, 77][i % 4]!))]]);
      compare(kernel([45], [stage({ stores: [store(out, [1], applyTo(to, instruction, load(x, [1])))] })]), { contents: numbers });
    }
  }
});

test("masks of float64 choose float32 and the other way round", () => {
  const [a, b, c, d, out, wide, bits] = [buffer(37, "float64"), buffer(37), buffer(37), buffer(37, "float64"), buffer(37), buffer(37, "float64"), buffer(37, "bool")];
  const less = apply("less", load(a, [1]), load(d, [1]));
  const less32 = apply("less", load(b, [1]), load(c, [1]));
  compare(kernel([37], [stage({
    stores: [
      store(out, [1], applyTo("float32", "select", less, load(b, [1]), load(c, [1]))),
      store(wide, [1], applyTo("float64", "select", less32, load(a, [1]), load(d, [1]))),
      store(bits, [1], applyTo("bool", "and", less, less32)),
    ],
  })]));
});

test("functions, in the same way at every place", () => {
  const [x, out, wide] = [buffer(61), buffer(61), buffer(61, "float64")];
  const value = apply("tanh", apply("exp", load(x, [1])));
  compare(kernel([61], [stage({ stores: [store(out, [1], value), store(wide, [1], apply("sin", applyTo("float64", "copy", value)))] })]), { tolerance: 1e-6 });
  // All elements equal: all results equal.
  for (const target of Object.values(targets)) {
    const ready = prepare(kernel([61], [stage({ stores: [store(out, [1], value)] })]), [x, out], target);
    ready.view(x).fill(0.7);
    ready.run(0, ready.units);
    expect(new Set(ready.view(out)).size).toBe(1);
  }
});

test("a shared subexpression, and one buffer read in several places", () => {
  const [x, out, other] = [buffer(80), buffer(70), buffer(70)];
  const shared = mul(load(x, [1]), load(x, [1], 3));
  const value = add(shared, add(load(x, [1], 10), load(x, [-1], 79)));
  compare(kernel([70], [stage({ stores: [store(out, [1], value), store(other, [-1], mul(shared, value), { offset: 69 })] })]));
});

test("an update in place", () => {
  const x = buffer(100);
  compare(kernel([100], [stage({ stores: [store(x, [1], add(load(x, [1]), constant(1)))] })]));
});

test("a very long expression", () => {
  const [x, out] = [buffer(20), buffer(20)];
  let value: Expression = load(x, [1]);
  for (let i = 0; i < 20_000; i++) value = apply(i % 2 === 0 ? "add" : "mul", value, constant(i % 2 === 0 ? 0.001 : 0.999));
  compare(kernel([20], [stage({ stores: [store(out, [1], value)] })]));
});

test("many units in nested loops", () => {
  const [x, y, out] = [buffer(40), buffer(37), buffer(9 * 40 * 37)];
  const value = apply("exp", apply("sin", add(load(x, [0, 1, 0]), load(y, [0, 0, 1]))));
  compare(kernel([9, 40, 37], [stage({ stores: [store(out, [40 * 37, 37, 1], add(value, index([1, 0, 0], "float32")))] })]), { tolerance: 1e-6 });
});
