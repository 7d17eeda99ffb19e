/**
 * Jacobians of any tree in any tree. Forward: the linear program batched over the unit vectors of each argument leaf; reverse: its
 * transpose batched over those of each result leaf. An entry has shape [...result leaf, ...argument leaf].
 */
import { DifferentiationError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes, isFloat } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import { at, record, splatLike, type Value } from "../core/tensor.ts";
import { leafPaths, unflatten } from "../core/tree.ts";
import { showType, type TensorType } from "../core/type.ts";
import { align, reshape } from "../ops/structure.ts";
import { tangentType } from "../transform/jvp.ts";
import { batchProgram } from "../transform/vmap.ts";
import type { SpecOptions } from "./arguments.ts";
import { type Argnums, gradientTree, type LinearizedCall, linearizeCall, pullCotangents } from "./differentiate.ts";
import type { PlainFunction } from "./trace.ts";

export type JacobianMode = "forward" | "reverse";

/** The Jacobian as a function of the same arguments: the result's tree of (the differentiated arguments' trees of) arrays. */
export function jacobianFunction(fn: PlainFunction, mode: JacobianMode, argnums: Argnums | undefined, options: SpecOptions, name: string): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    const call = linearizeCall(fn, args, argnums, options, name);
    const paths = leafPaths(call.outputStructure, "result");
    call.outputs.forEach((y, i) => {
      if (!isFloat(y.type.dtype)) throw new DifferentiationError(`${name}: ${at(paths, i)} is ${showType(y.type)} and has no derivative`, { hint: "return floating arrays only" });
    });
    const entries = mode === "forward" ? byColumns(call) : byRows(call);
    return unflatten(call.outputStructure, entries.map((row) => gradientTree(call, row, argnums, args.length, name)));
  };
}

/** entries[result leaf][argument leaf] from pushing unit tangents. */
function byColumns(call: LinearizedCall): Value[][] {
  const entries: Value[][] = call.outputs.map(() => []);
  call.inputTypes.forEach((type, i) => {
    const size = sizeOf(type.shape);
    const tangents = call.inputTypes.map((t, j) => (j === i ? unitVectors(type) : splatLike({ type: t }, 0)));
    const { outputs, axes } = batchProgram(call.linear, size, [...call.residuals, ...tangents], [...call.residuals.map(() => null), ...call.inputTypes.map((_, j) => (j === i ? 0 : null))]);
    let next = 0;
    call.outputs.forEach((y, k) => {
      const shape = [...y.type.shape, ...type.shape];
      if (!call.activeOutputs[k]) at(entries, k).push(splatLike({ type: { ...tangentType(y.type), shape } }, 0));
      else {
        const value = at(outputs, next);
        at(entries, k).push(reshape(align(value, at(axes, next), y.type.shape.length, size), shape));
        next++;
      }
    });
  });
  return entries;
}

/** entries[result leaf][argument leaf] from pulling unit cotangents back. */
function byRows(call: LinearizedCall): Value[][] {
  const activePositions = call.outputs.flatMap((_, k) => (call.activeOutputs[k] ? [k] : []));
  return call.outputs.map((y, k) => {
    const type = tangentType(y.type);
    const size = sizeOf(type.shape);
    if (!call.activeOutputs[k]) return call.inputTypes.map((t) => splatLike({ type: { ...t, shape: [...type.shape, ...t.shape] } }, 0));
    const residualTypes = call.residuals.map((v) => v.type);
    const { program } = record("transpose", [...residualTypes, type], (inputs) => {
      const residuals = inputs.slice(0, residualTypes.length);
      return pullCotangents(call, residuals, activePositions.map((p) => (p === k ? at(inputs, residualTypes.length) : null)));
    });
    const { outputs, axes } = batchProgram(program, size, [...call.residuals, unitVectors(type)], [...residualTypes.map(() => null), 0]);
    return outputs.map((value, i) => reshape(align(value, at(axes, i), 0, size), [...type.shape, ...at(call.inputTypes, i).shape]));
  });
}

/** All unit vectors of a type, stacked along a new first axis: shape [size, ...shape]. */
function unitVectors(type: TensorType): ConcreteArray {
  const size = sizeOf(type.shape);
  const data = dtypes[type.dtype].allocate(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return ConcreteArray.of({ ...type, shape: [size, ...type.shape] }, data);
}
