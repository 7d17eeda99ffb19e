/** Mistakes that used to give a number: each is an error now, or gives the right one. */
import { deepStrictEqual } from "node:assert";
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { addOne, firstOf, increment } from "./unrewritten.ts";

const any = (value: unknown): never => value as never;
const list = (x: unknown): unknown => (x as NDArray).toArray();

describe("a list of arguments without its brackets", () => {
  const f = (x: Tensor): Tensor => cr.sum(cr.sin(x));
  test.each<[string, () => unknown]>([
    ["jvp", () => cr.jvp(f, any([1, 2]), any([1, 0]))],
    ["hvp", () => cr.hvp(f, any([1, 2]), any([1, 1]))],
    ["vjp", () => cr.vjp(f, ...any([1, 2]))],
    ["linearize", () => cr.linearize(f, ...any([1, 2]))],
    ["checkGrads", () => cr.checkGrads(f, any([1, 2]))],
    ["grad", () => (cr.grad(f, any({ argnums: 1 })) as (...xs: number[]) => unknown)(1, 2)],
  ])("%s", (_name, run) => expect(run).toThrow(/the function takes 1 argument and does not use argument 1/));
  test("further parameters that are used, by default or by rest, are no mistake", () => {
    expect(list(cr.jvp((x: Tensor, y: Tensor = any(1)) => cr.mul(x, y), [2, 3], [1, 0])[1])).toBe(3);
    expect(cr.traceFn((...xs: Tensor[]) => cr.sum(cr.stack(xs))).grad()(1, 2)).toHaveLength(2);
    expect([1, 2].map(any(cr.traceFn((x: Tensor) => cr.mul(x, 2)))).map(list)).toEqual([2, 4]);
  });
});

describe("arrays in code that was not rewritten", () => {
  test("writing to an element is an error, not lost", () => {
    expect(() => increment(cr.array([1, 2]))).toThrow(TypeError);
    expect(() => cr.traceFn((x: Tensor) => (increment(x), x))([1])).toThrow(TypeError);
  });
  test("+ with a string or a number", () => expect(() => addOne(cr.array([1, 2]))).toThrow(cr.ConcretizationError));
  test("shapes cannot be changed", () => expect(() => ((cr.array([1, 2]).shape as number[])[0] = 1)).toThrow(TypeError));
  test("destructuring and iteration", () => {
    expect(list(firstOf(cr.array([[1, 2], [3, 4]])))).toEqual([1, 2]);
    expect([...cr.array([1, 2])].map(Number)).toEqual([1, 2]);
    expect([cr.array([[1, 2]]).length, list(cr.array([[1, 2]]).T)]).toEqual([1, [[1], [2]]]);
    expect(() => cr.array(1).length).toThrow(cr.ShapeError);
  });
  test("deepStrictEqual tells arrays apart", () => {
    expect(() => deepStrictEqual(cr.array([1, 2]), cr.array([9, 9]))).toThrow();
    deepStrictEqual(cr.array([1, 2]), cr.array([1, 2]));
  });
});

describe("checks that could not fail", () => {
  const f = (x: Tensor): Tensor => cr.sin(x);
  test.each([{ modes: [] }, { eps: 0 }, { rtol: Number.NaN }, { order: 0 }])("checkGrads refuses %o", (options) => {
    expect(() => cr.checkGrads(f, [1], any(options))).toThrow(cr.ArgumentError);
  });
  test("linearTranspose refuses a function with a constant part", () => {
    expect(() => cr.linearTranspose((x: Tensor) => cr.add(x, 1), 1)).toThrow(/not 0 at 0/);
  });
  test("program text refuses options nobody reads", () => expect(() => cr.traceFn(f).program(1).toString(any({ place: true }))).toThrow(/unknown option "place"/));
});

test("too much memory is an error of ours that says how much", () => {
  expect(() => cr.zeros([1e6, 1e6]).data).toThrow(/no memory for an array of 1000000000000 elements \(3725\.3 GiB\)/);
});

describe("values that are no trees", () => {
  test("a tree that contains itself, an endless list, a very deep tree", () => {
    const self: Record<string, unknown> = {};
    self["self"] = self;
    const endless: unknown[] = [];
    endless.push(endless);
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = { deep };
    for (const value of [self, endless, deep]) expect(() => cr.traceFn((x: Tensor) => x)(any(value))).toThrow(/nested more than 500 levels deep, or contains itself/);
  });
  test("a result that is text", () => expect(() => cr.traceFn((_x: Tensor) => "done")(1)).toThrow(/a traced function returns arrays/));
  test("a class registered without its rules", () => {
    expect(() => cr.registerTree(any({}), any({}))).toThrow(cr.TreeError);
    class Wrong {}
    cr.registerTree(Wrong, any({ flatten: () => [[], null], unflatten: () => new Wrong() }));
    expect(() => cr.traceFn((x: Tensor) => x)(any(new Wrong()))).toThrow(/must return \{ children/);
  });
});

test.each(["2", null])("a comparison with %o names that", (other) => {
  const less = (x: unknown): boolean => (x as number) < (other as unknown as number);
  expect(() => less(cr.array([1, 2]))).toThrow(/a comparison with a string or null/);
  expect(() => cr.traceFn((x: Tensor) => (less(x), x))(1)).toThrow(/a comparison with a string or null/);
});

describe("writing to .data", () => {
  test("reaches no other array and no later result", () => {
    const z = cr.zeros([3]);
    const same = z.reshape([3, 1]);
    z.data[0] = 5;
    expect([z.data[0], z.data === z.data]).toEqual([5, true]);
    expect([list(z), list(z.add(1)), list(same), list(cr.array(z))]).toEqual([[0, 0, 0], [1, 1, 1], [[0], [0], [0]], [0, 0, 0]]);
  });
  test("reaches no constant of a program", () => {
    const weights = cr.array([1, 2]);
    const f = cr.traceFn((x: Tensor) => cr.mul(x, weights));
    const first = f(1) as unknown as NDArray;
    weights.data.fill(9);
    first.data.fill(9);
    expect([list(f(1)), list(cr.traceFn(() => weights)())]).toEqual([[1, 2], [1, 2]]);
  });
});

describe("fillValue", () => {
  const whole = cr.array(new Int32Array([1, 2]));
  const places = new Int32Array([5]);
  const readers: readonly [string, (x: NDArray, options: object) => unknown][] = [
    ["take", (x, options) => cr.take(x, places, options)],
    ["takeAlongAxis", (x, options) => cr.takeAlongAxis(x, places, options)],
    ["at.get", (x, options) => x.at(places).get(options)],
  ];
  test.each(readers)("%s: a value of the array's dtype, with mode fill only", (_name, read) => {
    const fill = (x: NDArray, fillValue: unknown): unknown => read(x, { mode: "fill", fillValue });
    expect([list(fill(whole, -7)), list(fill(cr.array([1]), 0.5)), list(fill(cr.array([false]), true))]).toEqual([[-7], [0.5], [true]]);
    expect(() => fill(whole, 0.5)).toThrow(/fillValue: 0\.5 is not a value of int32/);
    expect(() => fill(whole, 2 ** 31)).toThrow(cr.DTypeError);
    expect(() => fill(cr.array([true]), 3)).toThrow(cr.DTypeError);
    expect(() => fill(whole, "1")).toThrow(cr.ArgumentError);
    expect(() => read(whole, { fillValue: 1 })).toThrow(/fillValue has no meaning in mode "throw"/);
    expect(() => read(whole, { mode: "clip", fillValue: 1 })).toThrow(cr.ArgumentError);
  });
});
