/** Computed places: gathers, scatters, conditions, and checks. */
import { describe, expect, test } from "vitest";
import { type DType, dtypes } from "../../../../src/core/dtype.ts";
import { apply, applyTo, buffer, check, compare, constant, index, kernel, load, stage, store } from "./build.ts";
import { checksOf, prepare, targets } from "./run.ts";

const all = Object.keys(dtypes) as DType[];
const indices = (n: number, below: number): number[] => Array.from({ length: n }, (_, i) => (i * 7919 + 13) % below);

describe.each(all)("%s", (dtype) => {
  test("gathers of elements and of rows", () => {
    for (const n of [3, 16, 41]) {
      const [x, at, out] = [buffer(100, dtype), buffer(n, "int32"), buffer(n, dtype)];
      compare(kernel([n], [stage({ stores: [store(out, [1], load(x, [0], 1, [{ index: load(at, [1]), stride: 2 }]))] })]), { contents: new Map([[at, indices(n, 49)]]) });
      const [table, rows] = [buffer(20 * 33, dtype), buffer(n * 33, dtype)];
      compare(kernel([n, 33], [stage({ stores: [store(rows, [33, 1], load(table, [0, 1], 0, [{ index: load(at, [1, 0]), stride: 33 }]))] })]), { contents: new Map([[at, indices(n, 20)]]) });
      compare(kernel([n, 33], [stage({ stores: [store(rows, [33, 1], load(table, [0, 20], 0, [{ index: load(at, [1, 0]), stride: 1 }]))] })]), { contents: new Map([[at, indices(n, 20)]]) });
    }
  });
});

test("a gather by two indices", () => {
  const [x, i, j, out] = [buffer(10 * 12), buffer(50, "int32"), buffer(50, "int32"), buffer(50)];
  const value = load(x, [0], 0, [{ index: load(i, [1]), stride: 12 }, { index: applyTo("int32", "min", load(j, [1]), constant(11, "int32")), stride: 1 }]);
  compare(kernel([50], [stage({ stores: [store(out, [1], value)] })]), { contents: new Map([[i, indices(50, 10)], [j, indices(50, 30)]]) });
});

test("scatters that add where places coincide, and that drop what is outside", () => {
  const [x, at, out] = [buffer(90), buffer(90, "int32"), buffer(20)];
  const place = load(at, [1]);
  const inside = applyTo("bool", "and", apply("greaterEqual", place, constant(0, "int32")), apply("less", place, constant(20, "int32")));
  for (const combine of ["add", "max", undefined] as const) {
    compare(kernel([90], [stage({ stores: [store(out, [0], load(x, [1]), { terms: [{ index: place, stride: 1 }], combine, condition: inside })] })], true), {
      contents: new Map([[at, Array.from({ length: 90 }, (_, i) => ((i * 31) % 26) - 3)]]), tolerance: 1e-6,
    });
  }
});

test("scatters of whole rows, in order", () => {
  for (const columns of [5, 16, 40]) {
    const [x, at, out] = [buffer(30 * columns), buffer(30, "int32"), buffer(9 * columns)];
    const row = load(at, [1, 0]);
    const inside = apply("less", row, constant(9, "int32"));
    const contents = new Map([[at, indices(30, 11)]]);
    for (const combine of ["add", undefined] as const) {
      compare(kernel([30, columns], [stage({ stores: [store(out, [0, 1], load(x, [columns, 1]), { terms: [{ index: row, stride: columns }], combine, condition: inside })] })], true), { contents, tolerance: 1e-6 });
      // Rows that overlap.
      compare(kernel([30, columns], [stage({ stores: [store(out, [0, 1], load(x, [columns, 1]), { terms: [{ index: row, stride: 1 }], combine, condition: inside })] })], true), { contents, tolerance: 1e-6 });
    }
    // What is written is read again.
    compare(kernel([30, columns], [stage({ stores: [store(out, [0, 1], apply("add", load(out, [0, 0], 1), load(x, [columns, 1])), { terms: [{ index: row, stride: columns }], condition: inside })] })], true), { contents, tolerance: 1e-5 });
  }
});

test("checks name the first that fails and its value", () => {
  const [x, at, out] = [buffer(30), buffer(40, "int32"), buffer(40)];
  const place = load(at, [1]);
  const k = kernel([40], [stage({
    stores: [store(out, [1], load(x, [0], 0, [{ index: applyTo("int32", "clamp", constant(0, "int32"), place, constant(29, "int32")), stride: 1 }]))],
    checks: [check(apply("greaterEqual", place, constant(0, "int32")), place), check(apply("less", place, constant(30, "int32")), place)],
  })]);
  expect(checksOf(k).length).toBe(2);
  const contents = indices(40, 30);
  compare(k, { contents: new Map([[at, contents]]) });
  contents[20] = 77;
  contents[30] = -5;
  compare(k, { contents: new Map([[at, contents]]) });
  for (const target of Object.values(targets)) {
    const ready = prepare(k, [x, at, out], target);
    ready.view(at).set(contents);
    ready.run(0, ready.units);
    expect(ready.failure()).toEqual([2, 77]);
  }
});

test("a store under a condition", () => {
  const [x, out] = [buffer(50), buffer(50)];
  compare(kernel([50], [stage({ stores: [store(out, [1], index([1], "float32"), { condition: apply("less", load(x, [1]), constant(0)) })] })]));
});
