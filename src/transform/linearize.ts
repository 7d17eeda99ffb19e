/**
 * Splits the forward-mode program at its primal inputs: what depends on them alone is computed once, the rest is linear in the
 * tangents and becomes a program of its own.
 */
import { InternalError } from "../errors.ts";
import type { Program } from "../core/program.ts";
import { jvpProgram } from "./jvp.ts";
import { splitProgram } from "./split.ts";

export interface Linearized {
  /** primals… → (results…, residuals…) */
  readonly forward: Program;
  /** (residuals…, tangents of the active inputs…) → tangents of the active results… */
  readonly linear: Program;
  readonly residualCount: number;
  readonly activeOutputs: readonly boolean[];
}

export function linearizeProgram(program: Program, active: readonly boolean[]): Linearized {
  const { program: both, activeOutputs } = jvpProgram(program, active);
  const results = program.outputs.length;
  const { known, rest, residualCount, reachedOutputs } = splitProgram(
    both,
    both.inputs.map((_, i) => i >= program.inputs.length),
    both.outputs.map((_, i) => i >= results),
  );
  if (reachedOutputs.slice(0, results).includes(true)) throw new InternalError("a result depends on a tangent: some jvp or partition rule mixes them");
  return { forward: known, linear: rest, residualCount, activeOutputs };
}
