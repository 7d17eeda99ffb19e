/**
 * Functions that go over the same elements more than once, such as a softmax, take them from memory each time where they are too many for the
 * cache. So they are written in blocks that fit: what a block comes to is found while it is there, and what the blocks come to after that.
 */
import { dtypes } from "../core/dtype.ts";
import { sizeOf, without } from "../core/shape.ts";
import { at, type Value } from "../core/tensor.ts";
import { reshape, spread } from "./structure.ts";

/** An array whose reduced axes are cut into blocks of equal length: one axis of it counts the blocks, behind what it reduces within each. */
export interface Blocked {
  /** Of the shape of the array with one axis more: the cut one has become [blocks, points]. */
  readonly blocks: Value;
  /** The axes of `blocks` that lie within a block. */
  readonly within: readonly number[];
  /** The axes of a result for each block that are left to reduce. */
  readonly across: readonly number[];
}

/** Bytes that stay in the cache nearest to a core but one, and of which it takes so many at once. */
const cached = 1 << 18;
const line = 64;
/** Few results of many elements are computed in blocks anyway, so that threads can share them; see docs/compiler.md. */
const many = 16384;
const fewResults = 64;
/** Elements of a block: as many as there may be, and as many as is best. */
const longest = 1 << 16;
const shortest = 256;
const best = 4096;

/** The array in blocks; undefined where its rows stay in the cache, or where no number of equal blocks fits. */
export function inBlocks(x: Value, axes: readonly number[]): Blocked | undefined {
  const { shape, dtype } = x.type;
  const count = sizeOf(axes.map((a) => at(shape, a)));
  // where the last axis stays, elements that are reduced lie far apart
  const bytes = axes.includes(shape.length - 1) ? dtypes[dtype].bytes : line;
  if (count * bytes <= cached && !(count >= many && sizeOf(without(shape, axes)) < fewResults)) return undefined;
  const behind = (axis: number): number => sizeOf(axes.filter((a) => a > axis).map((a) => at(shape, a)));
  const inOrder = [...axes].sort((a, b) => a - b);
  const axis = inOrder.find((a) => behind(a) <= best / 2) as number;
  const cut = at(shape, axis);
  const points = pointsOf(cut, behind(axis));
  if (points === undefined) return undefined;
  const moved = (a: number): number => (a > axis ? a + 1 : a);
  return {
    blocks: reshape(x, [...shape.slice(0, axis), cut / points, points, ...shape.slice(axis + 1)]),
    within: [axis + 1, ...inOrder.filter((a) => a > axis).map(moved)],
    across: inOrder.filter((a) => a <= axis),
  };
}

/** The number of points of a block along an axis of `length`, each of `behind` elements: it divides the length, and comes nearest to the best block. */
function pointsOf(length: number, behind: number): number | undefined {
  let chosen: number | undefined;
  const off = (points: number): number => Math.abs(Math.log(points * behind / best));
  const consider = (points: number): void => {
    if (points * behind >= shortest && points * behind <= longest && points < length && (chosen === undefined || off(points) < off(chosen))) chosen = points;
  };
  for (let d = 1; d * d <= length; d++) {
    if (length % d !== 0) continue;
    consider(d);
    consider(length / d);
  }
  return chosen;
}

/** One number for each block, laid beside each of its elements. */
export function spreadOver({ blocks, within }: Blocked, y: Value): Value {
  return spread(y, blocks, within);
}
