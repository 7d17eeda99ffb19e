/**
 * The linear part of a loop with a test: as many turns as the loop had, from where it began, with tangents beside the states. Forward it is
 * a loop over a counter; its transpose goes backward through the turns, from the states that the loop kept.
 */
import { inputTypes, type Program } from "../core/program.ts";
import { at, record, type Value } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { less } from "../ops/compare.ts";
import { add } from "../ops/elementwise.ts";
import { replay } from "../transform/replay.ts";
import { groupsOf } from "./groups.ts";
import type { LoopFamily } from "./loop-family.ts";
import { int } from "./slots.ts";
import { applyWhile } from "./while-apply.ts";
import { counter, slotType } from "./while-record.ts";

/** Operands: (how many turns, the level, slots of the known state…, then as the body takes them). Results: (linear state…). */
export type Retraced = {
  /** (known constants…, linear constants…, known state…, linear state…) → (known state…, linear state…) */
  readonly body: Program;
  readonly knownConstants: number;
  readonly linearConstants: number;
  readonly knownState: number;
  readonly slots: number;
};

export function retracedType(_inputs: readonly TensorType[], { body, knownState }: Retraced): TensorType[] {
  return body.outputs.slice(knownState).map((a) => a.type);
}

/** The types of the operands. */
function operandTypes({ body, knownConstants, linearConstants, knownState, slots }: Retraced): TensorType[] {
  const types = inputTypes(body);
  const first = knownConstants + linearConstants;
  return [counter, counter, ...types.slice(first, first + knownState).map((t) => slotType(t, slots)), ...types];
}

/** The same turns as a loop: constants (how many turns, known…, linear…), state (turn, known…, linear…). */
export function countedLoop({ body, knownConstants, linearConstants }: Retraced): { readonly test: Program; readonly body: Program; readonly constants: number } {
  const constants = 1 + knownConstants + linearConstants;
  const types = inputTypes(body);
  const loopTypes = [counter, ...types.slice(0, constants - 1), counter, ...types.slice(constants - 1)];
  const test = record("turns are left", loopTypes, (inputs) => [less(at(inputs, constants), at(inputs, 0))]).program;
  const turn = record("retraced turn", loopTypes, (inputs) => {
    const [[, ...fixed], [count], state] = groupsOf<Value>(inputs, [constants, 1]) as [Value[], [Value], Value[]];
    return [add(count, int(1)), ...replay(body, [...fixed, ...state])];
  }).program;
  return { test, body: turn, constants };
}

export function writtenRetraced(params: Retraced, { plain }: LoopFamily): Program {
  const { knownState } = params;
  const { test, body, constants } = countedLoop(params);
  return record("retraced loop", operandTypes(params), (inputs) => {
    const [[turns], , fixed, state] = groupsOf<Value>(inputs, [1, 1 + knownState, constants - 1]) as [[Value], Value[], Value[], Value[]];
    return applyWhile(plain, { test, body, slots: 0 }, [turns, ...fixed], [int(0), ...state]).slice(1 + knownState);
  }).program;
}
