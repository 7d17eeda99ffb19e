/**
 * Measures one row: every side sets the case up and shows its results, which must agree; then the sides take turns, so that a
 * busy moment of the machine hits all of them.
 */
import type { Part, Row } from "./cases.ts";
import type { Side } from "./side.ts";

export interface Effort {
  /** Turns of each side. */
  readonly rounds: number;
  /** Milliseconds of a turn. */
  readonly turn: number;
  /** Milliseconds after which a side is given up. */
  readonly patience: number;
}

/** Nanoseconds, or why there are none. */
export type Result = { readonly median: number; readonly best: number; readonly threads: number | null; readonly wrong: string | null } | { readonly skip: string };

const TOLERANCE = 1e-3;

/** The best of each name's sides, by name. */
export async function measureRow(row: Row, part: Part, sides: readonly Side[], effort: Effort): Promise<Map<string, Result>> {
  const samples = new Map<Side, number[]>();
  const checks = new Map<Side, readonly number[]>();
  const skips = new Map<string, string>();
  for (let round = 0; round < (part.firstCall ? Math.min(5, effort.rounds) : 1); round++) {
    for (const side of sides) {
      if (skips.has(side.name)) continue;
      if (part.firstCall) side.stop();
      const { skip, first = NaN, check = [] } = await side.ask({ case: row.case }, effort.patience);
      if (skip !== undefined) skips.set(side.name, skip);
      else {
        if (part.firstCall) samples.set(side, [...(samples.get(side) ?? []), first]);
        checks.set(side, check);
      }
    }
  }
  if (!part.firstCall) await takeTurns(sides.filter((side) => checks.has(side)), samples, skips, { ...effort, turn: effort.turn * (part.longer ?? 1) });
  const truth = part.sides.slice(1).map((name) => sides.find((side) => side.name === name && (checks.get(side)?.length ?? 0) > 0)).find((side) => side !== undefined);
  const results = new Map<string, Result>();
  for (const name of part.sides) {
    const runs = sides.filter((side) => side.name === name && (samples.get(side)?.length ?? 0) > 0).map((side) => ({
      ...statistics(samples.get(side) ?? []), threads: side.threads, wrong: compare(checks.get(side) ?? [], (truth && checks.get(truth)) ?? []),
    }));
    const [best] = runs.sort((a, b) => a.median - b.median);
    results.set(name, best ?? { skip: skips.get(name) ?? "not installed" });
  }
  return results;
}

/** The first turn warms up; it is all that a side gets whose single run takes longer than all turns should. */
async function takeTurns(ready: readonly Side[], samples: Map<Side, number[]>, skips: Map<string, string>, { rounds, turn, patience }: Effort): Promise<void> {
  const slow = new Set<Side>();
  for (let round = -1; round < rounds; round++) {
    for (const side of ready) {
      if (slow.has(side)) continue;
      const { times = [], skip } = await side.ask({ budget: turn }, patience);
      if (skip !== undefined) skips.set(side.name, skip);
      if (round === -1 && (times[0] ?? 0) / 1e6 > turn * rounds) slow.add(side);
      if (round >= 0 || slow.has(side)) samples.set(side, [...(samples.get(side) ?? []), ...times]);
    }
  }
}

/** Medians, and the tenth percentile: what is reached when nothing disturbs. */
function statistics(times: readonly number[]): { median: number; best: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return { median: at(0.5), best: at(0.1) };
}

/** What differs, or null. A side without results to show (memcpy) has computed nothing. */
function compare(found: readonly number[], wanted: readonly number[]): string | null {
  if (found.length === 0 || wanted.length === 0) return null;
  const i = found.findIndex((x, at) => !(Math.abs(x - (wanted[at] ?? NaN)) <= TOLERANCE * Math.max(1e-3, Math.abs(x))));
  return i < 0 && found.length === wanted.length ? null : `${found[i]} instead of ${wanted[i]}`;
}
