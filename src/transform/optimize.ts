/** What happens to a program before a backend compiles it. docs/optimizer.md says what may change by it. */
import type { Program } from "../core/program.ts";
import { eliminateCommonSubexpressions } from "./cse.ts";
import { eliminateDeadCode } from "./dce.ts";
import { inlineCalls, mapInner } from "./inline.ts";
import { constantsInside } from "./optimize/constants-inside.ts";
import { hoistInvariants } from "./optimize/invariants.ts";
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
const loopInvariants: Pass = { name: "loop invariants", run: hoistInvariants };
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
  /** A pass that applies `passes` to the programs inside, to each once. */
  const inside = (name: string, passes: (program: Program) => Program): Pass => {
    const done = new Map<Program, Program>();
    const once = (inner: Program): Program => {
      let result = done.get(inner);
      if (result === undefined) done.set(inner, (result = passes(inner))).set(result, result);
      return result;
    };
    return { name, run: (outer) => mapInner(outer, once) };
  };
  const clean = (program: Program): Program => {
    const inner = run(programsInside, run(constantOperands, run(deadCode, program)));
    const moved = run(loopInvariants, inner);
    return run(commonSubexpressions, moved === inner ? inner : run(deadCode, moved));
  };
  const passes = (program: Program): Program => {
    const before = clean(program);
    const simplified = run(simplification, before);
    const summed = run(sumsOfParts, simplified === before ? before : run(deadCode, simplified));
    return summed === before ? before : run(deadCode, run(commonSubexpressions, summed));
  };
  const programsInside = inside("programs inside", passes);
  // behind the late calls nothing that is equal may be merged: what is computed a second time has its reason
  const finish = (program: Program): Program => run(deadCode, run(simplification, run(finishInside, program)));
  const finishInside = inside("programs inside, with their calls", finish);

  const done = passes(run(earlyCalls, program));
  const written = run(lateCalls, done);
  return written === done ? done : finish(written);
}
