/**
 * Spellings for engines that join pairs of vectors, of the opcodes that x64 compiles to an instruction that overwrites its first operand. Where both
 * operands of such an instruction are one register, the lower half of a pair that was spilled, V8's register allocator may load the pair with
 * its upper half lost: it takes two loads of different widths from one slot of the stack for one. Equal values count as one register, so what
 * is equal cannot be told here, and none of these opcodes is emitted there. The others were tried one by one and are compiled right.
 */
import type { DType } from "../../../core/dtype.ts";
import type { Vector, VectorCode } from "../registers.ts";

export type Untied = (code: VectorCode, dtype: DType, a: Vector, b: Vector) => Vector;

const unequal = (shape: string): Untied => (code, dtype, a, b) => code.op("v128.not", dtype, code.op(`${shape}.eq`, dtype, a, b));

/** Whether the larger, or the smaller, of both is the one that `kept` names. */
const chosen = (choice: string, kept: "a" | "b"): Untied => (code, dtype, a, b) => code.op("i32x4.eq", dtype, code.op(`i32x4.${choice}`, dtype, a, b), kept === "a" ? a : b);
const notChosen = (choice: string, kept: "a" | "b"): Untied => (code, dtype, a, b) => code.op("v128.not", dtype, chosen(choice, kept)(code, dtype, a, b));

/** Taken both ways around, these differ by NaN and the sign of zero alone: the bits of both have the NaN, and -0 of two zeros. */
const smaller = (shape: string): Untied => (code, dtype, a, b) => code.op("v128.or", dtype, code.op(`${shape}.pmin`, dtype, a, b), code.op(`${shape}.pmin`, dtype, b, a));
/** The same with what differs subtracted: -0 - -0 is +0. */
const larger = (shape: string): Untied => (code, dtype, a, b) => {
  const one = code.op(`${shape}.pmax`, dtype, a, b);
  const differing = code.op("v128.xor", dtype, one, code.op(`${shape}.pmax`, dtype, b, a));
  return code.op(`${shape}.sub`, dtype, code.op("v128.or", dtype, one, differing), differing);
};

export const untiedSpellings: Readonly<Record<string, Untied>> = {
  "i32x4.ne": unequal("i32x4"), "i64x2.ne": unequal("i64x2"),
  "i32x4.ge_s": chosen("min_s", "b"), "i32x4.ge_u": chosen("min_u", "b"), "i32x4.le_s": chosen("max_s", "b"), "i32x4.le_u": chosen("max_u", "b"),
  "i32x4.gt_u": notChosen("max_u", "b"), "i32x4.lt_u": notChosen("max_u", "a"),
  "f32x4.min": smaller("f32x4"), "f64x2.min": smaller("f64x2"), "f32x4.max": larger("f32x4"), "f64x2.max": larger("f64x2"),
};
