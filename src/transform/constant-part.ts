/**
 * What a program adds to that which is linear in some of its inputs: a part that is not made of them. Transposition would drop it without a word, so
 * rules that users write are asked for it first. Each operation answers by its own jvp rule: a known operand that its tangent does not depend on is
 * added; one that the tangent depends on is a factor.
 */
import { DifferentiationError, InternalError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import { noPrograms, notDifferentiable, notLinear } from "../core/primitive.ts";
import type { Loop } from "../core/lowering.ts";
import type { Atom, Equation, Program, Variable } from "../core/program.ts";
import { at, record, type Value } from "../core/tensor.ts";
import { liveEquations } from "./dce.ts";
import { pushThrough, tangentType } from "./jvp.ts";
import { bindAgain } from "./replay.ts";

/** An operation that adds what is known to what is linear. */
export interface Added {
  readonly adds: Equation;
}

/**
 * What a value is made of: of what is known alone; of nothing but zeros; of the linear inputs, each term of it; of these and something `Added`. What is not
 * linear counts as linear here: transposition refuses that by itself.
 */
export type Part = "known" | "zero" | "linear" | Added;

/** What the outputs are made of, given what the inputs are. */
export function partsOf(program: Program, inputs: readonly Part[]): Part[] {
  const parts = new Map<Atom, Part>(program.inputs.map((v, i) => [v, partOfType(v, at(inputs, i))]));
  const partOf = (atom: Atom): Part => parts.get(atom) ?? (atom instanceof ConcreteArray && isFloat(atom.type.dtype) && isZero(atom) ? "zero" : "known");
  for (const equation of program.equations) {
    const operands = equation.inputs.map(partOf);
    const results = operands.every((p) => p === "known") ? [] : resultsOf(equation, operands);
    equation.outputs.forEach((v, i) => parts.set(v, partOfType(v, results[i] ?? "known")));
  }
  return program.outputs.map(partOf);
}

/** Nothing is added up in what is not floating: it may depend on the linear inputs, but is linear in nothing. */
function partOfType(v: Variable, part: Part): Part {
  return isAdded(part) && !isFloat(v.type.dtype) ? "linear" : part;
}

/** Whether all elements are zero. */
export function isZero(value: Value): boolean {
  return value instanceof ConcreteArray && (value.splat === undefined ? value.elements.every((x) => x === 0) : value.splat === 0);
}

function resultsOf(equation: Equation, operands: readonly Part[]): readonly Part[] {
  const { primitive: { lower, inner }, params, outputs } = equation;
  if (inner === noPrograms || inner.programs(params).length === 0) return outputs.map(() => (lower.form === "barrier" ? at(operands, 0) : leafPart(equation, operands)));
  switch (lower.form) {
    case "call": return partsOf(lower.program(params), operands);
    case "loop": return loopParts(lower.loop(params), operands, equation);
    case "branch": {
      if (at(operands, 0) !== "known") return outputs.map(() => "linear");
      const sides = lower.branches(params).map((branch) => partsOf(branch, operands.slice(1)));
      return outputs.map((_, i) => sides.map((side) => at(side, i)).reduce((a, b) => either(a, b, equation)));
    }
    default: throw new InternalError(`${equation.primitive.name} has programs inside and is neither call, loop nor branch`);
  }
}

/** The state goes round until what it is made of no longer changes: three times at most for each. */
function loopParts({ body, constants, state: count, length, test }: Loop, operands: readonly Part[], equation: Equation): Part[] {
  let state = operands.slice(constants, constants + count);
  for (;;) {
    const results = partsOf(body, [...operands.slice(0, constants), ...state, ...operands.slice(constants + count)]);
    const next = state.map((part, i) => either(part, at(results, i), equation));
    if (next.every((part, i) => part === state[i])) {
      // how often it turns depends on what is linear: such a loop is not, and transposition says so
      if (test !== undefined && partsOf(test, [...operands.slice(0, constants), ...state]).some((p) => p !== "known")) return results.map(() => "linear");
      // what a loop that is known to turn began with is gone behind it
      return results.map((part, i) => (i < count && (test !== undefined || length === 0) ? at(next, i) : part));
    }
    state = next;
  }
}

function isAdded(part: Part | undefined): part is Added {
  return typeof part === "object";
}

/** What may be the one or the other. */
function either(a: Part, b: Part, adds: Equation): Part {
  if (a === b || b === "zero" || isAdded(a)) return a;
  return a === "zero" || isAdded(b) ? b : { adds };
}

function leafPart(equation: Equation, operands: readonly Part[]): Part {
  const { primitive } = equation;
  const moving = operands.some((p) => p !== "known" && p !== "zero");
  // beyond what is not linear nothing is said: it is refused where it is transposed
  if (primitive.transpose === notLinear) return moving ? "linear" : "known";
  const added = operands.find(isAdded);
  if (added !== undefined) return added;
  if (!operands.includes("known") || !addsKnown(equation, operands)) return moving ? "linear" : "zero";
  return moving ? { adds: equation } : "known";
}

/** Whether the tangent along the operands that are linear or zero does not depend on one of those that are known. */
function addsKnown(equation: Equation, operands: readonly Part[]): boolean {
  if (equation.primitive.jvp === notDifferentiable) return false;
  const types = equation.inputs.map((a) => a.type);
  const moving = operands.map((p, i) => p !== "known" && isFloat(at(types, i).dtype));
  if (!moving.includes(true)) return false;
  const { program } = record("linear part", [...types, ...types.filter((_, i) => moving[i]).map(tangentType)], (values) => {
    let next = types.length;
    const { tangents } = pushThrough(equation, values.slice(0, types.length), moving.map((on) => (on ? at(values, next++) : null)), bindAgain);
    return tangents.filter((t) => t !== null);
  });
  const used = new Set<Atom>([...liveEquations(program.equations, program.outputs).flatMap((e) => e.inputs), ...program.outputs]);
  return operands.some((p, i) => p === "known" && isFloat(at(types, i).dtype) && !used.has(at(program.inputs, i)));
}

/** The error for a part that transposition would drop. `what` has it, and is meant to be linear in `of`. */
export function constantPart({ adds }: Added, what: string, of: string, hint?: string): DifferentiationError {
  return new DifferentiationError(`${what} has a part that is not made of ${of}, which ${adds.primitive.name} adds: so it is not linear in ${of.endsWith("s") ? "them" : "it"}`, { place: adds.place?.toString(), hint });
}
