/** Arguments that nobody reads are refused, and the error shows the right form. */
import { describe, expect, test } from "vitest";
import * as chainrule from "../../src/index.ts";
import { publicFunction } from "../../src/api/public-function.ts";
import type { NDArray, Tensor } from "../../src/core/array-types.ts";

const { add, array, ArgumentError, concatenate, exp, flip, grad, mean, ones, reshape, sum, traceFn, transpose, vmap, zeros } = chainrule;
type Loose = (...args: readonly unknown[]) => unknown;
const loosely = (f: unknown): Loose => f as Loose;
const refused = (f: () => unknown, text: string | RegExp): void => {
  expect(f).toThrow(ArgumentError);
  expect(f).toThrow(text);
};

/** Functions of any number of arguments, and those that are no functions of arrays. */
const variadic = ["at", "broadcastArrays", "einsum", "hypot", "index", "meshgrid", "treeMap"];
const control = ["associativeScan", "callback", "checkpoint", "checkpointName", "cond", "customJvp", "customVjp", "customVmap", "defineRule", "foriLoop", "map", "scan", "switchCase", "whileLoop"];
const transforms = ["checkGrads", "configure", "explainRecompile", "grad", "hessian", "hvp", "jacfwd", "jacrev", "jvp", "linearTranspose", "linearize", "profile", "registerTree", "traceFn", "treeLeaves", "treePaths", "valueAndGrad", "vjp", "vmap"];

describe("surplus arguments", () => {
  const fixed = Object.entries(chainrule as Readonly<Record<string, unknown>>).flatMap(([name, f]) => (typeof f === "function" && !((f.prototype as unknown) instanceof Error) && ![...variadic, ...transforms, ...control].includes(name) ? [[name, f] as const] : []));
  test.each(fixed)("of %s", (name, f) => {
    refused(() => loosely(f)(...Array.from({ length: 9 }, () => undefined)), `${name}: called as ${name}(undefined, `);
    expect((f as Loose).name).toBe(name);
  });
  test("of variadic functions are none", () => {
    expect((chainrule.hypot(2, 3, 6) as NDArray).item()).toBe(7);
    expect(chainrule.broadcastArrays(1, 2, [3]).length).toBe(3);
  });
  test("numbers that were meant as a list", () => {
    const x = array([1, 2, 3, 4, 5, 6]);
    refused(() => loosely(reshape)(x, 6, 1), "reshape: called as reshape(f32[6], 6, 1), but the form is reshape(x, shape)");
    refused(() => loosely(reshape)(x, 6, 1), "hint: write reshape(x, [6, 1])");
    refused(() => loosely(sum)(ones([2, 3]), 0, 1), "hint: write sum(x, [0, 1])");
    refused(() => loosely(transpose)(ones([2, 3]), 1, 0), "hint: write transpose(x, [1, 0])");
    refused(() => loosely(zeros)(2, 3), "zeros: called as zeros(2, 3), but the form is zeros(shape, { dtype })");
    refused(() => loosely(zeros)(2, 3), "hint: write zeros([2, 3])");
    refused(() => loosely(zeros)(2, 3, 4), "hint: write zeros([2, 3, 4])");
    refused(() => loosely(chainrule.squeeze)(ones([1, 1]), 0, 1), "hint: write squeeze(x, [0, 1])");
    refused(() => loosely(flip)(ones([2, 3]), 0, 1), "hint: write flip(x, [0, 1])");
    refused(() => loosely(chainrule.tile)(x, 2, 2), "hint: write tile(x, [2, 2])");
  });
  test("others", () => {
    refused(() => loosely(mean)(ones([2]), 0, true), "but the form is mean(x, axes | { axis, keepDims })");
    refused(() => loosely(add)(1, 2, 3), "add: called as add(1, 2, 3), but the form is add(x, y)");
    refused(() => loosely(concatenate)(ones([1]), ones([1]), ones([1])), "but the form is concatenate([x, y, …], axis | { axis })");
    refused(() => loosely(chainrule.gelu)(ones([1]), 3), "but the form is gelu(x, { approximate })");
    refused(() => loosely(chainrule.arange)(0, 5, 1, 2), "arange(start, stop, step, { dtype })");
  });
  test("of methods, traced and concrete", () => {
    const x = ones([2, 3]);
    refused(() => loosely(x.reshape.bind(x))(6, 1), "hint: write reshape(x, [6, 1])");
    refused(() => traceFn((t: Tensor) => loosely(t.sum.bind(t))(0, 1) as Tensor)(x), "hint: write sum(x, [0, 1])");
    refused(() => loosely(x.exp.bind(x))(2), "but the form is exp(x)");
  });
});

describe("functions as arguments", () => {
  test("of map and reduce, whose position and list are dropped", () => {
    const list = [array([1]), array([2]), array([4])];
    expect((list.reduce(add) as NDArray).item()).toBe(7);
    expect(list.map(chainrule.neg).map((x) => (x as NDArray).item())).toEqual([-1, -2, -4]);
    expect([2, NaN].map(exp as (x: number) => number).map((x) => (x as NDArray).item())).toEqual([Math.fround(Math.exp(2)), NaN]);
    refused(() => loosely(exp)(1, 0, [2]), "but the form is exp(x)");
  });
  test("of map, where the position would be taken for an axis or options", () => {
    refused(() => [array([1]), array([2])].map(sum as never), "map passes the position and the list too: write list.map((x) => sum(x))");
    refused(() => [array([1])].map(chainrule.zerosLike as never), "write list.map((x) => zerosLike(x))");
  });
  test("of transforms", () => {
    expect((vmap(sum as (x: Tensor) => Tensor)([[1, 2], [3, 4]]) as NDArray).toArray()).toEqual([3, 7]);
    expect((grad(mean as (x: Tensor) => Tensor)([1, 2]) as NDArray).toArray()).toEqual([0.5, 0.5]);
  });
});

test("a public function keeps its name, its length and its arguments", () => {
  const f = publicFunction("f", ["x", "y"], (x: number, y?: number) => [x, y]);
  expect([f.name, f.length, f(1), f(1, 2)]).toEqual(["f", 2, [1, undefined], [1, 2]]);
});
