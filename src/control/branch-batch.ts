/**
 * Batching of a choice between programs. One index for all: the same choice between batched programs. An index per lane: each branch runs
 * where some lane takes it, once for all lanes; those that do not take it are given the operands of a lane that does, so that nothing in
 * the branch, nor in its derivatives, can go wrong on their behalf.
 */
import type { BatchAxis, BatchRule, Primitive } from "../core/primitive.ts";
import { outputTypes, type Program } from "../core/program.ts";
import { at, record, splatLike, type Value } from "../core/tensor.ts";
import { equal } from "../ops/compare.ts";
import { convert } from "../ops/elementwise.ts";
import { clamp, select } from "../ops/select.ts";
import { align } from "../ops/structure.ts";
import { replay } from "../transform/replay.ts";
import { applySwitch, type Branches } from "./branch-apply.ts";
import { batched, batchedType, inFront } from "./batched-program.ts";
import { maskEffects } from "./masked-effects.ts";
import { anyLane, overLanes, refuseCollectives, safeLanes } from "./lanes.ts";

export const batchBranch: BatchRule<Branches> = (size, [index, ...operands], [indexAxis, ...axes], { branches }, primitive, axisName) => {
  if (indexAxis !== null) return choosePerLane(size, index as Value, indexAxis as number, operands, axes, branches, primitive, axisName);
  const programs = branches.map((b) => batched(b, size, axes, axisName));
  const union = at(branches, 0).outputs.map((_, i) => programs.some((p) => at(p.axes, i) !== null));
  return { outputs: applySwitch(primitive, index as Value, programs.map((p) => inFront(p, union, size)), operands), axes: union.map((on) => (on ? 0 : null)) };
};

function choosePerLane(
  size: number,
  index: Value,
  indexAxis: number,
  operands: readonly Value[],
  axes: readonly BatchAxis[],
  branches: readonly Program[],
  primitive: Primitive,
  axisName: string | undefined,
): ReturnType<BatchRule<Branches>> {
  refuseCollectives(branches, axisName, "a branch", "call the collective before the branch and use its result there, or compute both and choose with where");
  const types = outputTypes(at(branches, 0)).map((t) => batchedType(t, 0, size));
  let results: Value[] = types.map((type) => splatLike({ type }, 0));
  const zeros = types.map(() => 0);
  if (size === 0) return { outputs: results, axes: zeros };
  const last = branches.length - 1;
  const chosen = clamp(0, align(index, indexAxis, 0, size), last);
  const lanes = operands.map((x, i) => (at(axes, i) === null ? x : align(x, at(axes, i), 0, size)));
  const mapped = axes.map((a) => a !== null);
  branches.forEach((branch, k) => {
    const takes = equal(chosen, splatLike(chosen, k));
    const program = inFront(batched(branch, size, mapped.map((on) => (on ? 0 : null)), axisName), types.map(() => true), size);
    const all = [takes, ...results, ...lanes];
    const skip = record("untaken branch", all.map((v) => v.type), (inputs) => inputs.slice(1, 1 + results.length)).program;
    const take = record("taken branch", all.map((v) => v.type), ([mask, ...rest]) => {
      const own = replay(maskEffects(program, branch, size), [mask as Value, ...safeLanes(mask as Value, rest.slice(types.length), mapped)]);
      return own.map((value, i) => select(overLanes(mask as Value, value.type.shape), value, at(rest, i)));
    }).program;
    results = applySwitch(primitive, convert(anyLane(takes), "int32"), [skip, take], all);
  });
  return { outputs: results, axes: zeros };
}
