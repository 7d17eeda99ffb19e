/** Choosing by a condition or by bounds, conversion, and the identities. */
import { bool, copy, astype, float32, float64, int32, stopGradient, uint32 } from "../../src/api/convert.ts";
import { clip, nanToNum, select, where } from "../../src/api/select.ts";
import type { DType } from "../../src/core/dtype.ts";
import { anyShape, type Call, type Case, floated, kept, mask, real, type ResultDTypes } from "./support/case.ts";

const always = (dtype: DType): ResultDTypes => ({ bool: dtype, int32: dtype, uint32: dtype, float32: dtype, float64: dtype });

function conversion(call: Call, dtype: DType): Case {
  const order = dtype === "float64" ? 2 : 0;
  return { name: dtype, call, operands: [real(0, 3)], shapes: anyShape, dtypes: always(dtype), order, golden: ["astype"] };
}

export const choiceCases: readonly Case[] = [
  {
    name: "where",
    call: where,
    operands: [mask, real(-2, 2), real(-2, 2)],
    shapes: [[[], [], []], [[3], [3], [3]], [[2, 1], [3], []], [[3], [], [2, 3]], [[0], [1], []]],
    dtypes: kept,
    order: 2,
    golden: ["where"],
  },
  {
    name: "select",
    call: (c, d, x, y, z) => select([c, d], [x, y], z),
    operands: [mask, mask, real(-2, 2), real(-2, 2), real(-2, 2)],
    shapes: [[[], [], [], [], []], [[3], [3], [3], [3], [3]], [[2, 1], [3], [], [3], [1]]],
    dtypes: kept,
    order: 2,
    golden: { none: "where, several times" },
    examples: [{ operands: [{ dtype: "bool", values: [1, 0, 0] }, { dtype: "bool", values: [1, 1, 0] }, 10, 20, 30], result: [10, 20, 30] }],
  },
  {
    name: "clip",
    call: clip,
    operands: [real(-3, 3), real(-2, -1), real(1, 2)],
    shapes: [[[], [], []], [[4], [], []], [[2, 3], [3], [2, 1]], [[0], [], []]],
    dtypes: kept,
    order: 2,
    golden: ["clip"],
  },
  {
    name: "clip",
    label: "one bound",
    call: (x) => clip(x, null, 0.5),
    operands: [real(-3, 3)],
    shapes: anyShape,
    dtypes: floated,
    order: 2,
    golden: ["clip"],
  },
  {
    name: "nanToNum",
    call: (x) => nanToNum(x, { nan: 7 }),
    operands: [real(-3, 3)],
    shapes: anyShape,
    dtypes: kept,
    order: 2,
    golden: { none: "choosing what is finite" },
    examples: [
      { operands: [[1, NaN, -0]], result: [1, 7, -0] },
      { operands: [[Infinity, -Infinity]], result: [Number.MAX_VALUE, -Number.MAX_VALUE] },
      { operands: [{ dtype: "float32", values: [Infinity, -Infinity] }], result: { dtype: "float32", values: [3.4028234663852886e38, -3.4028234663852886e38] } },
    ],
  },
  conversion(bool, "bool"),
  conversion(int32, "int32"),
  conversion(uint32, "uint32"),
  conversion(float32, "float32"),
  conversion(float64, "float64"),
  { name: "astype", call: (x) => astype(x, "float64"), operands: [real(-3, 3)], shapes: anyShape, dtypes: always("float64"), order: 2, golden: ["astype"] },
  { name: "stopGradient", call: (x) => stopGradient(x), operands: [real(-3, 3)], shapes: anyShape, dtypes: kept, order: 0, strict: true, golden: { none: "the identity" }, examples: [{ operands: [[1, -2]], result: [1, -2] }] },
  { name: "copy", call: copy, operands: [real(-3, 3)], shapes: anyShape, dtypes: kept, order: 2, golden: { none: "the identity" }, examples: [{ operands: [[1, -2]], result: [1, -2] }] },
];
