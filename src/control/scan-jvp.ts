/**
 * Forward mode of a scan: one scan whose state and sequences carry tangents beside the values. A part of the state has a tangent where
 * it begins with one or some turn gives it one, which is found by trying until nothing is added.
 */
import type { JvpRule, MaybeZero } from "../core/primitive.ts";
import { instantiate } from "../core/rules.ts";
import { range } from "../core/shape.ts";
import { at, splatLike, type Value } from "../core/tensor.ts";
import { type Jvp, jvpProgram, tangentType } from "../transform/jvp.ts";
import { applyScan, grouped, pick, type Scan } from "./scan-operands.ts";

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

/** The forward-mode body for the least set of active state that a turn does not add to. */
function withActiveState({ body, state }: Scan, active: { readonly constants: boolean[]; readonly state: boolean[]; readonly sequences: boolean[] }): { jvp: Jvp; moving: boolean[] } {
  let moving = active.state;
  for (;;) {
    const jvp = jvpProgram(body, [...active.constants, ...moving, ...active.sequences]);
    const added = range(state).filter((i) => jvp.activeOutputs[i] === true && moving[i] === false);
    if (added.length === 0) return { jvp, moving };
    moving = moving.map((on, i) => on || added.includes(i));
  }
}
