/** Powers: `pow` of floats, and `integerPow` for whole exponents, which is defined for every base and on integers too. */
import { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import { notLinear, type Primitive } from "../core/primitive.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import { mul, scaleSafe, sub } from "./arithmetic.ts";
import { and } from "./bitwise.ts";
import { equal } from "./compare.ts";
import { elementwise, type ElementwiseOp } from "./elementwise.ts";
import { log } from "./exponential.ts";
import { select } from "./select.ts";

/**
 * d/dx xʸ = y xʸ⁻¹. Where y is 0 the product is 0 by itself, and keeps its own slope 1/x in y; only at x = 0 or ±∞, where xʸ⁻¹ is no number
 * to multiply with, 0 is written.
 */
function slope(power: ElementwiseOp, x: Value, y: Value): Value {
  const exponent = y instanceof ConcreteArray ? y.splat : undefined;
  if (exponent === 0) return splatLike(x, 0);
  if (exponent !== undefined) return mul(y, power(x, sub(y, 1)));
  const written = and(equal(y, 0), equal(x, mul(x, 2))); // x = 2x at 0 and ±∞ alone
  return select(written, 0, mul(y, power(select(written, 1, x), sub(y, 1))));
}

/**
 * xʸ as IEEE 754 has it: NaN for a negative x and an exponent that is not whole.
 * d/dy xʸ = xʸ log x, taken as 0 where x = 0 (its limit for y > 0).
 */
export const pow: ElementwiseOp = elementwise("pow", {
  arity: 2,
  domain: "floating",
  instruction: "pow",
  jvp: [
    (t, [x, y]) => scaleSafe(t, slope(pow, x as Value, y as Value)),
    (t, [x], result) => scaleSafe(t, scaleSafe(result, log(select(equal(x as Value, 0), 1, x as Value)))),
  ],
  transpose: notLinear,
  neutral: { right: 1 },
});

/** xⁿ for whole numbers n of the dtype of x; x⁰ is 1 for every x. Integers wrap. There is no derivative in n. */
export const integerPow: ElementwiseOp = elementwise("integerPow", {
  arity: 2,
  domain: "numeric",
  instruction: (dtype) => (isFloat(dtype) ? "integerPow" : dtype === "int32" ? "integerPowInt32" : "integerPowUint32"),
  jvp: [(t, [x, n]) => scaleSafe(t, slope(integerPow, x as Value, n as Value)), null],
  transpose: notLinear,
  neutral: { right: 1 },
});

export const powerPrimitives: readonly Primitive[] = [pow.primitive, integerPow.primitive];
