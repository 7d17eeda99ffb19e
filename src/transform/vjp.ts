/** Reverse mode as one program: (primals…, cotangents of the active results…) → (results…, cotangents of the active inputs…). */
import { instantiate } from "../core/rules.ts";
import { inputTypes, type Program } from "../core/program.ts";
import { at, record, type Value } from "../core/tensor.ts";
import { tangentType } from "./jvp.ts";
import { linearizeProgram } from "./linearize.ts";
import { replay } from "./replay.ts";
import { pullBack } from "./transpose.ts";

export interface Vjp {
  readonly program: Program;
  readonly activeOutputs: readonly boolean[];
}

export function vjpProgram(program: Program, active: readonly boolean[], add: (x: Value, y: Value) => Value): Vjp {
  const { forward, linear, activeOutputs } = linearizeProgram(program, active);
  const types = inputTypes(program);
  const cotangentTypes = linear.outputs.map((a) => tangentType(a.type));
  const results = program.outputs.length;
  const recorded = record("vjp", [...types, ...cotangentTypes], (inputs) => {
    const values = replay(forward, inputs.slice(0, types.length));
    const differentiated = types.filter((_, i) => active[i]);
    const cts = pullBack(linear, [...values.slice(results), ...differentiated.map(() => null)], inputs.slice(types.length), add);
    return [...values.slice(0, results), ...cts.map((ct, i) => instantiate(ct, { type: at(differentiated, i) }))];
  });
  return { program: recorded.program, activeOutputs };
}
