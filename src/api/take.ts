/** Reading and writing at integer positions along one axis. */
import { DTypeError, ShapeError } from "../errors.ts";
import type { IndexMode, IndexOptions, NDArray, Operand, Tensor } from "../core/array-types.ts";
import { broadcastShapes, checkAxis, insertAt, range, sizeOf, without } from "../core/shape.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import { showType, type TensorType } from "../core/type.ts";
import { max } from "../ops/arithmetic.ts";
import { gather } from "../ops/gather.ts";
import { scatterSet } from "../ops/scatter.ts";
import { moveAxis, reshape, transpose } from "../ops/structure.ts";
import { fillOf, modeOf, valuesLike } from "./at.ts";
import type { ArrayFunction } from "./axis.ts";
import { checkKnown, indexArray, recordAs } from "./index-plan.ts";
import { defaultFill } from "./indexing.ts";
import { broadcastValue, expose, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

export interface TakeOptions extends IndexOptions {
  /** Default: of x flattened. */
  readonly axis?: number | null;
}

/**
 * The elements of x at `indices` along `axis`: shape [...x before the axis, ...indices, ...x after it], x's dtype. With mode "clip", negative
 * indices are clipped to 0, as NumPy's are; otherwise they count from the end.
 *
 * @throws IndexError for an index out of bounds (mode "throw"); DTypeError for indices that are no integers.
 * @example take([10, 20, 30], [2, 0, -1]); // → [30, 10, 30]
 */
export const take: ArrayFunction<[indices: Operand, options?: TakeOptions]> = publicFunction("take", ["x", "indices", "{ axis, mode, fillValue }"], (x: unknown, indices: unknown, options: TakeOptions = {}): never => {
  const mode = modeOf(options, "take", ["axis"]);
  const given = toValue(x, "take");
  const value = options.axis === undefined || options.axis === null ? reshape(given, [sizeOf(given.type.shape)]) : given;
  const axis = checkAxis(options.axis ?? 0, value.type.shape.length, "take");
  const places = integers(indices, "take");
  const index = checkKnown(mode === "clip" ? max(places, splatLike(places, 0)) : places, axis, value.type, "take", mode);
  const fillValue = fillOf(options.fillValue, value.type.dtype, "take");
  return expose(recordAs("take", value.type, [axis], () => takeAxis(value, index, axis, mode, fillValue)));
});

function integers(indices: unknown, where: string): Value {
  const value = indexArray(indices, where);
  if (value.type.dtype !== "bool") return value;
  throw new DTypeError(`${where}: indices must be integers, got ${showType(value.type)}`, { hint: "a mask known while tracing is an index: x.get(mask)" });
}

/** The selection at int32 `index` along one axis, its axes in the axis's place. */
export function takeAxis(x: Value, index: Value, axis: number, mode: IndexMode, fillValue: number = defaultFill(x.type.dtype)): Value {
  const places = index.type.shape.length;
  const selected = gather(x, reshape(index, [...index.type.shape, 1]), { axes: [axis], batch: 0, mode, fillValue });
  const others = range(selected.type.shape.length).slice(places);
  return transpose(selected, [...others.slice(0, axis), ...range(places), ...others.slice(axis)]);
}

export interface AlongOptions extends IndexOptions {
  /** Default: the last axis. */
  readonly axis?: number;
}

/** x and indices with `axis` last, broadcast along all other axes. */
interface Along {
  /** x as it was given. */
  readonly given: TensorType;
  readonly x: Value;
  readonly index: Value;
  readonly axis: number;
  readonly mode: IndexMode;
}

function alongAxis(x: unknown, indices: unknown, options: AlongOptions, where: string): Along {
  const mode = modeOf(options, where, ["axis"]);
  const value = toValue(x, where);
  const given = integers(indices, where);
  const rank = value.type.shape.length;
  if (given.type.shape.length !== rank || rank === 0) {
    throw new ShapeError(`${where}: x and indices need the same number of axes, at least 1: ${showType(value.type)}, ${showType(given.type)}`, { hint: "take(x, indices, { axis }) reads the same indices everywhere" });
  }
  const axis = checkAxis(options.axis ?? -1, rank, where);
  checkKnown(given, axis, value.type, where, mode);
  const others = broadcastShapes([without(value.type.shape, [axis]), without(given.type.shape, [axis])], where);
  const spread = (v: Value): Value => moveAxis(broadcastValue(v, insertAt(others, axis, v.type.shape[axis] as number)), axis, rank - 1);
  return { given: value.type, x: spread(value), index: spread(given), axis, mode };
}

/**
 * For each position of the other axes, the elements of x at its own indices along `axis`: out[i,j] = x[i, indices[i,j]]. x and
 * indices have equally many axes, those other than `axis` broadcast. Shape of the result: that of the broadcast indices.
 *
 * @example takeAlongAxis([[1, 2], [3, 4]], [[1], [0]], { axis: 1 }); // → [[2], [3]]
 */
export const takeAlongAxis: ArrayFunction<[indices: Operand, options?: AlongOptions]> = publicFunction("takeAlongAxis", ["x", "indices", "{ axis, mode, fillValue }"], (x: unknown, indices: unknown, options: AlongOptions = {}): never => {
  const along = alongAxis(x, indices, options, "takeAlongAxis");
  const last = along.x.type.shape.length - 1;
  const index = reshape(along.index, [...along.index.type.shape, 1]);
  const fillValue = fillOf(options.fillValue, along.x.type.dtype, "takeAlongAxis");
  const selected = recordAs("takeAlongAxis", along.given, [along.axis], () => gather(along.x, index, { axes: [last], batch: last, mode: along.mode, fillValue }));
  return expose(moveAxis(selected, last, along.axis));
});

/**
 * x with `values` put where `takeAlongAxis` would read; a new array. Where an index occurs twice the last value stays.
 *
 * @example putAlongAxis([[1, 2], [3, 4]], [[1], [0]], 9, { axis: 1 }); // → [[1, 9], [9, 4]]
 */
export const putAlongAxis: PutFunction = publicFunction("putAlongAxis", ["x", "indices", "values", "{ axis, mode }"], (x: unknown, indices: unknown, values: unknown, options: AlongOptions = {}): never => {
  const { given, x: value, index, axis, mode } = alongAxis(x, indices, options, "putAlongAxis");
  const last = value.type.shape.length - 1;
  const shape = insertAt(without(index.type.shape, [last]), axis, index.type.shape[last] as number);
  const put = moveAxis(broadcastValue(valuesLike(values, value, "putAlongAxis"), shape), axis, last);
  const written = recordAs("putAlongAxis", given, [axis], () => scatterSet(value, reshape(index, [...index.type.shape, 1]), put, { axes: [last], batch: last, mode }));
  return expose(moveAxis(written, last, axis));
});

export interface PutFunction {
  (x: NDArray, indices: Operand, values: NDArray | number, options?: AlongOptions): NDArray;
  (x: Operand, indices: Operand, values: Operand, options?: AlongOptions): Tensor;
}
