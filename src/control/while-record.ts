/** A loop with a test that keeps states on the way, for going through its turns backward: see slots.ts for which, and where. */
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes } from "../core/dtype.ts";
import type { JvpRule } from "../core/primitive.ts";
import { inputTypes, type Program, Variable } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { sizeOf } from "../core/shape.ts";
import { at, bind, record, splatLike, type Value } from "../core/tensor.ts";
import { type TensorType, tensorType } from "../core/type.ts";
import { equal, greaterEqual } from "../ops/compare.ts";
import { add, convert } from "../ops/elementwise.ts";
import { shiftLeft, shiftRightArithmetic } from "../ops/bitwise.ts";
import { select } from "../ops/select.ts";
import { replay } from "../transform/replay.ts";
import { groupsOf, queue } from "./groups.ts";
import type { LoopFamily } from "./loop-family.ts";
import { int, keeps, rowCount, rowOf, stacked, writeRow } from "./slots.ts";
import { applyWhile, runWhile, type While, whileType, withInputs } from "./while-apply.ts";
import { jvpBody } from "./while-jvp.ts";

/** As a plain loop; `slots` is their number. Results: (state…, how many turns, the level, for each part recorded the slots…). The last row is for states that are not kept. */
export type RecordedWhile = While & { readonly recorded: readonly number[] };

export const counter: TensorType = tensorType("int32", []);

export function recordedType(inputs: readonly TensorType[], params: RecordedWhile): TensorType[] {
  const state = whileType(inputs, params);
  return [...state, counter, counter, ...params.recorded.map((i) => slotType(at(state, i), params.slots))];
}

export function slotType(type: TensorType, slots: number): TensorType {
  return { ...stacked(type, rowCount(slots) + 1), weak: false };
}

export function runRecorded(inputs: readonly ConcreteArray[], params: RecordedWhile, outputs: readonly TensorType[]): ConcreteArray[] {
  const { recorded, slots } = params;
  const rows = rowCount(slots);
  const kept = outputs.slice(outputs.length - recorded.length).map((t) => dtypes[t.dtype].allocate(sizeOf(t.shape)));
  let [level, count] = [0, 0];
  const state = runWhile(inputs, params, (before, turn) => {
    const kept_ = keeps(turn, level, rows);
    level = kept_.level;
    count = turn + 1;
    const { row } = kept_;
    if (row === undefined) return;
    recorded.forEach((part, i) => {
      const { elements } = at(before, part);
      kept[i]?.set(elements, row * elements.length);
    });
  });
  const number = (value: number): ConcreteArray => ConcreteArray.splat(counter, value);
  return [...state, number(count), number(level), ...kept.map((data, i) => ConcreteArray.of(at(outputs, outputs.length - recorded.length + i), data))];
}

/** The loop written out: one whose state has the number of turns, the level and the slots too. */
export function writtenRecorded({ test, body, constants, slots, recorded }: RecordedWhile, { plain }: LoopFamily): Program {
  const rows = rowCount(slots);
  const types = inputTypes(body);
  const own = [counter, counter, ...recorded.map((i) => slotType(at(types, constants + i), slots))];
  const [fixed, state] = [types.slice(0, constants), types.slice(constants)];
  const asked = withInputs(test, [...test.inputs.slice(0, constants), ...own.map((t) => new Variable(t)), ...test.inputs.slice(constants)]);
  const turn = record("recorded turn", [...fixed, ...own, ...state], (inputs) => {
    const [constant, [count, before], slot, values] = groupsOf<Value>(inputs, [constants, 2, recorded.length]) as [Value[], [Value, Value], Value[], Value[]];
    const level = add(before, convert(greaterEqual(shiftRightArithmetic(count, before), int(rows)), "int32"));
    const position = shiftRightArithmetic(count, level);
    const row = select(equal(shiftLeft(position, level), count), rowOf(position, level, rows), int(rows));
    return [add(count, int(1)), level, ...slot.map((x, i) => writeRow(x, row, at(values, at(recorded, i)))), ...replay(body, [...constant, ...values])];
  }).program;
  return record("recorded loop", types, (inputs) => {
    const begin = own.map((type) => (type === counter ? int(0) : splatLike({ type }, 0)));
    const out = applyWhile(plain, { test: asked, body: turn, slots: 0 }, inputs.slice(0, constants), [...begin, ...inputs.slice(constants)]);
    return [...out.slice(own.length), ...out.slice(0, own.length)];
  }).program;
}

/** Beside the states that are kept, their tangents are. */
export function jvpRecorded(primals: readonly Value[], tangents: Parameters<JvpRule<RecordedWhile>>[1], params: RecordedWhile, { recorded: primitive }: LoopFamily): ReturnType<JvpRule<RecordedWhile>> {
  const { constants, test, recorded } = params;
  const { body, moving } = jvpBody(params.body, constants, tangents.map((t) => t !== null));
  const fixed = tangents.slice(0, constants).filter((t) => t !== null);
  const state = primals.slice(constants);
  const begins = state.flatMap((x, i) => (moving[i] ? [instantiate(at(tangents, constants + i), x)] : []));
  const tangentAt = state.map((_, i) => state.length + moving.slice(0, i).filter(Boolean).length);
  const blank = (values: readonly Value[]): Variable[] => values.map((v) => new Variable(v.type));
  const loop: RecordedWhile = {
    ...params,
    test: withInputs(test, [...test.inputs.slice(0, constants), ...blank(fixed), ...test.inputs.slice(constants), ...blank(begins)]),
    body,
    constants: constants + fixed.length,
    recorded: [...recorded, ...recorded.filter((i) => moving[i]).map((i) => at(tangentAt, i))],
  };
  const out = bind(primitive, [...primals.slice(0, constants), ...fixed, ...state, ...begins], loop);
  const [values, pushed, numbers, kept, keptTangents] = groupsOf(out, [state.length, begins.length, 2, recorded.length]) as [Value[], Value[], Value[], Value[], Value[]];
  const [next, nextKept] = [queue(pushed), queue(keptTangents)];
  return {
    outputs: [...values, ...numbers, ...kept],
    tangents: [...moving.map((on) => (on ? next() : null)), null, null, ...recorded.map((i) => (moving[i] ? nextKept() : null))],
  };
}
