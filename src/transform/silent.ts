/** A program without its effects, for a second run of what has run before: what an operation does besides giving results is done once. */
import { UnsupportedError } from "../errors.ts";
import { hasEffects, programHasEffects } from "../core/effects.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { mapInner } from "./inline.ts";

const silent = new WeakMap<Program, Program>();

/**
 * The program with nothing but its results. An ordered operation that these need would have to be done again, which is refused; `what` says
 * what runs a second time.
 */
export function withoutEffects(program: Program, what: string): Program {
  if (!programHasEffects(program)) return program;
  let result = silent.get(program);
  if (result === undefined) silent.set(program, (result = silenced(program, what)));
  return result;
}

function silenced(program: Program, what: string): Program {
  const { inputs, equations, outputs } = mapInner(program, (inner) => withoutEffects(inner, what));
  const needed = new Set<Atom>(outputs);
  const kept: Equation[] = [];
  for (let i = equations.length - 1; i >= 0; i--) {
    const equation = equations[i] as Equation;
    if (!equation.outputs.some((v) => needed.has(v))) continue;
    if (hasEffects(equation)) {
      throw new UnsupportedError(`${what} runs again what it has run before, and ${equation.primitive.name}, whose result it needs, may be done only once`, {
        place: equation.place?.toString(),
        hint: "make the callback pure, without { ordered: true }",
      });
    }
    for (const atom of equation.inputs) if (atom instanceof Variable) needed.add(atom);
    kept.push(equation);
  }
  return { inputs, equations: kept.reverse(), outputs };
}
