/**
 * Where an element lies, as a function of the loops around it: `offset + Σ strides[d] · index[d]`. A point map says, at every point of a loop
 * space, which element of a value is meant: one affine function per axis, or one for the row-major position where the axes do not matter.
 */
import type { AxisSource } from "../../core/lowering.ts";
import { range, type Shape, sizeOf, stridesOf } from "../../core/shape.ts";

export interface Affine {
  readonly offset: number;
  readonly strides: readonly number[];
}

export type PointMap = { readonly kind: "axes"; readonly axes: readonly Affine[] } | { readonly kind: "linear"; readonly position: Affine };

const n = (x: number | undefined): number => x as number;

export function constantAffine(offset: number, rank: number): Affine {
  return { offset, strides: new Array<number>(rank).fill(0) };
}

/** Σ coefficients[i] · terms[i] */
function combine(terms: readonly Affine[], coefficients: readonly number[], rank: number): Affine {
  let offset = 0;
  const strides = new Array<number>(rank).fill(0);
  terms.forEach((term, i) => {
    const c = n(coefficients[i]);
    if (c === 0) return;
    offset += c * term.offset;
    for (let d = 0; d < rank; d++) strides[d] = n(strides[d]) + c * n(term.strides[d]);
  });
  return { offset, strides };
}

/** Axis i of the value is loop dims[i] of a space of `rank` loops; -1: always its first element. */
export function mapOfAxes(dims: readonly number[], rank: number): PointMap {
  return { kind: "axes", axes: dims.map((d) => ({ offset: 0, strides: range(rank).map((k) => (k === d ? 1 : 0)) })) };
}

export function identityMap(rank: number): PointMap {
  return mapOfAxes(range(rank), rank);
}

/** The row-major position of the element that a map names in a value of this shape. */
export function positionOf(map: PointMap, shape: Shape, rank: number): Affine {
  return map.kind === "linear" ? map.position : combine(map.axes, stridesOf(shape), rank);
}

/** The position under other strides than the row-major ones. */
export function stridedPosition(map: PointMap & { kind: "axes" }, offset: number, strides: readonly number[], rank: number): Affine {
  const at = combine(map.axes, strides, rank);
  return { offset: at.offset + offset, strides: at.strides };
}

/** What the map of a view's result means in its operand. Undefined where only the position in the result is known. */
export function throughView(map: PointMap, sources: readonly AxisSource[], rank: number): PointMap | undefined {
  if (sources.every((s) => s.axis < 0)) return { kind: "axes", axes: sources.map((s) => constantAffine(s.start, rank)) };
  if (map.kind === "linear") return undefined;
  const axes = sources.map(({ axis, start, step }): Affine => {
    if (axis < 0) return constantAffine(start, rank);
    const from = map.axes[axis] as Affine;
    return { offset: start + step * from.offset, strides: from.strides.map((s) => s * step) };
  });
  return { kind: "axes", axes };
}

/** For each axis of the operand of a reshape the axes of its result that make it up; undefined where an axis of the result spans several. */
export function mergedAxes(operand: Shape, result: Shape): readonly (readonly number[])[] | undefined {
  const groups: number[][] = operand.map(() => []);
  let r = 0;
  for (let o = 0; o < operand.length; o++) {
    const length = n(operand[o]);
    if (length === 1) continue;
    let product = 1;
    while (product < length) {
      const next = result[r];
      if (next === undefined) return undefined;
      if (next !== 1) (groups[o] as number[]).push(r);
      product *= next;
      r++;
    }
    if (product !== length) return undefined;
  }
  return groups;
}

/** What the map of a reshape's result means in its operand: per axis where the axes allow it, else by position. */
export function throughReshape(map: PointMap, operand: Shape, result: Shape, rank: number): PointMap {
  if (map.kind === "axes" && sizeOf(operand) > 0) {
    const groups = mergedAxes(operand, result);
    if (groups !== undefined) {
      const axes = groups.map((group) => {
        const strides = stridesOf(group.map((g) => n(result[g])));
        return combine(group.map((g) => map.axes[g] as Affine), strides, rank);
      });
      return { kind: "axes", axes };
    }
  }
  return { kind: "linear", position: positionOf(map, result, rank) };
}

export function sameAffine(a: Affine, b: Affine): boolean {
  return a.offset === b.offset && a.strides.every((s, d) => s === b.strides[d]);
}

/** Whether two maps of a value of this shape name the same element at every point. */
export function sameMap(a: PointMap, b: PointMap, shape: Shape, rank: number): boolean {
  if (a === b) return true;
  if (a.kind === "linear" || b.kind === "linear") return sameAffine(positionOf(a, shape, rank), positionOf(b, shape, rank));
  return shape.every((length, i) => length === 1 || sameAffine(a.axes[i] as Affine, b.axes[i] as Affine));
}

/** Whether one loop of the product of the lengths, by the stride of the last axis, goes through the axes in all of these strides. */
export function merges(lengths: readonly number[], strides: readonly (readonly number[])[]): boolean {
  return strides.every((s) => {
    let expected = s[s.length - 1] as number;
    for (let d = lengths.length - 1; d >= 0; d--) {
      const length = lengths[d] as number;
      if (length === 1) continue;
      if (s[d] !== expected) return false;
      expected *= length;
    }
    return true;
  });
}
