/** What scan, map and associativeScan say about mistakes, and what they take without complaint. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const any = (value: unknown): never => value as never;
const plain = (tree: unknown): unknown => cr.treeMap(any((leaf: NDArray) => leaf.toArray()), any(tree));
const scan = cr.scan as unknown as (...args: readonly unknown[]) => unknown;
const keep = (c: Tensor, x: Tensor): unknown => [c, x];
const zeros = cr.zeros;

/** The message without the place, then the hint. */
function textOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const { message, hint, name } = error as Error & { readonly hint?: string };
    return `${name}: ${message.split("\n")[0]}${hint === undefined ? "" : ` (${hint})`}`;
  }
  return "no error";
}

test.each<[string, () => unknown, string]>([
  ["another shape", () => scan((c: { x: Tensor[] }, x: Tensor) => [{ x: [c.x[0], x] }, x], { x: [zeros([3]), zeros([3])] }, [1, 2]), "ShapeError: scan: the carry changes its type at carry.x[1]: f32[3] before the body, f32[] after it (begin with a value of the shape that the body returns: zeros([…]), or broadcastTo(x, shape))"],
  ["another shape for a number", () => scan((c: Tensor, x: Tensor) => [cr.add(c, x), null], 0, [[1, 2]]), "ShapeError: scan: the carry changes its type at carry: f32[] before the body, f32[2] after it (begin with a value of the shape that the body returns: zeros([…]), or broadcastTo(x, shape))"],
  ["another dtype", () => scan((c: Tensor, x: Tensor) => [cr.add(c, x), x], cr.int32(0), [1, 2]), 'DTypeError: scan: the carry changes its type at carry: i32[] before the body, f32[] after it (keep one dtype: begin with .astype("float32"), or return .astype("int32") from the body)'],
  ["a number that the carry cannot hold", () => scan(() => [0.5, null], cr.int32(3), [1]), "DTypeError: scan: the carry: 0.5 is not a value of int32 (round it first, or use a floating dtype)"],
  ["another tree", () => scan((c: { x: Tensor }, x: Tensor) => [{ y: c.x }, x], { x: 0 }, [1, 2]), 'TreeError: scan: the carry changes its tree: {"x": *} before the body, {"y": *} after it (carry: expected an object with keys x only, got an object with keys y) (the body returns the carry in the form in which it got it; a list of numbers is one array, a list of arrays is a tuple)'],
  ["a longer tuple", () => scan((c: Tensor[], x: Tensor) => [[c[0], x, x], x], [zeros([3]), zeros([3])], [1, 2]), "TreeError: scan: the carry changes its tree: [*, *] before the body, [*, *, *] after it (carry: expected a tuple of 2, got […, …, …]) (the body returns the carry in the form in which it got it; a list of numbers is one array, a list of arrays is a tuple)"],
  ["no pair", () => scan((c: Tensor, x: Tensor) => cr.add(c, x), 0, [1]), "TreeError: scan: the body must return [carry, y], got a Tensor (y is what the turn gives beside the carry: return [carry, null] where there is nothing)"],
  ["nothing", () => scan(() => undefined, 0, [1]), "TreeError: scan: the body must return [carry, y], got undefined (y is what the turn gives beside the carry: return [carry, null] where there is nothing)"],
  ["a promise", () => scan(async (c: Tensor) => [c, c], 0, [1]), "TreeError: the body of scan returned a Promise: traced functions are synchronous (await data before the call and pass it as an argument)"],
  ["no length", () => scan(keep, 0, null), "ArgumentError: scan: xs has no leaves, so the number of turns is not known (pass it: scan(f, init, null, { length: n }))"],
  ["a scalar to run over", () => scan(keep, 0, { a: [1, 2], b: 3 }), "ShapeError: scan: xs.b (f32[]) is a scalar and has no axis to run over (close over a value that is the same at each turn)"],
  ["lengths that differ", () => scan(keep, 0, { a: [1, 2], b: [[1], [2], [3]] }), "ShapeError: scan: lengths differ: 2 (xs.a (f32[2])) and 3 (xs.b (f32[3,1])) (all leaves of xs need first axes of one length)"],
  ["a length that is not that of xs", () => scan(keep, 0, [1, 2, 3], { length: 2 }), "ShapeError: scan: lengths differ: 2 (length) and 3 (xs (f32[3])) (leave length out: xs says how many turns there are)"],
  ["a negative length", () => scan(keep, 0, null, { length: -1 }), "ArgumentError: scan: length must be a whole number of at least 0, got -1"],
  ["an unknown option", () => scan(keep, 0, [1], { lenght: 2 }), 'ArgumentError: scan: unknown option "lenght" (options: length, reverse, unroll, checkpoint)'],
  ["no function", () => scan(0, keep, [1]), "ArgumentError: scan: f must be a function, got 0 (scan(f, init, xs) with f(carry, x) → [carry, y])"],
  ["unroll by nothing", () => scan(keep, 0, [1], { unroll: 0 }), "ArgumentError: scan: unroll must be a whole number of at least 1, got 0"],
  ["a word for reverse", () => scan(keep, 0, [1], { reverse: "yes" }), 'ArgumentError: scan: reverse must be true or false, got "yes"'],
  ["an unknown checkpoint", () => scan(keep, 0, [1], { checkpoint: "some" }), 'ArgumentError: scan: checkpoint must be "all", "sqrt", "log" or { bytes }, got "some"'],
  ["too few bytes", () => scan((c: Tensor) => [cr.sin(c), null], zeros([4]), null, { length: 100, checkpoint: { bytes: 100 } }), "ArgumentError: scan: checkpoint: 100 bytes are too little for 100 turns: the state has 16 bytes, and a turn stores 16 (it takes at least 208 bytes)"],
  ["text in a carry", () => scan(keep, { name: "x" }, [1]), "TreeError: scan: init.name is \"x\", which is no array and no tree (pass it as a static argument, traceFn(f, { staticArgnums: [i] }), or close over it)"],
  ["map: nothing to map", () => cr.map((x: Tensor) => x, any(null)), "ArgumentError: map: xs has no leaves, so the number of turns is not known"],
  ["map: no function", () => cr.map(any([1]), any((x: Tensor) => x)), "ArgumentError: map: f must be a function, got [1] (map(f, xs))"],
  ["map: a batch of half", () => cr.map((x: Tensor) => x, [1], { batchSize: 0.5 }), "ArgumentError: map: batchSize must be a whole number of at least 1, got 0.5"],
  ["associativeScan: a function that reduces", () => cr.associativeScan((a: Tensor) => cr.sum(a), [1, 2, 3]), "ShapeError: associativeScan: the function changes the type at elems: it took f32[1] and returned f32[] (the function combines many pairs at once: its arguments have the scanned axis, and so has its result)"],
  ["associativeScan: another dtype", () => cr.associativeScan((a: Tensor, b: Tensor) => cr.less(a, b), [1, 2, 3]), 'DTypeError: associativeScan: the function changes the type at elems: it took f32[1] and returned bool[1] (convert what it returns with .astype("float32"), or the elements before)'],
  ["associativeScan: another tree", () => cr.associativeScan(any((a: Tensor, b: Tensor) => [a, b]), any([1, 2, 3])), "TreeError: associativeScan: the function must return a tree like its arguments: the result: expected an array, got […, …]"],
  ["associativeScan: an axis that is not there", () => cr.associativeScan((a: Tensor, b: Tensor) => cr.add(a, b), [1, 2], { axis: 1 }), "ShapeError: associativeScan: elems: axis 1 is out of range for rank 1 (axes run from 0 to 0, or from -1 to -1 counted from the end)"],
  ["associativeScan: lengths that differ", () => cr.associativeScan(any((a: Tensor, b: Tensor) => [a, b]), any({ a: [1, 2], b: [1] })), "ShapeError: associativeScan: lengths differ: 2 (elems.a, f32[2]) and 1 (elems.b, f32[1]) (all leaves of elems need scanned axes of one length)"],
])("%s", (_name, run, text) => expect(textOf(run)).toBe(text));

test("errors point at the call", () => {
  expect(() => scan(keep, 0, null)).toThrow(/scan-errors\.test\.ts:/);
});

describe("numbers that a loop begins with take the dtype of the body", () => {
  const sum = (c: Tensor, x: Tensor): unknown => [cr.add(c, x), null];
  test.each<[string, unknown, unknown, string]>([
    ["float32", 0, new Float32Array([1, 2]), "float32"],
    ["float64", 0, new Float64Array([1, 2]), "float64"],
    ["a list", [0, 0], [[1, 2]], "float32"],
    ["a float64 list", [0, 0], cr.array([[1, 2]], { dtype: "float64" }), "float64"],
  ])("%s", (_name, init, xs, dtype) => {
    const [total] = scan(sum, init, xs) as [NDArray];
    expect(total.dtype).toBe(dtype);
    for (const defaultFloat of ["float32", "float64"] as const) {
      const typed = Array.isArray(xs) ? cr.array(any(xs), { dtype: "float32" }) : xs;
      expect((cr.traceFn((xs: Tensor) => (scan(sum, init, xs) as [Tensor])[0], { dtype: defaultFloat })(any(typed)) as NDArray).dtype, defaultFloat).toBe(dtype);
    }
  });
  test("a number is a float, unless the body makes an integer of it", () => {
    expect((scan(sum, 0, new Int32Array([1, 2])) as [NDArray])[0].dtype).toBe("float32");
    expect((scan((_c: Tensor, x: Tensor) => [x, null], 0, new Int32Array([1, 2])) as [NDArray])[0].dtype).toBe("int32");
    expect((scan(sum, cr.int32(0), new Int32Array([1, 2])) as [NDArray])[0].dtype).toBe("int32");
    expect(textOf(() => scan((_c: Tensor, x: Tensor) => [x, null], 0.5, new Int32Array([1, 2])))).toContain("f32[] before the body, i32[] after it");
  });
  test("a typed value keeps its own", () => {
    expect(textOf(() => scan(sum, new Float32Array([0]), new Float64Array([1, 2])))).toContain("f32[1] before the body, f64[1] after it");
  });
});

describe("what there may be none of", () => {
  test.each<[string, () => unknown, unknown]>([
    ["no turns", () => scan((c: Tensor, x: Tensor) => [cr.add(c, 1), cr.mul(x, 2)], 5, zeros([0, 2])), [5, []]],
    ["no turns, from the end, written out", () => scan((c: Tensor, x: Tensor) => [cr.add(c, 1), cr.mul(x, 2)], 5, zeros([0, 2]), { reverse: true, unroll: true }), [5, []]],
    ["no turns, few states", () => scan((c: Tensor, x: Tensor) => [cr.add(c, 1), cr.mul(x, 2)], 5, zeros([0, 2]), { checkpoint: "log" }), [5, []]],
    ["neither carry nor y", () => scan(() => [null, null], null, null, { length: 3 }), [null, null]],
    ["no elements in an array", () => scan((c: Tensor, x: Tensor) => [cr.mul(c, 2), x], zeros([0]), zeros([3, 0])), [[], [[], [], []]]],
    ["nothing to map", () => cr.map((x: Tensor) => cr.mul(x, 2), zeros([0, 2]), { batchSize: 2 }), []],
  ])("%s", (_name, run, want) => expect(plain(run())).toEqual(want));
  test("derivatives of no turns", () => {
    expect(cr.traceFn((w: Tensor) => cr.scan((c: Tensor, x: Tensor) => [cr.mul(c, w), x], w, zeros([0]))[0]).grad()(2).item()).toBe(1);
  });
});

test("classes and functions of other kinds", () => {
  class State { readonly p: Tensor; readonly q: Tensor; constructor(p: Tensor, q: Tensor) { this.p = p; this.q = q; } }
  cr.registerTree(State, { flatten: ({ p, q }) => ({ children: [p, q], data: null }), unflatten: (_data, [p, q]) => new State(p as Tensor, q as Tensor) });
  const [last] = cr.scan((s: State, x: Tensor) => [new State(s.q, cr.add(s.p, x)), null], new State(any(cr.array(0)), any(cr.array(1))), [1, 2, 3]);
  expect(last).toBeInstanceOf(State);
  expect([last.p, last.q].map(Number)).toEqual([3, 4]);
  expect(plain(scan(cr.traceFn((c: Tensor, x: Tensor) => [cr.add(c, x), c]), 0, [1, 2]))).toEqual([3, [0, 1]]);
  expect(plain(scan((c: Tensor, x: Tensor) => [cr.logicalOr(c, cr.greater(x, 1)), c], false, [1, 2, 1]))).toEqual([true, [false, false, true]]);
});
