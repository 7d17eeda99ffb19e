/** How the points of `outer` are shared out: units of work of a few microseconds, each a run along one loop. */
import type { Loop } from "./nest.ts";
import type { Plan } from "./plan.ts";

export interface Shares {
  readonly units: number;
  /** The loop that is cut into runs; loops outside of it belong to one unit each. -1: no loop at all. */
  readonly level: number;
  /** Points of that loop in a run. */
  readonly run: number;
  /** Runs that the loop is cut into. */
  readonly runs: number;
}

const unitNanoseconds = 4000;
const mostUnits = 512;

export function shareOut({ outer, vector, lanes, cost }: Plan, together: boolean): Shares {
  const wanted = Math.max(1, Math.min(mostUnits, Math.floor(cost / unitNanoseconds)));
  if (outer.length === 0) return { units: 1, level: -1, run: 1, runs: 1 };
  const whole: Shares = { units: 1, level: 0, run: (outer[0] as Loop).length, runs: 1 };
  if (together || wanted === 1) return whole;
  let outside = 1;
  for (const [level, { length }] of outer.entries()) {
    if (outside * length >= wanted || level === outer.length - 1 || level === vector) {
      const runs = Math.max(1, Math.round(wanted / outside));
      let run = Math.ceil(length / runs);
      // Whole groups, so that no two units write to one vector and only the last has leftovers.
      const group = lanes.find((l) => l <= length) ?? 1;
      if (level === vector || length >= 8 * group) run = Math.ceil(run / group) * group;
      const cut = Math.ceil(length / run);
      return { units: outside * cut, level, run, runs: cut };
    }
    outside *= length;
  }
  return whole;
}
