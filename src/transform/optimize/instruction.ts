/** The scalar instruction behind an equation, and the equation behind a value. */
import type { Equation } from "../../core/program.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import { ConcreteArray } from "../../core/concrete.ts";
import { at, type Value } from "../../core/tensor.ts";
import type { Workspace } from "./workspace.ts";

/** What an elementwise equation applies to each element; undefined for any other equation. */
export function instructionOf({ primitive: { lower }, inputs, params }: Equation): ScalarInstruction | undefined {
  return lower.form === "elementwise" && inputs.length > 0 ? lower.instruction(at(inputs, inputs.length - 1).type.dtype, params) : undefined;
}

/** The operands of the value if the instruction made it. */
export function madeBy(instruction: ScalarInstruction, value: Value, ws: Workspace): Value[] | undefined {
  const definition = ws.definition(value);
  return definition !== undefined && instructionOf(definition) === instruction ? definition.inputs.map((a) => ws.value(a)) : undefined;
}

/** The number that a constant repeats. */
export function splatOf(x: Value | undefined): number | undefined {
  return x instanceof ConcreteArray ? x.splat : undefined;
}
