/** A value that waits for others: what a checkpoint lowers to, so that recomputation begins when its results are needed, not when its operands are there. */
import { definePrimitive, noPrograms, notDifferentiable, notLinear, type Primitive } from "../core/primitive.ts";
import { noParams } from "../core/program.ts";
import { at, bind, type Value } from "../core/tensor.ts";

/** It stands in programs that are about to be compiled, which nobody differentiates. */
const primitive: Primitive = definePrimitive({
  name: "barrier",
  type: ([value]) => (value === undefined ? [] : [value]),
  evaluate: ([value]) => (value === undefined ? [] : [value]),
  jvp: notDifferentiable,
  transpose: notLinear,
  batch: (_size, inputs, axes, params) => ({ outputs: bind(primitive, inputs, params), axes: [axes[0] ?? null] }),
  lower: { form: "barrier" },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** `value`, from which nothing is computed before the others are there. */
export function barrier(value: Value, others: readonly Value[]): Value {
  return others.length === 0 ? value : at(bind(primitive, [value, ...others], noParams), 0);
}
