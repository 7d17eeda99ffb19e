/** Two identities: `stopGradient`, through which no derivative passes, and `copy`. */
import { ConcreteArray } from "../core/concrete.ts";
import { notLinear, type Primitive } from "../core/primitive.ts";
import type { Value } from "../core/tensor.ts";
import { elementwise, type ElementwiseOp, transposeEach } from "./elementwise.ts";

const stop: ElementwiseOp = elementwise("stopGradient", { arity: 1, domain: "any", instruction: "copy", jvp: "zero", transpose: notLinear });

/** x as a constant of every derivative. Of a concrete array, which is one already, x itself. */
export function stopGradient(x: Value): Value {
  return x instanceof ConcreteArray ? x : stop(x);
}

/** x again. */
export const copy: ElementwiseOp = elementwise("copy", { arity: 1, domain: "any", instruction: "copy", jvp: "linear", transpose: transposeEach([(ct) => copy(ct)]) });

export const controlPrimitives: readonly Primitive[] = [stop.primitive, copy.primitive];
