/** What the WebAssembly backend makes of a program, as text for people. Nothing of it takes the memory that running the program would. */
import type { Program } from "../../core/program.ts";
import { lowerProgram } from "../../kernel/lower.ts";
import { printKernels } from "../../kernel/print.ts";
import { printPlan } from "../../kernel/print-plan.ts";
import type { Backend, CompileOptions } from "../backend.ts";
import { emit, type Planned, planKernels } from "./compile-program.ts";
import { straightText } from "./straight/straight.ts";

export const forms: NonNullable<Backend["forms"]> = {
  kernels: (program, options) => printKernels(planned(program, options).kernels),
  memory: (program, options) => {
    const { kernels, plan } = planned(program, options);
    return printPlan(kernels, plan);
  },
  wat,
};

function planned(program: Program, options?: CompileOptions): Planned {
  return planKernels(lowerProgram(program), options);
}

/** The module that runs: straight-line code for a small program, else all kernels and their sequence. */
function wat(program: Program, options?: CompileOptions): string {
  const straight = straightText(program);
  if (straight !== undefined) return straight;
  const { kernels, plan } = planned(program, options);
  return emit(kernels, plan, false).emission.module.toText();
}
