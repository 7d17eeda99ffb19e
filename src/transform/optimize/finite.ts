/** Which operations give finite numbers whenever their operands are finite. What is not listed may overflow or have a pole. */
import type { Equation } from "../../core/program.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";

const keepsFinite: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>([
  "neg", "abs", "sign", "max", "min", "clamp", "select", "floor", "ceil", "trunc", "round",
  "sin", "cos", "tanh", "atan", "atan2", "logistic", "erf", "erfc",
]);

/** Whether the result is finite, given whether each operand is. Operands of integers and bool always are. */
export function isFiniteResult({ primitive: { lower }, inputs, params, outputs }: Equation, operands: readonly boolean[]): boolean {
  if (!operands.every((finite) => finite)) return false;
  if (lower.form === "view" || lower.form === "reshape" || lower.form === "assembly" || lower.form === "index") return true;
  if (lower.form !== "elementwise") return false;
  const from = inputs[inputs.length - 1]?.type.dtype;
  if (from === undefined) return false;
  const instruction = lower.instruction(from, params);
  // a conversion to a narrower float may overflow
  return keepsFinite.has(instruction) || (instruction === "copy" && !(from === "float64" && outputs[0]?.type.dtype === "float32"));
}
