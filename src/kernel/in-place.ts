/**
 * Whether a kernel may write a buffer over one that it reads: each element is read at the very point of the loops that writes it, and not
 * after. It relies on what backends promise: at each point, or group of points, everything is loaded before anything is stored.
 */
import { dtypes } from "../core/dtype.ts";
import type { Access, Buffer, Kernel } from "./ir.ts";
import type { Traffic } from "./traffic.ts";

export function mayReplace(kernel: Kernel, { loads, stores, whole, writes }: Traffic, old: Buffer, fresh: Buffer): boolean {
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
