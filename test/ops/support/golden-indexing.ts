/** Calls of test/golden's operations by index. How an index is written there is in test/golden/README.md. */
import type { IndexPart, Tensor } from "../../../src/core/array-types.ts";
import { at } from "../../../src/api/at.ts";
import { ellipsis, index, slice } from "../../../src/api/indexing.ts";
import { take, takeAlongAxis } from "../../../src/api/take.ts";
import type { GoldenArray, Json } from "../../golden/load.ts";
import { arrayOf } from "./arrays.ts";
import type { GoldenCall } from "./case.ts";

/** The parts of an index, for the operands of a call; a boolean array is a constant of the index. */
function partsOf(written: Json, inputs: readonly GoldenArray[], operands: readonly Tensor[]): IndexPart[] {
  return (written as readonly Json[]).map((part): IndexPart => {
    if (part === null || typeof part === "number") return part;
    if (part === "...") return ellipsis;
    if ("slice" in (part as object)) return slice(...(part as { readonly slice: [number | null, number | null, number | null] }).slice);
    const k = (part as { readonly input: number }).input;
    const { dtype, shape, data } = inputs[k] as GoldenArray;
    return dtype === "bool" ? (arrayOf("bool", shape, data) as never) : (operands[k] as Tensor);
  });
}

type Method = "set" | "add" | "mul" | "div" | "pow" | "min" | "max";

function update(method: Method): GoldenCall {
  return ({ index: written }, inputs) => (...operands) => {
    const handle = at(operands[0] as Tensor, ...partsOf(written as Json, inputs, operands));
    // JAX leaves updates out of bounds out
    return handle[method](operands[operands.length - 1] as Tensor, { mode: "fill" });
  };
}

export const indexingCalls: Readonly<Record<string, GoldenCall>> = {
  index: ({ index: written }, inputs) => (...operands) => index(operands[0] as Tensor, ...partsOf(written as Json, inputs, operands)),
  take: (params) => (x, indices) => take(x, indices, params),
  takeAlongAxis: (params) => (x, indices) => takeAlongAxis(x, indices, params),
  atSet: update("set"),
  atAdd: update("add"),
  atMul: update("mul"),
  atDiv: update("div"),
  atPow: update("pow"),
  atMin: update("min"),
  atMax: update("max"),
};
