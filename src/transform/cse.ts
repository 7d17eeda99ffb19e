/**
 * Common subexpressions: an equation that repeats an earlier one (same primitive, parameters and operands) is dropped and its
 * results are the earlier ones'; one with an effect stays. One pass in program order; candidates are found by a hash and compared.
 */
import { ConcreteArray } from "../core/concrete.ts";
import { hasEffects } from "../core/effects.ts";
import { type Atom, type Equation, noParams, type Program, type Variable } from "../core/program.ts";
import type { Primitive } from "../core/primitive.ts";
import { mix, mixParam, sameParams } from "./same-program.ts";

/** An equation that was kept, the numbers of its operands, and the one before it with the same hash. */
interface Kept {
  readonly equation: Equation;
  readonly operands: readonly number[];
  readonly before: Kept | undefined;
}

export function eliminateCommonSubexpressions(program: Program): Program {
  const number = numbering();
  const primitives = new Map<Primitive, number>();
  const replaced = new Map<Atom, Variable>();
  const resolve = (atom: Atom): Atom => replaced.get(atom) ?? atom;
  const seen = new Map<number, Kept>();
  const equations: Equation[] = [];
  for (const original of program.equations) {
    const equation = replaced.size > 0 && original.inputs.some((a) => replaced.has(a)) ? { ...original, inputs: original.inputs.map(resolve) } : original;
    if (hasEffects(equation)) {
      equations.push(equation);
      continue;
    }
    const { primitive, params } = equation;
    let code = primitives.get(primitive);
    if (code === undefined) primitives.set(primitive, (code = primitives.size));
    const operands = equation.inputs.map(number);
    if (primitive.commutative) operands.sort((a, b) => a - b);
    let hash = params === noParams ? code : mixParam(code, params);
    for (const operand of operands) hash = mix(hash, operand);
    const first = seen.get(hash);
    let earlier = first;
    while (earlier !== undefined && !isSame(earlier, equation, operands)) earlier = earlier.before;
    if (earlier === undefined) {
      seen.set(hash, { equation, operands, before: first });
      equations.push(equation);
    } else for (let i = 0; i < equation.outputs.length; i++) replaced.set(equation.outputs[i] as Variable, earlier.equation.outputs[i] as Variable);
  }
  if (replaced.size === 0) return program;
  return { inputs: program.inputs, equations, outputs: program.outputs.map(resolve) };
}

/** Numbers for atoms, equal for variables that are the same and for repeated numbers of equal value and type. */
function numbering(): (atom: Atom) => number {
  const numbers = new Map<Atom | string, number>();
  let next = 0;
  return (atom) => {
    const known = numbers.get(atom);
    if (known !== undefined) return known;
    let n: number | undefined;
    if (atom instanceof ConcreteArray && atom.splat !== undefined) {
      const { dtype, shape, weak } = atom.type;
      const key = `${numberKey(atom.splat)}:${dtype}${weak ? "*" : ""}[${shape.join()}]`;
      n = numbers.get(key);
      if (n === undefined) numbers.set(key, (n = next++));
    }
    numbers.set(atom, (n ??= next++));
    return n;
  };
}

function isSame({ equation: { primitive, params }, operands }: Kept, other: Equation, numbers: readonly number[]): boolean {
  if (primitive !== other.primitive || operands.length !== numbers.length) return false;
  for (let i = 0; i < numbers.length; i++) if (operands[i] !== numbers[i]) return false;
  return sameParams(params, other.params);
}

function numberKey(value: number): string {
  return value === 0 && Object.is(value, -0) ? "-0" : String(value);
}
