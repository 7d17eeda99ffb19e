/** What users read about operands that are no arrays, and about values that a function cannot take: in their words, with what to do. */
import { describe, expect, test } from "vitest";
import { add, array, at, bitwiseOr, bitwiseNot, concatenate, DTypeError, grad, int32, leftShift, neg, oneHot, reshape, ShapeError, stack, sum, traceFn, TreeError, zeros } from "../../src/index.ts";
import type { NDArray, Tensor } from "../../src/core/array-types.ts";
import { describe as inWords } from "../../src/core/shape.ts";

const any = (value: unknown): never => value as never;
type ErrorClass = typeof TreeError;
/** A list of three with nothing in the middle. */
function withHole(first: number, last: number): number[] {
  const list = new Array<number>(3);
  [list[0], list[2]] = [first, last];
  return list;
}
function refused(f: () => unknown, kind: ErrorClass, ...texts: readonly string[]): void {
  expect(f).toThrow(kind);
  for (const text of texts) expect(f).toThrow(text);
}

describe("lists that are no arrays", () => {
  test("ragged ones: which depth, which lengths", () => {
    refused(() => add(any([[1, 2], [3]]), 1), TreeError, "add: a nested list must be rectangular, and the parts of this one differ in length at depth 1: 2 and 1", "hint: give all parts one length");
    refused(() => array(any([[[1], [2]], [[3], [4, 5]]])), TreeError, "array: a nested list", "at depth 2: 1 and 2");
    refused(() => array(any([1, [2]])), TreeError, "numbers and lists side by side at depth 1");
    refused(() => array(any([[1], 2])), TreeError, "numbers and lists side by side at depth 1");
  });
  test("with holes", () => {
    refused(() => array(any(withHole(1, 3))), TreeError, "array: the list has a hole: nothing stands at [1]");
    refused(() => sum(any([[1, 2], withHole(0, 2).slice(1)])), TreeError, "sum: the list has a hole: nothing stands at [1][0]");
  });
  test("with other things in them", () => {
    refused(() => add(any([1, "2"]), 1), TreeError, 'add: the list holds "2" at [1]', "numbers and booleans only");
    refused(() => array(any([[1], [null]])), TreeError, "array: the list holds null at [1][0]");
    refused(() => array(any([1n, 2n])), TreeError, "array: the list holds 1n at [0]", "hint: convert it with Number(x)");
    const loop: unknown[] = [];
    loop.push(loop);
    refused(() => array(any(loop)), TreeError, "does it contain itself?");
  });
  test("of tensors, as a ragged argument becomes one", () => {
    refused(() => traceFn((x: Tensor) => neg(x))(any([[1, 2], [3]])), TreeError, "neg: a list of tensors is no operand: [f32[2], f32[1]]", "a list of numbers whose parts differ in length comes into a traced function as such a list");
    refused(() => traceFn((x: Tensor) => neg(any([x, x])))([1, 2]), TreeError, "neg: a list of tensors is no operand: [f32[2], f32[2]]", "hint: join them with stack([...]) or concatenate([...])");
    expect(() => traceFn((x: Tensor) => neg(any([x, x])))([1, 2])).not.toThrow("comes into a traced function");
  });
  test("of typed arrays, which array joins", () => {
    const [a, b] = [new Float32Array([1, 2]), new Float32Array([3, 4])];
    const joined = array([a, b]);
    expect([joined.dtype, joined.toArray()]).toEqual(["float32", [[1, 2], [3, 4]]]);
    expect(array([[new Float64Array([1]), [2]], [array([3]), [4]]]).toArray()).toEqual([[[1], [2]], [[3], [4]]]);
    const strided = array([{ data: [1, 2, 3, 4], shape: [2], stride: [2] }, new Int32Array([5, 6])], { dtype: "int32" });
    expect([strided.dtype, strided.toArray()]).toEqual(["int32", [[1, 3], [5, 6]]]);
    expect(array([new Uint8Array([1, 2])], { dtype: "float32" }).toArray()).toEqual([[1, 2]]);
    refused(() => array([a, new Float32Array(3)]), ShapeError, "array: shapes differ: f32[2], f32[3]");
    refused(() => add(any([a, b]), 1), TreeError, "add: a list of arrays is no operand", "join them with array([...])");
    expect((traceFn((x: Tensor) => array([x, new Float32Array([3, 4])]))([1, 2]) as NDArray).toArray()).toEqual([[1, 2], [3, 4]]);
  });
});

describe("typed arrays of 64-bit integers", () => {
  const big = new BigInt64Array([1n]);
  const texts = ["a BigInt64Array, and there is no dtype of 64-bit integers", "Float64Array.from(data, Number)", "Int32Array.from(data, Number)"];
  test("say what to convert to", () => {
    refused(() => array(any(big)), DTypeError, ...texts);
    refused(() => array(any(big), { dtype: "int32" }), DTypeError, ...texts);
    refused(() => array(any(big), { dtype: "float32" }), DTypeError, ...texts);
    refused(() => array(any({ data: big, shape: [1] }), { dtype: "float64" }), DTypeError, ...texts);
    refused(() => add(any(big), 1), DTypeError, ...texts);
    refused(() => traceFn((x: Tensor) => x)(any(new BigUint64Array(1))), DTypeError, "BigUint64Array");
  });
});

describe("oneHot", () => {
  test("takes integers, as indices are", () => {
    expect((oneHot([0, 2], 3) as NDArray).toArray()).toEqual([[1, 0, 0], [0, 0, 1]]);
    expect((oneHot([true, false], 2) as NDArray).toArray()).toEqual([[0, 1], [1, 0]]);
    refused(() => oneHot([0.5], 3), DTypeError, "oneHot: 0.5 is not a value of int32");
    refused(() => oneHot(array([0, 2]), 3), DTypeError, "oneHot: class numbers must be integers, got f32[2]", 'labels.astype("int32")');
    refused(() => traceFn((x: Tensor) => oneHot(x, 3))([0, 2]), DTypeError, "oneHot: class numbers must be integers, got f32[2]");
    expect((oneHot(int32(array([0, 2])), 3) as NDArray).toArray()).toEqual([[1, 0, 0], [0, 0, 1]]);
  });
});

describe("reshape", () => {
  test("shows the shape that was passed", () => {
    refused(() => reshape(zeros([6]), [-1, -1]), ShapeError, "reshape: only one length may be -1, got [-1, -1]");
    refused(() => reshape(zeros([6]), [-1, 2.5]), ShapeError, "one of which may be -1, got [-1, 2.5]");
    refused(() => reshape(zeros([6]), [-2, 3]), ShapeError, "got [-2, 3]");
  });
});

describe("names of operations are the public ones", () => {
  test("of bits", () => {
    refused(() => bitwiseOr([0.5], [1]), DTypeError, "bitwiseOr: needs integer or boolean operands, got f32*[1], f32*[1]", "compare first");
    refused(() => bitwiseNot(zeros([2])), DTypeError, "bitwiseNot: needs integer or boolean operands, got f32[2]");
    refused(() => leftShift([true], [true]), DTypeError, "leftShift: needs integer operands, got bool");
    refused(() => traceFn((x: Tensor) => bitwiseOr(x, x))([1]), DTypeError, "bitwiseOr: ");
  });
  test("of updates at indices that repeat", () => {
    const v = [2, 3];
    for (const f of [(u: Tensor) => at([1, 2, 3], [1, 1]).div(u), (u: Tensor) => at([1, 2, 3], [1, 1]).pow(u)]) {
      expect(() => grad((u: Tensor) => sum(f(u)))(v)).toThrow(/x\.at\(i\)\.mul\(v\), \.div\(v\) and \.pow\(v\): the derivative with respect to v needs indices that are all different/);
    }
  });
});

describe("values in words", () => {
  test("use public names", () => {
    expect(inWords(zeros([2]))).toBe("an NDArray");
    expect(inWords(new Int32Array(1))).toBe("an Int32Array");
    expect(inWords(new Uint8Array(1))).toBe("a Uint8Array");
    expect(inWords(new Map())).toBe("a Map");
    expect(inWords(3n)).toBe("3n");
    expect(inWords({ a: 1 })).toBe("an object with keys a");
    expect(inWords(Object.create(null))).toBe("an object with keys (none)");
    expect(() => concatenate(any(zeros([2])))).toThrow("concatenate: expected a list of arrays, got an NDArray");
    expect(() => traceFn((x: Tensor) => stack(any(x)))([1])).toThrow("stack: expected a list of arrays, got a Tensor");
    expect(() => traceFn((x: Tensor) => reshape([1, 2], any(x)))([1])).toThrow("got a Tensor");
  });
});
