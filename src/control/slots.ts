/**
 * Slots: a fixed number of places for states of a loop whose number of turns nobody knows. Going forward, every 2^level-th state is kept;
 * when all rows are taken the level rises, and the rows of every second one become free. Nothing is moved: which row holds a state is a
 * rotation of the bits of its number among those kept.
 */
import { dtypes } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import { scalar, type Value } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { remainder, sub } from "../ops/arithmetic.ts";
import { and, or, shiftLeft, shiftRightArithmetic } from "../ops/bitwise.ts";
import { gather } from "../ops/gather.ts";
import { scatterSet } from "../ops/scatter.ts";
import { reshape } from "../ops/structure.ts";

const most = 1024;
const fewest = 16;
/** What the slots of a loop may take where nobody says how many there shall be. */
const defaultBytes = 4 * 2 ** 20;

/** How many slots reverse mode has for states of these types: those asked for, else what fits the budget, from 16 to 1024. */
export function slotCount(asked: number, types: readonly TensorType[]): number {
  if (asked > 0) return asked;
  const bytes = types.reduce((sum, t) => sum + dtypes[t.dtype].bytes * sizeOf(t.shape), 0);
  return Math.min(most, Math.max(fewest, Math.floor(defaultBytes / Math.max(1, bytes))));
}

/** How many rows are filled going forward, a power of two: the others are for going backward between two of them. */
export function rowCount(slots: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, slots / 2)));
}

/** The row of the `position`-th state kept at a level. */
export function rowAt(position: number, level: number, rows: number): number {
  const bits = Math.log2(rows);
  const by = bits === 0 ? 0 : level % bits;
  return ((position << by) | (position >> (bits - by))) & (rows - 1);
}

/** The same on int32 values of one shape. */
export function rowOf(position: Value, level: Value, rows: number): Value {
  const bits = Math.log2(rows);
  if (bits === 0) return and(position, 0);
  const by = remainder(level, bits);
  return and(or(shiftLeft(position, by), shiftRightArithmetic(position, sub(bits, by))), rows - 1);
}

/** Whether the state before turn `count` is kept, at which level, and in which row. */
export function keeps(count: number, level: number, rows: number): { readonly level: number; readonly row: number | undefined } {
  const now = count >> level >= rows ? level + 1 : level;
  const position = count >> now;
  return { level: now, row: position << now === count ? rowAt(position, now, rows) : undefined };
}

/** The element at `index`, an int32 scalar, along the first axis. */
export function readRow(x: Value, index: Value): Value {
  return gather(x, reshape(index, [1]), { axes: [0], batch: 0, mode: "clip" });
}

export function writeRow(x: Value, index: Value, row: Value): Value {
  return scatterSet(x, reshape(index, [1]), row, { axes: [0], batch: 0, mode: "clip" });
}

export function int(value: number): Value {
  return scalar(value, "int32");
}

export function stacked(type: TensorType, rows: number): TensorType {
  return { ...type, shape: [rows, ...type.shape] };
}
