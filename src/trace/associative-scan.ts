/**
 * All prefixes of a list under an associative operation, as a program of its own operations: neighbours are combined, the list of the pairs is
 * scanned, and the elements between come from it. About 2n combinations in 2 log₂ n steps, each on many elements at once.
 */
import { DTypeError, ShapeError, TreeError } from "../errors.ts";
import { toConcrete } from "../core/convert.ts";
import { inUserCode } from "../core/place.ts";
import { checkAxis, insertAt } from "../core/shape.ts";
import { at, isValue, type Value } from "../core/tensor.ts";
import { flattenLike, type Structure, unflatten } from "../core/tree.ts";
import { sameType, showType } from "../core/type.ts";
import { concatenate, reverse as turnAround } from "../ops/concatenate.ts";
import { sliceAxis } from "../ops/slice.ts";
import { reshape } from "../ops/structure.ts";
import { type Leaves, readTrees } from "./body.ts";
import type { PlainFunction } from "./trace.ts";

type Elements = readonly Value[];
type Combine = (a: Elements, b: Elements) => Elements;

export function associativeScanTrees(f: PlainFunction, elems: unknown, reverse: boolean, axisOption: number): unknown {
  const where = "associativeScan";
  const [{ values, structure, paths }] = readTrees([elems], ["elems"], where) as [Leaves];
  const axes = values.map(({ type }, i) => {
    if (type.shape.length === 0) throw new ShapeError(`${where}: ${at(paths, i)} (${showType(type)}) is a scalar and has no axis to scan`);
    return checkAxis(axisOption, type.shape.length, `${where}: ${at(paths, i)}`);
  });
  const length = commonLength(values, axes, paths, where);
  const combine = combination(f, structure, paths, where);
  const turned = (list: Elements): Elements => (reverse ? list.map((x, i) => turnAround(x, [at(axes, i)])) : list);
  return unflatten(structure, turned(prefixes(combine, turned(values), length, axes)));
}

function commonLength(values: Elements, axes: readonly number[], paths: readonly string[], where: string): number {
  const lengths = values.map(({ type }, i) => at(type.shape, at(axes, i)));
  const other = lengths.findIndex((n) => n !== lengths[0]);
  if (other < 0) return lengths[0] ?? 0;
  const shown = (i: number): string => `${at(lengths, i)} (${at(paths, i)}, ${showType(at(values, i).type)})`;
  throw new ShapeError(`${where}: lengths differ: ${shown(0)} and ${shown(other)}`, { hint: "all leaves of elems need scanned axes of one length" });
}

/** The user's function on leaves. What it returns has the tree and the types of what it got. */
function combination(f: PlainFunction, structure: Structure, paths: readonly string[], where: string): Combine {
  return (a, b) => {
    const result = inUserCode(() => (f as (x: unknown, y: unknown) => unknown)(unflatten(structure, a), unflatten(structure, b)));
    return resultLeaves(structure, result, where).map((leaf, i) => {
      const want = at(a, i).type;
      const value = isValue(leaf) ? leaf : toConcrete(leaf, want.dtype, `${where}: the result of the function`);
      if (sameType(value.type, want)) return value;
      const text = `${where}: the function changes the type at ${at(paths, i)}: it took ${showType(want)} and returned ${showType(value.type)}`;
      if (value.type.dtype !== want.dtype) throw new DTypeError(text, { hint: `convert what it returns with .astype("${want.dtype}"), or the elements before` });
      throw new ShapeError(text, { hint: "the function combines many pairs at once: its arguments have the scanned axis, and so has its result" });
    });
  };
}

function resultLeaves(structure: Structure, result: unknown, where: string): unknown[] {
  try {
    return flattenLike(structure, result, "the result");
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    throw new TreeError(`${where}: the function must return a tree like its arguments: ${(error.message.split("\n")[0] as string).replace(/^\w*Error: /, "")}`, { cause: error });
  }
}

function prefixes(combine: Combine, list: Elements, length: number, axes: readonly number[]): Elements {
  if (length < 2) return list;
  const part = (values: Elements, start: number, limit: number, stride = 1): Elements => values.map((x, i) => sliceAxis(x, at(axes, i), start, limit, stride));
  const pairs = Math.floor(length / 2);
  const combined = combine(part(list, 0, 2 * pairs, 2), part(list, 1, 2 * pairs, 2));
  const odd = prefixes(combine, combined, pairs, axes);
  const first = part(list, 0, 1);
  const others = Math.ceil(length / 2) - 1;
  const even = others === 0 ? first : joined(first, combine(part(odd, 0, others), part(list, 2, length, 2)), axes);
  const both = even.map((x, i) => interleaved(sliceAxis(x, at(axes, i), 0, pairs), at(odd, i), at(axes, i)));
  return length % 2 === 0 ? both : joined(both, part(even, pairs, pairs + 1), axes);
}

function joined(a: Elements, b: Elements, axes: readonly number[]): Elements {
  return a.map((x, i) => concatenate([x, at(b, i)], at(axes, i)));
}

/** x₀ y₀ x₁ y₁ … along an axis. */
function interleaved(x: Value, y: Value, axis: number): Value {
  const { shape } = x.type;
  const pairs = concatenate([x, y].map((v) => reshape(v, insertAt(shape, axis + 1, 1))), axis + 1);
  return reshape(pairs, shape.map((n, d) => (d === axis ? 2 * n : n)));
}
