/** What a scalar instruction costs, in multiples of an addition: for deciding whether to compute a value again or to keep it, and how to share out work. */
import type { ScalarInstruction } from "./scalar.ts";

const costs: Partial<Record<ScalarInstruction, number>> = {
  div: 4, divInt32: 8, divUint32: 8, divSafe: 5, scaleSafe: 2, mulSafe: 3, remainder: 20, remainderInteger: 10, sqrt: 5, rsqrt: 8,
  exp: 12, exp2: 12, expm1: 20, log: 12, log2: 14, log10: 14, log1p: 20, logAddExp: 30, logistic: 16, cbrt: 20, pow: 40, integerPow: 10, integerPowInt32: 10, integerPowUint32: 10,
  sin: 10, cos: 10, tan: 20, asin: 16, acos: 16, atan: 16, atan2: 24, sinh: 24, cosh: 24, tanh: 12, asinh: 24, acosh: 24, atanh: 24,
  erf: 24, erfc: 30, erfInv: 40, lgamma: 100, digamma: 100, polygamma: 400, nextAfter32: 4, nextAfter64: 6, populationCount: 4, countLeadingZeros: 4,
};

export function costOf(instruction: ScalarInstruction): number {
  return costs[instruction] ?? 1;
}
