/** Kernels and their memory plan as one module. */
import type { Check, ContractionKernel, Kernel, KernelProgram } from "../../kernel/ir.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import { ModuleBuilder } from "./assembler.ts";
import { emitContraction } from "./contraction/contraction.ts";
import { type EmittedKernel, type KernelTable, plainTable } from "./kernel.ts";
import { checksOf, emitLoops } from "./loops/emit.ts";
import type { PlainMemory } from "./memory.ts";
import type { PanelSpec } from "./panels.ts";
import { emitRun, type Step } from "./sequence.ts";
import { settings } from "./settings.ts";
import type { Target } from "./target.ts";

export interface Emission {
  readonly module: ModuleBuilder;
  readonly steps: readonly Step[];
  /** In the order of their numbers, and the kernel that each belongs to. */
  readonly checks: readonly { readonly check: Check; readonly kernel: Kernel }[];
  /** Words of the table: the addresses of the buffers, then two for each contraction. */
  readonly words: number;
  readonly panels: readonly PanelSpec[];
  /** Bytes that each thread needs. */
  readonly scratch: number;
  /** Sharing out is worth waking other threads. */
  readonly parallel: boolean;
}

export function emitProgram({ kernels, buffers }: KernelProgram, plan: MemoryPlan, target: Target, memory: PlainMemory, timed = false): Emission {
  const module = new ModuleBuilder();
  module.importMemory({ minimum: memory.minimum, maximum: memory.maximum, shared: memory.shared });
  const host = module.importFunction("env", "host", ["i32"], []);
  const { parallelKernel, parallelProgram } = settings();
  const checks: { readonly check: Check; readonly kernel: Kernel }[] = [];
  const panels: PanelSpec[] = [];
  const overwritten = new Set(plan.homes.flatMap((home, id) => (home.kind === "input" && home.buffer.id !== id ? [home.buffer.id] : [])));
  let words = buffers.length;
  const contraction = (kernel: ContractionKernel): EmittedKernel => {
    const word = words;
    words += 2;
    const table: KernelTable = {
      wordOf: plainTable.wordOf,
      keepPanels: (buffer, bytes) => {
        if ((buffer.role.kind !== "constant" && buffer.role.kind !== "input") || overwritten.has(buffer.id)) return undefined;
        panels.push({ buffer, bytes, word });
        return word;
      },
    };
    return emitContraction(module, kernel, target, table);
  };
  const emitted = kernels.map((kernel): EmittedKernel | undefined => {
    if (kernel.kind === "host") return undefined;
    if (kernel.kind === "contraction") return contraction(kernel);
    const base = checks.length;
    checks.push(...checksOf(kernel).map((check) => ({ check, kernel })));
    return emitLoops(module, kernel, target, base);
  });
  const sharable = (e: EmittedKernel | undefined): boolean => memory.shared && e !== undefined && e.units > 1 && e.cost >= parallelKernel;
  const saved = emitted.reduce((sum, e) => sum + (sharable(e) ? (e as EmittedKernel).cost : 0), 0);
  const parallel = saved >= parallelProgram && saved > 0;
  const steps = kernels.map((kernel: Kernel, k): Step => ({ kernel, emitted: emitted[k], parallel: parallel && sharable(emitted[k]) }));
  emitRun(module, steps, plan, host, { shared: memory.shared, firstThreadSpins: isPage(), timed });
  return { module, steps, checks, words, panels, parallel, scratch: emitted.reduce((most, e) => Math.max(most, e?.scratch ?? 0), 0) };
}

/** The main thread of a browser, which must not sleep. */
function isPage(): boolean {
  return typeof (globalThis as { readonly document?: unknown }).document === "object";
}
