/** Repeated numbers that are handed to a program inside an operation become constants of that program, where further rules see them. */
import { ConcreteArray } from "../../core/concrete.ts";
import { noPrograms } from "../../core/primitive.ts";
import type { Atom, Equation, Program } from "../../core/program.ts";
import { at } from "../../core/tensor.ts";

export function constantsInside(program: Program): Program {
  let changed = false;
  const equations = program.equations.map((equation) => {
    const result = handOver(equation);
    changed ||= result !== equation;
    return result;
  });
  return changed ? { ...program, equations } : program;
}

/** Which operands are the first inputs of every program inside. */
function handedOver({ primitive: { lower }, inputs, params }: Equation): readonly Atom[] {
  if (lower.form === "call") return inputs;
  if (lower.form === "loop") return inputs.slice(0, lower.loop(params).constants);
  return lower.form === "branch" ? inputs.slice(1) : [];
}

function handOver(equation: Equation): Equation {
  const { inner } = equation.primitive;
  if (inner === noPrograms) return equation;
  const operands = handedOver(equation);
  if (!operands.some((a) => a instanceof ConcreteArray && a.splat !== undefined)) return equation;
  const before = inner.programs(equation.params);
  const after = before.map((program) => withConstants(program, operands));
  return after.every((p, i) => p === before[i]) ? equation : { ...equation, params: inner.withPrograms(equation.params, after) };
}

/** The program with the numbers among the operands in the places of its inputs, which stay. */
function withConstants(program: Program, operands: readonly Atom[]): Program {
  const constants = new Map<Atom, ConcreteArray>();
  operands.forEach((a, i) => {
    if (a instanceof ConcreteArray && a.splat !== undefined) constants.set(at(program.inputs, i), ConcreteArray.splat(at(program.inputs, i).type, a.splat));
  });
  const resolve = (atom: Atom): Atom => constants.get(atom) ?? atom;
  const isUsed = (atom: Atom): boolean => constants.has(atom);
  if (!program.outputs.some(isUsed) && !program.equations.some((e) => e.inputs.some(isUsed))) return program;
  return { inputs: program.inputs, equations: program.equations.map((e) => (e.inputs.some(isUsed) ? { ...e, inputs: e.inputs.map(resolve) } : e)), outputs: program.outputs.map(resolve) };
}
