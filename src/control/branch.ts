/**
 * The operation `switch`: one of several programs, chosen by an index when the program runs. All of them take the same operands and give
 * results of the same types; only the one that is chosen runs.
 */
import type { ConcreteArray } from "../core/concrete.ts";
import { definePrimitive, type Primitive } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import type { Value } from "../core/tensor.ts";
import { applySwitch, type Branches, nearest, switchType } from "./branch-apply.ts";
import { batchBranch } from "./branch-batch.ts";
import { jvpBranch, partitionBranch, pruneBranch, transposeBranch } from "./branch-derivative.ts";
import { run } from "./run.ts";

export const switchPrimitive: Primitive = definePrimitive<Branches>({
  name: "switch",
  type: switchType,
  evaluate: ([index, ...operands], { branches }) => run(nearest((index as ConcreteArray).elements[0] as number, branches), operands),
  jvp: jvpBranch,
  transpose: transposeBranch,
  batch: batchBranch,
  lower: { form: "branch", branches: ({ branches }) => branches },
  commutative: false,
  effect: "none",
  inner: {
    programs: ({ branches }) => branches,
    withPrograms: (_params, branches) => ({ branches }),
    prune: pruneBranch,
    partition: partitionBranch,
  },
});

/** The results of the branch that the int32 `index` counts to, from 0; one that is out of range counts as the nearest. */
export function switchOf(index: Value, branches: readonly Program[], operands: readonly Value[]): Value[] {
  return applySwitch(switchPrimitive, index, branches, operands);
}
