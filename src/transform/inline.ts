/** Operations that stand for a program written out: the equations of their program in their place. Inside other programs as well. */
import { atPlace } from "../core/place.ts";
import { noPrograms } from "../core/primitive.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";

/**
 * Which are written out. "early": all but late calls, before anything else sees the program; "late": all that there are, when the passes are
 * done with it. "pullbacks": only these; "numbers": all but these, for a compiler that goes back through single numbers by itself.
 */
type When = "pullbacks" | "early" | "late" | "numbers";

const done: Readonly<Record<When, WeakMap<Program, Program>>> = { pullbacks: new WeakMap(), early: new WeakMap(), late: new WeakMap(), numbers: new WeakMap() };

export function inlineCalls(program: Program, when: When): Program {
  if (program.equations.every(({ primitive: { inner, lower } }) => inner === noPrograms && lower.form !== "composite" && (lower.form !== "pullback" || when === "numbers"))) return program;
  let result = done[when].get(program);
  if (result === undefined) {
    result = writeOut(program, when);
    done[when].set(program, result);
    done[when].set(result, result);
  }
  return result;
}

/** The program with `change` applied to all programs inside its equations, the program itself where none changes. */
export function mapInner(program: Program, change: (inner: Program) => Program): Program {
  let changed = false;
  const equations = program.equations.map((equation) => {
    const result = mapPrograms(equation, change);
    changed ||= result !== equation;
    return result;
  });
  return changed ? { ...program, equations } : program;
}

function mapPrograms(equation: Equation, change: (inner: Program) => Program): Equation {
  const { primitive, params } = equation;
  if (primitive.inner === noPrograms) return equation;
  const before = primitive.inner.programs(params);
  const after = before.map(change);
  return after.every((p, i) => p === before[i]) ? equation : { ...equation, params: primitive.inner.withPrograms(params, after) };
}

function writeOut(program: Program, when: When): Program {
  const replaced = new Map<Atom, Atom>();
  const resolve = (atom: Atom): Atom => replaced.get(atom) ?? atom;
  const equations: Equation[] = [];
  let changed = false;
  for (const original of program.equations) {
    const equation = replaced.size > 0 && original.inputs.some((a) => replaced.has(a)) ? { ...original, inputs: original.inputs.map(resolve) } : original;
    const written = writtenOut(equation, when);
    if (written !== undefined) {
      const results = append(inlineCalls(written, when), equation, equations);
      equation.outputs.forEach((v, i) => replaced.set(v, results[i] as Atom));
      changed = true;
      continue;
    }
    const inside = mapPrograms(equation, (inner) => inlineCalls(inner, when));
    changed ||= inside !== original;
    equations.push(inside);
  }
  return changed ? { inputs: program.inputs, equations, outputs: program.outputs.map(resolve) } : program;
}

/** The program that an operation stands for, where it is to be written out now. */
function writtenOut({ primitive: { lower }, params, inputs, place }: Equation, when: When): Program | undefined {
  if (lower.form === "pullback") return when === "numbers" ? undefined : atPlace(place, () => lower.program(params));
  if (when === "pullbacks") return undefined;
  if (lower.form === "composite") return atPlace(place, () => lower.program(params, inputs.map((a) => a.type)));
  return lower.form === "call" && (when !== "early" || lower.when === "early") ? lower.program(params) : undefined;
}

/** Appends the equations of the program on the operands of `call`, with variables of their own; returns its outputs. */
function append(program: Program, call: Equation, equations: Equation[]): Atom[] {
  const here = new Map<Atom, Atom>();
  const resolve = (atom: Atom): Atom => here.get(atom) ?? atom;
  program.inputs.forEach((v, i) => here.set(v, call.inputs[i] as Atom));
  for (const { primitive, inputs, params, outputs, place } of program.equations) {
    const fresh = outputs.map((v) => new Variable(v.type));
    equations.push({ primitive, inputs: inputs.map(resolve), params, outputs: fresh, place: place ?? call.place });
    outputs.forEach((v, i) => here.set(v, fresh[i] as Variable));
  }
  return program.outputs.map(resolve);
}
