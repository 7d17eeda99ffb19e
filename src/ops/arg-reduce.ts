/** Where along an axis the largest or smallest element stands. */
import { ConcreteArray } from "../core/concrete.ts";
import { definePrimitive, noPrograms, notLinear, type Primitive } from "../core/primitive.ts";
import { zeroJvp } from "../core/rules.ts";
import { meaningOf } from "../core/scalar.ts";
import { sizeOf, without } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { type TensorType, tensorType } from "../core/type.ts";
import { checkElements } from "./reduce.ts";
import { forEachReduced, reducedAxes } from "./structure.ts";

type Position = { readonly axis: number };

/** Where along `axis` the extremum stands, as int32: the first of equals, and the first NaN where there is one. */
function position(name: string, better: "greater" | "less"): Primitive {
  const isBetter = meaningOf(better);
  const primitive: Primitive = definePrimitive<Position>({
    name,
    type: ([x], { axis }) => {
      const t = x as TensorType;
      checkElements(name, t, [axis]);
      return [tensorType("int32", without(t.shape, [axis]))];
    },
    evaluate: ([x], { axis }, [type]) => {
      const { elements, type: from } = x as ConcreteArray;
      const to = type as TensorType;
      const out = new Int32Array(sizeOf(to.shape)).fill(-1);
      const best = new Float64Array(out.length);
      const seen = new Int32Array(out.length);
      forEachReduced(from.shape, [axis], (i, o) => {
        const value = elements[i] as number;
        const index = seen[o] as number;
        seen[o] = index + 1;
        const held = best[o] as number;
        if (out[o] !== -1 && (Number.isNaN(held) || !(Number.isNaN(value) || isBetter(value, held, 0) === 1))) return;
        out[o] = index;
        best[o] = value;
      });
      return [ConcreteArray.of(to, out)];
    },
    jvp: zeroJvp(),
    transpose: notLinear,
    batch: (_size, [x], [batched], { axis }) => {
      const [[shifted], out] = reducedAxes([axis], batched as number);
      return { outputs: bind(primitive, [x as Value], { axis: shifted as number }), axes: [out] };
    },
    lower: { form: "position", better, axis: ({ axis }) => axis },
    commutative: false,
    effect: "none",
    inner: noPrograms,
  });
  return primitive;
}

export const argmaxPrimitive: Primitive = position("argmax", "greater");
export const argminPrimitive: Primitive = position("argmin", "less");

export function argmax(x: Value, axis: number): Value {
  return at(bind(argmaxPrimitive, [x], { axis }), 0);
}
export function argmin(x: Value, axis: number): Value {
  return at(bind(argminPrimitive, [x], { axis }), 0);
}

export const argReducePrimitives: readonly Primitive[] = [argmaxPrimitive, argminPrimitive];
