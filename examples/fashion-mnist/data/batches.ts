/**
 * Rows of a data set as the model takes them: pixels as floats from 0 to 1, labels as class indices.
 */
import { PIXELS, type Dataset } from "./dataset.ts";

export type Batch = {
  readonly size: number;
  readonly images: { readonly data: Float32Array; readonly shape: readonly [number, number] };
  readonly labels: Int32Array;
};

/** The whole set in pieces of `size`, the last one smaller when it does not divide, in the given order. */
export function* batches(set: Dataset, size: number, order: Uint32Array = inOrder(set.count)): Generator<Batch> {
  for (let start = 0; start < set.count; start += size) yield gather(set, order.subarray(start, start + size));
}

function gather(set: Dataset, rows: Uint32Array): Batch {
  const data = new Float32Array(rows.length * PIXELS);
  let at = 0;
  for (const row of rows) {
    for (let pixel = row * PIXELS; pixel < (row + 1) * PIXELS; pixel++) data[at++] = (set.images[pixel] ?? 0) / 255;
  }
  const labels = Int32Array.from(rows, (row) => set.labels[row] ?? 0);
  return { size: rows.length, images: { data, shape: [rows.length, PIXELS] }, labels };
}

function inOrder(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => i);
}
