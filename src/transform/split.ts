/**
 * Splits a program by dependence on some of its inputs: what the others determine alone, and the rest. Linearization splits a
 * forward-mode program at its tangents; operations with programs inside split those in the same way. The values that cross are the residuals.
 */
import { noPrograms } from "../core/primitive.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { liveEquations } from "./dce.ts";

export interface Split {
  /** (inputs not reached…) → (outputs not in the rest…, residuals…) */
  readonly known: Program;
  /** (residuals…, reached inputs…) → outputs that were asked for, by default those reached */
  readonly rest: Program;
  readonly residualCount: number;
  /** Which outputs depend on the reached inputs. */
  readonly reachedOutputs: readonly boolean[];
}

/** `toRest[i]`: output i belongs to the rest. Every output that is reached does; another one may, as a residual passed through. */
export function splitProgram(program: Program, reachedInputs: readonly boolean[], toRest?: readonly boolean[]): Split {
  const reached = new Set<Atom>(program.inputs.filter((_, i) => reachedInputs[i]));
  const known: Equation[] = [];
  const rest: Equation[] = [];
  for (const equation of program.equations) {
    if (!equation.inputs.some((a) => reached.has(a))) {
      known.push(equation);
      continue;
    }
    const { inner } = equation.primitive;
    const parts = inner === noPrograms ? { known: [], linear: [equation] } : inner.partition(equation, equation.inputs.map((a) => reached.has(a)));
    known.push(...parts.known);
    rest.push(...parts.linear);
    for (const part of parts.linear) for (const v of part.outputs) reached.add(v);
  }
  const reachedOutputs = program.outputs.map((a) => reached.has(a));
  const belongs = reachedOutputs.map((r, i) => r || toRest?.[i] === true);
  const restOutputs = program.outputs.filter((_, i) => belongs[i]);
  const live = liveEquations(rest, restOutputs);
  const residuals = new Set<Variable>();
  const needs = (atom: Atom): void => {
    if (atom instanceof Variable && !reached.has(atom)) residuals.add(atom);
  };
  for (const equation of live) equation.inputs.forEach(needs);
  restOutputs.forEach(needs);
  const knownOutputs = [...program.outputs.filter((_, i) => !belongs[i]), ...residuals];
  return {
    known: { inputs: program.inputs.filter((_, i) => !reachedInputs[i]), equations: liveEquations(known, knownOutputs), outputs: knownOutputs },
    rest: { inputs: [...residuals, ...program.inputs.filter((_, i) => reachedInputs[i])], equations: live, outputs: restOutputs },
    residualCount: residuals.size,
    reachedOutputs,
  };
}
