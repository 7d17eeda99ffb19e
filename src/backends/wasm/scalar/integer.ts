/** Conversions, and integer arithmetic where WebAssembly traps or wraps differently from what the instructions mean. */
import { type DType, isFloat } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { type Scalar, type ScalarCode, typeOf } from "./code.ts";

type Spelling = (code: ScalarCode, operands: readonly Scalar[], dtype: DType, instruction: ScalarInstruction) => void;

const first = (operands: readonly Scalar[]): Scalar => operands[0] as Scalar;
const second = (operands: readonly Scalar[]): Scalar => operands[1] as Scalar;
const sign = (dtype: DType): "s" | "u" => (dtype === "int32" ? "s" : "u");

/** From the operand's dtype to that of the result. */
export const convert: Spelling = (code, operands, dtype, instruction) => {
  const x = first(operands);
  const type = typeOf[x.dtype];
  if (instruction === "toBool") return void code.push(x).literal(x.dtype, 0).op(`${type}.ne`);
  if (isFloat(dtype)) {
    code.push(x);
    if (!isFloat(x.dtype)) code.op(`${typeOf[dtype]}.convert_i32_${sign(x.dtype)}`);
    else if (x.dtype !== dtype) code.op(dtype === "float64" ? "f64.promote_f32" : "f32.demote_f64");
    return;
  }
  if (isFloat(x.dtype)) {
    if (instruction === "toInt32" || instruction === "toUint32") return void code.push(x).op(`i32.trunc_sat_${type}_${sign(dtype)}`);
    return code.callHost(instruction, dtype, operands);
  }
  code.push(x);
  // Between the integers: saturated or the same bits.
  if (instruction === "toInt32" && x.dtype === "uint32") code.literal("int32", 0x7fffffff).push(x).literal("int32", 0).op("i32.ge_s").op("select");
  if (instruction === "toUint32" && x.dtype === "int32") code.literal("int32", 0).push(x).literal("int32", 0).op("i32.ge_s").op("select");
};

/** Truncated quotient and remainder; x/0 is all bits set, x%0 is x, the smallest int32 over -1 is itself. */
export const intDivision: Spelling = (code, operands, _dtype, instruction) => {
  const [x, y] = [first(operands), second(operands)];
  const signed = sign(x.dtype);
  const divisor = (): void => {
    code.literal("int32", 1).push(y).push(y).op("i32.eqz");
    if (signed === "s" && instruction === "divInt32") code.push(y).literal("int32", -1).op("i32.eq").op("i32.or");
    code.op("select");
  };
  if (instruction === "remainderInteger") {
    code.push(x).push(x);
    divisor();
    code.op(`i32.rem_${signed}`).push(y).op("i32.eqz").op("select");
    return;
  }
  code.literal("int32", -1);
  if (signed === "s") code.literal("int32", 0).push(x).op("i32.sub");
  code.push(x);
  divisor();
  code.op(`i32.div_${signed}`);
  if (signed === "s") code.push(y).literal("int32", -1).op("i32.eq").op("select");
  code.push(y).op("i32.eqz").op("select");
};

/** -1, 0 or 1; of a float a zero and a NaN stay as they are. */
export const signOf: Spelling = (code, operands) => {
  const x = first(operands);
  if (x.dtype === "int32") return void code.push(x).literal("int32", 0).op("i32.gt_s").push(x).literal("int32", 0).op("i32.lt_s").op("i32.sub");
  if (!isFloat(x.dtype)) return void code.push(x).literal("int32", 0).op("i32.ne");
  const type = typeOf[x.dtype];
  code.literal(x.dtype, 1).literal(x.dtype, -1).push(x).push(x).literal(x.dtype, 0).op(`${type}.lt`).op("select");
  code.push(x).literal(x.dtype, 0).op(`${type}.gt`).op("select");
};

/** 0 where the count is not within 0..31. */
export function shift(opcode: "shl" | "shr_u"): Spelling {
  return (code, operands) => {
    const [x, count] = [first(operands), second(operands)];
    code.push(x).push(count).op(`i32.${opcode}`).literal("int32", 0).push(count).literal("int32", 32).op("i32.lt_u").op("select");
  };
}

/** Fills with the sign bit, also where the count is not within 0..31. */
export const shiftArithmetic: Spelling = (code, operands) => {
  const [x, count] = [first(operands), second(operands)];
  code.push(x).push(count).literal("int32", 31).push(count).literal("int32", 32).op("i32.lt_u").op("select").op("i32.shr_s");
};
