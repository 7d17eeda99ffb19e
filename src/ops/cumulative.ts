/**
 * Running totals along one axis, from its beginning or (`reverse`) from its end, rounded to the dtype at every step: sum, prod, max,
 * min, logsumexp, and the linear recurrence in which the derivatives of all but the sum are written, so that they are right to any
 * order, zeros and infinities included.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { type DType, dtypes, highest, isFloat, lowest } from "../core/dtype.ts";
import { type BatchAxis, definePrimitive, type JvpRule, noPrograms, notLinear, type Primitive, type TransposeRule } from "../core/primitive.ts";
import { known, linearJvp, transposeOne } from "../core/rules.ts";
import { meaningOf, type ScalarInstruction } from "../core/scalar.ts";
import { sizeOf } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { sameType, showType, showTypes, type TensorType } from "../core/type.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { and, or } from "./bitwise.ts";
import { equal, notEqual } from "./compare.ts";
import { add, convert } from "./elementwise.ts";
import { exp } from "./exponential.ts";
import { select } from "./select.ts";
import { shift } from "./slice.ts";
import { align } from "./structure.ts";

export type Along = { readonly axis: number; readonly reverse: boolean };

/** Calls visit(position, position of the element before it or -1) along the axis, in the order of the running total. */
function forEachAlong(shape: readonly number[], { axis, reverse }: Along, visit: (position: number, before: number) => void): void {
  const length = at(shape, axis);
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const step = reverse ? -inner : inner;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const first = (o * length + (reverse ? length - 1 : 0)) * inner + i;
      for (let k = 0; k < length; k++) visit(first + k * step, k === 0 ? -1 : first + (k - 1) * step);
    }
  }
}

function checkAlong(name: string, type: TensorType, { axis }: Along): void {
  if (axis < 0 || axis >= type.shape.length) throw new ShapeError(`${name}: no axis ${axis} in ${showType(type)}`);
}

function cumulative(name: string, combine: (dtype: DType) => ScalarInstruction, identity: (dtype: DType) => number, jvp: JvpRule<Along>, transpose: TransposeRule<Along> | typeof notLinear, floatOnly = false): Primitive {
  const primitive: Primitive = definePrimitive<Along>({
    name,
    type: ([x], along) => {
      const t = x as TensorType;
      checkAlong(name, t, along);
      if (t.dtype === "bool" || (floatOnly && !isFloat(t.dtype))) throw new DTypeError(`${name}: not defined for ${showType(t)}`, { hint: 'convert with x.astype("float32")' });
      return [t];
    },
    evaluate: ([x], along, [type]) => {
      const { elements } = x as ConcreteArray;
      const to = type as TensorType;
      const f = meaningOf(combine(to.dtype));
      const out = dtypes[to.dtype].allocate(elements.length);
      let total = 0;
      forEachAlong(to.shape, along, (i, before) => {
        out[i] = before < 0 ? (elements[i] as number) : f(total, elements[i] as number, 0);
        total = out[i] as number;
      });
      return [ConcreteArray.of(to, out)];
    },
    jvp,
    transpose,
    batch: (_size, [x], [axis], along) => {
      const a = axis as number;
      return { outputs: bind(primitive, [x as Value], { ...along, axis: along.axis >= a ? along.axis + 1 : along.axis }), axes: [a] };
    },
    lower: { form: "cumulation", combine, identity, along: (params) => params },
    commutative: false,
    effect: "none",
    inner: noPrograms,
  });
  return primitive;
}

/** The running value before each element; `start` before the first. */
function previous(y: Value, { axis, reverse }: Along, start: number): Value {
  return shift(y, axis, reverse ? -1 : 1, start);
}

/**
 * hₖ = aₖ hₖ₋₁ + bₖ, beginning from h = 0. Linear in b, and its derivative in a is another recurrence:
 * dhₖ = aₖ dhₖ₋₁ + (dbₖ + daₖ hₖ₋₁).
 */
export const recurrencePrimitive: Primitive = definePrimitive<Along>({
  name: "linearRecurrence",
  type: (inputs, along) => {
    const [a, b] = inputs as [TensorType, TensorType];
    if (!sameType(a, b) || !isFloat(a.dtype)) throw new DTypeError(`linearRecurrence: needs two floating operands of one type, got ${showTypes(inputs)}`);
    checkAlong("linearRecurrence", a, along);
    return [{ ...b, weak: a.weak && b.weak }];
  },
  evaluate: ([a, b], along, [type]) => {
    const [factors, terms] = [(a as ConcreteArray).elements, (b as ConcreteArray).elements];
    const out = dtypes[(type as TensorType).dtype].allocate(terms.length);
    let h = 0;
    forEachAlong((type as TensorType).shape, along, (i, before) => {
      out[i] = before < 0 ? (terms[i] as number) : (factors[i] as number) * h + (terms[i] as number);
      h = out[i] as number;
    });
    return [ConcreteArray.of(type as TensorType, out)];
  },
  jvp: ([a], [da, db], along, _primitive, apply) => {
    const h = at(apply(), 0);
    const moved = da ? mul(da, previous(h, along, 0)) : null;
    const term = moved && db ? add(db, moved) : ((moved ?? db) as Value);
    return { outputs: [h], tangents: [linearRecurrence(a as Value, term, along)] };
  },
  // The cotangent runs the other way: gₖ = ctₖ + aₖ₊₁ gₖ₊₁.
  transpose: transposeOne((ct, _b, [a], _i, along) => {
    const back = { ...along, reverse: !along.reverse };
    return linearRecurrence(previous(known(a, "linearRecurrence"), back, 0), ct, back);
  }),
  batch: (size, [a, b], [axisA, axisB], along) => {
    const [x, y] = [align(a as Value, axisA as BatchAxis, 0, size), align(b as Value, axisB as BatchAxis, 0, size)];
    return { outputs: [linearRecurrence(x, y, { ...along, axis: along.axis + 1 })], axes: [0] };
  },
  lower: { form: "recurrence", along: (params) => params },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

export function linearRecurrence(a: Value, b: Value, along: Along): Value {
  return at(bind(recurrencePrimitive, [a, b], along), 0);
}

/** dyₖ = xₖ dyₖ₋₁ + yₖ₋₁ dxₖ */
const prodJvp: JvpRule<Along> = ([operand], [t], along, _primitive, apply) => {
  const x = operand as Value;
  const y = at(apply(), 0);
  return { outputs: [y], tangents: [linearRecurrence(x, mul(t as Value, previous(y, along, 1)), along)] };
};

/** x = y, where NaN equals NaN. */
export function same(x: Value, y: Value): Value {
  return or(equal(x, y), and(notEqual(x, x), notEqual(y, y)));
}

/** dyₖ is the mean of dxᵢ over those i ≤ k with xᵢ = yₖ: a sum and a count that both start anew whenever y changes. */
const extremumJvp: JvpRule<Along> = ([operand], [t], along, _primitive, apply) => {
  const x = operand as Value;
  const y = at(apply(), 0);
  const { dtype } = x.type;
  const chosen = same(x, y);
  const keeps = convert(same(y, previous(y, along, 0)), dtype);
  const count = linearRecurrence(keeps, convert(chosen, dtype), along);
  return { outputs: [y], tangents: [div(linearRecurrence(keeps, select(chosen, t as Value, 0), along), count)] };
};

/** dyₖ = exp(yₖ₋₁ - yₖ) dyₖ₋₁ + exp(xₖ - yₖ) dxₖ, and 0 as long as y is -∞. */
const logsumexpJvp: JvpRule<Along> = ([operand], [t], along, _primitive, apply) => {
  const x = operand as Value;
  const y = at(apply(), 0);
  const finite = select(equal(y, Number.NEGATIVE_INFINITY), 0, y);
  const kept = exp(sub(previous(y, along, Number.NEGATIVE_INFINITY), finite));
  return { outputs: [y], tangents: [linearRecurrence(kept, mul(t as Value, exp(sub(x, finite))), along)] };
};

/** The sum of the elements up to each. Its transpose sums from the other end. */
export const cumulativeSumPrimitive: Primitive = cumulative("cumulativeSum", () => "add", () => -0, linearJvp(), transposeOne((ct, _x, _inputs, _i, along) => cumulativeSum(ct, along.axis, !along.reverse)));
export const cumulativeProdPrimitive: Primitive = cumulative("cumulativeProd", (d) => (isFloat(d) ? "mul" : d === "int32" ? "mulInt32" : "mulUint32"), () => 1, prodJvp, notLinear);
export const cumulativeMaxPrimitive: Primitive = cumulative("cumulativeMax", () => "max", lowest, extremumJvp, notLinear);
export const cumulativeMinPrimitive: Primitive = cumulative("cumulativeMin", () => "min", highest, extremumJvp, notLinear);
export const cumulativeLogsumexpPrimitive: Primitive = cumulative("cumulativeLogsumexp", () => "logAddExp", lowest, logsumexpJvp, notLinear, true);

type Cumulate = (x: Value, axis: number, reverse: boolean) => Value;
const cumulator = (primitive: Primitive): Cumulate => (x, axis, reverse) => at(bind(primitive, [x], { axis, reverse }), 0);

export const cumulativeSum: Cumulate = cumulator(cumulativeSumPrimitive);
export const cumulativeProd: Cumulate = cumulator(cumulativeProdPrimitive);
export const cumulativeMax: Cumulate = cumulator(cumulativeMaxPrimitive);
export const cumulativeMin: Cumulate = cumulator(cumulativeMinPrimitive);
export const cumulativeLogsumexp: Cumulate = cumulator(cumulativeLogsumexpPrimitive);

export const cumulativePrimitives: readonly Primitive[] = [
  cumulativeSumPrimitive, cumulativeProdPrimitive, cumulativeMaxPrimitive, cumulativeMinPrimitive, cumulativeLogsumexpPrimitive, recurrencePrimitive,
];
