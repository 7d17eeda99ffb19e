/**
 * The gradient of a program of single numbers as one operation. A compiler that writes such programs out number by number goes back through them
 * by itself, which spares the equations of the backward pass; for everybody else the operation stands for these equations.
 */
import { InternalError } from "../errors.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import type { Pullback, PullbackStep } from "../core/lowering.ts";
import { atPlace } from "../core/place.ts";
import { definePrimitive, type MaybeZero, noPrograms, notDifferentiable, type Primitive } from "../core/primitive.ts";
import { type Atom, type Equation, HostValue, outputTypes, type Program, Variable } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { sizeOf } from "../core/shape.ts";
import { at, bind, currentTrace, isTraced, record, type Value } from "../core/tensor.ts";
import { add } from "../ops/elementwise.ts";
import { tangentType } from "../transform/jvp.ts";
import { PullRules } from "../transform/pull-rule.ts";
import { reaches, reverseInto } from "../transform/reverse.ts";
import { run } from "./run.ts";
import { batchWritten, jvpWritten, transposeWritten } from "./written-out.ts";

type Params = { readonly pullback: HostValue<Pullback> };

const programs = new WeakMap<HostValue, Program>();

function written({ pullback }: Params): Program {
  let program = programs.get(pullback);
  if (program === undefined) programs.set(pullback, (program = recordEquations(pullback.value)));
  return program;
}

/** The equations that it stands for. */
function recordEquations({ forward, cotangents, wanted }: Pullback): Program {
  const types = [...forward.inputs.map((v) => v.type), ...forward.outputs.filter((_, i) => cotangents[i] === "operand").map((a) => tangentType(a.type))];
  return record("pullback", types, (values) => {
    let next = forward.inputs.length;
    const active = new Set(wanted);
    const reversed = reverseInto(forward, values.slice(0, next), forward.inputs.map((_, i) => active.has(i)), (x, y) => add(x, y), "repeat");
    if (reversed === undefined) throw new InternalError("a program of single numbers has programs inside");
    const cts = cotangents.map((ct) => (ct === "operand" ? at(values, next++) : ct));
    const pulled = reversed.pull(cts.filter((_, i) => reversed.activeOutputs[i]));
    return [...reversed.outputs, ...pulled.map((ct, i) => instantiate(ct, { type: tangentType(at(forward.inputs, at(wanted, i)).type) }))];
  }).program;
}

export const pullbackPrimitive: Primitive = definePrimitive<Params>({
  name: "pullback",
  type: (_inputs, { pullback: { value } }) => [...outputTypes(value.forward), ...value.wanted.map((i) => tangentType(at(value.forward.inputs, i).type))],
  evaluate: (inputs, params) => run(written(params), inputs),
  jvp: jvpWritten(written),
  transpose: transposeWritten(written),
  batch: batchWritten(written),
  lower: { form: "pullback", pullback: ({ pullback }) => pullback.value, program: written },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

/** The results of a program, and the cotangents of its active inputs. */
export interface Pulled {
  readonly outputs: readonly Value[];
  readonly activeOutputs: readonly boolean[];
  readonly cotangents: readonly Value[];
}

/**
 * Records the results of a program and the cotangents of its active inputs as one operation; `cotangentsOf` gives those of the active results.
 * Undefined where the program has more than single numbers, or where a derivative has no form to go by.
 */
export function recordPullback(forward: Program, inputs: readonly Value[], active: readonly boolean[], cotangentsOf: (activeOutputs: readonly boolean[]) => readonly MaybeZero[]): Pulled | undefined {
  if (currentTrace()?.isCompiled !== true) return undefined;
  const steps = forward.outputs.every(isSingle) ? stepsOf(forward, active) : undefined;
  if (steps === undefined) return undefined;
  const activeOutputs = forward.outputs.map(isMoving);
  const cts = cotangentsOf(activeOutputs);
  if (cts.every((ct) => ct === null)) return undefined;
  let next = 0;
  const cotangents = activeOutputs.map((on) => (on ? at(cts, next++) : null)).map((ct) => (ct !== null && isTraced(ct) ? "operand" : (ct as ConcreteArray | null)));
  const wanted = forward.inputs.flatMap((_, i) => (active[i] ? [i] : []));
  const operands = [...inputs, ...cts.filter((ct) => ct !== null && isTraced(ct))] as Value[];
  const results = atPlace(forward.equations[forward.equations.length - 1]?.place, () => bind(pullbackPrimitive, operands, { pullback: new HostValue("pullback", { forward, cotangents, wanted, steps, size: sizeOfSteps(forward, steps) }) }));
  const given = new Map<Atom, Value>(forward.inputs.map((v, i) => [v, at(inputs, i)]));
  const outputs = forward.outputs.map((atom, i) => (atom instanceof Variable ? (given.get(atom) ?? at(results, i)) : atom));
  return { outputs, activeOutputs, cotangents: results.slice(outputs.length) };
}

function sizeOfSteps({ equations }: Program, steps: readonly PullbackStep[]): number {
  return steps.reduce((sum, { rule }) => sum + (rule === undefined ? 1 : rule.steps.length + rule.operands.length), equations.length);
}

const still = 0;
const moving = 1;

const isSingle = ({ type: { shape } }: Atom): boolean => shape.length === 0 || sizeOf(shape) === 1;
const isMoving = (atom: Atom): boolean => atom instanceof Variable && atom.mark === moving;

/** The equations that cotangents go back through. Marks what a tangent reaches. */
function stepsOf({ inputs, equations }: Program, active: readonly boolean[]): PullbackStep[] | undefined {
  for (let i = 0; i < inputs.length; i++) at(inputs, i).mark = active[i] ? moving : still;
  const rules = new PullRules();
  const steps: PullbackStep[] = [];
  for (let i = 0; i < equations.length; i++) {
    const equation = equations[i] as Equation;
    if (!isOnNumbers(equation)) return undefined;
    const result = equation.outputs[0] as Variable;
    const moved = movingOperands(equation);
    result.mark = still;
    if (moved === 0) continue;
    const { jvp, lower } = equation.primitive;
    const form = jvp === notDifferentiable ? undefined : jvp.form;
    if (form === undefined) return undefined;
    if (form === "zero" || !isFloat(result.type.dtype) || !reaches(form, equation.inputs, isMoving)) continue;
    const rule = lower.form === "elementwise" ? rules.ruleOf(equation, form, moved) : undefined;
    if (rule === undefined && lower.form === "elementwise") return undefined;
    result.mark = moving;
    steps.push({ equation: i, rule });
  }
  return steps;
}

/** Bit k: a tangent reaches operand k. */
function movingOperands({ inputs }: Equation): number {
  let bits = 0;
  for (let k = 0; k < inputs.length; k++) if (isMoving(inputs[k] as Atom)) bits |= 1 << k;
  return bits;
}

/** An operation on single numbers without an effect, or one that reads an element. */
function isOnNumbers({ primitive: { lower, effect }, inputs, outputs }: Equation): boolean {
  if (outputs.length !== 1 || effect !== "none" || !isSingle(outputs[0] as Atom)) return false;
  // as many elements as the result: its operands are single, too
  if (lower.form === "elementwise" || lower.form === "reshape") return true;
  return lower.form === "view" && inputs[0] instanceof Variable;
}
