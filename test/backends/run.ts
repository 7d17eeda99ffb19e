/** Running a program under the promises that hold for every run: inputs and constants stay as they are, results have the program's types. */
import type { Executable } from "../../src/backends/backend.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType, TypedArray } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import { isProgram, type Param, type Params, type Program, Variable } from "../../src/core/program.ts";
import { snapshot } from "./arrays.ts";
import { expectWithin, type Tolerance } from "./compare.ts";
import { evaluateProgram } from "./programs.ts";

export const exactly: Tolerance = { ulps: 0, ofLargest: false };
/** For programs of many equations, whose errors add up. */
export const roughly: Tolerance = { ulps: 512, ofLargest: true };

/** The program of one equation. */
export function single(primitive: Primitive, inputs: readonly ConcreteArray[], params: Params): Program {
  const operands = inputs.map((x) => new Variable({ ...x.type, weak: false }));
  const outputs = primitive.type(operands.map((v) => v.type), params).map((t) => new Variable(t));
  return { inputs: operands, equations: [{ primitive, inputs: operands, params, outputs, place: undefined }], outputs };
}

/** Runs and compares with what the program means. */
export function runAndCompare(executable: Executable, program: Program, inputs: readonly ConcreteArray[], tolerance: Tolerance, what: string): ConcreteArray[] {
  const results = runGuarded(executable, program, inputs, what);
  const expected = evaluateProgram(program, inputs);
  expectWithin(results, expected, tolerance, [...inputs, ...constantsOf(program)], what);
  return results;
}

/** Runs, and throws if an input or a constant of the program has changed. */
export function runGuarded(executable: Executable, program: Program, inputs: readonly ConcreteArray[], what: string): ConcreteArray[] {
  const held = [...inputs, ...constantsOf(program)];
  const before = snapshot(held);
  const results = executable.run(inputs);
  held.forEach((x, i) => expectUnchanged(x.elements, before[i] as TypedArray, `${what}: ${i < inputs.length ? `input ${i}` : "a constant of the program"}`));
  return results;
}

export function expectUnchanged(now: TypedArray, before: TypedArray, what: string): void {
  const changed = before.findIndex((x, i) => !Object.is(x, now[i]));
  if (changed >= 0 || now.length !== before.length) throw new Error(`${what} was changed: element ${changed} is ${now[changed]} and was ${before[changed]}`);
}


function constantsOf(program: Program): ConcreteArray[] {
  return [...program.equations.flatMap((e) => e.inputs), ...program.outputs].filter((a) => a instanceof ConcreteArray);
}

/** Every dtype that occurs in a program, in its sub-programs too. */
export function dtypesOf(program: Program): Set<DType> {
  const found = new Set<DType>();
  const visit = (p: Program): void => {
    for (const atom of [...p.inputs, ...p.outputs]) found.add(atom.type.dtype);
    for (const { inputs, outputs, params } of p.equations) {
      for (const atom of [...inputs, ...outputs]) found.add(atom.type.dtype);
      Object.values(params).filter((x: Param): x is Program => isProgram(x)).forEach(visit);
    }
  };
  visit(program);
  return found;
}
