/** The same function for every element: one after the other (`map`), or over all prefixes (`associativeScan`). */
import { ArgumentError } from "../errors.ts";
import { batchwise } from "../control/scan-chunks.ts";
import { scan } from "../control/scan.ts";
import { describe } from "../core/shape.ts";
import { checkKeys } from "../trace/arguments.ts";
import { associativeScanTrees } from "../trace/associative-scan.ts";
import { scanTrees } from "../trace/scan.ts";
import { checkFunction, type PlainFunction } from "../trace/trace.ts";
import { checkCount, checkInteger } from "./axis.ts";
import type { Applied, Passed } from "./loop-types.ts";
import { fromUser } from "./public-function.ts";

export interface MapOptions {
  /** So many elements at once, as by `vmap`. Default 1: one after the other. */
  readonly batchSize?: number;
}

export interface AssociativeScanOptions {
  /** From the last element to the first. */
  readonly reverse?: boolean;
  /** The axis that is scanned, of every leaf. Default 0. */
  readonly axis?: number;
}

/**
 * `f` on each element of `xs` along its first axis, one after the other; the results stand along a new first axis. Trees in, trees out.
 * `vmap(f)` does the same for all elements at once, which is faster and takes memory for all of them; with `batchSize` so many at a time.
 *
 * @throws ShapeError where the first axes of the leaves of `xs` differ in length.
 * @example map((x: Tensor) => x.mul(x), [1, 2, 3]).toArray(); // → [1, 4, 9]
 */
export function map<X, Y, S>(f: (x: X) => Y, xs: Passed<X, S>, options?: MapOptions): Applied<S, Y>;
export function map<X, Y>(f: (x: X) => Y, xs: X, options?: MapOptions): Y;
export function map(f: unknown, xs: unknown, options: MapOptions = {}): unknown {
  return fromUser(() => {
    checkFunction(f, "f", "map", "map(f, xs)");
    checkKeys(options, ["batchSize"], "map");
    const size = checkCount(options.batchSize ?? 1, "map", "batchSize", 1);
    const turn = (_none: null, x: unknown): unknown => [null, (f as (x: unknown) => unknown)(x)];
    const [, ys] = scanTrees(turn as PlainFunction, null, xs, "map", { length: undefined, reverse: false, run: size === 1 ? scan : batchwise(size) });
    return ys;
  });
}

/**
 * All prefixes of `elems` along an axis under an associative `f`: element i of the result is f(…f(f(e₀, e₁), e₂)…, eᵢ). It takes about 2 log₂ n
 * steps, each on many pairs at once, so `f` combines whole blocks: its arguments have the scanned axis, with some length, and elementwise operations
 * or operations that batch along it do. Trees in, trees out.
 *
 * @throws TreeError, ShapeError, DTypeError where `f` returns another tree or type than it took, naming the path.
 * @example associativeScan((a: Tensor, b: Tensor) => a.mul(b), [1, 2, 3, 4]).toArray(); // → [1, 2, 6, 24]
 */
export function associativeScan<E, I>(f: (a: E, b: E) => NoInfer<E>, elems: Passed<E, I>, options?: AssociativeScanOptions): Applied<I, E>;
export function associativeScan<E>(f: (a: E, b: E) => NoInfer<E>, elems: E, options?: AssociativeScanOptions): E;
export function associativeScan(f: unknown, elems: unknown, options: AssociativeScanOptions = {}): unknown {
  return fromUser(() => {
    checkFunction(f, "f", "associativeScan", "associativeScan(f, elems)");
    checkKeys(options, ["reverse", "axis"], "associativeScan");
    const { reverse = false, axis = 0 } = options;
    if (typeof reverse !== "boolean") throw new ArgumentError(`associativeScan: reverse must be true or false, got ${describe(reverse)}`);
    return associativeScanTrees(f, elems, reverse, checkInteger(axis, "associativeScan", "axis"));
  });
}
