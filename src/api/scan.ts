/** Loops of a known number of turns: `scan`. */
import { ArgumentError } from "../errors.ts";
import { checkpointed, type ScanMemory } from "../control/scan-checkpoint.ts";
import { unrolled } from "../control/scan-chunks.ts";
import { describe } from "../core/shape.ts";
import { checkKeys } from "../trace/arguments.ts";
import { scanTrees } from "../trace/scan.ts";
import { checkFunction } from "../trace/trace.ts";
import { checkCount } from "./axis.ts";
import type { Applied, Handed, Passed, PassedElements } from "./loop-types.ts";
import { fromUser } from "./public-function.ts";

export type { ScanMemory } from "../control/scan-checkpoint.ts";

export interface ScanOptions {
  /** How many turns. Needed only where `xs` has no leaves. */
  readonly length?: number;
  /** From the last element to the first. The results stand in the order of `xs` all the same. */
  readonly reverse?: boolean;
  /** So many turns written out one after the other in each turn of the loop; true: all of them, without a loop. Default 1. */
  readonly unroll?: number | boolean;
  /** Which carries are kept for the backward pass: one a turn ("all", the default), or fewer, from which the others are computed again. */
  readonly checkpoint?: ScanMemory;
}

/**
 * A loop that carries a value: runs `f(carry, x) → [carry, y]` on each element of `xs` along its first axis, each turn with the carry that
 * the turn before returned. The result is [last carry, ys], where `ys` has the y of each turn along a new first axis, in the order of `xs`.
 *
 * Carry, x and y are trees. `f` is traced once, and hands the carry on in the tree, the shapes and the dtypes in which it got it; plain numbers in
 * `init` take the dtype that `f` gives them. Where `xs` is null the options say how many turns there are. Program and compile time do not
 * depend on the number of turns.
 *
 * Reverse mode keeps the values it needs of every turn. With `checkpoint: "sqrt"` it keeps about 2√n carries and runs each turn once more, with
 * "log" about 2 log₂ n and up to log₂ n times more, with `{ bytes }` as many as fit, of carries and of what a turn stores beside. Values and first
 * derivatives are the same to the bit.
 *
 * @throws TreeError, ShapeError, DTypeError where the carry changes its tree or type, naming the path; ShapeError where the lengths of `xs`
 * differ; ArgumentError without xs and length, and for a number of bytes in which nothing fits.
 * @example
 * const [total, sums] = scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.add(x)], 0, [1, 2, 3]);
 * sums.toArray(); // → [1, 3, 6]
 */
export function scan<C, X, Y, I, S>(f: (carry: C, x: X) => readonly [NoInfer<Handed<C>>, Y], init: Passed<C, I>, xs: PassedElements<X, S>, options?: ScanOptions): Applied<[I, S], [C, Y]>;
export function scan<C, X, Y>(f: (carry: C, x: X) => readonly [NoInfer<Handed<C>>, Y], init: C, xs: X, options?: ScanOptions): [C, Y];
export function scan(f: unknown, init: unknown, xs: unknown, options: ScanOptions = {}): unknown {
  return fromUser(() => {
    checkFunction(f, "f", "scan", "scan(f, init, xs) with f(carry, x) → [carry, y]");
    checkKeys(options, ["length", "reverse", "unroll", "checkpoint"], "scan");
    const length = options.length === undefined ? undefined : checkCount(options.length, "scan", "length");
    const run = checkpointed(checkMemory(options.checkpoint ?? "all", "scan"), unrolled(checkUnroll(options.unroll ?? 1, "scan")));
    return scanTrees(f, init, xs, "scan", { length, reverse: checkFlag(options.reverse ?? false, "reverse"), run });
  });
}

function checkFlag(value: unknown, option: string): boolean {
  if (typeof value === "boolean") return value;
  throw new ArgumentError(`scan: ${option} must be true or false, got ${describe(value)}`);
}

export function checkUnroll(value: unknown, where: string): number {
  if (typeof value === "boolean") return value ? Number.POSITIVE_INFINITY : 1;
  return checkCount(value, where, "unroll", 1);
}

export function checkMemory(value: unknown, where: string): ScanMemory {
  if (value === "all" || value === "sqrt" || value === "log") return value;
  if (typeof value === "object" && value !== null && "bytes" in value) {
    checkKeys(value, ["bytes"], `${where}: checkpoint`);
    if (typeof value.bytes === "number" && value.bytes >= 0) return { bytes: value.bytes };
  }
  throw new ArgumentError(`${where}: checkpoint must be "all", "sqrt", "log" or { bytes }, got ${describe(value)}`);
}
