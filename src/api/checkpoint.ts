/** Memory for time: functions whose intermediate values are computed again in the backward pass instead of being kept. */
import type { CheckpointPolicy } from "../control/policy.ts";
import { checkpointName as nameValue } from "../control/checkpoint-name.ts";
import type { Concrete } from "../core/array-types.ts";
import { toConcrete } from "../core/convert.ts";
import { currentTrace, isValue } from "../core/tensor.ts";
import { flatten, unflatten } from "../core/tree.ts";
import { type CheckpointOptions, checkNames, checkpointDoor, checkPolicy } from "../trace/checkpoint.ts";
import { fromUser } from "./public-function.ts";
import type { Differentiable } from "./transforms.ts";

export type { CheckpointPolicy } from "../control/policy.ts";
export type { CheckpointOptions } from "../trace/checkpoint.ts";

/** What a checkpoint keeps for the backward pass. */
export interface CheckpointPolicies {
  /** Whatever the backward pass needs: as without a checkpoint. */
  readonly everything: CheckpointPolicy;
  /** Nothing but the arguments. The default. */
  readonly nothing: CheckpointPolicy;
  /** The results of matrix products: what is dear to compute. */
  readonly dots: CheckpointPolicy;
  /** The results of matrix products without batch axes. */
  readonly dotsWithNoBatchDims: CheckpointPolicy;
  /** The values that `checkpointName` gave one of these names. */
  names(...names: readonly string[]): CheckpointPolicy;
  /** Everything but the values of these names. */
  everythingExcept(...names: readonly string[]): CheckpointPolicy;
  /** What at least one of the policies keeps. */
  any(...policies: readonly CheckpointPolicy[]): CheckpointPolicy;
}

/**
 * The policies that `checkpoint` takes.
 *
 * @example
 * const f = checkpoint((x: Tensor) => checkpointName(x.sin(), "s").exp(), { policy: checkpointPolicies.names("s") });
 * grad(f)(0).item(); // → 1
 */
export const checkpointPolicies: CheckpointPolicies = Object.freeze({
  everything: Object.freeze({ save: "everything" }),
  nothing: Object.freeze({ save: "nothing" }),
  dots: Object.freeze({ save: "dots" }),
  dotsWithNoBatchDims: Object.freeze({ save: "dotsWithNoBatchDims" }),
  names: (...names: readonly string[]) => Object.freeze({ save: "names" as const, names: checkNames(names, "checkpointPolicies.names") }),
  everythingExcept: (...names: readonly string[]) => Object.freeze({ save: "everythingExcept" as const, names: checkNames(names, "checkpointPolicies.everythingExcept") }),
  any: (...policies: readonly CheckpointPolicy[]) => Object.freeze({ save: "any" as const, of: policies.map((p, i) => checkPolicy(p, `checkpointPolicies.any: policy ${i}`)) }),
});

/**
 * `f`, whose intermediate values are not kept for the backward pass: it computes them again, from the arguments and what `policy` keeps.
 * Values and derivatives are the same to the bit; the backward pass takes about as much longer as the forward pass takes, and memory
 * that grows with the depth of a network no longer does. Checkpoints may be nested, and stand in loops.
 *
 * @param f A function over tensors (trees of them), as for `traceFn`.
 * @param options `policy`: what is kept, one of `checkpointPolicies`; default: nothing.
 * @throws ArgumentError for an unknown option or something that is no policy.
 * @example
 * const layer = checkpoint((w: Tensor, x: Tensor) => tanh(matmul(x, w)));
 * const loss = (w: Tensor, x: Tensor) => sum(layer(w, layer(w, x)));
 * grad(loss)([[1]], [[0]]).toArray(); // → [[0]]
 */
export function checkpoint<A extends readonly unknown[], R>(f: Differentiable<A, R>, options: CheckpointOptions = {}): CheckpointFn<A, R> {
  return checkpointDoor(f, options) as CheckpointFn<A, R>;
}

/** Called like the function it was made of, on tensors and on whatever becomes one. */
export interface CheckpointFn<A extends readonly unknown[], R> {
  (...args: Extract<Concrete<A>, readonly unknown[]>): R;
  // the last form is the one that grad, vmap and their like see
  (...args: A): R;
}

/**
 * `x` under a name that policies of `checkpoint` can tell it by; a tree is named leaf by leaf. It changes no value.
 *
 * @throws ArgumentError where the name is no text.
 * @example checkpointName(array([1, 2]), "pair").toArray() // → [1, 2]
 */
export function checkpointName<T>(x: T, name: string): T {
  checkNames([name], "checkpointName");
  const { leaves, structure } = flatten(x, "checkpointName: x");
  const float = currentTrace()?.defaultFloat ?? "float32";
  return fromUser(() => unflatten(structure, leaves.map((leaf) => nameValue(isValue(leaf) ? leaf : toConcrete(leaf, float, "checkpointName: x"), name)))) as T;
}
