/** How each scalar instruction is spelled on vectors. Where the table says null, the imported JavaScript function does it lane by lane. */
import type { DType } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { Vector, VectorCode } from "../registers.ts";

/** The instruction on vectors of one dtype; the result is of `dtype`. Undefined: there is no spelling, use `code.callHost`. */
export function spellVector(instruction: ScalarInstruction, dtype: DType, code: VectorCode, operands: readonly Vector[]): Vector | undefined {
  void instruction, void dtype, void code, void operands;
  return undefined;
}
