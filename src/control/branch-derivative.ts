/** Derivatives of a choice between programs: each branch is transformed by itself, and what one gives and another does not is a zero there. */
import type { ConcreteArray } from "../core/concrete.ts";
import { programHasEffects } from "../core/effects.ts";
import { type InnerPrograms, type JvpRule, type MaybeZero, type TransposeRule, Unknown } from "../core/primitive.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { nonlinear } from "../core/rules.ts";
import { at, record, splatLike, type Value } from "../core/tensor.ts";
import { showType, type TensorType } from "../core/type.ts";
import { add } from "../ops/elementwise.ts";
import { pruneProgram } from "../transform/dce.ts";
import { jvpProgram, tangentType } from "../transform/jvp.ts";
import { splitProgram } from "../transform/split.ts";
import { pullBack } from "../transform/transpose.ts";
import { applySwitch, type Branches } from "./branch-apply.ts";

export const jvpBranch: JvpRule<Branches> = ([index, ...primals], [, ...tangents], { branches }, primitive) => {
  const active = tangents.map((t) => t !== null);
  const pushed = branches.map((b) => jvpProgram(b, active));
  const results = at(branches, 0).outputs;
  const union = results.map((_, i) => pushed.some((p) => p.activeOutputs[i]));
  const both = pushed.map(({ program, activeOutputs }): Program => ({
    ...program,
    outputs: [...program.outputs.slice(0, results.length), ...withZeros(program.outputs.slice(results.length), activeOutputs, union, results)],
  }));
  const all = applySwitch(primitive, index as Value, both, [...primals, ...tangents.filter((t) => t !== null)]);
  let next = results.length;
  return { outputs: all.slice(0, next), tangents: union.map((on) => (on ? at(all, next++) : null)) };
};

export const transposeBranch: TransposeRule<Branches> = (cotangents, [index, ...inputs], { branches }, primitive) => {
  if (index instanceof Unknown) throw nonlinear("switch");
  const known = inputs.filter((x): x is Value => !(x instanceof Unknown));
  const given = cotangents.filter((ct) => ct !== null);
  const unknown = inputs.filter((x) => x instanceof Unknown);
  const transposed = branches.map((branch) => {
    let present: boolean[] = [];
    const { program } = record("transposed branch", [...known, ...given].map((v) => v.type), (vars) => {
      let next = 0;
      const values = inputs.map((x) => (x instanceof Unknown ? null : at(vars, next++)));
      const cts = cotangents.map((ct) => (ct === null ? null : at(vars, next++)));
      const out = pullBack(branch, values, cts, (x, y) => add(x, y));
      present = out.map((ct) => ct !== null);
      return out.filter((ct) => ct !== null);
    });
    return { program, present };
  });
  const union = unknown.map((_, i) => transposed.some((t) => t.present[i]));
  const programs = transposed.map(({ program, present }) => ({ ...program, outputs: withZeros(program.outputs, present, union, unknown) }));
  const out = applySwitch(primitive, index as Value, programs, [...known, ...given]);
  let [u, next] = [0, 0];
  return [null, ...inputs.map((x): MaybeZero => (x instanceof Unknown && union[u++] ? at(out, next++) : null))];
};

/** One output per place in `wanted`: the next of `outputs` where it is `present`, else a zero like that of `like`. */
function withZeros(outputs: readonly Atom[], present: readonly boolean[], wanted: readonly boolean[], like: readonly { readonly type: TensorType }[]): Atom[] {
  let next = 0;
  const own = like.map((x, i) => (present[i] ? at(outputs, next++) : zero(x.type)));
  return own.filter((_, i) => wanted[i]);
}

function zero(type: TensorType): ConcreteArray {
  return splatLike({ type: tangentType(type) }, 0);
}

type Inner = InnerPrograms<Branches>;

/** Where the linear part of a branch finds a residual: an operand, or a slot that the known part fills. */
type Place = `operand ${number}` | `slot ${number}`;

/** Places for residuals, of which there are as many of a type as the greediest branch fills. */
class Slots {
  readonly types: TensorType[] = [];
  readonly #ofType = new Map<string, number[]>();
  /** For one branch: the next slot for a residual. */
  filling(): (residual: Atom) => number {
    const taken = new Map<string, number>();
    return (residual) => {
      const type = tangentType(residual.type);
      const key = showType(type);
      const own = this.#ofType.get(key) ?? [];
      const next = taken.get(key) ?? 0;
      if (next === own.length) own.push(this.types.push(type) - 1);
      this.#ofType.set(key, own);
      taken.set(key, next + 1);
      return at(own, next);
    };
  }
}

/**
 * What a branch computes from primal values alone it hands over in slots, of which there are as many of a type as the greediest branch
 * fills; operands that a linear part reads are no residuals but operands of it.
 */
export const partitionBranch: Inner["partition"] = (equation, [indexReached, ...reached]) => {
  if (indexReached === true) return { known: [], linear: [equation] };
  const [index, ...operands] = equation.inputs as [Atom, ...Atom[]];
  const { branches } = equation.params as Branches;
  const reachedOutputs = branches.map((b) => splitProgram(b, reached).reachedOutputs);
  const toRest = equation.outputs.map((_, i) => reachedOutputs.some((r) => r[i]));
  const splits = branches.map((b) => splitProgram(b, reached, toRest));
  const knownOutputs = equation.outputs.filter((_, i) => !toRest[i]);
  const rest = { outputs: equation.outputs.filter((_, i) => toRest[i]), operands: operands.filter((_, i) => reached[i]) };
  const knownOperands = operands.filter((_, i) => !reached[i]);
  // per branch: which residual is an operand as it is, and which slot the others fill
  const passed = new Set<number>();
  const slots = new Slots();
  const plans = splits.map(({ known, residualCount }): ReadonlyMap<Place, number> => {
    const places = new Map(known.inputs.map((v, i) => [v as Atom, i]));
    const fill = slots.filling();
    const first = known.outputs.length - residualCount;
    return new Map(known.outputs.slice(first).map((atom, r) => {
      const operand = places.get(atom);
      if (operand === undefined) return [`slot ${fill(atom)}`, r];
      passed.add(operand);
      return [`operand ${operand}`, r];
    }));
  });
  const passedList = [...passed];
  const slotVariables = slots.types.map((t) => new Variable(t));
  const knownPrograms = splits.map(({ known, residualCount }, k): Program => {
    const first = known.outputs.length - residualCount;
    const filled = slots.types.map((t, s) => {
      const residual = at(plans, k).get(`slot ${s}`);
      return residual === undefined ? zero(t) : at(known.outputs, first + residual);
    });
    return { ...known, outputs: [...known.outputs.slice(0, first), ...filled] };
  });
  const linearPrograms = splits.map(({ rest: own, residualCount }, k): Program => {
    const input = (place: Place, type: TensorType): Variable => {
      const residual = at(plans, k).get(place);
      return residual === undefined ? new Variable(type) : at(own.inputs, residual);
    };
    return {
      inputs: [
        ...passedList.map((p) => input(`operand ${p}`, at(knownOperands, p).type)),
        ...slots.types.map((t, s) => input(`slot ${s}`, t)),
        ...own.inputs.slice(residualCount),
      ],
      equations: own.equations,
      outputs: own.outputs,
    };
  });
  const part = (programs: readonly Program[], inputs: readonly Atom[], outputs: readonly Variable[]): Equation[] =>
    outputs.length === 0 && !programs.some(programHasEffects) ? [] : [{ ...equation, params: { branches: programs }, inputs: [index, ...inputs], outputs }];
  return {
    known: part(knownPrograms, knownOperands, [...knownOutputs, ...slotVariables]),
    linear: part(linearPrograms, [...passedList.map((p) => at(knownOperands, p)), ...slotVariables, ...rest.operands], rest.outputs),
  };
};

export const pruneBranch: Inner["prune"] = (equation, needed) => {
  const [index, ...operands] = equation.inputs as [Atom, ...Atom[]];
  const { branches } = equation.params as Branches;
  const used = branches.map((b) => pruneProgram(b, needed).inputs);
  const keep = operands.map((_, i) => used.some((u) => u[i]));
  if (needed.every(Boolean) && keep.every(Boolean)) return equation;
  return {
    ...equation,
    params: { branches: branches.map((b) => pruneProgram(b, needed, keep).program) },
    inputs: [index, ...operands.filter((_, i) => keep[i])],
    outputs: equation.outputs.filter((_, i) => needed[i]),
  };
};
