/** Products, einsum, diagonals and searches as users call them: shapes, programs, error texts. JAX's values are in linear-golden.test.ts. */
import { describe, expect, test } from "vitest";
import { diag, diagonal, trace } from "../../src/api/diagonal.ts";
import { einsum } from "../../src/api/einsum.ts";
import { cross, dot, dotGeneral, inner, kron, matmul, outer, tensordot, vdot } from "../../src/api/linear.ts";
import { nonzero, searchsorted } from "../../src/api/search.ts";
import { traceFn, vmap } from "../../src/api/transforms.ts";
import type { NDArray, Tensor } from "../../src/core/array-types.ts";
import { nestedOf } from "../../src/core/print-array.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import { stridesOf } from "../../src/core/shape.ts";
import type { Value } from "../../src/core/tensor.ts";
import { expectLaws, list, make, sample } from "../ops/laws.ts";

const any = (x: unknown): never => x as never;
const nested = (x: unknown): unknown => nestedOf(any(x));
const zeros = (shape: number[], dtype: DType = "float32"): NDArray => any(make(shape, [], dtype));
const shapeOf = (x: unknown): readonly number[] => (x as Value).type.shape;
const program = (f: (...xs: Tensor[]) => Tensor, ...examples: unknown[]): string => String(traceFn(f).program(...(examples as never[])));

describe("matmul", () => {
  test.each<[number[], number[], number[]]>([
    [[3], [3], []],
    [[3], [3, 4], [4]],
    [[2, 3], [3], [2]],
    [[2, 3], [3, 4], [2, 4]],
    [[5, 2, 3], [3, 4], [5, 2, 4]],
    [[2, 3], [5, 3, 4], [5, 2, 4]],
    [[5, 1, 2, 3], [6, 3, 4], [5, 6, 2, 4]],
    [[1, 6, 2, 3], [5, 1, 3, 4], [5, 6, 2, 4]],
    [[3], [5, 3, 4], [5, 4]],
    [[5, 2, 3], [3], [5, 2]],
    [[0, 2, 3], [1, 3, 4], [0, 2, 4]],
    [[2, 0], [0, 4], [2, 4]],
  ])("%j · %j is %j, as a loop over the stack says", (xs, ys, expected) => {
    const [x, y] = [sample(xs), sample(ys, 1)];
    const z = matmul(any(x), any(y)) as unknown as ConcreteArray;
    expect(z.type.shape).toEqual(expected);
    const [a, b] = [xs.length === 1 ? [1, ...xs] : xs, ys.length === 1 ? [...ys, 1] : ys];
    const stack = expected.slice(0, Math.max(a.length, b.length) - 2);
    const [m, k, n] = [a[a.length - 2] as number, a[a.length - 1] as number, b[b.length - 1] as number];
    const start = (shape: number[], place: number[]): number => stridesOf(shape).slice(0, -2).reduce((sum, s, d) => sum + (shape[d] === 1 ? 0 : s * (place[place.length - shape.length + 2 + d] as number)), 0);
    const count = stack.reduce((p, q) => p * q, 1);
    const want = Array.from({ length: count * m * n }, (_, flat) => {
      const place = stridesOf(stack).map((s, d) => Math.floor(Math.floor(flat / (m * n)) / s) % (stack[d] as number));
      const [i, j] = [Math.floor(flat / n) % m, flat % n];
      return Array.from({ length: k }, (_, p) => (x.elements[start(a, place) + i * k + p] as number) * (y.elements[start(b, place) + p * n + j] as number)).reduce((s, t) => s + t, 0);
    });
    list(z).forEach((v, i) => expect(v).toBeCloseTo(want[i] as number, 12));
  });
  test("of a stack with one matrix is one contraction, not a repeated matrix", () => {
    expect(program((x, y) => matmul(x, y), zeros([5, 2, 3]), zeros([1, 3, 4]))).toMatchInlineSnapshot(`
      "{ (a: f32[5,2,3], b: f32[1,3,4]) =>
          c: f32[3,4] = reshape[shape=(3,4)] b
          d: f32[5,2,4] = dotGeneral[contract=((2),(0)) batch=((),())] a c
        in (d) }"
    `);
    expect(program((x, y) => matmul(x, y), zeros([5, 2, 3]), zeros([5, 3, 4]))).toMatchInlineSnapshot(`
      "{ (a: f32[5,2,3], b: f32[5,3,4]) =>
          c: f32[5,2,4] = dotGeneral[contract=((2),(1)) batch=((0),(0))] a b
        in (c) }"
    `);
  });
  test("numbers take the dtype of what they meet", () => {
    expect((matmul(any(zeros([1, 2], "float64")), [[1], [2]]) as unknown as Value).type).toMatchObject({ dtype: "float64", weak: false });
    expect((matmul(any(zeros([1, 2], "int32")), any(zeros([2], "float32"))) as unknown as Value).type.dtype).toBe("float32");
  });
});

describe("error texts", () => {
  const f32 = zeros;
  test.each<[string, () => unknown, string]>([
    ["the other operand transposed fits", () => matmul(f32([128, 784]), f32([512, 784])), "matmul: inner dimensions differ: f32[128,784] · f32[512,784] (784 ≠ 512)\n    at *\n    hint: did you mean x.matmul(w.transpose())?"],
    ["a stack transposed fits", () => matmul(f32([2, 5, 4]), f32([2, 3, 4])), "matmul: inner dimensions differ: f32[2,5,4] · f32[2,3,4] (4 ≠ 3)\n    at *\n    hint: did you mean x.matmul(w.swapaxes(-1, -2))?"],
    ["the first operand transposed fits", () => matmul(f32([4, 3]), f32([4, 5])), "matmul: inner dimensions differ: f32[4,3] · f32[4,5] (3 ≠ 4)\n    at *\n    hint: did you mean x.transpose().matmul(w)?"],
    ["nothing fits", () => matmul(f32([2, 3]), f32([4, 5])), "matmul: inner dimensions differ: f32[2,3] · f32[4,5] (3 ≠ 4)\n    at *\n    hint: the last axis of the left operand must be as long as the second to last axis of the right one"],
    ["a vector", () => matmul(f32([2, 3]), f32([2])), "matmul: inner dimensions differ: f32[2,3] · f32[2] (3 ≠ 2)\n    at *\n    hint: did you mean x.transpose().matmul(w)?"],
    ["a scalar", () => matmul(f32([2, 3]), 2), "matmul: needs vectors or matrices, got f32[2,3] · f32[]\n    at *\n    hint: to scale by a number use x.mul(y)"],
    ["stacks", () => matmul(f32([2, 1, 3]), f32([4, 3, 1])), "matmul: the leading axes: shapes [2] and [4] do not broadcast (2 ≠ 4 at axis 0)\n    at *\n    hint: *"],
    ["bool", () => matmul(f32([2, 2], "bool"), f32([2, 2], "bool")), 'matmul: bool has no products and sums: bool[2,2], bool[2,2]\n    at *\n    hint: count with x.astype("int32"), or ask any(x & y)'],
    ["dot", () => dot(f32([2, 3]), f32([2, 3])), "dot: axis 1 of f32[2,3] and axis 0 of f32[2,3] differ in length (3 ≠ 2)\n    at *\n    hint: axes that are summed over together must have equal lengths"],
    ["vdot", () => vdot(f32([2]), f32([3])), "vdot: axis 0 of f32[2] and axis 0 of f32[3] differ in length (2 ≠ 3)\n    at *\n    hint: *"],
    ["tensordot", () => tensordot(f32([2]), f32([3]), 2), "tensordot: cannot sum over 2 axes of operands of ranks 1 and 1\n    at *\n    hint: *"],
    ["tensordot, uneven", () => tensordot(f32([2, 2]), f32([2]), [[0, 1], [0]]), "tensordot: axes [0, 1] and [0] must be equally many, each named once\n    at *\n    hint: *"],
    ["cross", () => cross(f32([4]), f32([3])), "cross: the vectors have length 4 in f32[4], not 2 or 3\n    at *\n    hint: *"],
    ["einsum, no text", () => einsum(any(3), f32([2])), 'einsum: the first argument is a text such as "ij,jk->ik", got 3\n    at *\n    hint: *'],
    ["einsum, operands", () => einsum("ij,jk", f32([2, 2])), 'einsum: 2 operands named for 1 given in "ij,jk"\n    at *\n    hint: *'],
    ["einsum, rank", () => einsum("ijk->i", f32([2, 2])), 'einsum: "ijk" names 3 axes of operand 0, which is f32[2,2]\n    at *\n    hint: *'],
    ["einsum, lengths", () => einsum("ij,jk", f32([2, 3]), f32([4, 5])), 'einsum: index "j" of "ij,jk" has two lengths (3 ≠ 4): f32[2,3], f32[4,5]\n    at *\n    hint: *'],
    ["einsum, a diagonal of no square", () => einsum("ii", f32([2, 3])), 'einsum: index "i" of "ii" has two lengths (2 ≠ 3): f32[2,3]\n    at *\n    hint: *'],
    ["einsum, unknown output", () => einsum("ij->k", f32([2, 3])), `einsum: the output's index "k" is in no operand in "ij->k"\n    at *\n    hint: *`],
    ["einsum, output twice", () => einsum("i->ii", f32([2])), 'einsum: the output names an index twice in "i->ii"\n    at *\n    hint: *'],
    ["einsum, signs", () => einsum("i+j", f32([2])), 'einsum: "i+j" is no list of letters in "i+j"\n    at *\n    hint: *'],
    ["einsum, dots dropped", () => einsum("...i->i", f32([2, 3])), 'einsum: the operands have axes under "..." that the output leaves out in "...i->i"\n    at *\n    hint: *'],
    ["diagonal", () => diagonal(f32([2])), "diagonal: needs at least two axes, got f32[2]\n    at *\n    hint: *"],
    ["diagonal of one axis", () => diagonal(f32([2, 2]), { axis1: 1 }), "diagonal: axis1 and axis2 are the same axis of f32[2,2]\n    at *\n    hint: *"],
    ["diag", () => diag(f32([2, 2, 2])), "diag: expected a vector or a matrix, got f32[2,2,2]\n    at *\n    hint: *"],
    ["nonzero of a tensor", () => traceFn((x: Tensor) => nonzero(x)[0] as Tensor)(f32([2])), "nonzero: how many elements of a traced tensor (f32[2]) are not 0 is not known while tracing\n    at *\n    hint: *"],
    ["searchsorted", () => searchsorted(f32([2, 2]), 1), "searchsorted: the first operand is a sorted vector, got f32[2,2]\n    at *\n    hint: *"],
  ])("%s", (_name, run, expected) => {
    const pattern = expected.split("*\n").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*linear\\.test\\.ts.*\n").replace(/\\\*$/, ".+");
    expect(run).toThrow(new RegExp(`^${pattern}$`));
  });
});

describe("einsum", () => {
  const lengths: Readonly<Record<string, number>> = { a: 2, b: 3, c: 2, d: 4, e: 1 };
  /** The definition: a loop over every index. */
  function byLoops(inputs: readonly string[], output: string, operands: readonly ConcreteArray[]): number[] {
    const letters = [...new Set([...output, ...inputs.join("")])];
    const size = (text: readonly string[]): number[] => text.map((l) => lengths[l] as number);
    const total = size(letters).reduce((p, q) => p * q, 1);
    const out = new Array<number>(size([...output]).reduce((p, q) => p * q, 1)).fill(0);
    const steps = stridesOf(size(letters));
    for (let flat = 0; flat < total; flat++) {
      const at = Object.fromEntries(letters.map((l, i) => [l, Math.floor(flat / (steps[i] as number)) % (lengths[l] as number)]));
      const offset = (text: string): number => stridesOf(size([...text])).reduce((sum, s, i) => sum + s * (at[text[i] as string] as number), 0);
      out[offset(output)] = (out[offset(output)] as number) + inputs.reduce((p, text, i) => p * (operands[i]?.elements[offset(text)] as number), 1);
    }
    return out;
  }
  test.each(["ab,bd->ad", "ab,bd->da", "ab,ab->a", "ab->ba", "aab->b", "aa,ab->b", "ab,bd,d->a", "abd,b,ad->bd", "a,b,c,d->dcba", "ac,ca->", "aca->c", "ab,cd->", "ae,eb->ab", "abc,acd,bd->", "dd,d->d", "aabb->ab", "b,b,b->b"])("%s", (text) => {
    const [left, output] = text.split("->") as [string, string];
    const inputs = left.split(",");
    const operands = inputs.map((t, i) => sample([...t].map((l) => lengths[l] as number), i));
    const result = einsum(text, ...operands.map(any)) as unknown as Value;
    expect(result.type.shape).toEqual([...output].map((l) => lengths[l]));
    const want = byLoops(inputs, output, operands);
    list(result).forEach((v, i) => expect(v).toBeCloseTo(want[i] as number, 12));
    expectLaws((...xs) => any(einsum(text, ...xs.map(any))), operands, { order: 1 });
  });
  test("implicit outputs, ellipses and stretched axes", () => {
    const shapes = (text: string, ...operands: number[][]): readonly number[] => shapeOf(einsum(text, ...operands.map((s) => zeros(s))));
    expect(shapes("ba", [2, 3])).toEqual([3, 2]);
    expect(shapes(" ij , jk ", [2, 3], [3, 4])).toEqual([2, 4]);
    expect(shapes("Ab", [2, 3])).toEqual([2, 3]);
    expect(shapes("...ij,...jk", [5, 1, 2, 3], [6, 3, 4])).toEqual([5, 6, 2, 4]);
    expect(shapes("i...->...i", [2, 3, 4])).toEqual([3, 4, 2]);
    expect(shapes("a...b,b...->a...", [2, 5, 3], [3, 5])).toEqual([2, 5]);
    expect(shapes("...", [2, 3])).toEqual([2, 3]);
    expect(shapes("i,i->i", [1], [3])).toEqual([3]);
    expect(shapes("ij,ij", [1, 3], [2, 1])).toEqual([]);
    expect(nested(einsum("i,i->", [2], [1, 2, 3]))).toBe(12);
  });
  test("a chain is contracted from its small end", () => {
    expect(program((a, b, v) => einsum("ij,jk,k->i", a, b, v), zeros([50, 60]), zeros([60, 70]), zeros([70]))).toMatchInlineSnapshot(`
      "{ (a: f32[50,60], b: f32[60,70], c: f32[70]) =>
          d: f32[60] = dotGeneral[contract=((1),(0)) batch=((),())] b c
          e: f32[50] = dotGeneral[contract=((1),(0)) batch=((),())] a d
        in (e) }"
    `);
  });
});

describe("the other products", () => {
  test("inner, outer, kron, cross, vdot, tensordot", () => {
    expect([inner([[1, 2]], [[3, 4]]), outer([1, 2], [3, 4]), kron([1, 10], [1, 2]), cross([1, 2], [3, 4]), cross([1, 2, 3], [4, 5]), vdot([[1, 2]], [[3], [4]]), tensordot([[1, 2], [3, 4]], [1, 1], 1), tensordot([1, 2], [3, 4], { axes: 0 })].map(nested)).toEqual([
      [[11]], [[3, 4], [6, 8]], [1, 2, 10, 20], -2, [-15, 12, -3], 11, [3, 7], [[3, 4], [6, 8]],
    ]);
  });
  test("cross along another axis", () => {
    const [x, y] = [sample([3, 2]), sample([3, 2], 1)];
    const turn = (v: ConcreteArray): unknown => einsum("ij->ji", any(v));
    expect(nested(cross(any(x), any(y), { axis: 0 }))).toEqual(nested(turn(any(cross(any(turn(x)), any(turn(y)))))));
  });
});

describe("diagonals", () => {
  test.each([-4, -3, -1, 0, 1, 2, 3])("offset %i", (offset) => {
    for (const [n, m] of [[3, 4], [4, 3], [3, 3], [0, 2], [1, 1]] as const) {
      const x = sample([n, m]);
      const want = Array.from({ length: n }, (_, i) => i).flatMap((i) => (i + offset >= 0 && i + offset < m ? [x.elements[i * m + i + offset]] : []));
      expect(nested(diagonal(any(x), { offset }))).toEqual(want);
      expect(nested(trace(any(x), { offset }))).toBeCloseTo(want.reduce<number>((s, v) => s + (v as number), 0), 12);
    }
    expectLaws((x) => any(diagonal(any(x), { offset })), [sample([3, 4])]);
    expectLaws((x) => any(diag(any(x), offset)), [sample([3])]);
    const v = sample([3]);
    expect(nested(diag(diag(any(v), offset), offset))).toEqual(list(v));
    expect(shapeOf(diag(any(sample([0])), offset))).toEqual([Math.abs(offset), Math.abs(offset)]);
  });
  test("along other axes, which go last", () => {
    const x = sample([2, 3, 4]);
    const at = (i: number, j: number, k: number): number => x.elements[i * 12 + j * 4 + k] as number;
    expect(nested(diagonal(any(x), { axis1: 2, axis2: 0, offset: -1 }))).toEqual([0, 1, 2].map((j) => [at(0, j, 1), at(1, j, 2)]));
    expect(nested(trace([[true, false], [false, true]]))).toBe(2);
  });
});

describe("searches", () => {
  test("nonzero", () => {
    expect(nonzero([[0, 5], [7, 0], [1, 1]]).map(nested)).toEqual([[0, 1, 2, 2], [1, 0, 0, 1]]);
    expect(nonzero([0, 0]).map(nested)).toEqual([[]]);
  });
  test.each(["left", "right"] as const)("searchsorted on the %s, against counting", (side) => {
    for (let n = 0; n <= 9; n++) {
      const sorted = Array.from({ length: n }, (_, i) => Math.floor(i / 2));
      const wanted = [-1, 0, 0.5, 1, 2, 3, 4, 5, Infinity, -Infinity];
      const before = (v: number): number => sorted.filter((s) => (side === "left" ? s < v : s <= v)).length;
      expect(nested(searchsorted(any(make([n], sorted)), any(make([10], wanted)), { side }))).toEqual(wanted.map(before));
    }
    expect(nested(searchsorted([1, 2, NaN], [NaN, 1.5, 9], { side }))).toEqual([side === "left" ? 2 : 3, 1, 2]);
  });
  test("searchsorted of a batch", () => {
    const f = vmap((s: Tensor, v: Tensor) => searchsorted(s, v), { inAxes: [0, null] } as never);
    expect(nested(f([[1, 2, 3], [5, 6, 7]], [2, 6]))).toEqual([[1, 3], [0, 1]]);
    expect((searchsorted([1], [[1]]) as unknown as Value).type).toMatchObject({ dtype: "int32", shape: [1, 1] });
  });
});

describe("dotGeneral says what it wants", () => {
  const m = zeros([2, 3]);
  const call = (...axes: readonly unknown[]): unknown => (dotGeneral as (...args: unknown[]) => unknown)(m, m, ...axes);
  test.each([
    ["no axes", [], /which axes to pair is missing/],
    ["numbers for lists", [{ contract: [0, 0] }], /contract must be two lists of axes, one of x and one of y[^]*hint: .*contract: \[\[1\], \[0\]\]/],
    ["one list", [{ contract: [[1]] }], /contract must be two lists/],
    ["a number", [{ batch: 5 }], /batch must be two lists/],
    ["an axis that is none", [{ contract: [[2], [0]] }], /axis 2 is out of range/],
    ["lengths that differ", [{ contract: [[1], [0]] }], /paired axes differ in length[^]*hint/],
    ["an axis named twice", [{ contract: [[1], [1]], batch: [[1], [1]] }], /named twice[^]*hint/],
  ] as const)("%s", (_, axes, message) => {
    expect(() => call(...axes)).toThrow(message);
  });
});
