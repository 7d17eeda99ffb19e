/** Joining arrays end to end, and turning axes around. */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes } from "../core/dtype.ts";
import type { Piece } from "../core/lowering.ts";
import { type BatchAxis, definePrimitive, noPrograms, type Primitive, Unknown } from "../core/primitive.ts";
import { linearJvp, transposeOne } from "../core/rules.ts";
import { type Shape, sizeOf, stridesOf } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { showTypes, type TensorType, tensorType } from "../core/type.ts";
import { sliceAxis } from "./slice.ts";
import { align, readStrided } from "./structure.ts";

type Join = { readonly axis: number };

/** The operands one after the other along `axis`; all other lengths and the dtypes are equal. */
export const concatenatePrimitive: Primitive = definePrimitive<Join>({
  name: "concatenate",
  type: (inputs, { axis }) => {
    const first = inputs[0];
    if (first === undefined) throw new ShapeError("concatenate: nothing to join, at least one operand is needed");
    if (axis < 0 || axis >= first.shape.length) throw new ShapeError(`concatenate: no axis ${axis} in ${showTypes(inputs)}`);
    for (const t of inputs) {
      if (t.shape.length !== first.shape.length || t.shape.some((n, d) => d !== axis && n !== first.shape[d])) {
        throw new ShapeError(`concatenate: shapes differ beside axis ${axis}: ${showTypes(inputs)}`, { hint: "all axes but the joined one must have equal lengths" });
      }
      if (t.dtype !== first.dtype) throw new DTypeError(`concatenate: operands differ in dtype: ${showTypes(inputs)}`);
    }
    const length = inputs.reduce((sum, t) => sum + at(t.shape, axis), 0);
    return [tensorType(first.dtype, first.shape.map((n, d) => (d === axis ? length : n)), inputs.every((t) => t.weak))];
  },
  evaluate: (inputs, { axis }, [type]) => {
    const to = type as TensorType;
    const out = dtypes[to.dtype].allocate(sizeOf(to.shape));
    const outer = sizeOf(to.shape.slice(0, axis));
    let position = 0;
    for (let o = 0; o < outer; o++) {
      for (const { elements } of inputs) {
        const run = elements.length / outer;
        out.set(elements.subarray(o * run, (o + 1) * run), position);
        position += run;
      }
    }
    return [ConcreteArray.of(to, out)];
  },
  jvp: linearJvp(),
  transpose: ([ct], inputs, { axis }) => {
    let start = 0;
    return (inputs as readonly (Value | Unknown)[]).map((x) => {
      const from = start;
      start += at(x.type.shape, axis);
      return x instanceof Unknown && ct ? sliceAxis(ct, axis, from, start) : null;
    });
  },
  batch: (size, inputs, axes, { axis }) => {
    const aligned = inputs.map((x, i) => align(x, axes[i] as BatchAxis, 0, size));
    return { outputs: [concatenate(aligned, axis + 1)], axes: [0] };
  },
  lower: { form: "assembly", assemble: ({ axis }, operands) => ({ fill: undefined, pieces: joined(operands, axis) }) },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

function joined(operands: readonly Shape[], axis: number): Piece[] {
  let position = 0;
  return operands.map((shape, operand) => {
    const to = shape.map((_, d) => (d === axis ? position : 0));
    position += at(shape, axis);
    return { operand, from: shape.map(() => 0), shape, to, step: shape.map(() => 1) };
  });
}

/** The values one after the other along `axis`. One alone costs nothing. */
export function concatenate(values: readonly Value[], axis: number): Value {
  const only = values[0];
  if (values.length === 1 && only !== undefined) return only;
  return at(bind(concatenatePrimitive, values, { axis }), 0);
}

type Turned = { readonly axes: readonly number[] };

/** The elements in the opposite order along each of `axes`. */
export const reversePrimitive: Primitive = definePrimitive<Turned>({
  name: "reverse",
  type: ([x], { axes }) => {
    const t = x as TensorType;
    if (new Set(axes).size !== axes.length || axes.some((a) => a < 0 || a >= t.shape.length)) {
      throw new ShapeError(`reverse: axes [${axes.join(", ")}] are no distinct axes of ${showTypes([t])}`);
    }
    return [t];
  },
  evaluate: ([x], { axes }, [type]) => {
    const { elements } = x as ConcreteArray;
    const to = type as TensorType;
    const steps = stridesOf(to.shape);
    const offset = axes.reduce((sum, a) => sum + at(steps, a) * (at(to.shape, a) - 1), 0);
    const out = dtypes[to.dtype].allocate(elements.length);
    return [ConcreteArray.of(to, readStrided(elements, to.shape, steps.map((s, d) => (axes.includes(d) ? -s : s)), offset, out))];
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, _x, _inputs, _i, { axes }) => reverse(ct, axes)),
  batch: (_size, [x], [axis], { axes }) => {
    const a = axis as number;
    return { outputs: [reverse(x as Value, axes.map((d) => (d >= a ? d + 1 : d)))], axes: [a] };
  },
  lower: {
    form: "view",
    sources: ({ axes }, operand) => operand.map((n, axis) => (axes.includes(axis) ? { axis, start: n - 1, step: -1 } : { axis, start: 0, step: 1 })),
  },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** x turned around along each of `axes`. */
export function reverse(x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  return at(bind(reversePrimitive, [x], { axes }), 0);
}

export const concatenatePrimitives: readonly Primitive[] = [concatenatePrimitive, reversePrimitive];
