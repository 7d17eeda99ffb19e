/**
 * Packs all rows of a where every thread finds them, tile after tile, one block of k after another: threads do it together before any of them
 * multiplies, so that what each of them takes of the products does not depend on what it has packed.
 */
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import type { KernelTable, PackedTogether } from "../kernel.ts";
import { control } from "../layout.ts";
import { advance, minimum, place, repeat, until } from "./code.ts";
import { emitPack } from "./pack.ts";
import { kBlocks, type Plan } from "./plan.ts";

/** Bytes of a packed tile over one block of k, and of all tiles. */
export function packedRows({ problem: { bytes }, rows, rowTiles, rowTails, kBlock }: Pick<Plan, "problem" | "rows" | "rowTiles" | "rowTails" | "kBlock">): { readonly tile: number; readonly block: number } {
  const tile = rows * bytes * kBlock;
  return { tile, block: Math.ceil((tile * (rowTiles + rowTails.length)) / 64) * 64 };
}

/** Where they lie: for `local.set`. */
export const pushPackedRows = (f: FunctionBuilder): unknown => f.op("i32.const", control.shared).op("i32.load", { offset: 0 });

/** Units are full tiles; the tails are one more. */
export function emitPackRows(module: ModuleBuilder, name: string, plan: Plan, table: KernelTable): PackedTogether {
  const { problem: { a, bytes, m, k }, rows, rowTiles, rowTails, kBlock, target } = plan;
  const { count, last } = kBlocks(plan);
  const size = packedRows(plan);
  const f = module.function(`${name}.packTogether`, ["i32", "i32", "i32", "i32"], []);
  const [base, shared, unit, stop, source, destination] = [0, 0, 0, 0, 0, 0].map(() => f.local("i32")) as [number, number, number, number, number, number];
  if (typeof a.place === "object") f.op("local.get", 0).op("i32.load", { offset: 4 * table.wordOf(a.place) }).op("i32.const", a.offset).op("i32.add").op("local.set", base);
  pushPackedRows(f);
  f.op("local.set", shared);
  const functions = new Map([...new Set([rows, ...rowTails])].map((height) => [height, emitPack(module, { name: `${name}.packTogether${height}`, bytes, columns: height, rowBytes: height * bytes, kStride: a.column, columnStride: a.row, target })]));
  const pack = (height: number): void => {
    const helper = functions.get(height) as FunctionBuilder;
    const block = (length: number): unknown => f.op("local.get", source).op("local.get", destination).op("i32.const", length).op("call", helper);
    place(f, source, base, unit, rows * a.row);
    place(f, destination, shared, unit, size.tile);
    if (count > 1) {
      repeat(f, count - 1, () => {
        block(kBlock);
        advance(f, source, kBlock * a.column);
        advance(f, destination, size.block);
      });
    }
    block(last);
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
        advance(f, base, height * a.row - rows * a.row);
        if (i + 1 < rowTails.length) advance(f, unit, 1);
      });
    });
  }
  return { function: f, units: rowTiles + Math.min(1, rowTails.length), grain: Math.max(1, Math.ceil(rowTiles / 16)), cost: m * k * bytes * 0.08, bytes: count * size.block };
}
