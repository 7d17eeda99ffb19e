/** What the WebAssembly backend makes of a program, as text for people. */
import type { Program } from "../../core/program.ts";
import { lowerProgram } from "../../kernel/lower.ts";
import { printKernels } from "../../kernel/print.ts";
import { updatesLast } from "../../kernel/order.ts";
import { printPlan } from "../../kernel/print-plan.ts";
import type { Backend, CompileOptions } from "../backend.ts";
import { compileProgram } from "./compile-program.ts";
import { straightText } from "./straight/straight.ts";

export const forms: NonNullable<Backend["forms"]> = {
  kernels: (program, { donate = [] } = {}) => printKernels(updatesLast(lowerProgram(program), donate)),
  memory: (program, options) => {
    const { kernels, plan } = compileProgram(program, options).parts;
    return printPlan(kernels, plan);
  },
  wat,
};

/** The module that runs: straight-line code for a small program, else all kernels and their sequence. */
function wat(program: Program, options?: CompileOptions): string {
  return straightText(program) ?? compileProgram(program, options).parts.emission.module.toText();
}
