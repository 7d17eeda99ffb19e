/**
 * Walking a program: an environment from variables to values, and replaying equations into whatever is open now: the
 * innermost trace, or the machine itself when everything is concrete. Iterative, so programs may be as long as they like.
 */
import { InternalError } from "../errors.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import { atPlace } from "../core/place.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { at, bind, currentTrace, isTraced, type Value } from "../core/tensor.ts";
import { sameType } from "../core/type.ts";

/** The values of a program's variables. Constants are their own value. */
export class Environment<T> {
  readonly #values = new Map<Variable, T>();
  readonly #constant: (atom: ConcreteArray) => T;
  constructor(constant: (atom: ConcreteArray) => T) {
    this.#constant = constant;
  }
  /** Whether the value of the atom is there. */
  readonly has = (atom: Atom): boolean => !(atom instanceof Variable) || this.#values.has(atom);
  /** `get` as a function of its own. */
  readonly read = (atom: Atom): T => this.get(atom);
  get(atom: Atom): T {
    if (!(atom instanceof Variable)) return this.#constant(atom);
    const value = this.#values.get(atom);
    if (value === undefined && !this.#values.has(atom)) throw new InternalError("a variable is used before it is defined");
    return value as T;
  }
  set(variable: Variable, value: T): void {
    this.#values.set(variable, value);
  }
  setAll(variables: readonly Variable[], values: readonly T[]): void {
    if (variables.length !== values.length) throw new InternalError(`${values.length} values for ${variables.length} variables`);
    for (let i = 0; i < variables.length; i++) this.set(variables[i] as Variable, values[i] as T);
  }
}

/** Applies the program to values: its equations are recorded in the open trace, or computed when all is concrete. */
export function replay(program: Program, inputs: readonly Value[]): Value[] {
  return program.outputs.map(replayInto(program, inputs));
}

/** The same, for the value of every atom of the program. */
export function replayInto(program: Program, inputs: readonly Value[]): (atom: Atom) => Value {
  const env = new Environment<Value>((constant) => constant);
  env.setAll(program.inputs, inputs);
  const apply = applier(program, inputs);
  for (const equation of program.equations) env.setAll(equation.outputs, apply(equation, equation.inputs.map(env.read)));
  return env.read;
}

/** Applies an equation to operands. */
export type Apply = (equation: Equation, operands: readonly Value[]) => readonly Value[];

/**
 * How equations of the program are applied to other operands: where these have the types they had, nothing is checked again. "adopt": the
 * program is used for nothing else, and the open trace may take its equations over.
 */
export function applier(program: Program, inputs: readonly Value[], how: "repeat" | "adopt" = "repeat"): Apply {
  const trace = currentTrace();
  const sameTypes = inputs.every((x, i) => sameType(x.type, at(program.inputs, i).type) && x.type.weak === at(program.inputs, i).type.weak);
  if (trace === undefined || !sameTypes) return bindAgain;
  return (equation, operands) => (operands.some(isTraced) ? trace[how](equation, operands) : bindAgain(equation, operands));
}

/** Applies an equation to other operands, with all checks. */
export function bindAgain({ primitive, params, place }: Equation, operands: readonly Value[]): Value[] {
  return atPlace(place, () => bind(primitive, operands, params));
}

