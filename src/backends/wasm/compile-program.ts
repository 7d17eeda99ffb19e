/** From a program to something that runs: kernels, a memory plan, one module. */
import { ConcreteArray } from "../../core/concrete.ts";
import { evaluator } from "../../core/evaluate.ts";
import { outputTypes, type Program } from "../../core/program.ts";
import type { KernelProgram } from "../../kernel/ir.ts";
import { lowerProgram } from "../../kernel/lower.ts";
import { updatesLast } from "../../kernel/order.ts";
import { type MemoryPlan, planMemory } from "../../kernel/plan.ts";
import type { CompileOptions } from "../backend.ts";
import { type Emission, emitProgram } from "./emission.ts";
import { type Made, WasmExecutable } from "./executable.ts";
import { features } from "./features.ts";
import { runtime } from "./runtime.ts";
import { settings } from "./settings.ts";
import type { CompileMode } from "./v8-flags.ts";

/** Bytes up to which inputs are copied to the arena. */
const stagedInput = 2 ** 20;
/** Bytes of code above which the engine compiles as it sees fit: everything at its highest tier would take too long. */
const mostEager = 600_000;
/** More instructions come to more bytes than that. */
const mostInstructions = 300_000;

export function compileProgram(program: Program, options: CompileOptions = {}): WasmExecutable {
  return compileKernels(lowerProgram(program), program, options);
}

/** Kernels in the order in which they run, and where everything lies: known before any memory is taken. */
export interface Planned {
  readonly kernels: KernelProgram;
  readonly plan: MemoryPlan;
}

export function planKernels(lowered: KernelProgram, { donate = [] }: CompileOptions = {}): Planned {
  const kernels = updatesLast(lowered, donate);
  return { kernels, plan: planMemory(kernels, { stagedInput, stagedOutput: settings().stagedOutput, donated: donate }) };
}

/** The second half of compiling: from kernels to something that runs. */
export function compileKernels(lowered: KernelProgram, program: Program, options: CompileOptions = {}): WasmExecutable {
  const { kernels, plan } = planKernels(lowered, options);
  const { modules } = runtime();
  const make = (timed: boolean): Made => {
    const { emission, bytes, mode } = emit(kernels, plan, timed);
    return { emission, compiled: modules.compile(emission.module, bytes, mode) };
  };
  const types = outputTypes(program);
  const constants = [...program.equations.flatMap((e) => e.inputs), ...program.outputs].filter((atom) => atom instanceof ConcreteArray);
  return new WasmExecutable(runtime(), { kernels, plan, ...make(false), timed: () => make(true), inputs: program.inputs.length, outputTypes: types, inputName: options.inputName ?? ((i) => `input ${i} of a program`), constants, fallback: evaluator(program) });
}

/** Kernels as a module, and how the engine is to compile it. */
export function emit(program: KernelProgram, plan: MemoryPlan, timed: boolean): { readonly emission: Emission; readonly bytes: Uint8Array<ArrayBuffer>; readonly mode: CompileMode } {
  const { target } = features();
  const memory = runtime().heap.plain;
  const first = emitProgram(program, plan, target, memory, timed, target.wide ? mostInstructions : Number.POSITIVE_INFINITY);
  if (first !== undefined) {
    const bytes = first.module.encode();
    if (bytes.length <= mostEager) return { emission: first, bytes, mode: target.wide ? "wide" : "eager" };
    if (!target.wide) return { emission: first, bytes, mode: "tiered" };
  }
  // shaped for joined vectors it would be slow without: shaped anew
  const narrow = emitProgram(program, plan, { ...target, wide: false }, memory, timed, Number.POSITIVE_INFINITY) as Emission;
  return { emission: narrow, bytes: narrow.module.encode(), mode: "tiered" };
}
