/**
 * Transposition of a program that is linear in some inputs: cotangents of the results flow backward to cotangents of those inputs.
 * With linearize before it, this is reverse mode.
 */
import { DifferentiationError, InternalError } from "../errors.ts";
import { atPlaces } from "../core/place.ts";
import { type MaybeZero, noPrograms, notLinear, Unknown } from "../core/primitive.ts";
import type { Atom, Equation, Program, Variable } from "../core/program.ts";
import { at, type Value } from "../core/tensor.ts";
import { sameType, showType, type TensorType } from "../core/type.ts";
import { bindAgain, Environment } from "./replay.ts";
import { tangentType } from "./jvp.ts";

/**
 * Runs `program` backward in the open trace. `inputs[i]` is the value of input i, or null where the program is linear in it;
 * returns a cotangent for each linear input (null: zero). `add` sums the contributions of several uses, on top of what `begin` has for each linear input.
 */
export function pullBack(
  program: Program,
  inputs: readonly (Value | null)[],
  cotangents: readonly MaybeZero[],
  add: (x: Value, y: Value) => Value,
  begin: readonly MaybeZero[] = [],
): MaybeZero[] {
  const env = new Environment<Value>((constant) => constant);
  program.inputs.forEach((v, i) => {
    const value = at(inputs, i);
    if (value !== null) env.set(v, value);
  });
  const linear = program.inputs.filter((_, i) => inputs[i] === null);
  const backward = evaluateKnown(program, env);
  // of what the program is linear in, the sum of the cotangents so far
  const sums = new Map<Atom, Value>();
  const accumulate = (atom: Atom, ct: MaybeZero): void => {
    if (ct !== null && !env.has(atom)) addTo(sums, atom, ct, add);
  };
  linear.forEach((v, i) => accumulate(v, begin[i] ?? null));
  program.outputs.forEach((atom, i) => accumulate(atom, at(cotangents, i)));
  const cotangentOf = (v: Variable): MaybeZero => sums.get(v) ?? null;
  const operandOf = (a: Atom): Value | Unknown => (env.has(a) ? env.get(a) : new Unknown(tangentType(a.type)));
  atPlaces(backward.reverse(), (equation) => {
    const cts = equation.outputs.map(cotangentOf);
    if (cts.every(isZero)) return;
    const operands = equation.inputs.map(operandOf);
    const before = sumsFor(equation, sums);
    const out = transposeEquation(equation, cts, operands, before);
    for (let j = 0; j < out.length; j++) {
      const atom = at(equation.inputs, j);
      const sum = before[j];
      if (sum) sums.set(atom, out[j] ?? sum);
      else accumulate(atom, at(out, j));
    }
  }, "backward");
  return linear.map(cotangentOf);
}

/** One more cotangent of an atom, on top of those so far. */
export function addTo(sums: Map<Atom, Value>, atom: Atom, ct: Value, add: (x: Value, y: Value) => Value): void {
  const before = sums.get(atom);
  sums.set(atom, before === undefined ? ct : add(before, ct));
}

const isZero = (ct: MaybeZero): boolean => ct === null;
const none: readonly MaybeZero[] = [];

/** What an operation that accumulates goes on from: for each operand the sum of its cotangents so far, where it first stands. */
function sumsFor({ primitive: { inner }, inputs }: Equation, sums: ReadonlyMap<Atom, Value>): readonly MaybeZero[] {
  if (inner === noPrograms || inner.accumulates !== true) return none;
  return inputs.map((a, j) => (inputs.indexOf(a) === j ? (sums.get(a) ?? null) : null));
}

/** Computes what does not depend on the linear inputs, and returns the other equations: what they define is linear too. */
function evaluateKnown({ equations }: Program, env: Environment<Value>): Equation[] {
  const rest: Equation[] = [];
  for (let i = 0; i < equations.length; i++) {
    const equation = equations[i] as Equation;
    if (equation.inputs.every(env.has)) env.setAll(equation.outputs, bindAgain(equation, equation.inputs.map(env.read)));
    else rest.push(equation);
  }
  return rest;
}

/** Cotangents of the operands that are `Unknown`, checked; null at the other places. */
export function transposeEquation(equation: Equation, cts: readonly MaybeZero[], operands: readonly (Value | Unknown)[], sums: readonly MaybeZero[] = none): readonly MaybeZero[] {
  const { primitive, params } = equation;
  if (primitive.transpose === notLinear) {
    throw new DifferentiationError(`${primitive.name} is not linear, so it cannot be transposed`, {
      place: equation.place?.toString(),
      hint: "linearTranspose needs a function that is linear in its arguments, and a jvp rule of your own a tangent that is linear in the tangents; for reverse mode use vjp or grad",
    });
  }
  const out = primitive.transpose(cts, operands, params, primitive, sums);
  if (out.length !== operands.length) throw new InternalError(`the transpose rule of ${primitive.name} returned ${out.length} cotangents for ${operands.length} operands`);
  for (let i = 0; i < out.length; i++) {
    const ct = at(out, i);
    const operand = at(operands, i);
    if (ct !== null && !(operand instanceof Unknown)) throw new InternalError(`the transpose rule of ${primitive.name} returned a cotangent for operand ${i}, whose value is known`);
    if (ct !== null) checkedCotangent(`transpose rule of ${primitive.name}`, ct, operand.type);
  }
  return out;
}

/** A cotangent of the type of its operand, or a fault of the rule that it is from. */
export function checkedCotangent(rule: string, ct: Value, type: TensorType): Value {
  if (sameType(ct.type, type)) return ct;
  throw new InternalError(`the ${rule} returned a cotangent of type ${showType(ct.type)} where ${showType(type)} belongs`);
}
