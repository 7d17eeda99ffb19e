/**
 * TraceableFn: a function that is traced once per signature, and the methods that make new ones from it. Functions made from
 * the same function with the same options are the same object, so programs are kept however often a transform is written.
 */
import { ArgumentError, UnsupportedError } from "../errors.ts";
import type { Concrete, Result } from "../core/array-types.ts";
import type { BackendForm, CompileOptions } from "../backends/backend.ts";
import type { DType } from "../core/dtype.ts";
import { copyData, dataKey } from "../core/identity.ts";
import { describe } from "../core/shape.ts";
import { printProgram } from "../core/print.ts";
import type { Program } from "../core/program.ts";
import { eliminateDeadCode } from "../transform/dce.ts";
import { inlineCalls } from "../transform/inline.ts";
import { optimize } from "../transform/optimize.ts";
import { checkKeys, checkOptions, readCall, type SpecOptions, type TraceOptions } from "./arguments.ts";
import { callSpec, donationOf, entryFor, type Spec } from "./call.ts";
import type { Argnums } from "./differentiate.ts";
import { backendFor, compileFor } from "./execute.ts";
import { gradientFunction, vjpFunction } from "./gradient.ts";
import { jacobianFunction, type JacobianMode } from "./jacobian.ts";
import { ProgramView } from "./program-view.ts";
import { hvpFunction, jvpOf, linearizeFunction } from "./tangent.ts";
import { RecentCalls } from "./recent-calls.ts";
import type { PlainFunction } from "./trace.ts";
import { vmapFunction, type VmapOptions } from "./vectorize.ts";

/** The gradient with respect to all arguments: itself for one, a tuple for several. */
export type AllGradients<A extends readonly unknown[]> = A extends readonly [infer X] ? X : { -readonly [K in keyof A]: A[K] };
/** The gradient with respect to the arguments at `N`. */
export type GradientsAt<A extends readonly unknown[], N> = N extends number ? A[N] : N extends readonly number[] ? { -readonly [K in keyof N]: A[N[K] & number] } : AllGradients<A>;

/** The first derivatives of results `R` by arguments `G`: for each tensor of the result, a tree like the arguments. */
export type Jacobian<R, G> = unknown extends R ? G
  : R extends number | boolean ? G
  : R extends string | null | undefined | void ? R
  : R extends readonly unknown[] ? { -readonly [K in keyof R]: Jacobian<R[K], G> }
  : R extends object ? { [K in keyof R]: Jacobian<R[K], G> }
  : R;
/** All second derivatives. */
export type Hessian<R, G> = Jacobian<Jacobian<R, G>, G>;

/** What every door takes. */
export interface TypedOptions {
  /** dtype of plain numbers and lists, as in `traceFn`. */
  readonly dtype?: DType;
}

/** What the doors of Jacobians take. */
export interface DoorOptions<N extends Argnums | undefined = Argnums | undefined> {
  readonly argnums?: N;
  /** dtype of plain numbers and lists, as in `traceFn`. */
  readonly dtype?: DType;
}

export interface GradOptions<N extends Argnums | undefined = Argnums | undefined> {
  /** Positions of the arguments to differentiate. */
  readonly argnums?: N;
  /** The function returns [value, aux]; the gradient comes as [gradient, aux]. */
  readonly hasAux?: boolean;
  /** dtype of plain numbers and lists, as in `traceFn`. */
  readonly dtype?: DType;
}

/** A function over tensors, traced once per tree structure, shapes, dtypes and static arguments, and run on concrete arrays. */
export interface TraceableFn<A extends readonly unknown[] = readonly unknown[], R = unknown> {
  (...args: Extract<Concrete<A>, readonly unknown[]>): Result<R>;
  /** The function itself, as something to call: `f.eval()(a, b)` is `f(a, b)`. */
  eval(): TraceableFn<A, R>;
  /** The gradient of the sum of all floating results with respect to every argument, or those at `argnums`. */
  grad<const N extends Argnums | undefined = undefined>(options?: { readonly argnums?: N; readonly hasAux?: false; readonly dtype?: DType }): TraceableFn<A, GradientsAt<A, N>>;
  grad<const N extends Argnums | undefined = undefined>(options: { readonly argnums?: N; readonly hasAux: true; readonly dtype?: DType }): TraceableFn<A, [GradientsAt<A, N>, R extends readonly [unknown, infer X] ? X : never]>;
  /** [result, gradient] in one pass. */
  valueAndGrad<const N extends Argnums | undefined = undefined>(options?: { readonly argnums?: N; readonly hasAux?: boolean; readonly dtype?: DType }): TraceableFn<A, [R, GradientsAt<A, N>]>;
  /** (primals, cotangent) → gradients. */
  vjp(options?: TypedOptions): TraceableFn<[primals: A, cotangent: R], AllGradients<A>>;
  /** (primals, tangents) → [result, tangent]. */
  jvp(options?: TypedOptions): TraceableFn<[primals: A, tangents: A], [R, R]>;
  /** (primals, tangents) → tangent of the result. */
  linearize(options?: TypedOptions): TraceableFn<[primals: A, tangents: A], R>;
  /** The function over a batch. */
  vmap(options?: VmapOptions): TraceableFn<A, R>;
  /** All first derivatives: entries of shape [...result, ...argument]. */
  jacobian<const N extends Argnums | undefined = undefined>(options?: { readonly argnums?: N; readonly mode?: JacobianMode; readonly dtype?: DType }): TraceableFn<A, Jacobian<R, GradientsAt<A, N>>>;
  /** All second derivatives: forward over reverse. */
  hessian<const N extends Argnums | undefined = undefined>(options?: DoorOptions<N>): TraceableFn<A, Hessian<R, GradientsAt<A, N>>>;
  /** (primals, tangents) → Hessian times tangents. */
  hvp(options?: TypedOptions): TraceableFn<[primals: A, tangents: A], AllGradients<A>>;
  /** The program for arguments like these, ready to print. */
  program(...examples: Extract<Concrete<A>, readonly unknown[]>): ProgramView;
  /** The program for arguments like the given ones as text: "program" as traced, "optimized" as the backend gets it, "mermaid" or "dot"; from the WebAssembly backend "kernels", its loops over buffers, "memory", where these lie, and "wat", the module. */
  lower(target: LowerTarget): (...examples: Extract<Concrete<A>, readonly unknown[]>) => string;
  /** Traces and compiles for arguments like these now, so that the first call is fast. */
  compile(...examples: Extract<Concrete<A>, readonly unknown[]>): TraceableFn<A, R>;
  /** The same function with other options. */
  with(options: TraceOptions): TraceableFn<A, R>;
}

export type LowerTarget = "program" | "optimized" | "mermaid" | "dot" | BackendForm;

const specs = new WeakMap<object, Spec>();
const derivedFrom = new WeakMap<object, Map<string, object>>();

/** How a function came about, so that it can be made again with other options. */
type Remake = (options: TraceOptions) => object;
const remakes = new WeakMap<object, Remake>();

/** The traceable function of `base` under `key`, made at most once. */
function make(base: object, key: string, name: string, options: SpecOptions, build: () => PlainFunction, isDerived: boolean, remake: Remake): object {
  const whole = `${key}|${dataKey(options)}`;
  let derived = derivedFrom.get(base);
  if (derived === undefined) derivedFrom.set(base, (derived = new Map()));
  let made = derived.get(whole);
  if (made === undefined) {
    derived.set(whole, (made = create({ fn: build(), name, options, isDerived, programs: new Map(), recent: new RecentCalls() })));
    remakes.set(made, remake);
  }
  return made;
}

function create(spec: Spec): object {
  const call = (...args: readonly unknown[]): unknown => callSpec(spec, args);
  Object.defineProperty(call, "name", { value: spec.name });
  Object.setPrototypeOf(call, methods);
  specs.set(call, spec);
  return call;
}

/** What is kept for a traceable function; undefined for any other value. */
export function specOfTraceable(fn: unknown): Spec | undefined {
  return typeof fn === "function" ? specs.get(fn) : undefined;
}

/** The plain function behind a traceable one, or the function itself, with its options. */
export function specOf(fn: unknown, where: string): Pick<Spec, "fn" | "name" | "options" | "isDerived"> {
  if (typeof fn !== "function") throw new ArgumentError(`${where}: expected a function, got ${describe(fn)}`);
  return specs.get(fn) ?? { fn: fn as PlainFunction, name: fn.name || "anonymous", options: {}, isDerived: false };
}

/** Traces `fn` with these options (over those it has already). A function that a transform made is made again from its base. */
export function traceable(fn: unknown, options: TraceOptions, where: string): object {
  const spec = specOf(fn, where);
  const checked = copyData(checkOptions(options, where));
  if (checked.device !== undefined) backendFor(checked.device);
  const remake = remakes.get(fn as object);
  if (remake !== undefined) return Object.keys(checked).length === 0 ? (fn as object) : remake(checked);
  const merged = { ...spec.options, ...checked };
  return make(fn as object, "trace", spec.name, merged, () => spec.fn, spec.isDerived, (more) => traceable(fn, { ...merged, ...more }, where));
}

/** The base with further options: itself when there are none. */
function withOptions(fn: unknown, options: TraceOptions, door: string): unknown {
  return Object.keys(options).length === 0 ? fn : traceable(fn, options, door);
}

/** A function derived from `fn` by a transform, traced in its turn. `door` and `parameters` identify the transform. */
export function derive<P>(fn: unknown, door: string, parameters: P, build: (fn: PlainFunction, parameters: P, options: SpecOptions, name: string) => unknown): object {
  const spec = specOf(fn, door);
  const { options } = spec;
  const fixed = copyData(parameters);
  const remake: Remake = (more) => derive(withOptions(fn, more, door), door, fixed, build);
  return make(fn as object, `${door}|${dataKey(fixed)}`, `${door}(${spec.name})`, options, () => build(spec.fn, fixed, options, door) as PlainFunction, true, remake);
}

/** As `derive`, for functions whose arguments are (primals, …), `pairs` lists of them: static positions do not carry over. */
function derivePairs(fn: unknown, door: string, pairs: 1 | 2, build: (fn: PlainFunction, options: SpecOptions, name: string) => unknown): object {
  const spec = specOf(fn, door);
  const { staticArgnums, donate: _donate, lists = {}, ...kept } = spec.options;
  if (staticArgnums !== undefined) throw new UnsupportedError(`${door}: the function has static arguments, which cannot stand in a list of primals`, { hint: "close over them: traceFn((x) => f(x, fixed))" });
  const outer = pairs === 1 ? { 0: lists } : { 0: lists, 1: lists };
  const remake: Remake = (more) => derivePairs(withOptions(fn, more, door), door, pairs, build);
  return make(fn as object, door, `${door}(${spec.name})`, { ...kept, lists: outer }, () => build(spec.fn, { ...kept, lists }, door) as PlainFunction, true, remake);
}

const methods = Object.create(Function.prototype, {}) as object;

function define(table: Record<string, (this: object, ...args: never[]) => unknown>): void {
  for (const [name, value] of Object.entries(table)) Object.defineProperty(methods, name, { value, enumerable: false, configurable: true, writable: true });
}

define({
  eval() {
    return this;
  },
  grad(options: GradOptions = {}) {
    return gradientDoor(this, "grad", options, "sum", false);
  },
  valueAndGrad(options: GradOptions = {}) {
    return gradientDoor(this, "valueAndGrad", options, "sum", true);
  },
  vjp(options: TypedOptions = {}) {
    return derivePairs(typed(this, options, [], "vjp"), "vjp", 1, vjpFunction);
  },
  jvp(options: TypedOptions = {}) {
    return derivePairs(typed(this, options, [], "jvp"), "jvp", 2, (fn, options, name) => (primals: unknown, tangents: unknown) => jvpOf(fn, primals, tangents, options, name));
  },
  linearize(options: TypedOptions = {}) {
    return derivePairs(typed(this, options, [], "linearize"), "linearize", 2, linearizeFunction);
  },
  vmap(options: VmapOptions = {}) {
    return vmapDoor(this, options);
  },
  jacobian(options: DoorOptions & { readonly mode?: JacobianMode } = {}) {
    const { argnums, mode = "reverse" } = options;
    if (mode !== "forward" && mode !== "reverse") throw new ArgumentError(`jacobian: mode must be "forward" or "reverse", got ${describe(mode)}`);
    return jacobianDoor(this, "jacobian", mode, argnums, options, ["argnums", "mode"]);
  },
  hessian(options: DoorOptions = {}) {
    return hessianDoor(this, options.argnums, options);
  },
  hvp(options: TypedOptions = {}) {
    return derivePairs(typed(this, options, [], "hvp"), "hvp", 2, hvpFunction);
  },
  program(...examples: readonly unknown[]) {
    return viewOf(this, examples);
  },
  lower(target: LowerTarget) {
    const { name, forms: own = {} } = backendFor((specs.get(this) as Spec).options.device);
    type Form = (view: ProgramView, options: CompileOptions) => string;
    const made = (form: (program: Program, options: CompileOptions) => string): Form => (v, o) => form(optimize(v.program), o);
    const forms: Record<string, Form> = { program: (v) => v.toString(), optimized: made((program) => printProgram(program)), mermaid: (v) => v.toMermaid(), dot: (v) => v.toDot() };
    for (const [key, form] of Object.entries(own)) forms[key] = made(form);
    const form = Object.hasOwn(forms, target) ? forms[target] : undefined;
    if (form === undefined) throw new UnsupportedError(`lower: unknown target ${describe(target)}`, { hint: `targets on the device ${name}: ${Object.keys(forms).join(", ")}` });
    return (...examples: readonly unknown[]) => {
      const spec = specs.get(this) as Spec;
      return form(viewOf(this, examples), donationOf(readCall(examples, spec.options, spec.name).signature.structure, examples.length, spec));
    };
  },
  compile(...examples: readonly unknown[]) {
    const spec = specs.get(this) as Spec;
    const call = readCall(examples, spec.options, spec.name);
    compileFor(entryFor(spec, call).entry.program, backendFor(spec.options.device), donationOf(call.signature.structure, examples.length, spec));
    return this;
  },
  with(options: TraceOptions) {
    return traceable(this, options, "with");
  },
});

function viewOf(fn: object, examples: readonly unknown[]): ProgramView {
  const spec = specs.get(fn) as Spec;
  const { entry } = entryFor(spec, readCall(examples, spec.options, spec.name));
  return new ProgramView(eliminateDeadCode(inlineCalls(entry.program, "pullbacks")));
}

/** The function with the `dtype` of a door's options, which are checked against the names that the door knows. */
function typed(fn: unknown, options: TypedOptions, known: readonly string[], door: string): unknown {
  checkKeys(options, [...known, "dtype"], door);
  return withOptions(fn, options.dtype === undefined ? {} : { dtype: options.dtype }, door);
}

/** grad and valueAndGrad behind both front doors. */
export function gradientDoor(fn: unknown, door: string, options: GradOptions, nonScalar: "sum" | "refuse", withValue: boolean): object {
  const { argnums, hasAux = false } = options;
  return derive(typed(fn, options, ["argnums", "hasAux"], door), door, { argnums, hasAux, nonScalar, withValue }, (plain, parameters, o, name) =>
    gradientFunction(plain, { ...parameters, name, options: o }),
  );
}

export function vmapDoor(fn: unknown, options: VmapOptions): object {
  const { dtype: _dtype, ...axes } = options;
  return derive(typed(fn, options, ["inAxes", "outAxes", "axisSize", "axisName"], "vmap"), "vmap", axes, (plain, parameters, o, name) => vmapFunction(plain, parameters, o, name));
}

export function jacobianDoor(fn: unknown, door: string, mode: JacobianMode, argnums: Argnums | undefined, options: DoorOptions, known: readonly string[]): object {
  return derive(typed(fn, options, known, door), door, { mode, argnums }, (plain, p, o, name) => jacobianFunction(plain, p.mode, p.argnums, o, name));
}

/** Forward over reverse. */
export function hessianDoor(fn: unknown, argnums: Argnums | undefined, options: DoorOptions): object {
  return derive(typed(fn, options, ["argnums"], "hessian"), "hessian", { argnums }, (plain, p, o, name) => {
    const gradient = jacobianFunction(plain, "reverse", p.argnums, o, name);
    return jacobianFunction(gradient as PlainFunction, "forward", p.argnums, o, name);
  });
}
