/**
 * Forward mode of a loop with a test: one loop whose state carries tangents beside the values, which do not take part in the test. A part of
 * the state has a tangent where it begins with one or some turn gives it one, which is found by trying until nothing is added.
 */
import type { JvpRule } from "../core/primitive.ts";
import { type Program, Variable } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { at, splatLike } from "../core/tensor.ts";
import { jvpProgram, tangentType } from "../transform/jvp.ts";
import { applyWhile, type While, withInputs } from "./while-apply.ts";

export const jvpWhile: JvpRule<While> = (primals, tangents, loop, primitive) => {
  const { test, constants, slots } = loop;
  const { body, moving } = jvpBody(loop.body, constants, tangents.map((t) => t !== null));
  const fixed = tangents.slice(0, constants).filter((t) => t !== null);
  const state = primals.slice(constants);
  const begins = state.flatMap((x, i) => (moving[i] ? [instantiate(at(tangents, constants + i), x)] : []));
  const blank = (values: readonly { readonly type: Variable["type"] }[]): Variable[] => values.map((v) => new Variable(v.type));
  const asked = withInputs(test, [...test.inputs.slice(0, constants), ...blank(fixed), ...test.inputs.slice(constants), ...blank(begins)]);
  const out = applyWhile(primitive, { test: asked, body, slots }, [...primals.slice(0, constants), ...fixed], [...state, ...begins]);
  let next = state.length;
  return { outputs: out.slice(0, next), tangents: state.map((_, i) => (moving[i] ? at(out, next++) : null)) };
};

/**
 * The body that pushes tangents forward too: (constants…, their tangents…, state…, its tangents…) → (state…, its tangents…). `active`
 * says which constants and parts of the state begin with a tangent, `moving` which parts of the state have one then.
 */
export function jvpBody(body: Program, constants: number, active: readonly boolean[]): { readonly body: Program; readonly moving: readonly boolean[] } {
  const fixed = active.slice(0, constants);
  let moving = active.slice(constants);
  for (;;) {
    const { program, activeOutputs } = jvpProgram(body, [...fixed, ...moving]);
    const union = moving.map((on, i) => on || activeOutputs[i] === true);
    if (union.some((on, i) => on !== moving[i])) {
      moving = union;
      continue;
    }
    const [primals, tangents] = [program.inputs.slice(0, active.length), program.inputs.slice(active.length)];
    const first = fixed.filter(Boolean).length;
    let next = moving.length;
    const pushed = activeOutputs.map((on, i) => (on ? at(program.outputs, next++) : splatLike({ type: tangentType(at(body.outputs, i).type) }, 0)));
    return {
      moving,
      body: {
        inputs: [...primals.slice(0, constants), ...tangents.slice(0, first), ...primals.slice(constants), ...tangents.slice(first)],
        equations: program.equations,
        outputs: [...program.outputs.slice(0, moving.length), ...pushed.filter((_, i) => moving[i])],
      },
    };
  }
}
