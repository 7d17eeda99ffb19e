/** The type of a tensor: dtype, shape, and whether the dtype is weak (came from JavaScript numbers alone). */
import { dtypes, type DType } from "./dtype.ts";
import { sameShape, type Shape } from "./shape.ts";

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly weak: boolean;
}

/** Types of single numbers are one object each, so that most comparisons of types end at once. */
const ofNumbers: Partial<Record<DType, TensorType>> = {};
const ofWeakNumbers: Partial<Record<DType, TensorType>> = {};

export function tensorType(dtype: DType, shape: Shape, weak = false): TensorType {
  if (shape.length > 0) return { dtype, shape, weak };
  return ((weak ? ofWeakNumbers : ofNumbers)[dtype] ??= Object.freeze({ dtype, shape: Object.freeze([]), weak }));
}

/** Equal dtype and shape; weakness is a matter of promotion, not of the value. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a === b || (a.dtype === b.dtype && sameShape(a.shape, b.shape));
}

/** `f32[128,784]`; a weak type carries a star: `f32*[]`. */
export function showType(type: TensorType): string {
  return `${dtypes[type.dtype].short}${type.weak ? "*" : ""}[${type.shape.join(",")}]`;
}

export function showTypes(types: readonly TensorType[]): string {
  return types.map(showType).join(", ");
}
