/** Bits of int32 and uint32 arrays, elementwise, in their common dtype; on bool the same as logic. Floats are a DTypeError. */
import type { Value } from "../core/tensor.ts";
import { mul } from "../ops/arithmetic.ts";
import * as op from "../ops/bitwise.ts";
import { DTypeError } from "../errors.ts";
import { isInteger } from "../core/dtype.ts";
import { showTypes } from "../core/type.ts";
import { type BinaryFunction, binaryFunction, numeric, toValue, type UnaryFunction, unaryFunction } from "./operand.ts";

/** Bits set in both. @example bitwiseAnd(int32([6]), 3) // → [2] */
export const bitwiseAnd: BinaryFunction = binaryFunction("bitwiseAnd", op.and);
/** Bits set in either. @example bitwiseOr(int32([6]), 3) // → [7] */
export const bitwiseOr: BinaryFunction = binaryFunction("bitwiseOr", op.or);
/** Bits set in exactly one. @example bitwiseXor(int32([6]), 3) // → [5] */
export const bitwiseXor: BinaryFunction = binaryFunction("bitwiseXor", op.xor);
/** Every bit flipped. @example bitwiseNot(int32([6])) // → [-7] */
export const bitwiseNot: UnaryFunction = unaryFunction("bitwiseNot", op.not, toValue);

/** x shifted n bits up; the bits that leave are lost. A count outside 0..31 shifts all out. @example leftShift(int32([1, 2]), 3) // → [8, 16] */
export const leftShift: BinaryFunction = binaryFunction("leftShift", op.shiftLeft);
/** x shifted n bits down: int32 keeps its sign, uint32 fills with zeros, as NumPy's. @example rightShift(int32([-8]), 1) // → [-4] */
export const rightShift: BinaryFunction = binaryFunction("rightShift", (x, n) => (x.type.dtype === "uint32" ? op.shiftRightLogical(x, n) : op.shiftRightArithmetic(x, n)));
/** x shifted n bits down, filled with zeros whatever the dtype. @example rightShiftLogical(int32([-8]), 28) // → [15] */
export const rightShiftLogical: BinaryFunction = binaryFunction("rightShiftLogical", op.shiftRightLogical);

/** How many bits are set. @example populationCount(int32([7, -1])) // → [3, 32] */
export const populationCount: UnaryFunction = unaryFunction("populationCount", op.populationCount, numeric);
/** How many zero bits lead; 32 for 0. `Math.clz32`. @example clz32(int32([1, 0])) // → [31, 32] */
export const clz32: UnaryFunction = unaryFunction("clz32", op.countLeadingZeros, numeric);

/** The low 32 bits of x · y of integers, which is what their product is here. `Math.imul`. @example imul(int32([65536]), 65537) // → [65536] */
export const imul: BinaryFunction = binaryFunction("imul", (x: Value, y: Value) => {
  if (isInteger(x.type.dtype)) return mul(x, y);
  throw new DTypeError(`imul: needs integer operands, got ${showTypes([x.type, y.type])}`, { hint: 'convert with x.astype("int32")' });
});
