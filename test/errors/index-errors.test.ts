/**
 * An index out of bounds, known at once or only to the run: the error speaks of the operation that was called, the array it was
 * called on, its axis and the index, whatever became of them in the program.
 */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Operand, Tensor } from "chainrule";

type Access = (x: Tensor, i: Tensor) => Tensor;
type Row = [what: string, access: Access, x: readonly number[], index: Operand, message: string];

const rows: readonly Row[] = [
  ["index", (x, i) => cr.index(x, i), [4, 3], 4, "index: index 4 is out of bounds for axis 0 of length 4 of f32[4,3]"],
  ["index after a position", (x, i) => cr.index(x, 1, i), [4, 3], 3, "index: index 3 is out of bounds for axis 1 of length 3 of f32[4,3]"],
  ["index of a part", (x, i) => cr.index(x, cr.slice(2), cr.ellipsis, i), [4, 3], -4, "index: index -4 is out of bounds for axis 1 of length 3 of f32[4,3]"],
  ["get", (x, i) => x.at(i).get(), [4, 3], 7, "at.get: index 7 is out of bounds for axis 0 of length 4 of f32[4,3]"],
  ["set", (x, i) => x.at(cr.slice(), i).set(1), [4, 3], 7, "at.set: index 7 is out of bounds for axis 1 of length 3 of f32[4,3]"],
  ["add", (x, i) => x.at(i).add(1), [4, 3], [0, 7], "at.add: index 7 is out of bounds for axis 0 of length 4 of f32[4,3]"],
  ["div", (x, i) => x.at(1, i).div(2), [4, 3], [0, 7], "at.div: index 7 is out of bounds for axis 1 of length 3 of f32[4,3]"],
  ["take", (x, i) => cr.take(x, i, { axis: 1 }), [4, 3], [0, 3], "take: index 3 is out of bounds for axis 1 of length 3 of f32[4,3]"],
  ["takeAlongAxis", (x, i) => cr.takeAlongAxis(x, i, { axis: 0 }), [4, 3], [[0, 1, 4]], "takeAlongAxis: index 4 is out of bounds for axis 0 of length 4 of f32[4,3]"],
  ["putAlongAxis", (x, i) => cr.putAlongAxis(x, i, 9, { axis: 0 }), [4, 3], [[0, 1, 4]], "putAlongAxis: index 4 is out of bounds for axis 0 of length 4 of f32[4,3]"],
  ["an empty axis, clipped", (x, i) => cr.take(x, i, { axis: 0, mode: "clip" }), [0, 3], -1, "take: axis 0 of f32[0,3] is empty: there is nothing to clip an index to"],
  ["an empty axis, wrapped around", (x, i) => x.at(cr.ellipsis, i).add(1, { mode: "wrap" }), [2, 0], 1, "at.add: axis 1 of f32[2,0] is empty: there is nothing to wrap an index to"],
  ["dynamicSlice", (x, i) => cr.dynamicSlice(x, [0, i], [1, 1]), [4, 3], 3, "dynamicSlice: index 3 is out of bounds for axis 1 of length 3 of f32[4,3]"],
  ["dynamicUpdateSlice", (x, i) => cr.dynamicUpdateSlice(x, [[1]], [0, i]), [4, 3], 3, "dynamicUpdateSlice: index 3 is out of bounds for axis 1 of length 3 of f32[4,3]"],
];

const known: Readonly<Record<string, (access: Access) => (x: Operand, i: Operand) => unknown>> = {
  "at once": (access) => access as (x: Operand, i: Operand) => unknown,
  compiled: (access) => cr.traceFn(access),
  "by the reference": (access) => cr.traceFn(access, { device: "reference" }),
  "under vmap": (access) => (x, i) => cr.traceFn(cr.vmap(access))(cr.stack([x, x]), cr.stack([i, i])),
  "under vmap along the last axis": (access) => (x, i) => cr.traceFn(cr.vmap(access, { inAxes: [2, null] }))(cr.stack([x, x], -1), i),
  "under grad": (access) => cr.grad((x: Tensor, i: Tensor) => cr.sum(cr.mul(access(x, i), access(x, i)))) as (x: Operand, i: Operand) => unknown,
};

describe("an index out of bounds", () => {
  for (const [when, run] of Object.entries(known)) {
    test.each(rows)(`of %s, ${when}`, (_what, access, shape, index, message) => {
      expect(() => run(access)(cr.zeros(shape), cr.int32(index as never))).toThrow(message);
    });
  }
});
