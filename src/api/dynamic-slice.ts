/** Windows whose position is only known when the program runs, and whose size is known while tracing. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { IndexMode, NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { checkShape, describe, range } from "../core/shape.ts";
import { scalar, splatLike, type Value } from "../core/tensor.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";
import { less } from "../ops/compare.ts";
import { add, convert } from "../ops/elementwise.ts";
import { iota } from "../ops/iota.ts";
import { scatterSet } from "../ops/scatter.ts";
import { clamp, select } from "../ops/select.ts";
import { moveAxis, reshape } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";
import { valuesLike } from "./at.ts";
import type { ArrayFunction } from "./axis.ts";
import { checkKnown, indexArray, recordAs } from "./index-plan.ts";
import { broadcastValue, expose, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";
import { takeAxis } from "./take.ts";

export interface WindowOptions {
  /** A window that does not fit: an error (default), or moved until it does ("clip", as XLA's dynamic slices). */
  readonly mode?: "throw" | "clip";
}

/**
 * The window of x of lengths `sizes` (one per axis, known while tracing) that begins at `starts` (one integer per axis, traced or
 * not; negative ones count from the end).
 *
 * @throws IndexError where the window does not fit (mode "throw"); ShapeError for sizes larger than x.
 * @example dynamicSlice([1, 2, 3, 4], [1], [2]); // → [2, 3]
 */
export const dynamicSlice: ArrayFunction<[starts: readonly Operand[], sizes: readonly number[], options?: WindowOptions]> = publicFunction("dynamicSlice", ["x", "starts", "sizes", "{ mode }"], (x: unknown, starts: readonly Operand[], sizes: readonly number[], options: WindowOptions = {}): never => {
  const value = toValue(x, "dynamicSlice");
  const windows = readWindows(value, starts, checkShape(sizes, "dynamicSlice"), options, "dynamicSlice");
  return expose(windows.reduce((rest, { axis, index, mode }) => recordAs("dynamicSlice", value.type, [axis], () => takeAxis(rest, index, axis, mode)), value));
});

/**
 * x with `update` in place of the window of update's shape that begins at `starts`; a new array.
 *
 * @throws IndexError where the window does not fit (mode "throw"); ShapeError for an update larger than x or of another rank.
 * @example dynamicUpdateSlice([1, 2, 3, 4], [8, 9], [1]); // → [1, 8, 9, 4]
 */
export const dynamicUpdateSlice: UpdateSliceFunction = publicFunction("dynamicUpdateSlice", ["x", "update", "starts", "{ mode }"], (x: unknown, update: unknown, starts: readonly Operand[], options: WindowOptions = {}): never => {
  const value = toValue(x, "dynamicUpdateSlice");
  const values = valuesLike(update, value, "dynamicUpdateSlice");
  const windows = readWindows(value, starts, values.type.shape, options, "dynamicUpdateSlice");
  return expose(put(value.type, value, windows, values));
});

export interface UpdateSliceFunction {
  (x: NDArray, update: NDArray, starts: readonly Operand[], options?: WindowOptions): NDArray;
  (x: Operand, update: Operand, starts: readonly Operand[], options?: WindowOptions): Tensor;
}

interface Window {
  readonly axis: number;
  /** The window's positions along the axis. */
  readonly index: Value;
  readonly mode: IndexMode;
}

/** The windows along the axes that they do not cover whole. */
function readWindows(x: Value, starts: readonly Operand[], sizes: readonly number[], options: WindowOptions, where: string): Window[] {
  checkKeys(options, ["mode"], where);
  const mode = options.mode ?? "throw";
  if (mode !== "throw" && mode !== "clip") throw new ArgumentError(`${where}: unknown mode ${describe(mode)}`, { hint: "modes: throw, clip" });
  const { shape } = x.type;
  if (!Array.isArray(starts) || starts.length !== shape.length) throw new ArgumentError(`${where}: starts is a list of one integer for each axis of ${showType(x.type)}, got ${describe(starts)}`, { hint: "dynamicSlice(x, [i, 0], [1, n]): one start and one length for each axis" });
  if (sizes.length !== shape.length || sizes.some((n, d) => n > (shape[d] as number))) throw new ShapeError(`${where}: a window of shape [${sizes.join(",")}] does not fit ${showType(x.type)}`, { hint: "it needs one length for each axis, none longer than the axis" });
  return range(shape.length).flatMap((axis): Window[] => {
    const [length, size] = [shape[axis] as number, sizes[axis] as number];
    const start = startValue(starts[axis], length, size, mode, where);
    if (size === length && start instanceof ConcreteArray && start.elements[0] === 0) return [];
    return [{ axis, index: checkKnown(positions(start, size), axis, x.type, where, mode), mode }];
  });
}

/** start, start + 1, …: of a known start a constant. */
function positions(start: Value, size: number): Value {
  if (!(start instanceof ConcreteArray)) return add(broadcastValue(start, [size]), iota("int32", [size], 0));
  const first = start.elements[0] as number;
  return ConcreteArray.of(tensorType("int32", [size]), Int32Array.from(range(size), (i) => first + i));
}

function startValue(start: unknown, length: number, size: number, mode: IndexMode, where: string): Value {
  const given = typeof start === "number" ? scalar(start, "int32") : convert(indexArray(start, where), "int32");
  if (given.type.shape.length !== 0) throw new ShapeError(`${where}: a start is a single integer, got ${showType(given.type)}`);
  const counted = select(less(given, splatLike(given, 0)), add(given, length), given);
  return mode === "clip" ? clamp(splatLike(given, 0), counted, splatLike(given, length - size)) : counted;
}

function put(given: TensorType, x: Value, windows: readonly Window[], values: Value): Value {
  const [first, ...rest] = windows;
  if (first === undefined) return values;
  const { axis, index, mode } = first;
  const as = (body: () => Value): Value => recordAs("dynamicUpdateSlice", given, [axis], body);
  const part = rest.length === 0 ? values : put(given, as(() => takeAxis(x, index, axis, mode)), rest, values);
  return as(() => scatterSet(x, reshape(index, [...index.type.shape, 1]), moveAxis(part, axis, 0), { axes: [axis], batch: 0, mode }));
}
