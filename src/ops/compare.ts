/** Comparisons: bool results, no slope. Comparisons with NaN are false, except `notEqual`. */
import { notLinear, type Primitive } from "../core/primitive.ts";
import type { ScalarInstruction } from "../core/scalar.ts";
import { elementwise, type ElementwiseDeclaration, type ElementwiseOp } from "./elementwise.ts";

function comparison(name: string, instruction: ScalarInstruction, more: Pick<ElementwiseDeclaration, "commutative"> = {}): ElementwiseOp {
  return elementwise(name, { arity: 2, domain: "any", result: "bool", instruction, jvp: "zero", transpose: notLinear, ...more });
}

export const equal: ElementwiseOp = comparison("equal", "equal", { commutative: true });
export const notEqual: ElementwiseOp = comparison("notEqual", "notEqual", { commutative: true });
export const less: ElementwiseOp = comparison("less", "less");
export const lessEqual: ElementwiseOp = comparison("lessEqual", "lessEqual");
export const greater: ElementwiseOp = comparison("greater", "greater");
export const greaterEqual: ElementwiseOp = comparison("greaterEqual", "greaterEqual");

export const comparePrimitives: readonly Primitive[] = [equal, notEqual, less, lessEqual, greater, greaterEqual].map((op) => op.primitive);
