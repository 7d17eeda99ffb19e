/**
 * gather, which reads an operand at positions that an integer array holds, and its transpose scatterAdd. The other ways to
 * update by index are in scatter.ts.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { type DType, dtypes, isFloat, type TypedArray } from "../core/dtype.ts";
import { otherAxes } from "../core/indexing.ts";
import { type BatchAxis, type BatchRule, definePrimitive, type JvpRule, noPrograms, type Primitive, type TransposeRule, Unknown } from "../core/primitive.ts";
import { instantiate, known, transposeOne } from "../core/rules.ts";
import { meaningOf, type ScalarInstruction } from "../core/scalar.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import { at, bind, splatLike, type Value } from "../core/tensor.ts";
import { showType, showTypes, type TensorType, tensorType } from "../core/type.ts";
import { type IndexParams, locate, selectionOffsets, selectionShape } from "./index-geometry.ts";
import { align, moveAxis } from "./structure.ts";

export type GatherParams = IndexParams;

/** (operand, indices) → selection, of shapes as index-geometry.ts says. Linear in the operand. */
export const gatherPrimitive: Primitive = definePrimitive<GatherParams>({
  name: "gather",
  type: (inputs, params) => {
    const [x, indices] = inputs as [TensorType, TensorType];
    return [tensorType(x.dtype, selectionShape("gather", x, indices, params), x.weak)];
  },
  evaluate: (inputs, params, [type]) => [read(inputs as [ConcreteArray, ConcreteArray], params, type as TensorType)],
  jvp: ([, indices], [t], params, _primitive, apply) => ({
    outputs: apply(),
    tangents: [t ? gather(t, indices as Value, { ...params, fillValue: 0 }) : null],
  }),
  transpose: transposeOne((ct, x, [, indices], _position, params) => scatterAdd(splatLike(x, 0), known(indices, "gather"), ct, params)),
  batch: (size, inputs, axes, params) => batchedGather(size, inputs as [Value, Value], axes, params),
  lower: { form: "gather", indexing: (params) => params },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

function read([x, indices]: readonly [ConcreteArray, ConcreteArray], params: GatherParams, type: TensorType): ConcreteArray {
  const out = dtypes[type.dtype].allocate(sizeOf(type.shape));
  const { elements } = x;
  const offsets = selectionOffsets(x.type.shape, otherAxes(x.type.shape.length, params));
  const count = offsets.length;
  const contiguous = count > 16 && offsets[count - 1] === count - 1;
  locate(x.type, indices, params).forEach((start, i) => {
    const to = i * count;
    if (start < 0) out.fill(params.fillValue as number, to, to + count);
    else if (contiguous) out.set(elements.subarray(start, start + count), to);
    else for (let j = 0; j < count; j++) out[to + j] = elements[start + (offsets[j] as number)] as number;
  });
  return ConcreteArray.of(type, out);
}

function batchedGather(size: number, [x, indices]: readonly [Value, Value], axes: readonly BatchAxis[], params: GatherParams): { outputs: Value[]; axes: number[] } {
  const [xAxis, indexAxis] = axes as [BatchAxis, BatchAxis];
  const { batch } = params;
  const further = { ...params, axes: params.axes.map((a) => a + 1) };
  // the operand alone: its batch axis is one more axis that every index selects whole
  if (indexAxis === null) return { outputs: [gather(moveAxis(x, xAxis as number, batch), indices, further)], axes: [indices.type.shape.length - 1] };
  // the indices alone: more places to read
  if (xAxis === null) return { outputs: [gather(x, moveAxis(indices, indexAxis, batch), params)], axes: [batch] };
  return { outputs: [gather(align(x, xAxis, 0, size), align(indices, indexAxis, 0, size), { ...further, batch: batch + 1 })], axes: [0] };
}

/** Reads x at `indices` (int32) along `axes`. */
export function gather(x: Value, indices: Value, { axes, batch, mode, fillValue }: GatherParams): Value {
  return at(bind(gatherPrimitive, [x, indices], { axes, batch, mode, fillValue: mode === "fill" ? fillValue : undefined }), 0);
}

/** How a scatter is declared: what an element becomes when an update meets it, and the rules. */
export interface ScatterDeclaration {
  /** The instruction (old, update) → new; null: the update itself. */
  readonly combine: (dtype: DType) => ScalarInstruction | null;
  readonly jvp: JvpRule<IndexParams>;
  readonly transpose: TransposeRule<IndexParams>;
}

/** (operand, indices, updates) → the operand with each selected element combined with its update, in row-major order of the updates. */
export function scatterPrimitive(name: string, { combine, jvp, transpose }: ScatterDeclaration): Primitive {
  return definePrimitive<IndexParams>({
    name,
    type: (inputs, params) => {
      const [x, indices, updates] = inputs as [TensorType, TensorType, TensorType];
      const shape = selectionShape(name, x, indices, params);
      if (!sameShape(updates.shape, shape)) throw new ShapeError(`${name}: updates ${showType(updates)} do not fit the selection [${shape.join(",")}] of ${showTypes([x, indices])}`);
      if (updates.dtype !== x.dtype) throw new DTypeError(`${name}: operand and updates differ in dtype: ${showTypes([x, updates])}`);
      if (x.dtype === "bool" && combine("bool") !== null) throw new DTypeError(`${name}: needs numeric operands, got ${showType(x)}`, { hint: 'convert with x.astype("int32"), or set the elements' });
      return [tensorType(x.dtype, x.shape, x.weak && updates.weak)];
    },
    evaluate: (inputs, params, [type]) => [write(inputs as [ConcreteArray, ConcreteArray, ConcreteArray], params, combine((type as TensorType).dtype), type as TensorType)],
    jvp,
    transpose,
    batch: batchedScatter,
    lower: { form: "scatter", indexing: (params) => params, combine },
    commutative: false,
    effect: "none",
    inner: noPrograms,
  });
}

function write([x, indices, updates]: readonly [ConcreteArray, ConcreteArray, ConcreteArray], params: IndexParams, instruction: ScalarInstruction | null, type: TensorType): ConcreteArray {
  // floats are combined in float64 and rounded once
  const out: TypedArray = isFloat(type.dtype) ? Float64Array.from(x.elements) : x.elements.slice();
  const combine = instruction === null ? null : meaningOf(instruction);
  const source = updates.elements;
  const offsets = selectionOffsets(type.shape, otherAxes(type.shape.length, params));
  const count = offsets.length;
  locate(type, indices, params).forEach((start, i) => {
    if (start < 0) return;
    for (let j = 0; j < count; j++) {
      const to = start + (offsets[j] as number);
      const update = source[i * count + j] as number;
      out[to] = combine === null ? update : combine(out[to] as number, update, 0);
    }
  });
  const rounded = dtypes[type.dtype].allocate(out.length);
  rounded.set(out);
  return ConcreteArray.of(type, rounded);
}

const batchedScatter: BatchRule<IndexParams> = (size, inputs, axes, params, primitive) => {
  const [x, indices, updates] = inputs as [Value, Value, Value];
  const [xAxis, indexAxis, updateAxis] = axes as [BatchAxis, BatchAxis, BatchAxis];
  const { batch } = params;
  const further = { mode: params.mode, batch, axes: params.axes.map((a) => a + 1) };
  if (indexAxis === null) {
    // one more axis that every index selects whole
    const moved = [align(x, xAxis, batch, size), indices, align(updates, updateAxis, indices.type.shape.length - 1, size)];
    return { outputs: bind(primitive, moved, further), axes: [batch] };
  }
  const aligned = [align(x, xAxis, 0, size), align(indices, indexAxis, 0, size), align(updates, updateAxis, 0, size)];
  return { outputs: bind(primitive, aligned, { ...further, batch: batch + 1 }), axes: [0] };
};

/** x[indices] += updates, repeated indices adding up. Linear in operand and updates together. */
export const scatterAddPrimitive: Primitive = scatterPrimitive("scatterAdd", {
  combine: () => "add",
  jvp: ([x, indices], [tx, , tu], params, _primitive, apply) => ({
    outputs: apply(),
    tangents: [tu ? scatterAdd(instantiate(tx ?? null, x as Value), indices as Value, tu, params) : (tx ?? null)],
  }),
  transpose: ([ct], [x, indices, updates], params) => {
    if (!ct) return [null, null, null];
    const where = known(indices, "scatterAdd");
    return [x instanceof Unknown ? ct : null, null, updates instanceof Unknown ? gather(ct, where, { ...params, fillValue: 0 }) : null];
  },
});

export function scatterAdd(x: Value, indices: Value, updates: Value, { axes, batch, mode }: IndexParams): Value {
  return at(bind(scatterAddPrimitive, [x, indices, updates], { axes, batch, mode }), 0);
}

export const gatherPrimitives: readonly Primitive[] = [gatherPrimitive, scatterAddPrimitive];
