/** Indexing as users write it: what becomes a view and what a gather, the updates' handle, modes, and every error's text. */
import { describe, expect, test } from "vitest";
import { at } from "../../src/api/at.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../../src/api/dynamic-slice.ts";
import { ellipsis, index, newaxis, slice } from "../../src/api/indexing.ts";
import { putAlongAxis, take, takeAlongAxis } from "../../src/api/take.ts";
import { grad, traceFn, vmap } from "../../src/api/transforms.ts";
import { reduceSum } from "../../src/ops/structure.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import type { NDArray, Tensor } from "../../src/core/array-types.ts";
import { nestedOf } from "../../src/core/print-array.ts";
import type { Value } from "../../src/core/tensor.ts";
import { make } from "../ops/laws.ts";

const nested = (x: unknown): unknown => nestedOf(x as never);
const any = (x: unknown): never => x as never;
const f64 = (shape: number[], elements: number[]): NDArray => any(make(shape, elements));
const int = (shape: number[], elements: number[]): NDArray => any(make(shape, elements, "int32"));
const ramp = (...shape: number[]): NDArray => f64(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i));
const sum = (x: Tensor): Tensor => any(reduceSum(any(x), (any(x) as Value).type.shape.map((_, d) => d)));
const program = (f: (...xs: Tensor[]) => Tensor, ...examples: unknown[]): string => String(traceFn(f).program(...(examples as never[])));

describe("what an index becomes", () => {
  test("positions, slices, new axes and the ellipsis are views", () => {
    expect(program((x) => index(x, 1, null, slice(null, null, -2), ellipsis), ramp(2, 3, 2))).toMatchInlineSnapshot(`
      "{ (a: f64[2,3,2]) =>
          b: f64[1,2,2] = slice[start=(1,0,0) limit=(2,3,2) strides=(1,2,1)] a
          c: f64[1,2,2] = reverse[axes=(1)] b
        in (c) }"
    `);
  });
  test("integer arrays that are known are constants of a gather; a traced position is a gather of one place", () => {
    expect(program((x) => index(x, slice(), [2, 0]), ramp(2, 3))).toMatchInlineSnapshot(`
      "{ (a: f64[2,3]) =>
          b: f64[2,2] = gather[axes=(1) batch=0 mode=throw] a [2 0]:i32[2,1]
          c: f64[2,2] = transpose[permutation=(1,0)] b
        in (c) }"
    `);
    expect(program((x, i) => index(x, i), ramp(2, 3), int([], [1]))).toMatchInlineSnapshot(`
      "{ (a: f64[2,3], b: i32[]) =>
          c: i32[1] = reshape[shape=(1)] b
          d: f64[3] = gather[axes=(0) batch=0 mode=throw] a c
        in (d) }"
    `);
  });
  test("an update of a position is a scatter, of a slice a choice", () => {
    expect(program((x) => at(x, 1).set(5), ramp(2, 3))).toMatchInlineSnapshot(`
      "{ (a: f64[2,3]) =>
          b: f64[2,3] = scatterSet[axes=(0) batch=0 mode=throw] a [1]:i32[1] 5.0
        in (b) }"
    `);
    expect(program((x) => at(x, slice(0, 1)).add(5), ramp(2, 3))).toMatchInlineSnapshot(`
      "{ (a: f64[2,3]) =>
          b: f64[1,3] = slice[start=(0,0) limit=(1,3) strides=(1,1)] a
          c: f64[1,3] = add b 5.0
          d: bool[2,3] = pad[low=(0,0) high=(1,0) interior=(0,0)] true false
          e: f64[2,3] = pad[low=(0,0) high=(1,0) interior=(0,0)] c 0.0
          f: f64[2,3] = select d e a
        in (f) }"
    `);
  });
  test("of everything nothing", () => {
    const x = ramp(2, 3);
    for (const parts of [[], [ellipsis], [slice()], [slice(0, 2), slice(-3, 99)]]) expect(index(x, ...parts)).toBe(x);
  });
});

describe("parts", () => {
  const x = f64([5], [0, 1, 2, 3, 4]);
  test.each([
    [slice(), [0, 1, 2, 3, 4]],
    [slice(2), [0, 1]],
    [slice(-2), [0, 1, 2]],
    [slice(1, null), [1, 2, 3, 4]],
    [slice(null, null, 2), [0, 2, 4]],
    [slice(null, null, -1), [4, 3, 2, 1, 0]],
    [slice(-2, null, -2), [3, 1]],
    [slice(3, 0, -1), [3, 2, 1]],
    [slice(3, 1), []],
    [slice(-99, 99), [0, 1, 2, 3, 4]],
    [slice(99, -99, -3), [4, 1]],
  ])("%j", (part, expected) => expect(nested(index(x, part))).toEqual(expected));
  test("lists, typed arrays and arrays of int32 and uint32 are integer arrays; lists of booleans are masks", () => {
    for (const part of [[3, -1], new Int32Array([3, -1]), new Uint32Array([3, 4]), int([2], [3, -1]), [false, false, false, true, true], any(make([2], [3, 4], "uint32"))]) expect(nested(index(x, part))).toEqual([3, 4]);
  });
  test("a uint32 index too large for int32 is out of bounds, not negative", () => {
    expect(() => index(x, new Uint32Array([2 ** 32 - 1]))).toThrow(/out of bounds for axis 0/);
  });
  test("newaxis is null, and dtypes stay", () => {
    expect(newaxis).toBe(null);
    expect(((index(any(make([2], [1, 0], "bool")), [1]) as unknown) as Value).type.dtype).toBe("bool");
  });
  test("in a chain", () => {
    const f = traceFn((m: Tensor) => index(index(m, 1), -1));
    expect(nested(f([[1, 2], [3, 4]]))).toBe(4);
  });
});

describe("at", () => {
  const x = f64([3], [1, 2, 3]);
  test("each method gives a new array", () => {
    const y = at(x, [0, 2]);
    expect([y.get(), y.set(9), y.add([10, 20]), y.mul(2), y.div(2), y.pow(2), y.min([0, 9]), y.max([0, 9]), y.apply((v) => mul(any(v), any(v)) as never)].map(nested)).toEqual([
      [1, 3], [9, 2, 9], [11, 2, 23], [2, 2, 6], [0.5, 2, 1.5], [1, 2, 9], [0, 2, 3], [1, 2, 9], [1, 2, 9],
    ]);
    expect(nested(x)).toEqual([1, 2, 3]);
  });
  test("on slices, with steps back", () => {
    const part = at(x, slice(null, null, -2));
    expect([part.set([8, 9]), part.add([8, 9]), part.div(2), part.pow(2), part.max(2)].map(nested)).toEqual([[9, 2, 8], [10, 2, 11], [0.5, 2, 1.5], [1, 2, 9], [2, 2, 3]]);
    expect(nested(at(ramp(3, 3), slice(1, null), slice(null, 2)).mul(10))).toEqual([[0, 1, 2], [30, 40, 5], [60, 70, 8]]);
    expect(at(x, slice(1, 1)).set(5)).toBe(x);
  });
  test("repeated indices: div and pow take every value into account, apply acts once", () => {
    expect([at(x, [1, 1]).div([2, 4]), at(x, [1, 1]).pow([2, 3]), at(x, [1, 1]).apply((v) => mul(any(v), any(make([2], [3, 3]))) as never)].map(nested)).toEqual([[1, 0.25, 3], [1, 64, 3], [1, 6, 3]]);
  });
  test("modes: out of bounds is dropped, moved, wrapped", () => {
    const indices = [1, 4];
    expect((["fill", "clip", "wrap"] as const).map((mode) => nested(at(x, indices).add(10, { mode })))).toEqual([[1, 12, 3], [1, 12, 13], [1, 22, 3]]);
    expect(nested(at(x, [1, 4]).get({ mode: "fill", fillValue: -1 }))).toEqual([2, -1]);
    expect(nested(at(x, 7).get({ mode: "fill" }))).toBe(Number.NaN);
    expect(nested(at(int([2], [1, 2]), 7).get({ mode: "fill" }))).toBe(0);
    expect(nested(at(x, 7).set(5, { mode: "clip" }))).toEqual([1, 2, 5]);
  });
  test("values take the array's dtype, unless they would lose their kind", () => {
    const i = int([2], [1, 2]);
    expect(nested(at(i, 0).set(7))).toEqual([7, 2]);
    expect(((at(any(make([2], [1, 2], "float32")), 0).set(f64([], [1])) as unknown) as Value).type.dtype).toBe("float32");
    expect(nested(at(f64([2], [0, 0]), slice()).set(i))).toEqual([1, 2]);
    expect(((at(i, 0).div(2) as unknown) as Value).type.dtype).toBe("float32");
    expect(() => at(i, 0).set(1.5)).toThrow(/at\.set: 1\.5 is not a value of int32/);
    expect(() => at(i, 0).set(f64([], [1]))).toThrow(/at\.set: values of f64\[\] do not fit into i32\[2\][\s\S]*hint: convert the values with \.astype\("int32"\), or the array with \.astype\("float64"\)/);
    expect(() => at(i, 0).add(any(make([], [1], "uint32")))).toThrow(/values of u32\[\] do not fit into i32\[2\]/);
  });
  test("gradients of a loop of updates", () => {
    const f = (v: Tensor): Tensor => {
      let y = v;
      for (let i = 1; i < 3; i++) y = at(y, i).add(mul(any(index(y, i - 1)), any(index(y, i))) as never);
      return sum(y);
    };
    // y1 = b + ab, y2 = c + y1 c
    expect(nested(grad(f)(f64([3], [2, 3, 5])))).toEqual([1 + 3 * 6, 3 * 6, 1 + 9]);
  });
  test("a batch of updates at a batch of positions", () => {
    const f = vmap((v: Tensor, i: Tensor, u: Tensor) => at(v, i).set(u), { inAxes: [null, 0, 0] } as never);
    expect(nested(f(x, int([2], [2, 0]), f64([2], [8, 9])))).toEqual([[1, 2, 8], [9, 2, 3]]);
  });
});

describe("take and its kin", () => {
  test("take along axes, flattened by default, clip as NumPy's", () => {
    const m = ramp(2, 3);
    expect(nested(take(m, [5, -1, 0]))).toEqual([5, 5, 0]);
    expect(nested(take(m, [[2, 0]], { axis: 1 }))).toEqual([[[2, 0]], [[5, 3]]]);
    expect(nested(take(m, -1, { axis: 0 }))).toEqual([3, 4, 5]);
    expect(nested(take(m, [-1, 9], { axis: 1, mode: "clip" }))).toEqual([[0, 2], [3, 5]]);
    expect(nested(take(m, [9], { axis: 1, mode: "fill", fillValue: 7 }))).toEqual([[7], [7]]);
  });
  test("along an axis, broadcasting the others", () => {
    expect(nested(takeAlongAxis(ramp(2, 3), [[2, 0]]))).toEqual([[2, 0], [5, 3]]);
    expect(nested(takeAlongAxis(ramp(2, 3), [[1, 0, -1]], { axis: 0 }))).toEqual([[3, 1, 5]]);
    expect(nested(putAlongAxis(ramp(2, 3), [[1, 0, -1]], [[9, 8, 7]], { axis: 0 }))).toEqual([[0, 8, 2], [9, 4, 7]]);
  });
  test("windows at a traced position", () => {
    const read = traceFn((m: Tensor, i: Tensor) => dynamicSlice(m, [i, 1], [2, 2]));
    expect(nested(read(ramp(4, 3), int([], [1])))).toEqual([[4, 5], [7, 8]]);
    expect(nested(read(ramp(4, 3), int([], [-2])))).toEqual([[7, 8], [10, 11]]);
    expect(() => read(ramp(4, 3), int([], [3]))).toThrow(/dynamicSlice: index 4 is out of bounds for axis 0 of length 4 of f64\[4,3\]/);
    const moved = traceFn((m: Tensor, i: Tensor) => dynamicSlice(m, [i], [2], { mode: "clip" }));
    expect([3, 9, -9].map((i) => nested(moved(ramp(4), int([], [i]))))).toEqual([[2, 3], [2, 3], [0, 1]]);
    const write = traceFn((m: Tensor, u: Tensor, i: Tensor) => dynamicUpdateSlice(m, u, [i, 1]));
    expect(nested(write(ramp(3, 3), f64([2, 2], [90, 91, 92, 93]), int([], [1])))).toEqual([[0, 1, 2], [3, 90, 91], [6, 92, 93]]);
  });
});

describe("errors", () => {
  const m = ramp(2, 3);
  const traced = (f: (x: Tensor, i: Tensor) => unknown, i: NDArray = int([1], [0])) => () => traceFn(f as (x: Tensor, i: Tensor) => Tensor)(m, i);
  test.each<[string, () => unknown]>([
    ["position", () => index(m, 0, 3)],
    ["negative position", () => index(m, -3)],
    ["position of an empty axis", () => index(ramp(0), 0)],
    ["known array", () => index(m, [0, 5])],
    ["known array while tracing", traced((x) => index(x, slice(), [7]))],
    ["take", () => take(m, [6])],
    ["takeAlongAxis", () => takeAlongAxis(m, [[3]])],
    ["takeAlongAxis of another rank", () => takeAlongAxis(m, [0])],
    ["too many parts", () => index(m, 0, 0, 0)],
    ["a part of a scalar", () => index(f64([], [1]), 0)],
    ["two ellipses", () => index(m, ellipsis, ellipsis)],
    ["a fraction", () => index(m, 0.5)],
    ["a boolean", () => index(m, any(true))],
    ["a string", () => index(m, any("0:2"))],
    ["undefined", () => index(m, any(undefined))],
    ["floats", () => index(m, f64([1], [0]))],
    ["a list of tensors", traced((x, i) => index(x, any([i, i])))],
    ["a mask of another length", () => index(m, [true, false, true])],
    ["a traced mask", traced((x, i) => index(x, i), any(make([2], [1, 0], "bool")))],
    ["a boolean scalar", () => index(m, any(make([], [1], "bool")))],
    ["arrays that do not broadcast", () => index(m, [0, 1], [0, 1, 2])],
    ["a slice with a traced bound", traced((x, i) => index(x, slice(0, any(i))))],
    ["a step of 0", () => slice(0, 2, 0)],
    ["a misspelt option", () => at(m, 0).set(1, any({ fill: 0 }))],
    ["an unknown mode", () => at(m, 0).get(any({ mode: "drop" }))],
    ["values that do not broadcast", () => at(m, 0).set([1, 2])],
    ["apply of no function", () => at(m, 0).apply(any(3))],
    ["a window that does not fit", () => dynamicSlice(m, [1, 2], [1, 2])],
    ["a window larger than the array", () => dynamicSlice(m, [0, 0], [3, 1])],
    ["too few starts", () => dynamicSlice(m, [0], [1, 1])],
  ])("%s", (_name, run) => {
    let text = "";
    try {
      run();
    } catch (error) {
      text = `${(error as Error).name}: ${(error as Error).message}`.replace(/\(?\/[^ ]*\/(test\/[^:]*):\d+:\d+\)?/, "$1");
    }
    expect(text).toMatchSnapshot();
    expect(text).toMatch(/^[A-Z]\w+Error: .*\n {4}at .*test\/api\/indexing\.test\.ts/);
  });
});
