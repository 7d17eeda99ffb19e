/** What happens to a program before a backend compiles it. docs/optimizer.md says what may change by it. */
import type { Program } from "../core/program.ts";
import { eliminateCommonSubexpressions } from "./cse.ts";
import { eliminateDeadCode } from "./dce.ts";
import { simplify } from "./optimize/simplify.ts";

export interface Pass {
  readonly name: string;
  readonly run: (program: Program) => Program;
}

/** The passes in their order, each from program to program. */
export const passes: readonly Pass[] = [
  { name: "dead code", run: eliminateDeadCode },
  { name: "common subexpressions", run: eliminateCommonSubexpressions },
  { name: "simplification", run: simplify },
  { name: "common subexpressions, again", run: eliminateCommonSubexpressions },
  { name: "dead code, again", run: eliminateDeadCode },
];

export function optimize(program: Program): Program {
  return passes.reduce((p, pass) => pass.run(p), program);
}
