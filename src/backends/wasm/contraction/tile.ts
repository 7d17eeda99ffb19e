/**
 * The micro-kernel: one function that computes a tile of the result in registers, rows × columns, over one block of k. The row side is read
 * one number at a time with constant strides folded into the loads, so it may lie in memory in any way; the column side is read in vectors.
 */
import type { FunctionBuilder, ModuleBuilder, ValueType } from "../assembler.ts";
import type { Target } from "../target.ts";
import { advance, grid, range, repeat, Window } from "./code.ts";
import { addPlain, storePlain, storeRows, type Sums, unstage } from "./epilogue.ts";
import type { Problem } from "./problem.ts";

/**
 * What happens to the sums of one block of k, each of which begins from zero: added to what the blocks before left, unless it is the first; then
 * left for the next one, or stored. Long sums are sums of blocks so: one after the other, a million float32 terms would lose a per cent.
 */
export interface BlockRole {
  readonly first: boolean;
  readonly last: boolean;
}

export interface TileSpec {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Bytes between rows of a, and along k. */
  readonly aRow: number;
  readonly aStep: number;
  /** Bytes along k in b, and between its columns. */
  readonly bStep: number;
  readonly bColumn: number;
  /** Length of the block of k, and how many steps one turn of its loop makes. */
  readonly k: number;
  readonly unroll: number;
  readonly role: BlockRole;
  /** Which operand keeps the partial sums between blocks. */
  readonly partial: number | undefined;
  /** The sums wait in the staging area already. */
  readonly staged: boolean;
}

/** Spellings for registers that hold several columns or one. */
export interface Lanes {
  readonly type: ValueType;
  /** Registers for so many columns, and columns in one. */
  readonly registers: (columns: number) => number;
  readonly width: number;
  readonly load: string;
  readonly splat: string;
  readonly add: string;
  readonly zero: (f: FunctionBuilder) => void;
  /** accumulator = a · b + accumulator */
  readonly multiplyAdd: (f: FunctionBuilder, a: number, b: number, accumulator: number) => void;
}

const zeros: readonly number[] = range(16).map(() => 0);

export function lanesOf({ dtype, bytes }: Pick<Problem, "dtype" | "bytes">, target: Target): Lanes {
  const scalar = dtype === "float32" ? "f32" : "f64";
  const vector = dtype === "float32" ? "f32x4" : "f64x2";
  const shape = target.simd ? vector : scalar;
  const multiplyAdd = (f: FunctionBuilder, a: number, b: number, accumulator: number): void => {
    if (target.simd && target.relaxed) f.op("local.get", a).op("local.get", b).op("local.get", accumulator).op(`${vector}.relaxed_madd`);
    else f.op("local.get", accumulator).op("local.get", a).op("local.get", b).op(`${shape}.mul`).op(`${shape}.add`);
    f.op("local.set", accumulator);
  };
  return target.simd
    ? { type: "v128", width: 16 / bytes, registers: (columns) => registersFor(columns, bytes, target), load: "v128.load", splat: `v128.load${8 * bytes}_splat`, add: `${vector}.add`, zero: (f) => f.op("v128.const", zeros), multiplyAdd }
    : { type: scalar, width: 1, registers: (columns) => columns, load: `${scalar}.load`, splat: `${scalar}.load`, add: `${scalar}.add`, zero: (f) => f.op(`${scalar}.const`, 0), multiplyAdd };
}

/** Vectors for so many columns: whole groups of four, and where pairs are joined an even number, one that stands alone being slower than a joined pair. */
function registersFor(columns: number, bytes: 4 | 8, { wide }: Target): number {
  const count = Math.ceil(columns / 4) * (bytes / 4);
  return wide && count > 1 ? Math.ceil(count / 2) * 2 : count;
}

/** Parameters: a and b at the corner of the tile, scratch memory, then every operand of the problem at the corner. */
export function emitTile(module: ModuleBuilder, problem: Problem, target: Target, spec: TileSpec): FunctionBuilder {
  const { rows, columns, k, unroll, role } = spec;
  const f = module.function(spec.name, ["i32", "i32", "i32", ...problem.operands.map(() => "i32" as const)], []);
  const lanes = lanesOf(problem, target);
  const registers = lanes.registers(columns);
  const sums = range(rows).map(() => range(registers).map(() => f.local(lanes.type)));
  const b = range(registers).map(() => f.local(lanes.type));
  const a = f.local(lanes.type);

  const pointers = problem.operands.map((_, i) => 3 + i);
  const windows = problem.operands.map(({ row, column }, i) => new Window(f, pointers[i] as number, grid(rows, row, columns, column)));
  const tile: Sums = { f, module, problem, target, lanes, columns, sums, pointers, windows };
  if (spec.staged) unstage(tile);
  else {
    for (const sum of sums.flat()) {
      lanes.zero(f);
      f.op("local.set", sum);
    }
  }

  const turns = Math.floor(k / unroll);
  const longest = turns > 0 ? unroll : k;
  const registerStep = target.simd ? 16 : spec.bColumn;
  const aWindow = new Window(f, 0, grid(rows, spec.aRow, longest, spec.aStep));
  const bWindow = new Window(f, 1, grid(longest, spec.bStep, registers, registerStep));
  const loadA = (i: number, u: number): void => void f.op("local.get", 0).op(lanes.splat, aWindow.at(i * spec.aRow + u * spec.aStep)).op("local.set", a);
  const loadB = (j: number, u: number): void => void f.op("local.get", 1).op(lanes.load, bWindow.at(u * spec.bStep + j * registerStep)).op("local.set", b[j] as number);
  /** One row has as many sums as vectors of b: these come a pair at a time, or all would not fit into the registers of the processor. */
  const stepOfRow = (row: readonly number[], u: number): void => {
    loadA(0, u);
    for (let j = 0; j < registers; j += 2) {
      const pair = [j, j + 1].filter((k) => k < registers);
      for (const k of pair) loadB(k, u);
      for (const k of pair) lanes.multiplyAdd(f, a, b[k] as number, row[k] as number);
    }
  };
  const step = (u: number): void => {
    const [only] = sums;
    if (rows === 1 && only !== undefined) return stepOfRow(only, u);
    b.forEach((_, j) => loadB(j, u));
    sums.forEach((row, i) => {
      loadA(i, u);
      row.forEach((sum, j) => lanes.multiplyAdd(f, a, b[j] as number, sum));
    });
  };
  if (turns > 0) {
    repeat(f, turns, () => {
      for (const u of range(unroll)) step(u);
      // A vector that lives from one turn to the next counts as a cost to the engine's pass that joins pairs.
      if (target.wide) for (const register of [...b, a]) f.op("v128.const", zeros).op("local.set", register);
      advance(f, 0, unroll * spec.aStep);
      advance(f, 1, unroll * spec.bStep);
    });
  }
  for (const u of range(k % unroll)) step(u);

  if (!role.first) addPlain(tile, spec.partial as number);
  if (role.last) storeRows(tile, spec.staged);
  else storePlain(tile, spec.partial as number);
  return f;
}
