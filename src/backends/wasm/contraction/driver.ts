/** The loops around the micro-kernels: units, panels of columns, blocks of k, blocks of rows, with the packing in between. */
import type { Buffer } from "../../../kernel/ir.ts";
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import type { KernelTable } from "../kernel.ts";
import { advance, minimum, place, plus, range, until } from "./code.ts";
import { emitDots } from "./dots.ts";
import { emitPack, type PackSpec } from "./pack.ts";
import { packedRows, pushPackedRows } from "./pack-rows.ts";
import { batchSize, kBlocks, panelCount, type Plan } from "./plan.ts";
import type { Operand } from "./problem.ts";
import { type BlockRole, emitTile, lanesOf } from "./tile.ts";

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** The column side of a panel: how many columns exist, and bytes of one of its rows when packed. */
interface Panel {
  readonly columns: number;
  readonly rowBytes: number;
}
/** A block of k: where it stands among the others and how long it is. */
interface Block {
  readonly role: BlockRole;
  readonly length: number;
}

/** Panels that stay from call to call: the word of the table with their address (0: not in this call), followed by whether they are filled. */
interface Kept {
  readonly word: number;
  /** Locals: both of these words, bytes from the beginning of a panel to the block of k under way, bytes from panel to panel. */
  readonly address: number;
  readonly filled: number;
  readonly block: number;
  readonly step: number;
}

export class Driver {
  readonly #module: ModuleBuilder;
  readonly #name: string;
  readonly #plan: Plan;
  readonly #table: KernelTable;
  readonly #f: FunctionBuilder;
  readonly #functions = new Map<string, FunctionBuilder>();
  readonly scratch: number;
  /** Bytes of one packed panel, of one packed row tile, and where the latter begin in scratch memory. */
  readonly #panelBytes: number;
  readonly #tileBytes: number;
  readonly #packedA: number;
  readonly #packedB: number;
  /** Bytes of one panel over all of k, where panels are kept from call to call. */
  readonly #keptBytes: number;
  readonly #kept: Kept | undefined;
  /** Locals: the first packed panel of the region under way. */
  readonly #packed: number;
  /** The block of k under way of the rows that were packed together. */
  readonly #together: number | undefined;

  constructor(module: ModuleBuilder, name: string, plan: Plan, table: KernelTable) {
    this.#module = module;
    this.#name = name;
    this.#plan = plan;
    this.#table = table;
    const f = module.function(name, ["i32", "i32", "i32", "i32"], []);
    this.#f = f;
    const { problem: { bytes, k, b }, kBlock, columns, rows, rowBlock, rowTails } = plan;
    this.#panelBytes = columns * bytes * kBlock;
    this.#tileBytes = rows * bytes * kBlock;
    this.#packedB = plan.scratch;
    this.#packedA = this.#packedB + (plan.packB === "always" ? align(this.#panelBytes * Math.min(plan.panelBlock, panelCount(plan))) : 0);
    // Vectors are read beyond the end of what is packed.
    this.#keptBytes = align(columns * bytes * k);
    const keeps = plan.packB !== "never" && typeof b.place === "object" && b.batch.every((stride) => stride === 0);
    const word = keeps ? table.keepPanels(b.place as Buffer, this.#keptBytes * panelCount(plan)) : undefined;
    this.#kept = word === undefined ? undefined : { word, address: f.local("i32"), filled: f.local("i32"), block: f.local("i32"), step: f.local("i32") };
    this.#packed = plan.packB === "never" ? -1 : f.local("i32");
    const packsRows = plan.packA === "alone";
    this.#together = plan.packA === "together" ? f.local("i32") : undefined;
    this.scratch = this.#packedA + (packsRows ? align(this.#tileBytes * (rowBlock + rowTails.length)) : 0) + (packsRows || plan.packB === "always" ? 64 : 0);
  }

  /** A helper function of the kernel, made once. */
  #helper(key: string, make: (name: string) => FunctionBuilder): FunctionBuilder {
    let made = this.#functions.get(key);
    if (made === undefined) this.#functions.set(key, (made = make(`${this.#name}.${key}`)));
    return made;
  }
  #call(helper: FunctionBuilder): void {
    this.#f.op("call", helper);
  }

  emit(): FunctionBuilder {
    const f = this.#f;
    const { problem, unitsPerBatch } = this.#plan;
    const arrays = [problem.a, problem.b, ...problem.operands];
    const bases = arrays.map((array) => {
      const base = f.local("i32");
      if (array.place === "number") f.op("i32.const", array.offset);
      else {
        if (array.place === "scratch") f.op("local.get", 3);
        else f.op("local.get", 0).op("i32.load", { offset: 4 * this.#table.wordOf(array.place) });
        if (array.offset !== 0) f.op("i32.const", array.offset).op("i32.add");
      }
      f.op("local.set", base);
      return base;
    });
    if (this.#kept !== undefined) this.#findPanels(this.#kept);
    const unit = f.local("i32");
    const first = f.local("i32");
    const last = f.local("i32");
    f.op("local.get", 1).op("local.set", unit);
    until(f, unit, 2, () => {
      f.op("local.get", unit);
      if (batchSize(problem) > 1) f.op("i32.const", unitsPerBatch).op("i32.rem_u");
      f.op("local.set", first);
      minimum(f, last, () => f.op("i32.const", unitsPerBatch), () => f.op("local.get", 2).op("local.get", unit).op("i32.sub").op("local.get", first).op("i32.add"));
      const [a, b, ...operands] = this.#batchPointers(arrays, bases, unit) as [number, number, ...number[]];
      this.#matrix(first, last, a, b, operands);
      f.op("local.get", unit).op("local.get", last).op("i32.add").op("local.get", first).op("i32.sub").op("local.set", unit);
    });
    return f;
  }

  /** Where panels are kept, if they are in this call, and how far apart they lie. */
  #findPanels({ word, address, filled, step }: Kept): void {
    const f = this.#f;
    f.op("local.get", 0).op("i32.load", { offset: 4 * word }).op("local.set", address);
    f.op("local.get", 0).op("i32.load", { offset: 4 * word + 4 }).op("local.set", filled);
    f.op("i32.const", this.#keptBytes).op("i32.const", this.#panelBytes).op("local.get", address).op("select").op("local.set", step);
  }

  /** Pointers to the matrices of the batch that the unit belongs to. */
  #batchPointers(arrays: readonly Operand[], bases: readonly number[], unit: number): readonly number[] {
    const f = this.#f;
    const { problem: { batch }, unitsPerBatch } = this.#plan;
    if (batch.length === 0) return bases;
    const rest = f.local("i32");
    const index = f.local("i32");
    const pointers = bases.map((base) => {
      const pointer = f.local("i32");
      f.op("local.get", base).op("local.set", pointer);
      return pointer;
    });
    f.op("local.get", unit).op("i32.const", unitsPerBatch).op("i32.div_u").op("local.set", rest);
    for (let d = batch.length - 1; d >= 0; d--) {
      if (d === 0) f.op("local.get", rest).op("local.set", index);
      else f.op("local.get", rest).op("local.get", rest).op("i32.const", batch[d] as number).op("i32.div_u").op("local.tee", rest).op("i32.const", batch[d] as number).op("i32.mul").op("i32.sub").op("local.set", index);
      arrays.forEach((array, i) => place(f, pointers[i] as number, pointers[i] as number, index, array.batch[d] as number));
    }
    return pointers;
  }

  /** One matrix product, for the units [first, last) of it. */
  #matrix(first: number, last: number, a: number, b: number, operands: readonly number[]): void {
    const f = this.#f;
    const plan = this.#plan;
    const { split, rowsPerUnit, rowTiles, unitsPerBatch, panelBlock } = plan;
    const [panel, panelEnd, tile, tileEnd] = range(4).map(() => f.local("i32")) as [number, number, number, number];
    if (split === "panels") {
      f.op("local.get", first).op("local.set", panel).op("local.get", last).op("local.set", panelEnd);
      f.op("i32.const", 0).op("local.set", tile).op("i32.const", rowTiles).op("local.set", tileEnd);
    } else {
      f.op("i32.const", 0).op("local.set", panel).op("i32.const", panelCount(plan)).op("local.set", panelEnd);
      f.op("local.get", first).op("i32.const", rowsPerUnit).op("i32.mul").op("local.set", tile);
      minimum(f, tileEnd, () => f.op("i32.const", rowTiles), () => f.op("local.get", last).op("i32.const", rowsPerUnit).op("i32.mul"));
    }
    // The row tails belong to the last unit.
    const withTails = f.local("i32");
    if (split === "panels") f.op("i32.const", 1);
    else f.op("local.get", last).op("i32.const", unitsPerBatch).op("i32.eq");
    f.op("local.set", withTails);

    const groupEnd = f.local("i32");
    until(f, panel, panelEnd, () => {
      minimum(f, groupEnd, () => f.op("local.get", panelEnd), () => plus(f, panel, panelBlock));
      this.#depth({ panel, panelEnd: groupEnd, tile, tileEnd, withTails, a, b, operands, packed: false });
      f.op("local.get", groupEnd).op("local.set", panel);
    });
  }

  /** The blocks of k, for a group of panels. */
  #depth(region: Region): void {
    const f = this.#f;
    const plan = this.#plan;
    const { problem, kBlock } = plan;
    const { count, last } = kBlocks(plan);
    const a = f.local("i32");
    const b = f.local("i32");
    f.op("local.get", region.a).op("local.set", a).op("local.get", region.b).op("local.set", b);
    const inner = { ...region, a, b };
    const kept = this.#kept;
    if (kept !== undefined) f.op("i32.const", 0).op("local.set", kept.block);
    if (this.#together !== undefined) {
      pushPackedRows(f);
      f.op("local.set", this.#together);
    }
    const next = (): void => {
      advance(f, a, kBlock * problem.a.column);
      advance(f, b, kBlock * problem.b.row);
      if (kept !== undefined) advance(f, kept.block, this.#panelBytes);
      if (this.#together !== undefined) advance(f, this.#together, packedRows(plan).block);
    };
    if (count > 1) {
      this.#block(inner, { role: { first: true, last: false }, length: kBlock });
      next();
    }
    if (count > 2) {
      const left = f.local("i32");
      f.op("i32.const", count - 2).op("local.set", left);
      f.nest("loop", () => {
        this.#block(inner, { role: { first: false, last: false }, length: kBlock });
        next();
        f.op("local.get", left).op("i32.const", 1).op("i32.sub").op("local.tee", left).op("br_if", 0);
      });
    }
    this.#block(inner, { role: { first: count === 1, last: true }, length: last });
  }

  /** One block of k, with b packed or as it is. */
  #block(region: Region, block: Block): void {
    const f = this.#f;
    const { packB } = this.#plan;
    const packed = (): void => {
      this.#placePanels(region, block);
      this.#blocksOfRows({ ...region, packed: true }, block);
    };
    const direct = (): void => this.#blocksOfRows(region, block);
    if (packB === "always") packed();
    else if (this.#kept === undefined) direct();
    else {
      f.op("local.get", this.#kept.address).nest("if", () => {
        packed();
        f.op("else");
        direct();
      });
    }
  }

  #blocksOfRows(region: Region, block: Block): void {
    const f = this.#f;
    const { rowBlock, packA } = this.#plan;
    const { tile, tileEnd, withTails } = region;
    if (packA === "never") return this.#panels({ ...region, tailsHere: withTails }, block);
    const [at, end, tailsHere] = range(3).map(() => f.local("i32")) as [number, number, number];
    f.op("local.get", tile).op("local.set", at);
    // At least one round: there may be tails only.
    f.nest("loop", () => {
      minimum(f, end, () => f.op("local.get", tileEnd), () => plus(f, at, rowBlock));
      f.op("local.get", end).op("local.get", tileEnd).op("i32.eq").op("local.get", withTails).op("i32.and").op("local.set", tailsHere);
      if (packA === "alone") this.#packRows({ ...region, tile: at, tileEnd: end, tailsHere }, block);
      this.#panels({ ...region, tile: at, tileEnd: end, tailsHere }, block);
      f.op("local.get", end).op("local.tee", at).op("local.get", tileEnd).op("i32.lt_u").op("br_if", 0);
    });
  }

  /** Packs the panels of a region: to scratch memory, or where they are kept if they are not there yet. */
  #placePanels(region: Region, block: Block): void {
    const f = this.#f;
    const kept = this.#kept;
    plus(f, 3, this.#packedB);
    f.op("local.set", this.#packed);
    if (kept === undefined) return this.#packPanels(region, block);
    f.op("local.get", kept.address).nest("if", () => {
      place(f, this.#packed, kept.address, region.panel, this.#keptBytes);
      f.op("local.get", this.#packed).op("local.get", kept.block).op("i32.add").op("local.set", this.#packed);
    });
    f.op("local.get", kept.filled).op("i32.eqz").nest("if", () => this.#packPanels(region, block));
  }

  /** Moves a pointer to the next packed panel. */
  #nextPanel(pointer: number): void {
    if (this.#kept === undefined) advance(this.#f, pointer, this.#panelBytes);
    else this.#f.op("local.get", pointer).op("local.get", this.#kept.step).op("i32.add").op("local.set", pointer);
  }

  #packPanels({ panel, panelEnd, b }: Region, { length }: Block): void {
    const f = this.#f;
    const { problem, columns } = this.#plan;
    const [at, source, destination] = range(3).map(() => f.local("i32")) as [number, number, number];
    f.op("local.get", panel).op("local.set", at);
    f.op("local.get", this.#packed).op("local.set", destination);
    place(f, source, b, panel, columns * problem.b.column);
    this.#overPanels(at, panelEnd, (kind) => {
      this.#pack(`packPanel${kind.columns}`, { columns: kind.columns, rowBytes: kind.rowBytes, kStride: problem.b.row, columnStride: problem.b.column }, source, destination, length);
      advance(f, source, columns * problem.b.column);
      this.#nextPanel(destination);
    });
  }

  #packRows({ tile, tileEnd, tailsHere, a }: BlockOfRows, { length }: Block): void {
    const f = this.#f;
    const { problem, rows } = this.#plan;
    const [at, source, destination] = range(3).map(() => f.local("i32")) as [number, number, number];
    f.op("local.get", tile).op("local.set", at);
    plus(f, 3, this.#packedA);
    f.op("local.set", destination);
    place(f, source, a, tile, rows * problem.a.row);
    this.#overTiles(at, tileEnd, tailsHere, (height) => {
      this.#pack(`packRows${height}`, { columns: height, rowBytes: height * problem.bytes, kStride: problem.a.column, columnStride: problem.a.row }, source, destination, length);
      advance(f, source, height * problem.a.row);
      advance(f, destination, this.#tileBytes);
    });
  }

  #pack(key: string, form: Pick<PackSpec, "columns" | "rowBytes" | "kStride" | "columnStride">, source: number, destination: number, length: number): void {
    const { problem: { bytes }, target } = this.#plan;
    const pack = this.#helper(key, (name) => emitPack(this.#module, { ...form, name, bytes, target }));
    this.#f.op("local.get", source).op("local.get", destination).op("i32.const", length);
    this.#call(pack);
  }

  /** The micro-kernels over all panels and row tiles of a region. */
  #panels(region: BlockOfRows, block: Block): void {
    const f = this.#f;
    const plan = this.#plan;
    const { problem, columns, rows, partial, unroll, target, dots } = plan;
    const packsRows = plan.packA !== "never";
    const { panel, panelEnd, tile, tileEnd, tailsHere, packed: packB } = region;
    const [at, b, row, a] = range(4).map(() => f.local("i32")) as [number, number, number, number];
    const corners = problem.operands.map(() => f.local("i32"));
    const here = problem.operands.map(() => f.local("i32"));
    f.op("local.get", panel).op("local.set", at);
    if (packB) f.op("local.get", this.#packed).op("local.set", b);
    else place(f, b, region.b, panel, columns * problem.b.column);
    problem.operands.forEach((operand, i) => {
      place(f, corners[i] as number, region.operands[i] as number, panel, columns * operand.column);
      place(f, corners[i] as number, corners[i] as number, tile, rows * operand.row);
    });
    this.#overPanels(at, panelEnd, (kind) => {
      if (dots) {
        const helper = this.#helper(`dots${kind.columns}`, (name) => emitDots(this.#module, problem, target, { name, rows: problem.m, columns: kind.columns }));
        f.op("local.get", region.a).op("local.get", b).op("local.get", 3);
        this.#call(helper);
      }
      f.op("local.get", tile).op("local.set", row);
      if (this.#together !== undefined) place(f, a, this.#together, tile, this.#tileBytes);
      else if (packsRows) {
        plus(f, 3, this.#packedA);
        f.op("local.set", a);
      } else place(f, a, region.a, tile, rows * problem.a.row);
      corners.forEach((corner, i) => f.op("local.get", corner).op("local.set", here[i] as number));
      this.#overTiles(row, tileEnd, tailsHere, (height) => {
        const key = `tile${height}x${kind.columns}${block.role.first ? "" : "continued"}${block.role.last ? "" : "open"}${packB ? "" : "direct"}`;
        const tileFunction = this.#helper(key, (name) => emitTile(this.#module, problem, target, {
          name, rows: height, columns: kind.columns, k: dots ? 0 : block.length, unroll, role: block.role, partial, staged: dots,
          aRow: packsRows ? problem.bytes : problem.a.row, aStep: packsRows ? height * problem.bytes : problem.a.column,
          bStep: packB ? kind.rowBytes : problem.b.row, bColumn: packB ? problem.bytes : problem.b.column,
        }));
        f.op("local.get", a).op("local.get", b).op("local.get", 3);
        for (const pointer of here) f.op("local.get", pointer);
        this.#call(tileFunction);
        advance(f, a, packsRows ? this.#tileBytes : height * problem.a.row);
        problem.operands.forEach((operand, i) => advance(f, here[i] as number, height * operand.row));
      });
      if (packB) this.#nextPanel(b);
      else advance(f, b, columns * problem.b.column);
      problem.operands.forEach((operand, i) => advance(f, corners[i] as number, columns * operand.column));
    });
  }

  /** Full panels from `at` on, then the narrower one where it is among them. */
  #overPanels(at: number, end: number, body: (kind: Panel) => void): void {
    const f = this.#f;
    const { panels, columns, columnTail, problem, target } = this.#plan;
    const lanes = lanesOf(problem, target);
    const { bytes } = problem;
    const kind = (count: number): Panel => ({ columns: count, rowBytes: lanes.registers(count) * lanes.width * bytes });
    if (panels > 0) {
      const stop = f.local("i32");
      minimum(f, stop, () => f.op("local.get", end), () => f.op("i32.const", panels));
      until(f, at, stop, () => {
        body(kind(columns));
        advance(f, at, 1);
      });
    }
    if (columnTail > 0) f.op("local.get", end).op("i32.const", panels).op("i32.gt_u").nest("if", () => body(kind(columnTail)));
  }

  /** Full row tiles from `at` on, then the tails where they are wanted. */
  #overTiles(at: number, end: number, tailsHere: number, body: (height: number) => void): void {
    const f = this.#f;
    const { rows, rowTiles, rowTails } = this.#plan;
    if (rowTiles > 0) {
      until(f, at, end, () => {
        body(rows);
        advance(f, at, 1);
      });
    }
    if (rowTails.length > 0) f.op("local.get", tailsHere).nest("if", () => rowTails.forEach((height) => body(height)));
  }
}

/** What is worked on: locals that hold the range of panels and of row tiles, whether the row tails belong to it, and pointers. */
interface Region {
  readonly panel: number;
  readonly panelEnd: number;
  readonly tile: number;
  readonly tileEnd: number;
  readonly withTails: number;
  readonly a: number;
  readonly b: number;
  readonly operands: readonly number[];
  /** Whether b is read from packed panels. */
  readonly packed: boolean;
}
interface BlockOfRows extends Region {
  readonly tailsHere: number;
}
