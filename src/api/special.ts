/** Special functions, elementwise. Floats keep their dtype; integers and bool become floats. */
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../core/shape.ts";
import { splatLike } from "../core/tensor.ts";
import { neg, scaleSafe, sub } from "../ops/arithmetic.ts";
import { less } from "../ops/compare.ts";
import { log, log1p } from "../ops/exponential.ts";
import { select } from "../ops/select.ts";
import * as op from "../ops/special.ts";
import { type BinaryFunction, binaryFunction, expose, floating, type UnaryFunction, unaryFunction } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** 2/√π ∫₀ˣ exp(-t²) dt. @example erf([0, 1]) // → [0, 0.8427008] */
export const erf: UnaryFunction = unaryFunction("erf", op.erf, floating);
/** 1 - erf(x), accurate where that is small. @example erfc([0, 5]) // → [1, 1.5374598e-12] */
export const erfc: UnaryFunction = unaryFunction("erfc", op.erfc, floating);
/** The inverse of erf; ±Infinity at ±1, NaN beyond. @example erfInv([0, 1]) // → [0, Infinity] */
export const erfInv: UnaryFunction = unaryFunction("erfInv", op.erfInv, floating);
/** log |Γ(x)|. @example lgamma(5) // → 3.1780539 */
export const lgamma: UnaryFunction = unaryFunction("lgamma", op.lgamma, floating);
/** ψ(x), the derivative of lgamma. @example digamma(1) // → -0.5772157 */
export const digamma: UnaryFunction = unaryFunction("digamma", op.digamma, floating);

export interface PolygammaFunction {
  (n: number, x: NDArray): NDArray;
  (n: number, x: Operand): Tensor;
}
/** The n-th derivative of digamma at x, for a whole number n ≥ 0; any other n is an ArgumentError. @example polygamma(1, 1) // → 1.644934 */
export const polygamma: PolygammaFunction = publicFunction("polygamma", ["n", "x"], (n: unknown, x: unknown): never => {
  if (!Number.isInteger(n) || (n as number) < 0) throw new ArgumentError(`polygamma: the order is a whole number ≥ 0, got ${describe(n)}`);
  const value = floating(x, "polygamma");
  return expose(op.polygamma(splatLike(value, n as number), value));
});

/** x · log y, and 0 where x = 0 whatever y is. @example xlogy([0, 2], [0, 1]) // → [0, 0] */
export const xlogy: BinaryFunction = binaryFunction("xlogy", (x, y) => scaleSafe(x, log(y)), { floating: true });
/** x · log(1 + y), and 0 where x = 0 whatever y is. @example xlog1py([0, 2], [-1, 0]) // → [0, 0] */
export const xlog1py: BinaryFunction = binaryFunction("xlog1py", (x, y) => scaleSafe(x, log1p(y)), { floating: true });
/** The entropy term -x log x: 0 at 0, -Infinity below. @example entr(0.5) // → 0.3465736 */
export const entr: UnaryFunction = unaryFunction("entr", (x) => select(less(x, 0), Number.NEGATIVE_INFINITY, neg(scaleSafe(x, log(x)))), floating);
/** log(x / (1 - x)), the inverse of sigmoid; its slope is infinite at 0 and 1. @example logit(0.5) // → 0 */
export const logit: UnaryFunction = unaryFunction("logit", (x) => sub(log(x), log1p(neg(x))), floating);
