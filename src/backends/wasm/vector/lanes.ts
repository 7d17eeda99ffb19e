/**
 * Arithmetic on vectors of one float dtype, in the words that formulas are written in. Signs and absolute values are taken by bits:
 * engines miscompile joined `f64x2.neg`.
 */
import type { Vector, VectorCode } from "../registers.ts";

export type FloatDType = "float32" | "float64";

export class Lanes {
  readonly code: VectorCode;
  readonly dtype: FloatDType;
  readonly #float: string;
  readonly #int: string;

  constructor(code: VectorCode, dtype: FloatDType) {
    this.code = code;
    this.dtype = dtype;
    this.#float = dtype === "float32" ? "f32x4" : "f64x2";
    this.#int = dtype === "float32" ? "i32x4" : "i64x2";
  }

  #op(name: string, ...operands: readonly Vector[]): Vector {
    return this.code.op(name, this.dtype, ...operands);
  }
  #vector(x: Vector | number): Vector {
    return typeof x === "number" ? this.k(x) : x;
  }

  // --- numbers --------------------------------------------------------------------------------------------------------------------

  k(value: number): Vector {
    return this.code.constant(this.dtype, value);
  }
  add(a: Vector, b: Vector | number): Vector {
    return this.#op(`${this.#float}.add`, a, this.#vector(b));
  }
  sub(a: Vector | number, b: Vector | number): Vector {
    return this.#op(`${this.#float}.sub`, this.#vector(a), this.#vector(b));
  }
  mul(a: Vector, b: Vector | number): Vector {
    return this.#op(`${this.#float}.mul`, a, this.#vector(b));
  }
  div(a: Vector | number, b: Vector): Vector {
    return this.#op(`${this.#float}.div`, this.#vector(a), b);
  }
  sqrt(a: Vector): Vector {
    return this.#op(`${this.#float}.sqrt`, a);
  }
  /** a·b + c. */
  fma(a: Vector, b: Vector | number, c: Vector | number): Vector {
    return this.code.fma(a, this.#vector(b), this.#vector(c));
  }
  /** c - a·b. */
  fnma(a: Vector, b: Vector | number, c: Vector | number): Vector {
    return this.code.fnma(a, this.#vector(b), this.#vector(c));
  }
  /** The polynomial with these coefficients, by ascending power. */
  polynomial(x: Vector, coefficients: readonly number[]): Vector {
    const last = coefficients.length - 1;
    let sum = this.k(coefficients[last] as number);
    for (let i = last - 1; i >= 0; i--) sum = this.fma(sum, x, coefficients[i] as number);
    return sum;
  }
  /** The smaller of x and a number; NaN where x is. */
  atMost(x: Vector, bound: number): Vector {
    return this.#op(`${this.#float}.pmin`, x, this.k(bound));
  }
  atLeast(x: Vector, bound: number): Vector {
    return this.#op(`${this.#float}.pmax`, x, this.k(bound));
  }
  /** The larger and the smaller of two vectors; NaN where either is. */
  max(a: Vector, b: Vector): Vector {
    return this.#op(`${this.#float}.max`, a, b);
  }
  min(a: Vector, b: Vector): Vector {
    return this.#op(`${this.#float}.min`, a, b);
  }
  rounded(how: "floor" | "ceil" | "trunc" | "nearest", x: Vector): Vector {
    return this.#op(`${this.#float}.${how}`, x);
  }

  // --- bits -----------------------------------------------------------------------------------------------------------------------

  bits(value: number | bigint): Vector {
    return this.code.bits(this.dtype, value);
  }
  get signBit(): Vector {
    return this.dtype === "float32" ? this.bits(-(2 ** 31)) : this.bits(-(2n ** 63n));
  }
  abs(x: Vector): Vector {
    return this.and(x, this.dtype === "float32" ? this.bits(0x7fffffff) : this.bits(2n ** 63n - 1n));
  }
  neg(x: Vector): Vector {
    return this.xor(x, this.signBit);
  }
  /** x's sign bit alone. */
  signOf(x: Vector): Vector {
    return this.and(x, this.signBit);
  }
  and(a: Vector, b: Vector): Vector {
    return this.#op("v128.and", a, b);
  }
  or(a: Vector, b: Vector): Vector {
    return this.#op("v128.or", a, b);
  }
  xor(a: Vector, b: Vector): Vector {
    return this.#op("v128.xor", a, b);
  }
  /** Integer arithmetic on the bits. */
  addBits(a: Vector, b: Vector | number | bigint): Vector {
    return this.#op(`${this.#int}.add`, a, typeof b === "object" ? b : this.bits(b));
  }
  subBits(a: Vector, b: Vector | number | bigint): Vector {
    return this.#op(`${this.#int}.sub`, a, typeof b === "object" ? b : this.bits(b));
  }
  shift(direction: "shl" | "shr_s" | "shr_u", x: Vector, count: number): Vector {
    return this.code.shift(`${this.#int}.${direction}`, x, count);
  }

  // --- masks ----------------------------------------------------------------------------------------------------------------------

  compare(how: "eq" | "ne" | "lt" | "le" | "gt" | "ge", a: Vector, b: Vector | number): Vector {
    return this.code.op(`${this.#float}.${how}`, "bool", a, this.#vector(b));
  }
  compareBits(how: "eq" | "ne" | "lt_s" | "gt_s", a: Vector, b: Vector | number | bigint): Vector {
    return this.code.op(`${this.#int}.${how}`, "bool", a, typeof b === "object" ? b : this.bits(b));
  }
  both(a: Vector, b: Vector): Vector {
    return this.code.op("v128.and", "bool", a, b);
  }
  either(a: Vector, b: Vector): Vector {
    return this.code.op("v128.or", "bool", a, b);
  }
  not(a: Vector): Vector {
    return this.code.op("v128.not", "bool", a);
  }
  select(condition: Vector, yes: Vector | number, no: Vector | number): Vector {
    return this.code.select(condition, this.#vector(yes), this.#vector(no));
  }
  /** x where the mask holds, elsewhere 0. */
  keep(condition: Vector, x: Vector): Vector {
    return this.and(x, this.code.as(condition, this.dtype));
  }
  /** All bits set, a NaN, where the mask holds. */
  invalid(condition: Vector, x: Vector): Vector {
    return this.or(x, this.code.as(condition, this.dtype));
  }

  /** 1.5·2^23 or 1.5·2^52: adding it rounds to the nearest integer, which then stands in the low bits. */
  get magic(): number {
    return this.dtype === "float32" ? 12582912 : 6755399441055744;
  }
  get fractionBits(): number {
    return this.dtype === "float32" ? 23 : 52;
  }
  /** 2^n, for n in the low bits of `magic + n`. */
  powerOfTwo(shifted: Vector): Vector {
    return this.addBits(this.shift("shl", shifted, this.fractionBits), this.dtype === "float32" ? 0x3f800000 : 0x3ff0000000000000n);
  }
}
