/**
 * Splits a forward-mode program at its primal inputs: what depends on them alone is computed once, the rest is linear in the
 * tangents and becomes a program of its own. The values that cross are the residuals.
 */
import { InternalError } from "../errors.ts";
import type { Atom, Equation, Program } from "../core/program.ts";
import { Variable } from "../core/program.ts";
import { liveEquations } from "./dce.ts";
import { type Jvp, jvpProgram } from "./jvp.ts";

export interface Linearized {
  /** primals… → (results…, residuals…) */
  readonly forward: Program;
  /** (residuals…, tangents of the active inputs…) → tangents of the active results… */
  readonly linear: Program;
  readonly residualCount: number;
  readonly activeOutputs: readonly boolean[];
}

export function linearizeProgram(program: Program, active: readonly boolean[]): Linearized {
  return split(jvpProgram(program, active), program.inputs.length, program.outputs.length);
}

/** Splits by dependence: an equation that a tangent reaches is linear, any other is forward. */
function split({ program, activeOutputs }: Jvp, primalCount: number, outputCount: number): Linearized {
  const tangentInputs = program.inputs.slice(primalCount);
  const linearOutputs = program.outputs.slice(outputCount);
  const reached = new Set<Atom>(tangentInputs);
  const forward: Equation[] = [];
  const linear: Equation[] = [];
  for (const equation of program.equations) {
    if (!equation.inputs.some((a) => reached.has(a))) {
      forward.push(equation);
      continue;
    }
    linear.push(equation);
    for (const v of equation.outputs) reached.add(v);
  }
  const live = liveEquations(linear, linearOutputs);
  const residuals = new Set<Variable>();
  const needs = (atom: Atom): void => {
    if (atom instanceof Variable && !reached.has(atom)) residuals.add(atom);
  };
  for (const equation of live) equation.inputs.forEach(needs);
  linearOutputs.forEach(needs);
  const primals = program.inputs.slice(0, primalCount);
  const results = program.outputs.slice(0, outputCount);
  if (results.some((a) => reached.has(a))) throw new InternalError("a primal result depends on a tangent: some jvp rule mixes them");
  const forwardOutputs = [...results, ...residuals];
  return {
    forward: { inputs: primals, equations: liveEquations(forward, forwardOutputs), outputs: forwardOutputs },
    linear: { inputs: [...residuals, ...tangentInputs], equations: live, outputs: linearOutputs },
    residualCount: residuals.size,
    activeOutputs,
  };
}
