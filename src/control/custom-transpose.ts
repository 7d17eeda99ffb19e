/**
 * The transpose of a function with a vjp rule whose program cannot be transposed: one that loops until a test says so, as solvers do. Where the rule uses
 * nothing that depends on the arguments in question, the derivative is the same everywhere, so the function is linear in them and its rule is its transpose.
 */
import { DifferentiationError } from "../errors.ts";
import { type MaybeZero, Unknown } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import { at, splatLike, type Value } from "../core/tensor.ts";
import { eliminateDeadCode, pruneProgram } from "../transform/dce.ts";
import { inlineCalls, mapInner } from "../transform/inline.ts";
import { replay } from "../transform/replay.ts";
import type { ReverseRule } from "./custom-rules.ts";

export interface Ruled {
  readonly vjp: ReverseRule;
  readonly program: Program;
  /** How many operands are leaves of arguments. */
  readonly leaves: number;
}

type Operands = readonly (Value | Unknown)[];

/** `own`, the transpose of the function's program; where there is none, that by its rule, and where that is not linear either, the error of the first. */
export function transposeRuled(own: () => readonly MaybeZero[], ruled: Ruled, inputs: Operands, cotangents: readonly MaybeZero[]): readonly MaybeZero[] {
  try {
    return own();
  } catch (error) {
    const pulled = error instanceof DifferentiationError ? pullByBackward(ruled, inputs, cotangents) : undefined;
    if (pulled === undefined) throw error;
    return pulled;
  }
}

/** Undefined where something that the rule uses depends on what is unknown. */
function pullByBackward({ vjp, program, leaves }: Ruled, inputs: Operands, cotangents: readonly MaybeZero[]): MaybeZero[] | undefined {
  const unknown = inputs.map((x) => x instanceof Unknown);
  const dependsOn = (reads: readonly boolean[]): boolean => reads.some((on, i) => on && unknown[i] === true);
  if (dependsOn(readsOf(program).map((on, i) => on && i >= leaves))) return undefined;
  const { program: backward, given } = vjp.backward(cotangents.map((ct) => ct !== null));
  const forward = cleaned(vjp.forward());
  const results = cotangents.length;
  const residuals = forward.outputs.length - results;
  const reads = readsOf(backward);
  if (dependsOn(reads.slice(residuals, residuals + inputs.length))) return undefined;
  const known = pruneProgram(forward, forward.outputs.map((_, i) => i >= results && reads[i - results] === true));
  if (dependsOn(known.inputs)) return undefined;
  const values = replay(known.program, inputs.filter((x, i): x is Value => known.inputs[i] === true && !(x instanceof Unknown)));
  let next = 0;
  // what nothing reads has any value of its type
  const kept = forward.outputs.slice(results).map((a, i) => (reads[i] === true ? at(values, next++) : splatLike(a, 0)));
  const operands = inputs.map((x) => (x instanceof Unknown ? splatLike(x, 0) : x));
  const cts = replay(backward, [...kept, ...operands, ...cotangents.filter((ct) => ct !== null)]);
  let pulled = 0;
  return inputs.map((_, i) => {
    const ct = given[i] === true ? at(cts, pulled++) : null;
    return unknown[i] === true ? ct : null;
  });
}

/** Which inputs the outputs depend on. */
function readsOf(program: Program): readonly boolean[] {
  return pruneProgram(cleaned(program), program.outputs.map(() => true)).inputs;
}

/** With calls written out, and without what nothing needs, inside as well. */
function cleaned(program: Program): Program {
  return eliminateDeadCode(mapInner(inlineCalls(program, "early"), cleaned));
}
