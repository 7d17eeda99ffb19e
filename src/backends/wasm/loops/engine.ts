/**
 * What the emission of loops needs from a way to compute: one element at a time in plain WebAssembly, or a group of them in vectors. Values
 * belong to the engine; pointers are i32 locals, offsets and strides are in bytes, a stride is the distance from one lane to the next.
 */
import type { DType } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { FunctionBuilder } from "../assembler.ts";
import { type Scalar, type ScalarCode, scalarLoad, scalarStore } from "../scalar/code.ts";
import { spellScalar } from "../scalar/spellings.ts";
import { plainRunning, type Running } from "./running.ts";

/** An index that is computed, and how many bytes apart neighbours lie. */
export interface ByteTerm<V> {
  readonly index: V;
  readonly stride: number;
}

export interface Engine<V> {
  readonly fn: FunctionBuilder;
  /** Elements at a time. */
  readonly lanes: number;
  constant(dtype: DType, value: number): V;
  apply(instruction: ScalarInstruction, dtype: DType, operands: readonly V[]): V;
  load(dtype: DType, pointer: number, offset: number, stride: number): V;
  /** Loads whose place differs from lane to lane by computed indices. */
  gather(dtype: DType, pointer: number, offset: number, stride: number, terms: readonly ByteTerm<V>[]): V;
  /** `base` (an i32 local) + stride · lane. */
  index(dtype: DType, base: number, stride: number): V;
  store(value: V, pointer: number, offset: number, stride: number): void;
  /** Leaves the first lane on the stack as the wasm type of its dtype. */
  pushFirst(value: V): void;
  /** A place of its own that begins with this value. */
  variable(initial: V): V;
  assign(variable: V, value: V): void;
  /** A reduction that begins here. */
  reduction(combine: ScalarInstruction, dtype: DType, identity: number): Running<V>;
  /** The value is not needed any more. */
  release(value: V): void;
  /** The body of a loop, after which nothing computed in it is needed. */
  body(emit: () => void): void;
}

export function scalarEngine(code: ScalarCode): Engine<Scalar> {
  const { fn } = code;
  const load = (dtype: DType, offset: number): Scalar => {
    fn.op(scalarLoad[dtype], { offset });
    return code.keep(dtype);
  };
  const engine: Engine<Scalar> = {
    fn,
    lanes: 1,
    constant: (dtype, value) => code.constant(dtype, value),
    apply: (instruction, dtype, operands) => spellScalar(instruction, dtype, code, operands),
    load: (dtype, pointer, offset) => {
      fn.op("local.get", pointer);
      return load(dtype, offset);
    },
    gather: (dtype, pointer, offset, _stride, terms) => {
      fn.op("local.get", pointer);
      for (const { index, stride } of terms) code.push(index).fn.op("i32.const", stride).op("i32.mul").op("i32.add");
      return load(dtype, offset);
    },
    index: (dtype, base) => {
      fn.op("local.get", base);
      if (dtype === "float32" || dtype === "float64") fn.op(dtype === "float32" ? "f32.convert_i32_s" : "f64.convert_i32_s");
      return code.keep(dtype);
    },
    store: (value, pointer, offset) => {
      fn.op("local.get", pointer);
      code.push(value).fn.op(scalarStore[value.dtype], { offset });
    },
    pushFirst: (value) => void code.push(value),
    variable: (initial) => code.push(initial).keep(initial.dtype),
    assign: (variable, value) => void code.push(value).fn.op("local.set", variable.local as number),
    reduction: (combine, dtype, identity) => plainRunning(engine, combine, dtype, identity),
    release: (value) => code.release(value),
    body: (emit) => emit(),
  };
  return engine;
}
