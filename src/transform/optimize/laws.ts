/** What holds for single scalar instructions, for every operand, bit for bit: the numbers that change nothing, and applying twice. */
import type { DType } from "../../core/dtype.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";

type Number = (dtype: DType) => number;
type Table<T> = Partial<Record<ScalarInstruction, T>>;

const constant = (n: number): Number => () => n;
const ones: Number = (dtype) => (dtype === "bool" ? 1 : dtype === "uint32" ? 2 ** 32 - 1 : -1);
/** x + (-0) is x for every float; x + 0 is not: it loses the sign of -0. */
const nothing: Number = (dtype) => (dtype === "float32" || dtype === "float64" ? -0 : 0);

/** The number that leaves the other operand as it is, on the left and on the right. */
export const neutral: { readonly left: Table<Number>; readonly right: Table<Number> } = {
  left: {
    add: nothing, mul: constant(1), mulInt32: constant(1), mulUint32: constant(1), scaleSafe: constant(1), mulSafe: constant(1), and: ones, or: constant(0), xor: constant(0),
  },
  right: {
    add: nothing, sub: constant(0), mul: constant(1), mulInt32: constant(1), mulUint32: constant(1), scaleSafe: constant(1), mulSafe: constant(1),
    div: constant(1), divInt32: constant(1), divUint32: constant(1), divSafe: constant(1),
    pow: constant(1), integerPow: constant(1), integerPowInt32: constant(1), integerPowUint32: constant(1),
    and: ones, or: constant(0), xor: constant(0),
    shiftLeftInt32: constant(0), shiftLeftUint32: constant(0), shiftRightArithmeticInt32: constant(0), shiftRightArithmeticUint32: constant(0),
    shiftRightLogicalInt32: constant(0), shiftRightLogicalUint32: constant(0),
  },
};

/** The number that decides the result alone, on either side. A float zero does not: 0 · NaN is NaN. */
export const absorbing: Table<Number> = { mulInt32: constant(0), mulUint32: constant(0), and: constant(0), or: ones };

/** f(x, x) = x */
export const idempotent: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>(["max", "min", "and", "or"]);
/** f(f(x)) = x */
export const involution: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>(["neg", "not", "notBool"]);
/** f(f(x)) = f(x) */
export const projection: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>(["abs", "sign", "floor", "ceil", "trunc", "round"]);
/** Instructions that convert between dtypes. */
export const conversions: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>(["copy", "toInt32", "toUint32", "wrapInt32", "wrapUint32", "toBool"]);

/** Whether every number of one dtype is a number of the other. */
export function isLossless(from: DType, to: DType): boolean {
  return from === to || from === "bool" || (to === "float64" && from !== "float64");
}

/** Whether it is a power of two that the dtype has with full precision, as it has its reciprocal. */
export function isPowerOfTwo(x: number, dtype: DType): boolean {
  const exponent = Math.log2(Math.abs(x));
  return Number.isInteger(exponent) && 2 ** exponent === Math.abs(x) && Math.abs(exponent) <= (dtype === "float32" ? 126 : 1022);
}
