/** Decides how a contraction is computed: which side is vectorised, the register tile, the blocks, what is packed, how the work is shared out. */
import type { Target } from "../target.ts";
import { range } from "./code.ts";
import { type Problem, rootsOf, transposed, visitExpressions } from "./problem.ts";

export interface Plan {
  readonly problem: Problem;
  readonly target: Target;
  /** Rows of the result: this many tiles of `rows` rows, then the tails. */
  readonly rows: number;
  readonly rowTiles: number;
  readonly rowTails: readonly number[];
  /** Columns of the result: this many panels of `columns` columns, then a narrower one of `columnTail`, if that is not 0. */
  readonly columns: number;
  readonly panels: number;
  readonly columnTail: number;
  /** Blocks of k, all of this length but the last; several only where `partial`, an operand, can keep the sums in between. */
  readonly kBlock: number;
  readonly partial: number | undefined;
  readonly unroll: number;
  readonly packA: boolean;
  readonly packB: boolean;
  /** Row tiles and panels that are worked on together, so that what is packed stays in cache. */
  readonly rowBlock: number;
  readonly panelBlock: number;
  /** What one parallel unit is: a panel with all its rows, or a group of `rowsPerUnit` row tiles with all panels. Of each batch. */
  readonly split: "panels" | "rows";
  readonly rowsPerUnit: number;
  readonly unitsPerBatch: number;
}

/** Number of all panels. */
export const panelCount = ({ panels, columnTail }: Plan): number => panels + (columnTail > 0 ? 1 : 0);

/** Heights of tiles that add up to m without padding: full ones, then at most two others that are not much lower. */
export function splitRows(m: number, rows: number): { readonly full: number; readonly tails: readonly number[] } {
  const rest = m % rows;
  const full = (m - rest) / rows;
  if (rest === 0) return { full, tails: [] };
  if (full === 0 || rest * 2 >= rows) return { full, tails: [rest] };
  const both = rows + rest;
  return { full: full - 1, tails: [Math.ceil(both / 2), Math.floor(both / 2)] };
}

/** Register tile: at most 12 vectors of sums, of 256 bits where pairs are joined; the narrower the result the higher the tile, and the other way round. */
function tileSize({ m, n, bytes }: Problem, target: Target): { readonly rows: number; readonly columns: number } {
  if (!target.simd) return { rows: 2, columns: 4 };
  const base = (target.wide ? 16 : 8) * (4 / bytes);
  if (m === 1) return { rows: 1, columns: 4 * base };
  if (m <= 3) return { rows: m, columns: 2 * base };
  if (n > base / 2) return { rows: 6, columns: base };
  return { rows: target.wide && n * bytes > 16 ? 12 : 8, columns: Math.ceil(n / 4) * 4 };
}

/** Where sums of one block of k can wait for the next: in a result that is written whole, and in whose place nothing is read. */
function partialOperand({ stores, operands, operandOf, dtype, bytes, m, n, a, b }: Problem): number | undefined {
  const loads: number[] = [];
  visitExpressions(stores.flatMap(rootsOf), (e) => {
    if (e.kind === "load") loads.push(operandOf(e.access));
  });
  // An operand that is broadcast cannot share its memory with a result; another may, where the plan of memory works in place.
  if (loads.some((i) => (operands[i]!.row !== 0 && m > 1) && (operands[i]!.column !== 0 && n > 1))) return undefined;
  const store = stores.find((s) => s.access.buffer.dtype === dtype && s.condition === undefined && s.combine === undefined && ((o) => o.column === bytes && (o.row !== 0 || m === 1) && o.batch.every((stride) => stride !== 0))(operands[operandOf(s.access)]!));
  if (store === undefined) return undefined;
  const { buffer } = store.access;
  const mentions = [a.buffer, b.buffer, ...loads.map((i) => operands[i]!.buffer), ...stores.filter((s) => s !== store).map((s) => s.access.buffer)];
  return mentions.includes(buffer) ? undefined : operandOf(store.access);
}

/** Rough cycles of a way round: the arithmetic on whole vectors, packing of b, results that lie apart. */
function effort({ m, n, k, bytes, b, operands }: Problem): number {
  const width = Math.ceil(n / 4) * 4;
  const apart = operands.filter((o) => o.column !== 0 && !isNext(o.column, o.buffer.dtype)).length;
  const pack = b.column === bytes ? (m > 12 ? 0.1 : 0) : b.row === bytes ? (m <= 4 ? 0 : 0.4) : 1.5;
  return (m * width * k * bytes) / 64 + pack * k * n + apart * m * n;
}
const isNext = (stride: number, dtype: string): boolean => stride === (dtype === "bool" ? 1 : dtype === "float64" ? 8 : 4);

export function planContraction(given: Problem, target: Target): Plan {
  const turned = transposed(given);
  const chosen = effort(turned) < effort(given) ? turned : given;
  // With one column its stride means nothing: vectors may read on.
  const nextTo = (o: Problem["b"], bytes: number): Problem["b"] => ({ ...o, column: bytes });
  const problem = chosen.n === 1 ? { ...chosen, b: nextTo(chosen.b, chosen.bytes) } : chosen;
  const { m, n, k, bytes, b } = problem;
  const { rows, columns } = tileSize(problem, target);
  const { full, tails } = splitRows(m, rows);
  const panels = Math.floor(n / columns);
  const columnTail = n % columns;
  const rowTiles = full;
  const allTiles = full + tails.length;
  const allPanels = panels + (columnTail > 0 ? 1 : 0);

  const partial = partialOperand(problem);
  const kBlocks = partial === undefined ? 1 : Math.max(1, Math.ceil(k / 512));
  const unroll = 4;
  const kBlock = Math.ceil(k / kBlocks / unroll) * unroll;
  const packB = target.simd && (b.column !== bytes || (allTiles > 2 && Math.abs(b.row) * k > 16 * 1024));
  const big = m * Math.min(k, kBlock) * bytes > 256 * 1024;
  const packA = target.simd && big && allPanels >= 8;
  const rowBlock = packA ? Math.max(1, Math.floor((160 * 1024) / (rows * Math.min(k, kBlock) * bytes))) : Math.max(1, full);
  const panelBlock = big ? Math.max(1, Math.floor(2048 / columns)) : 1;

  const split = allPanels >= 8 || allPanels >= full ? "panels" : "rows";
  const rowsPerUnit = Math.max(1, Math.ceil(full / 16));
  const unitsPerBatch = split === "panels" ? allPanels : Math.max(1, Math.ceil(full / rowsPerUnit));
  return { problem, target, rows, rowTiles, rowTails: tails, columns, panels, columnTail, kBlock: Math.min(k, kBlock), partial, unroll, packA, packB, rowBlock, panelBlock, split, rowsPerUnit, unitsPerBatch };
}

/** Blocks of k: offset and length of the first, how many whole ones follow, and the last. */
export function kBlocks({ problem: { k }, kBlock }: Plan): { readonly count: number; readonly last: number } {
  const count = kBlock === 0 ? 1 : Math.max(1, Math.ceil(k / kBlock));
  return { count, last: k - (count - 1) * kBlock };
}

/** Product of the batch dimensions. */
export const batchSize = ({ batch }: Problem): number => range(batch.length).reduce((size, d) => size * (batch[d] as number), 1);
