/** Arithmetic: sub, mul, div, neg and the zero-safe product that derivative rules with poles use. */
import { type TransposeRule, Unknown } from "../core/primitive.ts";
import { bilinearJvp, type Partial } from "../core/rules.ts";
import type { Params } from "../core/program.ts";
import { isFloat } from "../core/dtype.ts";
import type { Value } from "../core/tensor.ts";
import { add, elementwise, type ElementwiseOp, transposeEach } from "./elementwise.ts";

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
function transposeProduct(product: (x: Value, y: Value) => Value): TransposeRule<Params> {
  return ([ct], [x, y]) => {
    if (ct === null || ct === undefined) return [null, null];
    if (x instanceof Unknown) return [product(ct, y as Value), null];
    return [null, product(x as Value, ct)];
  };
}

export const mul: ElementwiseOp = elementwise("mul", {
  arity: 2,
  domain: "numeric",
  instruction: (dtype) => (isFloat(dtype) ? "mul" : dtype === "int32" ? "mulInt32" : "mulUint32"),
  jvp: bilinearJvp((x, y) => add(x, y)),
  transpose: transposeProduct((x, y) => mul(x, y)),
  commutative: true,
});

/**
 * t · d, and 0 wherever t is 0 even if d is infinite or NaN. A derivative with a pole enters through it, so that a branch nobody took
 * (its tangent or cotangent is 0) contributes 0 and not 0 · ∞. Bilinear as a formal rule.
 */
export const scaleSafe: ElementwiseOp = elementwise("scaleSafe", {
  arity: 2,
  domain: "floating",
  instruction: "scaleSafe",
  jvp: bilinearJvp((x, y) => add(x, y)),
  transpose: ([ct], [t, d]) => {
    if (ct === null || ct === undefined) return [null, null];
    if (t instanceof Unknown) return [scaleSafe(ct, d as Value), null];
    return [null, scaleSafe(t as Value, ct)];
  },
});

/** t / d, and 0 wherever t is 0 even if d is 0: the quotient that belongs to `scaleSafe`. Linear in t. */
export const divSafe: ElementwiseOp = elementwise("divSafe", {
  arity: 2,
  domain: "floating",
  instruction: "divSafe",
  jvp: quotientPartials((t, d) => divSafe(t, d)),
  transpose: transposeNumerator((t, d) => divSafe(t, d)),
});

/** x / y. On integers it truncates toward zero; division by integer zero gives -1 (all bits set), as XLA defines. */
export const div: ElementwiseOp = elementwise("div", {
  arity: 2,
  domain: "numeric",
  instruction: (dtype) => (isFloat(dtype) ? "div" : dtype === "int32" ? "divInt32" : "divUint32"),
  jvp: quotientPartials((t, d) => divSafe(t, d)),
  transpose: transposeNumerator((t, d) => divSafe(t, d)),
});

/** d(x/y) = dx / y - dy · (x/y) / y */
function quotientPartials(quotient: (t: Value, d: Value) => Value): readonly Partial<Params>[] {
  return [(t, [, y]) => quotient(t, y as Value), (t, [, y], result) => neg(scaleSafe(t, div(result, y as Value)))];
}

function transposeNumerator(quotient: (t: Value, d: Value) => Value): TransposeRule<Params> {
  return ([ct], [x, y]) => [x instanceof Unknown && ct ? quotient(ct, y as Value) : null, null];
}
