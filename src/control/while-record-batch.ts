/**
 * Batching of a loop that keeps states on the way: those of all lanes are kept at once. Each lane has its own number of turns where the test
 * differs between them; the level is that of the loop over all.
 */
import type { BatchRule } from "../core/primitive.ts";
import { inputTypes, Variable } from "../core/program.ts";
import { at, bind, record, splatLike, type Value } from "../core/tensor.ts";
import { tensorType } from "../core/type.ts";
import { add, convert } from "../ops/elementwise.ts";
import { align } from "../ops/structure.ts";
import { replay } from "../transform/replay.ts";
import { groupsOf } from "./groups.ts";
import { withInputs } from "./while-apply.ts";
import { batchLoop } from "./while-batch.ts";
import type { RecordedWhile } from "./while-record.ts";

export const batchRecorded: BatchRule<RecordedWhile> = (size, inputs, axes, loop, primitive, axisName) => {
  const { constants, recorded } = loop;
  const { mapped, test, body, perLane } = batchLoop(loop, size, axes, axisName);
  const values = inputs.map((x, i) => (mapped[i] ? align(x, at(axes, i), 0, size) : x));
  const state = mapped.slice(constants);
  const outAxes = [...state.map((on) => (on ? 0 : null)), perLane === undefined ? null : 0, null, ...recorded.map((i) => (state[i] ? 1 : null))];
  if (perLane === undefined) return { outputs: bind(primitive, values, { ...loop, test, body }), axes: outAxes };
  const counts = tensorType("int32", [size]);
  const running = at(replay(perLane, values), 0);
  const types = [...inputTypes(body), counts];
  const counting = record("counted turn", types, (all) => {
    const [before, [count]] = groupsOf<Value>(all, [types.length - 1]) as [Value[], [Value]];
    return [...replay(body, before), add(count, convert(at(before, before.length - 1), "int32"))];
  }).program;
  const out = bind(primitive, [...values, running, splatLike({ type: counts }, 0)], { ...loop, test: withInputs(test, [...test.inputs, new Variable(counts)]), body: counting });
  const [after, [, laneCounts], [, level], kept] = groupsOf(out, [state.length, 2, 2]) as [Value[], [Value, Value], [Value, Value], Value[]];
  return { outputs: [...after, laneCounts, level, ...kept], axes: outAxes };
};
