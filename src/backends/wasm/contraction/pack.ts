/**
 * Copies a block of a matrix into a compact one: `[k][width]`, in the order in which a micro-kernel reads it. One function
 * (source, destination, k) per form; the width is that of a tile.
 */
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import type { Target } from "../target.ts";
import { advance, grid, range, until, Window } from "./code.ts";

export interface PackSpec {
  readonly name: string;
  readonly bytes: 4 | 8;
  /** Columns that exist, and bytes of a packed row: those of whole vectors where it is read in vectors. */
  readonly columns: number;
  readonly rowBytes: number;
  /** Bytes in the source along k and along the columns. */
  readonly kStride: number;
  readonly columnStride: number;
  readonly target: Target;
}

const source = 0;
const destination = 1;
const count = 2;

export function emitPack(module: ModuleBuilder, spec: PackSpec): FunctionBuilder {
  const f = module.function(spec.name, ["i32", "i32", "i32"], []);
  if (spec.target.simd && spec.columnStride === spec.bytes) copyRows(f, spec);
  else if (spec.target.simd && spec.kStride === spec.bytes) transposeRows(f, spec);
  else gather(f, spec);
  return f;
}

/** Runs `body` once for `step` values of k at a time, while so many are left. Both pointers move. */
function overK(f: FunctionBuilder, { kStride, rowBytes }: PackSpec, step: number, body: () => void): void {
  const done = f.local("i32");
  const end = f.local("i32");
  f.op("i32.const", 0).op("local.set", done);
  f.op("local.get", count).op("i32.const", step).op("i32.div_u").op("local.set", end);
  until(f, done, end, () => {
    body();
    advance(f, source, step * kStride);
    advance(f, destination, step * rowBytes);
    advance(f, done, 1);
  });
  if (step > 1) f.op("local.get", count).op("i32.const", step).op("i32.rem_u").op("local.set", count);
}

/** Columns lie next to one another: whole vectors, then what is left of the row. Reads may go beyond the last column where the packed row does. */
function copyRows(f: FunctionBuilder, spec: PackSpec): void {
  const { rowBytes, kStride } = spec;
  const parts: { readonly at: number; readonly type: "v128" | "i64" | "i32"; readonly local: number }[] = [];
  for (let at = 0; at < rowBytes; ) {
    const type = rowBytes - at >= 16 ? "v128" : rowBytes - at >= 8 ? "i64" : "i32";
    parts.push({ at, type, local: f.local(type) });
    at += { v128: 16, i64: 8, i32: 4 }[type];
  }
  const rows = (step: number): void => overK(f, spec, step, () => {
    const window = new Window(f, source, grid(step, kStride, 1, 0));
    for (const u of range(step)) {
      for (const { at, type, local } of parts) f.op("local.get", source).op(`${type}.load`, { offset: window.at(u * kStride).offset + at }).op("local.set", local);
      for (const { at, type, local } of parts) f.op("local.get", destination).op("local.get", local).op(`${type}.store`, { offset: u * rowBytes + at });
    }
    advance(f, source, window.at(0).offset);
  });
  rows(4);
  rows(1);
}

/** Values of k lie next to one another: small squares are transposed in registers. A square's stores come right after its loads, so no two of them form a pair. */
function transposeRows(f: FunctionBuilder, spec: PackSpec): void {
  const side = 16 / spec.bytes;
  const { columns, columnStride, rowBytes, bytes } = spec;
  const last = columns - 1;
  overK(f, spec, side, () => {
    const window = new Window(f, source, grid(columns, columnStride, 1, 0));
    const loads = range(side).map(() => f.local("v128"));
    const halves = range(side).map(() => f.local("v128"));
    const load = (c: number, to: number): unknown => f.op("local.get", source).op("v128.load", window.at(Math.min(c, last) * columnStride)).op("local.set", to);
    const shuffle = (x: number, y: number, lanes: readonly number[]): unknown => f.op("local.get", x).op("local.get", y).op("i8x16.shuffle", lanes.flatMap((lane) => range(bytes).map((byte) => lane * bytes + byte)));
    for (let from = 0; from * bytes < rowBytes; from += side) {
      loads.forEach((register, c) => load(from + c, register));
      // A row narrower than whole vectors keeps its end free: the packed rows of the broadcast side.
      const keep = Math.min(side, rowBytes / bytes - from);
      const put = (u: number, x: number, y: number, lanes: readonly number[]): void => {
        if (keep === side) f.op("local.get", destination);
        shuffle(x, y, lanes);
        if (keep === side) f.op("v128.store", { offset: u * rowBytes + from * bytes });
        else {
          f.op("local.set", spare);
          for (const lane of range(keep)) f.op("local.get", destination).op("local.get", spare).op(`v128.store${8 * bytes}_lane`, { offset: u * rowBytes + (from + lane) * bytes, lane });
        }
      };
      const spare = keep === side ? -1 : f.local("v128");
      const [r0, r1, r2, r3] = loads as [number, number, number, number];
      if (side === 2) {
        put(0, r0, r1, [0, 2]);
        put(1, r0, r1, [1, 3]);
      } else {
        const [t0, t1, t2, t3] = halves as [number, number, number, number];
        const half = (to: number, x: number, y: number, lanes: readonly number[]): void => {
          shuffle(x, y, lanes);
          f.op("local.set", to);
        };
        half(t0, r0, r1, [0, 4, 1, 5]);
        half(t1, r2, r3, [0, 4, 1, 5]);
        half(t2, r0, r1, [2, 6, 3, 7]);
        half(t3, r2, r3, [2, 6, 3, 7]);
        put(0, t0, t1, [0, 1, 4, 5]);
        put(1, t0, t1, [2, 3, 6, 7]);
        put(2, t2, t3, [0, 1, 4, 5]);
        put(3, t2, t3, [2, 3, 6, 7]);
      }
    }
    advance(f, source, window.at(0).offset);
  });
  gather(f, spec);
}

/** One element at a time, from anywhere. */
function gather(f: FunctionBuilder, spec: PackSpec): void {
  const type = spec.bytes === 4 ? "i32" : "i64";
  overK(f, spec, 1, () => {
    const window = new Window(f, source, grid(spec.columns, spec.columnStride, 1, 0));
    for (const c of range(spec.columns)) {
      f.op("local.get", destination).op("local.get", source).op(`${type}.load`, window.at(c * spec.columnStride)).op(`${type}.store`, { offset: c * spec.bytes });
    }
    advance(f, source, window.at(0).offset);
  });
}
