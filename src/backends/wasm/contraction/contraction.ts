/** Spells a contraction kernel: normal form, plan, code. */
import type { ContractionKernel } from "../../../kernel/ir.ts";
import type { ModuleBuilder } from "../assembler.ts";
import type { EmittedKernel } from "../kernel.ts";
import type { Target } from "../target.ts";
import { Driver } from "./driver.ts";
import { batchSize, planContraction } from "./plan.ts";
import { normalise } from "./problem.ts";

export function emitContraction(module: ModuleBuilder, kernel: ContractionKernel, target: Target): EmittedKernel {
  const plan = planContraction(normalise(kernel), target);
  const { problem, unitsPerBatch } = plan;
  const size = batchSize(problem);
  const driver = new Driver(module, kernel.name, plan);
  if (size === 0 || problem.m === 0 || problem.n === 0) return { function: module.function(kernel.name, ["i32", "i32", "i32", "i32"], []), units: 0, cost: 0, scratch: 0 };
  return { function: driver.emit(), units: size * unitsPerBatch, cost: costOf(plan.problem, target), scratch: driver.scratch };
}

/** Nanoseconds on one thread, from operations per nanosecond and bytes that must be read at least once. */
function costOf(problem: { readonly m: number; readonly n: number; readonly k: number; readonly bytes: number; readonly batch: readonly number[] }, target: Target): number {
  const { m, n, k, bytes, batch } = problem;
  const speed = (!target.simd ? 2 : target.wide ? 70 : target.relaxed ? 42 : 32) * (target.simd ? 4 / bytes : 1);
  const each = Math.max((2 * m * n * k) / speed, ((m * k + k * n + m * n) * bytes) / 12);
  return batch.reduce((size, d) => size * d, 1) * (each + 20);
}
