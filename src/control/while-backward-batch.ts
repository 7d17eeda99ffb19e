/**
 * Batching of going backward through a loop: all lanes go through the same turns, in step. Where lanes had different numbers of turns, those
 * that had fewer wait until their last turn comes, and are given what a lane has that takes part.
 */
import type { BatchAxis, BatchRule } from "../core/primitive.ts";
import { inputTypes, type Program } from "../core/program.ts";
import { at, bind, record, splatLike, type Value } from "../core/tensor.ts";
import { tensorType } from "../core/type.ts";
import { less } from "../ops/compare.ts";
import { reduceMax } from "../ops/reduce.ts";
import { align, broadcastInDim } from "../ops/structure.ts";
import { replay } from "../transform/replay.ts";
import { batched, inFront } from "./batched-program.ts";
import { groupsOf } from "./groups.ts";
import { frozen, safeLanes } from "./lanes.ts";
import { int } from "./slots.ts";
import type { Backward } from "./while-backward.ts";

export const batchBackward: BatchRule<Backward> = (size, inputs, axes, params, primitive, axisName) => {
  const { constants, state } = params;
  const sizes = [2, state, constants, state];
  const [[count, given], kept, fixed, begins, handed] = groupsOf(inputs, sizes) as [[Value, Value], Value[], Value[], Value[], Value[]];
  const [[countAxis, levelAxis], keptAxes, fixedAxes, beginAxes, handedAxes] = groupsOf(axes, sizes) as [[BatchAxis, BatchAxis], BatchAxis[], BatchAxis[], BatchAxis[], BatchAxis[]];
  // the lanes that recorded have one level; those that a branch kept from it have 0, and no turns
  const level = levelAxis === null ? given : size === 0 ? int(0) : reduceMax(given, [levelAxis]);
  const perLane = countAxis !== null;
  const fixedMapped = fixedAxes.map((a) => a !== null);
  const advance = settled(params.advance, [false, ...fixedMapped], beginAxes.map((a, i) => perLane || a !== null || keptAxes[i] !== null), size, axisName);
  const step = settled(params.step, [false, ...fixedMapped, ...advance.mapped], handedAxes.map((a) => perLane || a !== null), size, axisName);
  const outAxes = step.mapped.map((on) => (on ? 0 : null));
  const lane = (values: readonly Value[], of: readonly BatchAxis[], mapped: readonly boolean[], to: number): Value[] => values.map((x, i) => (mapped[i] ? align(x, at(of, i), to, size) : x));
  const [keptLanes, fixedLanes, beginLanes, handedLanes] = [lane(kept, keptAxes, advance.mapped, 1), lane(fixed, fixedAxes, fixedMapped, 0), lane(begins, beginAxes, advance.mapped, 0), lane(handed, handedAxes, step.mapped, 0)];
  if (!perLane) {
    return { outputs: bind(primitive, [count, level, ...keptLanes, ...fixedLanes, ...beginLanes, ...handedLanes], { ...params, advance: advance.program, step: step.program }), axes: outAxes };
  }
  if (size === 0) return { outputs: handedLanes.map((x) => splatLike(x, 0)), axes: outAxes };
  const counts = align(count, countAxis, 0, size);
  const waiting = (program: Program, mapped: readonly boolean[], results: number): Program => {
    const types = inputTypes(program);
    return record("turn of lanes that take part", [...types.slice(0, 1 + constants), tensorType("int32", [size]), ...types.slice(1 + constants)], (all) => {
      const [[turn], own, [counted], rest] = groupsOf<Value>(all, [1, constants, 1]) as [[Value], Value[], [Value], Value[]];
      const takesPart = less(broadcastInDim(turn, [size], []), counted);
      const after = replay(program, [turn, ...safeLanes(takesPart, [...own, ...rest], mapped)]);
      return frozen(takesPart, after, rest.slice(rest.length - results));
    }).program;
  };
  const outputs = bind(primitive, [reduceMax(counts, [0]), level, ...keptLanes, ...fixedLanes, counts, ...beginLanes, ...handedLanes], {
    ...params,
    constants: constants + 1,
    advance: waiting(advance.program, [...fixedMapped, ...advance.mapped], state),
    step: waiting(step.program, [...fixedMapped, ...advance.mapped, ...step.mapped], handed.length),
  });
  return { outputs, axes: outAxes };
};

/** The batched program, for the least set of its last inputs, which its outputs become, that it does not add to; its lanes are in front. */
function settled(program: Program, others: readonly boolean[], begin: readonly boolean[], size: number, axisName: string | undefined): { readonly program: Program; readonly mapped: readonly boolean[] } {
  let mapped = begin;
  for (;;) {
    const turn = batched(program, size, [...others, ...mapped].map((on) => (on ? 0 : null)), axisName);
    const union = mapped.map((on, i) => on || at(turn.axes, i) !== null);
    if (union.every((on, i) => on === mapped[i])) return { program: inFront(turn, mapped, size), mapped };
    mapped = union;
  }
}

