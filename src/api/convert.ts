/** From one dtype to another, by name; and the identities `stopGradient` and `copy`. */
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { build, ownDType } from "../core/convert.ts";
import { checkDType, type DType } from "../core/dtype.ts";
import { isValue, type Value } from "../core/tensor.ts";
import { flatten, unflatten } from "../core/tree.ts";
import * as op from "../ops/control.ts";
import { convert } from "../ops/elementwise.ts";
import { expose, toValue, type UnaryFunction, unaryFunction } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** Numbers go through float64, which holds all of them, so that they are rounded once. */
function converted(x: unknown, dtype: DType, where: string): Value {
  const value = isValue(x) || ownDType(x) !== undefined ? toValue(x, where) : build(x, "float64", where);
  return convert(value, dtype);
}

export interface AstypeFunction {
  (x: NDArray, dtype: DType): NDArray;
  (x: Operand, dtype: DType): Tensor;
}

/**
 * x as another dtype. Floats become integers toward zero and stop at the ends of the range, NaN becomes 0; int32 and uint32 share their
 * bits; bool is whether x ≠ 0. The derivative passes between floats only. An unknown dtype is a DTypeError.
 *
 * @example astype([1.7, -1.7], "int32") // → [1, -1]
 */
export const astype: AstypeFunction = publicFunction("astype", ["x", "dtype"], (x: unknown, dtype: DType): never => expose(converted(x, checkDType(dtype, "astype"), "astype")));

function conversion(dtype: DType): UnaryFunction {
  return unaryFunction(dtype, (x) => x, (x, where) => converted(x, dtype, where));
}

/** x as int32, as `astype` converts. @example int32([1.7, -1.7]) // → [1, -1] */
export const int32: UnaryFunction = conversion("int32");
/** x as uint32, as `astype` converts. @example uint32([1.7, -1.7]) // → [1, 0] */
export const uint32: UnaryFunction = conversion("uint32");
/** x as float32; the nearest one, as `Math.fround`. @example float32(0.1) // → 0.1 */
export const float32: UnaryFunction = conversion("float32");
/** x as float64. @example float64(0.1) // → 0.1 */
export const float64: UnaryFunction = conversion("float64");
/** Whether x is not 0. @example bool([0, 2]) // → [false, true] */
export const bool: UnaryFunction = conversion("bool");

/**
 * The tree with every tensor in it a constant of derivatives: its tangent and its gradient are 0.
 *
 * @example grad((x: Tensor) => mul(x, stopGradient(x)))(3) // → 3
 */
export const stopGradient: <T>(tree: T) => T = publicFunction("stopGradient", ["tree"], <T>(tree: T): T => {
  const { leaves, structure } = flatten(tree, "stopGradient");
  return unflatten(structure, leaves.map((x) => (isValue(x) ? op.stopGradient(x) : x))) as T;
});

/** x again, as an array of its own. @example copy([1, 2]) // → [1, 2] */
export const copy: UnaryFunction = unaryFunction("copy", op.copy, toValue);
