/**
 * An operand that is computed while it is packed. The arrays that it is made of have been packed like the operand itself, each to an area of its
 * own, so their elements and those of the result stand in one order, and one loop without a thought for rows computes them all.
 */
import { costOf } from "../../../core/cost.ts";
import { dtypes } from "../../../core/dtype.ts";
import { InternalError } from "../../../errors.ts";
import type { Expression, Load } from "../../../kernel/ir.ts";
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import { type Vector, VectorCode } from "../registers.ts";
import { type Scalar, ScalarCode, scalarLoad, scalarStore } from "../scalar/code.ts";
import { hostFunctions } from "../scalar/host.ts";
import { spellScalar } from "../scalar/spellings.ts";
import type { Target } from "../target.ts";
import { loadVector, storeLane, storeVector } from "../vector/memory.ts";
import { spellVector } from "../vector/spell.ts";
import { advance } from "./code.ts";
import { type Problem, type Prologue, visitExpressions } from "./problem.ts";

/** Bytes of an area for so many: a whole vector is read where the last of them are. */
export const areaBytes = (bytes: number): number => Math.ceil(bytes / 64) * 64 + 64;

/** Nanoseconds for an element, as an addition takes one in eight elements. */
export function costOfPrologue({ value }: Prologue, target: Target): number {
  let cost = 0;
  visitExpressions([value], (e) => {
    if (e.kind === "apply") cost += costOf(e.instruction);
  });
  return cost * (target.simd ? 0.06 : 0.5);
}

const [areas, destination, bytes] = [0, 1, 2];

/** `(areas, destination, bytes)`: each element of the result from those of the areas, which lie `area` bytes apart. */
export function emitPrologue(module: ModuleBuilder, name: string, prologue: Prologue, area: number, dtype: Problem["dtype"], target: Target): FunctionBuilder {
  const f = module.function(name, ["i32", "i32", "i32"], []);
  const size = dtypes[dtype].bytes;
  const offset = ({ access }: Load): number => prologue.arrayOf(access) * area;
  /** `step` bytes at a time, while so many are left. */
  const loop = (step: number, body: () => void): void => {
    f.nest("block", () => f.nest("loop", () => {
      f.op("local.get", bytes).op("i32.const", step).op("i32.lt_u").op("br_if", 1);
      body();
      advance(f, areas, step);
      advance(f, destination, step);
      advance(f, bytes, -step);
      f.op("br", 0);
    }));
  };
  if (!target.simd) {
    loop(size, () => scalarElement(new ScalarCode(f, hostFunctions(module)), prologue.value, offset));
    return f;
  }
  const step = 32;
  const code = new VectorCode(f, target, step / 4 / 4 / (size / 4), hostFunctions(module));
  loop(step, () => code.loopBody(() => storeVector(code, vectorOf(code, prologue.value, offset), destination, 0)));
  // the last ones of a tile: behind them stands what another thread packs
  loop(size, () => code.loopBody(() => storeLane(code, vectorOf(code, prologue.value, offset), 0, destination, 0)));
  return f;
}

function vectorOf(code: VectorCode, value: Expression, offset: (load: Load) => number): Vector {
  const values = new Map<Expression, Vector>();
  visitExpressions([value], (e) => {
    if (e.kind === "load") values.set(e, loadVector(code, e.dtype, areas, offset(e)));
    else if (e.kind === "constant") values.set(e, code.constant(e.dtype, e.value));
    else if (e.kind === "apply") {
      const operands = e.operands.map((o) => values.get(o) as Vector);
      values.set(e, spellVector(e.instruction, e.dtype, code, operands) ?? code.callHost(e.instruction, e.dtype, operands));
    } else throw new InternalError(`contraction: an operand is computed of a ${e.kind}`);
  });
  return values.get(value) as Vector;
}

function scalarElement(code: ScalarCode, value: Expression, offset: (load: Load) => number): void {
  const values = new Map<Expression, Scalar>();
  visitExpressions([value], (e) => {
    if (e.kind === "load") {
      code.fn.op("local.get", areas).op(scalarLoad[e.dtype], { offset: offset(e) });
      values.set(e, code.keep(e.dtype));
    } else if (e.kind === "constant") values.set(e, code.constant(e.dtype, e.value));
    else if (e.kind === "apply") values.set(e, spellScalar(e.instruction, e.dtype, code, e.operands.map((o) => values.get(o) as Scalar)));
    else throw new InternalError(`contraction: an operand is computed of a ${e.kind}`);
  });
  code.fn.op("local.get", destination);
  code.push(values.get(value) as Scalar).fn.op(scalarStore[value.dtype], { offset: 0 });
}
