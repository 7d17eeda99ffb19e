/** gather: positions, modes, batches and derivatives. */
import { describe, expect, test } from "vitest";
import { traceFn, vjp } from "../../src/api/transforms.ts";
import type { IndexMode } from "../../src/core/array-types.ts";
import type { Value } from "../../src/core/tensor.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { gather, type GatherParams } from "../../src/ops/gather.ts";
import { expectLaws, expectValue, list, make, sample } from "./laws.ts";

const params = (axes: number[], mode: IndexMode = "throw", batch = 0): GatherParams => ({ axes, mode, batch, fillValue: Number.NaN });
const ramp = (shape: number[]) => make(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i));
const int = (shape: number[], elements: number[]) => make(shape, elements, "int32");

describe("gather", () => {
  test("places come first, then the axes that are not indexed", () => {
    expectValue(gather(ramp([3, 2]), int([2, 1], [2, 0]), params([0])), [2, 2], [4, 5, 0, 1]);
    expectValue(gather(ramp([2, 3]), int([2, 1], [2, 0]), params([1])), [2, 2], [2, 5, 0, 3]);
    expectValue(gather(ramp([2, 3]), int([2, 2], [1, 2, 0, 0]), params([0, 1])), [2], [5, 0]);
    expectValue(gather(ramp([2, 3]), int([2], [2, 1]), params([1, 0])), [], [5]);
    expectValue(gather(ramp([2, 2, 2]), int([1, 1], [1]), params([1])), [1, 2, 2], [2, 3, 6, 7]);
  });
  test("paired batch axes", () => {
    expectValue(gather(ramp([2, 3]), int([2, 2, 1], [2, 0, 1, 1]), params([1], "throw", 1)), [2, 2], [2, 0, 4, 4]);
    expectValue(gather(ramp([2, 2, 3]), int([2, 1], [2, 0]), params([2], "throw", 1)), [2, 2], [2, 5, 6, 9]);
  });
  test("long rows, as those of an embedding", () => {
    const x = ramp([4, 40]);
    expect(list(gather(x, int([2, 1], [3, 1]), params([0])))).toEqual([...list(x).slice(120, 160), ...list(x).slice(40, 80)]);
    expect(list(gather(x, int([2, 1], [39, 1]), params([1]))).slice(0, 4)).toEqual([39, 79, 119, 159]);
  });
  test("negative indices count from the end in every mode", () => {
    for (const mode of ["throw", "clip", "fill", "wrap"] as const) expectValue(gather(ramp([3]), int([3, 1], [-1, -3, 0]), params([0], mode)), [3], [2, 0, 0]);
  });
  test("out of bounds: clip, wrap, fill", () => {
    const indices = int([6, 1], [3, 4, 8, -4, -5, 1]);
    expectValue(gather(ramp([3]), indices, params([0], "clip")), [6], [2, 2, 2, 0, 0, 1]);
    expectValue(gather(ramp([3]), indices, params([0], "wrap")), [6], [0, 1, 2, 2, 1, 1]);
    expectValue(gather(ramp([3]), indices, { ...params([0], "fill"), fillValue: 9 }), [6], [9, 9, 9, 9, 9, 1]);
    expectValue(gather(ramp([2, 2]), int([2, 2], [0, 5, 1, 1]), { ...params([0, 1], "fill"), fillValue: 9 }), [2], [9, 3]);
  });
  test("out of bounds: throw names index, length, operand and the user's line, also when the program runs later", () => {
    const read = (x: Value, i: Value): Value => gather(x, i, params([0]));
    const text = /^index 3 is out of bounds for axis 0 of length 3 of f64\[3\]\n {4}at .*gather\.test\.ts:\d+:\d+[\s\S]*\n {4}hint: indices run from 0 to 2, or from -3 to -1/;
    expect(() => read(ramp([3]), int([1, 1], [3]))).toThrow(text);
    expect(() => traceFn(read as never)(...([ramp([3]), int([1, 1], [3])] as never[]))).toThrow(text);
    expect(() => gather(ramp([3]), int([1, 1], [-4]), params([0]))).toThrow(/^index -4 is out of bounds/);
  });
  test("of an empty axis nothing can be read, except to fill", () => {
    const read = (mode: "throw" | "clip" | "wrap") => () => gather(ramp([0]), int([1, 1], [0]), params([0], mode));
    expect(read("throw")).toThrow(/length 0[\s\S]*the axis is empty/);
    for (const mode of ["clip", "wrap"] as const) expect(read(mode)).toThrow(`axis 0 of f64[0] is empty: there is nothing to ${mode}`);
    expectValue(gather(ramp([0]), int([1, 1], [0]), { ...params([0], "fill"), fillValue: 7 }), [1], [7]);
    expectValue(gather(ramp([0, 2]), int([0, 1], []), params([0])), [0, 2], []);
  });
  test.each<[number[], number[], number[], number[], number]>([
    [[4], [3, 1], [2, 0, 2], [0], 0],
    [[3, 2], [2, 2, 1], [2, 0, 2, -1], [0], 0],
    [[2, 3, 2], [2, 1], [2, 0], [1], 0],
    [[2, 3, 2], [3, 2], [1, 0, 0, 1, 1, 0], [2, 0], 0],
    [[2, 3], [2, 2, 1], [2, 0, 1, 1], [1], 1],
    [[2, 3, 2], [2, 1], [2, -1], [1], 1],
    [[3], [1], [2], [0], 0],
    [[3], [0, 1], [], [0], 0],
  ])("obeys the laws: %j at %j %j along %j with %i batch axes", (shape, indexShape, indices, axes, batch) => {
    expectLaws((x) => gather(mul(x, x), int(indexShape, indices), params(axes, "throw", batch)), [sample(shape)]);
  });
  test.each(["clip", "fill", "wrap"] as const)("obeys the laws with indices far outside, mode %s", (mode) => {
    // the laws draw the batches of indices from -6 … 6
    const read = (batch: number) => (x: Value, i: Value) => gather(mul(x, x), i, { ...params([batch], mode, batch), fillValue: 5 });
    expectLaws(read(0), [sample([3]), int([4, 1], [5, -1, 0, -7])]);
    expectLaws(read(1), [sample([2, 3, 2]), int([2, 2, 1], [5, -1, 0, -7])]);
    expectLaws((x) => read(0)(x, int([4, 1], [5, -1, 0, -7])), [sample([3, 2])]);
  });
  test("the place that was filled has no slope", () => {
    const read = (x: Value): Value => gather(x, int([3, 1], [0, 7, 0]), params([0], "fill"));
    const [y, pull] = vjp(read as never, ...([ramp([2])] as never[]));
    expect(list(y as unknown as Value)).toEqual([0, Number.NaN, 0]);
    expect((pull(make([3], [1, 1, 1]) as never) as unknown as Value[]).map(list)).toEqual([[2, 0]]);
  });
  test("refuses what does not fit", () => {
    expect(() => gather(ramp([3]), sample([1, 1]), params([0]))).toThrow(/indices must be int32, got f64\[1,1\]/);
    expect(() => gather(ramp([3]), int([1, 2], [0, 0]), params([0]))).toThrow(/do not fit axes \[0\]/);
    expect(() => gather(ramp([3]), int([1, 1], [0]), params([1]))).toThrow(/do not fit axes \[1\]/);
    expect(() => gather(ramp([2, 3]), int([3, 1], [0, 0, 0]), params([1], "throw", 1))).toThrow(/with 1 batch axes/);
  });
});
