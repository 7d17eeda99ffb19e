/** The nodes of the elements of a value, row-major; and the zero-padded values of gradients, of which only the other elements are kept. */
import { stridesOf, type Shape } from "../../../core/shape.ts";
import type { Assembly, AxisSource } from "../../../core/lowering.ts";
import type { Graph, Node } from "./graph.ts";

/** Absent everywhere but at `positions` (ascending). */
export interface Sparse {
  readonly length: number;
  readonly absent: Node;
  readonly positions: Int32Array;
  readonly nodes: Int32Array;
}
export type Cells = Int32Array | Sparse;

export function isSparse(cells: Cells): cells is Sparse {
  return !(cells instanceof Int32Array);
}

export function dense(cells: Cells): Int32Array {
  if (!isSparse(cells)) return cells;
  const out = new Int32Array(cells.length).fill(cells.absent);
  cells.positions.forEach((p, i) => {
    out[p] = cells.nodes[i] as number;
  });
  return out;
}

/** Adds the elements of `from` to those of `to`, in place. */
export function addInto(g: Graph, to: Int32Array, from: Sparse, sum: (x: Node, y: Node) => Node): Int32Array {
  for (let i = 0; i < from.positions.length; i++) {
    const p = from.positions[i] as number;
    const old = to[p] as Node;
    const added = from.nodes[i] as Node;
    to[p] = g.isAbsent(old) ? added : sum(old, added);
  }
  return to;
}

/** Calls visit(offset) for the points of a box in row-major order, offset = start + Σ stride · index. */
export function forEachOffset(shape: Shape, strides: readonly number[], start: number, visit: (offset: number) => void): void {
  const rank = shape.length;
  if (shape.includes(0)) return;
  const index = new Array<number>(rank).fill(0);
  for (let offset = start; ; ) {
    visit(offset);
    let d = rank - 1;
    for (; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      offset += strides[d] as number;
      if ((index[d] as number) < (shape[d] as number)) break;
      offset -= (strides[d] as number) * (shape[d] as number);
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

export function sizeOfBox(shape: Shape): number {
  return shape.reduce((n, length) => n * length, 1);
}

/** Where the first element of a view lies in its operand, which has these strides. */
export function firstOffset(sources: readonly AxisSource[], strides: readonly number[]): number {
  return sources.reduce((sum, { start }, d) => sum + start * (strides[d] as number), 0);
}

/** The elements of a view. */
export function viewCells(source: Cells, operand: Shape, sources: readonly AxisSource[], result: Shape): Int32Array {
  const from = dense(source);
  const steps = stridesOf(operand);
  const strides = result.map(() => 0);
  const start = firstOffset(sources, steps);
  sources.forEach(({ axis, step }, d) => {
    if (axis >= 0) strides[axis] = (strides[axis] as number) + step * (steps[d] as number);
  });
  const out = new Int32Array(sizeOfBox(result));
  let next = 0;
  forEachOffset(result, strides, start, (offset) => (out[next++] = from[offset] as number));
  return out;
}

/** The boxes of an assembly put together. `fill` is the node around them; absent ones make the result sparse where that pays. */
export function assembleCells(g: Graph, operands: readonly Cells[], shapes: readonly Shape[], { pieces }: Assembly, fill: Node | undefined, result: Shape): Cells {
  const length = sizeOfBox(result);
  const steps = stridesOf(result);
  const targets: number[] = [];
  const nodes: number[] = [];
  for (const { operand, from, shape, to, step } of pieces) {
    const source = dense(operands[operand] as Cells);
    const strides = stridesOf(shapes[operand] as Shape);
    const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, n, d) => sum + n * (b[d] as number), 0);
    forEachOffset(shape, step.map((s, d) => s * (steps[d] as number)), dot(to, steps), (offset) => targets.push(offset));
    forEachOffset(shape, strides, dot(from, strides), (offset) => nodes.push(source[offset] as number));
  }
  if (fill !== undefined && g.isAbsent(fill) && pieces.length === 1 && nodes.length * 8 <= length) {
    return { length, absent: fill, positions: new Int32Array(targets), nodes: new Int32Array(nodes) };
  }
  const out = new Int32Array(length).fill(fill ?? 0);
  targets.forEach((p, i) => {
    out[p] = nodes[i] as number;
  });
  return out;
}

/** Combines numbers in pairs, pairs of pairs and so on: short chains, and rounding errors that grow with the logarithm. */
export function tree(nodes: readonly Node[], combine: (x: Node, y: Node) => Node): Node | undefined {
  let level = nodes;
  while (level.length > 1) {
    const next: Node[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) next.push(combine(level[i] as Node, level[i + 1] as Node));
    if (level.length % 2 === 1) next.push(level[level.length - 1] as Node);
    level = next;
  }
  return level[0];
}

/** For the elements of an operand in row-major order, the element of the result they are combined into when `axes` disappear. */
export function reducedPositions(operand: Shape, axes: readonly number[]): number[] {
  const kept = stridesOf(operand.filter((_, d) => !axes.includes(d)));
  let next = 0;
  const strides = operand.map((_, d) => (axes.includes(d) ? 0 : (kept[next++] as number)));
  const out: number[] = [];
  forEachOffset(operand, strides, 0, (offset) => out.push(offset));
  return out;
}


/** Offsets of all combinations of indices along `axes`, row-major. */
export function offsetsOf(shape: Shape, axes: readonly number[]): number[] {
  const strides = stridesOf(shape);
  const out: number[] = [];
  forEachOffset(axes.map((a) => shape[a] as number), axes.map((a) => strides[a] as number), 0, (offset) => out.push(offset));
  return out;
}

/** The positions along an axis, for each combination of the others. */
export function lanes(shape: Shape, axis: number): number[][] {
  const along = offsetsOf(shape, [axis]);
  return offsetsOf(shape, shape.flatMap((_, d) => (d === axis ? [] : [d]))).map((start) => along.map((offset) => start + offset));
}
