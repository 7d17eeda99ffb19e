/** Programs that once came out wrong, made small. */
import type { StoredCase } from "./stored.ts";

export const seeds: Readonly<Record<string, StoredCase>> = {
  "a reduction used by an output that joins its group after another user": {
    inputs: [["float32", [4], [-3, 2, 0, -2]]],
    equations: [["sum", [0], { axes: [0] }], ["broadcast", [1], { shape: [4], axes: [] }], ["div", [0, 2], {}]],
    outputs: [3, 2],
  },
  "two reductions in a row with an output between them": {
    inputs: [["float32", [7], { plain: 0 }]],
    equations: [
      ["sum", [0], { axes: [0] }], ["broadcast", [1], { shape: [7], axes: [] }], ["convert", [2], { dtype: "float64" }],
      ["sum", [3], { axes: [0] }], ["broadcast", [4], { shape: [7], axes: [] }],
    ],
    outputs: [2, 5],
  },
  "a result of a product under another shape, used again": {
    inputs: [["float32", [], [-3]], ["float32", [], [2]]],
    equations: [["dotGeneral", [1, 0], { contract: [[], []], batch: [[], []] }], ["convert", [2], { dtype: "int32" }], ["reshape", [3], { shape: [1] }], ["abs", [4], {}]],
    outputs: [5, 4, 5],
  },
  "a value read turned around that is an output itself": {
    inputs: [],
    equations: [["iota", [], { dtype: "float64", shape: [4, 4], axis: 1 }], ["transpose", [0], { permutation: [1, 0] }]],
    outputs: [1, 0],
  },
  "a value kept for a product and read turned around": {
    inputs: [],
    equations: [
      ["iota", [], { dtype: "float64", shape: [3], axis: 0 }], ["reverse", [0], { axes: [0] }], ["floor", [1], {}],
      ["dotGeneral", [2, 1], { contract: [[0], [0]], batch: [[], []] }], ["reshape", [3], { shape: [1] }],
    ],
    outputs: [4],
  },
  "the magnitude of a negated unsigned number": { inputs: [["uint32", [3], [0, 5, 3]]], equations: [["neg", [0], {}], ["abs", [1], {}]], outputs: [2] },
};
