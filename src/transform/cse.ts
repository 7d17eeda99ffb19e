/**
 * Common subexpressions: an equation that repeats an earlier one (same primitive, parameters and operands) is dropped and its
 * results are the earlier ones'. One pass in program order; equal programs give equal keys whatever their variables are called.
 */
import { ConcreteArray } from "../core/concrete.ts";
import { dataKey, identityKey } from "../core/identity.ts";
import { type Atom, type Equation, isProgram, type Param, type Params, type Program, Variable } from "../core/program.ts";
import { showType } from "../core/type.ts";

export function eliminateCommonSubexpressions(program: Program): Program {
  const numbers = new Map<Atom, number>();
  const numberOf = (atom: Atom): string => {
    if (atom instanceof ConcreteArray && atom.splat !== undefined) return `${Object.is(atom.splat, -0) ? "-0" : atom.splat}:${showType(atom.type)}`;
    let n = numbers.get(atom);
    if (n === undefined) numbers.set(atom, (n = numbers.size));
    return `%${n}`;
  };
  const replaced = new Map<Variable, Variable>();
  const resolve = (atom: Atom): Atom => (atom instanceof Variable ? (replaced.get(atom) ?? atom) : atom);
  const seen = new Map<string, Equation>();
  const equations: Equation[] = [];
  for (const equation of program.equations) {
    const inputs = equation.inputs.map(resolve);
    const operands = inputs.map(numberOf);
    if (equation.primitive.commutative) operands.sort();
    const key = [identityKey(equation.primitive), paramsKey(equation.params), ...operands].join(" ");
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      equation.outputs.forEach((v, i) => replaced.set(v, earlier.outputs[i] as Variable));
      continue;
    }
    const changed = inputs.some((a, i) => a !== equation.inputs[i]);
    const kept = changed ? { ...equation, inputs } : equation;
    seen.set(key, kept);
    equations.push(kept);
  }
  return { inputs: program.inputs, equations, outputs: program.outputs.map(resolve) };
}

/** A parameter as text; a program inside counts as itself. */
function paramKey(value: Param): string {
  if (isProgram(value)) return identityKey(value);
  return Array.isArray(value) ? `[${value.map(paramKey).join()}]` : dataKey(value);
}

function paramsKey(params: Params): string {
  return Object.entries(params).map(([name, value]) => `${name}=${paramKey(value)}`).join();
}
