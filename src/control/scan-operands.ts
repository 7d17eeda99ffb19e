/**
 * What a scan carries and how its operands are grouped: constants, the same at each turn; state, which a turn takes and hands on;
 * sequences, of which each turn takes, or gives, one element.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Params, Program } from "../core/program.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { sameType, showType, type TensorType } from "../core/type.ts";

/** Inputs of the body: (constants…, state…, elements…), its outputs: (state…, elements…). */
export type Scan = { readonly body: Program; readonly constants: number; readonly state: number; readonly length: number; readonly reverse: boolean };

/** A list in the order of a scan's operands, taken apart. */
export interface Groups<T> {
  readonly constants: T[];
  readonly state: T[];
  readonly sequences: T[];
}

export function grouped<T>(list: readonly T[], { constants, state }: Scan): Groups<T> {
  const last = constants + state;
  return { constants: list.slice(0, constants), state: list.slice(constants, last), sequences: list.slice(last) };
}

/** The entries whose mask is `want`. */
export function pick<T>(list: readonly T[], mask: readonly boolean[], want = true): T[] {
  return list.filter((_, i) => mask[i] === want);
}

/** The type of a sequence of `length` elements. */
export function sequenceType(element: TensorType, length: number): TensorType {
  return { ...element, shape: [length, ...element.shape] };
}

export function scanType(inputs: readonly TensorType[], params: Params): readonly TensorType[] {
  const scan = params as Scan;
  const { body, state, length } = scan;
  if (!(Number.isSafeInteger(length) && length >= 0)) throw new ShapeError(`scan: the length must be a whole number of at least 0, got ${length}`);
  if (body.inputs.length !== inputs.length) throw new ShapeError(`scan: the body takes ${body.inputs.length} inputs, there are ${inputs.length} operands`);
  if (body.outputs.length < state || inputs.length < scan.constants + state) throw new ShapeError(`scan: ${state} parts of state do not fit a body of ${inputs.length} inputs and ${body.outputs.length} outputs`);
  const firstSequence = scan.constants + state;
  const inside = body.inputs.map((v, i) => (i < firstSequence ? v.type : sequenceType(v.type, length)));
  inputs.forEach((got, i) => {
    const want = inside[i] as TensorType;
    if (!sameType(got, want)) throw mismatch(`operand ${i} is ${showType(got)}, the body takes ${showType(want)}`, got, want);
  });
  const outputs = body.outputs.map((a, i) => {
    if (i >= state) return sequenceType(a.type, length);
    const before = (body.inputs[scan.constants + i] as { readonly type: TensorType }).type;
    if (!sameType(before, a.type)) throw mismatch(`part ${i} of the state is ${showType(before)} before a turn and ${showType(a.type)} after it`, before, a.type);
    return { ...before, weak: before.weak && a.type.weak };
  });
  return outputs;
}

function mismatch(text: string, a: TensorType, b: TensorType): Error {
  return a.dtype === b.dtype ? new ShapeError(`scan: ${text}`) : new DTypeError(`scan: ${text}`);
}

/** A scan about to be recorded. */
export interface ScanParts extends Groups<Value> {
  /** Of inputs in the order of the groups. */
  readonly body: Program;
  readonly length: number;
  readonly reverse: boolean;
}

export interface ScanResults {
  readonly state: Value[];
  readonly sequences: Value[];
}

/** Records a scan, or runs it. State that no turn changes goes in as a constant: the value that comes out is the one that went in. */
export function applyScan(primitive: Primitive, { body, constants, state, sequences, length, reverse }: ScanParts): ScanResults {
  const inside = grouped(body.inputs, { body, constants: constants.length, state: state.length, length, reverse });
  const changes = inside.state.map((v, i) => body.outputs[i] !== v);
  const loop: Program = {
    inputs: [...inside.constants, ...pick(inside.state, changes, false), ...pick(inside.state, changes), ...inside.sequences],
    equations: body.equations,
    outputs: body.outputs.filter((_, i) => changes[i] !== false),
  };
  const moving = pick(state, changes);
  const fixed = [...constants, ...pick(state, changes, false)];
  const results = bind(primitive, [...fixed, ...moving, ...sequences], { body: loop, constants: fixed.length, state: moving.length, length, reverse });
  let next = 0;
  return { state: state.map((value, i) => (changes[i] === true ? at(results, next++) : value)), sequences: results.slice(moving.length) };
}
