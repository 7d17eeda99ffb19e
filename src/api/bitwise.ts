/** Bits of int32 and uint32 arrays, elementwise, in their common dtype; on bool the same as logic. Floats are a DTypeError. */
import type { Value } from "../core/tensor.ts";
import { mul } from "../ops/arithmetic.ts";
import * as op from "../ops/bitwise.ts";
import { DTypeError } from "../errors.ts";
import { isInteger } from "../core/dtype.ts";
import { showTypes } from "../core/type.ts";
import { type BinaryFunction, binaryFunction, numeric, toValue, type UnaryFunction, unaryFunction } from "./operand.ts";

type Operation = (x: Value, y: Value) => Value;

/** Refuses operands without bits under the public name. */
function checkBits(name: string, values: readonly Value[], domain: "integer" | "integer or boolean"): void {
  if (values.every((v) => isInteger(v.type.dtype) || (domain !== "integer" && v.type.dtype === "bool"))) return;
  const compare = domain === "integer" ? "" : "compare first (x > 0) to get bool, or ";
  throw new DTypeError(`${name}: needs ${domain} operands, got ${showTypes(values.map((v) => v.type))}`, { hint: `${compare}convert with x.astype("int32")` });
}

function bits(name: string, implementation: Operation, domain: "integer" | "integer or boolean" = "integer or boolean"): BinaryFunction {
  return binaryFunction(name, (x, y) => {
    checkBits(name, [x, y], domain);
    return implementation(x, y);
  });
}

function bitsOfOne(name: string, implementation: (x: Value) => Value, prepare: (x: unknown, where: string) => Value): UnaryFunction {
  return unaryFunction(name, (x) => {
    checkBits(name, [x], "integer or boolean");
    return implementation(x);
  }, prepare);
}

/** Bits set in both. @example bitwiseAnd(int32([6]), 3) // → [2] */
export const bitwiseAnd: BinaryFunction = bits("bitwiseAnd", op.and);
/** Bits set in either. @example bitwiseOr(int32([6]), 3) // → [7] */
export const bitwiseOr: BinaryFunction = bits("bitwiseOr", op.or);
/** Bits set in exactly one. @example bitwiseXor(int32([6]), 3) // → [5] */
export const bitwiseXor: BinaryFunction = bits("bitwiseXor", op.xor);
/** Every bit flipped. @example bitwiseNot(int32([6])) // → [-7] */
export const bitwiseNot: UnaryFunction = bitsOfOne("bitwiseNot", op.not, toValue);

/** x shifted n bits up; the bits that leave are lost. A count outside 0..31 shifts all out. @example leftShift(int32([1, 2]), 3) // → [8, 16] */
export const leftShift: BinaryFunction = bits("leftShift", op.shiftLeft, "integer");
/** x shifted n bits down: int32 keeps its sign, uint32 fills with zeros, as NumPy's. @example rightShift(int32([-8]), 1) // → [-4] */
export const rightShift: BinaryFunction = bits("rightShift", (x, n) => (x.type.dtype === "uint32" ? op.shiftRightLogical(x, n) : op.shiftRightArithmetic(x, n)), "integer");
/** x shifted n bits down, filled with zeros whatever the dtype. @example rightShiftLogical(int32([-8]), 28) // → [15] */
export const rightShiftLogical: BinaryFunction = bits("rightShiftLogical", op.shiftRightLogical, "integer");

/** How many bits are set. @example populationCount(int32([7, -1])) // → [3, 32] */
export const populationCount: UnaryFunction = bitsOfOne("populationCount", op.populationCount, numeric);
/** How many zero bits lead; 32 for 0. `Math.clz32`. @example clz32(int32([1, 0])) // → [31, 32] */
export const clz32: UnaryFunction = bitsOfOne("clz32", op.countLeadingZeros, numeric);

/** The low 32 bits of x · y of integers, which is what their product is here. `Math.imul`. @example imul(int32([65536]), 65537) // → [65536] */
export const imul: BinaryFunction = bits("imul", mul, "integer");
