/**
 * Cutting out, picking and padding. They are each other's transpose: what `slice` and `pick` leave out their transpose pads with zeros, what `pad`
 * adds its transpose cuts off.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes } from "../core/dtype.ts";
import type { Piece } from "../core/lowering.ts";
import { type BatchAxis, definePrimitive, noPrograms, type Primitive, Unknown } from "../core/primitive.ts";
import { linearJvp, transposeOne } from "../core/rules.ts";
import { insertAt, range, type Shape, showShape, sizeOf, stridesOf } from "../core/shape.ts";
import { at, bind, scalar, type Value } from "../core/tensor.ts";
import { showType, showTypes, type TensorType, tensorType } from "../core/type.ts";
import { select } from "./select.ts";
import { align, broadcastInDim, reduceSum, reshape, view } from "./structure.ts";

type Slice = { readonly start: readonly number[]; readonly limit: readonly number[]; readonly strides: readonly number[] };

/** How many positions start, start + stride, … lie below limit. */
function count(start: number, limit: number, stride: number): number {
  return Math.ceil((limit - start) / stride);
}

/** Along axis i the elements start[i], start[i] + strides[i], … below limit[i]. */
export const slicePrimitive: Primitive = definePrimitive<Slice>({
  name: "slice",
  type: ([x], { start, limit, strides }) => {
    const { dtype, shape, weak } = x as TensorType;
    const rank = shape.length;
    const inside = (length: number, d: number): boolean => 0 <= at(start, d) && at(start, d) <= at(limit, d) && at(limit, d) <= length && at(strides, d) >= 1;
    if (start.length !== rank || limit.length !== rank || strides.length !== rank || !shape.every(inside)) {
      throw new ShapeError(`slice: from [${start.join(", ")}] to [${limit.join(", ")}] in steps of [${strides.join(", ")}] does not fit ${showType(x as TensorType)}`, {
        hint: "each axis needs 0 ≤ start ≤ limit ≤ its length and a step of at least 1",
      });
    }
    return [tensorType(dtype, shape.map((_, d) => count(at(start, d), at(limit, d), at(strides, d))), weak)];
  },
  evaluate: ([x], { start, strides }, [type]) => {
    const steps = stridesOf((x as ConcreteArray).type.shape);
    const offset = start.reduce((sum, s, d) => sum + s * at(steps, d), 0);
    return view(x as ConcreteArray, type as TensorType, steps.map((s, d) => s * at(strides, d)), offset);
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, x, _inputs, _i, { start, strides }) => {
    const covered = ct.type.shape.map((n, d) => at(start, d) + (n === 0 ? 0 : (n - 1) * at(strides, d) + 1));
    return pad(ct, scalar(0, ct.type.dtype), { low: start, high: x.type.shape.map((n, d) => n - at(covered, d)), interior: strides.map((s) => s - 1) });
  }),
  batch: (size, [x], [axis], { start, limit, strides }) => {
    const a = axis as number;
    return { outputs: [slice(x as Value, insertAt(start, a, 0), insertAt(limit, a, size), insertAt(strides, a, 1))], axes: [a] };
  },
  lower: { form: "view", sources: ({ start, strides }, operand) => operand.map((_, axis) => ({ axis, start: at(start, axis), step: at(strides, axis) })) },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** The part of x from `start` up to (not including) `limit`, in steps of `strides`. All of it costs nothing. */
export function slice(x: Value, start: readonly number[], limit: readonly number[], strides: readonly number[] = start.map(() => 1)): Value {
  const { shape } = x.type;
  if (start.length === shape.length && shape.every((n, d) => start[d] === 0 && limit[d] === n && strides[d] === 1)) return x;
  return at(bind(slicePrimitive, [x], { start, limit, strides }), 0);
}

/** The elements from `start` up to `limit` of one axis, in steps of `stride`. */
export function sliceAxis(x: Value, axis: number, start: number, limit: number, stride = 1): Value {
  const { shape } = x.type;
  const along = (value: number, other: readonly number[]): number[] => other.map((o, d) => (d === axis ? value : o));
  return slice(x, along(start, shape.map(() => 0)), along(limit, shape), along(stride, shape.map(() => 1)));
}

type Pick = { readonly axis: number; readonly position: number };

/** What x has at one position of an axis, which disappears. */
export const pickPrimitive: Primitive = definePrimitive<Pick>({
  name: "pick",
  type: ([x], { axis, position }) => {
    const { dtype, shape, weak } = x as TensorType;
    const length = shape[axis];
    if (length === undefined || !(position >= 0 && position < length)) throw new ShapeError(`pick: position ${position} of axis ${axis} does not fit ${showType(x as TensorType)}`);
    return [tensorType(dtype, shape.toSpliced(axis, 1), weak)];
  },
  evaluate: ([x], { axis, position }, [type]) => {
    const steps = stridesOf((x as ConcreteArray).type.shape);
    return view(x as ConcreteArray, type as TensorType, steps.toSpliced(axis, 1), position * at(steps, axis));
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, x, _inputs, _i, { axis, position }) => {
    const along = (n: number): number[] => x.type.shape.map((_, d) => (d === axis ? n : 0));
    const low = along(position);
    return pad(reshape(ct, insertAt(ct.type.shape, axis, 1)), scalar(0, ct.type.dtype), { low, high: along(at(x.type.shape, axis) - 1 - position), interior: along(0) });
  }),
  batch: (_size, [x], [batchAxis], { axis, position }) => {
    const a = batchAxis as number;
    return a <= axis ? { outputs: [pick(x as Value, axis + 1, position)], axes: [a] } : { outputs: [pick(x as Value, axis, position)], axes: [a - 1] };
  },
  lower: { form: "view", sources: ({ axis, position }, operand) => operand.map((_, d) => (d === axis ? { axis: -1, start: position, step: 0 } : { axis: d < axis ? d : d - 1, start: 0, step: 1 })) },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** What x has at a position of an axis, which disappears. */
export function pick(x: Value, axis: number, position: number): Value {
  return at(bind(pickPrimitive, [x], { axis, position }), 0);
}

export type Padding = { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior: readonly number[] };

/**
 * Puts copies of the scalar second operand before the first element of each axis (`low`), after the last (`high`) and between any
 * two (`interior`). Negative `low` and `high` cut off, after `interior` was inserted.
 */
export const padPrimitive: Primitive = definePrimitive<Padding>({
  name: "pad",
  type: (inputs, { low, high, interior }) => {
    const [x, value] = inputs as [TensorType, TensorType];
    const rank = x.shape.length;
    if (value.shape.length !== 0) throw new ShapeError(`pad: the padding is one number, got ${showType(value)}`);
    if (value.dtype !== x.dtype) throw new DTypeError(`pad: operands differ in dtype: ${showTypes(inputs)}`);
    if (low.length !== rank || high.length !== rank || interior.length !== rank || interior.some((n) => n < 0)) {
      throw new ShapeError(`pad: low [${low.join(", ")}], high [${high.join(", ")}] and interior [${interior.join(", ")}] need a number for each axis of ${showType(x)}, and none of interior may be negative`);
    }
    const shape = x.shape.map((n, d) => at(low, d) + dilated(n, at(interior, d)) + at(high, d));
    if (shape.some((n) => n < 0)) throw new ShapeError(`pad: ${showType(x)} with low [${low.join(", ")}] and high [${high.join(", ")}] would have the shape ${showShape(shape)}`, { hint: "negative padding may cut off at most what is there" });
    return [tensorType(x.dtype, shape, x.weak && value.weak)];
  },
  evaluate: ([x, value], { low, interior }, [type]) => {
    const source = x as ConcreteArray;
    const to = type as TensorType;
    const out = dtypes[to.dtype].allocate(sizeOf(to.shape)).fill((value as ConcreteArray).elements[0] as number);
    const from = stridesOf(source.type.shape);
    const steps = stridesOf(to.shape);
    for (let i = 0; i < source.elements.length; i++) {
      let position = 0;
      let inside = true;
      for (let d = 0; d < from.length; d++) {
        const index = Math.floor(i / at(from, d)) % at(source.type.shape, d);
        const moved = at(low, d) + index * (at(interior, d) + 1);
        inside &&= moved >= 0 && moved < at(to.shape, d);
        position += moved * at(steps, d);
      }
      if (inside) out[position] = source.elements[i] as number;
    }
    return [ConcreteArray.of(to, out)];
  },
  jvp: linearJvp(),
  transpose: ([ct], [x, value], params) => {
    if (ct === null || ct === undefined) return [null, null];
    const type = (x as Value | Unknown).type;
    return [x instanceof Unknown ? unpad(ct, type, params) : null, value instanceof Unknown ? sumOfPadding(ct, type, params) : null];
  },
  batch: (size, [x, value], [axis, valueAxis], { low, high, interior }) => {
    const moved = align(x as Value, axis as BatchAxis, 0, size);
    const padding: Padding = { low: [0, ...low], high: [0, ...high], interior: [0, ...interior] };
    if (valueAxis === null) return { outputs: [pad(moved, value as Value, padding)], axes: [0] };
    // Each element of the batch has a padding of its own.
    const padded = pad(moved, scalar(0, moved.type.dtype), padding);
    const own = broadcastInDim(value as Value, padded.type.shape, [0]);
    return { outputs: [select(paddingMask(moved.type, padding), own, padded)], axes: [0] };
  },
  lower: { form: "assembly", assemble: (params, [operand], result) => ({ fill: 1, pieces: padded(operand as Shape, params, result) }) },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** What is left of the operand when negative `low` and `high` cut off. */
function padded(operand: Shape, { low, interior }: Padding, result: Shape): Piece[] {
  const step = interior.map((n) => n + 1);
  const from = step.map((s, d) => Math.max(0, Math.ceil(-at(low, d) / s)));
  const to = step.map((s, d) => at(low, d) + at(from, d) * s);
  const shape = step.map((s, d) => Math.max(0, Math.min(at(operand, d), Math.ceil((at(result, d) - at(low, d)) / s)) - at(from, d)));
  return [{ operand: 0, from, shape, to, step }];
}

/** The length of an axis once `interior` positions stand between any two. */
function dilated(length: number, interior: number): number {
  return length === 0 ? 0 : (length - 1) * (interior + 1) + 1;
}

/** True where padding of a value of this type puts padding. */
function paddingMask(type: TensorType, padding: Padding): Value {
  return pad(ConcreteArray.splat(tensorType("bool", type.shape), 0), scalar(1, "bool"), padding);
}

/** The transpose of padding in the padded operand: what of `ct` stands where its elements went; zero for those cut off. */
function unpad(ct: Value, type: TensorType, { low, high, interior }: Padding): Value {
  const cut = (list: readonly number[]): number[] => list.map((n) => -n);
  const whole = pad(ct, scalar(0, ct.type.dtype), { low: cut(low), high: cut(high), interior: low.map(() => 0) });
  return slice(whole, low.map(() => 0), type.shape.map((n, d) => dilated(n, at(interior, d))), interior.map((n) => n + 1));
}

/** The transpose of padding in the padding: the sum of `ct` wherever it was put. */
function sumOfPadding(ct: Value, type: TensorType, padding: Padding): Value {
  return reduceSum(select(paddingMask(type, padding), ct, 0), range(ct.type.shape.length));
}

/** x with copies of the scalar `value` around and between its elements. No padding costs nothing. */
export function pad(x: Value, value: Value, padding: Padding): Value {
  const { low, high, interior } = padding;
  if ([low, high, interior].every((list) => list.length === x.type.shape.length && list.every((n) => n === 0))) return x;
  return at(bind(padPrimitive, [x, value], padding), 0);
}

/** x moved by `by` positions along one axis (backward when negative); what enters is `fill`, what leaves is lost. */
export function shift(x: Value, axis: number, by: number, fill: number): Value {
  const along = (n: number): number[] => x.type.shape.map((_, d) => (d === axis ? n : 0));
  const reach = Math.sign(by) * Math.min(Math.abs(by), at(x.type.shape, axis));
  return pad(x, scalar(fill, x.type.dtype), { low: along(reach), high: along(-reach), interior: along(0) });
}

export const slicePrimitives: readonly Primitive[] = [slicePrimitive, pickPrimitive, padPrimitive];
