/** One sentence: the most useful thing to do about what a diagnosis shows. */
import type { Status } from "../backends/wasm/status.ts";
import type { Measurements } from "./measure.ts";

export interface Findings {
  readonly status: Status;
  readonly measured: Measurements;
  readonly cpus: number;
  readonly isNode: boolean;
  readonly variables: { readonly CHAINRULE_WASM: string | undefined; readonly CHAINRULE_THREADS: string | undefined };
}

export function advice({ status, measured, cpus, isNode, variables }: Findings): string {
  const { target, threads, shared } = status;
  const { CHAINRULE_WASM: level, CHAINRULE_THREADS: count } = variables;
  const why = (feature: string): string => status.reasons.find((r) => r.startsWith(`${feature}: `))?.slice(feature.length + 2) ?? "for no known reason";
  const capped = level !== undefined && level !== "wide";
  if (capped) return `CHAINRULE_WASM=${level} keeps faster instructions off: unset it, unless you are looking for a fault.`;
  if (!target.simd) return "This engine has no SIMD, so programs run several times slower than they could: use a newer one.";
  if (!target.relaxed) return "This engine has no relaxed SIMD, so matrix products run at about three quarters of their speed: use a newer one.";
  if (!target.wide && why("wide").includes("switches of its own")) return "Node was started with WebAssembly switches of your own: without them chainrule turns on 256-bit vectors, about twice as fast.";
  if (!target.wide && why("wide").includes("another result")) return "V8 computes 256-bit vectors wrongly here, so they are off and results are right; please report this engine and processor.";
  if (count !== undefined && Number(count) < cpus) return `CHAINRULE_THREADS=${count} leaves ${cpus - Number(count)} of ${cpus} CPUs unused: unset it, unless they are wanted for something else.`;
  if (threads.wanted > 1 && !shared) return "There is no shared memory here, so everything runs on one thread.";
  if (threads.running < threads.wanted) return `Of ${threads.wanted} threads only ${threads.running} started: a limit of the system, or of a container, may forbid the others.`;
  const { one, all } = measured.product;
  if (all !== undefined && all < 1.15 * one) return `${threads.running} threads are hardly faster than one: the CPUs are busy with something else, or are one core shared; CHAINRULE_THREADS=1 may be as good.`;
  if (!target.wide) return isNode ? `Everything that works here is in use; 256-bit vectors do not: ${why("wide")}.` : "Everything this engine offers is in use; Node on an x64 processor has 256-bit vectors besides, for about twice the speed.";
  return "Everything this machine offers is in use.";
}
