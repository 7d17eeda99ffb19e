/** Rules of one's own: functions that know their derivatives, their transpose, or what they do to a batch. docs/custom-rules.md explains them. */
import { ArgumentError } from "../errors.ts";
import type { Concrete, Tensor } from "../core/array-types.ts";
import { placeNow } from "../core/place.ts";
import { describe } from "../core/shape.ts";
import { currentTrace } from "../core/tensor.ts";
import { checkKeys } from "../trace/arguments.ts";
import { callCustom, ruleOf } from "../trace/custom.ts";
import type { RuleSet } from "../trace/custom-rules.ts";
import type { PlainFunction } from "../trace/trace.ts";
import { specOf } from "../trace/traceable-fn.ts";
import { add } from "./arithmetic.ts";
import { treeMap } from "./tree.ts";

type Args = readonly unknown[];

/** A tangent or cotangent of `T`: of the same form, or null where it is zero. */
export type TangentOf<T> = unknown extends T ? T : T | null;
/** What a rule that sees zeros is given: null for each part that is zero. */
export type OrZero<T> = unknown extends T ? T
  : T extends number | boolean ? T | null
  : T extends (...args: never) => unknown ? T
  : T extends readonly unknown[] ? { readonly [K in keyof T]: OrZero<T[K]> }
  : T extends object ? { readonly [K in keyof T]: OrZero<T[K]> }
  : T;
/** What a rule returns for each argument: null for a zero. */
export type CotangentsOf<A extends Args> = { readonly [K in keyof A]: TangentOf<A[K]> };
/** For each argument a tree of booleans: whether it carries the batch axis. */
export type BatchedOf<T> = unknown extends T ? boolean
  : T extends number | boolean | Tensor ? boolean
  : T extends readonly unknown[] ? { readonly [K in keyof T]: BatchedOf<T[K]> }
  : T extends (...args: never) => unknown ? boolean
  : T extends object ? { readonly [K in keyof T]: BatchedOf<T[K]> }
  : boolean;

export type JvpFunction<A extends Args, R> = (primals: A, tangents: A) => readonly [result: R, tangent: TangentOf<R>];
export interface VjpFunctions<A extends Args, R, S> {
  /** Computes the result, and what the backward rule needs of the way there. */
  readonly forward: (...args: A) => readonly [result: R, residuals: S];
  /** One cotangent per argument, null for a zero. Arguments named by `nondiffArgnums` follow as they are. */
  readonly backward: (residuals: S, cotangent: R, ...nondiff: readonly never[]) => readonly unknown[];
}
export type VmapFunction<A extends Args, R> = (axisSize: number, inBatched: { readonly [K in keyof A]: BatchedOf<A[K]> }, ...args: A) => readonly [result: R, outBatched: boolean | BatchedOf<R>];
export type TransposeFunction<A extends Args, R> = (cotangent: R, args: { readonly [K in keyof A]: A[K] | null }) => CotangentsOf<A>;

/** Called like the function it was made of, on tensors and on whatever becomes one. */
export interface CustomFunction<A extends Args, R> {
  (...args: Extract<Concrete<A>, readonly unknown[]>): R;
  // the last form is the one that grad, vmap and their like see
  (...args: A): R;
}

export interface NondiffOptions {
  /** Positions of arguments that are no arrays (functions, settings): passed to the function and its rules as they are. */
  readonly nondiffArgnums?: number | readonly number[];
}
/** Options of a rule that sees zeros. */
export interface ZerosSeen {
  readonly symbolicZeros: true;
}
export interface RuleOptions {
  /** Tangents and cotangents that are zero come to the rule as null instead of as arrays of zeros. */
  readonly symbolicZeros?: boolean;
}

export interface CustomJvp<A extends Args, R> extends CustomFunction<A, R> {
  /** The rule: (primals, tangents), two lists like the arguments → [result, its tangent]. The tangent must be linear in the tangents. */
  defjvp(rule: (primals: A, tangents: OrZero<A>) => readonly [result: R, tangent: TangentOf<R>], options: ZerosSeen): CustomJvp<A, R>;
  defjvp(rule: JvpFunction<A, R>, options?: RuleOptions): CustomJvp<A, R>;
  /** One rule per argument, null for one without influence: (tangent, result, ...primals) → its share of the result's tangent. */
  defjvps(...rules: { readonly [K in keyof A]: ((tangent: A[K], result: R, ...primals: A) => R) | null }): CustomJvp<A, R>;
}
export interface CustomVjp<A extends Args, R> extends CustomFunction<A, R> {
  /** forward(...args) → [result, residuals]; backward(residuals, cotangent) → one cotangent per argument, null for a zero. */
  defvjp<S>(forward: VjpFunctions<A, R, S>["forward"], backward: (residuals: NoInfer<S>, cotangent: OrZero<R>, ...nondiff: readonly never[]) => readonly unknown[], options: ZerosSeen): CustomVjp<A, R>;
  defvjp<S>(forward: VjpFunctions<A, R, S>["forward"], backward: VjpFunctions<A, R, NoInfer<S>>["backward"], options?: RuleOptions): CustomVjp<A, R>;
}
export interface CustomVmap<A extends Args, R> extends CustomFunction<A, R> {
  /** (axisSize, inBatched, ...args), the batch axis in front of what is batched → [result, outBatched]. */
  defvmap(rule: VmapFunction<A, R>): CustomVmap<A, R>;
}

export interface Rules<A extends Args, R, S = unknown> extends NondiffOptions, RuleOptions {
  readonly jvp?: JvpFunction<A, R>;
  readonly vjp?: VjpFunctions<A, R, S>;
  /** How cotangents are pulled back through a function that is linear in its arguments, or those of `linearArgnums`; these come as null. */
  readonly transpose?: TransposeFunction<A, R>;
  readonly vmap?: VmapFunction<A, R>;
  /** The arguments that a function with a transpose rule is linear in. Default: all. */
  readonly linearArgnums?: number | readonly number[];
}

/** What a function has been told so far; undefined until its rule is defined. */
interface Told {
  rules: RuleSet | undefined;
  inTrace: boolean;
}

/** `f` under the same name, run by its rules from when they are known. */
function ruled(f: unknown, door: string, nondiff: NondiffOptions["nondiffArgnums"], missing: string): { readonly call: object; readonly name: string; define(rules: () => RuleSet): void } {
  const { fn, name: own } = specOf(f, door);
  const name = own === "anonymous" ? `${door}(anonymous)` : own;
  const statics = checkPositions(nondiff, door, "nondiffArgnums");
  const place = placeNow();
  const told: Told = { rules: undefined, inTrace: false };
  const spec = { fn, name, statics, place };
  const call = (...args: readonly unknown[]): unknown => {
    if (told.rules === undefined) throw new ArgumentError(`${name}: ${door} has made a function of it whose rule is not defined`, { hint: missing });
    return callCustom({ ...spec, rules: told.rules, inTrace: told.inTrace, key: told }, args);
  };
  Object.defineProperties(call, { name: { value: name }, length: { value: fn.length } });
  const define = (rules: () => RuleSet): void => {
    if (told.rules !== undefined) throw new ArgumentError(`${name}: its rule is defined twice`, { hint: `each ${door}(f) takes one rule: call ${door}(f) again for another` });
    told.rules = rules();
    told.inTrace = currentTrace() !== undefined;
  };
  return { call, name, define };
}

function checkPositions(positions: number | readonly number[] | undefined, where: string, option: string): readonly number[] {
  const list: readonly unknown[] = positions === undefined ? [] : Array.isArray(positions) ? (positions as readonly unknown[]) : [positions];
  for (const n of list) {
    if (!Number.isInteger(n) || (n as number) < 0) throw new ArgumentError(`${where}: ${option} must be a position or a list of positions, counted from 0, got ${describe(n)}`);
  }
  return list as readonly number[];
}

function withMethods<F>(call: object, methods: Readonly<Record<string, (...args: never[]) => unknown>>): F {
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(call, name, { value, enumerable: false });
  return call as F;
}

/**
 * `f` with a derivative of your own: `customJvp(f).defjvp((primals, tangents) => [result, tangent])`. Both modes use it, to any order; outside of derivatives `f` runs
 * as it is. Calling it before the rule is defined, or defining one twice, is an `ArgumentError`; a rule that returns another tree, shape or dtype is blamed by name and place.
 *
 * @example
 * const log1pexp = customJvp((x: Tensor) => log(add(1, exp(x))));
 * log1pexp.defjvp(([x], [dx]) => [log1pexp(x), mul(sub(1, div(1, add(1, exp(x)))), dx)]);
 * grad(log1pexp)(100) // → 1
 */
export function customJvp<A extends Args, R>(f: (...args: A) => R, options: NondiffOptions = {}): CustomJvp<A, R> {
  checkKeys(options, ["nondiffArgnums"], "customJvp");
  const { call, name, define } = ruled(f, "customJvp", options.nondiffArgnums, "call .defjvp((primals, tangents) => [result, tangent]) on what customJvp(f) returns");
  const self: CustomJvp<A, R> = withMethods(call, {
    defjvp: (rule: unknown, { symbolicZeros = false, ...unknown }: RuleOptions = {}) => {
      checkKeys(unknown, ["symbolicZeros"], "defjvp");
      define(() => ({ jvp: ruleOf(rule, "jvp", name), symbolicZeros }));
      return self;
    },
    defjvps: (...rules: readonly unknown[]) => {
      define(() => ({ jvp: ruleOf(shares(self as unknown as PlainFunction, rules, name), "jvp", name), symbolicZeros: false }));
      return self;
    },
  });
  return self;
}

/** One jvp rule of one for each argument. */
function shares(self: PlainFunction, rules: readonly unknown[], name: string): PlainFunction {
  rules.forEach((rule, i) => {
    if (rule !== null && typeof rule !== "function") throw new ArgumentError(`${name}: the jvp rule of argument ${i} must be a function or null, got ${describe(rule)}`);
  });
  const one = (primals: readonly never[], tangents: readonly unknown[]): unknown => {
    if (rules.length !== primals.length) throw new ArgumentError(`${name}: ${rules.length} jvp rules for ${primals.length} arguments`, { hint: "defjvps takes one rule per argument, null for one without influence" });
    const result = self(...primals);
    const parts = rules.flatMap((rule, i) => (rule === null || tangents[i] === null ? [] : [(rule as (...args: readonly unknown[]) => unknown)(tangents[i], result, ...primals)]));
    const [first = null, ...rest] = parts;
    return [result, rest.reduce((sum, part) => treeMap((x: Tensor, y: Tensor) => add(x, y), sum, part), first)];
  };
  return one;
}

/**
 * `f` with a pullback of your own: `customVjp(f).defvjp(forward, backward)`, where forward(...args) returns [result, residuals] and backward(residuals, cotangent) one cotangent
 * per argument, null for a zero. Reverse mode uses it to any order; forward mode transposes it, which needs it to be linear in the cotangent. Errors as for `customJvp`.
 *
 * @example
 * const halved = customVjp((x: Tensor) => sin(x)).defvjp((x) => [sin(x), cos(x)], (cosine, ct) => [mul(0.5, mul(cosine, ct))]);
 * grad(halved)(0) // → 0.5
 */
export function customVjp<A extends Args, R>(f: (...args: A) => R, options: NondiffOptions = {}): CustomVjp<A, R> {
  checkKeys(options, ["nondiffArgnums"], "customVjp");
  const { call, name, define } = ruled(f, "customVjp", options.nondiffArgnums, "call .defvjp(forward, backward) on what customVjp(f) returns");
  const self: CustomVjp<A, R> = withMethods(call, {
    defvjp: (forward: unknown, backward: unknown, { symbolicZeros = false, ...unknown }: RuleOptions = {}) => {
      checkKeys(unknown, ["symbolicZeros"], "defvjp");
      define(() => ({ forward: ruleOf(forward, "forward", name), backward: ruleOf(backward, "backward", name), symbolicZeros }));
      return self;
    },
  });
  return self;
}

/**
 * `f` with batching of your own: `customVmap(f).defvmap((axisSize, inBatched, ...args) => [result, outBatched])`. Arguments that are batched come with the batch axis in front.
 * Derivatives are those of `f`, and of the rule behind a `vmap`. Errors as for `customJvp`.
 *
 * @example
 * const double = customVmap((x: Tensor) => mul(x, 2)).defvmap((_size, [batched], x) => [add(x, x), batched]);
 * vmap(double)([1, 2]) // → [2, 4]
 */
export function customVmap<A extends Args, R>(f: (...args: A) => R, options: NondiffOptions = {}): CustomVmap<A, R> {
  checkKeys(options, ["nondiffArgnums"], "customVmap");
  const { call, name, define } = ruled(f, "customVmap", options.nondiffArgnums, "call .defvmap((axisSize, inBatched, ...args) => [result, outBatched]) on what customVmap(f) returns");
  const self: CustomVmap<A, R> = withMethods(call, {
    defvmap: (rule: unknown) => {
      define(() => ({ vmap: ruleOf(rule, "vmap", name), symbolicZeros: false }));
      return self;
    },
  });
  return self;
}

const ruleNames = ["jvp", "vjp", "transpose", "vmap", "nondiffArgnums", "linearArgnums", "symbolicZeros"];

/**
 * `f` with any of its rules, the others following: reverse mode from `jvp` by transposing it, forward mode from `vjp` likewise, a batch from the batched rules; and from none of
 * them `f`'s own. `transpose(cotangent, args)` is for a function that is linear in its arguments, or in those of `linearArgnums`. Errors as for `customJvp`.
 *
 * @example
 * const cube = defineRule((x: Tensor) => mul(x, mul(x, x)), { vjp: { forward: (x) => [mul(x, mul(x, x)), x], backward: (x, ct) => [mul(mul(3, mul(x, x)), ct)] } });
 * jvp(cube, [2], [1])[1] // → 12
 */
export function defineRule<A extends Args, R, S>(f: (...args: A) => R, rules: Rules<A, R, S>): CustomFunction<A, R> {
  checkKeys(rules, ruleNames, "defineRule");
  const { jvp, vjp, transpose, vmap, nondiffArgnums, linearArgnums, symbolicZeros = false } = rules;
  const { call, name, define } = ruled(f, "defineRule", nondiffArgnums, "");
  if (vjp !== undefined) checkKeys(vjp, ["forward", "backward"], `${name}: the vjp rule`);
  define(() => ({
    jvp: jvp && ruleOf(jvp, "jvp", name),
    forward: vjp && ruleOf(vjp.forward, "forward", name),
    backward: vjp && ruleOf(vjp.backward, "backward", name),
    transpose: transpose && ruleOf(transpose, "transpose", name),
    vmap: vmap && ruleOf(vmap, "vmap", name),
    linear: linearArgnums === undefined ? undefined : checkPositions(linearArgnums, "defineRule", "linearArgnums"),
    symbolicZeros,
  }));
  return call as CustomFunction<A, R>;
}
