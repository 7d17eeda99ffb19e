/**
 * The builder of SIMD code for a group of 4·G elements at a time: G registers for 32-bit dtypes, 2G for float64. Every operation is emitted
 * for all registers before the next one, and every temporary is in a local of its own: the shape that the engine joins into 256-bit code.
 * Nothing here moves lanes between registers by a shuffle or returns a vector from a call: engines miscompile both next to joined code.
 */
import type { DType } from "../../core/dtype.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import { InternalError } from "../../errors.ts";
import type { FunctionBuilder } from "./assembler.ts";
import type { Target } from "./target.ts";
import { bits32, bits64, constantBytes } from "./vector/constant.ts";
import { untiedSpellings } from "./vector/untied.ts";

/** A v128 local, or the sixteen bytes of a constant, which has no local and is written where it is used. */
export type Register = number | readonly number[];

/**
 * 4·G elements. A bool is a mask: all bits of a true lane are set. Masks have 32-bit lanes, or 64-bit ones (`wide`) where they come from
 * float64; `wide` says for every vector which of the two layouts it has.
 */
export interface Vector {
  readonly dtype: DType;
  readonly wide: boolean;
  readonly registers: readonly Register[];
}

/** The index of the imported function that computes an instruction on JavaScript numbers: float64 operands, float64 result. */
export type HostFunctions = (instruction: ScalarInstruction) => number;

const noHost: HostFunctions = (instruction) => {
  throw new InternalError(`this code may not call the imported function ${instruction}`);
};

export class VectorCode {
  /** G: how many registers a vector of 32-bit elements has. */
  readonly groups: number;
  readonly fn: FunctionBuilder;
  readonly target: Target;
  /** A pointer to 16 bytes for each register of a float64 vector, empty between instructions. Without it rare cases cost speed. */
  readonly scratch: number | undefined;
  readonly #host: HostFunctions;
  /** Locals that hold nothing of use. */
  readonly #free: number[] = [];
  /** Locals taken since the innermost scope began. */
  #taken: number[] = [];
  /** Locals assigned in the loop body under way. */
  #touched: Set<number> | undefined;

  constructor(fn: FunctionBuilder, target: Target, groups: number, host: HostFunctions = noHost, scratch?: number) {
    this.groups = groups;
    this.fn = fn;
    this.target = target;
    this.#host = host;
    this.scratch = scratch;
  }

  // --- locals ---------------------------------------------------------------------------------------------------------------------

  #take(): number {
    const local = this.#free.pop() ?? this.fn.local("v128");
    this.#taken.push(local);
    this.#touched?.add(local);
    return local;
  }

  /** Runs `emit`; what it took is free again afterwards, but for the locals of its result. */
  scope<R extends Vector | readonly Vector[] | undefined>(emit: () => R): R {
    const outer = this.#taken;
    this.#taken = [];
    const result = emit();
    const results: readonly Vector[] = result === undefined ? [] : "registers" in result ? [result as Vector] : (result as readonly Vector[]);
    const kept = new Set(results.flatMap((v) => v.registers));
    for (const local of this.#taken) (kept.has(local) ? outer : this.#free).push(local);
    this.#taken = outer;
    return result;
  }

  /** The body of a loop: all that it takes is free afterwards, and emptied, so that nothing is carried from one round to the next. */
  loopBody(emit: () => void): void {
    const outer = this.#touched;
    const touched = new Set<number>();
    this.#touched = touched;
    this.scope(() => void emit());
    this.#touched = outer;
    if (this.target.wide) for (const local of touched) this.fn.op("v128.const", zeroBytes).op("local.set", local);
    for (const local of touched) outer?.add(local);
  }

  /** Locals of their own with this value, to be assigned again: accumulators. Taken outside `loopBody`. */
  variable(initial: Vector): Vector {
    return { ...initial, registers: initial.registers.map((r) => this.#set(() => this.push(r))) };
  }

  /** Gives a variable another value. */
  assign(variable: Vector, value: Vector): void {
    const { registers } = variable.dtype === "bool" ? this.mask(value, variable.wide) : value;
    variable.registers.forEach((local, r) => {
      if (typeof local !== "number") throw new InternalError("a constant cannot be assigned");
      this.push(registers[r] as Register);
      this.fn.op("local.set", local);
    });
  }

  /**
   * Puts one register on the stack. A constant of equal lanes is written as the splat of a scalar: engines build it in half the time that
   * sixteen bytes take them, and `v128.const` of 64-bit lanes keeps all that uses it from being joined.
   */
  push(register: Register): this {
    if (typeof register === "number") this.fn.op("local.get", register);
    else this.#pushConstant(register);
    return this;
  }

  #pushConstant(register: readonly number[]): void {
    const [low, high] = [wordOf(register, 0), wordOf(register, 4)];
    if (low !== wordOf(register, 8) || high !== wordOf(register, 12)) this.fn.op("v128.const", register);
    else if (low === high) this.fn.op("i32.const", low).op("i32x4.splat");
    else this.fn.op("i64.const", (BigInt(high) << 32n) | BigInt(low >>> 0)).op("i64x2.splat");
  }

  #set(emit: () => void): number {
    emit();
    const local = this.#take();
    this.fn.op("local.set", local);
    return local;
  }

  /** One register after another, each in a new local: `emit` leaves the value of register `r` on the stack. */
  build(dtype: DType, wide: boolean, emit: (r: number) => void): Vector {
    return { dtype, wide, registers: Array.from({ length: this.count(wide) }, (_, r) => this.#set(() => emit(r))) };
  }

  /** One register, computed once, that stands for all. */
  single(dtype: DType, emit: () => void): Vector {
    return this.same(dtype, this.#set(emit));
  }

  // --- constants ------------------------------------------------------------------------------------------------------------------

  /** The number of registers of a layout. */
  count(wide: boolean): number {
    return wide ? 2 * this.groups : this.groups;
  }

  /** A vector all of whose registers are this one. */
  same(dtype: DType, register: Register): Vector {
    const wide = dtype === "float64";
    return { dtype, wide, registers: Array.from({ length: this.count(wide) }, () => register) };
  }

  /** A number in every lane, rounded to the dtype. */
  constant(dtype: DType, value: number): Vector {
    return this.same(dtype, constantBytes(dtype, value));
  }

  /** Bits in every lane, of 32-bit lanes, or of the 64-bit lanes of a float64. */
  bits(dtype: DType, bits: number | bigint): Vector {
    return this.same(dtype, dtype === "float64" ? bits64(BigInt(bits)) : bits32(Number(bits)));
  }

  // --- operations -----------------------------------------------------------------------------------------------------------------

  /** The opcode on each register of the operands, which are of one layout; `dtype` is that of the result. */
  op(name: string, dtype: DType, ...operands: readonly Vector[]): Vector {
    const [first] = operands as [Vector];
    const untied = this.target.wide ? untiedSpellings[name] : undefined;
    if (untied !== undefined) return untied(this, dtype, ...(operands as [Vector, Vector]));
    const bad = operands.find((v) => v.wide !== first.wide);
    if (bad !== undefined) throw new InternalError(`${name}: operands of different layouts`);
    return this.build(dtype, first.wide, (r) => {
      for (const v of operands) this.push(v.registers[r] as Register);
      this.fn.op(name);
    });
  }

  /** A shift by a number of bits known now. */
  shift(name: string, x: Vector, count: number): Vector {
    return this.build(x.dtype, x.wide, (r) => this.push(x.registers[r] as Register).fn.op("i32.const", count).op(name));
  }

  /** a·b + c, rounded once where the engine can. */
  fma(a: Vector, b: Vector, c: Vector): Vector {
    const shape = shapeOf(a);
    return this.target.relaxed ? this.op(`${shape}.relaxed_madd`, a.dtype, a, b, c) : this.op(`${shape}.add`, a.dtype, this.op(`${shape}.mul`, a.dtype, a, b), c);
  }

  /** c - a·b, rounded once where the engine can. */
  fnma(a: Vector, b: Vector, c: Vector): Vector {
    const shape = shapeOf(a);
    return this.target.relaxed ? this.op(`${shape}.relaxed_nmadd`, a.dtype, a, b, c) : this.op(`${shape}.sub`, a.dtype, c, this.op(`${shape}.mul`, a.dtype, a, b));
  }

  /** Where the mask holds `yes`, elsewhere `no`. */
  select(condition: Vector, yes: Vector, no: Vector): Vector {
    const mask = this.mask(condition, yes.wide);
    const none = yes.registers.every(isZero);
    const nothing = !none && no.registers.every(isZero);
    return this.build(yes.dtype, yes.wide, (r) => {
      // where one side is 0, half the instructions
      if (!none) this.push(yes.registers[r] as Register);
      if (!nothing) this.push(no.registers[r] as Register);
      this.push(mask.registers[r] as Register).fn.op(none ? "v128.andnot" : nothing ? "v128.and" : "v128.bitselect");
    });
  }

  /** The same bits under another name: free. */
  as(x: Vector, dtype: DType): Vector {
    return { ...x, dtype };
  }

  // --- between the two layouts ----------------------------------------------------------------------------------------------------

  /** A bool in 64-bit lanes or in 32-bit lanes. */
  mask(x: Vector, wide: boolean): Vector {
    if (x.wide === wide) return x;
    return wide ? this.widen(x, "i64x2.extend_low_i32x4_s", "bool") : this.narrow(x);
  }

  /** From G registers of four lanes to 2G of two: `name` works on the low two lanes. */
  widen(x: Vector, name: string, dtype: DType): Vector {
    return this.build(dtype, true, (r) => {
      this.push(x.registers[r >> 1] as Register);
      if (r % 2 === 1) this.fn.op("i64x2.extract_lane", 1).op("i64x2.splat");
      this.fn.op(name);
    });
  }

  /** From 2G registers of two 64-bit lanes to G: the low halves of the lanes, which for a mask is all of it. */
  narrow(x: Vector): Vector {
    const closed = this.build(x.dtype, true, (r) => {
      // The low half of lane 1 moves next to the low half of lane 0.
      const register = x.registers[r] as Register;
      this.push(register).fn.op("v128.const", lowHalfOfLane0).op("v128.and");
      this.push(register).fn.op("i64x2.extract_lane", 1).op("i64.const", 32).op("i64.shl").op("i64x2.splat");
      this.fn.op("v128.or");
    });
    return this.join(closed);
  }

  /** From 2G registers that hold two 32-bit lanes in their low halves to G registers of four. */
  join(x: Vector): Vector {
    return this.build(x.dtype, false, (r) => {
      this.push(x.registers[2 * r] as Register).push(x.registers[2 * r + 1] as Register);
      this.fn.op("i64x2.extract_lane", 0).op("i64x2.replace_lane", 1);
    });
  }

  // --- lanes ----------------------------------------------------------------------------------------------------------------------

  /** A vector whose lane `i` is the scalar that `push(i)` leaves on the stack: of the dtype's wasm type; a bool is an i32, 0 or 1. */
  fromLanes(dtype: DType, push: (lane: number) => void): Vector {
    const { shape, lanes } = laneForm(dtype);
    const filled = this.build(dtype, dtype === "float64", (r) => {
      push(r * lanes);
      this.fn.op(`${shape}.splat`);
      for (let i = 1; i < lanes; i++) {
        push(r * lanes + i);
        this.fn.op(`${shape}.replace_lane`, i);
      }
    });
    return dtype === "bool" ? this.op("i32x4.ne", "bool", filled, this.constant("int32", 0)) : filled;
  }

  /** Leaves lane `lane` on the stack as a scalar of the dtype's wasm type; a bool as an i32, 0 or 1. */
  pushLane(x: Vector, lane: number): void {
    const wide = x.dtype === "bool" && x.wide;
    const { shape, lanes } = wide ? { shape: "i64x2", lanes: 2 } : laneForm(x.dtype);
    this.push(x.registers[Math.floor(lane / lanes)] as Register);
    this.fn.op(`${shape}.extract_lane`, lane % lanes);
    if (wide) this.fn.op("i32.wrap_i64");
    if (x.dtype === "bool") this.fn.op("i32.const", 1).op("i32.and");
  }

  /** The instruction on every lane by the imported function. */
  callHost(instruction: ScalarInstruction, dtype: DType, operands: readonly Vector[]): Vector {
    return this.fromLanes(dtype, (lane) => {
      for (const x of operands) {
        this.pushLane(x, lane);
        if (x.dtype !== "float64") this.fn.op(toFloat64[x.dtype]);
      }
      this.fn.op("call", this.#host(instruction));
      if (dtype !== "float64") this.fn.op(fromFloat64[dtype]);
    });
  }

  /** `result`, but in the lanes of the mask, which are rare, what the imported function says. */
  patch(rare: Vector, result: Vector, instruction: ScalarInstruction, operands: readonly Vector[]): Vector {
    const mask = this.mask(rare, result.wide);
    const patched = this.variable(result);
    mask.registers.forEach((r, i) => {
      this.push(r);
      if (i > 0) this.fn.op("v128.or");
    });
    this.fn.op("v128.any_true");
    // a condition of its own: where the engine finds two equal ones and merges what depends on them, its joined vectors go wrong
    if (this.target.wide) this.fn.op("i32.const", 2 * this.fn.length + 1).op("i32.mul");
    this.fn.nest("if", () => {
      this.scope(() => {
        const called = this.callHost(instruction, result.dtype, operands);
        this.assign(patched, this.select(mask, this.#throughMemory(called), result));
        return undefined;
      });
    });
    return patched;
  }

  /** The same vector, loaded: made of lanes it would keep what it meets from being joined. */
  #throughMemory(x: Vector): Vector {
    const pointer = this.scratch;
    if (pointer === undefined) return x;
    x.registers.forEach((register, r) => {
      this.fn.op("local.get", pointer);
      this.push(register).fn.op("v128.store", { offset: 16 * r });
    });
    return this.build(x.dtype, x.wide, (r) => this.fn.op("local.get", pointer).op("v128.load", { offset: 16 * r }));
  }
}

const isZero = (register: Register): boolean => typeof register !== "number" && register.every((byte) => byte === 0);
const zeroBytes: readonly number[] = Array.from({ length: 16 }, () => 0);
const lowHalfOfLane0: readonly number[] = zeroBytes.map((_, i) => (i < 4 ? 255 : 0));

export function shapeOf(x: Vector): "f32x4" | "f64x2" | "i32x4" | "i64x2" {
  if (x.dtype === "bool") return x.wide ? "i64x2" : "i32x4";
  return x.dtype === "float32" ? "f32x4" : x.dtype === "float64" ? "f64x2" : "i32x4";
}

function laneForm(dtype: DType): { readonly shape: string; readonly lanes: number } {
  return dtype === "float64" ? { shape: "f64x2", lanes: 2 } : { shape: dtype === "float32" ? "f32x4" : "i32x4", lanes: 4 };
}

const toFloat64 = { bool: "f64.convert_i32_u", int32: "f64.convert_i32_s", uint32: "f64.convert_i32_u", float32: "f64.promote_f32" } as const;
const fromFloat64 = { bool: "i32.trunc_sat_f64_u", int32: "i32.trunc_sat_f64_s", uint32: "i32.trunc_sat_f64_u", float32: "f32.demote_f64" } as const;

/** Four bytes as an int32. */
function wordOf(bytes: readonly number[], at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}
