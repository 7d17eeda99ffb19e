/** Every instruction that is not rounded, on every dtype it takes, against its meaning in core/scalar.ts: the same bits. */
import { describe, expect, test } from "vitest";
import { type DType, dtypes, type TypedArray } from "../../../../src/core/dtype.ts";
import { meaningOf, type ScalarInstruction, scalarMeaning } from "../../../../src/core/scalar.ts";
import { bounds, targets } from "./measure.ts";
import { vectorKernel } from "./run.ts";

interface Case {
  readonly instruction: ScalarInstruction;
  readonly from: readonly DType[];
  readonly to: DType;
}
const all: readonly DType[] = ["bool", "int32", "uint32", "float32", "float64"];
const floats: readonly DType[] = ["float32", "float64"];
const numeric: readonly DType[] = ["int32", "uint32", "float32", "float64"];
const same = (instructions: string, dtypesOf: readonly DType[], operands: number, to?: DType): Case[] =>
  (instructions.split(" ") as ScalarInstruction[]).flatMap((instruction) => dtypesOf.map((d) => ({ instruction, from: Array.from({ length: operands }, () => d), to: to ?? d })));

const cases: readonly Case[] = [
  ...same("add sub", numeric, 2), ...same("mul div scaleSafe mulSafe divSafe remainder", floats, 2), ...same("neg abs sign", numeric, 1), ...same("sqrt floor ceil trunc round", floats, 1),
  ...same("mulInt32 divInt32 remainderInteger integerPowInt32 shiftLeftInt32 shiftRightArithmeticInt32 shiftRightLogicalInt32", ["int32"], 2),
  ...same("mulUint32 divUint32 remainderInteger integerPowUint32 shiftLeftUint32 shiftRightArithmeticUint32 shiftRightLogicalUint32", ["uint32"], 2),
  ...same("max min", all, 2), ...same("clamp", all, 3), ...same("equal notEqual less lessEqual greater greaterEqual", all, 2, "bool"), ...same("isFinite", floats, 1, "bool"),
  ...same("and or xor", ["bool", "int32", "uint32"], 2), ...same("not populationCount countLeadingZeros", ["int32", "uint32"], 1), ...same("notBool", ["bool"], 1),
  ...same("nextAfter32", ["float32"], 2), ...same("nextAfter64", ["float64"], 2), ...same("toBool", all, 1, "bool"),
  ...all.map((d): Case => ({ instruction: "select", from: ["bool", d, d], to: d })),
  ...same("toInt32", floats, 1, "int32"), ...same("toUint32", floats, 1, "uint32"), ...same("wrapInt32", ["uint32", "int32"], 1, "int32"), ...same("wrapUint32", ["int32", "uint32"], 1, "uint32"),
  ...same("copy", all, 1), ...floats.flatMap((to) => same("copy", all, 1, to)), ...same("copy", ["bool"], 1, "int32"), ...same("copy", ["bool"], 1, "uint32"),
];

const numbers: Readonly<Record<DType, readonly number[]>> = {
  bool: [0, 1, 1, 0, 1],
  int32: [0, 1, -1, 2, 3, -7, 31, 32, 33, 100, -(2 ** 31), 2 ** 31 - 1, 65536, -65537, 123456789],
  uint32: [0, 1, 2, 3, 7, 31, 32, 33, 100, 2 ** 31, 2 ** 32 - 1, 65536, 4000000001],
  float32: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, -3.7, NaN, Infinity, -Infinity, 1e-45, -1e-45, 1e-40, 2 ** -126, 1e10, -1e10, 3e38, -3e38, 2147483647, 4294967296, 8388607.5, -0.1],
  float64: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, -3.7, NaN, Infinity, -Infinity, 5e-324, -5e-324, 1e-310, 2 ** -1022, 1e10, -1e10, 1.7e308, -1.7e308, 2147483647.5, 4294967295.9, 4503599627370495.5, -0.1, 1e300],
};

/** Every pair of the numbers above, then a fixed sequence of others. */
function column(dtype: DType, place: number, length: number): TypedArray {
  const list = numbers[dtype];
  const values = dtypes[dtype].allocate(length);
  for (let i = 0; i < length; i++) {
    const step = list.length ** place;
    values[i] = i < list.length ** 2 || dtype === "bool" ? (list[Math.floor(i / step) % list.length] as number) : scatter(dtype, i * 3 + place);
  }
  return values;
}
function scatter(dtype: DType, i: number): number {
  const hash = Math.imul(Math.imul(i, 0x9e3779b1) ^ (i >>> 3), 0x85ebca6b);
  return dtype === "int32" ? hash : dtype === "uint32" ? hash >>> 0 : (hash / 2 ** 31) * 10 ** ((hash >>> 5) % 9);
}
/** The parallel reading of an instruction on -0 and on integers is that of the array it is stored in. */
function meant({ instruction, to }: Case, columns: readonly TypedArray[]): TypedArray {
  const [a, b, c] = columns as [TypedArray, TypedArray?, TypedArray?];
  return dtypes[to].allocate(a.length).map((_, i) => meaningOf(instruction)(a[i] as number, b?.[i] ?? 0, c?.[i] ?? 0)) as TypedArray;
}

describe.each([["joined", targets.fused, 4], ["plain", targets.plain, 1]] as const)("%s", (_name, target, groups) => {
  test.each(cases.map((c) => [`${c.instruction} ${c.from.join(", ")} → ${c.to}`, c] as const))("%s", (_label, c) => {
    const columns = c.from.map((dtype, place) => column(dtype, place, 1024));
    const expected = meant(c, columns);
    expect(vectorKernel({ ...c, target, groups })?.(columns)).toEqual(expected);
    expect(vectorKernel({ ...c, target, groups, single: true })?.(columns)).toEqual(expected);
  });

  /** Constants have spellings of their own. */
  const known = cases.filter((c) => /^(max|min|clamp|shift|integerPow|equal|less|select|and|add|mul)/.test(c.instruction));
  test.each(known.map((c) => [`${c.instruction} ${c.from.join(", ")}`, c] as const))("%s with a known last operand", (_label, c) => {
    const last = c.from.length - 1;
    for (const value of numbers[c.from[last] as DType]) {
      const columns = c.from.map((dtype, place) => (place === last ? dtypes[dtype].allocate(64).fill(value) : column(dtype, 0, 64)));
      expect(vectorKernel({ ...c, target, groups, known: c.from.map((_, i) => (i === last ? value : undefined)) })?.(columns), `with ${value}`).toEqual(meant(c, columns));
    }
  });
});

test("every instruction is spelled, measured or compared here, but for those that only the host computes", () => {
  const covered = new Set<string>([...cases.map((c) => c.instruction), ...Object.keys(bounds)]);
  expect(Object.keys(scalarMeaning).filter((name) => !covered.has(name))).toEqual(["lgamma", "digamma", "polygamma"]);
});
