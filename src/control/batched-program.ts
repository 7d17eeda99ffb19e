/** Programs inside operations, batched: recorded anew on operands that carry a batch axis, with the axes of their results where they are wanted. */
import type { BatchAxis } from "../core/primitive.ts";
import { inputTypes, type Program } from "../core/program.ts";
import { insertAt } from "../core/shape.ts";
import { at, record, type Value } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { align } from "../ops/structure.ts";
import { replay } from "../transform/replay.ts";
import { batchProgram } from "../transform/vmap.ts";

export interface BatchedProgram {
  readonly program: Program;
  readonly axes: readonly BatchAxis[];
}

/** The type of a value of `type` for each element of a batch. */
export function batchedType(type: TensorType, axis: BatchAxis, size: number): TensorType {
  return axis === null ? type : { ...type, shape: insertAt(type.shape, axis, size) };
}

export function batched(program: Program, size: number, axes: readonly BatchAxis[], axisName: string | undefined): BatchedProgram {
  let out: readonly BatchAxis[] = [];
  const { program: result } = record("vmap", inputTypes(program).map((t, i) => batchedType(t, at(axes, i), size)), (inputs) => {
    const { outputs, axes: outAxes } = batchProgram(program, size, inputs, axes, axisName);
    out = outAxes;
    return outputs;
  });
  return { program: result, axes: out };
}

/** The batched program with its results' batch axis in front where `wanted`; those that have none are repeated. */
export function inFront({ program, axes }: BatchedProgram, wanted: readonly boolean[], size: number): Program {
  if (axes.every((axis, i) => axis === (wanted[i] ? 0 : null))) return program;
  return record("vmap", inputTypes(program), (inputs) => replay(program, inputs).map((value, i) => front(value, at(axes, i), wanted[i] === true, size))).program;
}

function front(value: Value, axis: BatchAxis, wanted: boolean, size: number): Value {
  return wanted ? align(value, axis, 0, size) : value;
}
