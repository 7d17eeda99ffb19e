/** Programs that once came out wrong, made small. */
import type { StoredCase } from "./stored.ts";

export const seeds: Readonly<Record<string, StoredCase>> = {
  "an arc cosine in a scatter, and again in a comparison with what that left": {
    inputs: [["float32", [5], [1.5, -2, -1.25, 1.25, 1.75]], ["float32", [], [0.4880068004131317]], ["int32", [1], [0]]],
    equations: [
      ["acos", [1], {}], ["scatterMin", [0, 2, 3], { axes: [0], batch: 0, mode: "wrap" }], ["gather", [4, 2], { axes: [0], batch: 0, mode: "wrap" }], ["equal", [3, 5], {}],
    ],
    outputs: [6],
  },
  "the same sine twice beside a sum": {
    inputs: [["float64", [56], { plain: 0 }]],
    equations: [
      ["sin", [0], {}], ["sin", [0], {}], ["dotGeneral", [1, 2], { contract: [[0], [0]], batch: [[], []] }],
      ["sum", [0], { axes: [0] }], ["broadcast", [4], { shape: [56], axes: [] }],
    ],
    outputs: [5, 3],
  },
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
  "a product with an axis of length 1 between two free ones": {
    inputs: [["float32", [7], { plain: 0 }], ["float32", [7, 1, 7, 2], { plain: 1 }]],
    equations: [
      ["dotGeneral", [1, 0], { contract: [[], []], batch: [[2], [0]] }], ["broadcast", [["float32", [2], [-0.5, 1.25]]], { shape: [7, 7, 1, 2], axes: [3] }],
      ["add", [2, 3], {}],
    ],
    outputs: [4],
  },
  "a reshape of a view of an index": {
    inputs: [],
    equations: [["iota", [], { dtype: "float32", shape: [1], axis: 0 }], ["broadcast", [0], { shape: [1], axes: [0] }], ["reshape", [1], { shape: [] }]],
    outputs: [2],
  },
  "a position along an axis of length 1": { inputs: [["bool", [1, 3], { plain: 0 }]], equations: [["argmax", [0], { axis: 0 }]], outputs: [1] },
  "padding without elements, read twice": {
    inputs: [["float32", [2, 2, 0, 2], []]],
    equations: [["pad", [0, ["float32", [], { splat: -1 }]], { low: [0, -1, 0, 1], high: [0, 0, 0, -1], interior: [0, 0, 2, 0] }], ["clamp", [1, 1, ["float32", [2, 1, 0, 2], { splat: 2 }]], {}]],
    outputs: [2],
  },
  "nothing, padded": {
    inputs: [["float32", [2], [-3, 2]], ["float32", [0], []]],
    equations: [["pad", [1, ["float32", [], { splat: 0 }]], { low: [1], high: [1], interior: [0] }], ["add", [0, 2], {}]],
    outputs: [3],
  },
  "padding read in steps past its piece": {
    inputs: [["float32", [1, 11], { plain: 0 }]],
    equations: [["pad", [0, ["float32", [], { splat: 0 }]], { low: [1, -5], high: [2, -2], interior: [0, 0] }], ["slice", [1], { start: [0, 0], limit: [4, 4], strides: [3, 1] }]],
    outputs: [2],
  },
  "all bits of nothing, unsigned": {
    inputs: [["uint32", [0], []]],
    equations: [["reduceAnd", [0], { axes: [0] }], ["greater", [1, ["uint32", [], { splat: 2147483648 }]], {}]],
    outputs: [2],
  },
  "integers compared with themselves beside a quotient and a sum": {
    inputs: [["int32", [5, 10], { plain: 0 }], ["int32", [5, 10], { plain: 1 }], ["int32", [5, 10], { plain: 2 }]],
    equations: [["div", [2, 1], {}], ["notEqual", [0, 0], {}], ["sum", [0], { axes: [0, 1] }]],
    outputs: [4, 3, 5],
  },
};
