/**
 * A matrix product with what is computed on its result, as a kernel. Axes are merged into m, n and k as far as every operand's strides
 * allow; what cannot be merged becomes part of the batch, where an operand that does not have it stands still.
 */
import type { AxisPairs } from "../../core/lowering.ts";
import { range, type Shape, sizeOf } from "../../core/shape.ts";
import type { Access, ContractionKernel, Expression, Store } from "../ir.ts";
import { merges, positionOf, sameMap } from "./affine.ts";
import { ExpressionBuilder, loopsOver } from "./expressions.ts";
import type { ContractionGroup, Member, Operand } from "./groups.ts";
import type { Placement } from "./placement.ts";
import { prologueOf } from "./prologue.ts";

/** Which axes of an operand are what. */
interface Sides {
  readonly batch: AxisPairs;
  readonly contract: AxisPairs;
  readonly freeX: readonly number[];
  readonly freeY: readonly number[];
}

export function sidesOf(axes: { readonly contract: AxisPairs; readonly batch: AxisPairs }, xRank: number, yRank: number): Sides {
  const free = (rank: number, side: 0 | 1): number[] => range(rank).filter((a) => !axes.contract[side].includes(a) && !axes.batch[side].includes(a));
  return { ...axes, freeX: free(xRank, 0), freeY: free(yRank, 1) };
}

/** Loops that lie one after another in a kernel's stores: their lengths, and their strides in each operand. */
interface Axes {
  readonly lengths: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** How many of the last axes can be one loop; the others go to the batch. At least one where there is any. */
function merged(axes: Axes, epilogue: readonly (readonly number[])[]): number {
  for (let first = 0; first < axes.lengths.length - 1; first++) {
    const tail = (list: readonly number[]): readonly number[] => list.slice(first);
    if (merges(tail(axes.lengths), [axes.a, axes.b, ...epilogue].map(tail))) return axes.lengths.length - first;
  }
  return Math.min(1, axes.lengths.length);
}

const last = (list: readonly number[]): number => list[list.length - 1] ?? 0;

export function emitContractionGroup(group: ContractionGroup, placement: Placement): ContractionKernel {
  const product = group.members[0] as Member;
  const { equation } = product;
  const { lower } = equation.primitive;
  if (lower.form !== "contraction") throw new Error("unreachable");
  const { batch, contract, freeX, freeY } = sidesOf(lower.axes(equation.params), group.x.atom.type.shape.length, group.y.atom.type.shape.length);
  const pick = (list: readonly number[], axes: readonly number[]): number[] => axes.map((a) => list[a] as number);
  const [x, y] = [sourceOf(group.x, placement, group.index, freeX, contract[0]), sourceOf(group.y, placement, group.index, freeY, contract[1])];
  const rank = group.shape.length;
  const dtype = equation.outputs[0]?.type.dtype as "float32" | "float64";

  // the result's axes: batch, free axes of x, free axes of y
  const zeros = (axes: readonly number[]): number[] => axes.map(() => 0);
  const stored = stores(group, placement, rank);
  const epilogue = accessesOf(stored);
  const slice = (from: number, count: number): (readonly number[])[] => epilogue.map((a) => a.strides.slice(from, from + count));
  const rows: Axes = { lengths: pick(x.shape, freeX), a: pick(x.access.strides, freeX), b: zeros(freeX) };
  const columns: Axes = { lengths: pick(y.shape, freeY), a: zeros(freeY), b: pick(y.access.strides, freeY) };
  const sums: Axes = { lengths: pick(x.shape, contract[0]), a: pick(x.access.strides, contract[0]), b: pick(y.access.strides, contract[1]) };
  const m = merged(rows, slice(batch[0].length, freeX.length));
  const n = merged(columns, slice(batch[0].length + freeX.length, freeY.length));

  const extra = (axes: Axes, count: number): Axes => {
    const take = (list: readonly number[]): readonly number[] => list.slice(0, list.length - count);
    return { lengths: take(axes.lengths), a: take(axes.a), b: take(axes.b) };
  };
  const [moreRows, moreColumns] = [extra(rows, m), extra(columns, n)];
  const batchLengths = [...pick(x.shape, batch[0]), ...moreRows.lengths, ...moreColumns.lengths];
  const aBatch = [...pick(x.access.strides, batch[0]), ...moreRows.a, ...moreColumns.a];
  const bBatch = [...pick(y.access.strides, batch[1]), ...moreRows.b, ...moreColumns.b];
  // position of each loop of the kernel among the result's axes; a merged loop goes by its last axis
  const order = [
    ...range(batch[0].length),
    ...range(moreRows.lengths.length).map((i) => batch[0].length + i),
    ...range(moreColumns.lengths.length).map((i) => batch[0].length + freeX.length + i),
    freeX.length === 0 ? -1 : batch[0].length + freeX.length - 1,
    freeY.length === 0 ? -1 : rank - 1,
  ];
  const size = (axes: Axes, count: number): number => sizeOf(axes.lengths.slice(axes.lengths.length - count));
  const kernel = {
    kind: "contraction" as const,
    name: [...new Set(group.members.map((e) => e.equation.primitive.name))].slice(0, 4).join("_"),
    place: equation.place,
    dtype,
    batch: batchLengths,
    k: sizeOf(sums.lengths),
  };
  const left = { length: size(rows, m), strides: [...aBatch, last(rows.a), last(sums.a)], source: x };
  const right = { length: size(columns, n), strides: [...bBatch, last(columns.b), last(sums.b)], source: y };
  // what is computed on the way stands on the left, where rows are packed
  const turned = y.prologue !== undefined;
  const [a, b] = turned ? [right, left] : [left, right];
  const dims = batchLengths.length;
  return {
    ...kernel,
    m: a.length,
    n: b.length,
    a: { ...a.source.access, strides: a.strides },
    b: { ...b.source.access, strides: [...b.strides.slice(0, dims), b.strides[dims + 1] as number, b.strides[dims] as number] },
    prologue: a.source.prologue,
    stores: reordered(stored, turned ? [...order.slice(0, -2), ...order.slice(-2).reverse()] : order),
  };
}

/** Where an operand is read, strides per axis; one that is computed on the way goes by a load of what it is computed of. */
function sourceOf({ access, atom }: Operand, placement: Placement, group: number, free: readonly number[], contract: readonly number[]): { readonly shape: Shape; readonly access: Access; readonly prologue: Expression | undefined } {
  const { shape } = atom.type;
  if (access !== undefined) return { shape, access, prologue: undefined };
  const [row, k] = [free[0] as number, contract[0] as number];
  const { value, load } = prologueOf(placement, group, atom, row, k);
  const strides = [0, 0];
  strides[row] = load.access.strides[0] as number;
  strides[k] = load.access.strides[1] as number;
  return { shape, access: { ...load.access, strides }, prologue: value };
}

function stores(group: ContractionGroup, placement: Placement, rank: number): Store[] {
  const product = group.members[0] as Member;
  const dtype = product.variable.type.dtype;
  const builder: ExpressionBuilder = new ExpressionBuilder({
    loops: loopsOver(range(rank), rank),
    home: (v) => placement.homeFor(v, group.index),
    constant: (array) => placement.bufferOf(array),
    resolve: (variable, map) => {
      if (variable === product.variable) return { expression: { kind: "accumulator", dtype } };
      const home = placement.homeFor(variable, group.index);
      if (home.kind !== "member" || home.member.group !== group) return undefined;
      // used at other points before it joined the group: computed anew there
      return { equation: home.member.equation, map: sameMap(home.member.map, map, variable.type.shape, rank) ? home.member.map : map };
    },
  });
  return group.members.flatMap(({ variable, map, buffer }) => {
    if (buffer === undefined) return [];
    const value = builder.build(variable, map);
    return [{ access: builder.access(buffer, positionOf(map, variable.type.shape, rank)), value, terms: [], condition: undefined, combine: undefined }];
  });
}

type Strided = { readonly strides: readonly number[] };

/** Everything in stores that has strides over the loops. */
function accessesOf(list: readonly Store[]): Strided[] {
  const out: Strided[] = list.map((s) => s.access);
  const seen = new Set<Expression>();
  const stack = list.map((s) => s.value);
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (seen.has(e)) continue;
    seen.add(e);
    if (e.kind === "load") out.push(e.access);
    else if (e.kind === "index") out.push(e);
    if (e.kind === "load") stack.push(...e.terms.map((t) => t.index));
    if (e.kind === "apply") stack.push(...e.operands);
  }
  return out;
}

/** The stores with their loops in another order; -1 stands for a loop that does not exist. What they share stays shared. */
function reordered(list: readonly Store[], order: readonly number[]): Store[] {
  const strides = (of: readonly number[]): number[] => order.map((d) => (d < 0 ? 0 : (of[d] as number)));
  const done = new Map<Expression, Expression>();
  const at = (e: Expression): Expression => done.get(e) as Expression;
  const stack = list.map((s) => s.value);
  for (let e = stack[stack.length - 1]; e !== undefined; e = stack[stack.length - 1]) {
    const inner = e.kind === "apply" ? e.operands : e.kind === "load" ? e.terms.map((t) => t.index) : [];
    const missing = done.has(e) ? [] : inner.filter((o) => !done.has(o));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    if (done.has(e)) continue;
    if (e.kind === "apply") done.set(e, { ...e, operands: e.operands.map(at) });
    else if (e.kind === "load") done.set(e, { ...e, access: turned(e.access, strides), terms: e.terms.map((t) => ({ ...t, index: at(t.index) })) });
    else if (e.kind === "index") done.set(e, { ...e, strides: strides(e.strides) });
    else done.set(e, e);
  }
  return list.map((store) => ({ ...store, access: turned(store.access, strides), value: at(store.value) }));
}

function turned(access: Access, strides: (of: readonly number[]) => number[]): Access {
  return { ...access, strides: strides(access.strides) };
}

