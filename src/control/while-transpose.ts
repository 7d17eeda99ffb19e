/**
 * The linear part of a loop with a test run backward: cotangents of the state are handed on from a turn to the one before it, those of
 * constants are summed up on the way.
 */
import { type MaybeZero, Unknown } from "../core/primitive.ts";
import { inputTypes, type Program, Variable } from "../core/program.ts";
import { instantiate, nonlinear } from "../core/rules.ts";
import { at, bind, record, splatLike, type Value } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { add } from "../ops/elementwise.ts";
import { pruneProgram } from "../transform/dce.ts";
import { tangentType } from "../transform/jvp.ts";
import { splitProgram } from "../transform/split.ts";
import { Environment } from "../transform/replay.ts";
import { pullBack } from "../transform/transpose.ts";
import { groupsOf, queue } from "./groups.ts";
import type { LoopFamily } from "./loop-family.ts";
import type { While } from "./while-apply.ts";
import type { Backward } from "./while-backward.ts";
import { partitionWhile } from "./while-partition.ts";
import { counter } from "./while-record.ts";
import type { Retraced } from "./while-retrace.ts";

type Operand = Value | Unknown;

/** `before`: sums of cotangents so far, which it adds to. */
export function transposeRetraced(cotangents: readonly MaybeZero[], inputs: readonly Operand[], params: Retraced, { backward }: LoopFamily, before: readonly MaybeZero[]): MaybeZero[] {
  const { knownConstants, linearConstants, knownState, slots } = params;
  const kept = 2 + knownState;
  const first = kept + knownConstants;
  const groups = groupsOf(inputs, [kept, knownConstants, linearConstants, knownState]);
  const [numbers, fixed, begins] = [0, 1, 3].map((i) => at(groups, i).map(valueOf)) as [Value[], Value[], Value[]];
  const factors = at(groups, 2);
  const given = factors.filter((x): x is Value => !(x instanceof Unknown));
  const turn = separated(params, factors.map((x) => x instanceof Unknown));
  const { body, moving, summed } = transposedBody({ ...params, body: turn }, factors.map((x) => x instanceof Unknown), cotangents.map((ct) => ct !== null));
  const linear = params.body.outputs.slice(knownState).map((a) => ({ type: tangentType(a.type) }));
  const sums = factors.flatMap((x, i) => (x instanceof Unknown ? [before[first + i] ?? splatLike({ type: tangentType(x.type) }, 0)] : [])).filter((_, i) => summed[i]);
  const begin = [...sums, ...linear.flatMap((like, i) => (moving[i] ? [instantiate(at(cotangents, i), like)] : []))];
  const out = bind(backward, [...numbers, ...fixed, ...given, ...begins, ...begin], { advance: advancing(), step: body, constants: first - kept + given.length, state: knownState, slots } satisfies Backward);
  const next = queue(out);
  const sumsOut = summed.map((on) => (on ? next() : null));
  const stateOut = moving.map((on) => (on ? next() : null));
  const sumOf = queue(sumsOut);
  return inputs.map((x, i) => {
    if (!(x instanceof Unknown)) return null;
    if (i < first + linearConstants) return sumOf();
    const ct = at(stateOut, i - first - linearConstants - knownState);
    return ct && before[i] ? add(before[i], ct) : ct;
  });

  /** The known part of a turn: (turn, constants…, state…) → state… */
  function advancing(): Program {
    const needed = turn.outputs.map((_, i) => i < knownState);
    const isKnown = turn.inputs.map((_, i) => i < knownConstants || (i >= knownConstants && i < knownConstants + linearConstants && !(at(factors, i - knownConstants) instanceof Unknown)) || (i >= knownConstants + linearConstants && i < knownConstants + linearConstants + knownState));
    const { program } = pruneProgram(turn, needed, isKnown);
    return { ...program, inputs: [...record("turn", [counter], (vars) => vars).program.inputs, ...program.inputs] };
  }
}

/** The turn with the parts of operations that are known apart from those that are linear. */
function separated({ body, knownConstants, linearConstants, knownState }: Retraced, unknown: readonly boolean[]): Program {
  const first = knownConstants + linearConstants;
  const linear = body.inputs.map((_, i) => (i >= knownConstants && i < first ? unknown[i - knownConstants] === true : i >= first + knownState));
  const { known, rest } = splitProgram(body, linear, body.outputs.map((_, i) => i >= knownState));
  return { ...body, equations: [...known.equations, ...rest.equations] };
}

/** A loop some of whose operands are linear: what is known runs first, and keeps the states that going backward needs. */
export function transposeWhile(cotangents: readonly MaybeZero[], inputs: readonly Operand[], params: While, family: LoopFamily, before: readonly MaybeZero[]): readonly MaybeZero[] {
  const operands = inputs.map((x) => new Variable(x.type));
  const outputs = cotangents.map((_, i) => new Variable(at(inputs, params.constants + i).type));
  const { known, linear } = partitionWhile({ primitive: family.plain, inputs: operands, params, outputs, place: undefined }, inputs.map((x) => x instanceof Unknown), family);
  const [part] = linear;
  if (part === undefined || part.primitive !== family.retraced) throw nonlinear("the test of a loop");
  const env = new Environment<Operand>((constant) => constant);
  env.setAll(operands, inputs);
  for (const equation of known) env.setAll(equation.outputs, bind(equation.primitive, equation.inputs.map((a) => valueOf(env.get(a))), equation.params));
  const out = transposeRetraced(part.outputs.map((v) => at(cotangents, outputs.indexOf(v))), part.inputs.map((a) => env.get(a)), part.params as Retraced, family, part.inputs.map((a) => before[operands.indexOf(a as Variable)] ?? null));
  return operands.map((v, i) => (inputs[i] instanceof Unknown ? (out[part.inputs.indexOf(v)] ?? null) : null));
}

function valueOf(x: Operand): Value {
  if (x instanceof Unknown) throw nonlinear("a loop with a test");
  return x;
}

interface TransposedBody {
  /** (turn, constants that are known…, known state…, sums…, cotangents of the state that moves…) → (sums…, cotangents…) */
  readonly body: Program;
  /** Which linear state has a cotangent. */
  readonly moving: readonly boolean[];
  /** Which unknown constants get one. */
  readonly summed: readonly boolean[];
}

/** The pullback of one turn, for the least set of state with a cotangent that a turn does not add to. */
function transposedBody({ body, knownConstants, linearConstants, knownState }: Retraced, unknown: readonly boolean[], active: readonly boolean[]): TransposedBody {
  const [fixed, factors, begins, linear] = groupsOf(inputTypes(body), [knownConstants, linearConstants, knownState]) as [TensorType[], TensorType[], TensorType[], TensorType[]];
  const given = factors.filter((_, i) => !unknown[i]);
  const sums = factors.filter((_, i) => unknown[i]).map(tangentType);
  const before = 1 + fixed.length + given.length + knownState;
  let moving = active;
  for (;;) {
    let pulled: readonly MaybeZero[] = [];
    const cts = linear.filter((_, i) => moving[i]).map(tangentType);
    const { program } = record("transposed turn", [counter, ...fixed, ...given, ...begins, ...sums, ...cts], (vars) => {
      const [, own, ownGiven, state, totals, carried] = groupsOf<Value>(vars, [1, fixed.length, given.length, knownState, sums.length]) as [Value[], Value[], Value[], Value[], Value[], Value[]];
      const [factor, ct] = [queue(ownGiven), queue(carried)];
      const values = [...own, ...unknown.map((on) => (on ? null : factor())), ...state, ...linear.map(() => null)];
      const sum = pullBack(body, values, [...state.map(() => null), ...moving.map((on) => (on ? ct() : null))], (x, y) => add(x, y), totals);
      pulled = sum.map((x, i) => (x === totals[i] ? null : x));
      const after = pulled.slice(sums.length).map((x, i) => instantiate(x, { type: tangentType(at(linear, i)) }));
      return [...totals.map((total, i) => sum[i] ?? total), ...after.filter((_, i) => moving[i])];
    });
    const reached = pulled.slice(sums.length).map((x) => x !== null);
    const union = moving.map((on, i) => on || reached[i] === true);
    if (union.some((on, i) => on !== moving[i])) {
      moving = union;
      continue;
    }
    // a sum to which nothing is added is a zero
    const summed = pulled.slice(0, sums.length).map((x) => x !== null);
    const keeps = (i: number, start: number): boolean => i < start || i >= start + sums.length || summed[i - start] === true;
    return { moving, summed, body: { ...program, inputs: program.inputs.filter((_, i) => keeps(i, before)), outputs: program.outputs.filter((_, i) => keeps(i, 0)) } };
  }
}
