/** Calls of ordinary JavaScript from inside traced functions. docs/callbacks.md explains them. */
import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../core/array-types.ts";
import type { DType } from "../core/dtype.ts";
import { describe } from "../core/shape.ts";
import { checkKeys } from "../trace/arguments.ts";
import { callHost, declaredResult } from "../trace/callback.ts";
import type { PlainFunction } from "../trace/trace.ts";
import { type CustomFunction, defineRule, type JvpFunction, type VjpFunctions } from "./custom-rules.ts";

/** The dtype and shape that a host function promises to return. */
export interface ArraySpec {
  readonly dtype: DType;
  readonly shape: readonly number[];
}
/** A tree of declared types; an array stands for its own type. */
export type ResultSpec = ArraySpec | number | readonly ResultSpec[] | { readonly [key: string]: ResultSpec };
/** What a function with this declared result returns inside a trace. */
export type SpecResult<S> = [ResultSpec] extends [S] ? unknown : S extends number ? Tensor : S extends ArraySpec ? Tensor : S extends readonly unknown[] ? { -readonly [K in keyof S]: SpecResult<S[K]> } : { -readonly [K in keyof S]: SpecResult<S[K]> };

export interface CallbackOptions<A extends readonly unknown[] = never[], R = never> {
  /** Called even where nothing needs its result, never twice, and in the order of the program. Default false: calls may be dropped, merged and moved. */
  readonly ordered?: boolean;
  /** Over a batch: "sequential" (default) calls it for each element, "vectorized" once on arrays with a further first axis, which every argument and result then has. */
  readonly vmap?: "sequential" | "vectorized";
  /** Its derivative, as in `customJvp`. */
  readonly jvp?: JvpFunction<A, R>;
  /** Its derivative, as in `customVjp`. */
  readonly vjp?: VjpFunctions<A, R, never>;
}

/**
 * A function for traced code that runs `host`, ordinary JavaScript, on concrete arrays whenever the program runs. Its results must be of the declared type: `{ dtype, shape }`,
 * a tree of these, or a function of the arguments that returns one. Numbers and lists take that dtype; any other mismatch is an error naming the callback. What `host` throws reaches the
 * caller. It is synchronous and, unless `ordered`, pure. Without `jvp` or `vjp` differentiating it is a `DifferentiationError`.
 *
 * @example
 * const hypotenuse = callback((x: NDArray, y: NDArray) => Math.hypot(x, y), { dtype: "float32", shape: [] });
 * traceFn((x: Tensor) => hypotenuse(x, 4))(3) // → 5
 */
export function callback<A extends readonly unknown[], const S extends ResultSpec>(
  host: (...args: A) => unknown,
  resultType: S | ((...args: Tensor[]) => S),
  options: CallbackOptions<{ [K in keyof A]: Tensor }, SpecResult<NoInfer<S>>> = {},
): CustomFunction<A, SpecResult<S>> {
  if (typeof host !== "function") throw new ArgumentError(`callback: expected a function, got ${describe(host)}`);
  checkKeys(options, ["ordered", "vmap", "jvp", "vjp"], "callback");
  const { ordered = false, vmap = "sequential", jvp, vjp } = options;
  if (vmap !== "sequential" && vmap !== "vectorized") throw new ArgumentError(`callback: vmap must be "sequential" or "vectorized", got ${describe(vmap)}`);
  const name = host.name || "anonymous";
  const fn = { fn: host as unknown as PlainFunction, name, ordered, vectorized: vmap === "vectorized" };
  const fixed = typeof resultType === "function" ? undefined : declaredResult(resultType, name);
  const call = (...args: readonly unknown[]): unknown => callHost(fn, fixed ?? declaredResult((resultType as (...args: readonly unknown[]) => unknown)(...args), name), args);
  Object.defineProperties(call, { name: { value: name }, length: { value: host.length } });
  if (jvp === undefined && vjp === undefined) return call as CustomFunction<A, SpecResult<S>>;
  const rules = { ...(jvp && { jvp }), ...(vjp && { vjp }) };
  return defineRule(call as never, rules as never) as unknown as CustomFunction<A, SpecResult<S>>;
}
