/**
 * What happens to a tile of finished sums: the values of the stores are computed row by row and written, all loads of a row before all
 * its stores.
 */
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import type { Target } from "../target.ts";
import { range, type Window } from "./code.ts";
import { type Problem, rootsOf, visitExpressions } from "./problem.ts";
import { scalarRows, vectorRows } from "./rows.ts";
import type { Lanes } from "./tile.ts";

/** A tile of sums, in registers. */
export interface Sums {
  readonly f: FunctionBuilder;
  readonly module: ModuleBuilder;
  readonly problem: Problem;
  readonly target: Target;
  readonly lanes: Lanes;
  readonly columns: number;
  /** Locals, by row. */
  readonly sums: readonly (readonly number[])[];
  /** Locals that point to the tile's corner in each operand of the problem, and what is read around them. */
  readonly pointers: readonly number[];
  readonly windows: readonly Window[];
}

/** Scratch memory begins with a place for one tile of sums, then one for the parts of dot products. */
const stagingArea = 0;
export const dotsArea = 512;
export const areasEnd = 768;
const scratch = 2;

/** Adds the sums that the blocks of k before left in an operand, whose columns lie next to one another. */
export function addPlain({ f, problem, lanes, sums, pointers, windows }: Sums, position: number): void {
  const { row, column } = problem.operands[position] as Problem["operands"][number];
  sums.forEach((registers, i) => registers.forEach((register, j) => {
    f.op("local.get", pointers[position] as number).op(lanes.load, (windows[position] as Window).at(i * row + j * lanes.width * column));
    f.op("local.get", register).op(lanes.add).op("local.set", register);
  }));
}

/** Leaves the sums in an operand for the next block of k. */
export function storePlain(tile: Sums, position: number): void {
  const { f, problem, target, lanes, columns, sums, pointers, windows } = tile;
  const { row, column, place } = problem.operands[position] as Problem["operands"][number];
  const staged = target.wide && place !== "scratch" && splitsPair(tile);
  if (staged) {
    stage(tile);
    unstage(tile);
  }
  sums.forEach((registers, i) => registers.forEach((register, j) => {
    const from = j * lanes.width;
    const at = (c: number): { readonly offset: number } => (windows[position] as Window).at(i * row + c * column);
    const put = (name: string, c: number, lane?: number): unknown => f.op("local.get", pointers[position] as number).op("local.get", register).op(name, lane === undefined ? at(c) : { ...at(c), lane });
    if (!target.simd) put(`${lanes.type}.store`, from);
    else if (place === "scratch" || from + lanes.width <= columns) put("v128.store", from);
    else for (const lane of range(columns - from)) put(`v128.store${8 * problem.bytes}_lane`, from + lane, lane);
  }));
}

/** Whether the last column stands in a pair of registers that is not full: the pair cannot be stored, hence not joined. */
const splitsPair = ({ lanes, columns }: Sums): boolean => columns > lanes.width && columns % (2 * lanes.width) > 0;

/** Instructions that stay joined. */
const joined: ReadonlySet<string> = new Set(["add", "sub", "mul", "div", "neg", "abs", "max", "min", "select", "equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "sqrt", "copy"]);

/** Whether pairs of registers, as the engine joins them, reach the stores: otherwise they would fall apart in the loop over k too. */
function staysJoined(tile: Sums): boolean {
  const { problem: { stores, dtype, bytes, operands, operandOf } } = tile;
  const near = ({ column }: Problem["operands"][number]): boolean => column === bytes || column === 0;
  let plain = true;
  visitExpressions(stores.flatMap(rootsOf), (e) => {
    if (e.kind === "apply") plain &&= joined.has(e.instruction) && (e.dtype === dtype || e.dtype === "bool");
    else if (e.kind === "load") plain &&= e.dtype === dtype && e.terms.length === 0 && near(operands[operandOf(e.access)]!);
    else if (e.kind === "index") plain = false;
  });
  return plain && !splitsPair(tile) && stores.every((s) => s.condition === undefined && s.combine === undefined && s.access.buffer.dtype === dtype && operands[operandOf(s.access)]!.column === bytes);
}

/** Sums to the staging area. */
function stage({ f, sums }: Sums): void {
  sums.forEach((registers, i) => registers.forEach((register, j) => f.op("local.get", scratch).op("local.get", register).op("v128.store", { offset: stagingArea + 16 * (i * registers.length + j) })));
}
/** And back. */
export function unstage({ f, sums }: Sums): void {
  sums.forEach((registers, i) => registers.forEach((register, j) => f.op("local.get", scratch).op("v128.load", { offset: stagingArea + 16 * (i * registers.length + j) }).op("local.set", register)));
}

/** Computes and writes the stores of the problem. */
export function storeRows(tile: Sums, staged: boolean): void {
  if (tile.target.wide && !staged && !staysJoined(tile)) {
    stage(tile);
    unstage(tile);
  }
  if (tile.target.simd) vectorRows(tile);
  else scalarRows(tile);
}
