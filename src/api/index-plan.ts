/**
 * What an index means for an array of a given shape, worked out while tracing: a box of slices, the axes that integer arrays run
 * along, and the order of the result's axes. `index` reads by a plan, `at` reads and writes by it. NumPy's rules.
 */
import { ConcretizationError, DTypeError, IndexError } from "../errors.ts";
import type { Ellipsis, IndexMode, IndexPart, Slice } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { build, ownDType } from "../core/convert.ts";
import { broadcastShapes, describe, showShape, sizeOf, stridesOf } from "../core/shape.ts";
import { type Asked, atPlace, currentPlace } from "../core/place.ts";
import { currentTrace, isValue, type Value } from "../core/tensor.ts";
import { isArrayLike } from "../core/tree.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";
import { greater } from "../ops/compare.ts";
import { concatenate } from "../ops/concatenate.ts";
import { convert } from "../ops/elementwise.ts";
import { outOfBounds } from "../core/indexing.ts";
import { select } from "../ops/select.ts";
import { reshape } from "../ops/structure.ts";
import { broadcastValue } from "./operand.ts";

/** The elements start, start + step, … of one axis; `length` of them. A negative step goes backward. */
export interface Range {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** An axis, and the int32 array (or position) that indexes it. */
export interface Indexed {
  readonly axis: number;
  readonly index: Value;
}

export interface IndexPlan {
  /** For each axis of the array, the part of it that is looked at. An indexed axis is looked at whole. */
  readonly ranges: readonly Range[];
  /** Axes read at one position that is known: of length 1 in `ranges`, absent from the result. */
  readonly positions: readonly number[];
  readonly indexed: readonly Indexed[];
  /** The result's axes in order: an axis of the array, "new", or "places": the common axes of the integer arrays. */
  readonly layout: readonly (number | "new" | "places")[];
}

type Item =
  | { readonly kind: "new" | "gap" }
  | { readonly kind: "range"; readonly axis: number; readonly range: Range }
  | { readonly kind: "position"; readonly axis: number; readonly at: number }
  | ({ readonly kind: "array" } & Indexed);

/** `asArrays`: positions are treated as integer arrays of rank 0, for updates. */
export function planIndex(x: TensorType, parts: readonly IndexPart[], where: string, mode: IndexMode = "throw", asArrays = false): IndexPlan {
  const items = readParts(x, parts, where, mode, asArrays);
  const ranges = x.shape.map((n) => ({ start: 0, step: 1, length: n }));
  const positions: number[] = [];
  const indexed: Indexed[] = [];
  for (const item of items) {
    if (item.kind === "range") ranges[item.axis] = item.range;
    else if (item.kind === "position") {
      ranges[item.axis] = { start: item.at, step: 1, length: 1 };
      positions.push(item.axis);
    } else if (item.kind === "array") indexed.push({ axis: item.axis, index: item.index });
  }
  return { ranges, positions, indexed, layout: layoutOf(items, indexed.length > 0) };
}

/** The integer arrays' common axes stand where the arrays stood, or first when something stood between two of them. */
function layoutOf(items: readonly Item[], hasArrays: boolean): (number | "new" | "places")[] {
  const isIndex = (item: Item): boolean => item.kind === "array" || item.kind === "position";
  const first = items.findIndex(isIndex);
  const last = items.findLastIndex(isIndex);
  const together = items.slice(first, last + 1).every(isIndex);
  const layout: (number | "new" | "places")[] = [];
  items.forEach((item, i) => {
    if (hasArrays && together && i === first) layout.push("places");
    if (item.kind === "new") layout.push("new");
    else if (item.kind === "range") layout.push(item.axis);
  });
  if (hasArrays && !together) layout.unshift("places");
  return layout;
}

/** The parts with the axes they speak of; the ellipsis and what is left out become whole ranges. */
function readParts(x: TensorType, parts: readonly IndexPart[], where: string, mode: IndexMode, asArrays: boolean): Item[] {
  const read = parts.map((part) => readPart(part, where));
  const used = read.reduce((n, p) => n + p.axes, 0);
  const rank = x.shape.length;
  const gaps = read.filter((p) => p.kind === "ellipsis").length;
  if (gaps > 1) throw new IndexError(`${where}: an index has at most one ellipsis`, { hint: "write the other one as slices: slice()" });
  if (used > rank) {
    throw new IndexError(`${where}: ${used} ${used === 1 ? "index" : "indices"} for ${showType(x)}, which has ${rank} ${rank === 1 ? "axis" : "axes"}`, { hint: rank === 0 ? "a 0-d array has no axes to index; x.get() is x itself" : "each number, slice and integer array takes one axis; a boolean array takes as many as it has axes" });
  }
  const items: Item[] = [];
  let axis = 0;
  const whole = (count: number): void => {
    for (let i = 0; i < count; i++, axis++) items.push({ kind: "range", axis, range: { start: 0, step: 1, length: x.shape[axis] as number } });
  };
  for (const part of read) {
    const length = x.shape[axis] as number;
    if (part.kind === "new") items.push(part);
    else if (part.kind === "ellipsis") {
      items.push({ kind: "gap" });
      whole(rank - used);
    } else if (part.kind === "slice") items.push({ kind: "range", axis: axis++, range: sliceRange(part.slice, length) });
    else if (part.kind === "position") items.push(readPosition(part.at, axis++, x, where, mode, asArrays));
    else if (part.kind === "mask") {
      for (const index of maskIndices(part.mask, x, axis, where)) items.push({ kind: "array", axis: axis++, index });
    } else items.push({ kind: "array", axis, index: checkKnown(part.index, axis++, x, where, mode) });
  }
  whole(rank - axis);
  return items;
}

type Part = { readonly axes: number } & (
  | { readonly kind: "new" }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "slice"; readonly slice: Slice }
  | { readonly kind: "position"; readonly at: number }
  | { readonly kind: "mask"; readonly mask: ConcreteArray }
  | { readonly kind: "array"; readonly index: Value }
);

function readPart(part: unknown, where: string): Part {
  if (part === null) return { kind: "new", axes: 0 };
  if (typeof part === "number") {
    if (!Number.isInteger(part)) throw new IndexError(`${where}: an index is an integer, got ${part}`, { hint: "round it first: Math.floor(i)" });
    return { kind: "position", at: part, axes: 1 };
  }
  if (isSlice(part)) return { kind: "slice", slice: part, axes: 1 };
  if (isEllipsis(part)) return { kind: "ellipsis", axes: 0 };
  const value = indexArray(part, where);
  if (value.type.dtype !== "bool") return { kind: "array", index: value, axes: 1 };
  if (!(value instanceof ConcreteArray)) {
    throw new ConcretizationError(`${where}: a traced mask (${showType(value.type)}) selects a number of elements that is not known while tracing`, {
      hint: "keep the shape: where(mask, x, 0) to read, where(mask, v, x) to update; a mask that is a list of booleans or an NDArray may be an index",
    });
  }
  if (value.type.shape.length === 0) throw new IndexError(`${where}: a single boolean is no index`, { hint: "use where(condition, a, b)" });
  return { kind: "mask", mask: value, axes: value.type.shape.length };
}

/** An operand as an array of int32 indices, or a mask. */
export function indexArray(part: unknown, where: string): Value {
  if (isValue(part)) return asInt32(part, where);
  if (!isArrayLike(part)) {
    const tensors = Array.isArray(part) && part.some(isValue);
    throw new IndexError(`${where}: ${describe(part)} is no index`, {
      hint: tensors ? "join the tensors with stack([...])" : "an index is made of integers, slice(start, stop, step), null (new axis), ellipsis, and integer or boolean arrays",
    });
  }
  const own = ownDType(part);
  return own === undefined || own === "int32" ? build(part, "int32", where) : asInt32(build(part, own, where), where);
}

function asInt32(x: Value, where: string): Value {
  const { dtype } = x.type;
  if (dtype === "int32" || dtype === "bool") return x;
  if (dtype !== "uint32") throw new DTypeError(`${where}: indices must be integers, got ${showType(x.type)}`, { hint: 'convert them: int32(i), i.astype("int32"); what a loop counts in large steps, and products and quotients of counts, are doubles, as in JavaScript: int32(i * width + j), or int32(i) * width + j' });
  // what int32 cannot hold is out of bounds of any axis, and must stay so
  const most = 2 ** 31 - 1;
  return convert(select(greater(x, ConcreteArray.splat(x.type, most)), most, x), "int32");
}

function isSlice(part: unknown): part is Slice {
  return typeof part === "object" && part !== null && "kind" in part && part.kind === "slice";
}
function isEllipsis(part: unknown): part is Ellipsis {
  return typeof part === "object" && part !== null && "kind" in part && part.kind === "ellipsis";
}

/** Python's meaning: bounds outside are cut, negative ones count from the end. */
function sliceRange({ start, stop, step }: Slice, length: number): Range {
  const by = step ?? 1;
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const bound = (b: number | null, absent: number): number => (b === null ? absent : Math.min(Math.max(b < 0 ? b + length : b, low), high));
  const from = bound(start, by > 0 ? low : high);
  const to = bound(stop, by > 0 ? high : low);
  return { start: from, step: by, length: Math.max(0, Math.ceil((to - from) / by)) };
}

function readPosition(at: number, axis: number, x: TensorType, where: string, mode: IndexMode, asArrays: boolean): Item {
  const length = x.shape[axis] as number;
  const inside = at >= -length && at < length;
  if (!inside && fails(length, mode)) throw known(at, axis, x, where, mode);
  if (asArrays || !inside) return { kind: "array", axis, index: ConcreteArray.splat(tensorType("int32", []), Math.min(Math.max(at, -(2 ** 31)), 2 ** 31 - 1)) };
  return { kind: "position", axis, at: at < 0 ? at + length : at };
}

/** Indices that are known are checked at once. */
export function checkKnown(index: Value, axis: number, x: TensorType, where: string, mode: IndexMode): Value {
  const length = x.shape[axis] as number;
  if (!fails(length, mode) || !(index instanceof ConcreteArray)) return index;
  const bad = index.elements.find((i) => i < -length || i >= length);
  if (bad !== undefined) throw known(bad, axis, x, where, mode);
  return index;
}

/** Whether an index out of bounds is an error: on an empty axis no mode but "fill" finds another place. */
const fails = (length: number, mode: IndexMode): boolean => mode === "throw" || (length === 0 && mode !== "fill");

function known(index: number, axis: number, x: TensorType, where: string, mode: IndexMode): IndexError {
  return outOfBounds(index, 0, { axes: [axis], mode }, x, askedOf(where, x, [axis]));
}

const askedOf = (operation: string, x: TensorType, axes: readonly number[]): Asked => ({ operation, array: showType(x), axes });

/** Records what indexes x along `axes`: an index out of bounds that the run finds is told of as `operation` on x. */
export function recordAs<T>(operation: string, x: TensorType, axes: readonly number[], body: () => T): T {
  // outside of traces the indices are known, and checked
  const trace = currentTrace();
  return trace === undefined ? body() : atPlace(currentPlace(trace.calls).about(askedOf(operation, x, axes)), body);
}

/** The positions of the true elements, one array per axis of the mask. */
function maskIndices(mask: ConcreteArray, x: TensorType, axis: number, where: string): ConcreteArray[] {
  const { shape } = mask.type;
  const against = x.shape.slice(axis, axis + shape.length);
  if (shape.some((n, d) => n !== against[d])) {
    throw new IndexError(`${where}: a mask of shape ${showShape(shape)} does not fit ${showShape(against)}, the axes it stands for in ${showType(x)}`, { hint: "a mask has the lengths of the axes it selects from" });
  }
  return truePositions(mask);
}

/** Row-major positions of the elements that are not 0, one int32 array per axis. */
export function truePositions(mask: ConcreteArray): ConcreteArray[] {
  const { shape } = mask.type;
  const flat: number[] = [];
  mask.elements.forEach((v, i) => {
    if (v !== 0) flat.push(i);
  });
  const strides = stridesOf(shape);
  return shape.map((n, d) => ConcreteArray.of(tensorType("int32", [flat.length]), Int32Array.from(flat, (i) => Math.floor(i / (strides[d] as number)) % n)));
}

/** Several index arrays broadcast together and stacked along a last axis: what gather and scatter take. */
export function joinIndices(arrays: readonly Value[], where: string): Value {
  const shape = broadcastShapes(arrays.map((a) => a.type.shape), `${where}: index arrays`);
  const columns = arrays.map((a) => lastAxis(broadcastValue(a, shape)));
  if (columns.every((c) => c instanceof ConcreteArray)) return interleave(columns, [...shape, columns.length]);
  return concatenate(columns, shape.length);
}

/** x with a new last axis of length 1; of a constant a constant. */
function lastAxis(x: Value): Value {
  const shape = [...x.type.shape, 1];
  return x instanceof ConcreteArray ? x.withType({ ...x.type, shape }) : reshape(x, shape);
}

/** Done at once so that constant indices stay constants in the program. */
function interleave(columns: readonly ConcreteArray[], shape: readonly number[]): ConcreteArray {
  const out = new Int32Array(sizeOf(shape));
  columns.forEach(({ elements }, k) => {
    for (let i = 0; i < elements.length; i++) out[i * columns.length + k] = elements[i] as number;
  });
  return ConcreteArray.of(tensorType("int32", shape), out);
}
