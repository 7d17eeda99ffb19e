/**
 * Dead code elimination: keeps the equations that the outputs depend on, and those with effects, in their order. An operation with programs
 * inside is kept without the results that nothing needs. One backward pass.
 */
import { hasEffects } from "../core/effects.ts";
import { noPrograms } from "../core/primitive.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";

const ignoring = new WeakMap<Program, boolean>();

/** Whether the program has an input that it does not read: an operand that may be nobody's. */
function ignoresInputs(program: Program): boolean {
  let found = ignoring.get(program);
  if (found === undefined) {
    const used = new Set<Atom>(program.outputs);
    for (const equation of program.equations) for (const atom of equation.inputs) used.add(atom);
    ignoring.set(program, (found = program.inputs.some((v) => !used.has(v))));
  }
  return found;
}

/** The equations of `equations` that `outputs` need. `needed` comes to have all atoms that these read, and the outputs. */
export function liveEquations(equations: readonly Equation[], outputs: readonly Atom[], needed: Set<Atom> = new Set<Atom>()): Equation[] {
  for (const atom of outputs) needed.add(atom);
  const isNeeded = (v: Variable): boolean => needed.has(v);
  const need = (atom: Atom): void => {
    if (atom instanceof Variable) needed.add(atom);
  };
  const live: Equation[] = [];
  for (let i = equations.length - 1; i >= 0; i--) {
    let equation = equations[i] as Equation;
    const used = equation.outputs.some(isNeeded);
    if (!used && !hasEffects(equation)) continue;
    const { inner } = equation.primitive;
    if (used && inner !== noPrograms && (!equation.outputs.every(isNeeded) || inner.programs(equation.params).some(ignoresInputs))) {
      equation = inner.prune(equation, equation.outputs.map(isNeeded));
    }
    equation.inputs.forEach(need);
    live.push(equation);
  }
  return live.reverse();
}

/** The program without equations that nothing needs. Inputs stay, so that it is called in the same way. */
export function eliminateDeadCode(program: Program): Program {
  const equations = liveEquations(program.equations, program.outputs);
  const same = equations.length === program.equations.length && equations.every((e, i) => e === program.equations[i]);
  return same ? program : { ...program, equations };
}

/** A program with fewer outputs, and without the inputs that only the others needed. */
export interface Pruned {
  readonly program: Program;
  /** Which inputs are left. */
  readonly inputs: readonly boolean[];
}

const prunings = new WeakMap<Program, Map<string, Pruned>>();

/**
 * The program without the outputs that nothing needs: what an operation with a program inside makes its `prune` of. `keep[i]`: input i stays in any case.
 * What is asked again, as by loops that try until nothing is added, is kept: else the work would double with each loop inside another.
 */
export function pruneProgram(program: Program, needed: readonly boolean[], keep?: readonly boolean[]): Pruned {
  const key = needed.map((on) => (on ? "1" : "0")).join("");
  let known = prunings.get(program);
  if (known === undefined) prunings.set(program, (known = new Map()));
  let pruned = known.get(key);
  if (pruned === undefined) known.set(key, (pruned = prune(program, needed)));
  const own = pruned.inputs;
  if (keep === undefined || keep.every((on, i) => !on || own[i] === true)) return pruned;
  const inputs = own.map((on, i) => on || keep[i] === true);
  return { program: { ...pruned.program, inputs: program.inputs.filter((_, i) => inputs[i]) }, inputs };
}

function prune(program: Program, needed: readonly boolean[]): Pruned {
  const outputs = program.outputs.filter((_, i) => needed[i]);
  const used = new Set<Atom>();
  const equations = liveEquations(program.equations, outputs, used);
  const inputs = program.inputs.map((v) => used.has(v));
  return { program: { inputs: program.inputs.filter((_, i) => inputs[i]), equations, outputs }, inputs };
}
