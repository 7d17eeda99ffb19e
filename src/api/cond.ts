/** Choosing which function runs: `cond` by a condition, `switchCase` by an index. */
import { ArgumentError } from "../errors.ts";
import type { Concrete, NDArray, Operand } from "../core/array-types.ts";
import { describe } from "../core/shape.ts";
import { branchIndex, branchTrees, truthIndex } from "../trace/branches.ts";
import { checkFunction } from "../trace/trace.ts";
import type { Applied, Handed } from "./loop-types.ts";
import { toValue } from "./operand.ts";
import { fromUser } from "./public-function.ts";

/** What comes out: arrays where a concrete condition chose between functions of concrete operands. */
type Chosen<C, I, R> = [C] extends [NDArray] ? Applied<I, R> : R;

/**
 * `onTrue(...operands)` where the scalar `condition` holds (a number: where it is not 0), else `onFalse(...operands)`. Only that one runs, in
 * derivatives too. Both must give the same tree of the same types. A condition that is known while tracing simply picks.
 *
 * Under `vmap` with a condition for each lane, both run, each for the lanes that take it: the other lanes cannot raise a NaN or an error in it.
 *
 * @throws TreeError, ShapeError, DTypeError where the branches' results differ, naming the path; ShapeError for a condition that is no scalar.
 * @example
 * const safeLog = traceFn((x: Tensor) => cond(greater(x, 0), (v) => log(v), (v) => mul(v, 0), x));
 * safeLog(1).item(); // → 0
 */
export function cond<A extends readonly unknown[], R, C extends Operand>(condition: C, onTrue: (...operands: A) => R, onFalse: (...operands: A) => NoInfer<Handed<R>>, ...operands: A): Chosen<C, A, R>;
export function cond<A extends readonly unknown[], R, C extends Operand>(condition: C, onTrue: (...operands: A) => R, onFalse: (...operands: A) => NoInfer<Handed<R>>, ...operands: Concrete<A> & readonly unknown[]): Chosen<C, [], R>;
export function cond(condition: Operand, onTrue: unknown, onFalse: unknown, ...operands: readonly unknown[]): unknown {
  return fromUser(() => {
    const form = "cond(condition, onTrue, onFalse, ...operands)";
    checkFunction(onTrue, "onTrue", "cond", form);
    checkFunction(onFalse, "onFalse", "cond", form);
    const branches = [{ name: "onFalse", fn: onFalse }, { name: "onTrue", fn: onTrue }];
    const index = typeof condition === "boolean" ? Number(condition) : truthIndex(toValue(condition, "cond"), "cond");
    return branchTrees(index, branches, operands, "cond");
  });
}

/**
 * `branches[index](...operands)`: one of several functions, by an integer scalar. An index that is out of range counts as the nearest.
 * As `cond` in everything else.
 *
 * @throws TreeError, ShapeError, DTypeError where the branches' results differ; ArgumentError without a branch.
 * @example
 * switchCase(1, [(x: Tensor) => sin(x), (x: Tensor) => mul(x, x)], 3).item(); // → 9
 */
export function switchCase<A extends readonly unknown[], R, C extends Operand>(index: C, branches: readonly ((...operands: A) => R)[], ...operands: A): Chosen<C, A, R>;
export function switchCase<A extends readonly unknown[], R, C extends Operand>(index: C, branches: readonly ((...operands: A) => R)[], ...operands: Concrete<A> & readonly unknown[]): Chosen<C, [], R>;
export function switchCase(index: unknown, branches: unknown, ...operands: readonly unknown[]): unknown {
  return fromUser(() => {
    if (!Array.isArray(branches) || branches.length === 0) throw new ArgumentError(`switchCase: the branches must be a list of at least one function, got ${describe(branches)}`, { hint: "switchCase(index, [f, g, h], ...operands)" });
    const named = branches.map((fn: unknown, i) => {
      const name = `branch ${i}`;
      checkFunction(fn, name, "switchCase", "switchCase(index, [f, g, h], ...operands)");
      return { name, fn };
    });
    if (typeof index === "number" && !Number.isInteger(index)) throw new ArgumentError(`switchCase: the index must be an integer, got ${index}`);
    const chosen = typeof index === "number" ? index : branchIndex(toValue(index, "switchCase"), branches.length, "switchCase");
    return branchTrees(chosen, named, operands, "switchCase");
  });
}

