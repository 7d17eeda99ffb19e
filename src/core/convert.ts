/** From what callers pass (numbers, nested lists, typed arrays, strided arrays of other libraries) to concrete arrays. */
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "./concrete.ts";
import { type DType, dtypeOfTypedArray, dtypes, type TypedArray } from "./dtype.ts";
import { deepest, listFault } from "./nested-list.ts";
import { checkShape, describe, isRowMajor, showShape, sizeOf, stridesOf } from "./shape.ts";
import { isStrided, nestedShape, type StridedLike } from "./tree.ts";
import { tensorType } from "./type.ts";

/** The dtype a leaf brings along, or undefined where the context decides (numbers and lists of numbers). */
export function ownDType(value: unknown): DType | undefined {
  if (value instanceof ConcreteArray) return value.type.dtype;
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return firstScalar(value);
  if (isStrided(value)) return typedDType(value.data, "an array's data");
  return ArrayBuffer.isView(value) ? typedDType(value, "a typed array") : undefined;
}

/** A list of booleans only is bool; any number makes it numeric. */
function firstScalar(list: readonly unknown[]): DType | undefined {
  let first: unknown = list;
  for (let depth = 0; Array.isArray(first) && depth <= deepest; depth++) first = first[0];
  return typeof first === "boolean" && list.flat(Number.POSITIVE_INFINITY).every((v) => typeof v === "boolean") ? "bool" : undefined;
}

function typedDType(data: unknown, what: string): DType | undefined {
  refuseBigInts(data, what);
  const dtype = dtypeOfTypedArray(data);
  if (dtype === undefined && ArrayBuffer.isView(data)) {
    throw new DTypeError(`${what} is ${describe(data)}, which has no dtype here`, { hint: `say which one is meant: array(data, { dtype: "float32" }); typed arrays with a dtype are Float32Array, Float64Array, Int32Array and Uint32Array` });
  }
  return dtype;
}

function refuseBigInts(data: unknown, what: string): void {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return;
  throw new DTypeError(`${what} is ${describe(data)}, and there is no dtype of 64-bit integers`, { hint: "convert it: Float64Array.from(data, Number) holds integers to 2 ** 53, Int32Array.from(data, Number) those of 32 bits" });
}

/** The leaf as a concrete array: with its own dtype, or with `untyped` where it has none. */
export function toConcrete(value: unknown, untyped: DType, where: string): ConcreteArray {
  if (value instanceof ConcreteArray) return value;
  return build(value, ownDType(value) ?? untyped, where);
}

/** The leaf as a concrete array of exactly this dtype. */
export function build(value: unknown, dtype: DType, where: string): ConcreteArray {
  if (typeof value === "number" || typeof value === "boolean") return ConcreteArray.splat(tensorType(dtype, []), checkNumber(Number(value), dtype, where));
  if (Array.isArray(value)) {
    const shape = nestedShape(value);
    if (shape === undefined) {
      const { text, hint } = listFault(value);
      throw new ShapeError(`${where}: ${text}`, { hint });
    }
    return dtypes[dtype].kind === "float" ? ConcreteArray.of(tensorType(dtype, shape), flattened(value, shape, dtype)) : fill(flattened(value, shape, "float64"), shape, dtype, where);
  }
  if (isStrided(value)) return buildStrided(value, dtype, where);
  refuseBigInts(value, `${where}: the data`);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const data = value as TypedArray;
    refuseDetached(data, where);
    return fill(data, [data.length], dtype, where);
  }
  throw new DTypeError(`${where}: expected numbers, nested lists of numbers, typed arrays or NDArrays, got ${describe(value)}`);
}

/** An array whose memory was given to somebody else looks like one without elements. */
function refuseDetached({ buffer }: TypedArray, where: string): void {
  if (!(buffer as { readonly detached?: boolean }).detached) return;
  throw new ArgumentError(`${where}: the typed array has no memory any more: it was transferred to somebody else`, { hint: "use it before it is transferred, or transfer a copy: x.slice()" });
}

/** The numbers of a nested list of this shape, one after another, as a floating dtype. */
function flattened(list: readonly unknown[], shape: readonly number[], dtype: DType): TypedArray {
  const out = dtypes[dtype].allocate(sizeOf(shape));
  let to = 0;
  const copy = (part: readonly unknown[], depth: number): void => {
    const isLast = depth === shape.length - 1;
    for (let i = 0; i < part.length; i++) {
      if (isLast) out[to++] = Number(part[i]);
      else copy(part[i] as readonly unknown[], depth + 1);
    }
  };
  copy(list, 0);
  return out;
}

function buildStrided(array: StridedLike, dtype: DType, where: string): ConcreteArray {
  const shape = checkShape(array.shape, where);
  const strides = array.stride ?? array.strides ?? stridesOf(shape);
  const offset = array.offset ?? 0;
  const { data } = array;
  refuseBigInts(data, `${where}: the data`);
  if (typeof data?.length !== "number") throw new DTypeError(`${where}: the data of a strided array must be a typed array or a list of numbers, got ${describe(data)}`);
  if (strides.length !== shape.length) throw new ShapeError(`${where}: a strided array of shape ${showShape(shape)} needs ${shape.length} strides, got ${strides.length}`);
  if (ArrayBuffer.isView(data)) refuseDetached(data as TypedArray, where);
  const size = sizeOf(shape);
  if (size > 0) {
    const reach = (sign: 1 | -1): number => offset + strides.reduce((sum, s, i) => sum + (Math.sign(s) === sign ? s * ((shape[i] as number) - 1) : 0), 0);
    if (reach(-1) < 0 || reach(1) >= data.length) throw new ShapeError(`${where}: a strided array of shape ${showShape(shape)} reaches outside its data of ${data.length} elements`);
  }
  if (ArrayBuffer.isView(data) && Number.isInteger(offset) && isRowMajor(shape, strides)) return fill((data as TypedArray).subarray(offset, offset + size), shape, dtype, where);
  const out = new Float64Array(size);
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < size; to++) {
    const element: unknown = data[from];
    if (typeof element !== "number" && typeof element !== "boolean") throw new DTypeError(`${where}: element ${from} of the data of a strided array is ${describe(element)}, not a number`);
    out[to] = Number(element);
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      from += strides[d] as number;
      if ((index[d] as number) < (shape[d] as number)) break;
      from -= (strides[d] as number) * (shape[d] as number);
      index[d] = 0;
    }
  }
  return fill(out, shape, dtype, where);
}

/** Copies numbers into a new array of `dtype`, refusing what the dtype cannot hold. */
function fill(numbers: TypedArray, shape: readonly number[], dtype: DType, where: string): ConcreteArray {
  const type = tensorType(dtype, shape);
  if (dtypes[dtype].kind === "float" || dtypeOfTypedArray(numbers) === dtype) return ConcreteArray.copyOf(type, numbers);
  const out = dtypes[dtype].allocate(numbers.length);
  for (let i = 0; i < numbers.length; i++) out[i] = checkNumber(numbers[i] as number, dtype, where);
  return ConcreteArray.of(type, out);
}

/** The number, or an error where an integer or bool dtype would change it. */
export function checkNumber(value: number, dtype: DType, where: string): number {
  const { kind, min, max } = dtypes[dtype];
  if (kind === "float") return value;
  if (kind === "bool") return value === 0 ? 0 : 1;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new DTypeError(`${where}: ${value} is not a value of ${dtype}`, {
    hint: Number.isInteger(value) ? `${dtype} holds integers from ${min} to ${max}` : "round it first, or use a floating dtype",
  });
}
