/** The front doors of the transforms: functions in, functions out, with the meanings JAX users know. */
import type { Concrete, Result } from "../core/array-types.ts";
import type { TraceOptions } from "../trace/arguments.ts";
import type { DType } from "../core/dtype.ts";
import type { Argnums } from "../trace/differentiate.ts";
import { pullbackOf } from "../trace/gradient.ts";
import { type CheckGradsOptions, checkGradsOf } from "../trace/check-grads.ts";
import { jvpOf, hvpFunction, linearizeOf, linearTransposeOf } from "../trace/tangent.ts";
import { type DoorOptions, type GradientsAt, gradientDoor, type GradOptions, type Hessian, hessianDoor, type Jacobian, jacobianDoor, specOf, traceable, type TraceableFn, vmapDoor } from "../trace/traceable-fn.ts";
import type { VmapOptions } from "../trace/vectorize.ts";

type Args = readonly unknown[];
/** A function over tensors, traced already or not. */
export type Differentiable<A extends Args, R> = TraceableFn<A, R> | ((...args: A) => R);

/**
 * A traced version of `f`: recorded once per tree structure, shapes, dtypes and static arguments, then run as a program.
 *
 * @param f A pure synchronous function over tensors (trees of them). JavaScript control flow runs while tracing.
 * @param options `dtype` of plain numbers, `device`, `donate`, `staticArgnums`.
 * @example
 * const f = traceFn((x: Tensor, y: Tensor) => x.mul(y).add(1));
 * f([1, 2], [3, 4]).toArray(); // → [4, 9]
 */
export function traceFn<A extends Args, R>(f: Differentiable<A, R>, options: TraceOptions = {}): TraceableFn<A, R> {
  return traceable(f, options, "traceFn") as TraceableFn<A, R>;
}

/**
 * The gradient of a scalar function. `argnums` (default 0) says with respect to which arguments; a list gives a tuple.
 * With `hasAux` the function returns [value, aux] and the result is [gradient, aux]. Throws `ShapeError` where the function's value is
 * not one floating scalar. Contrast `f.grad()`, which sums and differentiates every argument.
 *
 * @example grad((x: Tensor) => x.mul(x).mul(x))(2).item(); // → 12
 */
export function grad<A extends Args, R, const N extends Argnums = 0>(f: Differentiable<A, R>, options?: { readonly argnums?: N; readonly hasAux?: false; readonly dtype?: DType }): TraceableFn<A, GradientsAt<A, N>>;
export function grad<A extends Args, X, const N extends Argnums = 0>(f: Differentiable<A, readonly [unknown, X]>, options: { readonly argnums?: N; readonly hasAux: true; readonly dtype?: DType }): TraceableFn<A, [GradientsAt<A, N>, X]>;
export function grad(f: unknown, options: GradOptions = {}): unknown {
  return gradientDoor(f, "grad", { argnums: 0, ...options }, "refuse", false);
}

/** [value, gradient] of a scalar function in one pass; with `hasAux`, [[value, aux], gradient]. */
export function valueAndGrad<A extends Args, R, const N extends Argnums = 0>(f: Differentiable<A, R>, options: { readonly argnums?: N; readonly hasAux?: boolean; readonly dtype?: DType } = {}): TraceableFn<A, [R, GradientsAt<A, N>]> {
  return gradientDoor(f, "valueAndGrad", { argnums: 0, ...options }, "refuse", true) as TraceableFn<A, [R, GradientsAt<A, N>]>;
}

/**
 * Reverse mode by hand: [f(...primals), pullback]. `pullback(cotangent)` returns one gradient per argument; the cotangent has the
 * structure, shapes and dtypes of the result. For another dtype of plain numbers pass `traceFn(f, { dtype })`.
 */
export function vjp<A extends Args, R>(f: Differentiable<A, R>, ...primals: Concrete<A> & Args): [Result<R>, (cotangent: Concrete<R>) => Result<A>] {
  const { fn, options } = specOf(f, "vjp");
  return pullbackOf(fn, primals, options, "vjp") as never;
}

/** Forward mode: [f(...primals), directional derivative along `tangents`]. A tangent `null` holds its argument fixed. */
export function jvp<A extends Args, R>(f: Differentiable<A, R>, primals: Concrete<A>, tangents: { readonly [K in keyof A]: Concrete<A[K]> | null }, options: TraceOptions = {}): [Result<R>, Result<R>] {
  const { fn, options: own } = specOf(traceable(f, options, "jvp"), "jvp");
  return jvpOf(fn, primals, tangents, own, "jvp") as never;
}

/** [f(...primals), linear]: `linear(...tangents)` is the derivative at the primals, whose forward pass is done only once. For another dtype of plain numbers pass `traceFn(f, { dtype })`. */
export function linearize<A extends Args, R>(f: Differentiable<A, R>, ...primals: Concrete<A> & Args): [Result<R>, (...tangents: Concrete<A> & Args) => Result<R>] {
  const { fn, options } = specOf(f, "linearize");
  return linearizeOf(fn, primals, options, "linearize") as never;
}

/** The transpose of a function that is linear in its arguments: cotangent → one cotangent per argument. `examples` give shapes and dtypes (of plain numbers: that of `traceFn(f, { dtype })`). Throws where f is not linear. */
export function linearTranspose<A extends Args, R>(f: Differentiable<A, R>, ...examples: Concrete<A> & Args): (cotangent: Concrete<R>) => Result<A> {
  const { fn, options } = specOf(f, "linearTranspose");
  return linearTransposeOf(fn, examples, options, "linearTranspose") as never;
}

/** `f` over a batch: each argument carries a further axis (`inAxes`, default 0; null: the same for all), as do the results (`outAxes`). */
export function vmap<A extends Args, R>(f: Differentiable<A, R>, options: VmapOptions = {}): TraceableFn<A, R> {
  return vmapDoor(f, options) as TraceableFn<A, R>;
}

/** All first derivatives by forward mode: one pass per argument element. Entries have shape [...result, ...argument]. */
export function jacfwd<A extends Args, R, const N extends Argnums = 0>(f: Differentiable<A, R>, options: DoorOptions<N> = {}): TraceableFn<A, Jacobian<R, GradientsAt<A, N>>> {
  return jacobianDoor(f, "jacfwd", "forward", options.argnums ?? 0, options, ["argnums"]) as TraceableFn<A, Jacobian<R, GradientsAt<A, N>>>;
}

/** All first derivatives by reverse mode: one pass per result element. Entries have shape [...result, ...argument]. */
export function jacrev<A extends Args, R, const N extends Argnums = 0>(f: Differentiable<A, R>, options: DoorOptions<N> = {}): TraceableFn<A, Jacobian<R, GradientsAt<A, N>>> {
  return jacobianDoor(f, "jacrev", "reverse", options.argnums ?? 0, options, ["argnums"]) as TraceableFn<A, Jacobian<R, GradientsAt<A, N>>>;
}

/** All second derivatives, forward over reverse: any tree in, any tree out. Entries have shape [...result, ...argument, ...argument]. */
export function hessian<A extends Args, R, const N extends Argnums = 0>(f: Differentiable<A, R>, options: DoorOptions<N> = {}): TraceableFn<A, Hessian<R, GradientsAt<A, N>>> {
  return hessianDoor(f, options.argnums ?? 0, options) as TraceableFn<A, Hessian<R, GradientsAt<A, N>>>;
}

/** The Hessian of a scalar function times `tangents`, without forming it: forward over reverse. */
export function hvp<A extends Args, R>(f: Differentiable<A, R>, primals: Concrete<A>, tangents: Concrete<A>, options: TraceOptions = {}): Result<A extends readonly [infer X] ? X : A> {
  const { fn, options: own } = specOf(traceable(f, options, "hvp"), "hvp");
  return hvpFunction(fn, own, "hvp")(primals as readonly unknown[], tangents as readonly unknown[]) as never;
}

/**
 * Compares the derivatives of `f` at `args` with finite differences, up to `order` (default 2), by forward and reverse mode; every result
 * leaf and every floating argument leaf. Throws `GradientMismatchError` naming the argument, the direction, and the primitive that is
 * furthest off. Use float64 arguments for sharp answers. Source of the method: central differences, and ⟨c, Jv⟩ = ⟨Jᵀc, v⟩ for reverse mode.
 *
 * @example checkGrads((x: Tensor) => x.sin().mul(x), [new Float64Array([0.3, 1.2])], { order: 3 });
 */
export function checkGrads<A extends Args, R>(f: Differentiable<A, R>, args: Concrete<A>, options: CheckGradsOptions = {}): void {
  const { fn, options: specOptions, name } = specOf(f, "checkGrads");
  checkGradsOf(fn, args as readonly unknown[], options, specOptions, name);
}
