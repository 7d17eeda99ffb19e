/** Exponentials, logarithms and roots. */
import { notLinear, type Primitive } from "../core/primitive.ts";
import type { Value } from "../core/tensor.ts";
import { div, mul, scaleSafe, sub } from "./arithmetic.ts";
import { equal, notEqual } from "./compare.ts";
import { add, elementwise, type ElementwiseOp } from "./elementwise.ts";
import { select } from "./select.ts";
import { withInverseSlope, withSlope } from "./smooth.ts";

export const exp: ElementwiseOp = withSlope("exp", (_x, y) => y);
/** 2ˣ */
export const exp2: ElementwiseOp = withSlope("exp2", (_x, y) => mul(y, Math.LN2));
/** eˣ - 1, accurate near 0. */
export const expm1: ElementwiseOp = withSlope("expm1", (_x, y) => add(y, 1));

export const log: ElementwiseOp = withInverseSlope("log", (x) => x);
export const log2: ElementwiseOp = withInverseSlope("log2", (x) => mul(x, Math.LN2));
export const log10: ElementwiseOp = withInverseSlope("log10", (x) => mul(x, Math.LN10));
/** log(1 + x), accurate near 0. */
export const log1p: ElementwiseOp = withInverseSlope("log1p", (x) => add(x, 1));

export const sqrt: ElementwiseOp = withInverseSlope("sqrt", (_x, y) => mul(y, 2));
/** (x^-½)' = -½ x^-½ / x */
export const rsqrt: ElementwiseOp = withSlope("rsqrt", (x, y) => mul(div(y, x), -0.5));
export const cbrt: ElementwiseOp = withInverseSlope("cbrt", (_x, y) => mul(mul(y, y), 3));

/** σ(x) = 1 / (1 + e^-x) */
export const logistic: ElementwiseOp = withSlope("logistic", (_x, y) => mul(y, sub(1, y)));

/** How log(eˣ + eʸ) moves with x: σ(x - y), and one half where both are the same infinity. */
function weight(x: Value, y: Value): Value {
  const difference = sub(x, y);
  const sameInfinity = select(equal(x, y), 0, difference);
  return logistic(select(notEqual(difference, difference), sameInfinity, difference));
}

/** log(eˣ + eʸ) without overflow. */
export const logAddExp: ElementwiseOp = elementwise("logAddExp", {
  arity: 2,
  domain: "floating",
  instruction: "logAddExp",
  jvp: [(t, [x, y]) => scaleSafe(t, weight(x as Value, y as Value)), (t, [x, y]) => scaleSafe(t, weight(y as Value, x as Value))],
  transpose: notLinear,
  commutative: true,
});

export const exponentialPrimitives: readonly Primitive[] = [
  exp, exp2, expm1, log, log2, log10, log1p, sqrt, rsqrt, cbrt, logistic, logAddExp,
].map((op) => op.primitive);
