/** A kernel in the sequence of a module, and what the emission of control kernels needs of that of sequences. */
import type { Kernel } from "../../kernel/ir.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import type { Traffic } from "../../kernel/traffic.ts";
import type { FunctionBuilder, ModuleBuilder, ValueType } from "./assembler.ts";
import type { EmittedKernel } from "./kernel.ts";

export interface Step {
  readonly kernel: Kernel;
  /** Undefined for a host kernel and for control. */
  readonly emitted: EmittedKernel | undefined;
  /** Its units are shared out; of a control kernel, those of some kernel inside. */
  readonly parallel: boolean;
  /** The number of a host kernel; −1: it is none. */
  readonly host: number;
  /** Of a control kernel, list by list. */
  readonly inside: readonly (readonly Step[])[];
}

/** Of functions that run steps. */
export const parameters: readonly ValueType[] = ["i32", "i32", "i32", "i32"];
export const stepParameters = { table: 0, thread: 1, threads: 2, scratch: 3 } as const;

export interface Sequences {
  readonly module: ModuleBuilder;
  readonly plan: MemoryPlan;
  /** The threads meet, unless one works alone. */
  meet(f: FunctionBuilder, alone: boolean): void;
  /** What thread 0 does. */
  first(f: FunctionBuilder, alone: boolean, body: () => void): void;
  /** Steps inside a control kernel; many of them in functions of their own. */
  list(f: FunctionBuilder, name: string, steps: readonly Step[], traffic: readonly Traffic[], alone: boolean): void;
}
