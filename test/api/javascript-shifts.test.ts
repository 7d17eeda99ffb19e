/** Shifts in rewritten code: what JavaScript computes, for every operand that is an array; the named functions are NumPy's. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { operatorTable } from "../../src/api/operator-table.ts";

const operators = { "<<": (x: number, n: number) => x << n, ">>": (x: number, n: number) => x >> n, ">>>": (x: number, n: number) => x >>> n };
const list = (x: unknown): unknown => (x as NDArray).toArray();
const numbers = [0, 1, -1, -8, 123456789, 2147483647, -2147483648];
const counts = [0, 1, 5, 31, 32, 33, -1, -31];
const pairs = numbers.flatMap((x) => counts.map((n) => [x, n] as const));
const left = Int32Array.from(pairs, ([x]) => x);
const right = Int32Array.from(pairs, ([, n]) => n);

describe.each(Object.entries(operators))("%s", (name, wanted) => {
  const shift = (x: unknown, n: unknown): NDArray => operatorTable.binary(name as "<<", x, n) as NDArray;
  const answer = pairs.map(([x, n]) => wanted(x, n));

  test("arrays by arrays, typed arrays, lists and numbers", () => {
    const x = cr.array(left);
    for (const n of [cr.array(right), right, Array.from(right)]) expect(list(shift(x, n))).toEqual(answer);
    for (const n of [...counts, 1.5]) expect(list(shift(cr.array(Int32Array.from(numbers)), n)), `by ${n}`).toEqual(numbers.map((v) => wanted(v, n)));
    expect(shift(x, 1).dtype).toBe(name === ">>>" ? "uint32" : "int32");
  });
  test("numbers and lists by arrays", () => {
    for (const v of numbers) expect(list(shift(v, cr.array(Int32Array.from(counts)))), `${v}`).toEqual(counts.map((n) => wanted(v, n)));
    expect(list(shift(Array.from(left), cr.array(right)))).toEqual(answer);
  });
  test("traced", () => {
    const f = cr.traceFn((x: Tensor, n: Tensor) => shift(x, n) as unknown as Tensor);
    expect(list(f(left, right))).toEqual(answer);
  });
  test("floats are refused", () => {
    expect(() => shift(cr.array([1]), 1)).toThrow(cr.DTypeError);
    expect(() => shift(cr.array(left), cr.array([1]))).toThrow(cr.DTypeError);
    expect(() => shift(0.5, cr.array(right))).toThrow(cr.DTypeError);
  });
});

test("the named functions shift every bit out at 32", () => {
  const x = cr.array(new Int32Array([-8]));
  expect([list(cr.leftShift(x, 32)), list(cr.rightShift(x, 32)), list(cr.rightShiftLogical(x, 32))]).toEqual([[0], [-1], [0]]);
  expect(cr.rightShiftLogical(x, 0).dtype).toBe("int32");
});
