/**
 * The reference backend: each equation does what its primitive's `evaluate` says, one after the other. Obviously right, and the
 * oracle for every other backend. Values are dropped after their last use.
 */
import { InternalError } from "../../errors.ts";
import { ConcreteArray } from "../../core/concrete.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import { atPlace } from "../../core/place.ts";
import { type Atom, type Program, Variable } from "../../core/program.ts";
import type { Backend, Executable } from "../backend.ts";

export const reference: Backend = {
  name: "reference",
  capabilities: { dtypes: Object.keys(dtypes) as DType[], throwsAtRunTime: true },
  compile,
};

function compile(program: Program): Executable {
  const lastUse = new Map<Variable, number>();
  program.equations.forEach((equation, i) => {
    for (const atom of equation.inputs) if (atom instanceof Variable) lastUse.set(atom, i);
  });
  for (const atom of program.outputs) if (atom instanceof Variable) lastUse.delete(atom);
  return { run: (inputs) => run(program, lastUse, inputs) };
}

function run(program: Program, lastUse: ReadonlyMap<Variable, number>, inputs: readonly ConcreteArray[]): ConcreteArray[] {
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
