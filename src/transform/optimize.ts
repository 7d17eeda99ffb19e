/** What happens to a program before a backend compiles it. docs/optimizer.md says what may change by it. */
import type { Program } from "../core/program.ts";
import { eliminateCommonSubexpressions } from "./cse.ts";
import { eliminateDeadCode } from "./dce.ts";
import { simplify } from "./optimize/simplify.ts";
import { mergeSums } from "./optimize/sums.ts";

export interface Pass {
  readonly name: string;
  /** A pass that finds nothing to do returns the program itself. */
  readonly run: (program: Program) => Program;
}

const tidy: readonly Pass[] = [
  { name: "common subexpressions", run: eliminateCommonSubexpressions },
  { name: "dead code", run: eliminateDeadCode },
];

/** The passes in their order. A stage whose first pass changes nothing is over. */
export const stages: readonly (readonly Pass[])[] = [
  [{ name: "dead code", run: eliminateDeadCode }],
  [{ name: "common subexpressions", run: eliminateCommonSubexpressions }],
  [{ name: "simplification", run: simplify }, ...tidy],
  [{ name: "sums of parts", run: mergeSums }, { name: "simplification", run: simplify }, ...tidy],
];

export function optimize(program: Program): Program {
  return runPasses(program, (_pass, result) => result);
}

/** Runs the passes; `after` sees, and may check, the program that each leaves. */
export function runPasses(program: Program, after: (pass: Pass, result: Program) => Program): Program {
  let current = program;
  for (const [first, ...rest] of stages) {
    if (first === undefined) continue;
    const changed = first.run(current);
    if (changed === current) continue;
    current = after(first, changed);
    for (const pass of rest) current = after(pass, pass.run(current));
  }
  return current;
}
