/** Exponentials, logarithms and roots, elementwise. Floats keep their dtype; integers and bool become floats. */
import * as op from "../ops/exponential.ts";
import { type BinaryFunction, binaryFunction, floating, type UnaryFunction, unaryFunction } from "./operand.ts";

/** eˣ. @example exp([0, 1]) // → [1, 2.7182817] */
export const exp: UnaryFunction = unaryFunction("exp", op.exp, floating);
/** 2ˣ. @example exp2([0, 3]) // → [1, 8] */
export const exp2: UnaryFunction = unaryFunction("exp2", op.exp2, floating);
/** eˣ - 1, accurate near 0. @example expm1(1e-10) // → 1e-10 */
export const expm1: UnaryFunction = unaryFunction("expm1", op.expm1, floating);
/** The natural logarithm; -Infinity at 0, NaN below. @example log([1, 0]) // → [0, -Infinity] */
export const log: UnaryFunction = unaryFunction("log", op.log, floating);
/** The logarithm to base 2. @example log2([1, 8]) // → [0, 3] */
export const log2: UnaryFunction = unaryFunction("log2", op.log2, floating);
/** The logarithm to base 10. @example log10([1, 100]) // → [0, 2] */
export const log10: UnaryFunction = unaryFunction("log10", op.log10, floating);
/** log(1 + x), accurate near 0. @example log1p(1e-10) // → 1e-10 */
export const log1p: UnaryFunction = unaryFunction("log1p", op.log1p, floating);
/** log(eˣ + eʸ) without overflow; finite derivatives even where both are -Infinity. @example logaddexp(1000, 1000) // → 1000.6932 */
export const logaddexp: BinaryFunction = binaryFunction("logaddexp", op.logAddExp, { floating: true });

/** √x; NaN below 0. @example sqrt([4, 9]) // → [2, 3] */
export const sqrt: UnaryFunction = unaryFunction("sqrt", op.sqrt, floating);
/** 1 / √x. @example rsqrt([4, 16]) // → [0.5, 0.25] */
export const rsqrt: UnaryFunction = unaryFunction("rsqrt", op.rsqrt, floating);
/** ∛x, of negative numbers too. @example cbrt([8, -27]) // → [2, -3] */
export const cbrt: UnaryFunction = unaryFunction("cbrt", op.cbrt, floating);
