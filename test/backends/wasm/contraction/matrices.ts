/** Matrices of many layouts, and random contents. */
import { dtypes, type TypedArray } from "../../../../src/core/dtype.ts";
import type { Access, Buffer } from "../../../../src/kernel/ir.ts";
import { bufferOf, type Random } from "./harness.ts";

export type Layout = "rows" | "columns" | "padded" | "apart" | "reversed" | "broadcast";
export const layouts: readonly Layout[] = ["rows", "columns", "padded", "apart", "reversed", "broadcast"];

/** An access to a matrix of each point of the batch that lies in memory as the layout says. */
export function matrix(id: number, dtype: "float32" | "float64", batch: readonly number[], rows: number, columns: number, layout: Layout, sharedBatch = false): Access {
  const [row, column] = { rows: [columns, 1], columns: [1, rows], padded: [columns + 3, 1], apart: [2 * columns + 1, 2], reversed: [-columns, -1], broadcast: [0, 1] }[layout] as [number, number];
  const span = Math.abs(row) * Math.max(0, rows - 1) + Math.abs(column) * Math.max(0, columns - 1) + 1;
  const strides: number[] = [row, column];
  let stride = span;
  for (const size of batch.toReversed()) {
    strides.unshift(sharedBatch ? 0 : stride);
    stride *= size;
  }
  const offset = 2 + (row < 0 ? -row * Math.max(0, rows - 1) : 0) + (column < 0 ? -column * Math.max(0, columns - 1) : 0);
  const total = 2 + span * (sharedBatch ? 1 : batch.reduce((p, q) => p * q, 1));
  return { buffer: bufferOf(id, dtype, rows * columns === 0 ? 2 : total), offset, strides };
}

export function filled(buffers: readonly Buffer[], random: Random): Map<Buffer, TypedArray> {
  return new Map(buffers.map((buffer) => [buffer, dtypes[buffer.dtype].allocate(buffer.length).map(() => (buffer.dtype === "bool" ? Number(random() < 0.5) : random() - 0.5)) as TypedArray]));
}
