/** The operation `while`: a program that is repeated for as long as another, asked before each turn, says so. */
import { DifferentiationError } from "../errors.ts";
import { definePrimitive, notLinear, type Primitive } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import type { Value } from "../core/tensor.ts";
import { applyWhile, runWhile, type While, whileType } from "./while-apply.ts";
import { batchWhile } from "./while-batch.ts";
import { jvpWhile } from "./while-jvp.ts";
import { pruneWhile } from "./while-prune.ts";

export const whilePrimitive: Primitive = definePrimitive<While>({
  name: "while",
  type: whileType,
  evaluate: (inputs, loop) => runWhile(inputs, loop),
  jvp: jvpWhile,
  transpose: notLinear,
  batch: batchWhile,
  lower: { form: "loop", loop: ({ test, body, constants }) => ({ test, body, constants, state: body.outputs.length, length: 0, reverse: false }) },
  commutative: false,
  effect: "none",
  inner: {
    programs: ({ test, body }) => [test, body],
    withPrograms: (loop, [test, body]) => ({ ...loop, test: test as Program, body: body as Program }),
    prune: pruneWhile,
    partition: () => {
      throw new DifferentiationError("reverse mode through a loop with a test");
    },
  },
});

/** Repeats `body` on the state for as long as `test` holds; both take (constants…, state…). `slots`: how many states reverse mode keeps, 0 for its default. */
export function whileOf(test: Program, body: Program, constants: readonly Value[], state: readonly Value[], slots = 0): Value[] {
  return applyWhile(whilePrimitive, { test, body, slots }, constants, state);
}
