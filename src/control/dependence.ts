/** What depends on what in the body of a loop, whose outputs come back as inputs in the next turn. In one walk, however long the way through the turns is. */
import { noPrograms } from "../core/primitive.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { at } from "../core/tensor.ts";
import { grouped, type Groups, pick, type Scan } from "./scan-operands.ts";

/** What comes back: an output of the body, and the input that it is in the next turn. */
export type Feedback = readonly (readonly [output: Atom, input: Variable])[];

/** The values that depend on `seeds`, these included. `through`: those that pass it on. */
export function dependents({ equations }: Program, seeds: Iterable<Atom>, feedback: Feedback, through: (v: Variable) => boolean): Set<Atom> {
  const uses = new Map<Atom, Equation[]>();
  for (const equation of equations) for (const atom of equation.inputs) append(uses, atom, equation);
  const back = new Map<Atom, Variable[]>();
  for (const [output, input] of feedback) append(back, output, input);
  return closure(seeds, (atom) => [...(uses.get(atom) ?? []).flatMap((e) => e.outputs), ...(back.get(atom) ?? [])].filter(through));
}

/** Whether no operation in the body has programs inside: then every result of an operation depends on all its operands. What else depends is found by trying. */
export function simpleBody({ equations }: Program): boolean {
  return equations.every((e) => e.primitive.inner === noPrograms);
}

/** The state that `reached` inputs get to, through any number of turns. */
export function reachedState(scan: Scan, reached: Groups<boolean>, through: (v: Variable) => boolean): boolean[] {
  const inside = grouped(scan.body.inputs, scan);
  const seeds = [...pick(inside.constants, reached.constants), ...pick(inside.state, reached.state), ...pick(inside.sequences, reached.sequences)];
  const all = dependents(scan.body, seeds, feedbackOf(scan), through);
  return inside.state.map((v) => all.has(v));
}

export function feedbackOf(scan: Scan): Feedback {
  return grouped(scan.body.inputs, scan).state.map((v, i) => [at(scan.body.outputs, i), v]);
}

/** The values that `seeds` depend on, these included. */
export function dependencies({ equations }: Program, seeds: Iterable<Atom>, feedback: Feedback): Set<Atom> {
  const made = new Map<Atom, Equation>();
  for (const equation of equations) for (const v of equation.outputs) made.set(v, equation);
  const back = new Map<Atom, Atom[]>();
  for (const [output, input] of feedback) append(back, input, output);
  return closure(seeds, (atom) => [...(made.get(atom)?.inputs ?? []), ...(back.get(atom) ?? [])]);
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function closure(seeds: Iterable<Atom>, next: (atom: Atom) => readonly Atom[]): Set<Atom> {
  const found = new Set<Atom>(seeds);
  // a set goes on over what is added to it on the way
  for (const atom of found) if (atom instanceof Variable) for (const other of next(atom)) found.add(other);
  return found;
}
