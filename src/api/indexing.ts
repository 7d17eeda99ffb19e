/** Reading by index: positions, slices, new axes, ellipsis, integer arrays and masks, as in NumPy. */
import { IndexError } from "../errors.ts";
import type { Ellipsis, IndexMode, IndexPart, NDArray, Operand, Slice, Tensor } from "../core/array-types.ts";
import { type DType, isFloat } from "../core/dtype.ts";
import type { Variable } from "../core/program.ts";
import { describe, insertAt, range } from "../core/shape.ts";
import { currentTrace, isValue, type Trace, TracedArray, type Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import { reverse } from "../ops/concatenate.ts";
import { gather } from "../ops/gather.ts";
import { pick, slice as cut } from "../ops/slice.ts";
import { reshape, transpose } from "../ops/structure.ts";
import { type IndexPlan, joinIndices, planIndex, type Range, recordAs } from "./index-plan.ts";
import { expose, toValue } from "./operand.ts";
import { fromUser, publicFunction } from "./public-function.ts";

/** All axes that the other parts of an index do not speak of: `x.get(ellipsis, 0)` is the first element along the last axis. */
export const ellipsis: Ellipsis = Object.freeze({ kind: "ellipsis" });

/** In an index, a new axis of length 1. The same as null. */
export const newaxis = null;

export type SliceBounds = readonly [] | readonly [stop: number | null] | readonly [start: number | null, stop: number | null, step?: number | null];

/**
 * A part of an axis, as Python writes `start:stop:step`. One argument is the stop; null is "from the beginning", "to the end";
 * negative bounds count from the end, a negative step goes backward.
 *
 * @throws IndexError where a bound is no integer, or the step is 0.
 * @example
 * index([0, 1, 2, 3, 4], slice(1, null, 2)); // → [1, 3]
 * index([0, 1, 2, 3, 4], slice(null, null, -1)); // → [4, 3, 2, 1, 0]
 */
export const slice: (...bounds: SliceBounds) => Slice = publicFunction("slice", ["start", "stop", "step"], (...bounds: SliceBounds): Slice => {
  const [start, stop, step] = (bounds.length === 1 ? [null, bounds[0], null] : bounds).map((b, i) => checkBound(b, ["start", "stop", "step"][i] as string));
  if (step === 0) throw new IndexError("slice: the step is 0", { hint: "a step is positive or negative; to take one position, index with the number itself" });
  return Object.freeze({ kind: "slice", start: start ?? null, stop: stop ?? null, step: step ?? null });
});

function checkBound(bound: unknown, name: string): number | null {
  if (bound === null || bound === undefined) return null;
  if (Number.isInteger(bound)) return bound as number;
  throw new IndexError(`slice: ${name} is an integer or null, got ${isValue(bound) ? `a tensor (${showType(bound.type)})` : describe(bound)}`, { hint: "bounds are known while tracing; for a part at a traced position use dynamicSlice(x, starts, sizes)" });
}

/**
 * Reads x by an index of any number of parts, as NumPy's `x[…]` does. A number takes one position of an axis, `slice(…)` a part
 * of it, null makes a new axis, `ellipsis` stands for all axes left; integer arrays broadcast against each other and their axes
 * stand where they stood (first, when something stands between them); a boolean array known while tracing selects where it is true.
 * Negative numbers count from the end, in integer arrays too.
 *
 * @returns an array of x's dtype. Slices and positions are views to the compiler.
 * @throws IndexError for a position out of bounds (at once when known, else when the program runs), too many parts, or a part that
 * is no index; ConcretizationError for a traced mask, which `where` can do.
 * @example index([[1, 2, 3], [4, 5, 6]], slice(), [2, 0]); // → [[3, 1], [6, 4]]
 */
export function index(x: NDArray, ...parts: readonly IndexPart[]): NDArray;
export function index(x: Operand, ...parts: readonly IndexPart[]): Tensor;
export function index(x: Operand, ...parts: readonly IndexPart[]): Tensor {
  const position = parts[0];
  const trace = currentTrace();
  const isRead = parts.length === 1 && typeof position === "number" && x instanceof TracedArray && x.owner.open;
  return isRead && trace !== undefined ? expose(readOnce(trace, x, position)) : readByPlan(x, parts);
}

function readByPlan(x: Operand, parts: readonly IndexPart[]): Tensor {
  return fromUser(() => {
    const value = toValue(x, "index");
    return expose(readPlan(value, planIndex(value.type, parts, "index"), "index", "throw"));
  });
}

/** What was read in each open trace, by tensor and position. */
const reads = new WeakMap<Trace, Map<Variable, Map<number, Value>>>();

/** x[position]. Loops over elements read the same ones again and again: each is one value, and only the first read has to know its line. */
function readOnce(trace: Trace, x: TracedArray, position: number): Value {
  let tensors = reads.get(trace);
  if (tensors === undefined) reads.set(trace, (tensors = new Map()));
  let known = tensors.get(x.variable);
  if (known === undefined) tensors.set(x.variable, (known = new Map()));
  let value = known.get(position);
  if (value === undefined) known.set(position, (value = readNow(x, position)));
  return value;
}

function readNow(x: Value, position: number): Value {
  return fromUser(() => readPosition(x, position) ?? readPlan(x, planIndex(x.type, [position], "index"), "index", "throw"));
}

/** x[position] without a plan; undefined where it is out of bounds or no position. */
function readPosition(x: Value, position: number): Value | undefined {
  const n = x.type.shape[0];
  if (n === undefined || !Number.isInteger(position) || position < -n || position >= n) return undefined;
  // never the position -0
  return pick(x, 0, (position < 0 ? n : 0) + position);
}

/** What mode "fill" reads out of bounds unless told otherwise. */
export function defaultFill(dtype: DType): number {
  return isFloat(dtype) ? Number.NaN : 0;
}

/** Reads by a plan. */
export function readPlan(x: Value, plan: IndexPlan, where: string, mode: IndexMode, fillValue: number = defaultFill(x.type.dtype)): Value {
  const axis = onlyPosition(x, plan);
  if (axis !== undefined) return pick(x, axis, (plan.ranges[axis] as Range).start);
  const box = readBox(x, plan.ranges);
  if (plan.indexed.length === 0) return reshape(box, shapeOf(plan, []));
  const indices = joinIndices(plan.indexed.map((i) => i.index), where);
  const selected = recordAs(where, x.type, plan.indexed.map((i) => i.axis), () => gather(dropAxes(box, plan.positions), indices, { axes: boxAxes(plan), batch: 0, mode, fillValue }));
  return arrange(selected, plan, indices.type.shape.length - 1);
}

/** The axis of which the plan reads one position, if it reads all of the others and makes no new ones. */
function onlyPosition({ type: { shape } }: Value, { positions, ranges, indexed, layout }: IndexPlan): number | undefined {
  const isWhole = ({ start, step, length }: Range, d: number): boolean => positions.includes(d) || (start === 0 && step === 1 && length === shape[d]);
  return positions.length === 1 && indexed.length === 0 && !layout.includes("new") && ranges.every(isWhole) ? positions[0] : undefined;
}

/** The shape of what the index reads; `places` is the common shape of its integer arrays. */
export function shapeOf(plan: IndexPlan, places: readonly number[]): number[] {
  return plan.layout.flatMap((entry) => (entry === "new" ? [1] : entry === "places" ? places : [(plan.ranges[entry] as Range).length]));
}

/** Where the indexed axes are once the axes of single positions are gone. */
export function boxAxes(plan: IndexPlan): number[] {
  return plan.indexed.map(({ axis }) => axis - plan.positions.filter((p) => p < axis).length);
}

/** The box of ranges, backward ones turned around. */
export function readBox(x: Value, ranges: readonly Range[]): Value {
  const first = ranges.map(({ start, step, length }) => (length === 0 ? 0 : Math.min(start, start + (length - 1) * step)));
  const strides = ranges.map(({ step }) => Math.abs(step));
  const limit = ranges.map(({ length }, d) => (length === 0 ? 0 : (first[d] as number) + (length - 1) * (strides[d] as number) + 1));
  return reverse(cut(x, first, limit, strides), turned(ranges));
}

/** The axes that a backward range turns around. */
export function turned(ranges: readonly Range[]): number[] {
  return ranges.flatMap(({ step, length }, d) => (step < 0 && length > 1 ? [d] : []));
}

function dropAxes(x: Value, axes: readonly number[]): Value {
  return reshape(x, x.type.shape.filter((_, d) => !axes.includes(d)));
}

/** From what a gather returns (places first, then the axes of the array in order) to the order of the result. */
function arrange(x: Value, plan: IndexPlan, places: number): Value {
  const moved = transpose(x, placesTo(x.type.shape.length, plan, places));
  return reshape(moved, shapeOf(plan, x.type.shape.slice(0, places)));
}

/** Values in the order of the result back to places first and without new axes: the inverse of `arrange`. */
export function disarrange(values: Value, plan: IndexPlan, places: number): Value {
  let from = 0;
  const kept = plan.layout.flatMap((entry) => {
    const part = values.type.shape.slice(from, (from += entry === "places" ? places : 1));
    return entry === "new" ? [] : part;
  });
  const permutation = placesTo(kept.length, plan, places);
  return transpose(reshape(values, kept), range(kept.length).map((i) => permutation.indexOf(i)));
}

/** The permutation that brings `places` leading axes to where the layout has them. */
function placesTo(rank: number, plan: IndexPlan, places: number): number[] {
  const before = plan.layout.slice(0, Math.max(0, plan.layout.indexOf("places"))).filter((entry) => entry !== "new").length;
  const others = range(rank).filter((a) => a >= places);
  return range(places).reduce((list, a) => insertAt(list, before + a, a), others);
}
