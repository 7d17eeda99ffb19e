/**
 * A loop with a test split by what a tangent reaches. What is known runs as a loop that keeps states on the way; the linear part goes
 * through the same number of turns again, and with what was kept it can be run backward.
 */
import { ConcreteArray } from "../core/concrete.ts";
import { type Equation, type Program, Variable } from "../core/program.ts";
import { at } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { liveEquations, pruneProgram } from "../transform/dce.ts";
import { withoutEffects } from "../transform/silent.ts";
import { splitProgram } from "../transform/split.ts";
import type { LoopFamily } from "./loop-family.ts";
import { slotCount } from "./slots.ts";
import type { While } from "./while-apply.ts";
import { counter, type RecordedWhile, slotType } from "./while-record.ts";
import { countedLoop, type Retraced } from "./while-retrace.ts";

export interface Parts {
  readonly known: readonly Equation[];
  readonly linear: readonly Equation[];
}

export function partitionWhile(equation: Equation, reached: readonly boolean[], family: LoopFamily): Parts {
  const { test, body, constants, slots: asked, recorded: before = [] } = equation.params as While & Partial<RecordedWhile>;
  const moving = reachedState(body, constants, reached);
  const still = moving.map((on) => !on);
  const all = { known: [], linear: [equation] };
  const reachesTest = pruneProgram(test, [true]).inputs.some((used, i) => used && (i < constants ? reached[i] : moving[i - constants]));
  if (reachesTest) return all;
  const isReached = [...reached.slice(0, constants), ...moving];
  const { known: knownPart, residualCount } = splitProgram(body, isReached, moving);
  const knownOutputs = knownPart.outputs.slice(0, knownPart.outputs.length - residualCount);
  const knownBody: Program = { inputs: knownPart.inputs, equations: liveEquations(knownPart.equations, knownOutputs), outputs: knownOutputs };
  const used = needed(body, constants, moving);
  // which parts of the state the linear turns read
  const read = still.map((on, i) => on && used[constants + i] === true);
  const kept = still.map((on, i) => on && (read[i] === true || before.includes(i)));
  const types = equation.inputs.slice(constants).map((a) => a.type);
  const slots = slotCount(asked, types.filter((_, i) => kept[i]));
  const positions = (mask: readonly boolean[]): number[] => mask.flatMap((on, i) => (on ? [i] : []));
  const own = equation.outputs.slice(moving.length);
  const [count, level, ...stored] = own.length > 0 ? own : [new Variable(counter), new Variable(counter)];
  const slotOf = new Map(positions(kept).map((i) => [i, stored[before.indexOf(i)] ?? new Variable(slotType(at(types, i), slots))]));
  const knownConstants = reached.slice(0, constants).map((on) => !on);
  const recordedParams: RecordedWhile = {
    test: pruneProgram(test, [true], isReached.map((on) => !on)).program,
    body: knownBody,
    constants: knownConstants.filter(Boolean).length,
    slots,
    recorded: positions(kept.filter((_, i) => still[i])),
  };
  const known: Equation = {
    ...equation,
    primitive: family.recorded,
    params: recordedParams,
    inputs: equation.inputs.filter((_, i) => !isReached[i]),
    outputs: [...equation.outputs.slice(0, moving.length).filter((_, i) => still[i]), count as Variable, level as Variable, ...slotOf.values()],
  };
  if (!moving.includes(true)) return { known: [known], linear: [] };
  const isConstant = (i: number): boolean => i < constants;
  const groups = ([[true, false], [true, true], [false, false], [false, true]] as const).map(([constant, linear]) =>
    equation.inputs.flatMap((_, i) => (used[i] && isConstant(i) === constant && isReached[i] === linear ? [i] : [])),
  );
  const [knownState, linearState] = [groups[2] ?? [], groups[3] ?? []];
  const outputs = [...knownState, ...linearState].map((i) => at(body.outputs, i - constants));
  const narrowed = pruneProgram(withoutEffects({ ...body, outputs }, "reverse mode of a loop with a test"), outputs.map(() => true), used).program;
  const inputOf = new Map(narrowed.inputs.map((v, i) => [positions(used)[i] as number, v]));
  const params: Retraced = {
    body: { ...narrowed, inputs: groups.flat().map((i) => inputOf.get(i) as Variable) },
    knownConstants: groups[0]?.length ?? 0,
    linearConstants: groups[1]?.length ?? 0,
    knownState: knownState.length,
    slots,
  };
  const operands = groups.flat().map((i) => at(equation.inputs, i));
  const linearOutputs = equation.outputs.slice(0, moving.length).filter((_, i) => moving[i]);
  const storedLinear = before.filter((i) => moving[i]);
  if (storedLinear.length === 0) {
    const inputs = [count as Variable, level as Variable, ...positions(read).map((i) => slotOf.get(i) as Variable), ...operands];
    return { known: [known], linear: [{ ...equation, primitive: family.retraced, params, inputs, outputs: linearOutputs }] };
  }
  // linear state that is kept as well: a loop over a counter that keeps it
  const { test: counted, body: turn, constants: first } = countedLoop(params);
  const stateTypes = turn.outputs.map((a) => a.type);
  const linearParams: RecordedWhile = { test: counted, body: turn, constants: first, slots, recorded: storedLinear.map((i) => 1 + knownState.length + linearState.indexOf(constants + i)) };
  const fresh = (list: readonly TensorType[]): Variable[] => list.map((t) => new Variable(t));
  return {
    known: [known],
    linear: [
      {
        ...equation,
        primitive: family.recorded,
        params: linearParams,
        inputs: [count as Variable, ...operands.slice(0, first - 1), ConcreteArray.splat(counter, 0), ...operands.slice(first - 1)],
        outputs: [...fresh(stateTypes.slice(0, 1 + knownState.length)), ...linearOutputs, ...fresh([counter, counter]), ...storedLinear.map((i) => at(stored, before.indexOf(i)))],
      },
    ],
  };
}

/** Which parts of the state a tangent reaches: those where it begins, and those that a turn adds. */
function reachedState(body: Program, constants: number, reached: readonly boolean[]): readonly boolean[] {
  const fixed = reached.slice(0, constants);
  let moving = reached.slice(constants);
  for (;;) {
    const { reachedOutputs } = splitProgram(body, [...fixed, ...moving]);
    const union = moving.map((on, i) => on || reachedOutputs[i] === true);
    if (union.every((on, i) => on === moving[i])) return moving;
    moving = union;
  }
}

/** Which inputs of the body the linear turns read, for themselves or to make the states that they read. */
function needed(body: Program, constants: number, moving: readonly boolean[]): readonly boolean[] {
  let state = moving;
  for (;;) {
    const { inputs } = pruneProgram(body, state);
    const union = state.map((on, i) => on || inputs[constants + i] === true);
    if (union.every((on, i) => on === state[i])) return inputs.map((on, i) => (i < constants ? on : union[i - constants] === true));
    state = union;
  }
}
