/**
 * What a row of the table is: a function, where its operands lie, and what it makes of each dtype. Every test of the runner
 * (values, dtypes, derivatives, batching, programs, JAX's values) comes from these rows alone.
 */
import type { Tensor } from "../../../src/core/array-types.ts";
import type { DType } from "../../../src/core/dtype.ts";
import type { GoldenArray, GoldenCase } from "../../golden/load.ts";

/** The function under test. It returns one array or a list of arrays. */
export type Call = (...operands: Tensor[]) => unknown;
export type Shape = readonly number[];

/** Where the elements of one operand lie. Without a dtype of its own the operand takes each dtype of the row in turn. */
export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly dtype?: DType;
  /** Whole numbers only, of a floating dtype too. */
  readonly whole?: true;
}

/** The dtype of the result for each dtype of the operands. One that is missing must be refused with a DTypeError. */
export type ResultDTypes = Partial<Readonly<Record<DType, DType>>>;

export interface Case {
  /** The name of the public function, or of the primitive. */
  readonly name: string;
  /** What is particular about this row, where a function has several. */
  readonly label?: string;
  readonly call: Call;
  readonly operands: readonly Domain[];
  /** The shapes of the operands, one list for each trial. */
  readonly shapes: readonly (readonly Shape[])[];
  readonly dtypes: ResultDTypes;
  /** Derivatives to this order are confirmed by finite differences; 0 where the derivative is zero everywhere. */
  readonly order: 0 | 1 | 2 | 3;
  /** The operands that have no derivative although they are floating. */
  readonly constant?: readonly number[];
  /** Points where formulas go wrong: infinities, NaN and both zeros unless given; null: no such points for this function. */
  readonly edges?: readonly number[] | null;
  /** The operations of test/golden that this row answers for; or why JAX has no value. */
  readonly golden: readonly string[] | { readonly none: string };
  /** Results written by hand, where JAX has none or ours differ on purpose. */
  readonly examples?: readonly Example[];
  /** Takes no plain numbers: a primitive as derivative rules call it, or a function of trees. */
  readonly strict?: true;
  /** The operands that may be plain numbers beside typed ones without changing the result's dtype; all unless given. */
  readonly literals?: readonly number[];
  /** Dtypes for which the result is another one than that of the same numbers in the main dtype. */
  readonly unlike?: readonly DType[];
}

/** How a golden case of one operation is called, from its parameters; `inputs` are there for indices that must be known. */
export type GoldenCall = (params: GoldenCase["params"], inputs: readonly GoldenArray[]) => Call;

export interface Example {
  readonly operands: readonly Plain[];
  readonly result: Plain | readonly Plain[];
  /** Why this differs from JAX, if it does. */
  readonly because?: string;
}

/** A nested list with its dtype; numbers alone are float64. */
export type Plain = Nested | { readonly dtype: DType; readonly values: Nested };
export type Nested = number | readonly Nested[];

export function real(low: number, high: number): Domain {
  return { low, high };
}
export function whole(low: number, high: number, dtype: DType = "int32"): Domain {
  return { low, high, dtype, whole: true };
}
export const mask: Domain = { low: 0, high: 1, dtype: "bool" };

/** Each dtype stays. */
export const kept: ResultDTypes = { bool: "bool", int32: "int32", uint32: "uint32", float32: "float32", float64: "float64" };
/** Each numeric dtype stays, bool counts as int32. */
export const counted: ResultDTypes = { ...kept, bool: "int32" };
/** Integers and bool become floats. */
export const floated: ResultDTypes = { bool: "float32", int32: "float32", uint32: "float32", float32: "float32", float64: "float64" };
/** A yes or no for each element. */
export const answered: ResultDTypes = { bool: "bool", int32: "bool", uint32: "bool", float32: "bool", float64: "bool" };
export const integersOnly: ResultDTypes = { int32: "int32", uint32: "uint32" };
export const bitsOnly: ResultDTypes = { bool: "bool", int32: "int32", uint32: "uint32" };
export const numbersOnly: ResultDTypes = { int32: "int32", uint32: "uint32", float32: "float32", float64: "float64" };
export const floatsOnly: ResultDTypes = { float32: "float32", float64: "float64" };

/** Shapes for a function of one array: rank 0, 1 and 2, and nothing at all. */
export const anyShape: readonly (readonly Shape[])[] = [[[]], [[3]], [[2, 3]], [[0]], [[2, 0]]];
/** Shapes for a function of two arrays that broadcast. */
export const pairShapes: readonly (readonly Shape[])[] = [[[], []], [[3], [3]], [[2, 3], [3]], [[2, 1], [3]], [[], [2]], [[0], [1]], [[2, 0], []]];
/** Shapes for a strict operation on two arrays. */
export const equalShapes: readonly (readonly Shape[])[] = [[[], []], [[3], [3]], [[2, 3], [2, 3]], [[0], [0]]];

export function title({ name, label }: Case): string {
  return label === undefined ? name : `${name}, ${label}`;
}

/** A function on the values of the core, as one over tensors. */
export function strict(f: (...values: never[]) => unknown): Call {
  return f as Call;
}
