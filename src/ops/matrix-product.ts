/**
 * C = A · B for matrices that lie anywhere in memory: rows and columns are given as tables of offsets, so transposed and
 * many-axed operands are read where they are. Floats are packed once into panels of four and multiplied in tiles of 4 × 4
 * that stay in registers; sums are float64. Knows nothing of dtypes' names or of programs.
 */
import type { TypedArray } from "../core/dtype.ts";

/** A matrix: element (i, j) is at `start + rows[i] + columns[j]` of `data`. */
export interface MatrixView {
  readonly data: TypedArray;
  readonly start: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

const tile = 4;
/** Length of the part of a panel that is used again and again: 4 · 256 doubles stay in the first-level cache. */
const depth = 256;

/** Writes A · B, row-major, to `out` from position `to` on. Sums run in float64 and are rounded once. */
export function multiplyFloats(a: MatrixView, b: MatrixView, out: TypedArray, to: number): void {
  const [m, k, n] = [a.rows.length, a.columns.length, b.columns.length];
  if (m === 1 || n === 1 || m * n <= tile * tile) return multiplySmall(a, b, out, to);
  const [height, width] = [roundUp(m), roundUp(n)];
  const left = pack(a.data, a.start, a.rows, a.columns);
  const right = pack(b.data, b.start, b.columns, b.rows);
  const sums = new Float64Array(height * width);
  for (let p = 0; p < k; p += depth) {
    const count = Math.min(depth, k - p);
    for (let j = 0; j < width; j += tile) {
      for (let i = 0; i < height; i += tile) addTile(left, i * k + p * tile, right, j * k + p * tile, count, sums, i * width + j, width);
    }
  }
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[to + i * n + j] = sums[i * width + j] as number;
}

function roundUp(n: number): number {
  return Math.ceil(n / tile) * tile;
}

/** Panels of four lines side by side: element p of lines 4q … 4q+3 stands at 4(qk + p) …; lines that do not exist are zero. */
function pack(data: TypedArray, start: number, lines: Int32Array, steps: Int32Array): Float64Array {
  const k = steps.length;
  const out = new Float64Array(roundUp(lines.length) * k);
  for (let line = 0; line < lines.length; line++) {
    const from = start + (lines[line] as number);
    let to = (line - (line % tile)) * k + (line % tile);
    for (let p = 0; p < k; p++, to += tile) out[to] = data[from + (steps[p] as number)] as number;
  }
  return out;
}

/** Adds the product of one panel of each side to a 4 × 4 tile of `c`. */
function addTile(a: Float64Array, aFrom: number, b: Float64Array, bFrom: number, count: number, c: Float64Array, cFrom: number, width: number): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let p = 0, i = aFrom, j = bFrom; p < count; p++, i += 4, j += 4) {
    const b0 = b[j] as number;
    const b1 = b[j + 1] as number;
    const b2 = b[j + 2] as number;
    const b3 = b[j + 3] as number;
    const a0 = a[i] as number;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    const a1 = a[i + 1] as number;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    const a2 = a[i + 2] as number;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    const a3 = a[i + 3] as number;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  addRow(c, cFrom, s00, s01, s02, s03);
  addRow(c, cFrom + width, s10, s11, s12, s13);
  addRow(c, cFrom + 2 * width, s20, s21, s22, s23);
  addRow(c, cFrom + 3 * width, s30, s31, s32, s33);
}

function addRow(c: Float64Array, at: number, x: number, y: number, z: number, w: number): void {
  c[at] = (c[at] as number) + x;
  c[at + 1] = (c[at + 1] as number) + y;
  c[at + 2] = (c[at + 2] as number) + z;
  c[at + 3] = (c[at + 3] as number) + w;
}

/** Without packing, which a vector or a tiny matrix does not repay. */
function multiplySmall(a: MatrixView, b: MatrixView, out: TypedArray, to: number): void {
  const [m, k, n] = [a.rows.length, a.columns.length, b.columns.length];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const x = a.start + (a.rows[i] as number);
      const y = b.start + (b.columns[j] as number);
      let sum = 0;
      for (let p = 0; p < k; p++) sum += (a.data[x + (a.columns[p] as number)] as number) * (b.data[y + (b.rows[p] as number)] as number);
      out[to + i * n + j] = sum;
    }
  }
}

/** The same for 32-bit integers, modulo 2³². */
export function multiplyIntegers(a: MatrixView, b: MatrixView, out: TypedArray, to: number): void {
  const [m, k, n] = [a.rows.length, a.columns.length, b.columns.length];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const x = a.start + (a.rows[i] as number);
      const y = b.start + (b.columns[j] as number);
      let sum = 0;
      for (let p = 0; p < k; p++) sum = (sum + Math.imul(a.data[x + (a.columns[p] as number)] as number, b.data[y + (b.rows[p] as number)] as number)) | 0;
      out[to + i * n + j] = sum;
    }
  }
}
