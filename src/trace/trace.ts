/** The only tracer: a function and the types of its arguments become a program. */
import { ArgumentError, ConcretizationError, TreeError } from "../errors.ts";
import type { AxisScope } from "../core/axis-names.ts";
import { type Again, Calls } from "../core/calls.ts";
import { toConcrete } from "../core/convert.ts";
import { type DType, isFloat } from "../core/dtype.ts";
import { inUserCode, placeOfNow } from "../core/place.ts";
import type { Atom, Program } from "../core/program.ts";
import { describe } from "../core/shape.ts";
import { axesHere, isValue, lookAgain, Trace, type TracedArray, type Value, withTrace } from "../core/tensor.ts";
import { flatten, leafCount, type Structure, unflatten, unheard } from "../core/tree.ts";
import type { TensorType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";

export interface Signature {
  /** Structure of the list of arguments; static ones are `none` here. */
  readonly structure: Structure;
  readonly types: readonly TensorType[];
  /** Arguments passed as they are, by position. */
  readonly statics: ReadonlyMap<number, unknown>;
  readonly defaultFloat: DType;
}

export interface TracedProgram {
  /** Inputs: one per leaf of the arguments, then the captured tensors. */
  readonly program: Program;
  /** Tensors of enclosing traces that the function closes over. */
  readonly captured: readonly TracedArray[];
  readonly structure: Structure;
}

export type PlainFunction = (...args: never[]) => unknown;

/** Refuses what is no function. */
export function checkFunction(fn: unknown, what: string, where: string, hint?: string): asserts fn is PlainFunction {
  if (typeof fn !== "function") throw new ArgumentError(`${where}: ${what} must be a function, got ${describe(fn)}`, { hint });
}

export interface RecordingOptions {
  /** The named axes that the function is mapped over, by default those around it. */
  readonly axes?: AxisScope | undefined;
  /** The program goes to a backend as it is, and no code of the user sees its tensors. */
  readonly isCompiled?: boolean;
}

/** Calls `fn` once on tensors of the given types and records what it does. */
export function traceFunction(fn: PlainFunction, name: string, signature: Signature, { axes = axesHere(), isCompiled = false }: RecordingOptions = {}): TracedProgram {
  const calls = new Calls(placeOfNow(), tracingAgain(fn, name, signature, axes, isCompiled));
  const trace = new Trace(name, signature.defaultFloat, axes, calls, isCompiled);
  const { leaves, structure } = callInTrace(fn, trace, signature);
  return { program: trace.finish(leaves), captured: trace.captured, structure };
}

function callInTrace(fn: PlainFunction, trace: Trace, signature: Signature): { leaves: Value[]; structure: Structure } {
  const inputs = signature.types.map((t) => trace.input(t));
  return withTrace(trace, () => callOnValues(fn, trace.name, signature, inputs));
}

const tracingAgain = (fn: PlainFunction, name: string, signature: Signature, axes: AxisScope, isCompiled: boolean): Again => (calls) =>
  lookAgain(() => {
    const trace = new Trace(name, signature.defaultFloat, axes, calls, isCompiled);
    try {
      callInTrace(fn, trace, signature);
    } finally {
      trace.abandon();
    }
  });

/**
 * Refuses to differentiate with respect to an argument beyond those the function declares and without any influence: most often a
 * list of arguments whose brackets were forgotten, as in `jvp(f, x, dx)` for `jvp(f, [x], [dx])`.
 */
export function refuseSurplus(fn: PlainFunction, name: string, structure: Structure, program: Program, differentiated: readonly boolean[]): void {
  if (fn.length === 0 || structure.kind !== "tuple" || structure.items.length <= fn.length) return;
  const used = new Set<Atom>(program.outputs);
  for (const equation of program.equations) for (const atom of equation.inputs) used.add(atom);
  let start = 0;
  structure.items.forEach((item, position) => {
    const count = leafCount(item);
    const inputs = program.inputs.slice(start, start + count);
    if (position >= fn.length && inputs.some((_, i) => differentiated[start + i]) && !inputs.some((v) => used.has(v))) {
      throw new ArgumentError(`${name}: the function takes ${fn.length} argument${fn.length === 1 ? "" : "s"} and does not use argument ${position}`, {
        hint: "where a list of arguments is expected, one argument that is a list needs brackets of its own: [[1, 2]]",
      });
    }
    start += count;
  });
}

/** Calls `fn`. One that trips over an argument nobody passed says so; a parameter that it can do without is its own affair. */
function call(fn: PlainFunction, name: string, args: readonly unknown[]): unknown {
  try {
    return inUserCode(() => (fn as (...args: readonly unknown[]) => unknown)(...args));
  } catch (error) {
    if (error instanceof RangeError && error.message.includes("call stack")) {
      throw new ConcretizationError(`${name}: tracing goes too deep; a function that calls itself until a tensor says stop never ends while it is traced`, {
        hint: "loop instead: while (…) { … } in rewritten code, or whileLoop(test, body, init); recursion ends where its depth is known while tracing",
        cause: error,
      });
    }
    if (args.length >= fn.length || !(error instanceof Error) || !error.message.includes("undefined")) throw error;
    throw new ArgumentError(`${name} takes ${fn.length} arguments, got ${args.length}`, { hint: "pass every argument that the function uses", cause: error });
  }
}

/** Calls `fn` on trees of values; the leaves of its result as values. */
export function callOnValues(fn: PlainFunction, name: string, signature: Signature, leaves: readonly Value[]): { leaves: Value[]; structure: Structure } {
  const args = unflatten(signature.structure, leaves) as unknown[];
  for (const [i, value] of signature.statics) args[i] = value;
  const result = call(fn, name, args);
  if (result instanceof Promise) {
    unheard(result);
    throw new TreeError(`${name} returned a Promise: traced functions are synchronous`, { hint: "await data before the call and pass it as an argument" });
  }
  const flat = flatten(result, `the result of ${name}`);
  return {
    leaves: flat.leaves.map((leaf) => (isValue(leaf) ? settled(leaf, signature.defaultFloat) : toConcrete(leaf, signature.defaultFloat, `the result of ${name}`))),
    structure: flat.structure,
  };
}

/** Numbers that loops have computed with are doubles; results have the dtype that was asked for. */
function settled(leaf: Value, float: DType): Value {
  return leaf.type.weak && isFloat(leaf.type.dtype) ? convert(leaf, float, true) : leaf;
}
