/**
 * A linear scan run backward: cotangents of the state are the state of the transposed scan, those of sequences are sequences, and those
 * of constants are summed up turn by turn.
 */
import { type MaybeZero, type Primitive, type TransposeRule, Unknown } from "../core/primitive.ts";
import { type Equation, type Program, Variable } from "../core/program.ts";
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
  const [totals, carried, elements] = [queue(out.state.slice(0, summed), constantMask), queue(out.state.slice(summed), moving), queue(out.sequences, elementMask)];
  const onTop = (ct: MaybeZero, i: number): MaybeZero => (ct && sums[i] ? add(sums[i], ct) : ct);
  return inputs.map((x, i) => {
    const isState = i >= params.constants && i < params.constants + state;
    const stateCt = isState ? carried() : null;
    if (!(x instanceof Unknown)) return null;
    if (i < params.constants) return totals();
    return onTop(isState ? stateCt : elements(), i);
  });
}

/** One value after another, null where the mask has none. */
function queue(values: readonly Value[], mask: readonly boolean[]): () => MaybeZero {
  let place = 0;
  let next = 0;
  return () => (mask[place++] === true ? at(values, next++) : null);
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

/** The pullback of one turn, for the state that a cotangent reaches. */
function transposedBody(params: Scan, operands: Groups<Value | Unknown>, stateCts: readonly MaybeZero[], sequenceCts: readonly MaybeZero[]): TransposedBody {
  const { body, state } = params;
  const inside = grouped(body.inputs, params);
  const isKnown = (list: readonly (Value | Unknown)[]): boolean[] => list.map((x) => !(x instanceof Unknown));
  const [knownConstants, knownElements] = [isKnown(operands.constants), isKnown(operands.sequences)];
  const types = (list: readonly Variable[]) => list.map((v) => tangentType(v.type));
  const sumTypes = types(pick(inside.constants, knownConstants, false));
  const elementTypes = pick(body.outputs.slice(state), sequenceCts.map((ct) => ct !== null)).map((a) => tangentType(a.type));
  const given = [...pick(inside.constants, knownConstants), ...pick(inside.sequences, knownElements)].map((v) => v.type);
  const constantCount = knownConstants.filter(Boolean).length;
  const seeds = body.outputs.filter((_, i) => (i < state ? stateCts[i] : sequenceCts[i - state]) !== null);
  const reached = dependencies(body, seeds, feedbackOf(params));
  let moving = inside.state.map((v, i) => stateCts[i] !== null || reached.has(v));
  for (;;) {
    let pulled: readonly MaybeZero[] = [];
    const movingTypes = types(pick(inside.state, moving));
    const counts = [constantCount, sumTypes.length, movingTypes.length];
    const order = [...given.slice(0, constantCount), ...sumTypes, ...movingTypes, ...given.slice(constantCount), ...elementTypes];
    const { program } = record("transpose", order, (vars) => {
      const take = taker(vars);
      const [constants, sums, state_, known, cts] = [...counts, given.length - constantCount, elementTypes.length].map(take) as [Value[], Value[], Value[], Value[], Value[]];
      const [constant, stateCt, element, elementCt] = [queue(constants, knownConstants), queue(state_, moving), queue(known, knownElements), queue(cts, sequenceCts.map((ct) => ct !== null))];
      const values = [...knownConstants.map(constant), ...moving.map(() => null), ...knownElements.map(element)];
      const totals = pullBack(body, values, [...moving.map(stateCt), ...sequenceCts.map(elementCt)], (x, y) => add(x, y), sums);
      pulled = totals.map((ct, i) => (ct === sums[i] ? null : ct));
      const after = pulled.slice(sums.length, sums.length + state).map((ct, i) => instantiate(ct, { type: tangentType(at(inside.state, i).type) }));
      return [...sums.map((sum, i) => totals[i] ?? sum), ...pick(after, moving), ...pulled.slice(sums.length + state).filter((ct) => ct !== null)];
    });
    const has = pulled.map((ct) => ct !== null);
    const added = range(state).filter((i) => has[sumTypes.length + i] === true && moving[i] === false);
    if (added.length > 0) {
      moving = moving.map((on, i) => on || added.includes(i));
      continue;
    }
    // a sum to which nothing is added is a zero
    const constantMask = has.slice(0, sumTypes.length);
    const keepsSum = (i: number, start: number): boolean => i < start || i >= start + sumTypes.length || constantMask[i - start] === true;
    const pruned = { ...program, inputs: program.inputs.filter((_, i) => keepsSum(i, constantCount)), outputs: program.outputs.filter((_, i) => keepsSum(i, 0)) };
    return { body: pruned, moving, constantMask, elementMask: has.slice(sumTypes.length + state) };
  }
}

function taker<T>(list: readonly T[]): (count: number) => T[] {
  let next = 0;
  return (count) => list.slice(next, (next += count));
}
