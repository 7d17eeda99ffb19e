/**
 * `checkpoint`: a program whose intermediate values are not kept for the backward pass but computed again from those that its policy keeps.
 * The derivative splits it in two: what primal values determine runs once and hands over what is kept; the linear part computes the rest
 * again. Both are written out only behind the passes, which would find that they compute the same.
 */
import { definePrimitive, type MaybeZero, type Primitive, Unknown } from "../core/primitive.ts";
import { type Atom, type Equation, outputTypes, type Program, Variable } from "../core/program.ts";
import { at, bind, record, type Value } from "../core/tensor.ts";
import { add } from "../ops/elementwise.ts";
import { liveEquations, pruneProgram } from "../transform/dce.ts";
import { jvpProgram } from "../transform/jvp.ts";
import { replay } from "../transform/replay.ts";
import { splitProgram } from "../transform/split.ts";
import { pullBack } from "../transform/transpose.ts";
import { barrier } from "./barrier.ts";
import { batched } from "./batched-program.ts";
import { type CheckpointPolicy, savedBy } from "./policy.ts";
import { run } from "./run.ts";

/** What an operand is to the recomputation in a backward pass: it is computed from values, and waits for cotangents. */
type Role = "value" | "cotangent" | "free";

type Checkpoint = {
  readonly body: Program;
  readonly policy: CheckpointPolicy;
  /** One per operand, in backward passes. */
  readonly roles?: readonly Role[] | undefined;
};

export const checkpointPrimitive: Primitive = definePrimitive<Checkpoint>({
  name: "checkpoint",
  type: (_inputs, { body }) => outputTypes(body),
  evaluate: (inputs, { body }) => run(body, inputs),
  jvp: (primals, tangents, { body, policy, roles }) => {
    const { program, activeOutputs } = jvpProgram(body, tangents.map((t) => t !== null));
    const all = bindCheckpoint([...primals, ...tangents.filter((t) => t !== null)], { body: program, policy, roles: roles && [...roles, ...roles.filter((_, i) => tangents[i] !== null)] });
    let next = body.outputs.length;
    return { outputs: all.slice(0, next), tangents: activeOutputs.map((on) => (on ? at(all, next++) : null)) };
  },
  transpose: transposeCheckpoint,
  batch: (size, inputs, axes, { body, policy, roles }, _primitive, axisName) => {
    const { program, axes: outAxes } = batched(body, size, axes, axisName);
    return { outputs: bindCheckpoint(inputs, { body: program, policy, roles }), axes: outAxes };
  },
  lower: { form: "call", program: written, when: "late" },
  commutative: false,
  effect: "none",
  inner: {
    programs: ({ body }) => [body],
    withPrograms: (params, [body]) => ({ ...params, body: body as Program }),
    prune: (equation, needed) => {
      const { body, ...rest } = equation.params as Checkpoint;
      const { program, inputs } = pruneProgram(body, needed);
      return {
        ...equation,
        params: given({ ...rest, body: program, roles: rest.roles?.filter((_, i) => inputs[i]) }),
        inputs: equation.inputs.filter((_, i) => inputs[i]),
        outputs: equation.outputs.filter((_, i) => needed[i]),
      };
    },
    partition: partitionCheckpoint,
    accumulates: true,
  },
});

/** The parameters without a `roles` that says nothing. */
function given({ roles, ...params }: Checkpoint): Checkpoint {
  return roles === undefined ? params : { ...params, roles };
}

export function bindCheckpoint(inputs: readonly Value[], params: Checkpoint): Value[] {
  return bind(checkpointPrimitive, inputs, given(params));
}

/** The forward part, with what the policy keeps as further results, and the linear part, which begins by computing what is missing. */
function partitionCheckpoint(equation: Equation, reached: readonly boolean[]): { readonly known: readonly Equation[]; readonly linear: readonly Equation[] } {
  const { body, policy, roles } = equation.params as Checkpoint;
  const { known, rest, residualCount, reachedOutputs } = splitProgram(body, reached);
  const residuals = rest.inputs.slice(0, residualCount);
  const { saved, recomputed } = recomputation(known, residuals, savedBy(policy, known.equations));
  // inputs that the linear part begins from: they are there anyhow
  const used = new Set<Atom>([...residuals, ...recomputed.flatMap((e) => e.inputs)]);
  const kept = known.inputs.map((v) => used.has(v));
  const [operands, moving] = [equation.inputs.filter((_, i) => !reached[i]), equation.inputs.filter((_, i) => reached[i])];
  const outputs = [...known.outputs.slice(0, known.outputs.length - residualCount), ...saved];
  const forward: Program = { inputs: known.inputs, equations: liveEquations(known.equations, outputs), outputs };
  const linear: Program = {
    inputs: [...saved, ...known.inputs.filter((_, i) => kept[i]), ...rest.inputs.slice(residualCount)],
    equations: [...recomputed, ...rest.equations],
    outputs: rest.outputs,
  };
  const crossing = saved.map((v) => new Variable(v.type));
  const part = (program: Program, inputs: readonly Atom[], outputs: readonly Variable[], roles?: readonly Role[]): Equation[] =>
    outputs.length === 0 && program.equations.length === 0 ? [] : [{ ...equation, params: given({ body: program, policy, roles }), inputs, outputs }];
  return {
    known: part(forward, operands, [...equation.outputs.filter((_, i) => !reachedOutputs[i]), ...crossing], roles?.filter((_, i) => !reached[i])),
    linear: part(linear, [...crossing, ...operands.filter((_, i) => kept[i]), ...moving], equation.outputs.filter((_, i) => reachedOutputs[i])),
  };
}

/** The values of `program` to keep, among those that may be, and the equations that make the residuals of them and its inputs. */
function recomputation(program: Program, residuals: readonly Variable[], savable: ReadonlySet<Atom>): { readonly saved: Variable[]; readonly recomputed: Equation[] } {
  const needed = new Set<Atom>(residuals);
  const recomputed: Equation[] = [];
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = at(program.equations, i);
    if (!equation.outputs.some((v) => needed.has(v) && !savable.has(v))) continue;
    for (const atom of equation.inputs) needed.add(atom);
    recomputed.push(equation);
  }
  const saved = program.equations.flatMap((e) => e.outputs.filter((v) => needed.has(v) && savable.has(v)));
  // of an operation with several results, one may be kept and another one computed again
  const both = new Set<Atom>(saved);
  return { saved, recomputed: recomputed.reverse().map((e) => (e.outputs.some((v) => both.has(v)) ? { ...e, outputs: e.outputs.map((v) => (both.has(v) ? new Variable(v.type) : v)) } : e)) };
}

function transposeCheckpoint(
  cotangents: readonly MaybeZero[],
  inputs: readonly (Value | Unknown)[],
  { body, policy }: Checkpoint,
  _primitive: Primitive,
  sums: readonly MaybeZero[],
): readonly MaybeZero[] {
  const known = inputs.filter((x): x is Value => !(x instanceof Unknown));
  const cts = cotangents.filter((ct) => ct !== null);
  const given = sums.filter((sum) => sum !== null);
  let present: boolean[] = [];
  const { program } = record("transpose", [...known, ...cts, ...given].map((v) => v.type), (vars) => {
    let k = 0;
    const values = inputs.map((x) => (x instanceof Unknown ? null : at(vars, k++)));
    const cotangent = cotangents.map((ct) => (ct === null ? null : at(vars, k++)));
    const begin = inputs.flatMap((x, i) => (x instanceof Unknown ? [sums[i] ? at(vars, k++) : null] : []));
    const pulled = pullBack(body, values, cotangent, (x, y) => add(x, y), begin);
    present = pulled.map((ct) => ct !== null);
    return pulled.filter((ct) => ct !== null);
  });
  const roles = [...known.map((): Role => "value"), ...cts.map((): Role => "cotangent"), ...given.map((): Role => "free")];
  const out = bindCheckpoint([...known, ...cts, ...given], { body: program, policy, roles });
  let [unknown, next] = [0, 0];
  return inputs.map((x) => (x instanceof Unknown && present[unknown++] ? at(out, next++) : null));
}

/**
 * What is compiled: the program itself. In a backward pass the values that something is computed from again wait for the cotangents, so that
 * it is not computed long before it is needed.
 */
function written({ body, roles }: Checkpoint): Program {
  if (roles === undefined) return body;
  const moving = new Set<Atom>(body.inputs.filter((_, i) => roles[i] === "cotangent"));
  const waiting = new Set<Atom>();
  for (const { inputs, outputs } of body.equations) {
    if (inputs.some((a) => moving.has(a))) for (const v of outputs) moving.add(v);
    else for (const atom of inputs) waiting.add(atom);
  }
  return record("checkpoint", body.inputs.map((v) => v.type), (inputs) => {
    const cotangents = inputs.filter((_, i) => roles[i] === "cotangent");
    return replay(body, inputs.map((x, i) => (roles[i] === "value" && waiting.has(at(body.inputs, i)) ? barrier(x, cotangents) : x)));
  }).program;
}
