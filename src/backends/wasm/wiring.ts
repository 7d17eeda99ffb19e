/** How the arguments and results of a program meet its memory: all that can be said of it before a call. */
import type { Buffer, KernelProgram } from "../../kernel/ir.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import type { Gone } from "./heap.ts";

/** An input that kernels read. */
export interface Input {
  readonly index: number;
  readonly buffer: Buffer;
  /** Its place in the arena; −1: it needs a slot. */
  readonly staged: number;
  /** Buffers that take over its memory. */
  readonly heirs: readonly Buffer[];
  /** What is said of an array that was passed here and is used again, after a call that failed or one that did not. */
  readonly gone: Gone;
  readonly failed: Gone;
}

/** Memory that is new at each call: an output, and buffers that share its place. */
export interface Fresh {
  readonly output: number;
  readonly buffer: Buffer;
  readonly sharers: readonly Buffer[];
}

export interface Wiring {
  readonly inputs: readonly Input[];
  readonly inputOf: ReadonlyMap<Buffer, Input>;
  /** Inputs that are results too, as they are or in another shape. */
  readonly passedOn: ReadonlySet<number>;
  /** Results take over the memory of some. */
  readonly takesOver: boolean;
  readonly fresh: readonly Fresh[];
  /** For each output, an earlier one from the same buffer, or −1. */
  readonly earlier: readonly number[];
  readonly inArena: readonly (readonly [id: number, offset: number])[];
}

export function wiringOf({ buffers, outputs }: KernelProgram, { homes }: MemoryPlan, inputName: (input: number) => string): Wiring {
  const sharers = Map.groupBy(buffers, (b) => {
    const home = homes[b.id];
    return (home?.kind === "input" || home?.kind === "result") && home.buffer !== b ? home.buffer : undefined;
  });
  const sharing = (buffer: Buffer): readonly Buffer[] => sharers.get(buffer) ?? [];
  const inputs = buffers.flatMap((buffer): Input[] => {
    const home = homes[buffer.id];
    if (buffer.role.kind !== "input" || home === undefined || home.kind === "unused") return [];
    const { index } = buffer.role;
    const place = home.kind === "arena" ? { staged: home.offset, heirs: [] } : { staged: -1, heirs: sharing(buffer) };
    return [{ index, buffer, ...place, ...donatedAs(index, inputName) }];
  });
  /** By buffer, the first output that is made of it. */
  const first = new Map<Buffer, number>();
  outputs.forEach((source, i) => {
    if (source.kind === "buffer" && !first.has(source.buffer)) first.set(source.buffer, i);
  });
  return {
    inputs,
    inputOf: new Map(inputs.map((i) => [i.buffer, i])),
    passedOn: new Set(outputs.flatMap((source) => (source.kind === "input" ? [source.index] : []))),
    takesOver: inputs.some((i) => i.heirs.length > 0),
    fresh: outputs.flatMap((source, output): Fresh[] => {
      const home = source.kind === "buffer" ? homes[source.buffer.id] : undefined;
      if (source.kind !== "buffer" || home?.kind !== "result" || home.buffer !== source.buffer) return [];
      return first.get(source.buffer) === output ? [{ output, buffer: source.buffer, sharers: sharing(source.buffer) }] : [];
    }),
    earlier: outputs.map((source, i) => {
      const earlier = source.kind === "buffer" ? (first.get(source.buffer) as number) : i;
      return earlier < i ? earlier : -1;
    }),
    inArena: buffers.flatMap((b) => {
      const home = homes[b.id];
      return home?.kind === "arena" ? [[b.id, home.offset] as const] : [];
    }),
  };
}

/** Of donated arrays: names are made when they are asked for. Nothing here leads to the executable. */
function donatedAs(index: number, nameOf: (input: number) => string): { readonly gone: Gone; readonly failed: Gone } {
  return {
    gone: () => ({ message: `the memory of this array was donated as ${nameOf(index)}, and holds a result of that call`, hint: "keep the result instead, or leave the argument out of `donate`; an array and its reshapes have one memory" }),
    failed: () => ({ message: `the memory of this array was donated as ${nameOf(index)} to a call that failed, and may hold results of that call`, hint: "leave the argument out of `donate` where calls may fail" }),
  };
}
