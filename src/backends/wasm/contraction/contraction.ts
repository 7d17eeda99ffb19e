/** Spells a contraction kernel: normal form, plan, code. */
import type { ContractionKernel } from "../../../kernel/ir.ts";
import type { ModuleBuilder } from "../assembler.ts";
import { type EmittedKernel, type KernelTable, plainTable } from "../kernel.ts";
import type { Target } from "../target.ts";
import { Driver } from "./driver.ts";
import { emitPackRows } from "./pack-rows.ts";
import { batchSize, panelCount, type Plan, planContraction } from "./plan.ts";
import { normalise, type Problem } from "./problem.ts";

export function emitContraction(module: ModuleBuilder, kernel: ContractionKernel, target: Target, table: KernelTable = plainTable): EmittedKernel {
  const plan = planContraction(normalise(kernel), target);
  const { problem, unitsPerBatch } = plan;
  const size = batchSize(problem);
  if (size === 0 || problem.m === 0 || problem.n === 0) return { function: module.function(kernel.name, ["i32", "i32", "i32", "i32"], []), units: 0, grain: 1, cost: 0, scratch: 0 };
  const driver = new Driver(module, kernel.name, plan, table);
  const pack = plan.packA === "together" ? emitPackRows(module, kernel.name, plan, table) : undefined;
  return { function: driver.emit(), units: size * unitsPerBatch, grain: grainOf(plan), cost: costOf(plan.problem, target), scratch: Math.max(driver.scratch, pack?.scratch ?? 0), pack };
}

/** Where rows are packed for each run of panels, or panels for each run of rows, long runs. */
function grainOf(plan: Plan): number {
  const { packA, packB, split, unitsPerBatch, columns, problem: { bytes } } = plan;
  if (split === "rows") return packB === "always" ? Math.ceil(unitsPerBatch / 2) : 1;
  // all rows are read for each of them
  if (packA === "together") return Math.max(4, Math.ceil(panelCount(plan) / 16));
  return packA === "alone" ? Math.ceil(1024 / (columns * bytes)) : 1;
}

/** Nanoseconds on one thread, from operations per nanosecond and bytes that must be read at least once, from cache or from memory. */
function costOf({ m, n, k, bytes, batch }: Problem, target: Target): number {
  const width = target.simd ? Math.ceil(n / 4) * 4 : n;
  const speed = target.simd ? ((target.wide ? 88 : target.relaxed ? 46 : 34) * 4) / bytes : 8;
  const size = batchSize({ batch });
  const traffic = (m * k + k * n + m * n) * bytes;
  return size * (Math.max((2 * m * width * k) / speed, traffic / (size * traffic > 16 * 1024 * 1024 ? 14 : 50)) + 20);
}
