/** What happens to a tile of finished sums: the values of the stores are computed row by row and written. */
import { InternalError } from "../../../errors.ts";
import type { FunctionBuilder } from "../assembler.ts";
import type { Target } from "../target.ts";
import type { Window } from "./code.ts";
import type { Problem } from "./problem.ts";
import type { Lanes } from "./tile.ts";

/** A tile of sums, in registers. */
export interface Sums {
  readonly f: FunctionBuilder;
  readonly problem: Problem;
  readonly target: Target;
  readonly lanes: Lanes;
  readonly columns: number;
  /** Locals, by row. */
  readonly sums: readonly (readonly number[])[];
  /** Locals that point to the tile's corner in each operand of the problem. */
  readonly pointers: readonly number[];
  readonly windows: readonly Window[];
}

/** Reads the sums that an earlier block of k left in an operand, whose columns lie next to one another. */
export function loadPlain({ f, problem, lanes, sums, pointers, windows }: Sums, position: number): void {
  const { row, column } = problem.operands[position] as Problem["operands"][number];
  sums.forEach((registers, i) => registers.forEach((register, j) => {
    f.op("local.get", pointers[position] as number).op(lanes.load, (windows[position] as Window).at(i * row + j * lanes.width * column)).op("local.set", register);
  }));
}

/** Writes the sums themselves to an operand. */
export function storePlain({ f, problem, target, lanes, columns, sums, pointers, windows }: Sums, position: number): void {
  const { row, column } = problem.operands[position] as Problem["operands"][number];
  const pointer = pointers[position] as number;
  const window = windows[position] as Window;
  const bits = 8 * problem.bytes;
  sums.forEach((registers, i) => registers.forEach((register, j) => {
    const from = j * lanes.width;
    const at = (c: number): { readonly offset: number } => window.at(i * row + c * column);
    if (!target.simd) f.op("local.get", pointer).op("local.get", register).op(`${lanes.type}.store`, at(from));
    else if (column === problem.bytes && from + lanes.width <= columns) f.op("local.get", pointer).op("local.get", register).op("v128.store", at(from));
    else {
      for (let lane = 0; lane < Math.min(lanes.width, columns - from); lane++) {
        f.op("local.get", pointer).op("local.get", register).op(`v128.store${bits}_lane`, { ...at(from + lane), lane });
      }
    }
  }));
}

/** Computes and writes the stores of the problem. */
export function storeRows(tile: Sums): void {
  for (const store of tile.problem.stores) {
    if (store.value.kind !== "accumulator") throw new InternalError("contraction: an epilogue");
    storePlain(tile, tile.problem.operandOf(store.access));
  }
}
