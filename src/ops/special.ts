/** The error function, the logarithm of the gamma function, and their kin. */
import { DifferentiationError } from "../errors.ts";
import { notLinear, type Primitive } from "../core/primitive.ts";
import { partialsJvp } from "../core/rules.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import { mul, neg, scaleSafe } from "./arithmetic.ts";
import { add, elementwise, type ElementwiseOp } from "./elementwise.ts";
import { exp } from "./exponential.ts";
import { withSlope } from "./smooth.ts";

/** erf' = 2/√π exp(-x²) */
const bell = (x: Value): Value => mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI));

/** 2/√π ∫₀ˣ exp(-t²) dt */
export const erf: ElementwiseOp = withSlope("erf", (x) => bell(x));
/** 1 - erf, accurate where that is small. */
export const erfc: ElementwiseOp = withSlope("erfc", (x) => neg(bell(x)));
/** The inverse of erf. (erf⁻¹)' = √π/2 exp(y²) */
export const erfInv: ElementwiseOp = withSlope("erfInv", (_x, y) => mul(exp(mul(y, y)), Math.sqrt(Math.PI) / 2));
/** log |Γ(x)| */
export const lgamma: ElementwiseOp = withSlope("lgamma", (x) => digamma(x));
/** ψ = (log Γ)' */
export const digamma: ElementwiseOp = withSlope("digamma", (x) => polygamma(splatLike(x, 1), x));

/** The n-th derivative of ψ at x; n is a whole number ≥ 0, of the dtype of x. */
export const polygamma: ElementwiseOp = elementwise("polygamma", {
  arity: 2,
  domain: "floating",
  instruction: "polygamma",
  jvp: partialsJvp([
    () => {
      throw new DifferentiationError("polygamma has no derivative in its order n", { hint: "n counts derivatives: pass a whole number, or stopGradient(n)" });
    },
    (t, [n, x]) => scaleSafe(t, polygamma(add(n as Value, 1), x as Value)),
  ], (x, y) => add(x, y)),
  transpose: notLinear,
});

export const specialPrimitives: readonly Primitive[] = [erf, erfc, erfInv, lgamma, digamma, polygamma].map((op) => op.primitive);
