/** The rule for reductions: of one element each, of repeated numbers, and along axes on which the operand only repeats itself. */
import { ConcreteArray } from "../../core/concrete.ts";
import { type DType, dtypes, isInteger } from "../../core/dtype.ts";
import type { Equation } from "../../core/program.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import { sizeOf, without } from "../../core/shape.ts";
import { at, splatLike, TracedArray, type Value } from "../../core/tensor.ts";
import { mul } from "../../ops/arithmetic.ts";
import { reduceAnd, reduceMax, reduceMin, reduceOr } from "../../ops/reduce.ts";
import { repeatedAxes, reshapeAgain, writeView } from "./view.ts";
import type { View, Workspace } from "./workspace.ts";
import { plusZero } from "./zeros.ts";

/** Reductions to which an element that comes a second time makes no difference. */
const idempotent: Partial<Record<ScalarInstruction, (x: Value, axes: readonly number[]) => Value>> = { max: reduceMax, min: reduceMin, and: reduceAnd, or: reduceOr };

export function simplifyReduction(equation: Equation, ws: Workspace): Value | undefined {
  const { lower } = equation.primitive;
  if (lower.form !== "reduction") return undefined;
  const operand = ws.operand(equation, 0);
  const { shape, dtype } = operand.type;
  const axes = lower.axes(equation.params);
  const lengths = axes.map((a) => at(shape, a));
  const combine = lower.combine(dtype);
  if (lengths.every((n) => n === 1)) {
    const alone = reshapeAgain(operand, without(shape, axes), ws);
    return combine === "add" ? plusZero(alone, ws) : alone;
  }
  if (sizeOf(shape) === 0) return undefined;
  const view = operand instanceof TracedArray ? ws.views.get(operand.variable) : undefined;
  const repeated = operand instanceof ConcreteArray && operand.splat !== undefined ? axes : view === undefined ? [] : repeatedAxes(view, shape).filter((a) => axes.includes(a));
  const count = sizeOf(repeated.map((a) => at(shape, a)));
  if (repeated.length === 0) return undefined;
  // n equal numbers add up to n times the number in exactly the same bits where the sum is kept more precisely than its terms
  const exact = combine === "add" && repeated.length === axes.length && isExactCount(dtype, count);
  const reduce = idempotent[combine];
  if (!exact && reduce === undefined) return undefined;
  const place = (axis: number): number => axis - repeated.filter((a) => a < axis).length;
  const narrow: View = view === undefined ? { root: operand, sources: [] } : { root: view.root, sources: view.sources.map((s) => ({ ...s, axis: s.axis < 0 ? s.axis : place(s.axis) })) };
  const once = operand instanceof ConcreteArray ? ConcreteArray.splat(at(equation.outputs, 0).type, operand.splat as number) : writeView(narrow, without(shape, repeated));
  if (once instanceof TracedArray) ws.views.set(once.variable, narrow);
  if (reduce !== undefined) return reduce(once, axes.filter((a) => !repeated.includes(a)).map(place));
  return plusZero(mul(once, splatLike(once, count)), ws);
}

/** Whether the product with the count has the bits of the sum: floats add up in float64, integers wrap around. */
function isExactCount(dtype: DType, count: number): boolean {
  return dtype === "float32" ? count < 2 ** 29 && Math.fround(count) === count : isInteger(dtype) && count <= dtypes[dtype].max;
}
