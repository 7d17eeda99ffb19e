/** Reverse mode as functions of trees: gradients, and pullbacks that keep what the forward pass computed. */
import { DifferentiationError, ShapeError, TreeError } from "../errors.ts";
import { isFloat } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";
import { at, splatLike, type Value } from "../core/tensor.ts";
import { leafCount, type Structure, unflatten } from "../core/tree.ts";
import { showType, type TensorType } from "../core/type.ts";
import { tangentType } from "../transform/jvp.ts";
import type { SpecOptions } from "./arguments.ts";
import { type Argnums, backwardProgram, gradientTree, linearizeCall, matchTypes, type Results, reverseCall } from "./differentiate.ts";
import { runProgram } from "./execute.ts";
import type { PlainFunction } from "./trace.ts";

export interface GradientRequest {
  readonly name: string;
  /** All non-static arguments when undefined. */
  readonly argnums: Argnums | undefined;
  /** The function returns [value, aux]; only the value is differentiated. */
  readonly hasAux: boolean;
  readonly withValue: boolean;
  /** A result that is not scalar: refuse it, or differentiate the sum of all floating leaves. */
  readonly nonScalar: "refuse" | "sum";
  readonly options: SpecOptions;
}

/** The gradient of `fn` as a function of the same arguments. Works inside a trace. */
export function gradientFunction(fn: PlainFunction, request: GradientRequest): (...args: readonly unknown[]) => unknown {
  const { name, argnums, hasAux, withValue, nonScalar, options } = request;
  return (...args) => {
    const call = reverseCall(fn, args, argnums, options, name, ({ types, structure, active }) => {
      const valueLeaves = leafCount(hasAux ? firstOfTwo(structure, name) : structure);
      if (nonScalar === "refuse") requireScalar(types, valueLeaves, name);
      else if (!types.slice(0, valueLeaves).some((t) => isFloat(t.dtype))) {
        throw new DifferentiationError(`${name}: the function returns nothing floating (${types.map(showType).join(", ") || "no array"})`);
      }
      return types.flatMap((type, i) => (active[i] ? [i < valueLeaves ? splatLike({ type: tangentType(type) }, 1) : null] : []));
    });
    const results = unflatten(call.outputStructure, call.outputs);
    const gradient = gradientTree(call, call.gradients, argnums, args.length, name);
    if (!withValue) return hasAux ? [gradient, (results as unknown[])[1]] : gradient;
    return [results, gradient];
  };
}

function firstOfTwo(structure: Structure, name: string): Structure {
  if (structure.kind === "tuple" && structure.items.length === 2) return at(structure.items, 0);
  throw new TreeError(`${name}: with hasAux the function must return [value, aux]`, { hint: "return a list of exactly two: the scalar to differentiate, and anything else" });
}

function requireScalar(types: readonly TensorType[], valueLeaves: number, name: string): void {
  const [value] = types;
  if (valueLeaves === 1 && value !== undefined && value.shape.length === 0 && isFloat(value.dtype)) return;
  const got = types.slice(0, valueLeaves).map(showType).join(", ") || "no array";
  throw new ShapeError(`${name}: the function must return one floating scalar, it returned ${got}`, {
    hint: valueLeaves === 0 ? "did the function forget to return?" : valueLeaves > 1 ? "with further results, return [value, aux] and pass { hasAux: true }" : "sum it first, use f.grad() (which sums), or jacrev for all derivatives",
  });
}

/** [result, pullback]. The pullback takes a cotangent of the result's structure and returns a tuple: one gradient per argument. */
export function pullbackOf(fn: PlainFunction, args: readonly unknown[], options: SpecOptions, name: string): [unknown, (cotangent: unknown) => unknown[]] {
  const call = linearizeCall(fn, args, undefined, options, name);
  let program: Program | undefined;
  const pullback = (cotangent: unknown): unknown[] => {
    program ??= backwardProgram(call);
    const results: Results = { types: call.outputs.map((y) => y.type), structure: call.outputStructure, active: call.activeOutputs };
    const cotangents = activeLeaves(results, cotangent, `${name}: cotangent`);
    const leaves = runProgram(program, [...call.residuals, ...cotangents], options, { name: `the pullback of ${name}` });
    const tree = gradientTree(call, leaves, undefined, args.length, name);
    return call.argumentStructures.length === 1 ? [tree] : (tree as unknown[]);
  };
  return [unflatten(call.outputStructure, call.outputs), pullback];
}

/** The leaves of a cotangent tree that belong to active results. */
function activeLeaves({ types, structure, active }: Results, cotangent: unknown, what: string): Value[] {
  return matchTypes(structure, cotangent, types.map(tangentType), what).filter((_, i) => active[i]);
}

/** (primals, cotangent) → gradients, one per argument (itself when there is one). */
export function vjpFunction(fn: PlainFunction, options: SpecOptions, name: string): (primals: readonly unknown[], cotangent: unknown) => unknown {
  return (primals, cotangent) => {
    const list = argumentList(primals, name, "primals");
    const call = reverseCall(fn, list, undefined, options, name, (results) => activeLeaves(results, cotangent, `${name}: cotangent`));
    return gradientTree(call, call.gradients, undefined, list.length, name);
  };
}

/** The list of arguments that methods such as `f.vjp()(primals, …)` take. */
export function argumentList(list: unknown, name: string, what: string): readonly unknown[] {
  if (Array.isArray(list)) return list;
  throw new TreeError(`${name}: ${what} must be the list of arguments`, { hint: `write [x] for a function of one argument: the list holds one entry per argument` });
}

