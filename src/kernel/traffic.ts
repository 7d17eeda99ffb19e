/** Which buffers a kernel reads and writes, and by which loads and stores: what lifetimes, hazards and aliasing are decided by. */
import type { Buffer, Expression, Kernel, Load, Store } from "./ir.ts";

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
  /** Read by other means than loads: operands of a contraction, everything of a host kernel. */
  readonly whole: ReadonlySet<Buffer>;
}

export function trafficOf(kernel: Kernel): Traffic {
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

/** Every load that the expressions mention, once each. */
function loadsUnder(roots: readonly Expression[]): Load[] {
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
