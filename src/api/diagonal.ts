/** Diagonals of matrices: read, summed, built. All are views and sums; nothing is gathered. */
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkAxis, describe } from "../core/shape.ts";
import { scalar, type Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import { pad, slice } from "../ops/slice.ts";
import { reduceSum, reshape, transpose } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";
import type { ArrayFunction } from "./axis.ts";
import { expose, numeric, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

export interface DiagonalOptions {
  /** How far above the main diagonal; negative: below it. Default 0. */
  readonly offset?: number;
  /** The rows' axis. Default 0. */
  readonly axis1?: number;
  /** The columns' axis. Default 1. */
  readonly axis2?: number;
}
const optionForm = "{ offset, axis1, axis2 }";

/**
 * The diagonal of x along two axes, as the last axis of the result: of [n,m] the elements x[i, i + offset].
 *
 * @throws ShapeError for fewer than two axes.
 * @example diagonal([[1, 2], [3, 4]]); // → [1, 4]
 */
export const diagonal: ArrayFunction<[options?: DiagonalOptions]> = publicFunction("diagonal", ["x", optionForm], (x: unknown, options: DiagonalOptions = {}): never => expose(read(toValue(x, "diagonal"), options, "diagonal")));

/**
 * The sum of the diagonal of x along two axes. bool counts as int32.
 *
 * @example trace([[1, 2], [3, 4]]); // → 5
 */
export const trace: ArrayFunction<[options?: DiagonalOptions]> = publicFunction("trace", ["x", optionForm], (x: unknown, options: DiagonalOptions = {}): never => {
  const along = read(numeric(x, "trace"), options, "trace");
  return expose(reduceSum(along, [along.type.shape.length - 1]));
});

/**
 * Of a vector the square matrix with it on the diagonal `offset`, zeros elsewhere; of a matrix its diagonal.
 *
 * @throws ShapeError for other ranks.
 * @example diag([1, 2]); // → [[1, 0], [0, 2]]
 */
export const diag: ArrayFunction<[offset?: number]> = publicFunction("diag", ["x", "offset"], (x: unknown, offset: number = 0): never => {
  const value = toValue(x, "diag");
  const rank = value.type.shape.length;
  if (rank === 2) return expose(read(value, { offset }, "diag"));
  if (rank === 1) return expose(spread(value, checkOffset(offset, "diag")));
  throw new ShapeError(`diag: expected a vector or a matrix, got ${showType(value.type)}`, { hint: "diagonal(x, { axis1, axis2 }) reads diagonals of any array" });
});

function checkOffset(offset: unknown, where: string): number {
  if (Number.isInteger(offset)) return offset as number;
  throw new ArgumentError(`${where}: the offset is an integer, got ${describe(offset)}`, { hint: "0 is the main diagonal, positive ones are above it" });
}

function read(x: Value, options: DiagonalOptions, where: string): Value {
  checkKeys(options, ["offset", "axis1", "axis2"], where);
  const rank = x.type.shape.length;
  if (rank < 2) throw new ShapeError(`${where}: needs at least two axes, got ${showType(x.type)}`, { hint: "diag(x) makes a matrix of a vector" });
  const rows = checkAxis(options.axis1 ?? 0, rank, where);
  const columns = checkAxis(options.axis2 ?? 1, rank, where);
  if (rows === columns) throw new ArgumentError(`${where}: axis1 and axis2 are the same axis of ${showType(x.type)}`, { hint: "rows run along axis1 (default 0), columns along axis2 (default 1)" });
  return diagonalOf(x, rows, columns, checkOffset(options.offset ?? 0, where));
}

/** The diagonal as the last axis: of the flattened matrix, every (columns + 1)-th element. */
export function diagonalOf(x: Value, rows: number, columns: number, offset = 0): Value {
  const others = x.type.shape.flatMap((_, a) => (a === rows || a === columns ? [] : [a]));
  const last = transpose(x, [...others, rows, columns]);
  const [n, m] = [x.type.shape[rows] as number, x.type.shape[columns] as number];
  const length = Math.max(0, Math.min(n + Math.min(offset, 0), m - Math.max(offset, 0)));
  const lead = others.map((a) => x.type.shape[a] as number);
  const start = length === 0 ? 0 : offset >= 0 ? offset : -offset * m;
  const limit = length === 0 ? 0 : start + (length - 1) * (m + 1) + 1;
  const whole = lead.map(() => 0);
  return slice(reshape(last, [...lead, n * m]), [...whole, start], [...lead, limit], [...lead.map(() => 1), m + 1]);
}

function spread(x: Value, offset: number): Value {
  const length = x.type.shape[0] as number;
  const n = length + Math.abs(offset);
  const start = offset >= 0 ? offset : -offset * n;
  const covered = length === 0 ? 0 : (length - 1) * (n + 1) + 1;
  const flat = length === 0 ? pad(x, scalar(0, x.type.dtype), { low: [0], high: [n * n], interior: [0] }) : pad(x, scalar(0, x.type.dtype), { low: [start], high: [n * n - start - covered], interior: [n] });
  return reshape(flat, [n, n]);
}
