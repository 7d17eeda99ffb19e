/** Reductions besides the sum: prod, max, min, and, or. Their axes (ascending, distinct) disappear. */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { type DType, dtypes, highest, isFloat, lowest } from "../core/dtype.ts";
import { definePrimitive, type JvpRule, noPrograms, notLinear, type Primitive } from "../core/primitive.ts";
import { zeroJvp } from "../core/rules.ts";
import { meaningOf, type ScalarInstruction } from "../core/scalar.ts";
import { range, showShape, sizeOf, without } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";
import { div, mul, scaleSafe } from "./arithmetic.ts";
import { cumulativeProd, same } from "./cumulative.ts";
import { convert } from "./elementwise.ts";
import { select } from "./select.ts";
import { shift } from "./slice.ts";
import { type Axes, forEachReduced, reducedAxes, reduceSum, reshape, spread, transpose } from "./structure.ts";

interface Takes {
  readonly test: (dtype: DType) => boolean;
  readonly hint: string;
}

interface ReductionDeclaration {
  readonly combine: (dtype: DType) => ScalarInstruction;
  /** What a reduction of nothing gives, and what any other starts from. */
  readonly identity: (dtype: DType) => number;
  /** Nothing to reduce is an error: the identity is no value anybody expects. */
  readonly needsElements?: true;
  /** The dtypes it is defined for. All, unless said otherwise. */
  readonly takes?: Takes;
  readonly jvp: JvpRule<Axes>;
}

function reduction(name: string, declaration: ReductionDeclaration): Primitive {
  const { combine, identity, takes } = declaration;
  const primitive: Primitive = definePrimitive<Axes>({
    name,
    type: ([x], { axes }) => {
      const t = x as TensorType;
      if (takes && !takes.test(t.dtype)) throw new DTypeError(`${name}: not defined for ${showType(t)}`, { hint: takes.hint });
      if (declaration.needsElements) checkElements(name, t, axes);
      return [tensorType(t.dtype, without(t.shape, axes), t.weak)];
    },
    evaluate: ([x], { axes }, [type]) => {
      const { elements, type: from } = x as ConcreteArray;
      const to = type as TensorType;
      const f = meaningOf(combine(to.dtype));
      const out = new Float64Array(sizeOf(to.shape)).fill(identity(to.dtype));
      forEachReduced(from.shape, axes, (i, o) => {
        out[o] = f(out[o] as number, elements[i] as number, 0);
      });
      const rounded = dtypes[to.dtype].allocate(out.length);
      rounded.set(out);
      return [ConcreteArray.of(to, rounded)];
    },
    jvp: declaration.jvp,
    transpose: notLinear,
    batch: (_size, [x], [axis], { axes }) => {
      const [shifted, out] = reducedAxes(axes, axis as number);
      return { outputs: bind(primitive, [x as Value], { axes: shifted }), axes: [out] };
    },
    lower: { form: "reduction", combine, identity, axes: ({ axes }) => axes },
    commutative: false,
    effect: "none",
    inner: noPrograms,
  });
  return primitive;
}

/** Refuses a reduction over an axis of length 0, as one that needs an element to answer with. */
export function checkElements(name: string, type: TensorType, axes: readonly number[]): void {
  const empty = axes.find((a) => type.shape[a] === 0);
  if (empty === undefined) return;
  throw new ShapeError(`${name}: axis ${empty} of ${showType(type)} has no elements, and ${name} of nothing is not defined`, {
    hint: `reduce another axis, or check the shape ${showShape(type.shape)} first`,
  });
}

/** dy = the mean of dxᵢ over the elements i that attain the extremum: ties share. */
const extremumJvp: JvpRule<Axes> = ([operand], [t], { axes }, _primitive, apply) => {
  const x = operand as Value;
  const y = at(apply(), 0);
  const chosen = same(x, spread(y, x, axes));
  const count = reduceSum(convert(chosen, x.type.dtype), axes);
  return { outputs: [y], tangents: [div(reduceSum(select(chosen, t as Value, 0), axes), count)] };
};

/** dy = Σᵢ dxᵢ · Π_{j≠i} xⱼ. The products without one factor come from those before it and those behind it, so zeros do no harm. */
const prodJvp: JvpRule<Axes> = ([operand], [t], { axes }, _primitive, apply) => {
  const x = operand as Value;
  const outputs = apply();
  const [flat, tangent] = [flattenAxes(x, axes), flattenAxes(t as Value, axes)];
  const last = flat.type.shape.length - 1;
  const before = shift(cumulativeProd(flat, last, false), last, 1, 1);
  const behind = shift(cumulativeProd(flat, last, true), last, -1, 1);
  return { outputs, tangents: [reduceSum(scaleSafe(tangent, mul(before, behind)), [last])] };
};

/** The reduced axes as one axis, the last. */
function flattenAxes(x: Value, axes: readonly number[]): Value {
  const kept = without(range(x.type.shape.length), axes);
  const shape = kept.map((a) => at(x.type.shape, a));
  return reshape(transpose(x, [...kept, ...axes]), [...shape, sizeOf(axes.map((a) => at(x.type.shape, a)))]);
}

const whole: Takes = { test: (d: DType) => !isFloat(d), hint: "compare first, for example x.notEqual(0)" };
const numbers: Takes = { test: (d: DType) => dtypes[d].kind !== "bool", hint: 'convert with x.astype("int32")' };

/** Π over the axes; 1 where there is nothing. Accumulates in float64 and rounds once; integers wrap around. */
export const reduceProdPrimitive: Primitive = reduction("reduceProd", {
  combine: (d) => (isFloat(d) ? "mul" : d === "int32" ? "mulInt32" : "mulUint32"),
  identity: () => 1,
  takes: numbers,
  jvp: prodJvp,
});
/** The largest element; NaN if any is NaN. */
export const reduceMaxPrimitive: Primitive = reduction("reduceMax", { combine: () => "max", identity: lowest, needsElements: true, jvp: extremumJvp });
/** The smallest element; NaN if any is NaN. */
export const reduceMinPrimitive: Primitive = reduction("reduceMin", { combine: () => "min", identity: highest, needsElements: true, jvp: extremumJvp });
/** Whether all hold; of integers, the bits that all have. */
export const reduceAndPrimitive: Primitive = reduction("reduceAnd", { combine: () => "and", identity: (d) => (d === "int32" ? -1 : dtypes[d].max), takes: whole, jvp: zeroJvp() });
/** Whether any holds; of integers, the bits that any has. */
export const reduceOrPrimitive: Primitive = reduction("reduceOr", { combine: () => "or", identity: () => 0, takes: whole, jvp: zeroJvp() });

type Reduce = (x: Value, axes: readonly number[]) => Value;
const reducer = (primitive: Primitive): Reduce => (x, axes) => (axes.length === 0 ? x : at(bind(primitive, [x], { axes }), 0));

export const reduceProd: Reduce = reducer(reduceProdPrimitive);
export const reduceMax: Reduce = reducer(reduceMaxPrimitive);
export const reduceMin: Reduce = reducer(reduceMinPrimitive);
export const reduceAnd: Reduce = reducer(reduceAndPrimitive);
export const reduceOr: Reduce = reducer(reduceOrPrimitive);

export const reducePrimitives: readonly Primitive[] = [reduceProdPrimitive, reduceMaxPrimitive, reduceMinPrimitive, reduceAndPrimitive, reduceOrPrimitive];
