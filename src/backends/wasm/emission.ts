/** Kernels and their memory plan as one module. */
import { type Buffer, type Check, type ContractionKernel, type ControlKernel, type HostKernel, isControl, type Kernel, type KernelProgram, listsOf } from "../../kernel/ir.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import { trafficOf } from "../../kernel/traffic.ts";
import { ModuleBuilder } from "./assembler.ts";
import { emitContraction } from "./contraction/contraction.ts";
import { type EmittedKernel, type KernelTable, plainTable } from "./kernel.ts";
import { checksOf, emitLoops } from "./loops/emit.ts";
import type { PlainMemory } from "./memory.ts";
import type { PanelSpec } from "./panels.ts";
import { copiedBy, emitRun } from "./sequence.ts";
import { type Form, formsOf, type Spelled } from "./same-kernels.ts";
import { settings } from "./settings.ts";
import { checksInside, emitSmallLoop } from "./small-loop.ts";
import type { Step } from "./step.ts";
import type { Target } from "./target.ts";

/** Turns that a loop of unknown length is taken for. */
const unknownTurns = 16;

/** Whose panels may stay packed: from call to call, or from turn to turn of a loop. */
interface Keep {
  readonly may: (buffer: Buffer) => boolean;
  readonly inLoop: boolean;
}

/** In a loop, what no turn changes; a branch may not be taken at all. */
function keepInside(kernel: ControlKernel): Keep {
  if (kernel.kind === "branch") return { may: () => false, inLoop: true };
  const changing = new Set<Buffer>([...kernel.windows, ...kernel.state.flatMap((s) => [s.initial, s.before, s.after])]);
  const visit = (k: Kernel): void => {
    for (const b of trafficOf(k).writes) changing.add(b);
    if (!isControl(k)) return;
    for (const b of k.windows) changing.add(b);
    listsOf(k).flat().forEach(visit);
  };
  listsOf(kernel).flat().forEach(visit);
  const worth = kernel.condition !== undefined || kernel.length > 1;
  return { may: (buffer) => worth && !changing.has(buffer), inLoop: true };
}

/** A kernel with its code, and those inside of it. */
interface Emitted {
  readonly kernel: Kernel;
  readonly turns: number;
  readonly host: number;
  readonly emitted: EmittedKernel | undefined;
  readonly inside: readonly (readonly Emitted[])[];
}

const allInside = ({ inside }: Emitted): Emitted[] => inside.flat().flatMap((e) => [e, ...allInside(e)]);

/** A function that equal kernels share, and which of its buffers has panels that stay. */
interface Shared {
  readonly emitted: EmittedKernel;
  readonly panel: { readonly buffer: number; readonly bytes: number } | undefined;
}

export interface Emission {
  readonly module: ModuleBuilder;
  readonly steps: readonly Step[];
  /** In the order of their numbers, and the kernel that each belongs to. */
  readonly checks: readonly { readonly check: Check; readonly kernel: Kernel }[];
  /** By their numbers. */
  readonly hosts: readonly HostKernel[];
  /** Words of the table: the addresses of the buffers, then two for each contraction. */
  readonly words: number;
  readonly panels: readonly PanelSpec[];
  /** Bytes that each thread needs. */
  readonly scratch: number;
  /** Bytes that all of them need together. */
  readonly shared: number;
  /** Counters that each thread needs. */
  readonly counters: number;
  /** Sharing out is worth waking other threads. */
  readonly parallel: boolean;
}

/** Undefined where it comes to more than `most` instructions. */
export function emitProgram({ kernels, buffers }: KernelProgram, plan: MemoryPlan, target: Target, memory: PlainMemory, timed: boolean, most: number): Emission | undefined {
  const module = new ModuleBuilder();
  module.importMemory({ minimum: memory.minimum, maximum: memory.maximum, shared: memory.shared });
  const host = module.importFunction("env", "host", ["i32"], []);
  const { parallelKernel, parallelProgram, dynamicSharing, smallLoops } = settings();
  const checks: { readonly check: Check; readonly kernel: Kernel }[] = [];
  const panels: PanelSpec[] = [];
  const overwritten = new Set(plan.homes.flatMap((home, id) => (home.kind === "input" && home.buffer.id !== id ? [home.buffer.id] : [])));
  let words = buffers.length;
  const mayKeep = (buffer: Buffer): boolean => (buffer.role.kind === "constant" || buffer.role.kind === "input") && !overwritten.has(buffer.id);
  const contraction = (kernel: ContractionKernel, { may, inLoop }: Keep): EmittedKernel => {
    const word = words;
    words += 2;
    let kept = false;
    const table: KernelTable = {
      wordOf: plainTable.wordOf,
      keepPanels: (buffer, bytes) => {
        kept = may(buffer);
        if (kept) panels.push({ buffer, bytes, word, inLoop });
        return kept ? word : undefined;
      },
    };
    const emitted = emitContraction(module, kernel, target, table);
    return kept && inLoop ? { ...emitted, keptWord: word } : emitted;
  };
  const forms = formsOf(kernels, (kernel) => kernel.kind === "contraction" || checksOf(kernel).length === 0);
  const spelled = new Map<string, Shared>();
  /** A kernel that is equal to others. */
  const shared = (kernel: Spelled, { key, buffers: own }: Form, { may, inLoop }: Keep): EmittedKernel => {
    const kept = kernel.kind === "contraction" ? [kernel.a.buffer, kernel.b.buffer].map(may) : [];
    const full = `${key} ${kept.join()}`;
    let known = spelled.get(full);
    if (known === undefined) {
      let panel: Shared["panel"];
      const table: KernelTable = {
        wordOf: (buffer) => own.indexOf(buffer),
        keepPanels: (buffer, bytes) => {
          if (!may(buffer)) return undefined;
          panel = { buffer: own.indexOf(buffer), bytes };
          return own.length;
        },
      };
      const emitted = kernel.kind === "contraction" ? emitContraction(module, kernel, target, table) : emitLoops(module, kernel, target, 0, table);
      known = { emitted, panel };
      spelled.set(full, known);
    }
    const { emitted, panel } = known;
    const addresses = own.map((b) => b.id);
    if (kernel.kind !== "contraction") return { ...emitted, words: addresses };
    const word = words;
    words += 2;
    if (panel === undefined) return { ...emitted, words: addresses };
    panels.push({ buffer: own[panel.buffer] as Buffer, bytes: panel.bytes, word, inLoop });
    return { ...emitted, words: [...addresses, word, word + 1], keptWord: inLoop ? word : undefined };
  };
  const hosts: HostKernel[] = [];
  /** `turns`: how often it runs. */
  const emit = (kernel: Kernel, turns: number, keep: Keep): Emitted => {
    const around = { kernel, turns, host: -1, inside: [] };
    if (kernel.kind === "host") return { ...around, emitted: undefined, host: hosts.push(kernel) - 1 };
    const small = kernel.kind === "repeat" && smallLoops > 0 ? emitSmallLoop(module, kernel, checks.length) : undefined;
    if (small !== undefined && kernel.kind === "repeat") {
      checks.push(...checksInside(kernel));
      return { ...around, emitted: small };
    }
    if (isControl(kernel)) {
      const counted = kernel.kind === "repeat" && kernel.condition === undefined;
      const inside = turns * (counted ? kernel.length : kernel.kind === "repeat" ? unknownTurns : 1);
      const kept = keepInside(kernel);
      return { ...around, emitted: undefined, inside: listsOf(kernel).map((list) => list.map((k) => emit(k, inside, kept))) };
    }
    const form = forms.get(kernel);
    if (form !== undefined) return { ...around, emitted: shared(kernel, form, keep) };
    if (kernel.kind === "contraction") return { ...around, emitted: contraction(kernel, keep) };
    const base = checks.length;
    checks.push(...checksOf(kernel).map((check) => ({ check, kernel })));
    return { ...around, emitted: emitLoops(module, kernel, target, base) };
  };
  const emitted: Emitted[] = [];
  let length = 0;
  for (const kernel of kernels) {
    const first = module.count;
    emitted.push(emit(kernel, 1, { may: mayKeep, inLoop: false }));
    length += module.lengthFrom(first);
    if (length > most) return undefined;
  }
  // a copy inside a loop is of state that is updated in place: most often it is left out, and meeting for it would cost more than the turn
  const leftOut = new Set(emitted.flatMap(allInside).filter((e) => copiedBy(e.kernel) !== undefined));
  const sharable = (e: Emitted): boolean => memory.shared && e.emitted !== undefined && e.emitted.units > 1 && e.emitted.cost >= parallelKernel && !leftOut.has(e);
  const savedBy = (e: Emitted): number => (sharable(e) ? (e.emitted as EmittedKernel).cost * e.turns : 0) + e.inside.flat().reduce((sum, i) => sum + savedBy(i), 0);
  const saved = emitted.reduce((sum, e) => sum + savedBy(e), 0);
  const parallel = saved >= parallelProgram && saved > 0;
  const stepOf = (e: Emitted): Step => {
    const inside = e.inside.map((list) => list.map(stepOf));
    return { kernel: e.kernel, emitted: e.emitted, host: e.host, inside, parallel: (parallel && sharable(e)) || inside.flat().some((s) => s.parallel) };
  };
  const steps = emitted.map(stepOf);
  const scratch = Math.ceil(emitted.reduce((most, e) => Math.max(most, scratchOf(e)), 0) / 64) * 64;
  const tables = emitted.reduce((most, e) => Math.max(most, tableOf(e)), 0);
  const counters = emitRun(module, steps, plan, host, { shared: memory.shared, firstThreadSpins: isPage(), timed, dynamic: dynamicSharing > 0, tables: scratch });
  return { module, steps, checks, hosts, words, panels, counters, parallel, scratch: scratch + tables, shared: emitted.reduce((most, e) => Math.max(most, sharedOf(e)), 0) };
}

/** Bytes of the largest table of a function that kernels share. */
const tableOf = ({ emitted, inside }: Emitted): number => inside.flat().reduce((most, e) => Math.max(most, tableOf(e)), 4 * (emitted?.words?.length ?? 0));
const scratchOf = ({ emitted, inside }: Emitted): number => inside.flat().reduce((most, e) => Math.max(most, scratchOf(e)), emitted?.scratch ?? 0);

const sharedOf = ({ emitted, inside }: Emitted): number => inside.flat().reduce((most, e) => Math.max(most, sharedOf(e)), emitted?.pack?.bytes ?? 0);

/** The main thread of a browser, which must not sleep. */
function isPage(): boolean {
  return typeof (globalThis as { readonly document?: unknown }).document === "object";
}
