/** Padding in NumPy's modes. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { Operand } from "../core/array-types.ts";
import { describe, range } from "../core/shape.ts";
import { build } from "../core/convert.ts";
import { at, isValue, type Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";
import * as op from "../ops/slice.ts";
import { checkKeys } from "../trace/arguments.ts";
import { type ArrayFunction, checkCount, checkWord } from "./axis.ts";
import { selectAlong } from "./join.ts";
import { expose, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

const modes = ["constant", "edge", "reflect", "symmetric", "wrap"] as const;
export type PadMode = (typeof modes)[number];

export interface PadOptions {
  /** Default "constant". */
  readonly mode?: PadMode;
  /** With mode "constant": the one number that fills. Default 0. It has a gradient. */
  readonly constantValues?: Operand;
}

/** One number for all ends, [before, after] for all axes, or such a pair for each axis. */
export type PadWidths = number | readonly [before: number, after: number] | readonly (readonly [before: number, after: number])[];

/**
 * x with more elements at the ends of its axes: a constant ("constant"), the outermost element ("edge"), a mirror image without
 * ("reflect") or with ("symmetric") the outermost element, or the other end ("wrap"). Throws `ShapeError` where an axis without elements
 * would have to be continued.
 *
 * @example pad([1, 2, 3], [1, 2], { mode: "reflect" }) // → [2, 1, 2, 3, 2, 1]
 */
export const pad: ArrayFunction<[widths: PadWidths, options?: PadOptions]> = publicFunction("pad", ["x", "widths", "{ mode, constantValues }"], (operand: unknown, widths: unknown, options: unknown = {}): never => {
  checkKeys(options, ["mode", "constantValues"], "pad");
  const { mode: word = "constant", constantValues } = options as PadOptions;
  const mode = checkWord(word, modes, "pad", "mode");
  const x = toValue(operand, "pad");
  const pairs = widthPairs(widths, x.type.shape.length);
  if (mode === "constant") {
    const [low, high] = [pairs.map((p) => p[0]), pairs.map((p) => p[1])];
    return expose(op.pad(x, fillFor(x, constantValues ?? 0), { low, high, interior: low.map(() => 0) }));
  }
  if (constantValues !== undefined) throw new ArgumentError(`pad: constantValues has no meaning in mode "${mode}"`);
  return expose(pairs.reduce((y, pair, axis) => continued(y, axis, pair, mode), x));
});

function widthPairs(widths: unknown, rank: number): [number, number][] {
  const count = (n: unknown): number => checkCount(n, "pad", "a width");
  const wrong = (): never => {
    throw new ArgumentError(`pad: widths ${describe(widths)} do not fit ${rank} axes`, { hint: "give a number, [before, after], or one [before, after] for each axis" });
  };
  if (typeof widths === "number") return range(rank).map(() => [count(widths), count(widths)]);
  if (!Array.isArray(widths)) return wrong();
  const list: readonly unknown[] = widths;
  if (list.length === 0 && rank === 0) return [];
  const nested = list.every((w) => Array.isArray(w)) ? (list as readonly (readonly unknown[])[]) : [list];
  const pairs = nested.map((w): [number, number] => (w.length === 2 ? [count(w[0]), count(w[1])] : w.length === 1 ? [count(w[0]), count(w[0])] : wrong()));
  if (pairs.length === 1) return range(rank).map(() => at(pairs, 0));
  return pairs.length === rank ? pairs : wrong();
}

/** The filling as a scalar of the dtype of x. */
function fillFor(x: Value, value: unknown): Value {
  const fill = isValue(value) ? convert(value, x.type.dtype) : build(value, x.type.dtype, "pad: constantValues");
  if (fill.type.shape.length === 0) return fill;
  throw new ShapeError(`pad: constantValues must be one number, got ${showType(fill.type)}`, { hint: "for different constants pad one axis after the other" });
}

/** One axis with elements of its own before and behind it. */
function continued(x: Value, axis: number, [before, after]: readonly [number, number], mode: Exclude<PadMode, "constant">): Value {
  if (before === 0 && after === 0) return x;
  const length = at(x.type.shape, axis);
  if (length === 0) throw new ShapeError(`pad: axis ${axis} of ${showType(x.type)} has no elements to continue in mode "${mode}"`);
  return selectAlong(x, axis, range(before + length + after).map((i) => source(i - before, length, mode)));
}

/** Which element of an axis stands at a position that may lie outside. */
function source(position: number, length: number, mode: Exclude<PadMode, "constant">): number {
  if (mode === "edge") return Math.min(Math.max(position, 0), length - 1);
  const period = mode === "wrap" ? length : mode === "symmetric" ? 2 * length : Math.max(1, 2 * (length - 1));
  const within = ((position % period) + period) % period;
  return within < length ? within : mode === "symmetric" ? period - 1 - within : period - within;
}
