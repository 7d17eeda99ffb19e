/** Whether two arrays are equal, exactly or nearly. */
import type { NDArray, NestedNumbers, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import type { TypedArray } from "../core/dtype.ts";
import { range, sameShape } from "../core/shape.ts";
import { scalar, TracedArray, type Value } from "../core/tensor.ts";
import type { StridedLike } from "../core/tree.ts";
import { abs, mul, sub } from "../ops/arithmetic.ts";
import { and, or } from "../ops/bitwise.ts";
import { equal, lessEqual, notEqual } from "../ops/compare.ts";
import { add } from "../ops/elementwise.ts";
import { reduceAnd } from "../ops/reduce.ts";
import { isFinite } from "../ops/rounding.ts";
import { checkKeys } from "../trace/arguments.ts";
import { expose, joined, promote, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

export interface CloseOptions {
  /** Allowed difference relative to y. Default 1e-5. */
  readonly rtol?: number;
  /** Allowed difference besides. Default 1e-8. */
  readonly atol?: number;
  /** Whether NaN is close to NaN. Default false. */
  readonly equalNaN?: boolean;
}

/** What is an array and cannot be a traced one. */
type Known = NDArray | TypedArray | StridedLike | readonly NestedNumbers[];

export interface CloseFunction {
  (x: NDArray, y: NDArray, options?: CloseOptions): NDArray;
  (x: Operand, y: Operand, options?: CloseOptions): Tensor;
}
/** A yes or no about two arrays. */
export interface AnswerFunction<Options> {
  (x: Known, y: Known, options?: Options): boolean;
  (x: Operand, y: Operand, options?: Options): Tensor;
}
const closeForm = ["x", "y", "{ rtol, atol, equalNaN }"];

/** |x - y| ≤ atol + rtol |y|; infinities are close to themselves alone. */
function close(name: string, x: unknown, y: unknown, options: unknown): Value {
  checkKeys(options, ["rtol", "atol", "equalNaN"], name);
  const { rtol = 1e-5, atol = 1e-8, equalNaN = false } = (options ?? {}) as CloseOptions;
  const [a, b] = joined(name, [x, y], { floating: true }) as [Value, Value];
  const near = and(isFinite(b), lessEqual(abs(sub(a, b)), add(mul(abs(b), rtol), atol)));
  const found = or(equal(a, b), near);
  return equalNaN ? or(found, bothNaN(a, b)) : found;
}

function bothNaN(a: Value, b: Value): Value {
  return and(notEqual(a, a), notEqual(b, b));
}

/** A JavaScript boolean where the answer is known, a bool tensor while tracing. */
function answer(value: Value): never {
  return (value instanceof ConcreteArray ? value.elements[0] !== 0 : value) as never;
}

function everywhere(x: Value): Value {
  return reduceAnd(x, range(x.type.shape.length));
}

/** Whether x is near y, elementwise: |x - y| ≤ atol + rtol · |y|. Shapes broadcast; bool. @example isClose([1, 2], [1.000001, 3]) // → [true, false] */
export const isClose: CloseFunction = publicFunction("isClose", closeForm, (x: unknown, y: unknown, options?: unknown): never => expose(close("isClose", x, y, options)));

/**
 * Whether all elements of x are near those of y (see `isClose`): true or false for concrete arrays, a bool tensor while tracing.
 *
 * @example allClose([1, 2], [1, 2.000001]) // → true
 */
export const allClose: AnswerFunction<CloseOptions> = publicFunction("allClose", closeForm, (x: unknown, y: unknown, options?: unknown): never => answer(everywhere(close("allClose", x, y, options))));

/**
 * Whether x and y have one shape and equal elements: true or false for concrete arrays, a bool tensor while tracing.
 *
 * @example arrayEqual([1, 2], [1, 2]) // → true
 */
export const arrayEqual: AnswerFunction<Pick<CloseOptions, "equalNaN">> = publicFunction("arrayEqual", ["x", "y", "{ equalNaN }"], (x: unknown, y: unknown, options?: Pick<CloseOptions, "equalNaN">): never => {
  checkKeys(options, ["equalNaN"], "arrayEqual");
  const [a, b] = [toValue(x, "arrayEqual"), toValue(y, "arrayEqual")];
  if (!sameShape(a.type.shape, b.type.shape)) return a instanceof TracedArray || b instanceof TracedArray ? expose(scalar(0, "bool")) : (false as never);
  const [p, q] = promote("arrayEqual", [x, y]) as [Value, Value];
  const same = equal(p, q);
  return answer(everywhere(options?.equalNaN === true ? or(same, bothNaN(p, q)) : same));
});
