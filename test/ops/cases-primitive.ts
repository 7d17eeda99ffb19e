/** Primitives as rules call them, where no public function shows all that they can do. Strict: equal dtypes and shapes. */
import * as arithmetic from "../../src/ops/arithmetic.ts";
import { and, or, xor } from "../../src/ops/bitwise.ts";
import { concatenate, reverse } from "../../src/ops/concatenate.ts";
import { linearRecurrence } from "../../src/ops/cumulative.ts";
import { add, convert } from "../../src/ops/elementwise.ts";
import { gather, scatterAdd } from "../../src/ops/gather.ts";
import { integerPow } from "../../src/ops/power.ts";
import { reduceAnd, reduceOr } from "../../src/ops/reduce.ts";
import { scatterSet } from "../../src/ops/scatter.ts";
import { clamp, select } from "../../src/ops/select.ts";
import { pad, pick, slice } from "../../src/ops/slice.ts";
import { polygamma } from "../../src/ops/special.ts";
import { broadcastInDim } from "../../src/ops/structure.ts";
import type { Value } from "../../src/core/tensor.ts";
import { bitsOnly, type Case, type Domain, equalShapes, floatsOnly, kept, mask, numbersOnly, real, type Shape, strict, whole } from "./support/case.ts";

type Options = Partial<Pick<Case, "label" | "dtypes" | "golden" | "order" | "examples" | "constant" | "edges" | "unlike">>;

function primitive(name: string, f: (...values: Value[]) => unknown, operands: readonly Domain[], shapes: readonly (readonly Shape[])[], options: Options = {}): Case {
  return { name, call: strict(f as never), operands, shapes, dtypes: kept, order: 2, golden: { none: "JAX has no such primitive" }, strict: true, ...options };
}

const wide = real(-3, 3);
const away = real(0.5, 2);
const low = { low: [1, 0], high: [0, 2], interior: [0, 1] };
const cut = { low: [-1, 1], high: [1, -1], interior: [1, 0] };
const places = { axes: [0], batch: 0, mode: "throw" } as const;
const paired = { axes: [1], batch: 1, mode: "throw" } as const;

export const primitiveCases: readonly Case[] = [
  primitive("mulSafe", arithmetic.mulSafe, [wide, wide], equalShapes, { dtypes: floatsOnly, order: 3, examples: [{ operands: [[0, 0, Infinity, 2], [Infinity, NaN, 0, 3]], result: [0, 0, 0, 6] }] }),
  primitive("scaleSafe", arithmetic.scaleSafe, [wide, wide], equalShapes, { dtypes: floatsOnly, order: 3, examples: [{ operands: [[0, 0, 0, 2], [Infinity, NaN, 3, 3]], result: [0, 0, 0, 6] }] }),
  primitive("divSafe", arithmetic.divSafe, [wide, away], equalShapes, { dtypes: floatsOnly, order: 3, examples: [{ operands: [[0, 0, 1], [0, NaN, 2]], result: [0, 0, 0.5] }] }),
  primitive("div", arithmetic.div, [wide, away], equalShapes, { dtypes: numbersOnly, golden: ["divInteger", "div"], unlike: ["int32", "uint32"] }),
  primitive("remainder", arithmetic.remainder, [real(-7, 7), real(0.7, 2)], equalShapes, { dtypes: numbersOnly, golden: ["rem"] }),
  primitive("clamp", clamp, [real(-2, -1), wide, real(1, 2)], [[[], [], []], [[3], [3], [3]], [[0], [0], [0]]], { golden: ["clamp"] }),
  primitive("select", select as never, [mask, wide, wide], [[[], [], []], [[3], [3], [3]], [[0], [0], [0]]], { golden: ["where"] }),
  primitive("add", add, [wide, wide], equalShapes, { dtypes: numbersOnly, golden: ["add"] }),
  primitive("and", and, [whole(0, 9), whole(0, 9)], equalShapes, { dtypes: { int32: "int32" }, order: 0, golden: ["bitwiseAnd"] }),
  primitive("or", or, [mask, mask], equalShapes, { dtypes: { bool: "bool" }, order: 0, golden: ["bitwiseOr"] }),
  primitive("xor", xor, [mask, mask], equalShapes, { dtypes: { bool: "bool" }, order: 0, golden: ["bitwiseXor"] }),
  primitive("integerPow", (x) => integerPow(x as Value, 5), [wide], [[[]], [[3]]], { dtypes: numbersOnly, order: 3, golden: ["integerPow"] }),
  primitive("integerPow", integerPow, [away, whole(0, 4, "float64")], equalShapes, { label: "exponents that are an array", dtypes: { float64: "float64" }, golden: ["integerPow"], constant: [1] }),
  primitive("polygamma", polygamma, [whole(0, 3, "float64"), real(0.8, 4)], equalShapes, { dtypes: { float64: "float64" }, golden: ["polygamma"], constant: [0] }),
  primitive("convert", (x) => convert(x as Value, "float64"), [wide], [[[]], [[3]]], { dtypes: { bool: "float64", int32: "float64", uint32: "float64", float32: "float64", float64: "float64" }, golden: ["astype"] }),
  primitive("reduceAnd", (x) => reduceAnd(x as Value, [1]), [real(0, 9)], [[[2, 3]], [[2, 0]]], { dtypes: bitsOnly, order: 0, golden: ["all"] }),
  primitive("reduceOr", (x) => reduceOr(x as Value, [0]), [real(0, 9)], [[[2, 3]], [[0, 2]]], { dtypes: bitsOnly, order: 0, golden: ["any"] }),
  primitive("broadcast", (x) => broadcastInDim(x as Value, [2, 3, 2], [0, 2]), [wide], [[[2, 2]], [[1, 2]], [[1, 1]]], { golden: ["broadcastInDim"] }),
  primitive("slice", (x) => slice(x as Value, [1, 0], [4, 2], [2, 1]), [wide], [[[4, 2]], [[5, 3]]], { golden: ["slice"] }),
  primitive("pick", (x) => pick(x as Value, 1, 2), [wide], [[[2, 3]], [[2, 4, 3]], [[0, 3]]], { golden: ["index"] }),
  primitive("pick", (x) => pick(x as Value, 0, 0), [wide], [[[3]], [[1, 2]]], { label: "the first", golden: ["index"] }),
  primitive("pad", (x, value) => pad(x as Value, value as Value, low), [wide, wide], [[[2, 3], []], [[0, 2], []]], { golden: ["pad"] }),
  primitive("pad", (x, value) => pad(x as Value, value as Value, cut), [wide, wide], [[[2, 3], []], [[1, 2], []]], { label: "that cuts off", golden: ["pad"] }),
  primitive("reverse", (x) => reverse(x as Value, [1]), [wide], [[[2, 3]], [[2, 0]]], { golden: ["reverse"] }),
  primitive("concatenate", (x, y, z) => concatenate([x, y, z] as Value[], 1), [wide, wide, wide], [[[2, 1], [2, 3], [2, 0]]], { golden: ["concatenate"] }),
  primitive("linearRecurrence", (a, b) => linearRecurrence(a as Value, b as Value, { axis: 0, reverse: false }), [real(-1, 1), wide], [[[4], [4]], [[3, 2], [3, 2]], [[0], [0]]], { dtypes: floatsOnly, order: 3, examples: [{ operands: [[9, 2, 3], [1, 1, 1]], result: [1, 3, 10] }] }),
  primitive("linearRecurrence", (a, b) => linearRecurrence(a as Value, b as Value, { axis: 1, reverse: true }), [real(-1, 1), wide], [[[2, 3], [2, 3]]], { label: "backward", dtypes: floatsOnly, examples: [{ operands: [[[3, 2, 9]], [[1, 1, 1]]], result: [[10, 3, 1]] }] }),
  primitive("gather", (x, i) => gather(x as Value, i as Value, { ...paired, fillValue: 0 }), [wide, whole(-3, 2)], [[[2, 3], [2, 2, 1]], [[2, 3, 2], [2, 1]]], { label: "with a batch", golden: ["takeAlongAxis"] }),
  primitive("scatterAdd", (x, i, u) => scatterAdd(x as Value, i as Value, u as Value, places), [wide, whole(-3, 2), wide], [[[3], [2, 1], [2]], [[3, 2], [2, 1], [2, 2]], [[3], [0, 1], [0]]], { dtypes: numbersOnly, golden: ["atAdd"] }),
  primitive("scatterAdd", (x, i, u) => scatterAdd(x as Value, i as Value, u as Value, paired), [wide, whole(-3, 2), wide], [[[2, 3], [2, 2, 1], [2, 2]]], { label: "with a batch", dtypes: numbersOnly, golden: ["atAdd"] }),
  primitive("scatterSet", (x, i, u) => scatterSet(x as Value, i as Value, u as Value, { ...places, mode: "fill" }), [wide, whole(-6, 5), wide], [[[3], [4, 1], [4]], [[3, 2], [3, 1], [3, 2]]], { label: "repeated and out of bounds", golden: ["atSet"] }),
  
];
