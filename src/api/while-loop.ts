/** Loops whose number of turns is found while they run, `whileLoop`, and those that count, `foriLoop`. */
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import type { Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes } from "../core/dtype.ts";
import { describe } from "../core/shape.ts";
import type { Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import { checkKeys } from "../trace/arguments.ts";
import { checkFunction } from "../trace/trace.ts";
import { countedTrees, whileTrees } from "../trace/while.ts";
import type { Applied, Handed, Passed } from "./loop-types.ts";
import { toValue } from "./operand.ts";
import { fromUser } from "./public-function.ts";
import { checkMemory, checkUnroll, type ScanMemory } from "./scan.ts";

/** How many states reverse mode keeps at a time: 1024 ("sqrt"), 32 ("log"), or so many. */
export type WhileMemory = "sqrt" | "log" | number;

export interface WhileOptions {
  /** How many states reverse mode keeps. By default from 16 to 1024, as many as fit 4 MiB. */
  readonly checkpoint?: WhileMemory;
}

/**
 * `body` again and again, from `init`, for as long as `test` holds of the state; the last state. The state is a tree, which `body` hands on in
 * the same form and of the same types; plain numbers in `init` take the dtype that `body` gives them. Both functions are traced once, and may
 * close over tensors.
 *
 * Reverse mode is exact, whatever the number of turns: going forward it keeps a fixed number of states, going backward it computes the others
 * again from these: up to s²/4 turns with s states, each turn once, and beyond that a few times.
 * Under `vmap` the loop goes on until all lanes have stopped; those that have cannot raise a NaN or an error any more.
 *
 * @throws TreeError, ShapeError, DTypeError where the body changes the state's tree or types, or the test gives no bool scalar.
 * @example
 * whileLoop((x: Tensor) => less(x, 100), (x) => mul(x, 2), 3).item(); // → 192
 */
export function whileLoop<S, I>(test: (state: S) => Operand, body: (state: S) => NoInfer<Handed<S>>, init: Passed<S, I>, options?: WhileOptions): Applied<I, S>;
export function whileLoop<S>(test: (state: S) => Operand, body: (state: S) => NoInfer<Handed<S>>, init: S, options?: WhileOptions): S;
export function whileLoop(test: unknown, body: unknown, init: unknown, options: WhileOptions = {}): unknown {
  return fromUser(() => {
    const form = "whileLoop(test, body, init) with test(state) → bool[] and body(state) → state";
    checkFunction(test, "the test", "whileLoop", form);
    checkFunction(body, "the body", "whileLoop", form);
    checkInit(init, "whileLoop", form);
    checkKeys(options, ["checkpoint"], "whileLoop");
    return whileTrees(test, body, init, "whileLoop", slots(options.checkpoint, "whileLoop"));
  });
}

export interface ForiOptions {
  /** From hi - 1 down to lo. */
  readonly reverse?: boolean;
  /** As for `scan`; only where the bounds are known while tracing. */
  readonly unroll?: number | boolean;
  /** What reverse mode keeps: as for `scan` where the bounds are known while tracing, else as for `whileLoop`. */
  readonly checkpoint?: ScanMemory | WhileMemory;
}

/**
 * `v = body(i, v)` for i = lo … hi - 1, from v = `init`; the last v. The index is an int32 tensor. Without a turn (lo ≥ hi) the result is `init`.
 *
 * Bounds that are known while tracing make a `scan`, others a `whileLoop`: reverse mode, to any order, works through both.
 *
 * @throws TreeError, ShapeError, DTypeError where the body changes v's tree or types, or a bound is no integer scalar.
 * @example
 * foriLoop(0, 5, (i: Tensor, sum: Tensor) => sum.add(i), 0).item(); // → 10
 */
export function foriLoop<S, I, L extends Operand, H extends Operand>(lo: L, hi: H, body: (i: Tensor, v: S) => NoInfer<Handed<S>>, init: Passed<S, I>, options?: ForiOptions): Applied<[L, H, I], S>;
export function foriLoop<S>(lo: Operand, hi: Operand, body: (i: Tensor, v: S) => NoInfer<Handed<S>>, init: S, options?: ForiOptions): S;
export function foriLoop(lo: unknown, hi: unknown, body: unknown, init: unknown, options: ForiOptions = {}): unknown {
  return fromUser(() => {
    const form = "foriLoop(lo, hi, body, init) with body(i, v) → v";
    checkFunction(body, "the body", "foriLoop", form);
    checkInit(init, "foriLoop", form);
    checkKeys(options, ["reverse", "unroll", "checkpoint"], "foriLoop");
    const { reverse = false, unroll = 1, checkpoint } = options;
    if (typeof reverse !== "boolean") throw new ArgumentError(`foriLoop: reverse must be true or false, got ${describe(reverse)}`);
    const [from, to] = [bound(lo, "lo"), bound(hi, "hi")];
    if (typeof from === "number" && typeof to === "number") {
      if (typeof checkpoint === "number") throw new ArgumentError('foriLoop: a number of states is for bounds that are tensors; with known bounds checkpoint is "all", "sqrt", "log" or { bytes }');
      return countedTrees(body, from, to, init, { reverse, unroll: checkUnroll(unroll, "foriLoop"), memory: checkMemory(checkpoint ?? "all", "foriLoop") });
    }
    if (unroll !== 1 && unroll !== false) throw new ArgumentError("foriLoop: unroll needs bounds that are known while tracing", { hint: "pass lo and hi as numbers, or as static arguments" });
    return countedTrees(body, from, to, init, { reverse, slots: slots(checkpoint as WhileMemory | undefined, "foriLoop") });
  });
}

function checkInit(init: unknown, where: string, form: string): void {
  if (init === undefined) throw new ArgumentError(`${where}: there is nothing to begin with: init is undefined`, { hint: form });
}

function slots(memory: unknown, where: string): number {
  if (memory === undefined) return 0;
  if (memory === "sqrt") return 1024;
  if (memory === "log") return 32;
  if (typeof memory === "number" && Number.isInteger(memory) && memory >= 1) return memory;
  throw new ArgumentError(`${where}: checkpoint must be "sqrt", "log" or how many states to keep, got ${describe(memory)}`, {
    hint: memory === "all" || typeof memory === "object" ? "the number of turns is not known while tracing; scan, and foriLoop with known bounds, can keep them all" : undefined,
  });
}

/** A bound of a count: a number where it is known, else an int32 scalar. */
function bound(value: unknown, name: string): number | Value {
  if (typeof value === "number") return count(value, name);
  const given = toValue(value, `foriLoop: ${name}`);
  if (given.type.shape.length > 0) throw new ShapeError(`foriLoop: ${name} must be a scalar, got ${showType(given.type)}`);
  if (dtypes[given.type.dtype].kind !== "int") throw new DTypeError(`foriLoop: ${name} must be an integer, got ${showType(given.type)}`, { hint: 'convert it: n.astype("int32")' });
  if (given instanceof ConcreteArray) return count(given.elements[0] as number, name);
  if (given.type.dtype === "uint32") throw new DTypeError(`foriLoop: ${name} is ${showType(given.type)}, and the index is an int32`, { hint: 'where it is below 2147483648 convert it: n.astype("int32")' });
  return given;
}

/** The index is an int32, and so are its bounds. */
function count(value: number, name: string): number {
  if (!Number.isInteger(value)) throw new ArgumentError(`foriLoop: ${name} must be an integer, got ${value}`);
  if (value < -(2 ** 31) || value >= 2 ** 31) throw new ArgumentError(`foriLoop: ${name} must be an int32, got ${value}`, { hint: "the index counts from -2147483648 to 2147483647: use nested loops for more turns" });
  return value;
}
