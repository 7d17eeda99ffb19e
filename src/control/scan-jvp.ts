/**
 * Forward mode of a scan: one scan whose state and sequences carry tangents beside the values. A part of the state has a tangent where
 * it begins with one or some turn gives it one, which is found by trying until nothing is added.
 */
import { DifferentiationError } from "../errors.ts";
import { isFloat } from "../core/dtype.ts";
import type { JvpRule, MaybeZero } from "../core/primitive.ts";
import type { Atom, Variable } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { range } from "../core/shape.ts";
import { at, splatLike, type Value } from "../core/tensor.ts";
import { type Jvp, jvpProgram, tangentType } from "../transform/jvp.ts";
import { dependents, reachedState, simpleBody } from "./dependence.ts";
import { applyScan, grouped, type Groups, pick, type Scan } from "./scan-operands.ts";

export const jvpScan: JvpRule<Scan> = (primals, tangents, params, primitive) => {
  const { body, state, length, reverse } = params;
  const values = grouped(primals, params);
  const moves = grouped(tangents, params);
  const active = grouped(tangents.map((t) => t !== null), params);
  const { jvp, moving } = withActiveState(params, active);
  const results = body.outputs.length;
  const inputs = grouped(jvp.program.inputs.slice(0, primals.length), params);
  const given = jvp.program.inputs.slice(primals.length);
  const take = (count: number): typeof given => given.splice(0, count);
  const [constantTangents, stateTangents, elementTangents] = [active.constants, moving, active.sequences].map((mask) => take(mask.filter(Boolean).length)) as [typeof given, typeof given, typeof given];
  const outputs = jvp.program.outputs.slice(0, results);
  let next = results;
  const outTangents = jvp.activeOutputs.map((on) => (on ? at(jvp.program.outputs, next++) : null));
  const movedState = pick(range(state), moving).map((i) => outTangents[i] ?? splatLike({ type: tangentType(at(outputs, i).type) }, 0));
  const out = applyScan(primitive, {
    body: {
      inputs: [...inputs.constants, ...constantTangents, ...inputs.state, ...stateTangents, ...inputs.sequences, ...elementTangents],
      equations: jvp.program.equations,
      outputs: [...outputs.slice(0, state), ...movedState, ...outputs.slice(state), ...outTangents.slice(state).filter((a) => a !== null)],
    },
    constants: [...values.constants, ...moves.constants.filter((t) => t !== null)],
    state: [...values.state, ...pick(range(state), moving).map((i) => instantiate(at(moves.state, i), at(values.state, i)))],
    sequences: [...values.sequences, ...moves.sequences.filter((t) => t !== null)],
    length,
    reverse,
  });
  const stateOut = out.state.slice(state);
  const sequencesOut = out.sequences.slice(results - state);
  const tangentOf = (i: number): MaybeZero => {
    if (i < state) return moving[i] === true ? (stateOut.shift() as Value) : null;
    return outTangents[i] === null ? null : (sequencesOut.shift() as Value);
  };
  return { outputs: [...out.state.slice(0, state), ...out.sequences.slice(0, results - state)], tangents: range(results).map(tangentOf) };
};

type Active = Groups<boolean>;

/** The forward-mode body for the least set of active state that a turn does not add to. */
function withActiveState(scan: Scan, active: Active): { jvp: Jvp; moving: boolean[] } {
  return fromAbove(scan, active) ?? fromBelow(scan, active);
}

/** Beginning with what the tangents reach at most, if nothing in it is refused and all of it has its tangent from a tangent. */
function fromAbove(scan: Scan, active: Active): { jvp: Jvp; moving: boolean[] } | undefined {
  const { body, state } = scan;
  if (!simpleBody(body)) return undefined;
  let moving = reachedState(scan, active, (v) => isFloat(v.type.dtype));
  for (;;) {
    let jvp: Jvp;
    try {
      jvp = jvpProgram(body, [...active.constants, ...moving, ...active.sequences]);
    } catch (error) {
      // perhaps what is refused has no tangent in truth
      if (error instanceof DifferentiationError && moving.some((on, i) => on !== active.state[i])) return undefined;
      throw error;
    }
    const needed = leastMoving(jvp, active, moving, body.outputs.length);
    if (range(state).some((i) => jvp.activeOutputs[i] === true && moving[i] === false)) return undefined;
    if (needed.every((on, i) => on === moving[i])) return { jvp, moving };
    moving = needed;
  }
}

/** The state whose tangent depends, through any number of turns, on a tangent that is given. */
function leastMoving({ program, activeOutputs }: Jvp, active: Active, moving: readonly boolean[], results: number): boolean[] {
  const tangents = program.inputs.slice(program.inputs.length - [...active.constants, ...moving, ...active.sequences].filter(Boolean).length);
  const firstState = active.constants.filter(Boolean).length;
  const moved = range(moving.length).filter((i) => moving[i] === true);
  const input = new Map(moved.map((i, k) => [i, at(tangents, firstState + k)]));
  const given = tangents.filter((_, k) => k < firstState || k >= firstState + moved.length || active.state[at(moved, k - firstState)] === true);
  const outputs = new Map<number, Atom>();
  let next = results;
  activeOutputs.forEach((on, i) => on && outputs.set(i, at(program.outputs, next++)));
  const feedback = moved.flatMap((i) => (outputs.has(i) ? [[outputs.get(i) as Atom, input.get(i) as Variable] as const] : []));
  const reached = dependents(program, given, feedback, () => true);
  return moving.map((on, i) => on && reached.has(input.get(i) as Variable));
}

/** Beginning with what has a tangent before the first turn. */
function fromBelow({ body, state }: Scan, active: Active): { jvp: Jvp; moving: boolean[] } {
  let moving = active.state;
  for (;;) {
    const jvp = jvpProgram(body, [...active.constants, ...moving, ...active.sequences]);
    const added = range(state).filter((i) => jvp.activeOutputs[i] === true && moving[i] === false);
    if (added.length === 0) return { jvp, moving };
    moving = moving.map((on, i) => on || added.includes(i));
  }
}
