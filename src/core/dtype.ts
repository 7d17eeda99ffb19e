/**
 * Element types, one row each, and how two of them meet. Another dtype is another row here and a line of the
 * promotion table; nothing else in the core knows the list.
 */
import { DTypeError, UnsupportedError } from "../errors.ts";

export type DType = "bool" | "int32" | "uint32" | "float32" | "float64";
export type DTypeKind = "bool" | "int" | "float";
export type TypedArray = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

export interface DTypeInfo {
  /** As printed in programs: `f32[3]`. */
  readonly short: string;
  readonly kind: DTypeKind;
  readonly bytes: number;
  /** Smallest and largest finite value. */
  readonly min: number;
  readonly max: number;
  /** Distance from 1 to the next larger value; 1 for integers. */
  readonly epsilon: number;
  allocate(length: number): TypedArray;
}

/** A typed array of `length` zeros, or an error that says how much memory was asked for. */
function allocate<A extends TypedArray>(constructor: { new (length: number): A; readonly BYTES_PER_ELEMENT: number }, length: number): A {
  try {
    return new constructor(length);
  } catch (cause) {
    const gibibytes = (length * constructor.BYTES_PER_ELEMENT) / 2 ** 30;
    throw new UnsupportedError(`no memory for an array of ${length} elements (${gibibytes.toFixed(1)} GiB)`, { cause, hint: "work in smaller pieces, or check the shapes that broadcast here" });
  }
}

export const dtypes: Readonly<Record<DType, DTypeInfo>> = {
  bool: { short: "bool", kind: "bool", bytes: 1, min: 0, max: 1, epsilon: 1, allocate: (n) => allocate(Uint8Array, n) },
  int32: { short: "i32", kind: "int", bytes: 4, min: -(2 ** 31), max: 2 ** 31 - 1, epsilon: 1, allocate: (n) => allocate(Int32Array, n) },
  uint32: { short: "u32", kind: "int", bytes: 4, min: 0, max: 2 ** 32 - 1, epsilon: 1, allocate: (n) => allocate(Uint32Array, n) },
  float32: { short: "f32", kind: "float", bytes: 4, min: -(2 - 2 ** -23) * 2 ** 127, max: (2 - 2 ** -23) * 2 ** 127, epsilon: 2 ** -23, allocate: (n) => allocate(Float32Array, n) },
  float64: { short: "f64", kind: "float", bytes: 8, min: -Number.MAX_VALUE, max: Number.MAX_VALUE, epsilon: 2 ** -52, allocate: (n) => allocate(Float64Array, n) },
};

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(dtypes, value);
}

export function checkDType(value: unknown, where: string): DType {
  if (isDType(value)) return value;
  throw new DTypeError(`${where}: unknown dtype ${JSON.stringify(value)}`, { hint: `known dtypes: ${Object.keys(dtypes).join(", ")}` });
}

export function isFloat(dtype: DType): boolean {
  return dtypes[dtype].kind === "float";
}
export function isInteger(dtype: DType): boolean {
  return dtypes[dtype].kind === "int";
}

/** The dtype of a typed array, or undefined where there is no such dtype (`Uint8Array` is storage of bool, not a number type). */
export function dtypeOfTypedArray(data: unknown): DType | undefined {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  return undefined;
}

/**
 * Two strong dtypes meeting in one operation. As in JAX, except that `int32` with `uint32` is refused: no dtype here holds both,
 * and JAX's answer (int32) changes values silently.
 */
const promotion: Readonly<Record<DType, Readonly<Record<DType, DType | null>>>> = {
  bool: { bool: "bool", int32: "int32", uint32: "uint32", float32: "float32", float64: "float64" },
  int32: { bool: "int32", int32: "int32", uint32: null, float32: "float32", float64: "float64" },
  uint32: { bool: "uint32", int32: null, uint32: "uint32", float32: "float32", float64: "float64" },
  float32: { bool: "float32", int32: "float32", uint32: "float32", float32: "float32", float64: "float64" },
  float64: { bool: "float64", int32: "float64", uint32: "float64", float32: "float64", float64: "float64" },
};

export interface WeakDType {
  readonly dtype: DType;
  readonly weak: boolean;
}

/**
 * The common dtype of two operands. A weak dtype (that of a JavaScript number) gives way to a strong one of its own kind or a
 * higher kind (bool < int < float); where it is of a higher kind it wins and the result stays weak, as in JAX.
 */
export function promoteDTypes(a: WeakDType, b: WeakDType, where: string): WeakDType {
  if (a.weak !== b.weak) {
    const [weak, strong] = a.weak ? [a, b] : [b, a];
    return kindRank[dtypes[strong.dtype].kind] >= kindRank[dtypes[weak.dtype].kind] ? strong : weak;
  }
  const joined = promotion[a.dtype][b.dtype];
  if (joined === null) {
    throw new DTypeError(`${where}: ${a.dtype} and ${b.dtype} have no common dtype that holds every value of both`, {
      hint: `convert one of them, for example x.astype("${a.dtype}") or x.astype("float64")`,
    });
  }
  return { dtype: joined, weak: a.weak && b.weak };
}

const kindRank: Readonly<Record<DTypeKind, number>> = { bool: 0, int: 1, float: 2 };

/** What max starts from. */
export function lowest(dtype: DType): number {
  return isFloat(dtype) ? Number.NEGATIVE_INFINITY : dtypes[dtype].min;
}
/** What min starts from. */
export function highest(dtype: DType): number {
  return isFloat(dtype) ? Number.POSITIVE_INFINITY : dtypes[dtype].max;
}
