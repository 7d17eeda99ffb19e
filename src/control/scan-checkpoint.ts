/**
 * A scan whose states are not all kept for the backward pass: chunks are checkpoints, from whose first state the others are computed again.
 * Chunks of √n turns keep about 2√n states and run each turn once more; halves of halves keep about 2 log₂ n and run it log₂ n times more.
 */
import { ArgumentError } from "../errors.ts";
import { dtypes } from "../core/dtype.ts";
import { range, sizeOf } from "../core/shape.ts";
import { bindCheckpoint } from "./checkpoint.ts";
import { bodyOf, inChunks, type Runner } from "./scan-chunks.ts";

/** Which states of a loop are kept for the backward pass. */
export type ScanMemory =
  /** One a turn. */
  | "all"
  /** About 2√n of n turns; each turn runs once more. */
  | "sqrt"
  /** About 2 log₂ n; each turn runs up to log₂ n times more. */
  | "log"
  /** What fits in so many bytes, with the fewest repeated turns. */
  | { readonly bytes: number };

/** `leaf` carries out the innermost scans. */
export function checkpointed(memory: ScanMemory, leaf: Runner): Runner {
  if (memory === "all") return leaf;
  if (memory === "sqrt") return (parts) => chunksOf(Math.ceil(Math.sqrt(parts.length)), leaf)(parts);
  if (memory === "log") return (parts) => halves(Math.max(4, Math.ceil(Math.log2(Math.max(parts.length, 1)))), leaf)(parts);
  return (parts) => {
    const one = parts.state.reduce((sum, { type }) => sum + dtypes[type.dtype].bytes * sizeOf(type.shape), 0);
    return one === 0 ? leaf(parts) : within(Math.floor(memory.bytes / one), leaf, () => tooLittle(memory.bytes, one, parts.length))(parts);
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

/** No more than `states` states at a time: chunks as large as that allows, in as few levels as possible. */
function within(states: number, leaf: Runner, refuse: () => Error): Runner {
  const run: Runner = (parts) => {
    if (parts.length <= states) return leaf(parts);
    const count = outerTurns(parts.length, states);
    if (count === undefined) throw refuse();
    const inner = within(states - count, leaf, refuse);
    return inChunks(parts, Math.ceil(parts.length / count), forgotten(inner), inner);
  };
  return run;
}

/** The least number of chunks of `length` turns that, with what one of them keeps in turn, are no more than `states` states. */
function outerTurns(length: number, states: number): number | undefined {
  for (let levels = 2; levels <= Math.ceil(Math.log2(length)) + 1; levels++) {
    const most = rootAbove(length, levels);
    const count = range(most + 1).find((n) => n > 1 && (levels - 1) * rootAbove(Math.ceil(length / n), levels - 1) <= states - n);
    if (count !== undefined) return count;
  }
  return undefined;
}

/** The least whole number whose `power`th power is at least `n`. */
function rootAbove(n: number, power: number): number {
  const near = Math.floor(n ** (1 / power));
  return near ** power >= n ? near : near + 1;
}

function tooLittle(bytes: number, one: number, length: number): ArgumentError {
  let least = 2;
  while (outerTurns(length, least) === undefined) least++;
  return new ArgumentError(`scan: checkpoint: ${bytes} bytes are too little for ${length} turns with a state of ${one} bytes`, { hint: `it takes at least ${least * one} bytes, for ${least} states at a time` });
}
