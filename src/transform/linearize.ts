/**
 * Splits the forward-mode program at its primal inputs: what depends on them alone is computed once, the rest is linear in the
 * tangents and becomes a program of its own.
 */
import { InternalError } from "../errors.ts";
import { type MaybeZero, noPrograms, type Primitive } from "../core/primitive.ts";
import type { Atom, Equation, Params, Program } from "../core/program.ts";
import { at, currentTrace, Trace, TracedArray, type Value, withTrace } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { liveEquations } from "./dce.ts";
import { jvpProgram, pushForward, tangentType } from "./jvp.ts";
import { applier } from "./replay.ts";
import { splitProgram } from "./split.ts";

export interface Linearized {
  /** primals… → (results…, residuals…) */
  readonly forward: Program;
  /** (residuals…, tangents of the active inputs…) → tangents of the active results… */
  readonly linear: Program;
  readonly residualCount: number;
  readonly activeOutputs: readonly boolean[];
}

export function linearizeProgram(program: Program, active: readonly boolean[]): Linearized {
  const { program: both, activeOutputs } = jvpProgram(program, active);
  const results = program.outputs.length;
  const { known, rest, residualCount, reachedOutputs } = splitProgram(
    both,
    both.inputs.map((_, i) => i >= program.inputs.length),
    both.outputs.map((_, i) => i >= results),
  );
  if (reachedOutputs.slice(0, results).includes(true)) throw new InternalError("a result depends on a tangent: some jvp or partition rule mixes them");
  return { forward: known, linear: rest, residualCount, activeOutputs };
}

/** A program applied to values in the open trace: its results, and the linear program that pushes tangents forward from there. */
export interface LinearizedValues {
  readonly outputs: readonly Value[];
  readonly residuals: readonly Value[];
  /** (residuals…, tangents of the active inputs…) → tangents of the active results… */
  readonly linear: Program;
  readonly activeOutputs: readonly boolean[];
}

/**
 * The same in one pass where a trace is open: what depends on primal values alone goes there at once, the linear part into a trace of its
 * own, which captures its residuals. The program is used up: the open trace takes its equations over. Undefined where operations with
 * programs inside have to be split.
 */
export function linearizeInto(program: Program, inputs: readonly Value[], active: readonly boolean[]): LinearizedValues | undefined {
  const outer = currentTrace();
  if (outer === undefined || program.equations.some((e) => e.primitive.inner !== noPrograms)) return undefined;
  const types = program.inputs.filter((_, i) => active[i]).map((v) => tangentType(v.type));
  let results: readonly Value[] = [];
  let reached: readonly MaybeZero[] = [];
  const { linear, residuals } = recordLinear(outer, types, (moving, isOwn) => {
    let next = 0;
    const tangents = program.inputs.map((_, i): MaybeZero => (active[i] ? at(moving, next++) : null));
    ({ outputs: results, tangents: reached } = pushForward(program, inputs, tangents, applier(program, inputs, "adopt")));
    if (results.some(isOwn)) throw mixed();
    return reached.filter((t) => t !== null);
  });
  return { outputs: results, residuals, linear, activeOutputs: reached.map((t) => t !== null) };
}

/** What no rule may do. */
export function mixed(): InternalError {
  return new InternalError("a result depends on a tangent: some jvp rule mixes them");
}

/**
 * The linear program that `body` records on tangents of the given types, (residuals…, tangents…) → results…; what it does without them is
 * recorded in `outer`, the open trace, where the residuals are.
 */
export function recordLinear(
  outer: Trace,
  types: readonly TensorType[],
  body: (tangents: readonly TracedArray[], isOwn: (value: Value) => boolean) => readonly Value[],
): { readonly linear: Program; readonly residuals: readonly TracedArray[] } {
  const trace = new LinearTrace(outer);
  const tangents = types.map((t) => trace.input(t));
  const results = withTrace(trace, () => body(tangents, trace.isOwn));
  const { inputs, equations, outputs } = trace.finish(results);
  const used = new Set<Atom>();
  const live = liveEquations(equations, outputs, used);
  const captured = inputs.slice(types.length);
  const kept = captured.map((v) => used.has(v));
  return {
    linear: { inputs: [...captured.filter((_, i) => kept[i]), ...inputs.slice(0, types.length)], equations: live, outputs },
    residuals: trace.captured.filter((_, i) => kept[i]),
  };
}

/** Records operations on its own tensors, and hands all others on to the trace around it. */
class LinearTrace extends Trace {
  readonly #outer: Trace;
  readonly isOwn = (value: Value): boolean => value instanceof TracedArray && value.owner === this;
  constructor(outer: Trace) {
    super("linearize", outer.defaultFloat);
    this.#outer = outer;
  }
  override record(primitive: Primitive, inputs: readonly Value[], params: Params, types: readonly TensorType[]): TracedArray[] {
    return inputs.some(this.isOwn) ? super.record(primitive, inputs, params, types) : this.#outer.record(primitive, inputs, params, types);
  }
  override repeat(equation: Equation, inputs: readonly Value[]): TracedArray[] {
    return inputs.some(this.isOwn) ? super.repeat(equation, inputs) : this.#outer.repeat(equation, inputs);
  }
  /** What a program is made of that has come to its end is never linear. */
  override adopt(equation: Equation, inputs: readonly Value[]): TracedArray[] {
    return this.#outer.adopt(equation, inputs);
  }
}
