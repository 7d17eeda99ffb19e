/** Counting: the one primitive without operands, from which ranges, identities and masks are made. */
import { DTypeError, InternalError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { type DType, dtypes } from "../core/dtype.ts";
import { definePrimitive, noPrograms, notLinear, type Primitive } from "../core/primitive.ts";
import { zeroJvp } from "../core/rules.ts";
import { showShape, sizeOf, stridesOf } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { type TensorType, tensorType } from "../core/type.ts";

type Iota = { readonly dtype: DType; readonly shape: readonly number[]; readonly axis: number };

/** 0, 1, 2, … along `axis`, the same along all others. */
export const iotaPrimitive: Primitive = definePrimitive<Iota>({
  name: "iota",
  type: (_inputs, { dtype, shape, axis }) => {
    if (dtype === "bool") throw new DTypeError("iota: counting needs a numeric dtype, got bool");
    if (axis < 0 || axis >= shape.length) throw new ShapeError(`iota: no axis ${axis} in the shape ${showShape(shape)}`);
    return [tensorType(dtype, shape)];
  },
  evaluate: (_inputs, { shape, axis }, [type]) => {
    const out = dtypes[(type as TensorType).dtype].allocate(sizeOf(shape));
    const step = at(stridesOf(shape), axis);
    for (let i = 0; i < out.length; i++) out[i] = Math.floor(i / step) % at(shape, axis);
    return [ConcreteArray.of(type as TensorType, out)];
  },
  jvp: zeroJvp(),
  transpose: notLinear,
  batch: () => {
    throw new InternalError("iota has no operand that could be batched");
  },
  lower: { form: "index", axis: ({ axis }) => axis },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

export function iota(dtype: DType, shape: readonly number[], axis: number): Value {
  return at(bind(iotaPrimitive, [], { dtype, shape, axis }), 0);
}

export const iotaPrimitives: readonly Primitive[] = [iotaPrimitive];
