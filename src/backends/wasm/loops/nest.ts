/**
 * The loops of a kernel as they will run: dimensions of length 1 dropped, the others ordered for memory and merged where all accesses allow,
 * and one of them chosen to be vectorised. Nothing of the kernel is rewritten: a loop names the dimension whose strides it steps by.
 */
import type { Shape } from "../../../core/shape.ts";

export interface Loop {
  readonly length: number;
  /** The dimension of the kernel (outer, then inner) whose stride is that of this loop: the innermost of those merged. */
  readonly dimension: number;
  /** Points of the dimension from one round to the next. */
  readonly step: number;
}

type Strides = readonly number[];

const n = (x: number | undefined): number => x as number;

/** One loop per dimension longer than 1. */
export function loopsOf(shape: Shape, firstDimension: number): Loop[] {
  return shape.map((length, i) => ({ length, dimension: firstDimension + i, step: 1 })).filter((l) => l.length !== 1);
}

/** Loops in the given order, neighbours merged where every access runs on from one to the next. */
export function merge(loops: readonly Loop[], accesses: readonly Strides[]): Loop[] {
  const merged: Loop[] = [];
  for (const loop of loops) {
    const last = merged.at(-1);
    if (last !== undefined && accesses.every((s) => n(s[last.dimension]) === n(s[loop.dimension]) * loop.length)) merged[merged.length - 1] = { length: last.length * loop.length, dimension: loop.dimension, step: 1 };
    else merged.push(loop);
  }
  return merged;
}

/** Loops by descending stride of the first of `accesses` that moves along them. */
export function sortForMemory(loops: readonly Loop[], accesses: readonly Strides[]): Loop[] {
  const step = ({ dimension }: Loop): number => Math.abs(accesses.map((s) => n(s[dimension])).find((x) => x !== 0) ?? 0);
  return [...loops].sort((a, b) => step(b) - step(a));
}

/** How one access behaves when a loop is vectorised: its price for one element of a group, and for one element alone. */
function accessPrice(stride: number, gather: boolean): { readonly group: number; readonly single: number } {
  if (gather) return { group: 0.5, single: 1 };
  if (stride === 0) return { group: 0.01, single: 0.3 };
  return { group: stride === 1 ? 0.06 : 0.25, single: 0.5 };
}

export interface Demand {
  readonly strides: Strides;
  readonly gather: boolean;
}

/** Estimated price per point, in nanoseconds, of vectorising along a loop in groups of `lanes`. */
export function vectorPrice(loop: Loop, demands: readonly Demand[], arithmetic: number, lanes: number, wide: boolean): number {
  const grouped = (Math.floor(loop.length / lanes) * lanes) / loop.length;
  let group = (wide ? 0.045 : 0.09) * arithmetic;
  let single = 0.8 * arithmetic;
  for (const { strides, gather } of demands) {
    const price = accessPrice(n(strides[loop.dimension]), gather);
    group += price.group;
    single += price.single;
  }
  return grouped * group + (1 - grouped) * single;
}
