/** What happens to a program before a backend compiles it. docs/optimizer.md says what may change by it. */
import type { Program } from "../core/program.ts";
import { eliminateCommonSubexpressions } from "./cse.ts";
import { eliminateDeadCode } from "./dce.ts";
import { inlineCalls, mapInner } from "./inline.ts";
import { constantsInside } from "./optimize/constants-inside.ts";
import { simplify } from "./optimize/simplify.ts";
import { mergeSums } from "./optimize/sums.ts";

export interface Pass {
  readonly name: string;
  /** A pass that finds nothing to do returns the program itself. */
  readonly run: (program: Program) => Program;
}

const earlyCalls: Pass = { name: "early calls", run: (program) => inlineCalls(program, "early") };
const lateCalls: Pass = { name: "late calls", run: (program) => inlineCalls(program, "late") };
const deadCode: Pass = { name: "dead code", run: eliminateDeadCode };
const constantOperands: Pass = { name: "constants inside", run: constantsInside };
const commonSubexpressions: Pass = { name: "common subexpressions", run: eliminateCommonSubexpressions };
const simplification: Pass = { name: "simplification", run: simplify };
const sumsOfParts: Pass = { name: "sums of parts", run: mergeSums };

export function optimize(program: Program): Program {
  return runPasses(program, (_pass, result) => result);
}

/** Runs the passes; `after` sees, and may check, the program that each leaves. Programs inside are optimised once, before the one around them. */
export function runPasses(program: Program, after: (pass: Pass, result: Program) => Program): Program {
  const run = (pass: Pass, before: Program): Program => {
    const result = pass.run(before);
    return result === before ? before : after(pass, result);
  };
  const optimized = new Map<Program, Program>();
  const programsInside: Pass = {
    name: "programs inside",
    run: (outer) =>
      mapInner(outer, (inner) => {
        const known = optimized.get(inner);
        if (known !== undefined) return known;
        const result = passes(inner);
        optimized.set(inner, result).set(result, result);
        return result;
      }),
  };
  const passes = (whole: Program): Program => {
    const clean = run(commonSubexpressions, run(programsInside, run(constantOperands, run(deadCode, whole))));
    const simplified = run(simplification, clean);
    const summed = run(sumsOfParts, simplified === clean ? clean : run(deadCode, simplified));
    return summed === clean ? clean : run(deadCode, run(commonSubexpressions, summed));
  };
  const done = passes(run(earlyCalls, program));
  const written = run(lateCalls, done);
  // from here on nothing that is equal may be merged: what is computed a second time has its reason
  return written === done ? done : run(deadCode, run(simplification, written));
}
