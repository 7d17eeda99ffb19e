/**
 * Loops with a test, and what they become in reverse mode, without the state that nothing needs: neither a result that is asked for, nor the
 * test, nor the turns of such state.
 */
import type { InnerPrograms } from "../core/primitive.ts";
import type { Equation } from "../core/program.ts";
import { pruneProgram } from "../transform/dce.ts";
import { groupsOf } from "./groups.ts";
import type { LoopFamily } from "./loop-family.ts";
import type { While } from "./while-apply.ts";
import type { RecordedWhile } from "./while-record.ts";
import type { Retraced } from "./while-retrace.ts";

export const pruneWhile: InnerPrograms<While>["prune"] = (equation, needed) => {
  const { test, body, constants } = equation.params as While;
  const asked = pruneProgram(test, [true]).inputs;
  const begin = needed.map((on, i) => on || asked[constants + i] === true);
  const { state, inputs } = readBy(body, begin, constants);
  const keep = inputs.map((on, i) => (i < constants ? on || asked[i] === true : state[i - constants] === true));
  if (keep.every(Boolean)) return equation;
  const params = { ...equation.params, test: pruneProgram(test, [true], keep).program, body: pruneProgram(body, state, keep).program, constants: keep.slice(0, constants).filter(Boolean).length };
  return { ...equation, params, inputs: equation.inputs.filter((_, i) => keep[i]), outputs: equation.outputs.filter((_, i) => state[i]) };
};

/** Without anything kept that nothing reads; where nothing is, it is a plain loop. */
export function pruneRecorded(equation: Equation, needed: readonly boolean[], { plain }: LoopFamily): Equation {
  const { recorded, test, body, constants, slots } = equation.params as RecordedWhile;
  const count = body.outputs.length;
  const [results, numbers, kept] = groupsOf(needed, [count, 2]) as [boolean[], boolean[], boolean[]];
  const [outputs, ...others] = groupsOf(equation.outputs, [count, 2]);
  if (!numbers.includes(true) && !kept.includes(true)) return pruneWhile({ ...equation, primitive: plain, params: { test, body, constants, slots }, outputs: outputs ?? [] }, results);
  const stays = recorded.filter((_, i) => kept[i]);
  // pruned as a plain loop of which all that is kept is needed, and put together again
  const loop = pruneWhile({ ...equation, outputs: outputs ?? [] }, results.map((on, i) => on || stays.includes(i)));
  const places = loop.outputs.map((v) => (outputs ?? []).indexOf(v));
  if (stays.length === recorded.length && places.length === count) return equation;
  return {
    ...loop,
    params: { ...(loop.params as While), recorded: stays.map((i) => places.indexOf(i)) },
    outputs: [...loop.outputs, ...(others[0] ?? []), ...(others[1] ?? []).filter((_, i) => kept[i])],
  };
}

/** Without tangents that no result reads, and states that only these read. */
export const pruneRetraced: InnerPrograms<Retraced>["prune"] = (equation, needed) => {
  const params = equation.params as Retraced;
  const { body, knownConstants, linearConstants, knownState } = params;
  const constants = knownConstants + linearConstants;
  const { state, inputs } = readBy(body, [...new Array<boolean>(knownState).fill(false), ...needed], constants);
  if (inputs.every((on, i) => on || (i >= constants && state[i - constants] === true)) && state.every(Boolean)) return equation;
  const keep = inputs.map((on, i) => (i < constants ? on : state[i - constants] === true));
  const count = (from: number, to: number): number => keep.slice(from, to).filter(Boolean).length;
  const first = 2 + knownState;
  return {
    ...equation,
    params: { ...params, body: pruneProgram(body, state, keep).program, knownConstants: count(0, knownConstants), linearConstants: count(knownConstants, constants), knownState: count(constants, constants + knownState) },
    inputs: equation.inputs.filter((_, i) => i < 2 || (i < first ? state[i - 2] : keep[i - first])),
    outputs: equation.outputs.filter((_, i) => state[knownState + i]),
  };
};

/** The least state that has what is needed, and all that its own turns read; and which inputs of the body those are. */
function readBy(body: While["body"], needed: readonly boolean[], constants: number): { readonly state: readonly boolean[]; readonly inputs: readonly boolean[] } {
  let state = needed;
  for (;;) {
    const { inputs } = pruneProgram(body, state);
    const union = state.map((on, i) => on || inputs[constants + i] === true);
    if (union.every((on, i) => on === state[i])) return { state, inputs };
    state = union;
  }
}
