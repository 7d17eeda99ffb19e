/**
 * What gather and scatter share: where in an operand each index points. The last axis of `indices` holds one component per
 * indexed axis of the operand; the leading `batch` axes of both are paired. What an index selects is everything along the
 * operand's other axes. Shapes: operand [batch…, others and indexed axes in any order], indices [batch…, places…, components],
 * selection [batch…, places…, others…]. Negative components count from the end.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { type Indexing, otherAxes, outOfBounds } from "../core/indexing.ts";
import { sameShape, type Shape, sizeOf, stridesOf } from "../core/shape.ts";
import type { Value } from "../core/tensor.ts";
import { showType, showTypes, type TensorType } from "../core/type.ts";

export type IndexParams = Indexing;

/** Shape of what the indices select; checks operand, indices and params against each other. */
export function selectionShape(name: string, operand: TensorType, indices: TensorType, params: IndexParams): number[] {
  const { axes, batch } = params;
  const rank = operand.shape.length;
  if (indices.dtype !== "int32") throw new DTypeError(`${name}: indices must be int32, got ${showType(indices)}`, { hint: 'convert them with i.astype("int32")' });
  const valid = axes.every((a, i) => a >= batch && a < rank && axes.indexOf(a) === i);
  const last = indices.shape.length - 1;
  if (!valid || last < batch || indices.shape[last] !== axes.length || !sameShape(operand.shape.slice(0, batch), indices.shape.slice(0, batch))) {
    throw new ShapeError(`${name}: ${showTypes([operand, indices])} do not fit axes [${axes.join(", ")}] with ${batch} batch axes`);
  }
  return [...indices.shape.slice(0, last), ...otherAxes(rank, params).map((a) => operand.shape[a] as number)];
}

/** Position of each index's selection in the operand's elements: its first element, or -1 where mode "fill" leaves it out. */
export function locate(operand: TensorType, indices: ConcreteArray, params: IndexParams): Int32Array {
  const { axes, batch } = params;
  const strides = stridesOf(operand.shape);
  const batchCount = sizeOf(operand.shape.slice(0, batch));
  const places = sizeOf(indices.type.shape.slice(batch, -1));
  const batchStride = sizeOf(operand.shape.slice(batch));
  const out = new Int32Array(batchCount * places);
  const { elements } = indices;
  for (let i = 0, from = 0; i < out.length; i++) {
    let position = Math.floor(i / places) * batchStride;
    for (let component = 0; component < axes.length; component++) {
      const resolved = resolve(elements[from++] as number, component, operand, params);
      position = resolved < 0 || position < 0 ? -1 : position + resolved * (strides[axes[component] as number] as number);
    }
    out[i] = position;
  }
  return out;
}

/** The position that a component of an index means along its axis, or -1 where mode "fill" leaves it out. */
function resolve(index: number, component: number, operand: TensorType, params: IndexParams): number {
  const { axes, mode } = params;
  const length = operand.shape[axes[component] as number] as number;
  const counted = index < 0 ? index + length : index;
  if (counted >= 0 && counted < length) return counted;
  if (mode === "fill") return -1;
  if (mode === "throw" || length === 0) throw outOfBounds(index, component, params, operand);
  if (mode === "clip") return counted < 0 ? 0 : length - 1;
  return ((index % length) + length) % length;
}

/** Offsets, from the start of a selection, of its elements in row-major order. */
export function selectionOffsets(shape: Shape, others: readonly number[]): Int32Array {
  const strides = stridesOf(shape);
  const out = new Int32Array(sizeOf(others.map((a) => shape[a] as number)));
  const index = others.map(() => 0);
  for (let i = 0, offset = 0; i < out.length; i++) {
    out[i] = offset;
    for (let d = others.length - 1; d >= 0; d--) {
      const axis = others[d] as number;
      index[d] = (index[d] as number) + 1;
      offset += strides[axis] as number;
      if ((index[d] as number) < (shape[axis] as number)) break;
      offset -= (strides[axis] as number) * (shape[axis] as number);
      index[d] = 0;
    }
  }
  return out;
}

/** Whether no two indices can point at the same place: "unknown" until the program runs, unless the indices are constants. */
export function distinctness(operand: TensorType, indices: Value, params: IndexParams): "distinct" | "repeated" | "unknown" {
  if (sizeOf(indices.type.shape.slice(params.batch, -1)) <= 1) return "distinct";
  if (!(indices instanceof ConcreteArray)) return "unknown";
  const positions = locate(operand, indices, params).filter((p) => p >= 0);
  return new Set(positions).size === positions.length ? "distinct" : "repeated";
}
