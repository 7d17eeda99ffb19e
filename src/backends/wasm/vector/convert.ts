/** Conversions between dtypes: saturating from floats to integers, as bits between the integers, x ≠ 0 to bool. */
import type { DType } from "../../../core/dtype.ts";
import type { Vector, VectorCode } from "../registers.ts";
import type { Spelling } from "./arithmetic.ts";
import { constantBytes } from "./constant.ts";

/** Four 32-bit lanes: the low two of each pair of 64-bit registers that hold two. */
const demote = (code: VectorCode, x: Vector): Vector => code.join(code.as(code.op("f32x4.demote_f64x2_zero", "float32", x), "float32"));

/** To a float, from any dtype, or from bool to an integer. */
export function toFloat(code: VectorCode, dtype: DType, x: Vector): Vector {
  if (x.dtype === dtype) return x;
  if (x.dtype === "bool") {
    const wide = dtype === "float64";
    return code.op("v128.and", dtype, code.mask(x, wide), code.same(dtype, constantBytes(dtype, 1)));
  }
  if (dtype === "float64") {
    return code.widen(x, x.dtype === "float32" ? "f64x2.promote_low_f32x4" : x.dtype === "int32" ? "f64x2.convert_low_i32x4_s" : "f64x2.convert_low_i32x4_u", "float64");
  }
  if (dtype === "float32") return x.dtype === "float64" ? demote(code, x) : code.op(x.dtype === "int32" ? "f32x4.convert_i32x4_s" : "f32x4.convert_i32x4_u", "float32", x);
  return code.as(x, dtype);
}

export const copy: Spelling = (code, dtype, x) => toFloat(code, dtype, x);

/** Toward zero, at the ends of the range where it does not fit, 0 for NaN. */
export const toInteger: Spelling = (code, dtype, x) => {
  const sign = dtype === "uint32" ? "u" : "s";
  if (x.dtype === "float64") return code.join(code.op(`i32x4.trunc_sat_f64x2_${sign}_zero`, dtype, x));
  if (x.dtype === "float32") return code.op(`i32x4.trunc_sat_f32x4_${sign}`, dtype, x);
  return toFloat(code, dtype, x);
};

export const wrap: Spelling = (code, dtype, x) => toFloat(code, dtype, x);

export const toBool: Spelling = (code, _dtype, x) => {
  if (x.dtype === "bool") return x;
  if (x.dtype === "float64") return code.op("f64x2.ne", "bool", x, code.constant("float64", 0));
  return code.op(x.dtype === "float32" ? "f32x4.ne" : "i32x4.ne", "bool", x, code.constant(x.dtype, 0));
};
