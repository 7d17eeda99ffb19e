/** What happens to a program before a backend compiles it: passes that keep every result bit for bit. */
import type { Program } from "../core/program.ts";
import { eliminateCommonSubexpressions } from "./cse.ts";
import { eliminateDeadCode } from "./dce.ts";

export function optimize(program: Program): Program {
  return eliminateDeadCode(eliminateCommonSubexpressions(program));
}
