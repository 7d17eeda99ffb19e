/** Rounding to whole numbers, the predicates of floating numbers, and the next representable number. Nothing here has a slope. */
import { notLinear, type Primitive } from "../core/primitive.ts";
import type { ScalarInstruction } from "../core/scalar.ts";
import { elementwise, type ElementwiseOp } from "./elementwise.ts";

function rounding(name: string, instruction: ScalarInstruction): ElementwiseOp {
  return elementwise(name, { arity: 1, domain: "floating", instruction, jvp: "zero", transpose: notLinear });
}

/** Toward -∞. */
export const floor: ElementwiseOp = rounding("floor", "floor");
/** Toward +∞. */
export const ceil: ElementwiseOp = rounding("ceil", "ceil");
/** Toward zero. */
export const trunc: ElementwiseOp = rounding("trunc", "trunc");
/** To the nearest, halves to the even one, as IEEE 754 and NumPy do. */
export const round: ElementwiseOp = rounding("round", "round");

/** Neither infinite nor NaN. */
export const isFinite: ElementwiseOp = elementwise("isFinite", {
  arity: 1,
  domain: "floating",
  result: "bool",
  instruction: "isFinite",
  jvp: "zero",
  transpose: notLinear,
});

/** The next number of the dtype from x toward y. */
export const nextAfter: ElementwiseOp = elementwise("nextAfter", {
  arity: 2,
  domain: "floating",
  instruction: (dtype) => (dtype === "float32" ? "nextAfter32" : "nextAfter64"),
  jvp: "zero",
  transpose: notLinear,
});

export const roundingPrimitives: readonly Primitive[] = [floor, ceil, trunc, round, isFinite, nextAfter].map((op) => op.primitive);
