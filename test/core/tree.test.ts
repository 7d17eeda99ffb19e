/** Trees: taken apart and put together, paths, structures as keys, what is a leaf, and what is refused. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array } from "chainrule";
import { TreeError } from "../../src/errors.ts";
import { flatten, flattenLike, isArrayLike, isPlainObject, leafCount, leafPaths, nestedShape, registerTree, showStructure, unflatten } from "../../src/core/tree.ts";

class Point {
  readonly x: unknown;
  readonly y: unknown;
  readonly unit: string;
  constructor(x: unknown, y: unknown, unit: string) {
    [this.x, this.y, this.unit] = [x, y, unit];
  }
}
registerTree(Point, { flatten: (p) => ({ children: [p.x, p.y], data: p.unit }), unflatten: (unit, [x, y]) => new Point(x, y, unit) });

const trees: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 3, depthSize: "small" }, tie("leaf"), fc.constant(null), fc.constant(undefined), tie("list"), tie("object"), tie("point")),
  leaf: fc.oneof(fc.integer(), fc.boolean(), fc.constant(new Float32Array([1, 2]))),
  list: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((items) => [null, ...items]),
  object: fc.dictionary(fc.string({ maxLength: 4 }).filter((k) => k !== "__proto__" && k !== "data" && k !== "shape"), tie("tree"), { maxKeys: 3 }),
  point: fc.tuple(tie("tree"), tie("tree")).map(([x, y]) => new Point(x, y, "m")),
})).tree;

describe("random trees", () => {
  test("come back from their leaves and structure", () => {
    fc.assert(fc.property(trees, (tree) => {
      const { leaves, structure } = flatten(tree, "t");
      expect(unflatten(structure, leaves)).toEqual(tree);
      expect([leafCount(structure), leafPaths(structure, "t").length, new Set(leafPaths(structure, "t")).size]).toEqual(Array(3).fill(leaves.length));
      expect(flattenLike(structure, tree, "t")).toEqual(leaves);
    }), { seed: 3, numRuns: 300 });
  });
  test("have equal texts exactly when their structures are equal", () => {
    fc.assert(fc.property(trees, trees, (a, b) => {
      const [s, t] = [flatten(a, "t").structure, flatten(b, "t").structure];
      expect(showStructure(s) === showStructure(t)).toBe(JSON.stringify(s, replaceUndefined) === JSON.stringify(t, replaceUndefined));
    }), { seed: 4, numRuns: 300 });
  });
});
const replaceUndefined = (_key: string, value: unknown): unknown => (value === undefined ? "undefined" : value);

describe("leaves", () => {
  test("numbers, booleans, arrays, rectangular lists", () => {
    for (const leaf of [1, true, Number.NaN, [1, 2], [[1], [2]], [], [[]], [true, 1], new Float64Array(2), new Uint8Array(1), array([1]), { data: [1], shape: [1] }]) expect(isArrayLike(leaf), String(leaf)).toBe(true);
    for (const other of ["1", null, undefined, 1n, {}, [[1], [2, 3]], [1, [2]], [null], ["a"], new DataView(new ArrayBuffer(1)), () => 1, new Map()]) expect(isArrayLike(other)).toBe(false);
  });
  test("shapes of nested lists", () => {
    expect([nestedShape([]), nestedShape([[]]), nestedShape([[1, 2], [3, 4]]), nestedShape([[[1]], [[2]]])]).toEqual([[0], [1, 0], [2, 2], [2, 1, 1]]);
    expect([nestedShape([1, [2]]), nestedShape([[1], [2, 3]]), nestedShape([[1], 2]), nestedShape(["a"]), nestedShape([[], [1]])]).toEqual(Array(5).fill(undefined));
  });
  test("plain objects, and objects without prototype", () => {
    expect([isPlainObject({}), isPlainObject(Object.create(null)), isPlainObject(new Point(1, 2, "m")), isPlainObject([]), isPlainObject(null)]).toEqual([true, true, false, false, false]);
  });
});

describe("errors name the path of the leaf", () => {
  const refused: [unknown, RegExp][] = [
    [{ a: [{ b: "text" }] }, /^x\.a\[0\]\.b is "text"[\s\S]*staticArgnums/],
    [[null, () => 1], /^x\[1\] is a function[\s\S]*staticArgnums/],
    [{ n: 10n }, /^x\.n is 10[\s\S]*Number\(value\)/],
    [{ p: Promise.resolve(1) }, /^x\.p [\s\S]*await before the call/],
    [{ m: new Map() }, /^x\.m [\s\S]*registerTree/],
    [new Point(1, { z: Symbol("s") }, "m"), /^x\.Point#1\.z is Symbol\(s\)/],
  ];
  test.each(refused)("%#", (tree, message) => {
    expect(() => flatten(tree, "x")).toThrow(TreeError);
    expect(() => flatten(tree, "x")).toThrow(message);
  });
  test("trees that differ", () => {
    const { structure } = flatten({ a: [new Float32Array(1), null], b: new Point(1, 2, "m") }, "x");
    const like = (tree: unknown) => () => flattenLike(structure, tree, "ct");
    expect(like({ b: new Point(3, 4, "m"), a: [5, null] })()).toEqual([5, 3, 4]);
    expect(like({ a: [5, undefined], b: new Point(3, 4, "m") })()).toEqual([5, 3, 4]);
    expect(like([1, 2])).toThrow(/^ct: expected an object with keys a, b/);
    expect(like({ a: [5, null], b: new Point(3, 4, "m"), c: 1 })).toThrow(/^ct: expected an object with keys a, b only/);
    expect(like({ a: [5], b: new Point(3, 4, "m") })).toThrow(/^ct\.a: expected a tuple of 2/);
    expect(like({ a: [5, 6], b: new Point(3, 4, "m") })).toThrow(/^ct\.a\[1\]: expected null/);
    expect(like({ a: ["5", null], b: new Point(3, 4, "m") })).toThrow(/^ct\.a\[0\]: expected an array/);
    expect(like({ a: [5, null], b: { x: 3, y: 4 } })).toThrow(/^ct\.b: expected a Point/);
    expect(like({ a: [5, null] })).toThrow(/^ct\.b: expected a Point, got undefined/);
  });
});
