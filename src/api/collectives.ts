/** Collectives: what a function under `vmap(f, { axisName })` asks of the other elements of the batch, with the meanings JAX users know. */
import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../core/array-types.ts";
import { noAxes, unboundAxis } from "../core/axis-names.ts";
import { checkAxis, describe } from "../core/shape.ts";
import { currentTrace, type Value } from "../core/tensor.ts";
import { flatten, unflatten } from "../core/tree.ts";
import { mul as mulOp } from "../ops/arithmetic.ts";
import * as op from "../ops/collective.ts";
import { add as addOp, convert } from "../ops/elementwise.ts";
import { moveAxis, reshape } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";
import { div } from "./arithmetic.ts";
import { expose, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** The name of one axis, or of several, of which the last counts fastest. */
export type AxisNames = string | readonly string[];

interface NamedAxis {
  readonly axisName: string;
  readonly size: number;
}

/** The named axes with their lengths. */
function namedAxes(names: AxisNames, where: string): NamedAxis[] {
  const scope = currentTrace()?.axes ?? noAxes;
  const list: readonly unknown[] = Array.isArray(names) ? names : [names];
  if (new Set(list).size < list.length) throw new ArgumentError(`${where}: an axis is named twice: ${describe(names)}`);
  return list.map((axisName) => {
    if (typeof axisName !== "string") throw new ArgumentError(`${where}: an axis name is a string, got ${describe(axisName)}`, { hint: `as in ${where}(${where.startsWith("axis") ? "" : "x, "}"batch")` });
    const size = scope.get(axisName);
    if (size === undefined) throw unboundAxis(where, axisName, scope);
    return { axisName, size };
  });
}

/** A collective over trees. Plain numbers, the same for all elements of the batch, stay plain numbers. */
function overTrees(where: string, ofNumber: (x: number, size: number) => number, ofValue: (x: Value, axes: readonly NamedAxis[]) => Value): <T>(x: T, axisName: AxisNames) => T {
  return publicFunction(where, ["x", "axisName"], <T>(x: T, axisName: AxisNames): T => {
    const axes = namedAxes(axisName, where);
    const size = axes.reduce((n, axis) => n * axis.size, 1);
    const { leaves, structure } = flatten(x, where);
    return unflatten(structure, leaves.map((leaf) => (typeof leaf === "number" ? ofNumber(leaf, size) : ofValue(toValue(leaf, where), axes)))) as T;
  });
}

/** From the innermost name of the list outward. */
const along = (each: (x: Value, axis: NamedAxis) => Value) => (x: Value, axes: readonly NamedAxis[]): Value => axes.reduceRight(each, x);

const sums = along((x, axis) => op.psum(x.type.dtype === "bool" ? convert(x, "int32") : x, axis));

/**
 * The sum over the named axis of a vmap, the same for all elements of the batch. x is a tree; what is not mapped counts once for each element, so
 * `psum(1, "batch")` is the axis size, a plain number. A list of names sums over all of them; bool counts as int32. An `ArgumentError` where no
 * vmap around the call names its axis so.
 *
 * @example vmap((x: Tensor) => x.div(psum(x, "batch")), { axisName: "batch" })([1, 2, 5]) // → [0.125, 0.25, 0.625]
 */
export const psum: <T>(x: T, axisName: AxisNames) => T = overTrees("psum", (x, size) => x * size, sums);

/**
 * The mean over the named axis of a vmap, as `psum`; integers are divided as by `div`.
 *
 * @example vmap((x: Tensor) => x.sub(pmean(x, "batch")), { axisName: "batch" })([1, 2, 6]) // → [-2, -1, 3]
 */
export const pmean: <T>(x: T, axisName: AxisNames) => T = overTrees(
  "pmean",
  (x) => x,
  (x, axes) => div(sums(x, axes) as never, axes.reduce((n, { size }) => n * size, 1)) as unknown as Value,
);

/**
 * The largest element along the named axis of a vmap, elementwise; NaN if any is NaN. Elements that attain it share the derivative. As `psum` otherwise.
 *
 * @example vmap((x: Tensor) => pmax(x, "batch").sub(x), { axisName: "batch" })([1, 2, 6]) // → [5, 4, 0]
 */
export const pmax: <T>(x: T, axisName: AxisNames) => T = overTrees("pmax", (x) => x, along(op.pmax));

/** The smallest element along the named axis of a vmap, as `pmax`. */
export const pmin: <T>(x: T, axisName: AxisNames) => T = overTrees("pmin", (x) => x, along(op.pmin));

export interface AllGatherOptions {
  /** Where the elements of the batch are laid beside each other. Default 0. */
  readonly axis?: number;
  /** Along the axis that is there already, one behind the other; by default along a new one. */
  readonly tiled?: boolean;
}

/**
 * x of all elements of the named axis of a vmap, stacked along a new axis (or with `tiled` concatenated along an axis of x): the same for all of them.
 * x is a tree. Of a list of names the last counts fastest. Errors as of `psum`, and a `ShapeError` for an axis that x has not.
 *
 * @example vmap((x: Tensor) => sum(allGather(x, "batch").mul([1, 10, 100])).add(x), { axisName: "batch" })([1, 2, 3]) // → [322, 323, 324]
 */
export const allGather: <T>(x: T, axisName: AxisNames, options?: AllGatherOptions) => T = publicFunction(
  "allGather",
  ["x", "axisName", "{ axis, tiled }"],
  <T>(x: T, axisName: AxisNames, options: AllGatherOptions = {}): T => {
    checkKeys(options, ["axis", "tiled"], "allGather");
    const axes = namedAxes(axisName, "allGather");
    const { leaves, structure } = flatten(x, "allGather");
    return unflatten(structure, leaves.map((leaf) => gathered(toValue(leaf, "allGather"), axes, options))) as T;
  },
);

function gathered(x: Value, axes: readonly NamedAxis[], { axis = 0, tiled = false }: AllGatherOptions): Value {
  const { shape } = x.type;
  const position = checkAxis(axis, shape.length + (tiled ? 0 : 1), "allGather");
  const size = axes.reduce((n, a) => n * a.size, 1);
  const stacked = reshape(along(op.allGather)(x, axes), [size, ...shape]);
  const placed = moveAxis(stacked, 0, position);
  return tiled ? reshape(placed, shape.map((n, i) => (i === position ? n * size : n))) : placed;
}

/**
 * The position of an element along the named axis of a vmap, an int32 scalar; of a list of names that in row-major order, the last counting fastest.
 * Errors as of `psum`.
 *
 * @example vmap((x: Tensor) => x.mul(axisIndex("batch")), { axisName: "batch" })([5, 5, 5]) // → [0, 5, 10]
 */
export const axisIndex: (axisName: AxisNames) => Tensor = publicFunction("axisIndex", ["axisName"], (axisName: AxisNames): Tensor => {
  const axes = namedAxes(axisName, "axisIndex");
  if (axes.length === 0) throw new ArgumentError("axisIndex: no axis is named", { hint: 'as in axisIndex("batch")' });
  return expose(axes.map((a) => ({ index: op.axisIndex(a.axisName), size: a.size })).reduce((outer, inner) => ({ index: addOp(mulOp(outer.index, inner.size), inner.index), size: 1 })).index);
});

/**
 * The length of the named axis of a vmap, a plain number; of a list of names the product. Errors as of `psum`.
 *
 * @example vmap((x: Tensor) => x.mul(axisSize("batch")), { axisName: "batch" })([1, 2, 3]) // → [3, 6, 9]
 */
export const axisSize: (axisName: AxisNames) => number = publicFunction("axisSize", ["axisName"], (axisName: AxisNames): number =>
  namedAxes(axisName, "axisSize").reduce((n, { size }) => n * size, 1),
);
