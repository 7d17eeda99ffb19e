/** Running a program inside an operation on concrete arrays: what the reference of control flow does. Its preparation is kept with the program. */
import type { ConcreteArray } from "../core/concrete.ts";
import { type Evaluator, evaluator } from "../core/evaluate.ts";
import type { Program } from "../core/program.ts";

const prepared = new WeakMap<Program, Evaluator>();

export function run(program: Program, inputs: readonly ConcreteArray[]): ConcreteArray[] {
  let known = prepared.get(program);
  if (known === undefined) prepared.set(program, (known = evaluator(program)));
  return known(inputs);
}
