/** Dead code elimination: keeps the equations that the outputs depend on, in their order. One backward and one forward pass. */
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";

/** The equations of `equations` that `outputs` need. */
export function liveEquations(equations: readonly Equation[], outputs: readonly Atom[]): Equation[] {
  const needed = new Set<Atom>(outputs);
  const live: Equation[] = [];
  for (let i = equations.length - 1; i >= 0; i--) {
    const equation = equations[i] as Equation;
    if (!equation.outputs.some((v) => needed.has(v))) continue;
    for (const input of equation.inputs) if (input instanceof Variable) needed.add(input);
    live.push(equation);
  }
  return live.reverse();
}

/** The program without equations that nothing needs. Inputs stay, so that it is called in the same way. */
export function eliminateDeadCode(program: Program): Program {
  const equations = liveEquations(program.equations, program.outputs);
  return equations.length === program.equations.length ? program : { ...program, equations };
}
