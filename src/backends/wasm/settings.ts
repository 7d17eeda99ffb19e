/** What users may set, and what it is when they do not. */
import { ArgumentError } from "../../errors.ts";
import { describe } from "../../core/shape.ts";
import { environment } from "./features.ts";
import { maxThreads } from "./layout.ts";

export interface Settings {
  /** Threads that a program may run on, the calling one included. Default: as many as the machine has. */
  readonly threads: number;
  /** Bytes of results kept in WebAssembly memory before the oldest are copied out of it. Default: 512 MiB. */
  readonly heapBudget: number;
  /** Bytes of WebAssembly memory at most, to be set before the first program runs. Default: 4 GiB. */
  readonly heapMaximum: number;
  /** Estimated nanoseconds from which a program runs on several threads, and from which a kernel of it is shared out. */
  readonly parallelProgram: number;
  readonly parallelKernel: number;
  /** 1: units of kernels are taken piece by piece (`CHAINRULE_SHARING=dynamic`); 0: in equal parts (`CHAINRULE_SHARING=equal`). */
  readonly dynamicSharing: number;
  /** 1: small loops are written out; 0: none is. */
  readonly smallLoops: number;
  /** Bytes up to which a result is copied out of WebAssembly memory at once, and an input's memory is not worth taking over. Default: 2,048. */
  readonly stagedOutput: number;
}

interface Host {
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly process?: { getBuiltinModule?(name: string): { availableParallelism?(): number } | undefined };
}

let current: Settings | undefined;

export function settings(): Settings {
  return (current ??= { threads: defaultThreads(), heapBudget: 512 * 2 ** 20, heapMaximum: 2 ** 32, parallelProgram: 100_000, parallelKernel: 8_000, dynamicSharing: defaultSharing(), smallLoops: 1, stagedOutput: 2048 });
}

/** Changes some of them; undefined restores the default. Returns what they are now. */
export function change(values: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Settings {
  const before = settings();
  current = undefined;
  const defaults = settings();
  const next: Record<string, number> = { ...before };
  for (const [key, value] of Object.entries(values)) next[key] = value ?? defaults[key as keyof Settings];
  return (current = next as unknown as Settings);
}

function defaultThreads(): number {
  const text = environment("CHAINRULE_THREADS");
  if (text !== undefined) return checkThreads(/^\d+$/.test(text) ? Number(text) : text, "CHAINRULE_THREADS");
  const { process, navigator } = globalThis as Host;
  const count = process?.getBuiltinModule?.("node:os")?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1;
  return Math.max(1, Math.min(count, maxThreads));
}

function defaultSharing(): number {
  const text = environment("CHAINRULE_SHARING") ?? "dynamic";
  if (text === "dynamic") return 1;
  if (text === "equal") return 0;
  throw new ArgumentError(`CHAINRULE_SHARING is ${describe(text)}`, { hint: "known values: dynamic, equal" });
}

export function checkThreads(threads: unknown, where: string): number {
  if (typeof threads === "number" && Number.isInteger(threads) && threads >= 1 && threads <= maxThreads) return threads;
  throw new ArgumentError(`${where} must be a whole number from 1 to ${maxThreads}, got ${describe(threads)}`);
}
