/**
 * Common subexpressions: an equation that repeats an earlier one (same primitive, parameters and operands) is dropped and its
 * results are the earlier ones'. One pass in program order; equal programs give equal keys whatever their variables are called.
 */
import { ConcreteArray } from "../core/concrete.ts";
import { dataKey, identityKey } from "../core/identity.ts";
import { type Atom, type Equation, isProgram, noParams, type Param, type Params, type Program, type Variable } from "../core/program.ts";
import type { TensorType } from "../core/type.ts";

export function eliminateCommonSubexpressions(program: Program): Program {
  const numbers = new Map<Atom, string>();
  const numberOf = (atom: Atom): string => {
    let n = numbers.get(atom);
    if (n === undefined) numbers.set(atom, (n = atom instanceof ConcreteArray && atom.splat !== undefined ? splatKey(atom.splat, atom.type) : `%${numbers.size}`));
    return n;
  };
  const replaced = new Map<Variable, Variable>();
  const resolve = (atom: Atom): Atom => replaced.get(atom as Variable) ?? atom;
  const seen = new Map<string, Equation>();
  const equations: Equation[] = [];
  for (const equation of program.equations) {
    const kept = replaced.size > 0 && equation.inputs.some((a) => replaced.has(a as Variable)) ? { ...equation, inputs: equation.inputs.map(resolve) } : equation;
    const operands = kept.inputs.map(numberOf);
    if (equation.primitive.commutative) operands.sort();
    const key = `${identityKey(equation.primitive)} ${operands.join(" ")}${paramsKey(equation.params)}`;
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      equation.outputs.forEach((v, i) => replaced.set(v, earlier.outputs[i] as Variable));
      continue;
    }
    seen.set(key, kept);
    equations.push(kept);
  }
  if (replaced.size === 0) return program;
  return { inputs: program.inputs, equations, outputs: program.outputs.map(resolve) };
}

function splatKey(value: number, { dtype, shape, weak }: TensorType): string {
  return `${numberKey(value)}:${dtype}${weak ? "*" : ""}[${shape.join()}]`;
}

function numberKey(value: number): string {
  return value === 0 && Object.is(value, -0) ? "-0" : String(value);
}

/** A parameter as text; a program inside counts as itself. */
function paramKey(value: Param): string {
  if (typeof value === "number") return numberKey(value);
  if (Array.isArray(value)) return `[${value.map(paramKey).join()}]`;
  return isProgram(value) ? identityKey(value) : dataKey(value);
}

function paramsKey(params: Params): string {
  if (params === noParams) return "";
  let key = "";
  for (const name of Object.keys(params)) key += ` ${name}=${paramKey(params[name])}`;
  return key;
}
