/**
 * What happens when a traced function is called: on concrete arrays the program kept under the call's key runs (traced first when
 * there is none); inside a trace the function simply runs on the tensors it is given.
 */
import type { CompileOptions } from "../backends/backend.ts";
import { outputTypes, type Program } from "../core/program.ts";
import { currentTrace, type Value } from "../core/tensor.ts";
import { range } from "../core/shape.ts";
import { leafCount, type Structure, unflatten } from "../core/tree.ts";
import { replay } from "../transform/replay.ts";
import { argumentName, type Call, positions, readCall, type SpecOptions } from "./arguments.ts";
import { debugging, faultsFor } from "./debug-nans.ts";
import { backendFor, compileFor, runProgram } from "./execute.ts";
import { missed, type RecentCalls } from "./recent-calls.ts";
import { callOnValues, type PlainFunction, type Signature, traceFunction } from "./trace.ts";

/** One function with its options and the programs traced so far. */
export interface Spec {
  readonly fn: PlainFunction;
  readonly name: string;
  readonly options: SpecOptions;
  /** `fn` is a derivative or another transform of a function: no code of the user sees what it computes while it is traced. */
  readonly isDerived: boolean;
  readonly programs: Map<string, Entry>;
  readonly recent: RecentCalls;
}

export interface Entry {
  readonly program: Program;
  readonly structure: Structure;
  /** Of the call it was traced for. */
  readonly signature: Signature;
}

export function callSpec(spec: Spec, args: readonly unknown[]): unknown {
  const result = debugging.nans || debugging.infs ? missed : spec.recent.run(args);
  return result === missed ? callInGeneral(spec, args) : result;
}

function callInGeneral(spec: Spec, args: readonly unknown[]): unknown {
  const call = readCall(args, spec.options, spec.name);
  if (call.traced && currentTrace()?.defaultFloat !== call.signature.defaultFloat) {
    // Numbers in the body have another dtype than in the enclosing trace: record it on its own, and replay it there.
    const { program, captured, structure } = traceFunction(spec.fn, spec.name, call.signature);
    return unflatten(structure, replay(program, [...call.leaves, ...captured]));
  }
  if (call.traced) {
    const { leaves, structure } = callOnValues(spec.fn, spec.name, call.signature, call.leaves);
    return unflatten(structure, leaves);
  }
  const isFirst = !spec.programs.has(call.key);
  const { entry, captured } = entryFor(spec, call);
  const donation = donationOf(call.signature.structure, args.length, spec);
  const input = (i: number): string => (i < call.leaves.length ? argumentName(call.signature.structure, i) : "a tensor that it closes over");
  const outputs = runProgram(entry.program, [...call.leaves, ...captured], spec.options, { name: spec.name, input }, donation);
  // what is called once needs no quicker way
  if (!isFirst && captured.length === 0 && currentTrace() === undefined && faultsFor(spec.options) === undefined) {
    const { program, structure } = entry;
    const executable = compileFor(program, backendFor(spec.options.device), donation);
    spec.recent.remember({ args, signature: call.signature, options: spec.options, executable, types: outputTypes(program), structure });
  }
  return unflatten(entry.structure, outputs.map(captured.length === 0 ? strong : (v) => v));
}

/** Inputs of the program that belong to donated arguments, and what messages call them. */
export function donationOf(structure: Structure, count: number, { options, name }: Spec): CompileOptions {
  if (options.donate === undefined || structure.kind !== "tuple") return {};
  const donated = positions(options.donate, count, name, "donate");
  let next = 0;
  const donate = structure.items.flatMap((item, argument) => {
    const first = next;
    next += leafCount(item);
    return donated.includes(argument) ? range(next - first).map((i) => first + i) : [];
  });
  return { donate, inputName: (i) => `${argumentName(structure, i)} of ${name}` };
}

/** The program for a call. One that closes over tensors of an open trace belongs to that trace and is not kept. */
export function entryFor(spec: Spec, call: Call): { readonly entry: Entry; readonly captured: readonly Value[] } {
  const known = spec.programs.get(call.key);
  if (known !== undefined) return { entry: known, captured: [] };
  const { program, captured, structure } = traceFunction(spec.fn, spec.name, call.signature, { isCompiled: spec.isDerived && currentTrace() === undefined });
  const entry = { program, structure, signature: call.signature };
  if (captured.length === 0) spec.programs.set(call.key, entry);
  return { entry, captured };
}

/** Results are strongly typed, whatever numbers they were made of. */
function strong(value: Value): Value {
  return value.type.weak && "withType" in value ? value.withType({ ...value.type, weak: false }) : value;
}

