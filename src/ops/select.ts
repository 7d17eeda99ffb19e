/** Choosing between values: `select` by a condition, `clamp` by two bounds. */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { definePrimitive, type MaybeZero, noPrograms, notLinear, type Primitive, Unknown } from "../core/primitive.ts";
import { noParams } from "../core/program.ts";
import { elementwiseBatch, known, linearIn } from "../core/rules.ts";
import { sameShape } from "../core/shape.ts";
import { at, bind, splatLike, type Value } from "../core/tensor.ts";
import { sameType, showTypes, type TensorType, tensorType } from "../core/type.ts";
import { and } from "./bitwise.ts";
import { greater, less } from "./compare.ts";
import { elementwise, type ElementwiseOp, mapElements } from "./elementwise.ts";
import { align } from "./structure.ts";

/** The value or cotangent on one side of the condition and zero on the other. */
const keepTrue = (condition: Value, t: MaybeZero): MaybeZero => t && select(condition, t, 0);
const keepFalse = (condition: Value, t: MaybeZero): MaybeZero => t && select(condition, 0, t);

/** Linear in the two values together; of the condition it has no derivative. */
export const selectPrimitive: Primitive = definePrimitive({
  name: "select",
  type: (inputs) => {
    const [condition, x, y] = inputs as [TensorType, TensorType, TensorType];
    if (condition.dtype !== "bool") throw new DTypeError(`select: the condition must be bool, got ${showTypes([condition])}`, { hint: "compare it first, for example x.notEqual(0)" });
    if (x.dtype !== y.dtype) throw new DTypeError(`select: the values differ in dtype: ${showTypes([x, y])}`);
    if (!sameShape(condition.shape, x.shape) || !sameShape(x.shape, y.shape)) throw new ShapeError(`select: operands differ in shape: ${showTypes(inputs)}`);
    return [tensorType(x.dtype, x.shape, x.weak && y.weak)];
  },
  evaluate: (inputs, _params, [type]) => [mapElements("select", inputs, type as TensorType)],
  jvp: linearIn((primals, [, tx, ty], _params, _primitive, apply) => {
    const [condition] = primals as [Value, Value, Value];
    const both = tx && ty ? select(condition, tx, ty) : null;
    return { outputs: apply(), tangents: [both ?? keepTrue(condition, tx ?? null) ?? keepFalse(condition, ty ?? null)] };
  }),
  transpose: ([ct], inputs) => {
    const [, x, y] = inputs;
    const condition = known(inputs[0], "select");
    return [null, x instanceof Unknown ? keepTrue(condition, ct ?? null) : null, y instanceof Unknown ? keepFalse(condition, ct ?? null) : null];
  },
  batch: elementwiseBatch(align),
  lower: { form: "elementwise", instruction: () => "select" },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** x where the condition holds, elsewhere y. A condition known to be the same everywhere costs nothing. */
export function select(condition: Value, x: Value | number, y: Value | number): Value {
  const like = (typeof x === "number" ? y : x) as Value;
  const [a, b] = [x, y].map((v) => (typeof v === "number" ? splatLike(like, v) : v)) as [Value, Value];
  const always = condition instanceof ConcreteArray ? condition.splat : undefined;
  if (always !== undefined && sameType(a.type, b.type) && a.type.weak === b.type.weak && sameShape(condition.type.shape, a.type.shape)) return always === 0 ? b : a;
  return at(bind(selectPrimitive, [condition, a, b], noParams), 0);
}

/**
 * x between low and high: min(max(x, low), high). The tangent is that of the one bound or of x that is strictly in force, so that
 * of x is 0 on a bound, as in `jax.lax.clamp`.
 */
export const clamp: ElementwiseOp = elementwise("clamp", {
  arity: 3,
  domain: "any",
  instruction: "clamp",
  jvp: [
    (t, [low, x, high]) => select(and(greater(low as Value, x as Value), less(low as Value, high as Value)), t, 0),
    (t, [low, x, high]) => select(and(greater(x as Value, low as Value), less(x as Value, high as Value)), t, 0),
    (t, [, x, high]) => select(greater(x as Value, high as Value), t, 0),
  ],
  transpose: notLinear,
});

export const selectPrimitives: readonly Primitive[] = [selectPrimitive, clamp.primitive];
