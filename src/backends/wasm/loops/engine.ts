/**
 * What the emission of loops needs from a way to compute: one element at a time in plain WebAssembly, or a group of them in vectors. Values
 * belong to the engine; pointers are i32 locals, offsets and strides are in bytes, a stride is the distance from one lane to the next.
 */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { FunctionBuilder } from "../assembler.ts";
import type { Vector, VectorCode } from "../registers.ts";
import type { Scalar, ScalarCode } from "../scalar/code.ts";
import { spellScalar } from "../scalar/spellings.ts";
import { laneNumbers, loadSplat, loadStrided, storeLane, storeStrided } from "../vector/memory.ts";
import { spellVector } from "../vector/spell.ts";

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
  /** The value is not needed any more. */
  release(value: V): void;
  /** The body of a loop, after which nothing computed in it is needed. */
  body(emit: () => void): void;
}

const scalarLoad = { bool: "i32.load8_u", int32: "i32.load", uint32: "i32.load", float32: "f32.load", float64: "f64.load" } as const satisfies Record<DType, string>;
const scalarStore = { bool: "i32.store8", int32: "i32.store", uint32: "i32.store", float32: "f32.store", float64: "f64.store" } as const satisfies Record<DType, string>;

export function scalarEngine(code: ScalarCode): Engine<Scalar> {
  const { fn } = code;
  const load = (dtype: DType, offset: number): Scalar => {
    fn.op(scalarLoad[dtype], { offset });
    return code.keep(dtype);
  };
  return {
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
    release: (value) => code.release(value),
    body: (emit) => emit(),
  };
}

/** The registers of a vector that is the same in all lanes, as many as the code works with. */
export function spread(code: VectorCode, x: Vector): Vector {
  const count = code.count(x.wide);
  const [first] = x.registers;
  return x.registers.length === count || first === undefined ? x : { ...x, registers: Array.from({ length: count }, () => first) };
}

/** `single`: one element in every lane, by the same instructions as a group; what is left over at the end of a loop. */
export function vectorEngine(code: VectorCode, single: boolean): Engine<Vector> {
  const { fn } = code;
  const apply = (instruction: ScalarInstruction, dtype: DType, operands: readonly Vector[]): Vector =>
    code.scope(() => {
      const spread_ = operands.map((x) => spread(code, x));
      return spellVector(instruction, dtype, code, spread_) ?? code.callHost(instruction, dtype, spread_);
    });
  return {
    fn,
    lanes: single ? 1 : 4 * code.groups,
    constant: (dtype, value) => code.constant(dtype, value),
    apply,
    load: (dtype, pointer, offset, stride) => code.scope(() => (single ? loadSplat(code, dtype, pointer, offset) : loadStrided(code, dtype, pointer, offset, stride))),
    gather: (dtype, pointer, offset, stride, terms) =>
      code.scope(() => {
        const spread_ = terms.map(({ index, stride: bytes }) => ({ index: spread(code, index), bytes }));
        return code.fromLanes(dtype, (lane) => {
          fn.op("local.get", pointer);
          for (const { index, bytes } of spread_) {
            code.pushLane(index, lane);
            fn.op("i32.const", bytes).op("i32.mul").op("i32.add");
          }
          // A lane's own offset may be negative: it is added, not an immediate.
          if (lane * stride !== 0) fn.op("i32.const", lane * stride).op("i32.add");
          fn.op(scalarLoad[dtype], { offset });
        });
      }),
    index: (dtype, base, stride) =>
      code.scope(() => {
        const int = dtype === "uint32" ? "uint32" : "int32";
        let x = code.single(int, () => fn.op("local.get", base).op("i32x4.splat"));
        if (stride !== 0 && !single) {
          const lanes = { ...laneNumbers(code), dtype: int } as const;
          x = code.op("i32x4.add", int, x, stride === 1 ? lanes : code.op("i32x4.mul", int, lanes, code.constant(int, stride)));
        }
        return dtype === int ? x : apply("copy", dtype, [x]);
      }),
    store: (value, pointer, offset, stride) => {
      const x = spread(code, value);
      if (single) storeLane(code, x, 0, pointer, offset);
      else storeStrided(code, x, pointer, offset, stride);
    },
    pushFirst: (value) => code.pushLane(value, 0),
    variable: (initial) => code.variable(spread(code, initial)),
    assign: (variable, value) => code.assign(variable, spread(code, value)),
    release: () => undefined,
    body: (emit) => code.loopBody(emit),
  };
}

/** Bytes of `count` elements. */
export const bytesOf = (dtype: DType, count: number): number => count * dtypes[dtype].bytes;
