/** Bits of integers, and logic of bool, which is the same on one bit. */
import { notLinear, type Primitive } from "../core/primitive.ts";
import type { ScalarInstruction } from "../core/scalar.ts";
import { elementwise, type ElementwiseOp } from "./elementwise.ts";

const hint = 'compare first (x > 0) to get bool, or convert with x.astype("int32")';

function logic(name: string, instruction: ScalarInstruction): ElementwiseOp {
  return elementwise(name, { arity: 2, domain: "integer or boolean", hint, instruction, jvp: "zero", transpose: notLinear, commutative: true });
}

export const and: ElementwiseOp = logic("and", "and");
export const or: ElementwiseOp = logic("or", "or");
export const xor: ElementwiseOp = logic("xor", "xor");

/** All bits flipped; of bool, the other one. */
export const not: ElementwiseOp = elementwise("not", {
  arity: 1,
  domain: "integer or boolean",
  hint,
  instruction: (dtype) => (dtype === "bool" ? "notBool" : "not"),
  jvp: "zero",
  transpose: notLinear,
});

function shift(name: string, int32: ScalarInstruction, uint32: ScalarInstruction): ElementwiseOp {
  const instruction = (dtype: string): ScalarInstruction => (dtype === "int32" ? int32 : uint32);
  return elementwise(name, { arity: 2, domain: "integer", instruction, jvp: "zero", transpose: notLinear });
}

/** x · 2ⁿ modulo 2³². A count outside 0..31 shifts every bit out, here and below. */
export const shiftLeft: ElementwiseOp = shift("shiftLeft", "shiftLeftInt32", "shiftLeftUint32");
/** Fills with copies of the top bit. */
export const shiftRightArithmetic: ElementwiseOp = shift("shiftRightArithmetic", "shiftRightArithmeticInt32", "shiftRightArithmeticUint32");
/** Fills with zeros. */
export const shiftRightLogical: ElementwiseOp = shift("shiftRightLogical", "shiftRightLogicalInt32", "shiftRightLogicalUint32");

function count(name: "populationCount" | "countLeadingZeros"): ElementwiseOp {
  return elementwise(name, { arity: 1, domain: "integer", instruction: name, jvp: "zero", transpose: notLinear });
}

/** How many bits are set. */
export const populationCount: ElementwiseOp = count("populationCount");
/** How many zeros stand before the first set bit; 32 for 0. */
export const countLeadingZeros: ElementwiseOp = count("countLeadingZeros");

export const bitwisePrimitives: readonly Primitive[] = [
  and, or, xor, not, shiftLeft, shiftRightArithmetic, shiftRightLogical, populationCount, countLeadingZeros,
].map((op) => op.primitive);
