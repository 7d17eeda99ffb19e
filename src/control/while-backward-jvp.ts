/** Forward mode of going backward through a loop: tangents of the states come from slots of their own, beside those of the states. */
import type { JvpRule } from "../core/primitive.ts";
import type { Program, Variable } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { at, bind, splatLike, type Value } from "../core/tensor.ts";
import { jvpProgram, tangentType } from "../transform/jvp.ts";
import { groupsOf, queue } from "./groups.ts";
import type { Backward } from "./while-backward.ts";

export const jvpBackward: JvpRule<Backward> = (primals, tangents, params, primitive) => {
  const { constants, state, slots } = params;
  const sizes = [2, state, constants, state];
  const [numbers, kept, fixed, begins, handed] = groupsOf(primals, sizes) as [Value[], Value[], Value[], Value[], Value[]];
  const [, keptTangents, fixedTangents, beginTangents, handedTangents] = groupsOf(tangents, sizes) as (Value | null)[][] as [never, (Value | null)[], (Value | null)[], (Value | null)[], (Value | null)[]];
  const active = fixedTangents.map((t) => t !== null);
  const { program: advance, moving } = pushed(params.advance, [false, ...active], beginTangents.map((t, i) => t !== null || keptTangents[i] !== null));
  const { program: step, moving: handedMoves } = pushed(params.step, [false, ...active, ...moving], handedTangents.map((t) => t !== null));
  const given = fixedTangents.filter((t) => t !== null);
  const moved = (values: readonly Value[], of: readonly (Value | null)[], mask: readonly boolean[]): Value[] => values.flatMap((x, i) => (mask[i] ? [instantiate(at(of, i), x)] : []));
  const inputs = [
    ...numbers,
    ...kept, ...moved(kept, keptTangents, moving),
    ...fixed, ...given,
    ...begins, ...moved(begins, beginTangents, moving),
    ...handed, ...moved(handed, handedTangents, handedMoves),
  ];
  const first = 1 + constants;
  const out = bind(primitive, inputs, {
    advance: ordered(advance, params.advance.inputs.length, [first, state], [given.length]),
    step: ordered(step, params.step.inputs.length, [first, state, handed.length], [given.length, moving.filter(Boolean).length]),
    constants: constants + given.length,
    state: state + moving.filter(Boolean).length,
    slots,
  } satisfies Backward);
  const next = queue(out.slice(handed.length));
  return { outputs: out.slice(0, handed.length), tangents: handedMoves.map((on) => (on ? next() : null)) };
};

/** The program that pushes tangents forward, for the least set of its last inputs, which its outputs become, that it does not add to. */
function pushed(program: Program, others: readonly boolean[], begin: readonly boolean[]): { readonly program: Program; readonly moving: readonly boolean[] } {
  let moving = begin;
  for (;;) {
    const { program: both, activeOutputs } = jvpProgram(program, [...others, ...moving]);
    const union = moving.map((on, i) => on || activeOutputs[i] === true);
    if (union.some((on, i) => on !== moving[i])) {
      moving = union;
      continue;
    }
    const next = queue(both.outputs.slice(program.outputs.length));
    const own = activeOutputs.map((on, i) => (on ? next() : splatLike({ type: tangentType(at(program.outputs, i).type) }, 0)));
    return { moving, program: { ...both, outputs: [...both.outputs.slice(0, program.outputs.length), ...own.filter((_, i) => moving[i])] } };
  }
}

/** The tangents of each group of inputs behind that group. */
function ordered(program: Program, primals: number, groups: readonly number[], tangents: readonly number[]): Program {
  const values = groupsOf<Variable>(program.inputs.slice(0, primals), groups);
  const moves = groupsOf<Variable>(program.inputs.slice(primals), tangents);
  return { ...program, inputs: values.flatMap((group, i) => [...group, ...(moves[i] ?? [])]) };
}
