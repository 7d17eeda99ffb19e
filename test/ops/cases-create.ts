/** Arrays made from shapes, numbers and other arrays; comparisons of whole arrays. */
import { allClose, arrayEqual, isClose } from "../../src/api/compare-arrays.ts";
import { array, empty, emptyLike, full, fullLike, oneHot, ones, onesLike, zeros, zerosLike } from "../../src/api/creation.ts";
import { arange, geomspace, indices, linspace, logspace, meshgrid } from "../../src/api/ranges.ts";
import { eye, identity, tri } from "../../src/api/triangular.ts";
import type { DType } from "../../src/core/dtype.ts";
import { mover } from "./cases-shape.ts";
import { answered, anyShape, type Call, type Case, floated, kept, pairShapes, type Plain, real } from "./support/case.ts";

type Options = Partial<Pick<Case, "label" | "golden" | "examples">>;

/** A function without arrays among its arguments. */
function made(name: string, call: Call, dtype: DType, result: Plain | readonly Plain[], options: Options = {}): Case {
  const typed = dtype === "float64" ? result : ({ dtype, values: result } as Plain);
  return { name, call, operands: [], shapes: [[]], dtypes: { float32: dtype }, order: 0, golden: { none: "plain to write down" }, examples: [{ operands: [], result: typed }], ...options };
}

const ofIntegers = { bool: "float32", int32: "float32", uint32: "float32" } as const;
const decides = { shapes: pairShapes, dtypes: answered, order: 0 as const };

export const createCases: readonly Case[] = [
  made("zeros", () => zeros([2, 2]), "float32", [[0, 0], [0, 0]]),
  made("ones", () => ones(2, { dtype: "int32" }), "int32", [1, 1]),
  made("empty", () => empty([2], { dtype: "bool" }), "bool", [0, 0]),
  made("full", () => full([2], 7, { dtype: "uint32" }), "uint32", [7, 7], { golden: ["full"] }),
  made("arange", () => arange(5, 0, -2), "int32", [5, 3, 1], { golden: ["arange", "iota"] }),
  made("arange", () => arange(0, 1, 0.25), "float32", [0, 0.25, 0.5, 0.75], { label: "of fractions", golden: ["arange"] }),
  made("indices", () => indices([2, 2]), "int32", [[[0, 0], [1, 1]], [[0, 1], [0, 1]]]),
  made("eye", () => eye(2, { columns: 3, k: 1 }), "float32", [[0, 1, 0], [0, 0, 1]], { golden: ["eye"] }),
  made("identity", () => identity(2, { dtype: "int32" }), "int32", [[1, 0], [0, 1]]),
  made("tri", () => tri(3, { columns: 2, dtype: "float64" }), "float64", [[1, 0], [1, 1], [1, 1]], { golden: ["tri"] }),
  made("logspace", () => logspace(0, 2, { num: 3, dtype: "float64" }), "float64", [1, 10, 100]),
  made("geomspace", () => geomspace(1, 8, { num: 4, dtype: "float64" }), "float64", [1, 2, 4, 8]),

  mover("array", (x, y) => array([x, y]), [[[], []], [[2], [2]]], { strict: true, golden: ["stack"] }),
  mover("full", (x) => full([2, 3], x), [[[]], [[3]], [[2, 1]]], { label: "of an array", golden: ["broadcastTo"] }),
  ...([["zerosLike", zerosLike, [0, 0]], ["onesLike", onesLike, [1, 1]], ["emptyLike", emptyLike, [0, 0]]] as const).map(
    ([name, call, result]): Case => ({ name, call: (x) => call(x), operands: [real(-3, 3)], shapes: anyShape, dtypes: kept, order: 0, golden: { none: "plain to write down" }, examples: [{ operands: [[5, 6]], result }] }),
  ),
  { name: "fullLike", call: (x, v) => fullLike(x, v), operands: [real(-3, 3), real(-3, 3)], shapes: [[[3], []], [[2, 3], [3]]], dtypes: kept, order: 2, literals: [1], golden: { none: "full" }, examples: [{ operands: [[5, 6], 7], result: [7, 7] }] },
  { name: "oneHot", call: (x) => oneHot(x, 3, { dtype: "float32" }), operands: [real(0, 2.9)], shapes: anyShape.slice(0, 3), dtypes: ofIntegers, order: 0, golden: ["oneHot"] },
  { name: "linspace", call: (x, y) => linspace(x, y, 4), operands: [real(-2, 0), real(1, 3)], shapes: [[[], []], [[2], []], [[2, 1], [3]]], dtypes: floated, order: 2, golden: ["linspace"] },
  { name: "linspace", label: "without its end", call: (x, y) => linspace(x, y, { num: 3, endpoint: false, axis: -1 }), operands: [real(-2, 0), real(1, 3)], shapes: [[[], []], [[2], [2]]], dtypes: floated, order: 2, golden: ["linspace"] },
  { name: "logspace", label: "between arrays", call: (x, y) => logspace(x, y, { num: 3, base: 2 }), operands: [real(-2, 0), real(1, 3)], shapes: [[[], []], [[2], []]], dtypes: floated, order: 2, golden: { none: "a power of linspace" } },
  { name: "geomspace", label: "between arrays", call: (x, y) => geomspace(x, y, 3), operands: [real(0.6, 1.4), real(2, 4)], shapes: [[[], []], [[2], []]], dtypes: floated, order: 2, golden: { none: "a power of a quotient" } },
  mover("meshgrid", (x, y, z) => meshgrid(x, y, z), [[[2], [3], [1]], [[], [2], [2]]], { literals: [] }),
  mover("meshgrid", (x, y) => meshgrid(x, y, { indexing: "ij" }), [[[2], [3]]], { label: "ij", literals: [] }),

  { name: "isClose", call: (x, y) => isClose(x, y), operands: [real(-2, 2), real(-2, 2)], ...decides, golden: { none: "comparisons" }, examples: [{ operands: [[1, Infinity, NaN, 1], [1.000001, Infinity, NaN, 1.1]], result: { dtype: "bool", values: [1, 1, 0, 0] } }] },
  { name: "allClose", call: (x, y) => allClose(x, y), operands: [real(-2, 2), real(-2, 2)], ...decides, golden: { none: "comparisons" }, examples: [{ operands: [[1, 2], [1.000001, 2]], result: { dtype: "bool", values: 1 } }] },
  { name: "arrayEqual", call: (x, y) => arrayEqual(x, y), operands: [real(-2, 2), real(-2, 2)], ...decides, shapes: [[[], []], [[3], [3]], [[2, 3], [3]]], golden: { none: "comparisons" }, examples: [{ operands: [[1, 2], [1, 2]], result: { dtype: "bool", values: 1 } }, { operands: [[1, 2], [1, 3]], result: { dtype: "bool", values: 0 } }] },
];
