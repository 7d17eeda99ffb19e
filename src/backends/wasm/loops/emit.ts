/**
 * Spells a kernel of loops as a function. How the loops run, and in which order sums are taken, is decided and documented in plan.ts.
 *
 * Checks: the first check that fails writes 1 + its number at `table - 16` (i32) and the offending value at `table - 8` (f64), unless one
 * failed before; a kernel with checks is one unit.
 */
import type { Apply, Check, LoopKernel } from "../../../kernel/ir.ts";
import { dtypes, isFloat } from "../../../core/dtype.ts";
import { sizeOf } from "../../../core/shape.ts";
import { costOf } from "../../../core/cost.ts";
import type { ModuleBuilder } from "../assembler.ts";
import { type EmittedKernel, type KernelTable, plainTable } from "../kernel.ts";
import { VectorCode } from "../registers.ts";
import { ScalarCode } from "../scalar/code.ts";
import { hostFunctions } from "../scalar/host.ts";
import type { Target } from "../target.ts";
import { isVectorSpelled } from "../vector/spell.ts";
import { scalarEngine } from "./engine.ts";
import { foldLanes } from "./fold.ts";
import { LoopEmitter } from "./loop-emitter.ts";
import { type Plan, planLoops } from "./plan.ts";
import { shareOut } from "./share.ts";
import { vectorEngine } from "./vector-engine.ts";

/** The parameters of a kernel's function. */
const kernelParameters = { table: 0, begin: 1, end: 2, scratch: 3 } as const;

/** More of them would not fit into the locals of a function as vectors. */
const fewExpressions = 300;

/** The checks of a kernel, numbered in this order from `checkBase` on. */
export function checksOf(kernel: LoopKernel): readonly Check[] {
  return kernel.stages.flatMap((s) => s.checks);
}

/**
 * Elementary functions in a kernel that goes one element after another: by the same code as in all other kernels of the program, so that a value that
 * several of them compute is the same in all.
 */
function wantsVectors({ stages }: Plan, { simd }: Target): boolean {
  const spelled = ({ dtype, instruction }: Apply): boolean => isFloat(dtype) && costOf(instruction) >= 10 && isVectorSpelled(instruction);
  return simd && stages.every((s) => s.order.length <= fewExpressions) && stages.some((s) => s.order.some((e) => e.kind === "apply" && spelled(e)));
}

export function emitLoops(module: ModuleBuilder, kernel: LoopKernel, target: Target, checkBase = 0, table: KernelTable = plainTable): EmittedKernel {
  const fn = module.function(kernel.name, ["i32", "i32", "i32", "i32"], []);
  if (sizeOf(kernel.outer) === 0) return { function: fn, units: 0, grain: 1, cost: 0, scratch: 0 };
  const plan = planLoops(kernel, target);
  const shares = shareOut(plan, kernel.sequential || checksOf(kernel).length > 0);
  const host = hostFunctions(module);
  if (plan.mode === "scalar" && !wantsVectors(plan, target)) {
    const one = scalarEngine(new ScalarCode(fn, host));
    new LoopEmitter(plan, shares, { one, groups: [], fold: (_engine, _combine, _dtype, value) => value }, checkBase, table).emit();
    return { function: fn, units: shares.units, grain: 1, cost: plan.cost, scratch: 0 };
  }
  // in scalar mode there are no groups: one element in every lane
  const single = new VectorCode(fn, target, 1, host, kernelParameters.scratch);
  const one = vectorEngine(single, true);
  const codes = new Map(plan.lanes.map((lanes) => {
    const code = new VectorCode(fn, target, lanes / 4, host, kernelParameters.scratch);
    return [vectorEngine(code, false), code] as const;
  }));
  const engines = { one, groups: [...codes.keys()], fold: foldLanes(single, codes, one, kernelParameters.scratch) };
  new LoopEmitter(plan, shares, engines, checkBase, table).emit();
  return { function: fn, units: shares.units, grain: 1, cost: plan.cost, scratch: Math.max(4, plan.lanes[0] ?? 1) * dtypes.float64.bytes };
}

