/** Reading and updating by index against JAX. */
import { at } from "../../src/api/at.ts";
import { ellipsis, index, slice } from "../../src/api/indexing.ts";
import { take, takeAlongAxis } from "../../src/api/take.ts";
import type { At, IndexOptions, IndexPart, Tensor } from "../../src/core/array-types.ts";
import { type GoldenFunction, testGolden } from "./golden-check.ts";

type Part = number | null | "..." | { readonly slice: readonly [number | null, number | null, number | null] } | { readonly input: number };

/** The index of a case: parts as test/golden/README.md describes them. */
function decode(parts: unknown, inputs: readonly unknown[]): IndexPart[] {
  return (parts as readonly Part[]).map((part) => {
    if (part === "...") return ellipsis;
    if (part === null || typeof part === "number") return part;
    return "slice" in part ? slice(...part.slice) : (inputs[part.input] as IndexPart);
  });
}

type Method = "set" | "add" | "mul" | "div" | "pow" | "min" | "max";

/** JAX drops updates that are out of bounds; here the caller asks for that. */
function update(method: Method): GoldenFunction {
  return ({ index: parts }, ...inputs) => {
    const handle = at(inputs[0] as never, ...decode(parts, inputs)) as At<Tensor>;
    return handle[method](inputs[inputs.length - 1] as never, { mode: "fill" });
  };
}

testGolden(["indexing"], {
  index: ({ index: parts }, ...inputs) => index(inputs[0] as never, ...decode(parts, inputs)),
  take: (params, x, indices) => take(x, indices, params as IndexOptions),
  takeAlongAxis: (params, x, indices) => takeAlongAxis(x, indices, params as IndexOptions),
  atSet: update("set"),
  atAdd: update("add"),
  atMul: update("mul"),
  atDiv: update("div"),
  atPow: update("pow"),
  atMin: update("min"),
  atMax: update("max"),
});
