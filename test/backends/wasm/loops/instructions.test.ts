/** Every scalar instruction on every dtype it serves, in a kernel without vectors: exactly what core/scalar.ts says, rounded to the dtype. */
import { describe, test } from "vitest";
import type { DType } from "../../../../src/core/dtype.ts";
import { meaningOf, type ScalarInstruction, scalarMeaning } from "../../../../src/core/scalar.ts";
import { applyTo, buffer, compare, constant, kernel, load, stage, store } from "./build.ts";

const floats = [0, -0, 1, -1, 0.5, -2.5, 3, 1e-40, 1e30, -1e10, 5e9, 2147483648, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0.1, -0.75, 20];
const ints = [0, 1, -1, 2, -2, 7, 31, 32, 33, -31, 2 ** 31 - 1, -(2 ** 31), 123456789, -987654321];
const numbersOf: Readonly<Record<DType, readonly number[]>> = { float32: floats.map(Math.fround), float64: floats, int32: ints, uint32: ints.map((x) => x >>> 0), bool: [0, 1] };

const predicates = ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"];
/** The dtypes of operands, and of the result where it is another. */
function dtypesOf(instruction: ScalarInstruction): readonly (readonly [DType, DType])[] {
  const each = (...list: DType[]): (readonly [DType, DType])[] => list.map((d) => [d, d] as const);
  const every = ["float32", "float64", "int32", "uint32", "bool"] as const;
  if (predicates.includes(instruction) || instruction === "toBool") return every.map((d) => [d, "bool"] as const);
  if (instruction === "isFinite") return [["float32", "bool"], ["float64", "bool"]];
  if (instruction === "copy") return every.flatMap((from) => (from === "bool" ? every : (["float32", "float64"] as const)).filter((to) => to !== "bool").map((to) => [from, to] as const));
  if (instruction === "toInt32") return every.map((d) => [d, "int32"] as const);
  if (instruction === "toUint32") return every.map((d) => [d, "uint32"] as const);
  if (instruction === "wrapInt32") return every.map((d) => [d, "int32"] as const);
  if (instruction === "wrapUint32") return every.map((d) => [d, "uint32"] as const);
  if (instruction.endsWith("Uint32")) return each("uint32");
  if (instruction.endsWith("Int32")) return each("int32");
  if (["remainderInteger", "populationCount", "countLeadingZeros", "not"].includes(instruction)) return each("int32", "uint32");
  if (instruction === "notBool") return each("bool");
  if (["and", "or", "xor"].includes(instruction)) return each("int32", "uint32", "bool");
  if (["add", "sub", "neg", "abs", "sign", "clamp"].includes(instruction)) return each("float32", "float64", "int32", "uint32");
  if (["max", "min", "select"].includes(instruction)) return each(...every);
  return each("float32", "float64");
}

describe.each(Object.keys(scalarMeaning) as ScalarInstruction[])("%s", (instruction) => {
  test.each(dtypesOf(instruction).map(([from, to]) => ({ from, to })))("$from to $to", ({ from, to }) => {
    const arity = meaningOf(instruction).length;
    const numbers = numbersOf[from];
    const count = arity === 1 ? numbers.length : arity === 2 ? numbers.length ** 2 : 2 * numbers.length ** 2;
    const digit = (i: number, d: number): number => numbers[Math.floor(i / numbers.length ** d) % numbers.length] as number;
    const conditional = instruction === "select";
    const operands = Array.from({ length: arity }, (_, d) => buffer(count, conditional && d === 0 ? "bool" : from));
    const contents = new Map(operands.map((b, d) => [b, Array.from({ length: count }, (_, i) => (conditional && d === 0 ? i % 2 : instruction === "integerPow" && d === 1 ? (i % 7) - 3 : instruction === "polygamma" && d === 0 ? i % 3 : d === 2 ? 3 : digit(i, d)))]));
    const out = buffer(count, to);
    compare(kernel([count], [stage({ stores: [store(out, [1], applyTo(to, instruction, ...operands.map((b) => load(b, [1]))))] })]), { contents, only: "scalar" });
  });
});

test("integer powers known in advance", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (const n of [-2, -1, 0, 1, 2, 3]) {
      const [x, out] = [buffer(floats.length, dtype), buffer(floats.length, dtype)];
      compare(kernel([floats.length], [stage({ stores: [store(out, [1], applyTo(dtype, "integerPow", load(x, [1]), constant(n, dtype)))] })]), { contents: new Map([[x, numbersOf[dtype]]]), only: "scalar" });
    }
  }
});

test("the larger and the smaller of an element and a number known in advance", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (const instruction of ["max", "min"] as const) {
      for (const known of [0, -0, 1, Number.NEGATIVE_INFINITY, Number.NaN]) {
        const [x, out, swapped] = [buffer(floats.length, dtype), buffer(floats.length, dtype), buffer(floats.length, dtype)];
        const value = load(x, [1]);
        const stores = [store(out, [1], applyTo(dtype, instruction, value, constant(known, dtype))), store(swapped, [1], applyTo(dtype, instruction, constant(known, dtype), value))];
        compare(kernel([floats.length], [stage({ stores })]), { contents: new Map([[x, numbersOf[dtype]]]) });
      }
    }
  }
});
