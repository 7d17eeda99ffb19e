/**
 * Forward mode: a program becomes one that also pushes tangents forward. Each equation is replaced by its jvp rule; where no
 * tangent enters, the equation stays as it is and its tangent stays a symbolic zero.
 */
import { DifferentiationError, InternalError } from "../errors.ts";
import { isFloat } from "../core/dtype.ts";
import { atPlaces } from "../core/place.ts";
import { type JvpRule, type MaybeZero, notDifferentiable } from "../core/primitive.ts";
import { type Equation, inputTypes, type Params, type Program } from "../core/program.ts";
import { at, record, type Value } from "../core/tensor.ts";
import { sameType, showType, type TensorType } from "../core/type.ts";
import { type Apply, applier, Environment } from "./replay.ts";

export interface Jvp {
  /** (primals…, tangents of the active inputs…) → (results…, tangents of the active results…). */
  readonly program: Program;
  /** Which results have a tangent that is not a symbolic zero. */
  readonly activeOutputs: readonly boolean[];
}

/** The type of a tangent: that of its primal, never weak. */
export function tangentType(type: TensorType): TensorType {
  return type.weak ? { ...type, weak: false } : type;
}

/** `active[i]`: input i has a tangent; the others are constants of the derivative. */
export function jvpProgram(program: Program, active: readonly boolean[]): Jvp {
  const types = inputTypes(program);
  const tangentTypes = types.filter((_, i) => active[i]).map(tangentType);
  let activeOutputs: boolean[] = [];
  const { program: result } = record("jvp", [...types, ...tangentTypes], (inputs) => {
    const given = inputs.slice(types.length);
    let next = 0;
    const tangents = types.map((_, i) => (active[i] ? at(given, next++) : null));
    const out = pushForward(program, inputs.slice(0, types.length), tangents);
    activeOutputs = out.tangents.map((t) => t !== null);
    return [...out.outputs, ...out.tangents.filter((t) => t !== null)];
  });
  return { program: result, activeOutputs };
}

interface Dual {
  readonly primal: Value;
  readonly tangent: MaybeZero;
}

const primalOf = ({ primal }: Dual): Value => primal;
const tangentOf = ({ tangent }: Dual): MaybeZero => tangent;
const isStill = ({ tangent }: Dual): boolean => tangent === null;

/** Replays the program on primals and tangents in the open trace. */
export function pushForward(
  program: Program,
  primals: readonly Value[],
  tangents: readonly MaybeZero[],
  apply: Apply = applier(program, primals),
): { readonly outputs: Value[]; readonly tangents: MaybeZero[] } {
  const env = new Environment<Dual>((constant) => ({ primal: constant, tangent: null }));
  program.inputs.forEach((v, i) => env.set(v, { primal: at(primals, i), tangent: at(tangents, i) }));
  atPlaces(program.equations, (equation) => step(equation, env, apply));
  const out = program.outputs.map((a) => env.get(a));
  return { outputs: out.map((d) => d.primal), tangents: out.map((d) => d.tangent) };
}

function step(equation: Equation, env: Environment<Dual>, apply: Apply): void {
  const operands = equation.inputs.map(env.read);
  const primals = operands.map(primalOf);
  if (operands.every(isStill)) return env.setAll(equation.outputs, apply(equation, primals).map((primal) => ({ primal, tangent: null })));
  const { outputs, tangents } = pushThrough(equation, primals, operands.map(tangentOf), apply);
  for (let i = 0; i < outputs.length; i++) env.set(at(equation.outputs, i), { primal: at(outputs, i), tangent: at(tangents, i) });
}

/** The results of an equation and their tangents by its jvp rule, checked. What is not floating has no tangent. It is applied once, if the rule asks for that. */
export function pushThrough(
  equation: Equation,
  primals: readonly Value[],
  tangents: readonly MaybeZero[],
  apply: Apply,
): { readonly outputs: readonly Value[]; readonly tangents: readonly MaybeZero[] } {
  const { primitive, params, outputs: variables } = equation;
  let results: readonly Value[] | undefined;
  const out = differentiable(equation)(primals, tangents, params, primitive, () => (results ??= apply(equation, primals)));
  if (out.outputs.length !== variables.length || out.tangents.length !== variables.length) {
    throw new InternalError(`the jvp rule of ${primitive.name} returned ${out.outputs.length} results and ${out.tangents.length} tangents for ${variables.length} results`);
  }
  for (let i = 0; i < variables.length; i++) {
    const { type } = at(variables, i);
    const primal = at(out.outputs, i);
    const tangent = at(out.tangents, i);
    if (!sameType(primal.type, type)) throw wrongType(primitive.name, "result", primal.type, type);
    if (tangent !== null && !sameType(tangent.type, type)) throw wrongType(primitive.name, "tangent", tangent.type, type);
  }
  return { outputs: out.outputs, tangents: out.tangents.map((t, i) => (isFloat(at(variables, i).type.dtype) ? t : null)) };
}

/** The rule of an operation that a tangent reaches, or the error that says it has none. */
export function differentiable({ primitive: { name, jvp }, place }: Equation): JvpRule<Params> {
  if (jvp !== notDifferentiable) return jvp;
  throw new DifferentiationError(`${name} cannot be differentiated`, {
    place: place?.toString(),
    hint: "wrap its operand in stopGradient(x) if no gradient should flow through it",
  });
}

function wrongType(name: string, what: string, got: TensorType, want: TensorType): InternalError {
  return new InternalError(`the jvp rule of ${name} returned a ${what} of type ${showType(got)} where ${showType(want)} belongs`);
}
