/** Reading and writing where an integer array points, when its numbers are known at compile time. Shapes: see `ops/index-geometry.ts`. */
import type { DType } from "../../../core/dtype.ts";
import type { Indexing } from "../../../core/indexing.ts";
import { range, type Shape, sizeOf, stridesOf } from "../../../core/shape.ts";
import { offsetsOf } from "./cells.ts";
import type { Graph, Node } from "./graph.ts";
import { rounded } from "./identities.ts";

interface Elements {
  readonly shape: Shape;
  readonly cells: Int32Array;
}

/** The position an index means along an axis; -1 where it is left out; undefined where the call must fail, or the index is not known. */
function resolve(index: number | undefined, length: number, mode: Indexing["mode"]): number | undefined {
  if (index === undefined) return undefined;
  const counted = index < 0 ? index + length : index;
  if (counted >= 0 && counted < length) return counted;
  if (mode === "fill") return -1;
  if (mode === "throw" || length === 0) return undefined;
  return mode === "clip" ? (counted < 0 ? 0 : length - 1) : ((index % length) + length) % length;
}

/** Where in the operand each index points: the first element of what it selects, or -1; undefined where that is not known. */
function starts(graph: Graph, { shape }: Elements, indices: Elements, { axes, batch, mode }: Indexing): number[] | undefined {
  const strides = stridesOf(shape);
  const batchStride = sizeOf(shape.slice(batch));
  const places = sizeOf(indices.shape.slice(batch, -1));
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < sizeOf(shape.slice(0, batch)) * places; i++) {
    let position = Math.floor(i / places) * batchStride;
    for (const axis of axes) {
      const resolved = resolve(graph.constantValue(indices.cells[next++] as Node), shape[axis] as number, mode);
      if (resolved === undefined) return undefined;
      position = resolved < 0 || position < 0 ? -1 : position + resolved * (strides[axis] as number);
    }
    out.push(position);
  }
  return out;
}

/** Offsets of what an index selects: everything along the axes that no index runs along. */
function selection({ shape }: Elements, { axes, batch }: Indexing): number[] {
  return offsetsOf(shape, range(shape.length).filter((a) => a >= batch && !axes.includes(a)));
}

export function gatherCells(graph: Graph, operand: Elements, indices: Elements, indexing: Indexing, dtype: DType): Int32Array | undefined {
  const offsets = selection(operand, indexing);
  const fill = graph.constant(rounded(indexing.fillValue ?? 0, dtype), dtype);
  const found = starts(graph, operand, indices, indexing);
  return found && Int32Array.from(found.flatMap((start) => offsets.map((offset) => (start < 0 ? fill : operand.cells[start + offset] as Node))));
}

export function scatterCells(graph: Graph, operand: Elements, indices: Elements, updates: Int32Array, indexing: Indexing, combine: (old: Node, update: Node) => Node): Int32Array | undefined {
  const offsets = selection(operand, indexing);
  const out = operand.cells.slice();
  const found = starts(graph, operand, indices, indexing);
  found?.forEach((start, i) => {
    if (start >= 0) offsets.forEach((offset, j) => (out[start + offset] = combine(out[start + offset] as Node, updates[i * offsets.length + j] as Node)));
  });
  return found && out;
}
