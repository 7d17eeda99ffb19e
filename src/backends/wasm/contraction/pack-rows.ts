/**
 * Packs all rows of a where every thread finds them, tile after tile, one block of k after another: threads do it together before any of them
 * multiplies, so that what each of them takes of the products does not depend on what it has packed.
 */
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import type { KernelTable, PackedTogether } from "../kernel.ts";
import { control } from "../layout.ts";
import { advance, minimum, place, plus, repeat, until } from "./code.ts";
import { emitPack } from "./pack.ts";
import { kBlocks, type Plan } from "./plan.ts";
import type { Operand } from "./problem.ts";
import { areaBytes, costOfPrologue, emitPrologue } from "./prologue.ts";

/** Bytes of a packed tile over one block of k, and of all tiles. */
export function packedRows({ problem: { bytes }, rows, rowTiles, rowTails, kBlock }: Pick<Plan, "problem" | "rows" | "rowTiles" | "rowTails" | "kBlock">): { readonly tile: number; readonly block: number } {
  const tile = rows * bytes * kBlock;
  return { tile, block: Math.ceil((tile * (rowTiles + rowTails.length)) / 64) * 64 };
}

/** Where they lie: for `local.set`. */
export const pushPackedRows = (f: FunctionBuilder): unknown => f.op("i32.const", control.shared).op("i32.load", { offset: 0 });

/** Units are full tiles; the tails are one more. */
export function emitPackRows(module: ModuleBuilder, name: string, plan: Plan, table: KernelTable): PackedTogether {
  const { problem: { a, prologue, bytes, m, k }, rows, rowTiles, rowTails, kBlock, target } = plan;
  const { count, last } = kBlocks(plan);
  const size = packedRows(plan);
  const f = module.function(`${name}.packTogether`, ["i32", "i32", "i32", "i32"], []);
  const [shared, unit, stop, destination] = [0, 0, 0, 0].map(() => f.local("i32")) as [number, number, number, number];
  const arrays = prologue?.arrays ?? [a];
  const bases = arrays.map(({ place, offset }) => {
    const base = f.local("i32");
    if (typeof place === "object") f.op("local.get", 0).op("i32.load", { offset: 4 * table.wordOf(place) }).op("i32.const", offset).op("i32.add").op("local.set", base);
    return base;
  });
  const sources = arrays.map(() => f.local("i32"));
  pushPackedRows(f);
  f.op("local.set", shared);
  const heights = [...new Set([rows, ...rowTails])];
  const packers = arrays.map(({ row, column }, i) => new Map(heights.map((height) => [height, emitPack(module, { name: `${name}.packTogether${height}${i === 0 ? "" : `.${i}`}`, bytes, columns: height, rowBytes: height * bytes, kStride: column, columnStride: row, target })])));
  const area = areaBytes(Math.max(...heights) * kBlock * bytes);
  const compute = prologue && emitPrologue(module, `${name}.prologue`, prologue, area, plan.problem.dtype, target);
  /** One block of k of a tile: as it is, or each array to an area of scratch memory, and what is computed of them. */
  const block = (height: number, length: number): void => {
    sources.forEach((source, i) => {
      f.op("local.get", source);
      if (compute === undefined) f.op("local.get", destination);
      else plus(f, 3, i * area);
      f.op("i32.const", length).op("call", (packers[i] as ReadonlyMap<number, FunctionBuilder>).get(height) as FunctionBuilder);
    });
    if (compute !== undefined) f.op("local.get", 3).op("local.get", destination).op("i32.const", length * height * bytes).op("call", compute);
  };
  const pack = (height: number): void => {
    sources.forEach((source, i) => place(f, source, bases[i] as number, unit, rows * (arrays[i] as Operand).row));
    place(f, destination, shared, unit, size.tile);
    if (count > 1) {
      repeat(f, count - 1, () => {
        block(height, kBlock);
        sources.forEach((source, i) => advance(f, source, kBlock * (arrays[i] as Operand).column));
        advance(f, destination, size.block);
      });
    }
    block(height, last);
  };
  f.op("local.get", 1).op("local.set", unit);
  minimum(f, stop, () => f.op("local.get", 2), () => f.op("i32.const", rowTiles));
  until(f, unit, stop, () => {
    pack(rows);
    advance(f, unit, 1);
  });
  if (rowTails.length > 0) {
    f.op("local.get", 2).op("i32.const", rowTiles).op("i32.gt_u").nest("if", () => {
      rowTails.forEach((height, i) => {
        pack(height);
        bases.forEach((base, j) => advance(f, base, (height - rows) * (arrays[j] as Operand).row));
        if (i + 1 < rowTails.length) advance(f, unit, 1);
      });
    });
  }
  const cost = m * k * (arrays.length * bytes * 0.08 + (prologue === undefined ? 0 : costOfPrologue(prologue, target)));
  return { function: f, units: rowTiles + Math.min(1, rowTails.length), grain: Math.max(1, Math.ceil(rowTiles / 16)), cost, bytes: count * size.block, scratch: compute === undefined ? 0 : arrays.length * area };
}
