/** The verifier: a program is well formed and every equation has the type its primitive gives. Runs after every pass in tests. */
import { InternalError } from "../errors.ts";
import { ConcreteArray } from "./concrete.ts";
import { noPrograms } from "./primitive.ts";
import { type Atom, type Equation, type Program, Variable } from "./program.ts";
import { sameType, showType, showTypes, type TensorType } from "./type.ts";

/** What the primitive's type rule says of an equation; its refusal, which is made for users, becomes a fault of the pass. */
function typesOf({ primitive, inputs, params }: Equation, fail: (what: string, cause: unknown) => never): readonly TensorType[] {
  try {
    return primitive.type(inputs.map((a) => a.type), params);
  } catch (error) {
    return fail(`is refused by its type rule: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

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
    const fail = (what: string, cause?: unknown): never => {
      throw new InternalError(`after ${pass}: ${where} ${what}`, { place: place?.toString(), cause });
    };
    const use = (a: Atom): void => {
      if (!(a instanceof Variable || a instanceof ConcreteArray)) fail("uses something that is neither a variable nor a constant");
      if (a instanceof Variable && !defined.has(a)) fail("uses a variable that is not defined before it");
    };
    inputs.forEach(use);
    const types = typesOf(equation, fail);
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
    if (a instanceof Variable ? !defined.has(a) : !(a instanceof ConcreteArray)) throw new InternalError(`after ${pass}: output ${i}, ${showType(a.type)}, is not defined`);
  });
  return program;
}
