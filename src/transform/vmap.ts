/**
 * Batching: a program becomes one that does the same for every element of a batch at once. Each equation is replaced by its
 * batch rule; where no operand is batched, and nothing inside it names the axis, it stays as it is.
 */
import { InternalError } from "../errors.ts";
import { axisNames } from "../core/axis-names.ts";
import { atPlace } from "../core/place.ts";
import type { BatchAxis } from "../core/primitive.ts";
import type { Equation, Program } from "../core/program.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { insertAt } from "../core/shape.ts";
import { sameType, showType } from "../core/type.ts";
import { Environment } from "./replay.ts";

interface Batched {
  readonly value: Value;
  readonly axis: BatchAxis;
}

/** Replays the program in the open trace with `axes[i]` the batch axis of input i; returns values and their batch axes. `axisName` is what operations inside may call the axis. */
export function batchProgram(
  program: Program,
  size: number,
  inputs: readonly Value[],
  axes: readonly BatchAxis[],
  axisName?: string,
): { readonly outputs: Value[]; readonly axes: BatchAxis[] } {
  const env = new Environment<Batched>((constant) => ({ value: constant, axis: null }));
  program.inputs.forEach((v, i) => env.set(v, { value: at(inputs, i), axis: at(axes, i) }));
  for (const equation of program.equations) {
    const operands = equation.inputs.map((a) => env.get(a));
    atPlace(equation.place, () => env.setAll(equation.outputs, step(equation, size, operands, axisName)));
  }
  const out = program.outputs.map((a) => env.get(a));
  return { outputs: out.map((b) => b.value), axes: out.map((b) => b.axis) };
}

function step(equation: Equation, size: number, operands: readonly Batched[], axisName: string | undefined): Batched[] {
  const { primitive, params } = equation;
  const values = operands.map((b) => b.value);
  const named = axisName !== undefined && axisNames(primitive, params).has(axisName);
  if (!named && operands.every((b) => b.axis === null)) return bind(primitive, values, params).map((value) => ({ value, axis: null }));
  const { outputs, axes } = primitive.batch(size, values, operands.map((b) => b.axis), params, primitive, axisName);
  if (outputs.length !== equation.outputs.length || axes.length !== outputs.length) {
    throw new InternalError(`the batch rule of ${primitive.name} returned ${outputs.length} results and ${axes.length} axes for ${equation.outputs.length} results`);
  }
  return outputs.map((value, i) => {
    const want = at(equation.outputs, i).type;
    const axis = at(axes, i);
    if (axis !== null && !(Number.isInteger(axis) && axis >= 0 && axis <= want.shape.length)) {
      throw new InternalError(`the batch rule of ${primitive.name} put the batch axis at ${axis} of ${showType(value.type)}`);
    }
    const full = axis === null ? want : { ...want, shape: insertAt(want.shape, axis, size) };
    if (!sameType(value.type, full)) throw new InternalError(`the batch rule of ${primitive.name} returned ${showType(value.type)} where ${showType(full)} belongs`);
    return { value, axis };
  });
}
