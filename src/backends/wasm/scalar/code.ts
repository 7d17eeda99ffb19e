/**
 * The builder of code for one element at a time, in plain WebAssembly. A value is a local or a number known now; locals whose value nobody
 * needs any more are used again. A bool is an i32, 0 or 1; so are int32 and uint32 their bits.
 */
import type { DType } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { FunctionBuilder } from "../assembler.ts";
import type { HostFunctions } from "../registers.ts";

/** One element. */
export interface Scalar {
  readonly dtype: DType;
  /** Where it is: a local, or `onStack`; undefined: it is the number `value`. */
  readonly local: number | undefined;
  readonly value: number;
}
/** It lies where it is used next: on the stack, in the order in which operands are pushed. */
export const onStack = -1;

export const typeOf: Readonly<Record<DType, "i32" | "f32" | "f64">> = { bool: "i32", int32: "i32", uint32: "i32", float32: "f32", float64: "f64" };
/** The instruction of that name for each type: putting texts together for every one that is written costs more than writing it. */
export function ofEachType(name: string): Readonly<Record<"i32" | "f32" | "f64", string>> {
  return { i32: `i32.${name}`, f32: `f32.${name}`, f64: `f64.${name}` };
}
const literals = ofEachType("const");
/** An element from memory and back. */
export const scalarLoad: Readonly<Record<DType, "i32.load8_u" | "i32.load" | "f32.load" | "f64.load">> = { bool: "i32.load8_u", int32: "i32.load", uint32: "i32.load", float32: "f32.load", float64: "f64.load" };
export const scalarStore: Readonly<Record<DType, "i32.store8" | "i32.store" | "f32.store" | "f64.store">> = { bool: "i32.store8", int32: "i32.store", uint32: "i32.store", float32: "f32.store", float64: "f64.store" };
export const toFloat64 = { bool: "f64.convert_i32_u", int32: "f64.convert_i32_s", uint32: "f64.convert_i32_u", float32: "f64.promote_f32", float64: undefined } as const;
const fromFloat64 = { bool: "i32.trunc_sat_f64_u", int32: "i32.trunc_sat_f64_s", uint32: "i32.trunc_sat_f64_u", float32: "f32.demote_f64", float64: undefined } as const;

/** A function that computes on the stack, one stack type for all its numbers. */
export class ScalarCode {
  readonly fn: FunctionBuilder;
  readonly #host: HostFunctions;
  readonly #free: Record<"i32" | "f32" | "f64", number[]> = { i32: [], f32: [], f64: [] };
  /** For each local the list of its type. */
  readonly #listOf: number[][] = [];

  constructor(fn: FunctionBuilder, host: HostFunctions) {
    this.fn = fn;
    this.#host = host;
  }

  /** A local, to be given back. */
  take(type: "i32" | "f32" | "f64"): number {
    const free = this.#free[type];
    const local = free.pop() ?? this.fn.local(type);
    this.#listOf[local] = free;
    return local;
  }
  giveBack(local: number): void {
    (this.#listOf[local] as number[]).push(local);
  }
  release(x: Scalar): void {
    if (x.local !== undefined) this.giveBack(x.local);
  }

  constant(dtype: DType, value: number): Scalar {
    return { dtype, local: undefined, value };
  }

  push(x: Scalar): this {
    if (x.local === undefined) this.literal(x.dtype, x.value);
    else if (x.local !== onStack) this.fn.localGet(x.local);
    return this;
  }
  op(name: string): this {
    this.fn.op(name);
    return this;
  }
  /** A number of the wasm type of the dtype. */
  literal(dtype: DType, value: number): this {
    this.fn.op(literals[typeOf[dtype]], value);
    return this;
  }

  /** Takes the value on the stack into a local. */
  keep(dtype: DType): Scalar {
    const local = this.take(typeOf[dtype]);
    this.fn.localSet(local);
    return { dtype, local, value: Number.NaN };
  }

  /** The instruction by the imported JavaScript function; leaves the result on the stack. */
  callHost(instruction: ScalarInstruction, dtype: DType, operands: readonly Scalar[]): void {
    for (const x of operands) {
      this.push(x);
      const convert = toFloat64[x.dtype];
      if (convert !== undefined) this.fn.op(convert);
    }
    this.fn.op("call", this.#host(instruction));
    const convert = fromFloat64[dtype];
    if (convert !== undefined) this.fn.op(convert);
  }
}
