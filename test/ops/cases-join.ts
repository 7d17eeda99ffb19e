/** Joining, cutting apart, repeating, turning, padding, triangles. */
import { columnStack, concatenate, dstack, flip, hstack, repeat, roll, rot90, split, stack, tile, vstack } from "../../src/api/join.ts";
import { pad } from "../../src/api/pad.ts";
import { tril, triu } from "../../src/api/triangular.ts";
import { mover } from "./cases-shape.ts";
import { anyShape, type Case, type Plain } from "./support/case.ts";

const typed = (values: Plain): Plain => ({ dtype: "float64", values: values as never });

/** Functions of a list of arrays, which promote among each other. */
export const joinCases: readonly Case[] = [
  mover("concatenate", (x, y, z) => concatenate([x, y, z], 1), [[[2, 1], [2, 2], [2, 3]], [[0, 1], [0, 2], [0, 1]]]),
  mover("concatenate", (x, y) => concatenate([x, y], null), [[[2, 2], [3]], [[], [0]]], { label: "flattened" }),
  mover("stack", (x, y) => stack([x, y], { axis: -1 }), [[[], []], [[3], [3]], [[2, 3], [2, 3]], [[0], [0]]]),
  mover("hstack", (x, y) => hstack([x, y]), [[[], [2]], [[2, 1], [2, 2]]], { golden: { none: "concatenate" }, examples: [{ operands: [1, [2, 3]], result: [1, 2, 3] }] }),
  mover("vstack", (x, y) => vstack([x, y]), [[[2], [2]], [[1, 2], [2]]], { golden: { none: "concatenate" }, examples: [{ operands: [[1, 2], [3, 4]], result: [[1, 2], [3, 4]] }] }),
  mover("dstack", (x, y) => dstack([x, y]), [[[2], [2]], [[2, 3], [2, 3]]], { golden: { none: "concatenate" }, examples: [{ operands: [[1, 2], [3, 4]], result: [[[1, 3], [2, 4]]] }] }),
  mover("columnStack", (x, y) => columnStack([x, y]), [[[2], [2]], [[2, 2], [2]]], { golden: { none: "concatenate" }, examples: [{ operands: [[1, 2], [3, 4]], result: [[1, 3], [2, 4]] }] }),
  mover("split", (x) => split(x, 2, 0), [[[4]], [[2, 3]], [[0]]]),
  mover("split", (x) => split(x, [1, -1], { axis: 1 }), [[[2, 4]], [[1, 1]]], { label: "at positions" }),
  mover("flip", (x) => flip(x), anyShape),
  mover("flip", (x) => flip(x, -1), [[[3]], [[2, 3]]], { label: "one axis" }),
  mover("roll", (x) => roll(x, -4), [[[3]], [[2, 3]], [[0]]]),
  mover("roll", (x) => roll(x, [1, 2], [0, 1]), [[[2, 3]]], { label: "several axes" }),
  mover("rot90", (x) => rot90(x), [[[2, 3]], [[2, 2, 2]]], { golden: { none: "flip and transpose" }, examples: [{ operands: [[[1, 2], [3, 4]]], result: [[2, 4], [1, 3]] }] }),
  mover("rot90", (x) => rot90(x, { k: 3, axes: [1, 2] }), [[[2, 1, 3]]], { label: "other axes", golden: { none: "flip and transpose" }, examples: [{ operands: [[[[1, 2], [3, 4]]]], result: [[[3, 1], [4, 2]]] }] }),
  mover("tile", (x) => tile(x, [2, 3]), [[[]], [[2]], [[2, 1]], [[0]]]),
  mover("repeat", (x) => repeat(x, 2), [[[]], [[3]], [[2, 2]]]),
  mover("repeat", (x) => repeat(x, [2, 0, 1], 0), [[[3]], [[3, 2]]], { label: "as often as a list says" }),
  mover("pad", (x, v) => pad(x, [[1, 2]], { constantValues: v }), [[[2], []], [[2, 1], []], [[0], []]], { literals: [1] }),
  ...(["edge", "reflect", "symmetric", "wrap"] as const).map((mode) => {
    const results = { edge: [1, 1, 1, 2, 3, 3, 3], reflect: [3, 2, 1, 2, 3, 2, 1], symmetric: [2, 1, 1, 2, 3, 3, 2], wrap: [2, 3, 1, 2, 3, 1, 2] };
    return mover("pad", (x) => pad(x, 2, { mode }), [[[3]], [[3, 2]], [[4, 3]]], { label: mode, golden: { none: "NumPy's pad, which is selection" }, examples: [{ operands: [[1, 2, 3]], result: results[mode] }] });
  }),
  mover("tril", (x) => tril(x, -1), [[[3, 3]], [[2, 3]], [[2, 2, 2]]]),
  mover("triu", (x) => triu(x, 1), [[[3, 3]], [[3, 2]], [[2, 2, 2]]]),
  mover("split", (x) => split(x, 1), [[[2]]], { label: "into one", examples: [{ operands: [[1, 2]], result: [typed([1, 2])] }] }),
];
