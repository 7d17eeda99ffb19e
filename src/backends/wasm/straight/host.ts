/** JavaScript's functions behind the instructions that WebAssembly lacks. */
import { meaningOf, type ScalarInstruction } from "../../../core/scalar.ts";

/** Instructions that mean exactly one function of `Math`: engines know that itself and call it without a detour. */
const ofMath = {
  exp: Math.exp, expm1: Math.expm1, log: Math.log, log2: Math.log2, log10: Math.log10, log1p: Math.log1p, cbrt: Math.cbrt,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan, atan2: Math.atan2,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
} satisfies Partial<Record<ScalarInstruction, (...operands: number[]) => number>>;

export function hostFunction(instruction: ScalarInstruction): (...operands: number[]) => number {
  return Object.hasOwn(ofMath, instruction) ? ofMath[instruction as keyof typeof ofMath] : (meaningOf(instruction) as (...operands: number[]) => number);
}
