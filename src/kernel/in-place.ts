/**
 * Whether a kernel may write a buffer over one that it reads: each element is read at the very point of the loops that writes it, and not
 * after. It relies on what backends promise: at each point, or group of points, everything is loaded before anything is stored.
 */
import { dtypes } from "../core/dtype.ts";
import { type Access, behindWindows, type BranchKernel, type Buffer, isControl, type Kernel, movesOf, type RepeatKernel, type State } from "./ir.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

/** What has been decided for a loop. */
export interface Decided {
  /** The leaves of which the body writes the new value over the old one. */
  readonly inPlace: ReadonlySet<State>;
}
export type Decisions = ReadonlyMap<Kernel, Decided>;

export function mayReplace(kernel: Kernel, { loads, stores, whole, writes }: Traffic, old: Buffer, fresh: Buffer, decisions: Decisions = new Map()): boolean {
  if (isControl(kernel)) {
    if (dtypes[old.dtype].bytes !== dtypes[fresh.dtype].bytes || old.length !== fresh.length || writes.has(old)) return false;
    return kernel.kind === "branch" ? branchMayReplace(kernel, old, fresh, decisions) : repeatMayReplace(kernel, old, fresh, decisions);
  }
  if (kernel.kind === "host" || (kernel.kind === "loops" && kernel.sequential)) return false;
  if (old.length !== fresh.length || dtypes[old.dtype].bytes !== dtypes[fresh.dtype].bytes || whole.has(old) || writes.has(old)) return false;
  const own = stores.filter((s) => s.store.access.buffer === fresh);
  const [site] = own;
  if (site === undefined || own.length > 1) return false;
  const { access, terms, condition, combine } = site.store;
  if (terms.length > 0 || condition !== undefined || combine !== undefined) return false;
  const lengths = kernel.kind === "contraction" ? [...kernel.batch, kernel.m, kernel.n] : [...kernel.outer, ...(kernel.stages[site.stage]?.inner ?? [])];
  if (!visitsOnce(access, lengths)) return false;
  return loads.every(({ load, stage }) => {
    if (load.access.buffer !== old) return true;
    if (stage > site.stage || load.terms.length > 0 || !sameAccess(load.access, access)) return false;
    return stage === site.stage || (kernel.kind === "loops" && sameLengths(kernel.stages[stage]?.inner ?? [], kernel.stages[site.stage]?.inner ?? []));
  });
}

/** Where a list of kernels first writes to each buffer, and where it last reads it. */
interface Spans {
  readonly firstWrite: ReadonlyMap<Buffer, number>;
  readonly lastRead: ReadonlyMap<Buffer, number>;
}
const known = new WeakMap<readonly Kernel[], Spans>();

function spansOf(kernels: readonly Kernel[]): Spans {
  const spans = known.get(kernels);
  if (spans !== undefined) return spans;
  const firstWrite = new Map<Buffer, number>();
  const lastRead = new Map<Buffer, number>();
  kernels.forEach((kernel, k) => {
    const { reads, writes } = trafficOf(kernel);
    for (const b of reads) lastRead.set(b, k);
    for (const b of writes) if (!firstWrite.has(b)) firstWrite.set(b, k);
  });
  const found = { firstWrite, lastRead };
  known.set(kernels, found);
  return found;
}

/** The same for kernels that run one after another: nothing reads the old buffer once the new one is written to. */
export function listMayReplace(kernels: readonly Kernel[], old: Buffer, fresh: Buffer, decisions: Decisions): boolean {
  const { firstWrite, lastRead } = spansOf(kernels);
  const first = firstWrite.get(fresh);
  const last = lastRead.get(old) ?? -1;
  if (first === undefined || last > first || firstWrite.has(old)) return false;
  if (dtypes[old.dtype].bytes !== dtypes[fresh.dtype].bytes || old.length !== fresh.length) return false;
  const kernel = kernels[first] as Kernel;
  return last < first || mayReplace(kernel, trafficOf(kernel), old, fresh, decisions);
}

/** The windows of a branch by what they are windows of. */
const windowsByBuffer = new WeakMap<readonly Buffer[], ReadonlyMap<Buffer, readonly Buffer[]>>();

function windowsOf(windows: readonly Buffer[]): ReadonlyMap<Buffer, readonly Buffer[]> {
  let found = windowsByBuffer.get(windows);
  if (found === undefined) windowsByBuffer.set(windows, (found = Map.groupBy(windows.filter((w) => w.role.kind === "window"), (w) => (w.role as { readonly of: Buffer }).of)));
  return found;
}

function branchMayReplace({ index, windows, branches }: BranchKernel, old: Buffer, fresh: Buffer, decisions: Decisions): boolean {
  if (index === old) return false;
  const ofFresh = windowsOf(windows).get(fresh) ?? [];
  return branches.every((kernels) => {
    // each branch has a window of its own on the result
    const own = ofFresh.find((w) => spansOf(kernels).firstWrite.has(w));
    return own !== undefined && listMayReplace(kernels, old, own, decisions);
  });
}

/** The first turn reads an initial value where it is, and writes to the place of the result or, where the state alternates, to one chosen so that the last turn ends there. */
function repeatMayReplace(kernel: RepeatKernel, old: Buffer, fresh: Buffer, decisions: Decisions): boolean {
  const { state, windows, test, body } = kernel;
  const leaf = state.find((s) => s.before === fresh);
  if (leaf?.initial !== old || movesOf(state).some((m) => m.leaves.includes(leaf)) || state.some((s) => s !== leaf && s.initial === old)) return false;
  const readInside = [...test, ...body].some((k) => trafficOf(k).reads.has(old)) || windows.some((w) => behindWindows(w) === behindWindows(old));
  return !readInside && (decisions.get(kernel)?.inPlace.has(leaf) === true || beginsElsewhere(kernel));
}

/** A leaf whose two places alternate is first written to that which is not the result's. */
export function beginsElsewhere({ condition, length }: RepeatKernel): boolean {
  return condition !== undefined || length % 2 === 0;
}

/** The access reaches every element of the buffer, each at one point. */
function visitsOnce({ buffer, strides }: Access, lengths: readonly number[]): boolean {
  const moving = strides.map((stride, d) => ({ stride: Math.abs(stride), length: lengths[d] ?? 1 })).filter((x) => x.length > 1).sort((a, b) => a.stride - b.stride);
  let reach = 1;
  for (const { stride, length } of moving) {
    if (stride !== reach) return false;
    reach *= length;
  }
  return reach === buffer.length;
}

function sameAccess(a: Access, b: Access): boolean {
  return a.offset === b.offset && sameLengths(a.strides, b.strides);
}

function sameLengths(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}
