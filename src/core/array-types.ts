/**
 * The types users write. A `Tensor` is a number to the type checker, so ordinary operators on it compile; the rewrite gives
 * them their meaning. Nothing here exists at run time.
 */
import type { DType, TypedArray } from "./dtype.ts";
import type { StridedLike } from "./tree.ts";

/** A symbolic array inside a traced function. Any dtype, any rank; a scalar is rank 0. */
export type Tensor = TensorMethods & number;

/** A concrete array: what a traced function returns. Of rank 0, it also works as the number it holds. */
export type NDArray = NDArrayMethods & number;

/** Numbers in rectangular nested lists. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/** Everything that becomes a concrete array when passed to a traced function. */
export type ArrayInput = NestedNumbers | TypedArray | StridedLike | NDArray;

/** An operand of a library function: traced, concrete, or anything that becomes an array. */
export type Operand = Tensor | ArrayInput;

/** What callers pass where the traced function takes `T`: for each tensor anything that becomes one; trees keep their form. */
export type Concrete<T> = unknown extends T ? T
  : [Operand] extends [T] ? Operand
  : T extends number | boolean ? Operand
  : T extends (...args: never) => unknown ? T
  : T extends string | null | undefined ? T
  : T extends readonly unknown[] ? { [K in keyof T]: Concrete<T[K]> }
  : T extends object ? { [K in keyof T]: Concrete<T[K]> }
  : T;

/** What callers receive where the traced function returns `T`. */
export type Result<T> = unknown extends T ? T
  : [Operand] extends [T] ? NDArray
  : T extends number | boolean ? NDArray
  : T extends (...args: never) => unknown ? T
  : T extends string | null | undefined | void ? T
  : T extends readonly unknown[] ? { -readonly [K in keyof T]: Result<T[K]> }
  : T extends object ? { [K in keyof T]: Result<T[K]> }
  : T;

/** Which axes a reduction sums over, and whether they stay with length 1. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[] | null;
  readonly keepDims?: boolean;
}
export type Axis = number | readonly number[] | null | undefined;
export interface VarianceOptions extends ReduceOptions {
  /** Divides by n - ddof. Default 0. */
  readonly ddof?: number;
}

/** One part of an index: a position, a slice, a new axis (null), all remaining axes (ellipsis), or an integer or boolean array. */
export type IndexPart = number | Tensor | NDArray | Slice | Ellipsis | null | TypedArray | readonly NestedNumbers[];
/** `slice(start, stop, step)`, as in Python. */
export interface Slice {
  readonly kind: "slice";
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}
export interface Ellipsis {
  readonly kind: "ellipsis";
}
/** What happens to an index that is out of bounds and only known when the program runs. */
export type IndexMode = "throw" | "clip" | "fill" | "wrap";
export interface IndexOptions {
  readonly mode?: IndexMode;
  /** With mode "fill", the value read where the index is out of bounds. Default NaN for floats, 0 otherwise. */
  readonly fillValue?: number;
}

/** The handle `x.at(index)`: updated copies of x, never a tensor itself. */
export interface At<Self> {
  get(options?: IndexOptions): Self;
  set(values: Operand, options?: IndexOptions): Self;
  add(values: Operand, options?: IndexOptions): Self;
  mul(values: Operand, options?: IndexOptions): Self;
  div(values: Operand, options?: IndexOptions): Self;
  pow(values: Operand, options?: IndexOptions): Self;
  min(values: Operand, options?: IndexOptions): Self;
  max(values: Operand, options?: IndexOptions): Self;
  apply(f: (values: Self) => Operand, options?: IndexOptions): Self;
}

/** The methods that arrays of both kinds share. Each is the library function of the same name with the array as its first argument. */
export interface ArrayMethods<Self> {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Number of axes. */
  readonly ndim: number;
  /** Number of elements. */
  readonly size: number;
  /** Length of the first axis; an error for a scalar. */
  readonly length: number;
  /** The axes in reverse order. */
  readonly T: Self;
  /** Along the first axis: in rewritten code `x[i]` reads a position; `for…of` and destructuring work everywhere. */
  readonly [position: number]: Self;
  [Symbol.iterator](): IterableIterator<Self>;

  add(y: Operand): Self;
  sub(y: Operand): Self;
  mul(y: Operand): Self;
  div(y: Operand): Self;
  mod(y: Operand): Self;
  remainder(y: Operand): Self;
  floorDivide(y: Operand): Self;
  pow(y: Operand): Self;
  neg(): Self;
  abs(): Self;
  sign(): Self;
  square(): Self;
  reciprocal(): Self;
  floor(): Self;
  ceil(): Self;
  round(): Self;
  trunc(): Self;
  maximum(y: Operand): Self;
  minimum(y: Operand): Self;
  clip(low: Operand | null, high: Operand | null): Self;

  exp(): Self;
  exp2(): Self;
  expm1(): Self;
  log(): Self;
  log2(): Self;
  log10(): Self;
  log1p(): Self;
  sqrt(): Self;
  rsqrt(): Self;
  cbrt(): Self;
  sin(): Self;
  cos(): Self;
  tan(): Self;
  asin(): Self;
  acos(): Self;
  atan(): Self;
  atan2(x: Operand): Self;
  sinh(): Self;
  cosh(): Self;
  tanh(): Self;
  asinh(): Self;
  acosh(): Self;
  atanh(): Self;
  erf(): Self;
  relu(): Self;
  sigmoid(): Self;
  softplus(): Self;
  gelu(): Self;
  silu(): Self;
  softmax(options?: number | { readonly axis?: Axis }): Self;
  logSoftmax(options?: number | { readonly axis?: Axis }): Self;

  equal(y: Operand): Self;
  notEqual(y: Operand): Self;
  less(y: Operand): Self;
  lessEqual(y: Operand): Self;
  greater(y: Operand): Self;
  greaterEqual(y: Operand): Self;
  logicalAnd(y: Operand): Self;
  logicalOr(y: Operand): Self;
  logicalNot(): Self;
  isNaN(): Self;
  isFinite(): Self;

  sum(options?: ReduceOptions | Axis): Self;
  prod(options?: ReduceOptions | Axis): Self;
  mean(options?: ReduceOptions | Axis): Self;
  variance(options?: VarianceOptions | Axis): Self;
  std(options?: VarianceOptions | Axis): Self;
  max(options?: ReduceOptions | Axis): Self;
  min(options?: ReduceOptions | Axis): Self;
  all(options?: ReduceOptions | Axis): Self;
  any(options?: ReduceOptions | Axis): Self;
  argmax(options?: ReduceOptions | Axis): Self;
  argmin(options?: ReduceOptions | Axis): Self;
  logsumexp(options?: ReduceOptions | Axis): Self;
  norm(options?: (ReduceOptions & { readonly ord?: number }) | Axis): Self;
  cumsum(axis?: number): Self;
  cumprod(axis?: number): Self;

  matmul(y: Operand): Self;
  dot(y: Operand): Self;
  transpose(axes?: readonly number[]): Self;
  reshape(shape: readonly number[]): Self;
  ravel(): Self;
  squeeze(axis?: Axis): Self;
  expandDims(axis: number | readonly number[]): Self;
  swapaxes(a: number, b: number): Self;
  moveaxis(source: number | readonly number[], destination: number | readonly number[]): Self;
  broadcastTo(shape: readonly number[]): Self;
  flip(axis?: Axis): Self;
  roll(shift: number | readonly number[], axis?: Axis): Self;
  repeat(count: number, axis?: number): Self;
  tile(counts: number | readonly number[]): Self;
  take(indices: Operand, options?: IndexOptions & { readonly axis?: number }): Self;
  trace(): Self;
  diagonal(): Self;

  astype(dtype: DType): Self;
  get(...index: readonly IndexPart[]): Self;
  at(...index: readonly IndexPart[]): At<Self>;
}

export interface TensorMethods extends ArrayMethods<Tensor> {}

/** What only a concrete array has. */
export interface NDArrayMethods extends ArrayMethods<NDArray> {
  /**
   * All elements, row-major; bool is 0 and 1 in a Uint8Array. A copy, made when first asked for: writing to it changes neither this array
   * nor any other.
   */
  readonly data: TypedArray;
  /** The only element; an error when there are more or none. bool gives true or false as 1 or 0. */
  item(...index: readonly number[]): number;
  /** Nested JavaScript arrays; a number (or boolean) for rank 0. */
  toArray(): NestedNumbers;
  /** A copy with the fields and methods of npm `ndarray` 1.x, for the packages built on it. */
  toNdarray(): NdarrayView;
  toJSON(): NestedNumbers;
}

/** The fields and methods of npm `ndarray` 1.x: a strided view. What `lo`, `hi`, `step`, `transpose` and `pick` return shares its data. */
export interface NdarrayView {
  readonly data: TypedArray;
  readonly shape: number[];
  readonly stride: number[];
  readonly offset: number;
  readonly dtype: string;
  readonly size: number;
  readonly dimension: number;
  /** The axes from the smallest stride to the largest. */
  readonly order: number[];
  get(...index: number[]): number;
  set(...indexAndValue: number[]): number;
  index(...index: number[]): number;
  /** Without the first positions of each axis. */
  lo(...starts: (number | null | undefined)[]): NdarrayView;
  /** The first positions of each axis only. */
  hi(...lengths: (number | null | undefined)[]): NdarrayView;
  /** Every n-th position of each axis; backward where n is negative. */
  step(...steps: (number | null | undefined)[]): NdarrayView;
  /** The axes in another order. */
  transpose(...axes: (number | undefined)[]): NdarrayView;
  /** At one position of the axes that have one here; the others stay. */
  pick(...index: (number | null | undefined)[]): NdarrayView;
}
