/**
 * How a differentiable function of one variable is declared: by its slope. The tangent enters through `scaleSafe` or `divSafe`, so that a
 * tangent of 0 (a branch nobody took) stays 0 where the slope is infinite, overflows or is NaN.
 */
import { notLinear, type Partial } from "../core/primitive.ts";
import type { Params } from "../core/program.ts";
import type { ScalarInstruction } from "../core/scalar.ts";
import type { Value } from "../core/tensor.ts";
import { divSafe, scaleSafe } from "./arithmetic.ts";
import { elementwise, type ElementwiseOp } from "./elementwise.ts";

/** A formula in the operand x and the result y. */
type Formula = (x: Value, y: Value) => Value;

function declare(name: ScalarInstruction, partial: Partial<Params>): ElementwiseOp {
  return elementwise(name, { arity: 1, domain: "floating", instruction: name, jvp: [partial], transpose: notLinear });
}

/** The scalar instruction `name`, with dy = slope · dx. */
export function withSlope(name: ScalarInstruction, slope: Formula): ElementwiseOp {
  return declare(name, (t, [x], y) => scaleSafe(t, slope(x as Value, y)));
}

/** The scalar instruction `name`, with dy = dx / divisor. */
export function withInverseSlope(name: ScalarInstruction, divisor: Formula): ElementwiseOp {
  return declare(name, (t, [x], y) => divSafe(t, divisor(x as Value, y)));
}
