/** Reading and updating by index. */
import { at } from "../../src/api/at.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../../src/api/dynamic-slice.ts";
import { ellipsis, index, slice } from "../../src/api/indexing.ts";
import { cumsum } from "../../src/api/cumulative.ts";
import { searchsorted } from "../../src/api/search.ts";
import { putAlongAxis, take, takeAlongAxis } from "../../src/api/take.ts";
import type { Tensor } from "../../src/core/array-types.ts";
import { type Call, type Case, type Domain, floated, kept, numbersOnly, real, type Shape, whole } from "./support/case.ts";

type Options = Partial<Pick<Case, "dtypes" | "golden" | "order" | "examples" | "literals">>;

const any = real(-9, 9);
const positive = real(0.5, 2);

function reading(label: string, call: Call, shapes: readonly (readonly Shape[])[], operands: readonly Domain[] = [any], options: Options & { readonly name?: string } = {}): Case {
  return { name: "index", label, call, operands, shapes, dtypes: kept, order: 2, golden: [options.name ?? "index"], ...options };
}

type Method = "set" | "add" | "mul" | "div" | "pow" | "min" | "max";
type Handle = Readonly<Record<Method, (values: Tensor) => unknown>>;
const updated = (method: Method, f: (x: Tensor, ...rest: Tensor[]) => unknown): Call => (x, ...rest) => (f(x, ...rest) as Handle)[method](rest[rest.length - 1] as Tensor);

/** An update of one position, of a slice, and of places that only the program knows. */
function updating(method: Method, options: Options = {}): Case[] {
  const name = `at.${method}`;
  const base = { name, dtypes: numbersOnly, order: 2 as const, golden: [`at${(method[0] as string).toUpperCase()}${method.slice(1)}`], ...options };
  const cases: Case[] = [
    { ...base, label: "position", call: updated(method, (x) => at(x, 1)), literals: [1], operands: [positive, positive], shapes: [[[3], []], [[2, 3], [3]], [[2, 3], []]] },
    { ...base, label: "slice", call: updated(method, (x) => at(x, slice(null, null, -2), -1)), literals: [1], operands: [positive, positive], shapes: [[[3, 2], [2]], [[4, 2], []]] },
    { ...base, label: "constant indices", call: updated(method, (x) => at(x, [2, 0])), literals: [1], operands: [positive, positive], shapes: [[[3], [2]], [[3, 2], [2]], [[3, 2], [2, 1]]] },
  ];
  // of indices known only at run time nobody can say that they differ, and these two need it for their slope in the values
  if (method !== "mul" && method !== "div" && method !== "pow") {
    cases.push({ ...base, label: "traced indices", call: updated(method, (x, i) => at(x, i)), literals: [2], operands: [positive, whole(-3, 2), positive], shapes: [[[3], [2], [2]], [[3, 2], [3], [3, 1]], [[3, 2], [], [2]]] });
  }
  return cases;
}

export const indexingCases: readonly Case[] = [
  reading("position", (x) => index(x, -1), [[[3]], [[2, 3]]]),
  reading("slices", (x) => index(x, slice(1, null, 2), slice(null, null, -1)), [[[4, 3]], [[3, 2, 2]]]),
  reading("new axes and an ellipsis", (x) => index(x, null, ellipsis, slice(0, 1), null), [[[3]], [[2, 3]]]),
  reading("nothing", (x) => index(x, slice(2, 2)), [[[3]], [[3, 2]]]),
  reading("of rank 0", (x) => index(x), [[[]]]),
  reading("integer array", (x, i) => index(x, i), [[[3], [2]], [[3, 2], [2, 2]], [[3], []], [[3], [0]]], [any, whole(-3, 2)]),
  reading("integer arrays together", (x, i, j) => index(x, i, j), [[[2, 3], [2], [2]], [[2, 3], [2, 1], [3]], [[2, 3], [], [2]]], [any, whole(-2, 1), whole(-3, 2)]),
  reading("integer arrays apart", (x, i, j) => index(x, i, slice(), j), [[[2, 2, 3], [2], [2]]], [any, whole(-2, 1), whole(-3, 2)]),
  reading("mask", (x) => index(x, [true, false, true]), [[[3]], [[3, 2]]]),
  { ...reading("at run time", (x, i) => dynamicSlice(x, [i, 1], [2, 2]), [[[4, 3], []]], [any, whole(0, 2)], { golden: { none: "an index that is a range" }, examples: [{ operands: [[[1, 2, 3], [4, 5, 6], [7, 8, 9]], { dtype: "int32", values: 1 }], result: [[5, 6], [8, 9]] }] }), name: "dynamicSlice" },
  { ...reading("at run time", (x, u, i) => dynamicUpdateSlice(x, u, [i]), [[[4], [2], []]], [any, any, whole(0, 2)], { literals: [1], golden: { none: "an update at a range" }, examples: [{ operands: [[1, 2, 3], [8, 9], { dtype: "int32", values: 1 }], result: [1, 8, 9] }] }), name: "dynamicUpdateSlice" },

  { ...reading("flattened", (x, i) => take(x, i), [[[3], [2]], [[2, 3], [2, 2]], [[3], []]], [any, whole(-3, 2)], { name: "take" }), name: "take" },
  { ...reading("along an axis", (x, i) => take(x, i, { axis: 1 }), [[[2, 3], [2]], [[2, 3, 2], [2, 1]]], [any, whole(-3, 2)], { name: "take" }), name: "take" },
  { ...reading("clipped", (x, i) => take(x, i, { axis: 0, mode: "clip" }), [[[3], [4]], [[3, 2], [2, 2]]], [any, whole(-9, 9)], { name: "take" }), name: "take" },
  { ...reading("wrapped", (x, i) => take(x, i, { axis: 0, mode: "wrap" }), [[[3], [4]]], [any, whole(-9, 9)], { name: "take" }), name: "take" },
  { ...reading("filled", (x, i) => take(x, i, { axis: 0, mode: "fill", fillValue: 1 }), [[[3], [4]], [[3, 2], [3]]], [real(0, 9), whole(-9, 9)], { name: "take" }), name: "take", unlike: ["bool"] },
  { ...reading("along an axis", (x, i) => takeAlongAxis(x, i, { axis: 1 }), [[[2, 3], [2, 2]], [[2, 3, 2], [2, 1, 2]], [[2, 3], [1, 2]]], [any, whole(-3, 2)], { name: "takeAlongAxis" }), name: "takeAlongAxis" },
  {
    ...reading("along an axis", (x, i, v) => putAlongAxis(x, i, v, { axis: 1 }), [[[2, 3], [2, 2], [2, 2]], [[2, 3], [2, 2], [1]]], [any, whole(-3, 2), any], { literals: [2], golden: { none: "an update where takeAlongAxis reads" } }),
    name: "putAlongAxis",
    examples: [{ operands: [[[1, 2], [3, 4]], { dtype: "int32", values: [[1], [0]] }, [[8], [9]]], result: [[1, 8], [9, 4]] }],
  },

  ...(["left", "right"] as const).map(
    (side): Case => ({
      name: "searchsorted",
      label: side,
      call: (x, v) => searchsorted(cumsum(x), v, { side }),
      operands: [real(0.6, 3), real(0, 6)],
      shapes: [[[3], []], [[4], [2, 3]], [[0], [2]]],
      dtypes: { bool: "int32", int32: "int32", uint32: "int32", float32: "int32", float64: "int32" },
      order: 0,
      golden: { none: "a search by comparisons" },
      examples: [{ operands: [[1, 2, 0, 2], [0, 1, 3, 4, 9, NaN]], result: { dtype: "int32", values: side === "left" ? [0, 0, 1, 3, 4, 4] : [0, 1, 3, 3, 4, 4] } }],
    }),
  ),

  ...updating("set", { dtypes: kept }),
  ...updating("add"),
  ...updating("mul"),
  ...updating("div", { dtypes: { ...floated } }),
  ...updating("pow"),
  ...updating("min"),
  ...updating("max"),
];
