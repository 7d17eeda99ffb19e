/**
 * From the last turn of a loop to the first: what is handed on backward is made from the state before each turn. The states come from slots
 * that the loop kept; those between are computed again.
 */
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes } from "../core/dtype.ts";
import type { InnerPrograms } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { at } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { pruneProgram } from "../transform/dce.ts";
import { groupsOf } from "./groups.ts";
import { run } from "./run.ts";
import { int, rowAt, rowCount } from "./slots.ts";

/** Operands: (how many turns, the level, slots of the state…, constants…, the first state…, what is handed on…). Results: what is handed on. */
export type Backward = {
  /** (turn, constants…, state…) → state… */
  readonly advance: Program;
  /** (turn, constants…, state…, handed on…) → handed on… */
  readonly step: Program;
  readonly constants: number;
  readonly state: number;
  readonly slots: number;
};

export function backwardType(_inputs: readonly TensorType[], { step }: Backward): TensorType[] {
  return step.outputs.map((a) => ({ ...a.type, weak: false }));
}

/** All states between two that were kept are computed at once. */
export function runBackward(inputs: readonly ConcreteArray[], { advance, step, constants, state, slots }: Backward): ConcreteArray[] {
  const [numbers, kept, fixed, , begin] = groupsOf(inputs, [2, state, constants, state]) as [ConcreteArray[], ConcreteArray[], ConcreteArray[], ConcreteArray[], ConcreteArray[]];
  const [count, level] = numbers.map((x) => x.elements[0] as number) as [number, number];
  const rows = rowCount(slots);
  let handed = begin;
  for (let segment = ((count + 2 ** level - 1) >> level) - 1; segment >= 0; segment--) {
    const first = segment << level;
    const states = [kept.map((x, i) => rowFrom(x, rowAt(segment, level, rows), at(advance.inputs, 1 + constants + i).type))];
    for (let turn = first; turn + 1 < Math.min(count, first + 2 ** level); turn++) states.push(run(advance, [int(turn) as ConcreteArray, ...fixed, ...at(states, turn - first)]));
    for (let i = states.length - 1; i >= 0; i--) handed = run(step, [int(first + i) as ConcreteArray, ...fixed, ...at(states, i), ...handed]);
  }
  return [...handed];
}

function rowFrom({ elements }: ConcreteArray, row: number, type: TensorType): ConcreteArray {
  const size = sizeOf(type.shape);
  const data = dtypes[type.dtype].allocate(size);
  data.set(elements.subarray(row * size, (row + 1) * size));
  return ConcreteArray.of(type, data);
}

/** Without what is handed on for results that nothing needs. */
export const pruneBackward: InnerPrograms<Backward>["prune"] = (equation, needed) => {
  const params = equation.params as Backward;
  const { step, constants, state } = params;
  const before = 1 + constants + state;
  let kept = needed;
  for (;;) {
    const { inputs } = pruneProgram(step, kept);
    const union = kept.map((on, i) => on || inputs[before + i] === true);
    if (union.some((on, i) => on !== kept[i])) {
      kept = union;
      continue;
    }
    if (kept.every(Boolean)) return equation;
    const keep = step.inputs.map((_, i) => i < before || kept[i - before] === true);
    const first = equation.inputs.length - kept.length;
    return {
      ...equation,
      params: { ...params, step: pruneProgram(step, kept, keep).program },
      inputs: equation.inputs.filter((_, i) => i < first || kept[i - first]),
      outputs: equation.outputs.filter((_, i) => kept[i]),
    };
  }
};
