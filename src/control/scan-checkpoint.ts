/**
 * A scan whose states are not all kept for the backward pass: chunks are checkpoints, from whose first state the others are computed again.
 * Chunks of √n turns keep about 2√n states and run each turn once more; halves of halves keep about 2 log₂ n and run it log₂ n times more.
 */
import { ArgumentError } from "../errors.ts";
import { range } from "../core/shape.ts";
import { bindCheckpoint } from "./checkpoint.ts";
import { bodyOf, inChunks, type Runner } from "./scan-chunks.ts";
import { type ScanWeight, weightOf } from "./scan-weight.ts";

/** Which states of a loop are kept for the backward pass. */
export type ScanMemory =
  /** One a turn. */
  | "all"
  /** About 2√n of n turns; each turn runs once more. */
  | "sqrt"
  /** About 2 log₂ n; each turn runs up to log₂ n times more. */
  | "log"
  /** What fits in so many bytes, of states and of what the turns of one chunk store, with the fewest repeated turns. */
  | { readonly bytes: number };

/** `leaf` carries out the innermost scans. */
export function checkpointed(memory: ScanMemory, leaf: Runner): Runner {
  if (memory === "all") return leaf;
  if (memory === "sqrt") return (parts) => chunksOf(Math.ceil(Math.sqrt(parts.length)), leaf)(parts);
  if (memory === "log") return (parts) => halves(Math.max(4, Math.ceil(Math.log2(Math.max(parts.length, 1)))), leaf)(parts);
  return (parts) => {
    if (parts.length === 0) return leaf(parts);
    const weight = weightOf(parts);
    return weight.state === 0 ? leaf(parts) : within(memory.bytes, weight, leaf)(parts);
  };
}

/** The scan as a checkpoint: only what it begins with is kept. */
function forgotten(run: Runner): Runner {
  return (parts) => {
    const { constants, state, sequences, length } = parts;
    const results = bindCheckpoint([...constants, ...state, ...sequences], { body: bodyOf(parts, length, run), policy: { save: "nothing" } });
    return { state: results.slice(0, state.length), sequences: results.slice(state.length) };
  };
}

function chunksOf(size: number, leaf: Runner): Runner {
  return (parts) => (parts.length <= 3 || size <= 1 ? leaf(parts) : inChunks(parts, size, forgotten(leaf), leaf));
}

/** Two halves, each of two halves, down to `least` turns. */
function halves(least: number, leaf: Runner): Runner {
  const run: Runner = (parts) => (parts.length <= least ? leaf(parts) : inChunks(parts, Math.floor(parts.length / 2), forgotten(run), leaf));
  return run;
}

/** No more than `bytes` at a time: chunks as large as that allows, in as few levels as possible. */
function within(bytes: number, weight: ScanWeight, leaf: Runner): Runner {
  const need = planner(weight);
  const run = (left: number): Runner => (parts) => {
    const { length } = parts;
    if (need(length, 1) <= left) return leaf(parts);
    const levels = range(mostLevels(length) + 1).find((k) => k >= 2 && need(length, k) <= left);
    if (levels === undefined) throw tooLittle(bytes, weight, parts.length, need);
    const count = range(length + 1).find((n) => n >= 2 && n * weight.state + need(Math.ceil(length / n), levels - 1) <= left) as number;
    const inner = run(left - count * weight.state);
    return inChunks(parts, Math.ceil(length / count), forgotten(inner), inner);
  };
  return run(bytes);
}

/** The bytes that `length` turns need in so many levels of loops; one level stores every turn, the others the state before each of their turns. */
type Need = (length: number, levels: number) => number;

function planner({ state, turn }: ScanWeight): Need {
  const known = new Map<string, number>();
  const need: Need = (length, levels) => {
    if (levels === 1 || length <= 1) return length * turn;
    const key = `${length} ${levels}`;
    let least = known.get(key);
    if (least === undefined) {
      // equal parts of the whole, the last of which costs a turn instead of a state
      const even = ((length * turn) / state) ** (1 / levels);
      const counts = [Math.floor(even), Math.ceil(even)].map((n) => Math.min(Math.max(n, 2), length));
      least = Math.min(...counts.map((n) => n * state + need(Math.ceil(length / n), levels - 1)));
      known.set(key, least);
    }
    return least;
  };
  return need;
}

function mostLevels(length: number): number {
  return Math.ceil(Math.log2(Math.max(length, 2))) + 1;
}

function tooLittle(bytes: number, { state, turn }: ScanWeight, length: number, need: Need): ArgumentError {
  const least = Math.min(...range(mostLevels(length)).map((k) => need(length, k + 1)));
  return new ArgumentError(`scan: checkpoint: ${bytes} bytes are too little for ${length} turns: the state has ${state} bytes, and a turn stores ${turn}`, {
    hint: `it takes at least ${least} bytes`,
  });
}
