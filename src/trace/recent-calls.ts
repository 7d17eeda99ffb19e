/**
 * Calls like earlier ones, made cheap: arguments of the same kinds and shapes as before are recognised as they are read, and go straight
 * to the program kept for them. Anything else is not recognised, and takes the general path of call.ts: so both mean the same.
 */
import type { DirectCall, Executable } from "../backends/backend.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import type { Structure } from "../core/tree.ts";
import type { TensorType } from "../core/type.ts";
import { currentTrace } from "../core/tensor.ts";
import type { SpecOptions } from "./arguments.ts";
import { listReader, type Reader } from "./readers.ts";
import type { Signature } from "./trace.ts";
import { wrapper } from "./wrap-results.ts";

/** Runs the call and returns its result, or `missed` where the arguments are not recognised. */
export type RecentCall = (args: readonly unknown[]) => unknown;
export const missed: unique symbol = Symbol("missed");

/** How many kinds of calls are remembered for a function. */
const remembered = 4;
/** After how many that were not recognised nothing more is remembered: its calls differ too much. */
const patience = 64;

/** A call that took the general path. */
export interface PastCall {
  readonly args: readonly unknown[];
  readonly signature: Signature;
  readonly options: SpecOptions;
  readonly executable: Executable;
  /** Types of the results, and how they are put together. */
  readonly types: readonly TensorType[];
  readonly structure: Structure;
}

export class RecentCalls {
  readonly #calls: RecentCall[] = [];
  #seen = 0;

  /** The result of a call like a remembered one, else `missed`. */
  run(args: readonly unknown[]): unknown {
    // inside a trace the types of numbers depend on it
    if (currentTrace() !== undefined) return missed;
    const calls = this.#calls;
    for (let i = 0; i < calls.length; i++) {
      const result = (calls[i] as RecentCall)(args);
      if (result !== missed) return result;
    }
    return missed;
  }

  remember({ args, signature, options, executable, types, structure }: PastCall): void {
    if (this.#seen++ >= patience || signature.structure.kind !== "tuple") return;
    const read = listReader(args, signature, options.lists ?? {}, executable);
    if (read === undefined) return;
    const strong = types.map((t) => (t.weak ? { ...t, weak: false } : t));
    const call = executable.direct === undefined ? throughArrays(read, executable, strong, structure) : directly(read, executable.direct, strong, structure);
    if (this.#calls.length === remembered) this.#calls.pop();
    this.#calls.unshift(call);
  }
}

function directly(read: Reader, direct: DirectCall, types: readonly TensorType[], outputs: Structure): RecentCall {
  const { turn } = direct;
  const wrap = wrapper(outputs, (leaf) => direct.result(leaf, types[leaf] as TensorType));
  const unused: ConcreteArray[] = [];
  return (args) => {
    const before = turn.count;
    // a getter among the arguments may itself run a program: then what was written is lost
    if (!read(args, unused) || turn.count !== before) return missed;
    direct.call();
    return wrap();
  };
}

function throughArrays(read: Reader, executable: Executable, types: readonly TensorType[], outputs: Structure): RecentCall {
  let results: readonly ConcreteArray[] = [];
  const wrap = wrapper(outputs, (leaf) => {
    const result = results[leaf] as ConcreteArray;
    return result.type.weak ? result.withType(types[leaf] as TensorType) : result;
  });
  let running = false;
  return (args) => {
    // a getter among the arguments or a callback of the program may make such a call, too: it must not read into the same memory
    if (running) return missed;
    running = true;
    try {
      const leaves: ConcreteArray[] = [];
      if (!read(args, leaves)) return missed;
      results = executable.run(leaves);
    } finally {
      running = false;
    }
    const whole = wrap();
    results = [];
    return whole;
  };
}
