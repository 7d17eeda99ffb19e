/**
 * Going backward through a loop, split by what a tangent reaches: once for what is known alone, and as a whole for the tangents, which go
 * beside what they were made from. Nothing but the operands has to be kept.
 */
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { liveEquations } from "../transform/dce.ts";
import { splitProgram } from "../transform/split.ts";
import { groupsOf } from "./groups.ts";
import type { Backward } from "./while-backward.ts";
import type { Parts } from "./while-partition.ts";

export function partitionBackward(equation: Equation, reached: readonly boolean[]): Parts {
  const params = equation.params as Backward;
  const { advance, step, constants, state } = params;
  const [numbers, kept, fixed, begins, handed] = groupsOf(reached, [2, state, constants, state]) as [boolean[], boolean[], boolean[], boolean[], boolean[]];
  if (numbers.includes(true)) return { known: [], linear: [equation] };
  const states = closed(advance, [false, ...fixed], begins.map((on, i) => on || kept[i] === true));
  const moving = closed(step, [false, ...fixed, ...states], handed);
  const still = <T>(list: readonly T[], mask: readonly boolean[]): T[] => list.filter((_, i) => !mask[i]);
  const [count, slots, values, first, begin] = groupsOf(equation.inputs, [2, state, constants, state]) as [Atom[], Atom[], Atom[], Atom[], Atom[]];
  const known: Equation = {
    ...equation,
    params: {
      ...params,
      advance: knownPart(advance, [false, ...fixed, ...states], states),
      step: knownPart(step, [false, ...fixed, ...states, ...moving], moving),
      constants: still(fixed, fixed).length,
      state: still(states, states).length,
    },
    inputs: [...count, ...still(slots, states), ...still(values, fixed), ...still(first, states), ...still(begin, moving)],
    outputs: still(equation.outputs, moving),
  };
  const linear: Equation = { ...equation, outputs: equation.outputs.map((v, i) => (moving[i] ? v : new Variable(v.type))) };
  return { known: known.outputs.length > 0 ? [known] : [], linear: moving.includes(true) ? [linear] : [] };
}

/** The least set of the program's last inputs, which its outputs become, that it does not add to. */
function closed(program: Program, others: readonly boolean[], begin: readonly boolean[]): readonly boolean[] {
  let moving = begin;
  for (;;) {
    const { reachedOutputs } = splitProgram(program, [...others, ...moving]);
    const union = moving.map((on, i) => on || reachedOutputs[i] === true);
    if (union.every((on, i) => on === moving[i])) return moving;
    moving = union;
  }
}

function knownPart(program: Program, reached: readonly boolean[], moving: readonly boolean[]): Program {
  const { known, residualCount } = splitProgram(program, reached, moving);
  const outputs = known.outputs.slice(0, known.outputs.length - residualCount);
  return { inputs: known.inputs, equations: liveEquations(known.equations, outputs), outputs };
}
