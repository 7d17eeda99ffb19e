/** An identity that gives its value a name, by which policies of checkpoints know it. */
import { definePrimitive, noPrograms, type Primitive, Unknown } from "../core/primitive.ts";
import type { Equation } from "../core/program.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";

const primitive: Primitive = definePrimitive<{ readonly name: string }>({
  name: "checkpointName",
  type: ([x]) => [x as TensorType],
  evaluate: (inputs) => inputs,
  // the name is that of the value; its tangent has none
  jvp: (_primals, [t], _params, _primitive, apply) => ({ outputs: apply(), tangents: [t ?? null] }),
  transpose: ([ct], [x]) => [x instanceof Unknown ? (ct ?? null) : null],
  batch: (_size, [x], [axis], { name }) => ({ outputs: [checkpointName(x as Value, name)], axes: [axis ?? null] }),
  lower: { form: "elementwise", instruction: () => "copy" },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

export function checkpointName(x: Value, name: string): Value {
  return at(bind(primitive, [x], { name }), 0);
}

/** The name that the equation gives its operand; undefined where it does something else. */
export function nameOf(equation: Equation): string | undefined {
  return equation.primitive === primitive ? (equation.params["name"] as string) : undefined;
}
