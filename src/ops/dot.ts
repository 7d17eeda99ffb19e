/**
 * dotGeneral: the one contraction. Some axes of both operands are paired and kept (batch), some are paired and summed over
 * (contract), all others are kept apart (free), as in XLA's dot_general. Result: batch axes, free axes of x, free axes of y.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes, isFloat } from "../core/dtype.ts";
import { noPrograms, type Unknown } from "../core/primitive.ts";
import { type BatchAxis, definePrimitive, type Primitive } from "../core/primitive.ts";
import { bilinearJvp, known, transposeOne } from "../core/rules.ts";
import { range, type Shape, sizeOf, stridesOf } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";
import { add } from "./elementwise.ts";
import { type MatrixView, multiplyFloats, multiplyIntegers } from "./matrix-product.ts";
import { transpose } from "./structure.ts";

/** Axes of x and, in the same order, the axes of y that they are paired with. */
export type AxisPairs = readonly [readonly number[], readonly number[]];
export type Contraction = { readonly contract: AxisPairs; readonly batch: AxisPairs };

function freeAxes(rank: number, side: 0 | 1, { contract, batch }: Contraction): number[] {
  return range(rank).filter((a) => !contract[side].includes(a) && !batch[side].includes(a));
}

function lengths(shape: Shape, axes: readonly number[]): number[] {
  return axes.map((a) => shape[a] as number);
}

function checkPairs(word: string, [xAxes, yAxes]: AxisPairs, x: TensorType, y: TensorType): void {
  const fail = (text: string): never => {
    throw new ShapeError(`dotGeneral: ${text}: ${showType(x)} · ${showType(y)}, ${word} axes [${xAxes.join(", ")}] and [${yAxes.join(", ")}]`, { hint: "{ contract: [[i], [j]] } pairs axis i of x with axis j of y, which must be as long, and so does batch" });
  };
  if (xAxes.length !== yAxes.length) fail("as many axes of one side as of the other must be paired");
  xAxes.forEach((a, i) => {
    const b = yAxes[i] as number;
    if (x.shape[a] === undefined || y.shape[b] === undefined) fail("an axis does not exist");
    if (x.shape[a] !== y.shape[b]) fail(`paired axes differ in length (${x.shape[a]} ≠ ${y.shape[b]})`);
  });
}

function checkDistinct(axes: readonly number[], operand: TensorType): void {
  if (new Set(axes).size !== axes.length) throw new ShapeError(`dotGeneral: an axis of ${showType(operand)} is named twice in [${axes.join(", ")}]`, { hint: "an axis is summed over, or kept as a batch, or neither" });
}

export const dotGeneralPrimitive: Primitive = definePrimitive<Contraction>({
  name: "dotGeneral",
  type: (inputs, params) => {
    const [x, y] = inputs as [TensorType, TensorType];
    if (x.dtype !== y.dtype) throw new DTypeError(`dotGeneral: operands differ in dtype: ${showType(x)} · ${showType(y)}`);
    if (x.dtype === "bool") {
      throw new DTypeError(`dotGeneral: bool has no products and sums: ${showType(x)} · ${showType(y)}`, { hint: 'count with x.astype("int32"), or ask any(x & y)' });
    }
    checkPairs("contracted", params.contract, x, y);
    checkPairs("batch", params.batch, x, y);
    checkDistinct([...params.contract[0], ...params.batch[0]], x);
    checkDistinct([...params.contract[1], ...params.batch[1]], y);
    const shape = [...lengths(x.shape, params.batch[0]), ...lengths(x.shape, freeAxes(x.shape.length, 0, params)), ...lengths(y.shape, freeAxes(y.shape.length, 1, params))];
    return [tensorType(x.dtype, shape, x.weak && y.weak)];
  },
  evaluate: (inputs, params, [type]) => [multiply(inputs as [ConcreteArray, ConcreteArray], params, type as TensorType)],
  jvp: bilinearJvp((x, y) => add(x, y)),
  transpose: transposeOne((ct, operand, inputs, position, params) =>
    position === 0 ? transposeSide(ct, operand, known(inputs[1], "dotGeneral"), 0, params) : transposeSide(ct, operand, known(inputs[0], "dotGeneral"), 1, params),
  ),
  batch: (_size, inputs, axes, params) => batched(inputs as [Value, Value], axes, params),
  lower: { form: "contraction", axes: (params) => params },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** Offsets of all combinations of the given axes, row-major. */
function offsetsOf(shape: Shape, axes: readonly number[]): Int32Array {
  const strides = stridesOf(shape);
  let offsets = new Int32Array(1);
  for (const axis of axes) {
    const [length, stride] = [shape[axis] as number, strides[axis] as number];
    const next = new Int32Array(offsets.length * length);
    for (let i = 0; i < offsets.length; i++) for (let j = 0; j < length; j++) next[i * length + j] = (offsets[i] as number) + j * stride;
    offsets = next;
  }
  return offsets;
}

function multiply([x, y]: readonly [ConcreteArray, ConcreteArray], params: Contraction, type: TensorType): ConcreteArray {
  const out = dtypes[type.dtype].allocate(sizeOf(type.shape));
  const product = isFloat(type.dtype) ? multiplyFloats : multiplyIntegers;
  const [xShape, yShape] = [x.type.shape, y.type.shape];
  const a = { data: x.elements, rows: offsetsOf(xShape, freeAxes(xShape.length, 0, params)), columns: offsetsOf(xShape, params.contract[0]) };
  const b = { data: y.elements, rows: offsetsOf(yShape, params.contract[1]), columns: offsetsOf(yShape, freeAxes(yShape.length, 1, params)) };
  const starts = offsetsOf(yShape, params.batch[1]);
  offsetsOf(xShape, params.batch[0]).forEach((start, i) => {
    const left: MatrixView = { ...a, start };
    product(left, { ...b, start: starts[i] as number }, out, i * a.rows.length * b.columns.length);
  });
  return ConcreteArray.of(type, out);
}

/**
 * The cotangent of one side: ct contracted with the other operand over that operand's free axes, then axes put back in their
 * order. The operands keep their sides, so that for [m,k] · [k,n] no axis has to move.
 */
function transposeSide(ct: Value, operand: Unknown, other: Value, side: 0 | 1, params: Contraction): Value {
  const otherSide = side === 0 ? 1 : 0;
  const rank = operand.type.shape.length;
  const [free, otherFree] = [freeAxes(rank, side, params), freeAxes(other.type.shape.length, otherSide, params)];
  const count = params.batch[0].length;
  const ctFree = range(otherFree.length).map((i) => count + (side === 0 ? free.length : 0) + i);
  const [ofCt, ofOther] = [{ contract: ctFree, batch: range(count) }, { contract: otherFree, batch: params.batch[otherSide] }];
  const [x, y] = side === 0 ? [ofCt, ofOther] : [ofOther, ofCt];
  const product = dotGeneral(...(side === 0 ? ([ct, other] as const) : ([other, ct] as const)), { contract: [x.contract, y.contract], batch: [x.batch, y.batch] });
  // axes of the product: batch, and our free ones and those once contracted, which come in the other operand's order
  const order = range(params.contract[0].length).sort((i, j) => (params.contract[otherSide][i] as number) - (params.contract[otherSide][j] as number));
  const contracted = order.map((i) => params.contract[side][i] as number);
  const ours = [...params.batch[side], ...(side === 0 ? [...free, ...contracted] : [...contracted, ...free])];
  return transpose(product, range(rank).map((a) => ours.indexOf(a)));
}

function batched([x, y]: readonly [Value, Value], axes: readonly BatchAxis[], params: Contraction): { outputs: Value[]; axes: number[] } {
  const [xAxis, yAxis] = axes as [BatchAxis, BatchAxis];
  const shift = (list: readonly number[], axis: BatchAxis): number[] => list.map((a) => (axis !== null && a >= axis ? a + 1 : a));
  const contract: AxisPairs = [shift(params.contract[0], xAxis), shift(params.contract[1], yAxis)];
  const batch: AxisPairs = [shift(params.batch[0], xAxis), shift(params.batch[1], yAxis)];
  if (xAxis !== null && yAxis !== null) {
    return { outputs: [dotGeneral(x, y, { contract, batch: [[xAxis, ...batch[0]], [yAxis, ...batch[1]]] })], axes: [0] };
  }
  // one side alone: its batch axis is one more free axis
  const xFree = freeAxes(x.type.shape.length, 0, { contract, batch });
  const within = xAxis !== null ? xFree.indexOf(xAxis) : xFree.length + freeAxes(y.type.shape.length, 1, { contract, batch }).indexOf(yAxis as number);
  return { outputs: [dotGeneral(x, y, { contract, batch })], axes: [batch[0].length + within] };
}

/** x · y with paired axes as `params` says. Both must have one dtype. */
export function dotGeneral(x: Value, y: Value, params: Contraction): Value {
  return at(bind(dotGeneralPrimitive, [x, y], params), 0);
}

export const dotPrimitives: readonly Primitive[] = [dotGeneralPrimitive];
