/**
 * The rules of a user for one call of a function: called on tensors whenever a transform asks for a program. Tensors that a rule closes
 * over are further operands of the call; while the rule runs they stand for what these have become.
 */
import { ArgumentError, ConcretizationError, LeakedTensorError, TreeError, UnsupportedError } from "../errors.ts";
import type { AxisScope } from "../core/axis-names.ts";
import { toConcrete } from "../core/convert.ts";
import { isFloat } from "../core/dtype.ts";
import { inUserCode } from "../core/place.ts";
import type { MaybeZero } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import { instantiate, nonlinear } from "../core/rules.ts";
import { insertAt } from "../core/shape.ts";
import { at, isValue, standingFor, Trace, type TracedArray, type Value, withStandIns, withTrace } from "../core/tensor.ts";
import { flatten, leafCount, leafPaths, type Structure, unflatten } from "../core/tree.ts";
import { showType, type TensorType } from "../core/type.ts";
import type { Batched, Cotangents, CustomRules } from "../control/custom-rules.ts";
import { type Jvp, tangentType } from "../transform/jvp.ts";
import { isZero } from "../transform/constant-part.ts";
import { atZeros, refuseConstant, refuseNonlinear } from "./rule-linearity.ts";
import { derivativeLeaves, described, pairOf, refusePromise, resultLeaves } from "./rule-trees.ts";
import type { PlainFunction, Signature } from "./trace.ts";

/** A rule, and how errors call it: "the jvp rule of f (file:line:column)". */
export interface Rule {
  readonly fn: PlainFunction;
  readonly title: string;
}

export interface RuleSet {
  readonly jvp?: Rule | undefined;
  readonly forward?: Rule | undefined;
  readonly backward?: Rule | undefined;
  readonly transpose?: Rule | undefined;
  readonly vmap?: Rule | undefined;
  /** Zeros come to the rules as null. */
  readonly symbolicZeros: boolean;
  /** Arguments in which a function with a transpose rule is linear; all when undefined. */
  readonly linear?: readonly number[] | undefined;
}

/** A function called on arguments of these types: what it is told of rules. */
export interface RuledCall {
  readonly name: string;
  readonly rules: RuleSet;
  readonly signature: Signature;
  readonly axes: AxisScope | undefined;
  readonly outStructure: Structure;
  readonly outTypes: readonly TensorType[];
  /** What the function closes over. */
  readonly captured: readonly TracedArray[];
}

/** A tensor closed over, and the variables of all tensors that have stood for it. */
interface ClosedOver {
  readonly value: TracedArray;
  /** The tensors that stood for it where the rules were given. */
  readonly tensors: readonly TracedArray[];
}

export class CallRules implements CustomRules {
  readonly name: string;
  readonly leaves: number;
  readonly jvp: CustomRules["jvp"];
  readonly vjp: CustomRules["vjp"];
  readonly transpose: CustomRules["transpose"];
  readonly vmap: CustomRules["vmap"];
  readonly #call: RuledCall;
  readonly #closedOver: ClosedOver[];
  /** Where tensors that rules close over are collected, while they are looked for. */
  #found: TracedArray[] | undefined;
  #forward: { readonly program: Program; readonly structure: Structure } | undefined;

  constructor(call: RuledCall) {
    const { rules, signature } = call;
    this.#call = call;
    this.name = call.name;
    this.leaves = signature.types.length;
    this.#closedOver = call.captured.map((value) => ({ value, tensors: standingFor(value) }));
    const { jvp, forward, backward, transpose, vmap } = rules;
    this.jvp = jvp && ((moving) => this.#pushed(jvp, moving));
    this.vjp = forward && backward && { forward: () => this.#recordedForward(forward).program, backward: (present) => this.#pulled(forward, backward, present) };
    this.transpose = transpose && { linear: this.#linear(), pull: (known, present) => this.#transposed(transpose, known, present) };
    this.vmap = vmap && ((size, batched) => this.#batched(vmap, size, batched));
  }

  /** The operands behind the leaves of the arguments. */
  get closedOver(): readonly TracedArray[] {
    return this.#closedOver.map((c) => c.value);
  }

  /** Looks for tensors that rules close over by running them once; what they throw they will throw again when they are needed. */
  findClosedOver(): void {
    const found: TracedArray[] = [];
    this.#found = found;
    const floats = this.#call.signature.types.map((t) => isFloat(t.dtype));
    const all = this.#call.outTypes.map((t) => isFloat(t.dtype));
    for (const run of [() => this.jvp?.(floats), () => this.vjp?.backward(all), () => this.transpose?.pull(this.transpose.linear.map((on) => !on), all)]) {
      try {
        run();
      } catch {}
    }
    this.#found = undefined;
    this.#forward = undefined;
    for (const value of found) {
      if (!this.#closedOver.some((c) => c.value.variable === value.variable)) this.#closedOver.push({ value, tensors: standingFor(value) });
    }
  }

  /** What a rule records, on inputs of these types. The inputs at `closed` and behind stand for what is closed over. */
  #record(rule: Rule, types: readonly TensorType[], closed: number, body: (inputs: readonly Value[]) => readonly Value[]): Program {
    const { signature, axes } = this.#call;
    const trace = new Trace(rule.title, signature.defaultFloat, axes);
    const inputs = types.map((t) => trace.input(t));
    const standIns = this.#closedOver.flatMap(({ tensors }, i) => tensors.map((of) => ({ of, value: at(inputs, closed + i) })));
    const program = withStandIns(standIns, () => blamed(rule, () => trace.finish(withTrace(trace, () => body(inputs)))));
    if (this.#found !== undefined) this.#found.push(...trace.captured);
    else if (trace.captured[0] !== undefined) throw unseen(rule, showType(trace.captured[0].type));
    return program;
  }

  #operandTypes(): TensorType[] {
    return [...this.#call.signature.types, ...this.#closedOver.map((c) => c.value.type)];
  }

  #arguments(leaves: readonly Value[]): unknown[] {
    const { structure, statics } = this.#call.signature;
    const args = unflatten(structure, leaves) as unknown[];
    for (const [i, value] of statics) args[i] = value;
    return args;
  }

  /** One tree per argument, of leaves that may be null; null for an argument that is not traced. */
  #derivatives(leaves: readonly MaybeZero[]): unknown[] {
    const { structure, statics } = this.#call.signature;
    const trees = unflatten(structure, leaves) as unknown[];
    for (const i of statics.keys()) trees[i] = null;
    return trees;
  }

  /** Given values for those of `types` that are `present`: null, or a zero made a value, for the others. */
  #filled(types: readonly TensorType[], present: readonly boolean[], values: readonly Value[]): MaybeZero[] {
    let next = 0;
    return types.map((type, i) => (present[i] === true ? at(values, next++) : isFloat(type.dtype) && !this.#call.rules.symbolicZeros ? instantiate(null, { type }) : null));
  }

  /** Whether some of them are zeros made values: what is made of those alone is zero too. */
  #isFilled(types: readonly TensorType[], present: readonly boolean[]): boolean {
    return !this.#call.rules.symbolicZeros && types.some((t, i) => isFloat(t.dtype) && present[i] !== true);
  }

  #resultLeaves(tree: unknown, rule: Rule): Value[] {
    const { outStructure: structure, outTypes: types, name } = this.#call;
    return resultLeaves(tree, { rule: rule.title, what: "result", belongsTo: `the result of ${name}`, structure, types });
  }

  /** The rule is run with all tangents there are, and what it gives is then taken at those that are zero: so it is seen whole, whichever arguments move. */
  #pushed(rule: Rule, moving: readonly boolean[]): Jvp {
    const { signature, outStructure: structure, outTypes, rules } = this.#call;
    const operands = this.#operandTypes();
    const floats = signature.types.map((t) => isFloat(t.dtype));
    const given = rules.symbolicZeros ? moving : floats;
    const moves = signature.types.filter((_, i) => given[i]).map(tangentType);
    let activeOutputs: boolean[] = [];
    const program = this.#record(rule, [...operands, ...moves], this.leaves, (inputs) => {
      const tangents = this.#filled(signature.types, given, inputs.slice(operands.length));
      const out: unknown = withLists(rule, () => call(rule, [this.#arguments(inputs.slice(0, this.leaves)), this.#derivatives(tangents)]));
      const [result, tangent] = pairOf(out, rule.title, "[result, tangent]");
      const results = this.#resultLeaves(result, rule);
      const pushed = derivativeLeaves(tangent, { rule: rule.title, what: "tangent", belongsTo: "the result", structure, types: outTypes });
      activeOutputs = pushed.map((t) => t !== null && !isZero(t));
      return [...results, ...pushed.filter((_, i) => activeOutputs[i]) as Value[]];
    });
    refuseNonlinear(rule.title, program, operands.length, structure);
    return given === moving || floats.every((on, i) => on === moving[i]) ? { program, activeOutputs } : atZeros({ program, activeOutputs }, operands.length, moving.filter((_, i) => floats[i]));
  }

  #recordedForward(rule: Rule): { readonly program: Program; readonly structure: Structure } {
    if (this.#forward !== undefined) return this.#forward;
    let structure: Structure = { kind: "none", value: null };
    const program = this.#record(rule, this.#operandTypes(), this.leaves, (inputs) => {
      const out: unknown = call(rule, this.#arguments(inputs.slice(0, this.leaves)));
      const [result, residuals] = pairOf(out, rule.title, "[result, residuals]");
      const kept = flatten(residuals, `${rule.title}: what it keeps`);
      const paths = leafPaths(kept.structure, "what it keeps");
      structure = kept.structure;
      return [...this.#resultLeaves(result, rule), ...kept.leaves.map((x, i) => (isValue(x) ? x : toConcrete(x, this.#call.signature.defaultFloat, `${rule.title}: ${at(paths, i)}`)))];
    });
    return (this.#forward = { program, structure });
  }

  #pulled(forward: Rule, rule: Rule, present: readonly boolean[]): Cotangents {
    const { outStructure, outTypes, signature } = this.#call;
    const { program: first, structure } = this.#recordedForward(forward);
    const residuals = first.outputs.slice(outTypes.length).map((a) => a.type);
    const operands = this.#operandTypes();
    const cts = outTypes.filter((_, i) => present[i]).map(tangentType);
    const behind = residuals.length + operands.length;
    return this.#cotangents(rule, [...residuals, ...operands, ...cts], residuals.length + this.leaves, present, (inputs) => {
      const cotangents = this.#filled(outTypes, present, inputs.slice(behind));
      return call(rule, [unflatten(structure, inputs.slice(0, residuals.length)), unflatten(outStructure, cotangents), ...signature.statics.values()]);
    });
  }

  #linear(): boolean[] {
    const { structure, types } = this.#call.signature;
    const { linear } = this.#call.rules;
    const items = structure.kind === "tuple" ? structure.items : [];
    const chosen = items.flatMap((s, i) => new Array<boolean>(leafCount(s)).fill(linear === undefined || linear.includes(i)));
    return chosen.map((on, i) => on && isFloat(at(types, i).dtype));
  }

  #transposed(rule: Rule, known: readonly boolean[], present: readonly boolean[]): Cotangents {
    const { outStructure, outTypes, signature } = this.#call;
    const linear = this.#linear();
    if (linear.some((on, i) => !on && known[i] !== true)) throw nonlinear(this.name);
    const operands = this.#operandTypes();
    // what a closed-over tensor has become is needed where it is known only
    const given = operands.filter((_, i) => known[i] === true);
    if (given.length - known.slice(0, this.leaves).filter(Boolean).length < this.#closedOver.length) throw nonlinear(this.name);
    const cts = outTypes.filter((_, i) => present[i]).map(tangentType);
    return this.#cotangents(rule, [...given, ...cts], given.length - this.#closedOver.length, present, (inputs) => {
      let next = 0;
      const leaves = signature.types.map((_, i) => (known[i] === true ? at(inputs, next++) : null));
      const args = this.#derivatives(leaves.map((x, i) => (linear[i] === true ? null : x)));
      for (const [i, value] of signature.statics) args[i] = value;
      const cotangents = this.#filled(outTypes, present, inputs.slice(given.length));
      return call(rule, [unflatten(outStructure, cotangents), this.#nullWhereLinear(args)]);
    });
  }

  /** Arguments that are linear as a whole are null, whatever their trees. */
  #nullWhereLinear(args: readonly unknown[]): unknown[] {
    const { linear } = this.#call.rules;
    return args.map((arg, i) => ((linear === undefined && !this.#call.signature.statics.has(i)) || linear?.includes(i) === true ? null : arg));
  }

  /** A rule that returns one cotangent per argument. */
  #cotangents(rule: Rule, types: readonly TensorType[], closed: number, present: readonly boolean[], run: (inputs: readonly Value[]) => unknown): Cotangents {
    const { structure, types: leafTypes, statics } = this.#call.signature;
    const count = structure.kind === "tuple" ? structure.items.length : 0;
    let given: boolean[] = [];
    const program = this.#record(rule, types, closed, (inputs) => {
      const out = run(inputs);
      refusePromise(out, rule.title);
      if (!Array.isArray(out) || out.length !== count) {
        throw new TreeError(`${rule.title} must return a list of ${count} cotangent${count === 1 ? "" : "s"}, one per argument, it returned ${described(out)}`, {
          hint: count === 1 ? "write [cotangent], also for one argument" : `null for an argument whose cotangent is zero${statics.size > 0 ? ", or that is not differentiated" : ""}`,
        });
      }
      const cts = derivativeLeaves(out, { rule: rule.title, what: "cotangent", belongsTo: "the argument", structure, types: leafTypes });
      given = cts.map((ct) => ct !== null && !isZero(ct));
      return cts.filter((_, i) => given[i]) as Value[];
    });
    if (!this.#isFilled(this.#call.outTypes, present)) refuseConstant(rule.title, program, closed + this.#closedOver.length);
    return { program, given };
  }

  #batched(rule: Rule, size: number, batched: readonly boolean[]): Batched {
    const { outStructure, outTypes, signature } = this.#call;
    if (batched.slice(this.leaves).includes(true)) {
      throw new UnsupportedError(`${this.name} closes over a tensor that differs from element to element of the batch, of which ${rule.title} knows nothing`, { hint: `pass it to ${this.name} as an argument` });
    }
    const types = this.#operandTypes().map((t, i) => (batched[i] === true ? { ...t, shape: insertAt(t.shape, 0, size) } : t));
    let results: boolean[] = [];
    const program = this.#record(rule, types, this.leaves, (inputs) => {
      const inBatched = unflatten(signature.structure, batched.slice(0, this.leaves)) as unknown[];
      for (const i of signature.statics.keys()) inBatched[i] = false;
      const out: unknown = call(rule, [size, inBatched, ...this.#arguments(inputs.slice(0, this.leaves))]);
      const [result, outBatched] = pairOf(out, rule.title, "[result, outBatched]");
      results = flags(outStructure, outBatched, `${rule.title}: its outBatched`);
      const whole = outTypes.map((t, i) => (results[i] === true ? { ...t, shape: insertAt(t.shape, 0, size) } : t));
      return resultLeaves(result, { rule: rule.title, what: "result", belongsTo: `the result of ${this.name} over a batch of ${size}`, structure: outStructure, types: whole });
    });
    return { program, results };
  }
}

function call(rule: Rule, args: readonly unknown[]): unknown {
  return inUserCode(() => (rule.fn as (...args: readonly unknown[]) => unknown)(...args));
}

/** A rule that trips over a list may have taken it for the argument. */
function withLists<T>({ title }: Rule, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const hint = "a jvp rule gets two lists, the arguments and their tangents, also for one argument: defjvp(([x], [dx]) => [result, tangent])";
    if (error instanceof ConcretizationError) throw new ConcretizationError(firstLine(error), { hint: `${hint}; ${error.hint}`, place: error.place, cause: error });
    const tripped = error instanceof TreeError ? "a list of tensors is no operand" : error instanceof TypeError ? "is not a function" : undefined;
    if (tripped === undefined || !(error as Error).message.includes(tripped)) throw error;
    throw new TreeError(`${title}: ${firstLine(error as Error)}`, { hint, place: error instanceof TreeError ? error.place : undefined, cause: error });
  }
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0] as string;
}

/** One boolean for a whole tree, or a tree of booleans. */
function flags(structure: Structure, tree: unknown, path: string): boolean[] {
  if (typeof tree === "boolean") return new Array<boolean>(leafCount(structure)).fill(tree);
  if (structure.kind === "none") return [];
  if (structure.kind === "tuple" && Array.isArray(tree) && tree.length === structure.items.length) return structure.items.flatMap((s, i) => flags(s, tree[i], `${path}[${i}]`));
  if (structure.kind === "object" && typeof tree === "object" && tree !== null) {
    return structure.items.flatMap((s, i) => flags(s, (tree as Record<string, unknown>)[at(structure.keys, i)], `${path}.${at(structure.keys, i)}`));
  }
  throw new TreeError(`${path} must be a boolean, or a tree of booleans like the result, got ${described(tree)}`, { hint: "true where the result has the batch axis in front" });
}

/** A tensor of a finished trace that a rule uses is one nobody knew it closes over. */
function blamed<T>(rule: Rule, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof LeakedTensorError)) throw error;
    throw new LeakedTensorError(`${rule.title}: ${firstLine(error)}`, { hint: "pass it to the function as an argument: rules see the tensors that are known where they are defined", cause: error });
  }
}

function unseen(rule: Rule, type: string): ArgumentError {
  return new ArgumentError(`${rule.title} uses a tensor (${type}) of an enclosing trace that it did not use when the function was called`, { hint: "pass it to the function as an argument" });
}
