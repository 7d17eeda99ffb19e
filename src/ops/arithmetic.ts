/** Arithmetic: sums, products, quotients, signs, extremes; and the zero-safe product that derivative rules with poles use. */
import { type MaybeZero, notLinear, type Primitive, Unknown } from "../core/primitive.ts";
import { bilinearJvp, known, partialsJvp } from "../core/rules.ts";
import { isFloat } from "../core/dtype.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import { equal, greater } from "./compare.ts";
import { add, elementwise, type ElementwiseOp, transposeEach } from "./elementwise.ts";
import { round } from "./rounding.ts";
import { select } from "./select.ts";

export const neg: ElementwiseOp = elementwise("neg", {
  arity: 1,
  domain: "numeric",
  instruction: "neg",
  jvp: "linear",
  transpose: transposeEach([(ct) => neg(ct)]),
});

export const sub: ElementwiseOp = elementwise("sub", {
  arity: 2,
  domain: "numeric",
  instruction: "sub",
  jvp: [(t) => t, (t) => neg(t)],
  transpose: transposeEach([(ct) => ct, (ct) => neg(ct)]),
});

/** The transpose of a product in its unknown factor: the cotangent times the known one. */
function transposeProduct(cotangents: readonly MaybeZero[], operands: readonly (Value | Unknown)[]): readonly MaybeZero[] {
  const ct = cotangents[0];
  if (ct === null || ct === undefined) return [null, null];
  const [x, y] = operands;
  return x instanceof Unknown ? [mul(ct, known(y, "mul")), null] : [null, mul(x as Value, ct)];
}

export const mul: ElementwiseOp = elementwise("mul", {
  arity: 2,
  domain: "numeric",
  instruction: (dtype) => (isFloat(dtype) ? "mul" : dtype === "int32" ? "mulInt32" : "mulUint32"),
  jvp: [(t, [, y]) => scaleSafe(t, y as Value), (t, [x]) => scaleSafe(t, x as Value)],
  transpose: transposeProduct,
  commutative: true,
  neutral: { left: 1, right: 1 },
});

/**
 * t · d, and 0 wherever t is 0 even if d is infinite or NaN. A derivative with a pole enters through it, so that a branch nobody took
 * (its tangent or cotangent is 0) contributes 0 and not 0 · ∞. Bilinear as a formal rule.
 */
export const scaleSafe: ElementwiseOp = elementwise("scaleSafe", {
  arity: 2,
  domain: "floating",
  instruction: "scaleSafe",
  neutral: { left: 1, right: 1 },
  jvp: bilinearJvp((x, y) => add(x, y)),
  transpose: ([ct], [t, d]) => {
    if (ct === null || ct === undefined) return [null, null];
    if (t instanceof Unknown) return [scaleSafe(ct, known(d, "scaleSafe")), null];
    return [null, mulSafe(t as Value, ct)];
  },
});

/**
 * a · b, and 0 wherever either is 0, whatever the other: what of `scaleSafe` reaches its factor d. There a tangent that is 0 must not meet a
 * cotangent that is infinite, nor the tangent of a branch that nobody took a cotangent of 0. Bilinear as a formal rule.
 */
export const mulSafe: ElementwiseOp = elementwise("mulSafe", {
  arity: 2,
  domain: "floating",
  instruction: "mulSafe",
  neutral: { left: 1, right: 1 },
  jvp: bilinearJvp((x, y) => add(x, y)),
  transpose: ([ct], [a, b]) => {
    if (ct === null || ct === undefined) return [null, null];
    return a instanceof Unknown ? [mulSafe(ct, known(b, "mulSafe")), null] : [null, mulSafe(a as Value, ct)];
  },
  commutative: true,
});

/** t / d, and 0 wherever t is 0 even if d is 0: the quotient that belongs to `scaleSafe`. Linear in t. */
export const divSafe: ElementwiseOp = elementwise("divSafe", {
  arity: 2,
  domain: "floating",
  instruction: "divSafe",
  neutral: { right: 1 },
  // d(x/y) = dx / y - x · (dy / y / y), with the last product 0 where x is: no other factor may spoil a zero
  // that x comes first makes its transpose another operation
  jvp: partialsJvp([(t, [, y]) => divSafe(t, y as Value), (t, [x, y]) => neg(scaleSafe(x as Value, divSafe(divSafe(t, y as Value), y as Value)))], (x, y) => add(x, y)),
  transpose: transposeNumerator,
});

/** x / y. On integers it truncates toward zero; division by integer zero gives -1 (all bits set), as XLA defines. */
export const div: ElementwiseOp = elementwise("div", {
  arity: 2,
  domain: "numeric",
  instruction: (dtype) => (isFloat(dtype) ? "div" : dtype === "int32" ? "divInt32" : "divUint32"),
  // d(x/y) = dx / y - dy · (x/y) / y
  jvp: [(t, [, y]) => divSafe(t, y as Value), (t, [, y], result) => neg(scaleSafe(t, div(result, y as Value)))],
  transpose: transposeNumerator,
  neutral: { right: 1 },
});

/** The transpose of a quotient in its numerator. In its denominator it is not linear. */
function transposeNumerator([ct]: readonly MaybeZero[], [, y]: readonly (Value | Unknown)[]): readonly MaybeZero[] {
  return [ct ? divSafe(ct, known(y, "div")) : null, null];
}

/** -1, 0 or 1; keeps the sign of zero and NaN. */
export const sign: ElementwiseOp = elementwise("sign", { arity: 1, domain: "numeric", instruction: "sign", jvp: "zero", transpose: notLinear });

/** |x|, with slope 0 at 0. */
export const abs: ElementwiseOp = elementwise("abs", {
  arity: 1,
  domain: "numeric",
  instruction: "abs",
  jvp: [(t, [x]) => scaleSafe(t, sign(x as Value))],
  transpose: notLinear,
});

/** How much of an extreme's tangent is that of its operand `mine`: all where it wins, half at a tie. */
function share(wins: (x: Value, y: Value) => Value, mine: Value, other: Value): Value {
  const half = select(equal(mine, other), splatLike(mine, 0.5), 0);
  return select(wins(mine, other), 1, half);
}

function extreme(name: "max" | "min", wins: (x: Value, y: Value) => Value): ElementwiseOp {
  return elementwise(name, {
    arity: 2,
    domain: "any",
    instruction: name,
    jvp: [(t, [x, y]) => mul(t, share(wins, x as Value, y as Value)), (t, [x, y]) => mul(t, share(wins, y as Value, x as Value))],
    transpose: notLinear,
    commutative: true,
  });
}

/** The larger one; NaN if either is NaN. At a tie both operands share the tangent. */
export const max: ElementwiseOp = extreme("max", (x, y) => greater(x, y));
/** The smaller one; NaN if either is NaN. At a tie both operands share the tangent. */
export const min: ElementwiseOp = extreme("min", (x, y) => greater(y, x));

/** x - y · trunc(x / y): the sign of x, exactly, as JavaScript's and C's. x % 0 of integers is x. */
export const remainder: ElementwiseOp = elementwise("remainder", {
  arity: 2,
  domain: "numeric",
  instruction: (dtype) => (isFloat(dtype) ? "remainder" : "remainderInteger"),
  // dr = dx - trunc(x / y) dy; the quotient (x - r) / y is whole but for its rounding.
  jvp: [(t) => t, (t, [x, y], r) => neg(scaleSafe(t, round(div(sub(x as Value, r), y as Value))))],
  transpose: notLinear,
});

/** All but `add` and `convert`, which `elementwise.ts` has. */
export const arithmeticPrimitives: readonly Primitive[] = [neg, sub, mul, scaleSafe, mulSafe, divSafe, div, sign, abs, max, min, remainder].map((op) => op.primitive);
