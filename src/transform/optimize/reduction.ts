/** The rule for reductions: of one element each, of repeated numbers, and along axes on which the operand only repeats itself. */
import { ConcreteArray } from "../../core/concrete.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import type { Equation } from "../../core/program.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import { range, sizeOf, without } from "../../core/shape.ts";
import { at, splatLike, TracedArray, type Value } from "../../core/tensor.ts";
import { mul } from "../../ops/arithmetic.ts";
import { reduceAnd, reduceMax, reduceMin, reduceOr } from "../../ops/reduce.ts";
import { reduceSum, reshape } from "../../ops/structure.ts";
import { repeatedAxes, writeView } from "./view.ts";
import type { View, Workspace } from "./workspace.ts";

/** What n equal numbers combine to, and the reduction itself. */
interface Repetition {
  readonly reduce: (x: Value, axes: readonly number[]) => Value;
  readonly repeat: (x: Value, count: number) => Value;
}
const itself = (x: Value): Value => x;
const repetitions: Partial<Record<ScalarInstruction, Repetition>> = {
  add: { reduce: reduceSum, repeat: (x, count) => mul(x, splatLike(x, count)) },
  max: { reduce: reduceMax, repeat: itself },
  min: { reduce: reduceMin, repeat: itself },
  and: { reduce: reduceAnd, repeat: itself },
  or: { reduce: reduceOr, repeat: itself },
};

export function simplifyReduction(equation: Equation, ws: Workspace): Value | undefined {
  const { lower } = equation.primitive;
  if (lower.form !== "reduction") return undefined;
  const operand = ws.operand(equation, 0);
  const { shape, dtype } = operand.type;
  const axes = lower.axes(equation.params);
  const lengths = axes.map((a) => at(shape, a));
  if (lengths.every((n) => n === 1)) return reshape(operand, without(shape, axes));
  const repetition = repetitions[lower.combine(dtype)];
  if (repetition === undefined || sizeOf(shape) === 0) return undefined;
  if (operand instanceof ConcreteArray) {
    if (operand.splat === undefined || !holds(dtype, sizeOf(lengths))) return undefined;
    const one = ConcreteArray.splat(at(equation.outputs, 0).type, operand.splat);
    return repetition.repeat(one, sizeOf(lengths));
  }
  const view = ws.views.get(operand.variable);
  const repeated = view === undefined ? [] : repeatedAxes(view, shape).filter((a) => axes.includes(a));
  const count = sizeOf(repeated.map((a) => at(shape, a)));
  if (view === undefined || repeated.length === 0 || !holds(dtype, count)) return undefined;
  const place = (axis: number): number => axis - repeated.filter((a) => a < axis).length;
  const narrow: View = { root: view.root, sources: view.sources.map((s) => ({ ...s, axis: s.axis < 0 ? s.axis : place(s.axis) })) };
  const once = writeView(narrow, without(shape, repeated));
  if (once instanceof TracedArray) ws.views.set(once.variable, narrow);
  return repetition.repeat(repetition.reduce(once, without(axes, range(axes.length).filter((i) => repeated.includes(at(axes, i)))).map(place)), count);
}

/** Whether the dtype has the number exactly. */
function holds(dtype: DType, count: number): boolean {
  const { kind, max, bytes } = dtypes[dtype];
  return kind !== "float" ? kind === "bool" || count <= max : bytes === 8 || Math.fround(count) === count;
}
