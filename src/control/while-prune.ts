/** A loop with a test without the state that nothing needs: neither a result that is asked for, nor the test, nor the turns of such state. */
import type { InnerPrograms } from "../core/primitive.ts";
import { pruneProgram } from "../transform/dce.ts";
import type { While } from "./while-apply.ts";

export const pruneWhile: InnerPrograms<While>["prune"] = (equation, needed) => {
  const { test, body, constants, slots } = equation.params as While;
  const asked = pruneProgram(test, [true]).inputs;
  let state: readonly boolean[] = needed.map((on, i) => on || asked[constants + i] === true);
  for (;;) {
    const { inputs } = pruneProgram(body, state);
    const union = state.map((on, i) => on || inputs[constants + i] === true);
    if (union.some((on, i) => on !== state[i])) {
      state = union;
      continue;
    }
    const keep = inputs.map((on, i) => (i < constants ? on || asked[i] === true : state[i - constants] === true));
    if (keep.every(Boolean)) return equation;
    return {
      ...equation,
      params: { test: pruneProgram(test, [true], keep).program, body: pruneProgram(body, state, keep).program, constants: keep.slice(0, constants).filter(Boolean).length, slots },
      inputs: equation.inputs.filter((_, i) => keep[i]),
      outputs: equation.outputs.filter((_, i) => state[i]),
    };
  }
};
