/**
 * Going backward written out: one loop, each turn of which either computes the next state towards the turn that is wanted, or hands on from
 * it. States kept so far are a stack; free slots take further ones on the way, where they save the most (as in Griewank and Walther, "Revolve",
 * ACM TOMS 26, 2000): with f free slots and at most r computations of a state, C(f+r+1, f+1) turns can be run backward.
 */
import { inputTypes, type Program } from "../core/program.ts";
import { at, record, scalar, splatLike, type Value } from "../core/tensor.ts";
import { type TensorType, tensorType } from "../core/type.ts";
import { div, max, mul, sub } from "../ops/arithmetic.ts";
import { and, not, or, shiftLeft, shiftRightArithmetic } from "../ops/bitwise.ts";
import { equal, greaterEqual, less, lessEqual } from "../ops/compare.ts";
import { concatenate } from "../ops/concatenate.ts";
import { add, convert } from "../ops/elementwise.ts";
import { gather } from "../ops/gather.ts";
import { iota } from "../ops/iota.ts";
import { select } from "../ops/select.ts";
import { broadcastInDim, reshape } from "../ops/structure.ts";
import { replay } from "../transform/replay.ts";
import { applySwitch } from "./branch-apply.ts";
import { groupsOf } from "./groups.ts";
import type { LoopFamily } from "./loop-family.ts";
import { int, readRow, rowCount, rowOf, stacked, writeRow } from "./slots.ts";
import { applyWhile } from "./while-apply.ts";
import type { Backward } from "./while-backward.ts";
import { counter, slotType } from "./while-record.ts";

/** What the loop has besides the stack, the state at hand, and what is handed on. */
interface Cursor {
  /** The turn to be handed on from next. */
  readonly wanted: Value;
  /** The uppermost state of the stack. */
  readonly top: Value;
  /** The turn before which the state at hand stands. */
  readonly position: Value;
  /** The turn whose state is the next to be put on the stack; -1 for none. */
  readonly target: Value;
}

interface Parts extends Cursor {
  readonly fixed: Value[];
  /** The turns of the stack's states. */
  readonly positions: Value;
  readonly stack: Value[];
  /** The state at hand. */
  readonly current: Value[];
  readonly handed: Value[];
}

export function writtenBackward(params: Backward, family: LoopFamily): Program {
  const { constants, state, slots } = params;
  const [, fixedTypes, stateTypes, handedTypes] = groupsOf(inputTypes(params.step), [1, constants, state]) as [TensorType[], TensorType[], TensorType[], TensorType[]];
  const rows = rowCount(slots);
  const depth = Math.max(slots, rows);
  const operands = [counter, counter, ...stateTypes.map((t) => slotType(t, slots)), ...fixedTypes, ...stateTypes, ...handedTypes];
  return record("backward loop", operands, (inputs) => {
    const [[count, level], kept, fixed, , handed] = groupsOf<Value>(inputs, [2, state, constants, state]) as [[Value, Value], Value[], Value[], Value[], Value[]];
    const order = rowOf(iota("int32", [rows], 0), broadcastInDim(level, [rows], []), rows);
    const stack = kept.map((x, i) => bottomUp(x, order, at(stateTypes, i), depth));
    const positions = shiftLeft(iota("int32", [depth + 1], 0), broadcastInDim(level, [depth + 1], []));
    const wanted = sub(count, int(1));
    const top = shiftRightArithmetic(wanted, level);
    const position = readRow(positions, top);
    const cursor = withTarget({ wanted, top, position, target: int(-1) }, less(position, wanted), depth, family);
    const machine = machineOf(params, stateTypes, fixedTypes, handedTypes, depth, family);
    const begin = [...cursorList(cursor), positions, ...stack, ...stack.map((x) => readRow(x, top)), ...handed];
    return applyWhile(family.plain, { ...machine, slots: 0 }, fixed, begin).slice(begin.length - handed.length);
  }).program;
}

function cursorList({ wanted, top, position, target }: Cursor): Value[] {
  return [wanted, top, position, target];
}

/** The rows in the order in which their states came, with free ones above them; the topmost is for states that are not kept. */
function bottomUp(x: Value, order: Value, type: TensorType, depth: number): Value {
  const rows = at(order.type.shape, 0);
  const kept = gather(x, reshape(order, [rows, 1]), { axes: [0], batch: 0, mode: "clip" });
  return concatenate([kept, splatLike({ type: { ...stacked(type, depth + 1 - rows), weak: false } }, 0)], 0);
}

/** The test and the turn of the loop. Its state: (cursor, the turns of the stack's states, stack…, state at hand…, handed on…). */
function machineOf({ advance, step, state }: Backward, stateTypes: readonly TensorType[], fixedTypes: readonly TensorType[], handedTypes: readonly TensorType[], depth: number, family: LoopFamily): { test: Program; body: Program } {
  const turns = tensorType("int32", [depth + 1]);
  const types = [...fixedTypes, counter, counter, counter, counter, turns, ...stateTypes.map((t) => ({ ...stacked(t, depth + 1), weak: false })), ...stateTypes, ...handedTypes];
  const parts = (inputs: readonly Value[]): Parts => {
    const [fixed, [wanted, top, position, target], [positions], stack, current, handed] = groupsOf(inputs, [fixedTypes.length, 4, 1, state, state]) as [Value[], [Value, Value, Value, Value], [Value], Value[], Value[], Value[]];
    return { fixed, wanted, top, position, target, positions, stack, current, handed };
  };
  const test = record("turns are left", types, (inputs) => [greaterEqual(at(inputs, fixedTypes.length), int(0))]).program;
  // both branches: (…) → (wanted, top, position, state at hand…, handed on…)
  const ahead = record("ahead", types, (inputs) => {
    const { fixed, wanted, top, position, current, handed } = parts(inputs);
    return [wanted, top, add(position, int(1)), ...replay(advance, [position, ...fixed, ...current]), ...handed];
  }).program;
  const back = record("back", types, (inputs) => {
    const { fixed, wanted, top, positions, stack, current, handed } = parts(inputs);
    const next = sub(wanted, int(1));
    const used = sub(top, convert(equal(readRow(positions, top), wanted), "int32"));
    return [next, used, readRow(positions, used), ...stack.map((x) => readRow(x, used)), ...replay(step, [wanted, ...fixed, ...current, ...handed])];
  }).program;
  const body = record("backward turn", types, (inputs) => {
    const { wanted, position, target, positions, stack } = parts(inputs);
    const goesBack = equal(position, wanted);
    const [[nextWanted, used, nextPosition], current, handed] = groupsOf(applySwitch(family.choice, convert(goesBack, "int32"), [ahead, back], inputs), [3, state]) as [[Value, Value, Value], Value[], Value[]];
    // every turn writes above the top of the stack; what it wrote is kept where the top rises
    const above = add(used, int(1));
    const keeps = and(not(goesBack), equal(nextPosition, target));
    const top = add(used, convert(keeps, "int32"));
    const ask = and(less(nextPosition, nextWanted), or(goesBack, keeps));
    const cursor = withTarget({ wanted: nextWanted, top, position: nextPosition, target }, ask, depth, family);
    return [...cursorList(cursor), writeRow(positions, above, nextPosition), ...stack.map((x, i) => writeRow(x, above, at(current, i))), ...current, ...handed];
  }).program;
  return { test, body };
}

/** The cursor with a new target, where `ask` holds. With a free slot for each state on the way it is the next turn. */
function withTarget(cursor: Cursor, ask: Value, depth: number, family: LoopFamily): Cursor {
  const { wanted, top, position } = cursor;
  const operands = cursorList(cursor);
  const types = operands.map((v) => v.type);
  const roomForAll = lessEqual(sub(sub(wanted, position), int(1)), sub(int(depth - 1), top));
  const same = record("same target", types, (inputs) => [at(inputs, 3)]).program;
  const anew = record("new target", types, ([wanted, top, position]) => [targetOf({ wanted, top, position } as Cursor, depth, family)]).program;
  const looked = at(applySwitch(family.choice, convert(and(ask, not(roomForAll)), "int32"), [same, anew], operands), 0);
  return { ...cursor, target: select(and(ask, roomForAll), add(position, int(1)), looked) };
}

const float = (value: number): Value => scalar(value, "float64");

/**
 * Where the next state is to be kept, of the g turns from the position to the wanted one, with f free slots: F(f, r) = C(f+r+1, f+1) turns
 * take at most r computations each; with the least r that is enough, max(1, F(f, r-2), g - F(f-1, r)) turns ahead.
 */
function targetOf({ wanted, top, position }: Cursor, depth: number, family: LoopFamily): Value {
  const free = sub(int(depth - 1), top);
  const operands = [position, wanted, free];
  const types = operands.map((v) => v.type);
  const none = record("no free slot", types, () => [int(-1)]).program;
  const some = record("free slots", types, ([from, to, slots]) => {
    const f = convert(slots as Value, "float64");
    const turns = add(convert(sub(to as Value, from as Value), "float64"), float(1));
    // r, F(f, r), F(f, r-1), F(f, r-2)
    const own = [f.type, f.type, f.type, f.type, f.type, f.type];
    const test = record("too few", own, ([, g, , reach]) => [less(reach as Value, g as Value)]).program;
    const body = record("one more", own, ([f_, , r, reach, before]) => {
      const more = add(r as Value, float(1));
      return [more, div(mul(reach as Value, add(add(f_ as Value, more), float(1))), more), reach as Value, before as Value];
    }).program;
    const [r, reach, , twoBefore] = applyWhile(family.plain, { test, body, slots: 0 }, [f, turns], [float(1), add(f, float(2)), float(1), float(0)]) as [Value, Value, Value, Value];
    const fewer = div(mul(reach, add(f, float(1))), add(add(f, r), float(1)));
    const by = max(float(1), max(twoBefore, sub(turns, fewer)));
    return [add(from as Value, convert(by, "int32"))];
  }).program;
  return at(applySwitch(family.choice, convert(less(int(0), free), "int32"), [none, some], operands), 0);
}
