/**
 * Whether what a derivative rule returns is linear in what it should be, asked when the rule has been recorded: what is not, transposition would
 * refuse later or, where it is added, drop.
 */
import { DifferentiationError } from "../errors.ts";
import { isFloat } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { at, record, type Value } from "../core/tensor.ts";
import { leafPaths, type Structure } from "../core/tree.ts";
import { constantPart, isZero, type Part, partsOf } from "../transform/constant-part.ts";
import type { Jvp } from "../transform/jvp.ts";
import { replay } from "../transform/replay.ts";

/** The results of a jvp rule are made of the primals, their tangents of the tangents, in each term. */
export function refuseNonlinear(title: string, program: Program, primals: number, structure: Structure): void {
  const parts = partsFrom(program, primals);
  const paths = leafPaths(structure, `${title}: its result`);
  parts.forEach((part, i) => {
    if (i < paths.length) {
      if (part !== "known" && part !== "zero") throw new DifferentiationError(`${at(paths, i)} depends on the tangents`, { hint: "the first of the pair is the value, made of the primals alone; the second is its tangent" });
      return;
    }
    if (part === "known") throw notHomogeneous(title, "tangent", "tangents");
    if (typeof part === "object") throw constantPart(part, `${title}: its tangent`, "the tangents", "multiply each of its terms by a tangent, and leave out those in which there is none: reverse mode would drop them");
  });
}

/** The same rule where tangents are zero that are not `moving`. */
export function atZeros({ program, activeOutputs }: Jvp, primals: number, moving: readonly boolean[]): Jvp {
  const types = program.inputs.map((v) => v.type);
  const results = activeOutputs.length;
  let active = activeOutputs;
  const taken = record("jvp", types.filter((_, i) => i < primals || moving[i - primals] === true), (inputs) => {
    let next = primals;
    const tangents = moving.map((on, i) => instantiate(on ? at(inputs, next++) : null, { type: at(types, primals + i) }));
    const values = replay(program, [...inputs.slice(0, primals), ...tangents]);
    next = results;
    const pushed = activeOutputs.map((on) => (on ? at(values, next++) : null));
    active = pushed.map((t) => t !== null && !isZero(t));
    return [...values.slice(0, results), ...pushed.filter((t): t is Value => t !== null && !isZero(t))];
  }).program;
  return { program: taken, activeOutputs: active };
}

/** A rule returns cotangents that are made of those of the result, its inputs from `first` on. They may be more than linear in these: reverse mode takes them as they are. */
export function refuseConstant(title: string, program: Program, first: number): void {
  if (partsFrom(program, first).includes("known")) throw notHomogeneous(title, "cotangent", "cotangent of the result");
}

/** Which functions are linear: those whose floating results have no part that is not made of the inputs that are `linear`. */
export function refuseAffine(program: Program, linear: readonly boolean[], words: { readonly what: string; readonly of: string; readonly hint: string }): void {
  const { what, of, hint } = words;
  partsOf(program, linear.map((on) => (on ? "linear" : "known"))).forEach((part, i) => {
    if (typeof part === "object") throw constantPart(part, what, of, hint);
    if (part === "known" && isFloat(at(program.outputs, i).type.dtype)) throw new DifferentiationError(`${what} is floating and not made of ${of}, so it is not linear in them`, { hint });
  });
}

/** What the outputs are made of, of which the inputs from `first` on are linear. */
function partsFrom(program: Program, first: number): Part[] {
  return partsOf(program, program.inputs.map((_, i) => (i < first ? "known" : "linear")));
}

function notHomogeneous(title: string, what: string, of: string): DifferentiationError {
  return new DifferentiationError(`${title}: its ${what} does not depend on the ${of}, so it is not linear in ${of.endsWith("s") ? "them" : "it"}`, { hint: "return null for what is zero" });
}
