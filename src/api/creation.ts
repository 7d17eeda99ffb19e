/**
 * Arrays from nothing but a shape or from data. A plain number takes the default float here too: an integer array is asked for with
 * `{ dtype: "int32" }`. Repeated numbers cost no memory, and no equation in a program.
 */
import { DTypeError } from "../errors.ts";
import type { ArrayInput, NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { build, ownDType } from "../core/convert.ts";
import { checkDType, type DType, isFloat } from "../core/dtype.ts";
import { deepest } from "../core/nested-list.ts";
import { checkAxis, insertAt, range } from "../core/shape.ts";
import { isValue, type Value } from "../core/tensor.ts";
import { isArrayLike } from "../core/tree.ts";
import { showType, tensorType } from "../core/type.ts";
import { equal } from "../ops/compare.ts";
import { convert } from "../ops/elementwise.ts";
import { iota } from "../ops/iota.ts";
import { broadcastInDim } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";
import { type ArrayFunction, checkCount } from "./axis.ts";
import { stackValues } from "./join.ts";
import { checkList, defaultFloat, expose, isTyped, isUntyped, promote, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";
import { broadcastTo, type ShapeArgument, shapeArgument } from "./shape.ts";

export interface DTypeOptions {
  readonly dtype?: DType;
}

/** The dtype asked for, if one is. */
export function dtypeOption(options: unknown, where: string, keys: readonly string[] = []): DType | undefined {
  checkKeys(options, ["dtype", ...keys], where);
  const { dtype } = (options ?? {}) as DTypeOptions;
  return dtype === undefined ? undefined : checkDType(dtype, where);
}

/** Tensors in nested lists. */
export type NestedOperands = Operand | readonly NestedOperands[];
/** Concrete arrays in nested lists. */
export type NestedArrays = ArrayInput | readonly NestedArrays[];

export interface MakeArray {
  (data: NestedArrays, options?: DTypeOptions): NDArray;
  (data: NestedOperands, options?: DTypeOptions): Tensor;
}

/**
 * An array from numbers, nested lists, typed arrays, arrays of other libraries, or nested lists of these, which are stacked. Its dtype:
 * the one asked for, else the data's own, else the default float. Throws `DTypeError` where an integer dtype cannot hold a value,
 * `TreeError` for a list that is not rectangular.
 *
 * @example array([[1, 2], [3, 4]], { dtype: "int32" }).dtype // → "int32"
 */
export const array: MakeArray = publicFunction("array", ["data", "{ dtype }"], (data: unknown, options?: unknown): never => {
  const dtype = dtypeOption(options, "array");
  if (Array.isArray(data) && !isArrayLike(data) && data.flat(deepest).some(isTyped)) return expose(arrayOf(stacked(data, dtype), dtype));
  return expose(arrayOf(data, dtype));
});

function arrayOf(data: unknown, dtype: DType | undefined): Value {
  if (isValue(data)) return dtype === undefined ? data : convert(data, dtype);
  if (Array.isArray(data)) checkList(data, "array");
  return build(data, dtype ?? ownDType(data) ?? defaultFloat(), "array");
}

/** A nested list with arrays in it as one value. A typed array in it may be of a kind that needs the dtype. */
function stacked(list: readonly unknown[], dtype: DType | undefined): Value {
  const parts = list.map((item): unknown => {
    if (Array.isArray(item) && !isArrayLike(item)) return stacked(item, dtype);
    return dtype !== undefined && isTyped(item) && !isValue(item) ? build(item, dtype, "array") : item;
  });
  return stackValues(promote("array", parts), 0, "array");
}

function constant(name: string, value: number): (shape: ShapeArgument, options?: DTypeOptions) => NDArray {
  return publicFunction(name, ["shape", "{ dtype }"], (shape: unknown, options?: unknown): NDArray => {
    const dtype = dtypeOption(options, name) ?? defaultFloat();
    return expose(ConcreteArray.splat(tensorType(dtype, shapeArgument(shape, name)), value));
  });
}

/** An array of zeros. @example zeros([2, 2]) // → [[0, 0], [0, 0]] */
export const zeros: (shape: ShapeArgument, options?: DTypeOptions) => NDArray = constant("zeros", 0);
/** An array of ones. @example ones(3, { dtype: "int32" }) // → [1, 1, 1] */
export const ones: (shape: ShapeArgument, options?: DTypeOptions) => NDArray = constant("ones", 1);
/** An array whose contents do not matter. They are zeros: memory is never shown uninitialised. @example empty([2, 3]).shape // → [2, 3] */
export const empty: (shape: ShapeArgument, options?: DTypeOptions) => NDArray = constant("empty", 0);

/**
 * An array of one value, or of an array that broadcasts to the shape. The dtype: the one asked for, else the value's own.
 *
 * @example full([2], 7) // → [7, 7]
 */
export const full: FullFunction = publicFunction("full", ["shape", "value", "{ dtype }"], (shape: unknown, value: unknown, options?: unknown): never => {
  const dtype = dtypeOption(options, "full");
  const to = shapeArgument(shape, "full");
  return broadcastTo(array(value as ArrayInput, dtype === undefined ? {} : { dtype }), to) as never;
});

export interface FullFunction {
  (shape: ShapeArgument, value: number | boolean | NDArray, options?: DTypeOptions): NDArray;
  (shape: ShapeArgument, value: Operand, options?: DTypeOptions): Tensor;
}

export interface LikeOptions extends DTypeOptions {
  /** Default: that of x. */
  readonly shape?: ShapeArgument;
}

/** The shape and dtype of x, but for what the options say. */
function likeType(x: unknown, options: unknown, where: string): { shape: number[]; dtype: DType } {
  const dtype = dtypeOption(options, where, ["shape"]);
  const { type } = toValue(x, where);
  const { shape = type.shape } = (options ?? {}) as LikeOptions;
  return { shape: shapeArgument(shape, where), dtype: dtype ?? type.dtype };
}

function constantLike(name: string, value: number): (x: Operand, options?: LikeOptions) => NDArray {
  return publicFunction(name, ["x", "{ dtype, shape }"], (x: unknown, options?: unknown): NDArray => {
    const { shape, dtype } = likeType(x, options, name);
    return expose(ConcreteArray.splat(tensorType(dtype, shape), value));
  });
}

/** Zeros of the shape and dtype of x. @example zerosLike([1, 2]) // → [0, 0] */
export const zerosLike: (x: Operand, options?: LikeOptions) => NDArray = constantLike("zerosLike", 0);
/** Ones of the shape and dtype of x. @example onesLike([1, 2]) // → [1, 1] */
export const onesLike: (x: Operand, options?: LikeOptions) => NDArray = constantLike("onesLike", 1);
/** An array of the shape and dtype of x whose contents do not matter; they are zeros. @example emptyLike([1, 2]).shape // → [2] */
export const emptyLike: (x: Operand, options?: LikeOptions) => NDArray = constantLike("emptyLike", 0);

/** One value, in the shape and dtype of x. @example fullLike([1, 2], 7) // → [7, 7] */
export const fullLike: FullLikeFunction = publicFunction("fullLike", ["x", "value", "{ dtype, shape }"], (x: unknown, value: unknown, options?: unknown): never => {
  const { shape, dtype } = likeType(x, options, "fullLike");
  return full(shape, value as number, { dtype }) as never;
});

export interface FullLikeFunction {
  (x: Operand, value: number | boolean | NDArray, options?: LikeOptions): NDArray;
  (x: Operand, value: Operand, options?: LikeOptions): Tensor;
}

function classNumbers(operand: unknown): Value {
  const x = isUntyped(operand) ? build(operand, "int32", "oneHot") : toValue(operand, "oneHot");
  if (isFloat(x.type.dtype)) throw new DTypeError(`oneHot: class numbers must be integers, got ${showType(x.type)}`, { hint: 'convert them: labels.astype("int32"), or pass an Int32Array' });
  return x.type.dtype === "bool" ? convert(x, "int32") : x;
}

export interface OneHotOptions extends DTypeOptions {
  /** Where the new axis stands in the result. Default the last. */
  readonly axis?: number;
}

/**
 * For each class number a vector with 1 at that place and 0 elsewhere, all 0 for a number outside 0..classes - 1, along a new axis.
 * Of the default float unless another dtype is asked for. Class numbers are integers, as indices are: numbers and lists are read as
 * int32, an array of floats is a `DTypeError`.
 *
 * @example oneHot([0, 2], 3) // → [[1, 0, 0], [0, 0, 1]]
 */
export const oneHot: ArrayFunction<[classes: number, options?: OneHotOptions]> = publicFunction("oneHot", ["x", "classes", "{ dtype, axis }"], (operand: unknown, classes: unknown, options?: unknown): never => {
  const dtype = dtypeOption(options, "oneHot", ["axis"]) ?? defaultFloat();
  const x = classNumbers(operand);
  const { axis: where = -1 } = (options ?? {}) as OneHotOptions;
  const rank = x.type.shape.length + 1;
  const axis = checkAxis(where, rank, "oneHot");
  const shape = insertAt(x.type.shape, axis, checkCount(classes, "oneHot", "the number of classes"));
  const spread = broadcastInDim(x, shape, range(rank).filter((d) => d !== axis));
  return expose(convert(equal(spread, iota(x.type.dtype, shape, axis)), dtype));
});
