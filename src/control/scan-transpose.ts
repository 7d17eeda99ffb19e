/**
 * A linear scan run backward: cotangents of the state are the state of the transposed scan, those of sequences are sequences, and those
 * of constants are summed up turn by turn.
 */
import { type MaybeZero, type Primitive, type TransposeRule, Unknown } from "../core/primitive.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { range } from "../core/shape.ts";
import { at, bind, record, splatLike, type Value } from "../core/tensor.ts";
import { add } from "../ops/elementwise.ts";
import { tangentType } from "../transform/jvp.ts";
import { Environment } from "../transform/replay.ts";
import { pullBack } from "../transform/transpose.ts";
import { dependencies, feedbackOf } from "./dependence.ts";
import { applyScan, grouped, type Groups, pick, type Scan } from "./scan-operands.ts";
import { partitionScan } from "./scan-partition.ts";

export const transposeScan: TransposeRule<Scan> = (cotangents, inputs, params, primitive, sums) => {
  if (grouped(inputs, params).state.every((x) => x instanceof Unknown)) return transposeLinear(cotangents, inputs, params, primitive, sums);
  // Some state begins with what is known. Where it stays known it is computed first; where a turn makes it linear it is linear.
  const operands = inputs.map((x) => new Variable(x.type));
  const outputs = primitive.type(inputs.map((x) => x.type), params).map((t) => new Variable(t));
  const parts = partitionScan({ primitive, inputs: operands, params, outputs, place: undefined }, inputs.map((x) => x instanceof Unknown));
  const linear = parts.linear[0] as Equation;
  const linearParams = linear.params as Scan;
  if (linearParams.state === params.state) return transposeLinear(cotangents, inputs, params, primitive, sums);
  const env = new Environment<Value | Unknown>((constant) => constant);
  env.setAll(operands, inputs);
  for (const { primitive: op, inputs: atoms, params: p, outputs: results } of parts.known) env.setAll(results, bind(op, atoms.map((a) => env.get(a) as Value), p));
  const cts = linear.outputs.map((v) => at(cotangents, outputs.indexOf(v)));
  const begin = linear.inputs.map((a) => sums[operands.indexOf(a as Variable)] ?? null);
  const out = transposeLinear(cts, linear.inputs.map((a) => env.get(a)), linearParams, primitive, begin);
  return operands.map((v, i) => (inputs[i] instanceof Unknown ? (out[linear.inputs.indexOf(v)] ?? null) : null));
};

/** Every part of the state is linear, whatever it begins with. */
function transposeLinear(cotangents: readonly MaybeZero[], inputs: readonly (Value | Unknown)[], params: Scan, primitive: Primitive, sums: readonly MaybeZero[]): MaybeZero[] {
  const { state, length, reverse } = params;
  const operands = grouped(inputs, params);
  const known = (list: readonly (Value | Unknown)[]): Value[] => list.filter((x): x is Value => !(x instanceof Unknown));
  const linearConstants = range(params.constants).filter((i) => inputs[i] instanceof Unknown);
  const stateTypes = operands.state.map((x) => tangentType(x.type));
  const stateCts = cotangents.slice(0, state);
  const sequenceCts = cotangents.slice(state);
  const { body, moving, constantMask, elementMask } = transposedBody(params, operands, stateCts, sequenceCts);
  const out = applyScan(primitive, {
    body,
    constants: known(operands.constants),
    state: [
      ...pick(linearConstants, constantMask).map((i) => sums[i] ?? splatLike({ type: at(inputs, i).type }, 0)),
      ...pick(range(state), moving).map((i) => instantiate(at(stateCts, i), { type: at(stateTypes, i) })),
    ],
    sequences: [...known(operands.sequences), ...sequenceCts.filter((ct) => ct !== null)],
    length,
    reverse: !reverse,
  });
  const summed = constantMask.filter(Boolean).length;
  const totals = spreadOver(out.state.slice(0, summed), constantMask, linearConstants);
  const carried = spread(out.state.slice(summed), moving);
  const elements = spreadOver(out.sequences, elementMask, range(inputs.length - params.constants - state).filter((i) => operands.sequences[i] instanceof Unknown));
  return inputs.map((x, i) => {
    if (!(x instanceof Unknown)) return null;
    if (i < params.constants) return totals.get(i) ?? null;
    const ct = (i < params.constants + state ? carried[i - params.constants] : elements.get(i - params.constants - state)) ?? null;
    return ct && sums[i] ? add(sums[i], ct) : ct;
  });
}

/** The values by place, for the places that the mask has one for. */
function spreadOver(values: readonly Value[], mask: readonly boolean[], places: readonly number[]): Map<number, Value> {
  return new Map(pick(places, mask).map((place, k) => [place, at(values, k)]));
}

interface TransposedBody {
  /** (known constants…; sums…, cotangents of the state that moves…; known elements…, cotangents of elements…) → (sums…, state…; elements…) */
  readonly body: Program;
  /** Which state has a cotangent. */
  readonly moving: readonly boolean[];
  /** Which linear constants, and which linear elements, have one. */
  readonly constantMask: readonly boolean[];
  readonly elementMask: readonly boolean[];
}

/** The pullback of one turn. State has a cotangent where one reaches it from a later turn. */
function transposedBody(params: Scan, operands: Groups<Value | Unknown>, stateCts: readonly MaybeZero[], sequenceCts: readonly MaybeZero[]): TransposedBody {
  const { body, state } = params;
  const inside = grouped(body.inputs, params);
  const knownConstants = operands.constants.map((x) => !(x instanceof Unknown));
  const knownElements = operands.sequences.map((x) => !(x instanceof Unknown));
  const elementCts = sequenceCts.map((ct) => ct !== null);
  const seeds = body.outputs.filter((_, i) => (i < state ? stateCts[i] !== null : elementCts[i - state]));
  const reached = dependencies(body, seeds, feedbackOf(params));
  const moving = inside.state.map((v, i) => stateCts[i] !== null || reached.has(v));

  const tangents = (atoms: readonly Atom[]) => atoms.map((a) => tangentType(a.type));
  const groups = [
    pick(inside.constants, knownConstants).map((v) => v.type),
    tangents(pick(inside.constants, knownConstants, false)),
    tangents(pick(inside.state, moving)),
    pick(inside.sequences, knownElements).map((v) => v.type),
    tangents(pick(body.outputs.slice(state), elementCts)),
  ];
  const constantCount = at(groups, 0).length;
  const sumCount = at(groups, 1).length;
  let has: boolean[] = [];
  const { program } = record("transpose", groups.flat(), (vars) => {
    let next = 0;
    const [constants, sums, cts, elements, givenCts] = groups.map((types) => vars.slice(next, (next += types.length))) as [Value[], Value[], Value[], Value[], Value[]];
    const values = [...spread(constants, knownConstants), ...moving.map(() => null), ...spread(elements, knownElements)];
    const pulled = pullBack(body, values, [...spread(cts, moving), ...spread(givenCts, elementCts)], (x, y) => add(x, y), sums);
    has = pulled.map((ct, i) => ct !== null && ct !== sums[i]);
    const after = inside.state.map((v, i) => instantiate(at(pulled, sumCount + i), { type: tangentType(v.type) }));
    return [...sums.map((sum, i) => pulled[i] ?? sum), ...pick(after, moving), ...pulled.slice(sumCount + state).filter((ct) => ct !== null)];
  });
  // a sum to which nothing is added is none
  const constantMask = has.slice(0, sumCount);
  const isSummed = (i: number, first: number): boolean => i < first || i >= first + sumCount || constantMask[i - first] === true;
  return {
    body: { ...program, inputs: program.inputs.filter((_, i) => isSummed(i, constantCount)), outputs: program.outputs.filter((_, i) => isSummed(i, 0)) },
    moving,
    constantMask,
    elementMask: has.slice(sumCount + state),
  };
}

/** The values one after the other where the mask has one, else null. */
function spread(values: readonly Value[], mask: readonly boolean[]): MaybeZero[] {
  let next = 0;
  return mask.map((on) => (on ? at(values, next++) : null));
}
