/** Loops of a known number of turns: `scan`. */
import { ArgumentError } from "../errors.ts";
import type { Concrete } from "../core/array-types.ts";
import { describe } from "../core/shape.ts";
import { checkKeys } from "../trace/arguments.ts";
import { plainScan, scanTrees } from "../trace/scan.ts";
import type { PlainFunction } from "../trace/trace.ts";
import { checkCount } from "./axis.ts";
import { fromUser } from "./public-function.ts";

export interface ScanOptions {
  /** How many turns. Needed only where `xs` has no leaves. */
  readonly length?: number;
  /** From the last element to the first. */
  readonly reverse?: boolean;
}

/**
 * Runs `f(carry, x) → [carry, y]` on each element of `xs` along its first axis, each turn with the carry that the one before returned.
 * The result is [last carry, ys], where `ys` has the results of the turns along a new first axis, in the order of `xs`.
 *
 * @example
 * const [total, sums] = scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.add(x)], 0, [1, 2, 3]);
 * sums.toArray(); // → [1, 3, 6]
 */
export function scan<C, X, Y>(f: (carry: C, x: X) => readonly [C, Y], init: Concrete<C>, xs: Concrete<X> | null | undefined, options: ScanOptions = {}): [C, Y] {
  return fromUser(() => {
    if (typeof f !== "function") throw new ArgumentError(`scan: the first argument is the function of a turn, got ${describe(f)}`, { hint: "scan(f, init, xs) with f(carry, x) → [carry, y]" });
    checkKeys(options, ["length", "reverse"], "scan");
    const { length, reverse = false } = options;
    const turns = length === undefined ? undefined : checkCount(length, "scan", "length");
    return scanTrees(f as PlainFunction, init, xs, "scan", { ...plainScan, length: turns, reverse: Boolean(reverse) }) as never;
  });
}
