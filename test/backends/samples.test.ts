/** The samples leave no primitive out, and show each one under every dtype, layout and size that matters. */
import { describe, expect, it } from "vitest";
import { primitives } from "../../src/ops/all.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { allDTypes } from "./arrays.ts";
import { listedPrimitives } from "./compare.ts";
import { structuredSamples } from "./samples-structured.ts";
import { samplesOf, takes } from "./samples.ts";

const names = primitives.map((p) => p.name);

describe("samples", () => {
  it.each(primitives.map((p) => [p.name, p] as const))("%s has samples, of rank 0 or 1, 2 and 3 and without elements", (_name, primitive) => {
    const all = allDTypes.flatMap((dtype) => samplesOf(primitive, dtype));
    const results = all.flatMap(({ inputs, params }) => [...inputs.map((x) => x.type), ...primitive.type(inputs.map((x) => x.type), params)]);
    expect(results.some((t) => t.shape.length <= 1)).toBe(true);
    expect(results.some((t) => t.shape.length === 2)).toBe(true);
    expect(results.some((t) => t.shape.length === 3)).toBe(true);
    expect(results.some((t) => sizeOf(t.shape) === 0)).toBe(true);
    expect(new Set(all.map((s) => s.label + s.inputs.map((x) => x.type.dtype).join())).size, "no sample twice").toBe(all.length);
  });
  it("the rows and tolerances all belong to a primitive", () => {
    expect(new Set(names).size).toBe(names.length);
    expect([...Object.keys(structuredSamples), ...listedPrimitives].filter((name) => !names.includes(name))).toEqual([]);
  });
  it("what is not elementwise takes the dtypes it should", () => {
    const groups = new Map<string, string[]>();
    for (const primitive of primitives.filter((p) => p.lower.form !== "elementwise")) {
      const taken = allDTypes.filter((dtype) => takes(primitive, dtype)).join(" ");
      groups.set(taken, [...(groups.get(taken) ?? []), primitive.name]);
    }
    expect(Object.fromEntries([...groups].map(([taken, list]) => [taken, list.join(" ")]))).toMatchInlineSnapshot(`
      {
        "bool int32 uint32": "reduceAnd reduceOr",
        "bool int32 uint32 float32 float64": "transpose broadcast reshape reduceMax reduceMin argmax argmin slice pick pad concatenate reverse gather scatterSet",
        "float32 float64": "mean squaredDeviations softmax logSoftmax cumulativeLogsumexp linearRecurrence",
        "int32 uint32 float32 float64": "sum reduceProd cumulativeSum cumulativeProd cumulativeMax cumulativeMin iota dotGeneral scatterAdd scatterMul scatterMin scatterMax",
      }
    `);
  });
});
