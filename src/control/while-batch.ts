/**
 * Batching of a loop with a test. Where the test is the same for all lanes, the body is batched. Where it is not, the loop goes on until all
 * lanes have stopped: those that have keep their state and are given that of one still running, so that no turn can go wrong for them.
 */
import type { BatchAxis, BatchRule } from "../core/primitive.ts";
import { inputTypes, type Program } from "../core/program.ts";
import { at, record } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { and } from "../ops/bitwise.ts";
import { align } from "../ops/structure.ts";
import { replay } from "../transform/replay.ts";
import { batched, batchedType, inFront } from "./batched-program.ts";
import { maskEffects } from "./masked-effects.ts";
import { anyLane, frozen, refuseCollectives, safeLanes } from "./lanes.ts";
import { applyWhile, type While } from "./while-apply.ts";

export const batchWhile: BatchRule<While> = (size, inputs, axes, loop, primitive, axisName) => {
  const { constants, slots } = loop;
  const plan = batchLoop(loop, size, axes, axisName);
  const values = inputs.map((x, i) => (plan.mapped[i] ? align(x, at(axes, i), 0, size) : x));
  const [fixed, state] = [values.slice(0, constants), values.slice(constants)];
  const outAxes = state.map((_, i) => (plan.mapped[constants + i] ? 0 : null));
  if (plan.perLane === undefined) return { outputs: applyWhile(primitive, { test: plan.test, body: plan.body, slots }, fixed, state), axes: outAxes };
  const running = at(replay(plan.perLane, values), 0);
  return { outputs: applyWhile(primitive, { test: plan.test, body: plan.body, slots }, fixed, [...state, running]).slice(0, state.length), axes: outAxes };
};

export interface BatchedLoop {
  /** Which operands have the batch axis, in front. */
  readonly mapped: readonly boolean[];
  readonly test: Program;
  readonly body: Program;
  /** The test of each lane, where lanes differ in it; then the state has a further, last part, bool[lanes]: which of them are running. */
  readonly perLane: Program | undefined;
}

/** The test and the body of the loop over a batch. */
export function batchLoop({ test, body, constants }: Omit<While, "slots">, size: number, axes: readonly BatchAxis[], axisName: string | undefined): BatchedLoop {
  let mapped = axes.map((a) => a !== null);
  const fronts = (): BatchAxis[] => mapped.map((on) => (on ? 0 : null));
  const stateMapped = (): boolean[] => mapped.slice(constants);
  let [turn, asked] = [batched(body, size, fronts(), axisName), batched(test, size, fronts(), axisName)];
  for (;;) {
    const perLane = at(asked.axes, 0) !== null;
    const union = mapped.map((on, i) => on || (i >= constants && (perLane || at(turn.axes, i - constants) !== null)));
    if (union.every((on, i) => on === mapped[i])) break;
    mapped = union;
    [turn, asked] = [batched(body, size, fronts(), axisName), batched(test, size, fronts(), axisName)];
  }
  const whole = inFront(turn, stateMapped(), size);
  const decides = inFront(asked, [asked.axes[0] !== null], size);
  if (asked.axes[0] === null) return { mapped, test: decides, body: whole, perLane: undefined };
  refuseCollectives([test, body], axisName, "a loop whose test differs between them", 'make the test the same for all, as in (v) => pmax(v, "batch").less(10)');
  const types = inputTypes(body).map((t, i) => batchedType(t, mapped[i] ? 0 : null, size));
  const mask: TensorType = { dtype: "bool", shape: [size], weak: false };
  const anyRuns = record("some lane runs", [...types, mask], (inputs) => [anyLane(at(inputs, types.length))]).program;
  const masked = record("turn of running lanes", [...types, mask], (inputs) => {
    const running = at(inputs, types.length);
    const own = inputs.slice(0, types.length);
    const next = frozen(running, replay(maskEffects(whole, body, size), [running, ...safeLanes(running, own, mapped)]), own.slice(constants));
    return [...next, and(running, at(replay(decides, [...own.slice(0, constants), ...next]), 0))];
  }).program;
  return { mapped, test: anyRuns, body: masked, perLane: decides };
}
