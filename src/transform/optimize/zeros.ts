/** The sign of zero: -0 + 0 is 0, so a sum from which zeros are left out keeps its bits only where it cannot be -0. */
import { ConcreteArray } from "../../core/concrete.ts";
import { isFloat } from "../../core/dtype.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import { splatLike, type Value } from "../../core/tensor.ts";
import { add } from "../../ops/elementwise.ts";
import { instructionOf } from "./instruction.ts";
import type { Workspace } from "./workspace.ts";

/** How many equations back to look. */
const depth = 4;

/** Instructions whose results are never below 0, nor -0. */
const positive: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>(["exp", "exp2", "logistic", "abs"]);

/** Whether no element can be -0. A sum is -0 only where all its terms are; a reduction begins with 0. */
export function neverNegativeZero(value: Value, ws: Workspace, look: number = depth): boolean {
  if (!isFloat(value.type.dtype)) return true;
  if (value instanceof ConcreteArray) return value.splat !== undefined && !Object.is(value.splat, -0);
  const definition = ws.definition(value);
  if (definition === undefined || look === 0) return false;
  const { lower } = definition.primitive;
  if (lower.form === "reduction") return lower.combine(value.type.dtype) === "add";
  const further = (index: number): boolean => neverNegativeZero(ws.operand(definition, index), ws, look - 1);
  if (lower.form === "view" || lower.form === "reshape") return further(0);
  // adding one update to a place is one sum
  if (lower.form === "scatter") return lower.combine(value.type.dtype) === "add" && further(0);
  const instruction = instructionOf(definition);
  if (instruction !== undefined && positive.has(instruction)) return true;
  return instruction === "add" && (further(0) || further(1));
}

/** x + 0: x with 0 in the place of -0. */
export function plusZero(x: Value, ws: Workspace): Value {
  return neverNegativeZero(x, ws) ? x : add(x, splatLike(x, 0));
}
