/**
 * Reverse mode in one go, for a gradient that is taken where a trace is open: the program's equations become those of the trace, and
 * cotangents go back through them one by one. What linearize and transpose do to a whole program happens here to single equations, and where
 * the derivative has a form (`JvpRule.form`) no tangent is recorded at all.
 */
import { isFloat } from "../core/dtype.ts";
import { atPlaces, type Place } from "../core/place.ts";
import { type DerivativeForm, type MaybeZero, noPrograms, Unknown } from "../core/primitive.ts";
import type { Atom, Equation, Params, Program } from "../core/program.ts";
import { partialOf } from "../core/rules.ts";
import { at, currentTrace, type Trace, type Value } from "../core/tensor.ts";
import { differentiable, pushThrough, tangentType } from "./jvp.ts";
import { mixed, recordLinear } from "./linearize.ts";
import { type Apply, applier, Environment } from "./replay.ts";
import { addTo, checkedCotangent, pullBack, transposeEquation } from "./transpose.ts";

export interface Reversed {
  readonly outputs: readonly Value[];
  /** Which results depend on the active inputs. */
  readonly activeOutputs: readonly boolean[];
  /** From cotangents of the active results to those of the active inputs, recorded in the open trace. */
  readonly pull: (cotangents: readonly MaybeZero[]) => MaybeZero[];
}

type Add = (x: Value, y: Value) => Value;

/** `program` is used up, unless its equations are to be repeated: the open trace takes them over. Undefined where no trace is open, or an operation has programs inside. */
export function reverseInto(program: Program, inputs: readonly Value[], active: readonly boolean[], add: Add, how: "adopt" | "repeat" = "adopt"): Reversed | undefined {
  const trace = currentTrace();
  if (trace === undefined || program.equations.some((e) => e.primitive.inner !== noPrograms)) return undefined;
  const env = new Environment<Value>((constant) => constant);
  env.setAll(program.inputs, inputs);
  const moving = new Set<Atom>(program.inputs.filter((_, i) => active[i]));
  const isMoving = (atom: Atom): boolean => moving.has(atom);
  const apply = applier(program, inputs, how);
  const steps: Step[] = [];
  atPlaces(program.equations, (equation) => {
    const operands = equation.inputs.map(env.read);
    const form = equation.inputs.some(isMoving) ? differentiable(equation).form : "zero";
    if (form === undefined) {
      const { tangents, results } = recordTangents(trace, equation, operands, equation.inputs.map(isMoving), apply);
      env.setAll(equation.outputs, results);
      equation.outputs.forEach((v, i) => tangents.reached.includes(i) && moving.add(v));
      if (tangents.reached.length > 0) steps.push({ equation, place: equation.place, by: tangents });
      return;
    }
    env.setAll(equation.outputs, apply(equation, operands));
    if (form === "zero" || !reaches(form, equation.inputs, isMoving)) return;
    for (const v of equation.outputs) if (isFloat(v.type.dtype)) moving.add(v);
    steps.push({ equation, place: equation.place, by: form });
  });
  const pull = (cotangents: readonly MaybeZero[]): MaybeZero[] => {
    const sums = new Map<Atom, Value>();
    const accumulate = (atom: Atom, ct: MaybeZero): void => {
      if (ct !== null) addTo(sums, atom, ct, add);
    };
    const cotangentOf = (atom: Atom): MaybeZero => sums.get(atom) ?? null;
    program.outputs.filter(isMoving).forEach((atom, i) => accumulate(atom, at(cotangents, i)));
    atPlaces(steps.toReversed(), ({ equation, by }) => {
      const cts = equation.outputs.map(cotangentOf);
      if (cts.every(isZero)) return;
      const active = equation.inputs.map(isMoving);
      const out = typeof by === "object" && "linear" in by ? pullByTangents(by, cts, active, add) : pullByForm(equation, by, cts, equation.inputs.map(env.read), () => env.get(at(equation.outputs, 0)), active);
      // last operand first, as in the transpose of a sum of terms
      for (let j = out.length - 1; j >= 0; j--) accumulate(at(equation.inputs, j), at(out, j));
    }, "backward");
    return program.inputs.filter(isMoving).map(cotangentOf);
  };
  return { outputs: program.outputs.map(env.read), activeOutputs: program.outputs.map(isMoving), pull };
}

const isZero = (ct: MaybeZero): boolean => ct === null;
const unknown = (x: Value): Unknown => new Unknown(tangentType(x.type));

export type Form = Exclude<DerivativeForm<Params>, "zero">;

/** An equation that cotangents go back through, by the form of its derivative, or by its tangents where that has none. */
interface Step {
  readonly equation: Equation;
  readonly place: Place | undefined;
  readonly by: Form | Tangents;
}

/** The tangents of one equation: a program that is linear in those of its active operands, and the results that it is for. */
interface Tangents {
  readonly linear: Program;
  readonly residuals: readonly Value[];
  readonly reached: readonly number[];
}

/** Whether the tangent of one of the operands that move reaches the result. */
export function reaches(form: Form, inputs: readonly Atom[], isMoving: (atom: Atom) => boolean): boolean {
  for (let i = 0; i < inputs.length; i++) {
    if (isMoving(inputs[i] as Atom) && (typeof form === "string" || partialOf(form, i) !== null)) return true;
  }
  return false;
}

/** The cotangents of an equation's operands by the form of its derivative. */
export function pullByForm(equation: Equation, form: Form, cts: readonly MaybeZero[], operands: readonly Value[], result: () => Value, active: readonly boolean[]): readonly MaybeZero[] {
  if (form === "linear") return transposeEquation(equation, cts, operands.map((x, i) => (active[i] ? unknown(x) : x)));
  if (form === "bilinear") return operands.map((_, i) => (active[i] ? at(transposeEquation(equation, cts, operands.map((x, j) => (j === i ? unknown(x) : x))), i) : null));
  return operands.map((x, i) => {
    const partial = active[i] ? partialOf(form, i) : null;
    return partial && checkedCotangent(`partial derivative of ${equation.primitive.name}`, partial(at(cts, 0) as Value, operands, result(), equation.params), x.type);
  });
}

/** The same by its tangents. */
function pullByTangents({ linear, residuals, reached }: Tangents, cts: readonly MaybeZero[], active: readonly boolean[], add: Add): readonly MaybeZero[] {
  const out = pullBack(linear, [...residuals, ...active.filter((on) => on).map(() => null)], reached.map((i) => at(cts, i)), add);
  let next = 0;
  return active.map((on) => (on ? at(out, next++) : null));
}

/** The jvp rule of an equation on tangents recorded for it alone. */
function recordTangents(trace: Trace, equation: Equation, operands: readonly Value[], active: readonly boolean[], apply: Apply): { readonly tangents: Tangents; readonly results: readonly Value[] } {
  const types = equation.inputs.filter((_, i) => active[i]).map((a) => tangentType(a.type));
  let results: readonly Value[] = [];
  const reached: number[] = [];
  const { linear, residuals } = recordLinear(trace, types, (given, isOwn) => {
    let next = 0;
    const out = pushThrough(equation, operands, active.map((on) => (on ? at(given, next++) : null)), apply);
    if (out.outputs.some(isOwn)) throw mixed();
    results = out.outputs;
    out.tangents.forEach((t, i) => t !== null && reached.push(i));
    return out.tangents.filter((t) => t !== null);
  });
  return { tangents: { linear, residuals, reached }, results };
}
