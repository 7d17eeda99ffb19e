/** Trigonometric and hyperbolic functions and their inverses. */
import { notLinear, type Primitive } from "../core/primitive.ts";
import type { Value } from "../core/tensor.ts";
import { abs, div, max, mul, neg, scaleSafe, sub } from "./arithmetic.ts";
import { equal } from "./compare.ts";
import { stopGradient } from "./control.ts";
import { add, elementwise, type ElementwiseOp } from "./elementwise.ts";
import { rsqrt } from "./exponential.ts";
import { select } from "./select.ts";
import { withInverseSlope, withSlope } from "./smooth.ts";

const onePlusSquare = (x: Value): Value => add(mul(x, x), 1);
/** 1 - x², without cancellation near ±1. */
const oneMinusSquare = (x: Value): Value => mul(sub(1, x), add(x, 1));

export const sin: ElementwiseOp = withSlope("sin", (x) => cos(x));
export const cos: ElementwiseOp = withSlope("cos", (x) => neg(sin(x)));
export const tan: ElementwiseOp = withSlope("tan", (_x, y) => onePlusSquare(y));

export const asin: ElementwiseOp = withSlope("asin", (x) => rsqrt(oneMinusSquare(x)));
export const acos: ElementwiseOp = withSlope("acos", (x) => neg(rsqrt(oneMinusSquare(x))));
export const atan: ElementwiseOp = withInverseSlope("atan", (x) => onePlusSquare(x));

export const sinh: ElementwiseOp = withSlope("sinh", (x) => cosh(x));
export const cosh: ElementwiseOp = withSlope("cosh", (x) => sinh(x));
export const tanh: ElementwiseOp = withSlope("tanh", (_x, y) => oneMinusSquare(y));

export const asinh: ElementwiseOp = withSlope("asinh", (x) => rsqrt(onePlusSquare(x)));
export const acosh: ElementwiseOp = withSlope("acosh", (x) => mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1))));
export const atanh: ElementwiseOp = withInverseSlope("atanh", (x) => oneMinusSquare(x));

/**
 * a / (a² + b²), and 0 where both are 0. Both are first divided by the larger one, m, so that no square over- or underflows; m cancels,
 * so it counts as a constant.
 */
function overSquares(a: Value, b: Value): Value {
  const m = stopGradient(max(abs(a), abs(b)));
  const origin = equal(m, 0);
  const scale = select(origin, 1, m);
  const [u, v] = [div(a, scale), div(b, scale)];
  const squares = select(origin, 1, add(mul(u, u), mul(v, v)));
  return select(origin, 0, div(div(u, squares), scale));
}

/** The angle of the point (x, y), named y first. datan2 = (x dy - y dx) / (x² + y²), taken as 0 at the origin. */
export const atan2: ElementwiseOp = elementwise("atan2", {
  arity: 2,
  domain: "floating",
  instruction: "atan2",
  jvp: [(t, [y, x]) => scaleSafe(t, overSquares(x as Value, y as Value)), (t, [y, x]) => scaleSafe(t, neg(overSquares(y as Value, x as Value)))],
  transpose: notLinear,
});

export const trigonometricPrimitives: readonly Primitive[] = [
  sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, atan2,
].map((op) => op.primitive);
