/**
 * The four operations that every rule leans on: transpose, broadcast, reshape and reduceSum, each the transpose of another.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes, type TypedArray } from "../core/dtype.ts";
import { type BatchAxis, definePrimitive, noPrograms, type Primitive } from "../core/primitive.ts";
import { linearJvp, transposeOne } from "../core/rules.ts";
import { insertAt, range, sameShape, showShape, sizeOf, stridesOf, without } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";

/** Elements read through `strides` and `offset` of `source`, laid out row-major in `shape`. The heart of every view. */
export function readStrided(source: TypedArray, shape: readonly number[], strides: readonly number[], offset: number, out: TypedArray): TypedArray {
  const rank = shape.length;
  if (out.length === 0) return out;
  if (rank === 0) {
    out[0] = source[offset] as number;
    return out;
  }
  const inner = shape[rank - 1] as number;
  const step = strides[rank - 1] as number;
  const index = new Array<number>(rank - 1).fill(0);
  let from = offset;
  for (let to = 0; to < out.length; ) {
    if (step === 1) {
      for (let i = 0; i < inner; i++) out[to + i] = source[from + i] as number;
    } else {
      for (let i = 0, s = from; i < inner; i++, s += step) out[to + i] = source[s] as number;
    }
    to += inner;
    for (let d = rank - 2; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      from += strides[d] as number;
      if ((index[d] as number) < (shape[d] as number)) break;
      from -= (strides[d] as number) * (shape[d] as number);
      index[d] = 0;
    }
  }
  return out;
}

/** The array of this type whose elements are those of x from `offset` on, in steps of `strides` along each axis. */
export function view(x: ConcreteArray, type: TensorType, strides: readonly number[], offset = 0): ConcreteArray[] {
  const out = dtypes[type.dtype].allocate(sizeOf(type.shape));
  return [ConcreteArray.of(type, readStrided(x.elements, type.shape, strides, offset, out))];
}

type Permutation = { readonly permutation: readonly number[] };

/** Reorders the axes: axis i of the result is axis permutation[i] of the operand. */
export const transposePrimitive: Primitive = definePrimitive<Permutation>({
  name: "transpose",
  type: ([x], { permutation }) => {
    const { shape, dtype, weak } = x as TensorType;
    if (permutation.length !== shape.length || !sameShape([...permutation].sort((a, b) => a - b), range(shape.length))) {
      throw new ShapeError(`transpose: [${permutation.join(", ")}] does not name each axis of ${showShape(shape)} once`);
    }
    return [tensorType(dtype, permutation.map((p) => shape[p] as number), weak)];
  },
  evaluate: ([x], { permutation }, [type]) => {
    const strides = stridesOf((x as ConcreteArray).type.shape);
    return view(x as ConcreteArray, type as TensorType, permutation.map((p) => strides[p] as number));
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, _x, _inputs, _i, { permutation }) => transpose(ct, inverse(permutation))),
  batch: (_size, [x], [axis], { permutation }) => {
    const a = axis as number;
    const moved = permutation.map((p) => (p >= a ? p + 1 : p));
    return { outputs: [transpose(x as Value, [a, ...moved])], axes: [0] };
  },
  lower: { form: "view", sources: ({ permutation }) => inverse(permutation).map((axis) => ({ axis, start: 0, step: 1 })) },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

function inverse(permutation: readonly number[]): number[] {
  const out = new Array<number>(permutation.length);
  permutation.forEach((p, i) => {
    out[p] = i;
  });
  return out;
}

/** Axis i of the result is axis permutation[i] of x. The identity costs nothing. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  if (permutation.every((p, i) => p === i) && permutation.length === x.type.shape.length) return x;
  return at(bind(transposePrimitive, [x], { permutation }), 0);
}

type Broadcast = { readonly shape: readonly number[]; readonly axes: readonly number[] };

/** Repeats x: its axis i becomes axis axes[i] of the result, the other axes of `shape` are new; lengths of 1 stretch. */
export const broadcastPrimitive: Primitive = definePrimitive<Broadcast>({
  name: "broadcast",
  type: ([x], { shape, axes }) => {
    const t = x as TensorType;
    const ascending = axes.every((a, i) => a >= 0 && a < shape.length && (i === 0 || a > (axes[i - 1] as number)));
    if (axes.length !== t.shape.length || !ascending || !t.shape.every((n, i) => n === 1 || n === shape[axes[i] as number])) {
      throw new ShapeError(`broadcast: ${showShape(t.shape)} does not fit ${showShape(shape)} along axes [${axes.join(", ")}]`);
    }
    return [tensorType(t.dtype, shape, t.weak)];
  },
  evaluate: ([x], { shape, axes }, [type]) => {
    const source = x as ConcreteArray;
    const from = stridesOf(source.type.shape);
    const strides = shape.map(() => 0);
    axes.forEach((a, i) => {
      if (source.type.shape[i] !== 1) strides[a] = from[i] as number;
    });
    return view(source, type as TensorType, strides);
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, x, _inputs, _i, { shape, axes }) => {
    const summed = range(shape.length).filter((a) => !axes.includes(a));
    const stretched = axes.filter((a, i) => x.type.shape[i] === 1 && shape[a] !== 1);
    return reshape(reduceSum(ct, [...summed, ...stretched].sort((a, b) => a - b)), x.type.shape);
  }),
  batch: (size, [x], [axis], { shape, axes }) => {
    const moved = align(x as Value, axis as number, 0, size);
    return { outputs: [broadcastInDim(moved, [size, ...shape], [0, ...axes.map((a) => a + 1)])], axes: [0] };
  },
  lower: {
    form: "view",
    sources: ({ axes }, operand) => operand.map((n, i) => (n === 1 ? { axis: -1, start: 0, step: 0 } : { axis: at(axes, i), start: 0, step: 1 })),
  },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** x with its axis i at axis axes[i] of `shape`, repeated along the others. */
export function broadcastInDim(x: Value, shape: readonly number[], axes: readonly number[]): Value {
  if (sameShape(x.type.shape, shape)) return x;
  return at(bind(broadcastPrimitive, [x], { shape, axes }), 0);
}

/** NumPy's broadcast: x aligned with the last axes of `shape`. */
export function broadcastTo(x: Value, shape: readonly number[]): Value {
  const lead = shape.length - x.type.shape.length;
  return broadcastInDim(x, shape, range(x.type.shape.length).map((a) => a + lead));
}

type Reshape = { readonly shape: readonly number[] };

/** The same elements in row-major order under another shape. */
export const reshapePrimitive: Primitive = definePrimitive<Reshape>({
  name: "reshape",
  type: ([x], { shape }) => {
    const t = x as TensorType;
    if (sizeOf(t.shape) !== sizeOf(shape)) {
      throw new ShapeError(`reshape: ${showShape(t.shape)} has ${sizeOf(t.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`, {
        hint: "the number of elements must stay the same; one length may be -1 to be worked out",
      });
    }
    return [tensorType(t.dtype, shape, t.weak)];
  },
  evaluate: ([x], _params, [type]) => [(x as ConcreteArray).withType(type as TensorType)],
  jvp: linearJvp(),
  transpose: transposeOne((ct, x) => reshape(ct, x.type.shape)),
  batch: (size, [x], [axis], { shape }) => ({ outputs: [reshape(align(x as Value, axis as number, 0, size), [size, ...shape])], axes: [0] }),
  lower: { form: "reshape" },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** The same elements, row-major, under `shape` (all lengths given). The identity costs nothing. */
export function reshape(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.type.shape, shape)) return x;
  return at(bind(reshapePrimitive, [x], { shape }), 0);
}

export type Axes = { readonly axes: readonly number[] };

/** Σ over `axes` (ascending, distinct), which disappear. Accumulates in float64, in row-major order, and rounds once. */
export const reduceSumPrimitive: Primitive = definePrimitive<Axes>({
  name: "sum",
  type: ([x], { axes }) => {
    const t = x as TensorType;
    if (t.dtype === "bool") throw new DTypeError(`sum: not defined for ${showType(t)}`, { hint: 'convert with x.astype("int32")' });
    return [tensorType(t.dtype, without(t.shape, axes), t.weak)];
  },
  evaluate: ([x], { axes }, [type]) => {
    const source = x as ConcreteArray;
    const { elements } = source;
    const out = new Float64Array(sizeOf((type as TensorType).shape));
    forEachReduced(source.type.shape, axes, (from, to) => {
      out[to] = (out[to] as number) + (elements[from] as number);
    });
    const rounded = dtypes[(type as TensorType).dtype].allocate(out.length);
    rounded.set(out);
    return [ConcreteArray.of(type as TensorType, rounded)];
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, x, _inputs, _i, { axes }) => spread(ct, x, axes)),
  batch: (_size, [x], [axis], { axes }) => {
    const [shifted, out] = reducedAxes(axes, axis as number);
    return { outputs: [reduceSum(x as Value, shifted)], axes: [out] };
  },
  lower: { form: "reduction", combine: () => "add", identity: () => 0, axes: ({ axes }) => axes },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** Axes of a reduction once a batch axis stands at `axis`, and where that axis is in the result. */
export function reducedAxes(axes: readonly number[], axis: number): [shifted: number[], out: number] {
  const shifted = axes.map((a) => (a >= axis ? a + 1 : a));
  return [shifted, axis - shifted.filter((a) => a < axis).length];
}

export function reduceSum(x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  return at(bind(reduceSumPrimitive, [x], { axes }), 0);
}

/** A reduction's result laid beside each element of `x` that it came from. */
export function spread(y: Value, x: { readonly type: TensorType }, axes: readonly number[]): Value {
  return broadcastInDim(y, x.type.shape, without(range(x.type.shape.length), axes));
}

/** Calls visit(position in the operand, position in the result) for each element in row-major order. */
export function forEachReduced(shape: readonly number[], axes: readonly number[], visit: (from: number, to: number) => void): void {
  const kept = stridesOf(without(shape, axes));
  let next = 0;
  const strides = shape.map((_, i) => (axes.includes(i) ? 0 : (kept[next++] as number)));
  const rank = shape.length;
  const size = sizeOf(shape);
  const index = new Array<number>(rank).fill(0);
  let to = 0;
  for (let from = 0; from < size; from++) {
    visit(from, to);
    for (let d = rank - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      to += strides[d] as number;
      if ((index[d] as number) < (shape[d] as number)) break;
      to -= (strides[d] as number) * (shape[d] as number);
      index[d] = 0;
    }
  }
}

/** x with the axis at `from` moved to `to`. */
export function moveAxis(x: Value, from: number, to: number): Value {
  if (from === to) return x;
  const rest = range(x.type.shape.length).filter((a) => a !== from);
  return transpose(x, insertAt(rest, to, from));
}

/** x with its batch axis at `to`; a value without one is repeated `size` times. */
export function align(x: Value, axis: BatchAxis, to: number, size: number): Value {
  if (axis !== null) return moveAxis(x, axis, to);
  const rank = x.type.shape.length;
  return broadcastInDim(x, insertAt(x.type.shape, to, size), insertAt(range(rank), to, -1).flatMap((a, i) => (a < 0 ? [] : [i])));
}
