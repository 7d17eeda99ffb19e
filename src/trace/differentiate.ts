/**
 * The derivatives as functions of trees of values: each traces its function, transforms the program and replays the result.
 * `grad`, `vjp`, `jvp`, `linearize` and the Jacobians of the public API and of TraceableFn are made of these.
 */
import { ArgumentError, DifferentiationError, ShapeError } from "../errors.ts";
import { toConcrete } from "../core/convert.ts";
import { isFloat } from "../core/dtype.ts";
import type { MaybeZero } from "../core/primitive.ts";
import { instantiate } from "../core/rules.ts";
import { at, isTraced, isValue, record, splatLike, type Value } from "../core/tensor.ts";
import { flattenLike, leafCount, leafPaths, type Structure, unflatten } from "../core/tree.ts";
import { sameType, showType, type TensorType } from "../core/type.ts";
import { outputTypes, type Program } from "../core/program.ts";
import { recordPullback } from "../control/pullback.ts";
import { add, convert } from "../ops/elementwise.ts";
import { tangentType } from "../transform/jvp.ts";
import { type LinearizedValues, linearizeInto, linearizeProgram } from "../transform/linearize.ts";
import { reverseInto } from "../transform/reverse.ts";
import { pullBack } from "../transform/transpose.ts";
import { argumentName, positions, readCall, type SpecOptions } from "./arguments.ts";
import { runProgram } from "./execute.ts";
import { type PlainFunction, refuseSurplus, traceFunction, type TracedProgram } from "./trace.ts";

export type Argnums = number | readonly number[];

/** A function applied to arguments, to be differentiated with respect to some of them. */
export interface DifferentiatedCall {
  readonly outputs: readonly Value[];
  readonly activeOutputs: readonly boolean[];
  readonly outputStructure: Structure;
  /** Types of the differentiated leaves. */
  readonly inputTypes: readonly TensorType[];
  /** For each differentiated argument, its structure. */
  readonly argumentStructures: readonly Structure[];
}
export interface LinearizedCall extends DifferentiatedCall, LinearizedValues {}
/** What is known of the results before the gradients are asked for. */
export interface Results {
  readonly types: readonly TensorType[];
  readonly structure: Structure;
  /** Which of them depend on the differentiated leaves. */
  readonly active: readonly boolean[];
}
/** A call whose cotangents went back at once. */
export interface ReversedCall extends DifferentiatedCall {
  /** Of the differentiated leaves. */
  readonly gradients: readonly Value[];
}

interface Prepared {
  readonly traced: TracedProgram;
  readonly inputs: readonly Value[];
  readonly active: readonly boolean[];
  readonly inputTypes: readonly TensorType[];
  readonly argumentStructures: readonly Structure[];
}

/** Traces `fn` at `args` and marks the leaves of the differentiated arguments (all non-static ones when `argnums` is undefined). */
function prepare(fn: PlainFunction, args: readonly unknown[], argnums: Argnums | undefined, options: SpecOptions, name: string): Prepared {
  const { signature, leaves } = readCall(args, options, name);
  const structure = signature.structure as Extract<Structure, { kind: "tuple" }>;
  const chosen =
    argnums === undefined ? structure.items.flatMap((_, i) => (signature.statics.has(i) ? [] : [i])) : positions(argnums, args.length, name, "argnums");
  for (const i of chosen) if (signature.statics.has(i)) throw new ArgumentError(`${name}: argument ${i} is static and cannot be differentiated`, { hint: "leave it out of argnums" });
  if (new Set(chosen).size !== chosen.length) throw new ArgumentError(`${name}: argnums names an argument twice`);
  const starts: number[] = [];
  structure.items.reduce((sum, s, i) => ((starts[i] = sum), sum + leafCount(s)), 0);
  const active = leaves.map(() => false);
  for (const i of chosen) active.fill(true, at(starts, i), at(starts, i) + leafCount(at(structure.items, i)));
  active.forEach((on, i) => {
    const type = at(leaves, i).type;
    if (on && !isFloat(type.dtype)) {
      throw new DifferentiationError(`${name}: ${argumentName(structure, i)} is ${showType(type)}; derivatives exist with respect to floating arguments only`, {
        hint: "name the arguments to differentiate with argnums, or pass floats",
      });
    }
  });
  const traced = traceFunction(fn, name, signature);
  refuseSurplus(fn, name, structure, traced.program, active);
  const order = chosen.flatMap((i) => leaves.slice(at(starts, i), at(starts, i) + leafCount(at(structure.items, i))));
  return {
    traced,
    inputs: [...leaves, ...traced.captured],
    active: [...active, ...traced.captured.map(() => false)],
    inputTypes: order.map((v) => tangentType(v.type)),
    argumentStructures: chosen.map((i) => at(structure.items, i)),
  };
}

/** Linearizes `fn` at `args`. The leaves of the chosen arguments come in the order of the arguments, whatever that of `argnums`. */
export function linearizeCall(fn: PlainFunction, args: readonly unknown[], argnums: Argnums | undefined, options: SpecOptions, name: string): LinearizedCall {
  return linearizePrepared(prepare(fn, args, ascending(argnums, args.length, name), options, name), options, name);
}

function linearizePrepared({ traced, inputs, active, inputTypes, argumentStructures }: Prepared, options: SpecOptions, name: string): LinearizedCall {
  const applied = inputs.some(isTraced) ? linearizeInto(traced.program, inputs, active) : undefined;
  const linearized = applied ?? runLinearized(traced.program, inputs, active, options, name);
  return { ...linearized, outputStructure: traced.structure, inputTypes, argumentStructures };
}

/** `fn` at `args`, and the gradients for the cotangents of its active results: where a trace is open, without a linear program in between. */
export function reverseCall(fn: PlainFunction, args: readonly unknown[], argnums: Argnums | undefined, options: SpecOptions, name: string, cotangentsOf: (results: Results) => readonly MaybeZero[]): ReversedCall {
  const prepared = prepare(fn, args, ascending(argnums, args.length, name), options, name);
  const { traced, inputs, active, inputTypes, argumentStructures } = prepared;
  const types = outputTypes(traced.program);
  const cotangents = (activeOutputs: readonly boolean[]): readonly MaybeZero[] => cotangentsOf({ types, structure: traced.structure, active: activeOutputs });
  const isRecorded = inputs.some(isTraced);
  const shape = { outputStructure: traced.structure, inputTypes, argumentStructures };
  const pulled = isRecorded ? recordPullback(traced.program, inputs, active, cotangents) : undefined;
  if (pulled !== undefined) return { ...shape, outputs: pulled.outputs, activeOutputs: pulled.activeOutputs, gradients: pulled.cotangents };
  const reversed = isRecorded ? reverseInto(traced.program, inputs, active, (x, y) => add(x, y)) : undefined;
  if (reversed !== undefined) return { ...shape, ...reversed, gradients: withZeros(reversed.pull(cotangents(reversed.activeOutputs)), inputTypes) };
  const call = linearizePrepared(prepared, options, name);
  return { ...call, gradients: pullCotangents(call, call.residuals, cotangents(call.activeOutputs)) };
}

const withZeros = (cotangents: readonly MaybeZero[], types: readonly TensorType[]): Value[] => cotangents.map((ct, i) => instantiate(ct, { type: at(types, i) }));

function runLinearized(program: Program, inputs: readonly Value[], active: readonly boolean[], options: SpecOptions, name: string): LinearizedValues {
  const { forward, linear, activeOutputs } = linearizeProgram(program, active);
  const count = program.outputs.length;
  const values = runProgram(forward, inputs, options, { name, results: count });
  return { outputs: values.slice(0, count), residuals: values.slice(count), linear, activeOutputs };
}

function ascending(argnums: Argnums | undefined, count: number, name: string): Argnums | undefined {
  return argnums === undefined || typeof argnums === "number" ? argnums : positions(argnums, count, name, "argnums").sort((a, b) => a - b);
}

/** Tangents of the differentiated leaves in, a tangent per result leaf out (zeros made values). */
export function pushTangents(call: LinearizedCall, tangents: readonly Value[], options: SpecOptions, name: string): Value[] {
  const out = runProgram(call.linear, [...call.residuals, ...tangents], options, { name: `the linear function of ${name}` });
  let next = 0;
  return call.outputs.map((y, i) => (call.activeOutputs[i] ? at(out, next++) : splatLike({ type: tangentType(y.type) }, 0)));
}

/** The program that pulls cotangents of the active results back: (residuals…, cotangents…) → gradients of the differentiated leaves. */
export function backwardProgram(call: LinearizedCall): Program {
  const outTypes = call.linear.outputs.map((a) => tangentType(a.type));
  const residualTypes = call.residuals.map((v) => v.type);
  return record("transpose", [...residualTypes, ...outTypes], (inputs) =>
    pullCotangents(call, inputs.slice(0, residualTypes.length), inputs.slice(residualTypes.length)),
  ).program;
}

/** Pulls cotangents of the active results back through the linear program, in the open trace. */
export function pullCotangents(call: LinearizedCall, residuals: readonly Value[], cotangents: readonly MaybeZero[]): Value[] {
  return withZeros(pullBack(call.linear, [...residuals, ...call.inputTypes.map(() => null)], cotangents, (x, y) => add(x, y)), call.inputTypes);
}

/** The trees of the differentiated arguments rebuilt from their leaves: one tree, or a tuple for several arguments. */
export function gradientTree(call: DifferentiatedCall, leaves: readonly Value[], argnums: Argnums | undefined, argCount: number, name: string): unknown {
  let next = 0;
  const trees = call.argumentStructures.map((s) => unflatten(s, leaves.slice(next, (next += leafCount(s)))));
  if (argnums === undefined) return trees.length === 1 ? trees[0] : trees;
  if (typeof argnums === "number") return trees[0];
  const wanted = positions(argnums, argCount, name, "argnums");
  const sorted = [...wanted].sort((a, b) => a - b);
  return wanted.map((n) => trees[sorted.indexOf(n)]);
}

/** Leaves of a tree that must match `structure`, as values of the given types (floats are converted). `what` names the tree in errors. */
export function matchTypes(structure: Structure, tree: unknown, types: readonly TensorType[], what: string): Value[] {
  const paths = leafPaths(structure, what);
  return flattenLike(structure, tree, what).map((leaf, i) => {
    const want = at(types, i);
    const given = isValue(leaf) ? leaf : toConcrete(leaf, want.dtype, at(paths, i));
    // A tangent or cotangent in another precision: a number beside arguments of several dtypes has the widest.
    const value = isFloat(given.type.dtype) && isFloat(want.dtype) ? convert(given, want.dtype) : given;
    if (!sameType(value.type, want)) throw new ShapeError(`${at(paths, i)} is ${showType(value.type)}, it must be ${showType(want)}`, { hint: "it needs the shape and dtype of the value it belongs to" });
    return value;
  });
}
