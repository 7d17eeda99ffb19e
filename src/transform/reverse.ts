/**
 * Reverse mode in one go, for a gradient that is taken where a trace is open: the program's equations become those of the trace, and
 * cotangents go back through them one by one. What linearize and transpose do to a whole program happens here to single equations, and where
 * the derivative has a form (`JvpRule.form`) no tangent is recorded at all.
 */
import { isFloat } from "../core/dtype.ts";
import { atPlaces } from "../core/place.ts";
import { type MaybeZero, noPrograms, Unknown } from "../core/primitive.ts";
import type { Atom, Equation, Program } from "../core/program.ts";
import { at, currentTrace, type Trace, type Value } from "../core/tensor.ts";
import { differentiable, pushThrough, tangentType } from "./jvp.ts";
import { recordLinear } from "./linearize.ts";
import { applier, Environment } from "./replay.ts";
import { pullBack, transposeEquation } from "./transpose.ts";

export interface Reversed {
  readonly outputs: readonly Value[];
  /** Which results depend on the active inputs. */
  readonly activeOutputs: readonly boolean[];
  /** From cotangents of the active results to those of the active inputs, recorded in the open trace. */
  readonly pull: (cotangents: readonly MaybeZero[]) => MaybeZero[];
}

type Add = (x: Value, y: Value) => Value;

/** `program` is used up: the open trace takes its equations over. Undefined where no trace is open, or an operation has programs inside. */
export function reverseInto(program: Program, inputs: readonly Value[], active: readonly boolean[], add: Add): Reversed | undefined {
  const trace = currentTrace();
  if (trace === undefined || program.equations.some((e) => e.primitive.inner !== noPrograms)) return undefined;
  const env = new Environment<Value>((constant) => constant);
  env.setAll(program.inputs, inputs);
  const moving = new Set<Atom>(program.inputs.filter((_, i) => active[i]));
  const isMoving = (atom: Atom): boolean => moving.has(atom);
  const apply = applier(program, inputs, "adopt");
  const differentiated: Equation[] = [];
  atPlaces(program.equations, (equation) => {
    env.setAll(equation.outputs, apply(equation, equation.inputs.map(env.read)));
    if (!equation.inputs.some(isMoving) || differentiable(equation).form === "zero") return;
    differentiated.push(equation);
    for (const v of equation.outputs) if (isFloat(v.type.dtype)) moving.add(v);
  });
  const pull = (cotangents: readonly MaybeZero[]): MaybeZero[] => {
    const sums = new Map<Atom, Value>();
    const accumulate = (atom: Atom, ct: MaybeZero): void => {
      if (ct === null) return;
      const before = sums.get(atom);
      sums.set(atom, before === undefined ? ct : add(before, ct));
    };
    const cotangentOf = (atom: Atom): MaybeZero => sums.get(atom) ?? null;
    program.outputs.filter(isMoving).forEach((atom, i) => accumulate(atom, at(cotangents, i)));
    atPlaces(differentiated.toReversed(), (equation) => {
      const cts = equation.outputs.map(cotangentOf);
      if (cts.every(isZero)) return;
      const operands = equation.inputs.map(env.read);
      const active = equation.inputs.map(isMoving);
      const results = (): Value[] => equation.outputs.map(env.read);
      const out = pullThrough(equation, cts, operands, active, results) ?? pullThroughTangents(trace, equation, cts, operands, active, results, add);
      // last operand first, as in the transpose of a sum of terms
      for (let j = out.length - 1; j >= 0; j--) accumulate(at(equation.inputs, j), at(out, j));
    }, "backward");
    return program.inputs.filter(isMoving).map(cotangentOf);
  };
  return { outputs: program.outputs.map(env.read), activeOutputs: program.outputs.map(isMoving), pull };
}

const isZero = (ct: MaybeZero): boolean => ct === null;
const unknown = (x: Value): Unknown => new Unknown(tangentType(x.type));

/** The cotangents of an equation's operands by the form of its derivative; undefined where it has none. */
function pullThrough(equation: Equation, cts: readonly MaybeZero[], operands: readonly Value[], active: readonly boolean[], results: () => readonly Value[]): readonly MaybeZero[] | undefined {
  const { form } = differentiable(equation);
  if (form === undefined || form === "zero") return undefined;
  if (form === "linear") return transposeEquation(equation, cts, operands.map((x, i) => (active[i] ? unknown(x) : x)));
  if (form === "bilinear") return operands.map((_, i) => (active[i] ? at(transposeEquation(equation, cts, operands.map((x, j) => (j === i ? unknown(x) : x))), i) : null));
  const [result] = results() as [Value];
  return operands.map((_, i) => {
    const partial = form[Math.min(i, form.length - 1)];
    return active[i] && partial ? partial(cts[0] as Value, operands, result, equation.params) : null;
  });
}

/** The same by the jvp rule: the tangents of this equation alone are recorded and transposed. */
function pullThroughTangents(
  trace: Trace,
  equation: Equation,
  cts: readonly MaybeZero[],
  operands: readonly Value[],
  active: readonly boolean[],
  results: () => readonly Value[],
  add: Add,
): readonly MaybeZero[] {
  const types = equation.inputs.filter((_, i) => active[i]).map((a) => tangentType(a.type));
  const reached: MaybeZero[] = [];
  const { linear, residuals } = recordLinear(trace, types, (given) => {
    let next = 0;
    const { tangents } = pushThrough(equation, operands, active.map((on) => (on ? at(given, next++) : null)), results);
    return tangents.filter((t, i) => {
      if (t === null || cts[i] === null) return false;
      reached.push(at(cts, i));
      return true;
    }) as Value[];
  });
  const out = pullBack(linear, [...residuals, ...types.map(() => null)], reached, add);
  let next = 0;
  return active.map((on) => (on ? at(out, next++) : null));
}
