/** The meaning of a program: each equation does what its primitive's `evaluate` says, in order. Values are dropped after their last use. */
import { InternalError } from "../errors.ts";
import { ConcreteArray } from "./concrete.ts";
import { atPlace } from "./place.ts";
import { type Atom, type Program, Variable } from "./program.ts";

export type Evaluator = (inputs: readonly ConcreteArray[]) => ConcreteArray[];

/** The program as a function of concrete arrays of its input types. The arrays passed in are not changed. */
export function evaluator(program: Program): Evaluator {
  const lastUse = new Map<Variable, number>();
  program.equations.forEach((equation, i) => {
    for (const atom of equation.inputs) if (atom instanceof Variable) lastUse.set(atom, i);
  });
  for (const atom of program.outputs) if (atom instanceof Variable) lastUse.delete(atom);
  return (inputs) => evaluate(program, lastUse, inputs);
}

function evaluate(program: Program, lastUse: ReadonlyMap<Variable, number>, inputs: readonly ConcreteArray[]): ConcreteArray[] {
  if (inputs.length !== program.inputs.length) throw new InternalError(`a program of ${program.inputs.length} inputs was run on ${inputs.length}`);
  const values = new Map<Variable, ConcreteArray>();
  program.inputs.forEach((v, i) => values.set(v, inputs[i] as ConcreteArray));
  const read = (atom: Atom): ConcreteArray => (atom instanceof ConcreteArray ? atom : (values.get(atom) as ConcreteArray));
  program.equations.forEach((equation, i) => {
    const operands = equation.inputs.map(read);
    const types = equation.outputs.map((v) => v.type);
    const results = atPlace(equation.place, () => equation.primitive.evaluate(operands, equation.params, types));
    equation.outputs.forEach((v, j) => values.set(v, results[j] as ConcreteArray));
    for (const atom of equation.inputs) if (atom instanceof Variable && lastUse.get(atom) === i) values.delete(atom);
  });
  return program.outputs.map(read);
}
