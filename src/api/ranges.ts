/**
 * Arrays that count: ranges, grids and their indices. They are made of `iota` and arithmetic, so in a program they are equations and
 * no data.
 */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { checkNumber } from "../core/convert.ts";
import { isFloat } from "../core/dtype.ts";
import { checkAxis, describe, range } from "../core/shape.ts";
import { at, splatLike, type Value } from "../core/tensor.ts";
import { isArrayLike } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { div, mul, sub } from "../ops/arithmetic.ts";
import { equal } from "../ops/compare.ts";
import { concatenate } from "../ops/concatenate.ts";
import { add, convert } from "../ops/elementwise.ts";
import { iota } from "../ops/iota.ts";
import { pow } from "../ops/power.ts";
import { select } from "../ops/select.ts";
import { broadcastInDim, moveAxis, reshape } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";
import { checkCount, checkWord } from "./axis.ts";
import { type DTypeOptions, dtypeOption } from "./creation.ts";
import { defaultFloat, expose, joined, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";
import { type ShapeArgument, shapeArgument } from "./shape.ts";

/**
 * start, start + step, … below stop (above it where step is negative). Whole numbers give int32, as NumPy's give integers, because a range
 * is most often one of positions; any fraction gives the default float; `dtype` asks for another.
 *
 * @example arange(2, 8, 2) // → [2, 4, 6]
 */
export const arange: ArangeFunction = publicFunction("arange", ["start", "stop", "step", "{ dtype }"], (...args: readonly unknown[]): never => {
  const last = args[args.length - 1];
  const options = typeof last === "number" ? undefined : last;
  const numbers = typeof last === "number" ? args : args.slice(0, -1);
  const wrong = numbers.find((n) => typeof n !== "number" || !Number.isFinite(n));
  if (numbers.length < 1 || numbers.length > 3 || wrong !== undefined) {
    throw new ArgumentError(`arange: expected arange(stop), arange(start, stop) or arange(start, stop, step) of finite numbers, got ${describe(args)}`);
  }
  const [start, stop, step = 1] = (numbers.length === 1 ? [0, numbers[0]] : numbers) as [number, number, number?];
  if (step === 0) throw new ArgumentError("arange: a step of 0 never arrives");
  const dtype = dtypeOption(options, "arange") ?? ([start, stop, step].every(Number.isInteger) ? "int32" : defaultFloat());
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!isFloat(dtype) && count > 0) [start, step, start + (count - 1) * step].forEach((n, i) => checkNumber(i === 1 ? Math.abs(n) : n, dtype, "arange"));
  return expose(add(mul(iota(dtype, [count], 0), step), start));
});

export interface ArangeFunction {
  (stop: number, options?: DTypeOptions): NDArray;
  (start: number, stop: number, options?: DTypeOptions): NDArray;
  (start: number, stop: number, step: number, options?: DTypeOptions): NDArray;
}

export interface LinspaceOptions extends DTypeOptions {
  /** How many numbers. Default 50. */
  readonly num?: number;
  /** Whether `stop` is the last of them. Default true. */
  readonly endpoint?: boolean;
  /** Where the new axis stands in the result. Default 0. */
  readonly axis?: number;
}

export interface LinspaceFunction<Options = LinspaceOptions> {
  (start: NDArray, stop: NDArray, options?: Options | number): NDArray;
  (start: number, stop: number, options?: Options | number): NDArray;
  (start: Operand, stop: Operand, options?: Options | number): Tensor;
}

const spacedForm = ["start", "stop", "num | { num, endpoint, axis, dtype }"];

/** A way from start to stop: where the step `count` of `divisions` is. */
type Path = (start: Value, stop: Value, count: Value, divisions: number) => Value;

/** Numbers along a path on a new axis, the last of them exactly stop, and what `after` makes of them. */
function spaced(name: string, first: unknown, last: unknown, argument: unknown, keys: readonly string[], path: Path, after: (x: Value) => Value = (x) => x): never {
  const options = (typeof argument === "number" ? { num: argument } : (argument ?? {})) as LinspaceOptions;
  const dtype = dtypeOption(options, name, ["num", "endpoint", "axis", ...keys]);
  const { num = 50, endpoint = true, axis = 0 } = options;
  const length = checkCount(num, name, "num");
  const ends = joined(name, [first, last], { floating: true }).map((v) => convert(v, dtype !== undefined && isFloat(dtype) ? dtype : v.type.dtype)) as [Value, Value];
  const { shape, dtype: computed } = ends[0].type;
  const full = [length, ...shape];
  const [start, stop] = ends.map((v) => broadcastInDim(v, full, range(shape.length).map((d) => d + 1))) as [Value, Value];
  const divisions = Math.max(1, endpoint ? length - 1 : length);
  const count = iota(computed, full, 0);
  const between = path(start, stop, count, divisions);
  const values = after(endpoint && length > 1 ? select(equal(count, divisions), stop, between) : between);
  const placed = moveAxis(values, 0, checkAxis(axis, full.length, name));
  return expose(convert(placed, dtype ?? computed));
}

const line: Path = (start, stop, count, divisions) => add(div(mul(count, sub(stop, start)), divisions), start);

/**
 * `num` evenly spaced numbers from start to stop, both exactly among them (without `endpoint`, stop is not). Floats. Arrays as ends
 * broadcast, and the numbers run along a new axis. `linspace(a, b, 5)` stands for `{ num: 5 }`.
 *
 * @example linspace(0, 1, 5) // → [0, 0.25, 0.5, 0.75, 1]
 */
export const linspace: LinspaceFunction = publicFunction("linspace", spacedForm, (start: unknown, stop: unknown, options?: unknown): never => spaced("linspace", start, stop, options, [], line));

export interface LogspaceOptions extends LinspaceOptions {
  /** Default 10. */
  readonly base?: number;
}

/** base^x for evenly spaced x from start to stop. Options as for `linspace`, and `base`. @example logspace(0, 2, 3) // → [1, 10, 100] */
export const logspace: LinspaceFunction<LogspaceOptions> = publicFunction("logspace", ["start", "stop", "num | { num, base, endpoint, axis, dtype }"], (start: unknown, stop: unknown, options?: unknown): never => {
  const { base = 10 } = (typeof options === "object" && options !== null ? options : {}) as LogspaceOptions;
  return spaced("logspace", start, stop, options, ["base"], line, (x) => pow(splatLike(x, base), x));
});

/** start · (stop / start)^t. The ends must be of one sign. */
const geometric: Path = (start, stop, count, divisions) => mul(start, pow(div(stop, start), div(count, divisions)));

/**
 * Numbers from start to stop, each the same multiple of the one before. Options as for `linspace`. The ends must be other than 0 and of one
 * sign: plain numbers that are not are an `ArgumentError`, in arrays they give NaN.
 *
 * @example geomspace(1, 8, 4) // → [1, 2, 4, 8]
 */
export const geomspace: LinspaceFunction = publicFunction("geomspace", spacedForm, (start: unknown, stop: unknown, options?: unknown): never => {
  if (typeof start === "number" && typeof stop === "number" && !(start * stop > 0)) {
    throw new ArgumentError(`geomspace: from ${start} to ${stop} there is no geometric way`, { hint: "the ends must be other than 0 and of one sign" });
  }
  return spaced("geomspace", start, stop, options, [], geometric);
});

export interface MeshgridOptions {
  /** "xy" (default): the first array runs along the columns; "ij": along the first axis. */
  readonly indexing?: "xy" | "ij";
}

/**
 * Coordinates of a grid: vector i repeated along the axes of all others, one array for each. Options come last.
 *
 * @example meshgrid([1, 2], [3, 4, 5])[0].shape // → [3, 2]
 */
export function meshgrid(...arrays: readonly NDArray[] | readonly [...NDArray[], MeshgridOptions]): NDArray[];
export function meshgrid(...arrays: readonly Operand[] | readonly [...Operand[], MeshgridOptions]): Tensor[];
export function meshgrid(...given: readonly unknown[]): unknown[] {
  const last = given[given.length - 1];
  const hasOptions = given.length > 0 && !isArrayLike(last) && typeof last === "object";
  if (hasOptions) checkKeys(last, ["indexing"], "meshgrid");
  const indexing = checkWord((hasOptions ? (last as MeshgridOptions).indexing : undefined) ?? "xy", ["xy", "ij"], "meshgrid", "indexing");
  const values = (hasOptions ? given.slice(0, -1) : given).map((x) => toValue(x, "meshgrid"));
  const long = values.find((v) => v.type.shape.length > 1);
  if (long !== undefined) throw new ShapeError(`meshgrid: takes vectors, got ${showType(long.type)}`, { hint: "flatten it with ravel(x)" });
  const lengths = values.map((v) => v.type.shape[0] ?? 1);
  const order = range(values.length).map((i) => (indexing === "xy" && i < 2 && values.length > 1 ? 1 - i : i));
  const shape = order.map((i) => at(lengths, i));
  return values.map((v, i) => broadcastInDim(reshape(v, [at(lengths, i)]), shape, [order.indexOf(i)]));
}

/** For each axis of `shape` the position along it, stacked: [rank, ...shape], int32 unless another dtype is asked for. @example indices([2, 2]) // → [[[0, 0], [1, 1]], [[0, 1], [0, 1]]] */
export const indices: (shape: ShapeArgument, options?: DTypeOptions) => NDArray = publicFunction("indices", ["shape", "{ dtype }"], (shape: unknown, options?: unknown): NDArray => {
  const dtype = dtypeOption(options, "indices") ?? "int32";
  const lengths = shapeArgument(shape, "indices");
  if (lengths.length === 0) throw new ShapeError("indices: a shape of rank 0 has no axes to number");
  return expose(concatenate(lengths.map((_, d) => iota(dtype, [1, ...lengths], d + 1)), 0));
});
