/** An elementwise operation on operands that only repeat themselves is done once, and its result is repeated. */
import { dataKey } from "../../core/identity.ts";
import type { Equation } from "../../core/program.ts";
import { sizeOf } from "../../core/shape.ts";
import { at, bind, TracedArray, type Value } from "../../core/tensor.ts";
import { ConcreteArray } from "../../core/concrete.ts";
import type { Workspace } from "./workspace.ts";

export function hoistRepetition({ primitive, inputs, params, outputs }: Equation, ws: Workspace): Value | undefined {
  let repetition: Equation | undefined;
  const narrow: (Value | number)[] = [];
  for (const value of inputs.map((a) => ws.value(a))) {
    if (value instanceof ConcreteArray) {
      if (value.splat === undefined) return undefined;
      narrow.push(value);
      continue;
    }
    const definition = ws.definition(value);
    if (definition?.primitive.lower.form !== "view") return undefined;
    const operand = ws.operand(definition, 0);
    if (sizeOf(operand.type.shape) >= sizeOf(value.type.shape)) return undefined;
    if (repetition !== undefined && !isSameView(definition, repetition)) return undefined;
    repetition ??= definition;
    narrow.push(operand);
  }
  if (repetition === undefined) return undefined;
  const { shape } = at(repetition.inputs, 0).type;
  const operands = narrow.map((x) => (x instanceof ConcreteArray ? ConcreteArray.splat({ ...x.type, shape }, x.splat as number) : (x as Value)));
  const once = at(bind(primitive, operands, params), 0);
  const result = at(bind(repetition.primitive, [once], repetition.params), 0);
  const view = ws.views.get(at(repetition.outputs, 0));
  const inner = view?.root instanceof TracedArray && view.root.variable === repetition.inputs[0];
  if (view !== undefined && inner && result instanceof TracedArray && outputs.length === 1) ws.views.set(result.variable, { root: once, sources: view.sources });
  return result;
}

function isSameView(x: Equation, y: Equation): boolean {
  if (x === y) return true;
  const [a, b] = [at(x.inputs, 0).type.shape, at(y.inputs, 0).type.shape];
  return x.primitive === y.primitive && a.length === b.length && a.every((n, i) => n === b[i]) && dataKey(x.params) === dataKey(y.params);
}
