/** The values of the stores of one row of a tile after another, in vectors or one element at a time. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import { InternalError } from "../../../errors.ts";
import type { Access, Expression, Load, Store } from "../../../kernel/ir.ts";
import type { FunctionBuilder } from "../assembler.ts";
import { type Vector, VectorCode } from "../registers.ts";
import { type Scalar, ScalarCode, scalarLoad, scalarStore } from "../scalar/code.ts";
import { hostFunctions } from "../scalar/host.ts";
import { spellScalar } from "../scalar/spellings.ts";
import { laneNumbers, loadSplat, loadVector, storeLane, storeVector } from "../vector/memory.ts";
import { spellVector } from "../vector/spell.ts";
import { range, type Window } from "./code.ts";
import type { Sums } from "./epilogue.ts";
import { rootsOf, visitExpressions } from "./problem.ts";

/** Where an operand of the problem is for one row: a pointer (or number) and what is to be added to it. */
interface Site {
  readonly pointer: number;
  readonly offset: number;
  /** From one column to the next. */
  readonly stride: number;
}

function siteOf({ problem, pointers, windows }: Sums, access: Access | Extract<Expression, { kind: "index" }>, row: number): Site {
  const position = problem.operandOf(access);
  const operand = problem.operands[position]!;
  return { pointer: pointers[position] as number, offset: (windows[position] as Window).at(row * operand.row).offset, stride: operand.column };
}

/** An expression that reads what the store will overwrite. */
const oldOf = ({ access }: Store): Load => ({ kind: "load", dtype: access.buffer.dtype, access, terms: [] });

export function vectorRows(tile: Sums): void {
  const { f, module, target, problem, columns, sums } = tile;
  const code = new VectorCode(f, target, Math.ceil(columns / 4), hostFunctions(module));
  const clamp = (lane: number): number => Math.min(lane, columns - 1);
  const apply = (instruction: Parameters<typeof spellVector>[0], dtype: DType, operands: readonly Vector[]): Vector => spellVector(instruction, dtype, code, operands) ?? code.callHost(instruction, dtype, operands);

  const load = (e: Load, row: number, valueOf: (e: Expression) => Vector): Vector => {
    const { pointer, offset, stride } = siteOf(tile, e.access, row);
    if (e.terms.length === 0) {
      if (stride === 0) return loadSplat(code, e.dtype, pointer, offset);
      if (stride === dtypes[e.dtype].bytes) return loadVector(code, e.dtype, pointer, offset);
    }
    // Lanes beyond the last column repeat it: there may be nothing to read where they would be.
    return code.fromLanes(e.dtype, (lane) => {
      const rest = address(f, pointer, offset + clamp(lane) * stride);
      for (const { index, stride: step } of e.terms) {
        code.pushLane(valueOf(index), clamp(lane));
        f.op("i32.const", step * dtypes[e.dtype].bytes).op("i32.mul").op("i32.add");
      }
      f.op(scalarLoad[e.dtype], { offset: rest });
    });
  };

  for (const row of range(sums.length)) {
    code.scope(() => {
      const values = new Map<Expression, Vector>();
      const valueOf = (e: Expression): Vector => values.get(e) as Vector;
      const compute = (e: Expression): Vector => {
        switch (e.kind) {
          case "accumulator":
            return { dtype: problem.dtype, wide: problem.dtype === "float64", registers: (sums[row] as readonly number[]).slice(0, code.count(problem.dtype === "float64")) };
          case "constant":
            return code.constant(e.dtype, e.value);
          case "load":
            return load(e, row, valueOf);
          case "index": {
            const { pointer, offset, stride } = siteOf(tile, e, row);
            const first = code.single("int32", () => f.op("local.get", pointer).op("i32.const", offset).op("i32.add").op("i32x4.splat"));
            const steps = code.op("i32x4.mul", "int32", laneNumbers(code), code.constant("int32", stride));
            const numbers = code.op("i32x4.add", "int32", first, steps);
            return e.dtype === "int32" ? numbers : apply("copy", e.dtype, [numbers]);
          }
          case "apply":
            return apply(e.instruction, e.dtype, e.operands.map(valueOf));
          default:
            throw new InternalError(`contraction: a ${e.kind} in a store`);
        }
      };
      visitExpressions(problem.stores.flatMap(rootsOf), (e) => values.set(e, compute(e)));
      const results = problem.stores.map((store) => {
        const value = valueOf(store.value);
        if (store.condition === undefined && store.combine === undefined) return value;
        const old = compute(oldOf(store));
        const fresh = store.combine === undefined ? value : apply(store.combine, store.access.buffer.dtype, [old, value]);
        return store.condition === undefined ? fresh : apply("select", store.access.buffer.dtype, [valueOf(store.condition), fresh, old]);
      });
      problem.stores.forEach((store, s) => {
        const { pointer, offset, stride } = siteOf(tile, store.access, row);
        storeColumns(code, results[s] as Vector, columns, pointer, offset, stride);
      });
      return undefined;
    });
  }
}

/** Whole registers where they fit, single lanes for the rest. */
function storeColumns(code: VectorCode, x: Vector, columns: number, pointer: number, offset: number, stride: number): void {
  const bytes = dtypes[x.dtype].bytes;
  if (stride === bytes && columns === 4 * code.groups) return storeVector(code, x, pointer, offset);
  let from = 0;
  if (stride === bytes && x.dtype !== "bool") {
    const width = 16 / bytes;
    for (; from + width <= columns; from += width) {
      const rest = address(code.fn, pointer, offset + from * bytes);
      code.push(x.registers[from / width]!).fn.op("v128.store", { offset: rest });
    }
  }
  for (; from < columns; from++) storeLane(code, x, from, pointer, offset + from * stride);
}

export function scalarRows(tile: Sums): void {
  const { f, module, problem, columns, sums } = tile;
  const code = new ScalarCode(f, hostFunctions(module));
  for (const row of range(sums.length)) {
    for (const column of range(columns)) {
      const values = new Map<Expression, Scalar>();
      const valueOf = (e: Expression): Scalar => values.get(e) as Scalar;
      const compute = (e: Expression): Scalar => {
        switch (e.kind) {
          case "accumulator":
            return { dtype: problem.dtype, local: sums[row]![column] as number, value: Number.NaN };
          case "constant":
            return code.constant(e.dtype, e.value);
          case "load": {
            const { pointer, offset, stride } = siteOf(tile, e.access, row);
            const rest = address(f, pointer, offset + column * stride);
            for (const { index, stride: step } of e.terms) code.push(valueOf(index)).fn.op("i32.const", step * dtypes[e.dtype].bytes).op("i32.mul").op("i32.add");
            f.op(scalarLoad[e.dtype], { offset: rest });
            return code.keep(e.dtype);
          }
          case "index": {
            const { pointer, offset, stride } = siteOf(tile, e, row);
            f.op("local.get", pointer).op("i32.const", offset + column * stride).op("i32.add");
            const number = code.keep("int32");
            return e.dtype === "int32" ? number : spellScalar("copy", e.dtype, code, [number]);
          }
          case "apply":
            return spellScalar(e.instruction, e.dtype, code, e.operands.map(valueOf));
          default:
            throw new InternalError(`contraction: a ${e.kind} in a store`);
        }
      };
      visitExpressions(problem.stores.flatMap(rootsOf), (e) => values.set(e, compute(e)));
      const temporary = [...values].filter(([e]) => e.kind !== "accumulator").map(([, value]) => value);
      const results = problem.stores.map((store) => {
        const value = valueOf(store.value);
        if (store.condition === undefined && store.combine === undefined) return value;
        const { dtype } = store.access.buffer;
        const old = compute(oldOf(store));
        const fresh = store.combine === undefined ? value : spellScalar(store.combine, dtype, code, [old, value]);
        return store.condition === undefined ? fresh : spellScalar("select", dtype, code, [valueOf(store.condition), fresh, old]);
      });
      problem.stores.forEach((store, s) => {
        const { pointer, offset, stride } = siteOf(tile, store.access, row);
        const rest = address(f, pointer, offset + column * stride);
        code.push(results[s] as Scalar).fn.op(scalarStore[store.access.buffer.dtype], { offset: rest });
      });
      for (const value of temporary) code.release(value);
    }
  }
}

/** The address on the stack; returns what the memory operand has to add. */
function address(f: FunctionBuilder, pointer: number, offset: number): number {
  f.op("local.get", pointer);
  if (offset >= 0) return offset;
  f.op("i32.const", offset).op("i32.add");
  return 0;
}
