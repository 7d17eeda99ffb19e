/** The verifier: a program is well formed and every equation has the type its primitive gives. Runs after every pass in tests. */
import { InternalError } from "../errors.ts";
import { noPrograms } from "./primitive.ts";
import { type Atom, type Program, Variable } from "./program.ts";
import { sameType, showType, showTypes } from "./type.ts";

/** Throws an `InternalError` naming the pass, operation, operand types and source place of the first fault. Returns the program. */
export function checkProgram(program: Program, pass: string): Program {
  const defined = new Set<Variable>();
  const define = (v: Variable, where: string): void => {
    if (defined.has(v)) throw new InternalError(`after ${pass}: ${where} defines a variable a second time`);
    defined.add(v);
  };
  program.inputs.forEach((v, i) => define(v, `input ${i}`));
  program.equations.forEach((equation, i) => {
    const { primitive, inputs, outputs, params, place } = equation;
    const where = `equation ${i}, ${primitive.name}(${showTypes(inputs.map((a) => a.type))})`;
    const fail = (what: string): never => {
      throw new InternalError(`after ${pass}: ${where} ${what}`, { place: place?.toString() });
    };
    const use = (a: Atom): void => {
      if (a instanceof Variable && !defined.has(a)) fail("uses a variable that is not defined before it");
    };
    inputs.forEach(use);
    const types = primitive.type(inputs.map((a) => a.type), params);
    if (types.length !== outputs.length) fail(`has ${outputs.length} outputs where its type has ${types.length}`);
    outputs.forEach((v, j) => {
      const type = types[j];
      if (type === undefined || !sameType(type, v.type)) fail(`defines ${showType(v.type)} where its type is ${type ? showType(type) : "missing"}`);
      define(v, where);
    });
    const { inner } = primitive;
    if (inner !== noPrograms) for (const sub of inner.programs(params)) checkProgram(sub, `${pass}, inside ${where}`);
  });
  program.outputs.forEach((a, i) => {
    if (a instanceof Variable && !defined.has(a)) throw new InternalError(`after ${pass}: output ${i} is not defined`);
  });
  return program;
}
