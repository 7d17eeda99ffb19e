/** Keys of kept programs: equal for what is the same, different for everything else, and so no program runs on what it was not traced for. */
import { describe, expect, test } from "vitest";
import { mul, registerTree, sin, tanh, traceFn } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { dataKey, identityKey, valueKey } from "../../src/core/identity.ts";
import { flatten, showStructure } from "../../src/core/tree.ts";

const shared = { a: 1 };
const distinct: readonly unknown[] = [
  0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, "0", "", "null", null, undefined, "undefined", true, "true", 0n, 1n, Symbol("a"), Symbol("a"), Symbol.for("a"),
  shared, { a: 1 }, [], [], () => 1, () => 1, "#0", "#1", "number:0", 'a","b', "a,b",
];

describe("valueKey", () => {
  test("differs for different values", () => {
    expect(new Set(distinct.map(valueKey)).size).toBe(distinct.length);
  });
  test("is the same for the same value again", () => {
    for (const value of distinct) expect(valueKey(value)).toBe(valueKey(value));
    expect(valueKey(Symbol.for("a"))).toBe(valueKey(Symbol.for("a")));
    expect(valueKey(Number.NaN)).toBe(valueKey(0 / 0));
    expect(identityKey(shared)).toBe(valueKey(shared));
  });
});

describe("dataKey", () => {
  test("lists and plain objects by their entries, everything else by value or identity", () => {
    expect(dataKey({ a: [1, { b: "x" }], c: null })).toBe(dataKey({ a: [1, { b: "x" }], c: null }));
    const others = [{ a: 1 }, { a: "1" }, { a: -0 }, { a: 0 }, { a: Number.NaN }, { a: null }, { a: undefined }, { b: 1 }, [1], ["1"], [[1]], [1, 2], ["1,2"], [], {}, "{}", new Map([[1, 2]]), new Map([[1, 3]]), new Date(0), Math.sin, Math.cos];
    expect(new Set(others.map(dataKey)).size).toBe(others.length);
  });
});

describe("registered classes", () => {
  function layerClass(): new (w: Tensor, activation: (x: Tensor) => Tensor) => { w: Tensor; activation: (x: Tensor) => Tensor } {
    class Layer {
      readonly w: Tensor;
      readonly activation: (x: Tensor) => Tensor;
      constructor(w: Tensor, activation: (x: Tensor) => Tensor) {
        [this.w, this.activation] = [w, activation];
      }
    }
    registerTree(Layer, { flatten: (l) => ({ children: [l.w], data: l.activation }), unflatten: (activation, [w]) => new Layer(w as Tensor, activation) });
    return Layer;
  }
  test("a function as data: each has a program of its own", () => {
    const Layer = layerClass();
    const f = traceFn((l: { w: Tensor; activation: (x: Tensor) => Tensor }) => l.activation(mul(l.w, 2)));
    const run = (activation: (x: Tensor) => Tensor): number => (f(new Layer(0.5 as Tensor, activation) as never) as NDArray).item() as number;
    expect([run(sin as never), run(tanh as never), run(sin as never)]).toEqual([Math.sin(1), Math.tanh(1), Math.sin(1)].map(Math.fround));
  });
  test("two classes of one name are two structures", () => {
    const [A, B] = [layerClass(), layerClass()];
    const structure = (x: object): string => showStructure(flatten(x, "x").structure);
    expect(structure(new A(1 as Tensor, sin as never))).not.toBe(structure(new B(1 as Tensor, sin as never)));
    expect(structure(new A(1 as Tensor, sin as never))).toBe(structure(new A(2 as Tensor, sin as never)));
    expect(structure(new A(1 as Tensor, sin as never))).toMatch(/^Layer#\d+<#\d+>\(\*\)$/);
  });
});
