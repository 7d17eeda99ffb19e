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

const deadCode: Pass = { name: "dead code", run: eliminateDeadCode };
const commonSubexpressions: Pass = { name: "common subexpressions", run: eliminateCommonSubexpressions };
const simplification: Pass = { name: "simplification", run: simplify };
const sumsOfParts: Pass = { name: "sums of parts", run: mergeSums };

export function optimize(program: Program): Program {
  return runPasses(program, (_pass, result) => result);
}

/** Runs the passes; `after` sees, and may check, the program that each leaves. */
export function runPasses(program: Program, after: (pass: Pass, result: Program) => Program): Program {
  const run = (pass: Pass, before: Program): Program => {
    const result = pass.run(before);
    return result === before ? before : after(pass, result);
  };
  const clean = run(commonSubexpressions, run(deadCode, program));
  const simplified = run(simplification, clean);
  const summed = run(sumsOfParts, simplified === clean ? clean : run(deadCode, simplified));
  return summed === clean ? clean : run(deadCode, run(commonSubexpressions, summed));
}
