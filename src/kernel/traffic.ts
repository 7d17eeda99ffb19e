/** Which buffers a kernel reads and writes, and by which loads and stores: what lifetimes, hazards and aliasing are decided by. */
import { type Buffer, type ControlKernel, type Expression, isControl, type Kernel, listsOf, type Load, type Store } from "./ir.ts";

/** A load, and the stage it is in. */
export interface LoadSite {
  readonly load: Load;
  readonly stage: number;
}
export interface StoreSite {
  readonly store: Store;
  readonly stage: number;
}

export interface Traffic {
  readonly reads: ReadonlySet<Buffer>;
  readonly writes: ReadonlySet<Buffer>;
  readonly loads: readonly LoadSite[];
  readonly stores: readonly StoreSite[];
  /** Read by other means than loads: operands of a contraction, what one is computed of, everything of a host kernel, and what kernels inside others read. */
  readonly whole: ReadonlySet<Buffer>;
}

const known = new WeakMap<Kernel, Traffic>();

export function trafficOf(kernel: Kernel): Traffic {
  let traffic = known.get(kernel);
  if (traffic === undefined) known.set(kernel, (traffic = findTraffic(kernel)));
  return traffic;
}

function findTraffic(kernel: Kernel): Traffic {
  if (isControl(kernel)) return controlTraffic(kernel);
  const reads = new Set<Buffer>();
  const writes = new Set<Buffer>();
  const whole = new Set<Buffer>();
  const loads: LoadSite[] = [];
  const stores: StoreSite[] = [];
  const readWhole = (buffer: Buffer): void => {
    reads.add(buffer);
    whole.add(buffer);
  };
  if (kernel.kind === "host") {
    kernel.inputs.forEach(readWhole);
    for (const b of kernel.outputs) writes.add(b);
    return { reads, writes, loads, stores, whole };
  }
  if (kernel.kind === "contraction") {
    readWhole(kernel.a.buffer);
    readWhole(kernel.b.buffer);
    if (kernel.prologue !== undefined) for (const { access } of loadsUnder([kernel.prologue])) readWhole(access.buffer);
  }
  const stages = kernel.kind === "loops" ? kernel.stages : [{ reductions: [], carries: [], stores: kernel.stores, checks: [] }];
  stages.forEach((stage, s) => {
    const roots: Expression[] = [...stage.reductions.map((r) => r.value), ...stage.carries.map((c) => c.next), ...stage.checks.flatMap((c) => [c.condition, c.value])];
    for (const store of stage.stores) {
      stores.push({ store, stage: s });
      writes.add(store.access.buffer);
      if (store.combine !== undefined) readWhole(store.access.buffer);
      roots.push(store.value, ...store.terms.map((t) => t.index));
      if (store.condition !== undefined) roots.push(store.condition);
    }
    for (const load of loadsUnder(roots)) {
      reads.add(load.access.buffer);
      loads.push({ load, stage: s });
    }
  });
  return { reads, writes, loads, stores, whole };
}

/** What the kernels inside touch of what lies outside. */
function controlTraffic(kernel: ControlKernel): Traffic {
  const reads = new Set<Buffer>();
  const writes = new Set<Buffer>();
  const own = new Set<Buffer>(kernel.own);
  const windows = new Set<Buffer>(kernel.windows);
  const outside = (b: Buffer): Buffer | undefined => (own.has(b) ? undefined : windows.has(b) && b.role.kind === "window" ? b.role.of : b);
  for (const list of listsOf(kernel)) {
    const written = new Set<Buffer>();
    for (const inner of list) {
      const t = trafficOf(inner);
      for (const b of t.writes) written.add(b);
      // a result that is read again inside is no operand
      for (const b of t.reads) if (!written.has(b)) add(reads, outside(b));
    }
    for (const b of written) add(writes, outside(b));
  }
  if (kernel.kind === "branch") reads.add(kernel.index);
  else {
    for (const { before } of kernel.state) {
      reads.delete(before);
      writes.add(before);
    }
    for (const { initial } of kernel.state) reads.add(initial);
  }
  return { reads, writes, loads: [], stores: [], whole: new Set(reads) };
}

function add(set: Set<Buffer>, buffer: Buffer | undefined): void {
  if (buffer !== undefined) set.add(buffer);
}

/** Every load that the expressions mention, once each. */
export function loadsUnder(roots: readonly Expression[]): Load[] {
  const seen = new Set<Expression>(roots);
  const stack = [...seen];
  const found: Load[] = [];
  const visit = (e: Expression): void => {
    if (seen.has(e)) return;
    seen.add(e);
    stack.push(e);
  };
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (e.kind === "apply") e.operands.forEach(visit);
    else if (e.kind === "load") {
      found.push(e);
      for (const { index } of e.terms) visit(index);
    }
  }
  return found;
}
