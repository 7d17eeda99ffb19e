/**
 * Dot products: few rows of a against columns of b where both have the values of k next to one another, so vectors run along k. The sums go
 * to the staging area of scratch memory, in the layout of a tile.
 */
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import type { Target } from "../target.ts";
import { advance, range, repeat } from "./code.ts";
import { dotsArea } from "./epilogue.ts";
import type { Problem } from "./problem.ts";
import { lanesOf } from "./tile.ts";

interface DotsSpec {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

const [a, b, scratch] = [0, 1, 2];
/** Longer sums are sums of blocks of so many terms. */
const turnsPerBlock = 256;

/** Parameters: a, b at the panel's first column, scratch memory. */
export function emitDots(module: ModuleBuilder, problem: Problem, target: Target, { name, rows, columns }: DotsSpec): FunctionBuilder {
  const f = module.function(name, ["i32", "i32", "i32"], []);
  const most = Math.max(1, Math.floor((target.wide ? 8 : 4) / rows));
  const group = Math.min(columns, most);
  const rowBytes = lanesOf(problem, target).registers(columns) * 16;
  const out = f.local("i32");
  f.op("local.get", scratch).op("local.set", out);
  const turn = (width: number): void => {
    const helper = emitGroup(module, problem, target, `${name}.${width}`, rows, width, rowBytes);
    repeat(f, width === group ? Math.floor(columns / group) : 1, () => {
      f.op("local.get", a).op("local.get", b).op("local.get", scratch).op("local.get", out).op("call", helper);
      advance(f, b, width * problem.b.column);
      advance(f, out, width * problem.bytes);
    });
  };
  turn(group);
  if (columns % group > 0) turn(columns % group);
  return f;
}

/** rows × columns dot products. Each has two vectors of sums, which are stored as a pair after each block of k and added up from memory. */
function emitGroup(module: ModuleBuilder, problem: Problem, target: Target, name: string, rows: number, columns: number, rowBytes: number): FunctionBuilder {
  const f = module.function(name, ["i32", "i32", "i32", "i32"], []);
  const { bytes, k } = problem;
  const lanes = lanesOf(problem, target);
  const perTurn = 32 / bytes;
  const type = problem.dtype === "float32" ? "f32" : "f64";
  const rowPointers = range(rows).map((i) => pointer(f, a as number, i * problem.a.row));
  const columnPointers = range(columns).map((j) => pointer(f, b as number, j * problem.b.column));
  const vectors = (count: number): number[] => range(count).map(() => f.local("v128"));
  const sums = range(rows).map(() => range(columns).map(() => vectors(2)));
  const left = range(rows).map(() => vectors(2));
  const right = vectors(2);
  const load = (from: number, to: readonly number[]): void => to.forEach((register, h) => f.op("local.get", from).op("v128.load", { offset: 16 * h }).op("local.set", register));
  const area = (i: number, j: number): number => dotsArea + 32 * (i * columns + j);
  const eachSum = (body: (sum: number, offset: number) => void): void => sums.forEach((row, i) => row.forEach((pair, j) => pair.forEach((sum, h) => body(sum, area(i, j) + 16 * h))));
  /** So many turns, whose sums are added to what is in the staging area, or are the first there. */
  const block = (turns: number, first: boolean): void => {
    eachSum((sum) => {
      lanes.zero(f);
      f.op("local.set", sum);
    });
    if (turns > 0) {
      repeat(f, turns, () => {
        left.forEach((to, i) => load(rowPointers[i] as number, to));
        columnPointers.forEach((from, j) => {
          load(from, right);
          left.forEach((x, i) => range(2).forEach((h) => lanes.multiplyAdd(f, x[h] as number, right[h] as number, sums[i]![j]![h] as number)));
        });
        if (target.wide) {
          for (const register of [...left.flat(), ...right]) {
            lanes.zero(f);
            f.op("local.set", register);
          }
        }
        for (const p of [...rowPointers, ...columnPointers]) advance(f, p, 32);
      });
    }
    eachSum((sum, offset) => {
      f.op("local.get", 2);
      if (!first) f.op("local.get", 2).op("v128.load", { offset });
      f.op("local.get", sum);
      if (!first) f.op(lanes.add);
      f.op("v128.store", { offset });
    });
  };
  const turns = Math.floor(k / perTurn);
  const more = Math.max(0, Math.ceil(turns / turnsPerBlock) - 1);
  block(turns - more * turnsPerBlock, true);
  if (more > 0) repeat(f, more, () => block(turnsPerBlock, false));
  for (const i of range(rows)) {
    for (const j of range(columns)) {
      f.op("local.get", 3);
      const term = (lane: number): unknown => f.op("local.get", 2).op(`${type}.load`, { offset: area(i, j) + lane * bytes });
      addUp(f, type, perTurn, term);
      for (const u of range(k % perTurn)) {
        f.op("local.get", rowPointers[i] as number).op(`${type}.load`, { offset: u * bytes }).op("local.get", columnPointers[j] as number).op(`${type}.load`, { offset: u * bytes });
        f.op(`${type}.mul`).op(`${type}.add`);
      }
      f.op(`${type}.store`, { offset: i * rowBytes + j * bytes });
    }
  }
  return f;
}

/** Leaves the sum of `count` terms on the stack, halves first. */
function addUp(f: FunctionBuilder, type: string, count: number, term: (i: number) => unknown, from = 0): void {
  if (count === 1) return void term(from);
  addUp(f, type, count / 2, term, from);
  addUp(f, type, count / 2, term, from + count / 2);
  f.op(`${type}.add`);
}

function pointer(f: FunctionBuilder, base: number, distance: number): number {
  const local = f.local("i32");
  f.op("local.get", base).op("local.set", local);
  advance(f, local, distance);
  return local;
}
