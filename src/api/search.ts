/** Finding positions: of the elements that are not zero, and in a sorted vector. */
import { ConcretizationError, ShapeError } from "../errors.ts";
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import { showType, tensorType } from "../core/type.ts";
import { and, not, or, shiftRightLogical } from "../ops/bitwise.ts";
import { less, lessEqual, notEqual } from "../ops/compare.ts";
import { add } from "../ops/elementwise.ts";
import { select } from "../ops/select.ts";
import { checkKeys } from "../trace/arguments.ts";
import { checkWord } from "./axis.ts";
import { truePositions } from "./index-plan.ts";
import { expose, promote, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";
import { takeAxis } from "./take.ts";

/**
 * The positions of the elements of a concrete array that are not 0, in row-major order: one int32 vector per axis, which together
 * index them.
 *
 * @throws ConcretizationError for a traced array: how many there are is not known while tracing; ShapeError for a scalar.
 * @example nonzero([0, 5, 0, 7]); // → [[1, 3]]
 */
export const nonzero: (x: Operand) => NDArray[] = publicFunction("nonzero", ["x"], (x: Operand): NDArray[] => {
  const value = toValue(x, "nonzero");
  if (!(value instanceof ConcreteArray)) {
    throw new ConcretizationError(`nonzero: how many elements of a traced tensor (${showType(value.type)}) are not 0 is not known while tracing`, { hint: "keep the shape: where(x.notEqual(0), a, b); or count them with countNonzero(x)" });
  }
  if (value.type.shape.length === 0) throw new ShapeError("nonzero: needs at least one axis, got a scalar", { hint: "compare it: x.notEqual(0)" });
  return truePositions(value).map((axis) => expose(axis));
});

export interface SearchOptions {
  /** Before ("left", default) or after ("right") elements that are equal. */
  readonly side?: "left" | "right";
}

/**
 * Where in the ascending vector `sorted` each value would have to be inserted to keep it sorted: int32, of the shape of `values`. By
 * bisection. A NaN goes to the end.
 *
 * @throws ShapeError where `sorted` is no vector.
 * @example searchsorted([1, 3, 5], [3, 6]); // → [1, 3]
 */
export const searchsorted: SearchFunction = publicFunction("searchsorted", ["sorted", "values", "{ side }"], (sorted: unknown, values: unknown, options: SearchOptions = {}): never => {
  checkKeys(options, ["side"], "searchsorted");
  const side = checkWord(options.side ?? "left", ["left", "right"], "searchsorted", "side");
  const [list, wanted] = promote("searchsorted", [sorted, values]) as [Value, Value];
  if (list.type.shape.length !== 1) throw new ShapeError(`searchsorted: the first operand is a sorted vector, got ${showType(list.type)}`, { hint: "vmap searches one vector for each element of a batch" });
  return expose(bisect(list, wanted, list.type.shape[0] as number, side));
});

export interface SearchFunction {
  (sorted: NDArray, values: NDArray | number, options?: SearchOptions): NDArray;
  (sorted: Operand, values: Operand, options?: SearchOptions): Tensor;
}

/** The bounds of what is left close in on the position: of n elements in ⌈log₂(n + 1)⌉ steps. */
function bisect(list: Value, wanted: Value, length: number, side: "left" | "right"): Value {
  const counting = { type: tensorType("int32", wanted.type.shape) };
  let low: Value = splatLike(counting, 0);
  let high: Value = splatLike(counting, length);
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    const middle = shiftRightLogical(add(low, high), 1);
    const found = takeAxis(list, middle, 0, "clip");
    // NaN counts as larger than any number
    const isLeftOf = side === "left" ? or(less(found, wanted), and(isNaN(wanted), not(isNaN(found)))) : or(lessEqual(found, wanted), isNaN(wanted));
    const open = less(low, high);
    low = select(and(open, isLeftOf), add(middle, 1), low);
    high = select(and(open, not(isLeftOf)), middle, high);
  }
  return low;
}

function isNaN(x: Value): Value {
  return notEqual(x, x);
}
