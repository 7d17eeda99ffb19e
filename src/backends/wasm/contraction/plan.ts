/** Decides how a contraction is computed: which side is vectorised, the register tile, the blocks, what is packed, how the work is shared out. */
import { dtypes } from "../../../core/dtype.ts";
import type { Target } from "../target.ts";
import { areasEnd } from "./epilogue.ts";
import { type Operand, type Problem, rootsOf, transposed, visitExpressions } from "./problem.ts";

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
  /** Both sides have their k next to one another and there are few rows: vectors run along k. */
  readonly dots: boolean;
  /** By all threads before the kernel, where that is not too much memory, or by each of them for itself. */
  readonly packA: "together" | "alone" | "never";
  /** "kept": b is read where it lies unless its panels stay packed from call to call. */
  readonly packB: "always" | "kept" | "never";
  /** Row tiles and panels that are worked on together, so that what is packed stays in cache. */
  readonly rowBlock: number;
  readonly panelBlock: number;
  /** What one parallel unit is: a panel with all its rows, or a group of `rowsPerUnit` row tiles with all panels. Of each batch. */
  readonly split: "panels" | "rows";
  readonly rowsPerUnit: number;
  readonly unitsPerBatch: number;
  /** Bytes of scratch memory in use before what is packed. */
  readonly scratch: number;
}

/** Bytes that threads pack together at most. */
const mostTogether = 32 * 1024 * 1024;

/** Number of all panels. */
export const panelCount = ({ panels, columnTail }: Plan): number => panels + (columnTail > 0 ? 1 : 0);

/** Heights of tiles that add up to m without padding: full ones, then at most two others that are not much lower. */
function splitRows(m: number, rows: number): { readonly full: number; readonly tails: readonly number[] } {
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
  if (n > base / 2) return { rows: target.relaxed ? 6 : 4, columns: base }; // a product of its own needs a register
  return { rows: target.wide && n * bytes > 16 ? 12 : 8, columns: Math.ceil(n / 4) * 4 };
}

/** A result in which the sums of one block of k can wait for the next: written whole, nothing is read in its place. */
function resultForSums({ stores, operands, operandOf, dtype, bytes, batch, m, n, a, b }: Problem): number | undefined {
  const loads: number[] = [];
  visitExpressions(stores.flatMap(rootsOf), (e) => {
    if (e.kind === "load") loads.push(operandOf(e.access));
  });
  const repeats = ({ row, column, batch: strides }: Operand): boolean => (m > 1 && row === 0) || (n > 1 && column === 0) || strides.some((stride, d) => (batch[d] as number) > 1 && stride === 0);
  // An operand that is broadcast cannot share its memory with a result; another may, where the plan of memory works in place.
  if (loads.some((i) => !repeats(operands[i]!))) return undefined;
  const places = [a.place, b.place, ...loads.map((i) => operands[i]!.place)];
  const good = stores.findIndex(({ access, condition, combine }, s) => {
    const { row, column, batch: strides } = operands[operandOf(access)]!;
    const own = !places.includes(access.buffer) && stores.every((other, i) => i === s || other.access.buffer !== access.buffer);
    return own && access.buffer.dtype === dtype && condition === undefined && combine === undefined && column === bytes && (row !== 0 || m === 1) && !strides.includes(0);
  });
  return good < 0 ? undefined : operandOf(stores[good]!.access);
}

/** The values of k lie next to one another on both sides, and the rows are few: packing would cost as much as the products. */
const wantsDots = ({ m, bytes, a, b, prologue }: Problem, target: Target): boolean => target.simd && prologue === undefined && m <= 4 && a.column === bytes && b.row === bytes && b.column !== bytes;

/** Rough cycles of a way round: the arithmetic on whole vectors, packing of b, an a that is read line by line, results that lie apart. */
function effort(problem: Problem, target: Target): number {
  const { m, n, k, bytes, a, b, operands } = problem;
  const width = Math.ceil(n / 4) * 4;
  const apart = operands.filter(({ place, column }) => typeof place === "object" && column !== 0 && column !== dtypes[place.dtype].bytes).length;
  const pack = b.column === bytes ? (m > 18 ? 0.08 : 0) : wantsDots(problem, target) ? 0 : b.row === bytes ? 0.4 : 1.5;
  const jumps = Math.abs(a.column) >= 128 ? 0.15 : 0;
  return (m * width * k * bytes) / 64 + pack * k * n + jumps * m * k + 4 * apart * m * n;
}

/** A problem turned so that vectors run along n. */
function turn(given: Problem, target: Target): Problem {
  // what is computed while rows are packed stays where these are
  const other = given.prologue === undefined ? transposed(given) : given;
  const chosen = effort(other, target) < effort(given, target) ? other : given;
  // With one column its stride means nothing: vectors may read on.
  return chosen.n === 1 ? { ...chosen, b: { ...chosen.b, column: chosen.bytes } } : chosen;
}

export function planContraction(given: Problem, target: Target): Plan {
  const turned = turn(given, target);
  const { m, n, k, bytes, a, b } = turned;
  const dots = wantsDots(turned, target);
  const { rows, columns } = tileSize(turned, target);
  const { full: rowTiles, tails: rowTails } = splitRows(m, rows);
  const panels = Math.floor(n / columns);
  const columnTail = n % columns;
  const allPanels = panels + (columnTail > 0 ? 1 : 0);

  const unroll = 2;
  const streams = target.simd && m <= 3 && b.column === bytes && k * n * bytes > 4 * 1024 * 1024;
  const wanted = dots ? k : kBlockFor(turned, streams);
  const { problem, partial, scratch } = wanted < k ? withSums(turned) : { problem: turned, partial: undefined, scratch: areasEnd };
  const kBlock = partial === undefined ? k : Math.min(k, wanted);

  const packB = packing(turned, target, rowTiles + rowTails.length, dots, streams);
  const big = m * kBlock * bytes > 448 * 1024;
  const computed = problem.prologue !== undefined;
  const together = computed || (batchSize(problem) === 1 && (m + rows) * (k + kBlock) * bytes <= mostTogether);
  const apart = Math.abs(a.column) >= 128 && (kBlock > 256 || (together && kBlock >= 128 && allPanels >= 16));
  const packsA = computed || (target.simd && allPanels >= 4 && (big || apart));
  const packA = !packsA ? "never" : together ? "together" : "alone";
  const rowBlock = Math.max(1, packsA ? Math.floor((160 * 1024) / (rows * kBlock * bytes)) : rowTiles);
  const panelBlock = packsA && packB === "always" ? Math.max(1, Math.floor((4 * 1024 * 1024) / (columns * kBlock * bytes))) : packsA || streams ? allPanels : 1;

  const split = allPanels >= 8 || allPanels >= rowTiles ? "panels" : "rows";
  const rowsPerUnit = Math.max(1, Math.ceil(rowTiles / 16));
  const unitsPerBatch = split === "panels" ? allPanels : Math.max(1, Math.ceil(rowTiles / rowsPerUnit));
  return { problem, target, rows, rowTiles, rowTails, columns, panels, columnTail, kBlock, partial, unroll, dots, packA, packB, rowBlock, panelBlock, split, rowsPerUnit, unitsPerBatch, scratch };
}

/** Panels that are there already pay even for one row, where b is too large for the nearest cache and not a stream from memory. */
function packing({ n, k, bytes, b }: Problem, target: Target, tiles: number, dots: boolean, streams: boolean): Plan["packB"] {
  if (!target.simd || dots) return "never";
  if (b.column !== bytes || !readsDirectly(tiles, Math.abs(b.row) * k)) return "always";
  return streams || n * k * bytes < 16 * 1024 ? "never" : "kept";
}

/** Whether panels of b, whose columns lie next to one another, are read where they are: seldom enough, or small enough for a cache. */
const readsDirectly = (tiles: number, span: number): boolean => tiles <= 3 || span <= 16 * 1024 || (tiles <= 6 && span <= 512 * 1024);

/** Length of the blocks of k, as equal as they can be. */
function kBlockFor(problem: Problem, streams: boolean): number {
  const { k } = problem;
  // a few rows of b at a time, but not too many blocks: as long as the number of them, where that is large
  if (streams) return Math.min(k, k <= 65_536 ? 8 : Math.ceil(Math.sqrt(k) / 4) * 4);
  const blocks = k <= 800 ? 1 : Math.ceil(k / 512);
  return Math.ceil(k / blocks / 4) * 4;
}

/** A place for sums between blocks of k: a result, or scratch memory where that is not too large. */
function withSums(problem: Problem): { readonly problem: Problem; readonly partial: number | undefined; readonly scratch: number } {
  const { m, n, bytes, operands, batch } = problem;
  const partial = resultForSums(problem);
  if (partial !== undefined) return { problem, partial, scratch: areasEnd };
  const row = Math.ceil(n / 8) * 8 * bytes;
  const size = Math.ceil((m * row) / 64) * 64;
  if (size > 4 * 1024 * 1024) return { problem, partial, scratch: areasEnd };
  const sums: Operand = { place: "scratch", offset: areasEnd, batch: batch.map(() => 0), row, column: bytes };
  return { problem: { ...problem, operands: [...operands, sums] }, partial: operands.length, scratch: areasEnd + size };
}

/** Blocks of k: offset and length of the first, how many whole ones follow, and the last. */
export function kBlocks({ problem: { k }, kBlock }: Plan): { readonly count: number; readonly last: number } {
  const count = kBlock === 0 ? 1 : Math.max(1, Math.ceil(k / kBlock));
  return { count, last: k - (count - 1) * kBlock };
}

/** Product of the batch dimensions. */
export const batchSize = ({ batch }: Pick<Problem, "batch">): number => batch.reduce((size, d) => size * d, 1);
