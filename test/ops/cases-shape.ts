/** Shapes, axes, diagonals. */
import { diag, diagonal, trace } from "../../src/api/diagonal.ts";
import { broadcastArrays, broadcastTo, expandDims, moveaxis, ravel, reshape, squeeze, swapaxes, transpose } from "../../src/api/shape.ts";
import { anyShape, type Call, type Case, counted, kept, real, type Shape } from "./support/case.ts";

type Options = Partial<Pick<Case, "label" | "dtypes" | "golden" | "examples" | "operands" | "literals" | "strict">>;
type Shapes = readonly (readonly Shape[])[];

/** Every one of these is linear, takes every dtype and keeps it. */
export function mover(name: string, call: Call, shapes: Shapes, options: Options = {}): Case {
  const count = shapes[0]?.length ?? 0;
  return { name, call, operands: Array.from({ length: count }, () => real(-9, 9)), shapes, dtypes: kept, order: 2, golden: [name], ...options };
}

export const shapeCases: readonly Case[] = [
  mover("reshape", (x) => reshape(x, [3, -1]), [[[6]], [[2, 3]], [[3, 1]]]),
  mover("reshape", (x) => reshape(x, []), [[[]], [[1, 1]]], { label: "to rank 0" }),
  mover("ravel", (x) => ravel(x), anyShape),
  mover("transpose", (x) => transpose(x), anyShape),
  mover("transpose", (x) => transpose(x, [2, 0, -2]), [[[2, 3, 2]], [[1, 0, 2]]], { label: "any order" }),
  mover("swapaxes", (x) => swapaxes(x, 0, -1), [[[2, 3]], [[2, 1, 3]]]),
  mover("moveaxis", (x) => moveaxis(x, 0, -1), [[[2, 3]], [[2, 1, 3]]]),
  mover("moveaxis", (x) => moveaxis(x, [0, 2], [1, 0]), [[[2, 1, 3]]], { label: "several" }),
  mover("squeeze", (x) => squeeze(x), [[[1]], [[1, 3, 1]], [[1, 0]]]),
  mover("squeeze", (x) => squeeze(x, 0), [[[1]], [[1, 3, 1]]], { label: "one axis" }),
  mover("expandDims", (x) => expandDims(x, 0), anyShape),
  mover("expandDims", (x) => expandDims(x, [0, -1]), anyShape, { label: "several" }),
  mover("broadcastTo", (x) => broadcastTo(x, [2, 3]), [[[]], [[3]], [[2, 1]], [[1, 1]], [[2, 3]]], { golden: ["broadcastTo", "broadcastInDim"] }),
  mover("broadcastArrays", (x, y) => broadcastArrays(x, y), [[[3], [2, 1]], [[], [2]], [[0], [1]]], { literals: [], golden: { none: "broadcastTo, several times" }, examples: [{ operands: [[1, 2], [[3]]], result: [{ dtype: "float64", values: [[1, 2]] }, { dtype: "float64", values: [[3, 3]] }] }] }),
  mover("diagonal", (x) => diagonal(x, { offset: 1 }), [[[2, 3]], [[3, 2]], [[2, 2, 2]], [[1, 1]]], { golden: ["diag"] }),
  mover("diagonal", (x) => diagonal(x, { axis1: 2, axis2: 0 }), [[[2, 3, 2]]], { label: "along any axes", golden: ["diag"] }),
  mover("diag", (x) => diag(x, -1), [[[3]], [[3, 2]], [[2, 3]]]),
  mover("trace", (x) => trace(x), [[[2, 2]], [[3, 2]], [[2, 2, 3]], [[0, 2]]], { dtypes: counted }),
];
