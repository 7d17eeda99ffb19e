/** Other ways to carry out a scan: written out turn by turn, and in chunks, each of which is one turn of an outer scan. */
import { ConcreteArray } from "../core/concrete.ts";
import { range } from "../core/shape.ts";
import { at, record, type Value } from "../core/tensor.ts";
import { concatenate } from "../ops/concatenate.ts";
import { pick, sliceAxis } from "../ops/slice.ts";
import { align, reshape } from "../ops/structure.ts";
import { replay } from "../transform/replay.ts";
import { batchProgram } from "../transform/vmap.ts";
import type { Program } from "../core/program.ts";
import { grouped, type ScanParts, type ScanResults, sequenceType } from "./scan-operands.ts";
import { scan } from "./scan.ts";

/** A way to carry out a scan. */
export type Runner = (parts: ScanParts) => ScanResults;

/** `turns` of a scan written out in each turn. */
export function unrolled(turns: number): Runner {
  if (turns === 1) return scan;
  return (parts) => (turns >= parts.length ? inline(parts) : inChunks(parts, turns, inline, inline));
}

/** Turn by turn in the open trace. */
export function inline({ body, constants, state, sequences, length, reverse }: ScanParts): ScanResults {
  const turns = range(length);
  let now: readonly Value[] = state;
  const given: Value[][] = [];
  for (const i of reverse ? turns.reverse() : turns) {
    const after = replay(body, [...constants, ...now, ...sequences.map((x) => pick(x, 0, i))]);
    now = after.slice(0, state.length);
    given.push(after.slice(state.length));
  }
  if (reverse) given.reverse();
  return { state: [...now], sequences: body.outputs.slice(state.length).map(({ type }, k) => stacked(given.map((one) => at(one, k)), type)) };
}

function stacked(values: readonly Value[], element: Value["type"]): Value {
  if (values.length === 0) return ConcreteArray.splat(sequenceType(element, 0), 0);
  return concatenate(values.map((y) => reshape(y, [1, ...y.type.shape])), 0);
}

/** `size` turns of a scan without state at once. */
export function batchwise(size: number): Runner {
  const together: Runner = ({ body, constants, sequences, length }) => {
    const { outputs, axes } = batchProgram(body, length, [...constants, ...sequences], [...constants.map(() => null), ...sequences.map(() => 0)]);
    return { state: [], sequences: outputs.map((y, i) => align(y, at(axes, i), 0, length)) };
  };
  return (parts) => (parts.length === 0 ? scan(parts) : size >= parts.length ? together(parts) : inChunks(parts, size, together, together));
}

/** `size` turns at a time, by `inner`, and by `last` those that are left over. */
export function inChunks(parts: ScanParts, size: number, inner: Runner, last: Runner): ScanResults {
  const { constants, state, sequences, length, reverse } = parts;
  const count = Math.floor(length / size);
  const rest = length - count * size;
  const [first, others] = reverse ? [rest, 0] : [0, count * size];
  const chunks = sequences.map((x) => reshape(sliceAxis(x, 0, first, first + count * size), [count, size, ...x.type.shape.slice(1)]));
  const body = bodyOf(parts, size, inner);
  const main = scan({ body, constants, state, sequences: chunks, length: count, reverse });
  const given = main.sequences.map((y) => reshape(y, [count * size, ...y.type.shape.slice(2)]));
  if (rest === 0) return { state: main.state, sequences: given };
  const end = last({ ...parts, state: main.state, sequences: sequences.map((x) => sliceAxis(x, 0, others, others + rest)), length: rest });
  return { state: end.state, sequences: given.map((y, k) => concatenate(reverse ? [at(end.sequences, k), y] : [y, at(end.sequences, k)], 0)) };
}

/** A scan of `length` turns, carried out by `run`, as a program of its operands. */
export function bodyOf({ body, constants, state, reverse }: ScanParts, length: number, run: Runner): Program {
  const groups = { body, constants: constants.length, state: state.length, length, reverse };
  const types = body.inputs.map(({ type }, i) => (i < constants.length + state.length ? type : sequenceType(type, length)));
  return record("scan", types, (inputs) => {
    const out = run({ ...grouped<Value>(inputs, groups), body, length, reverse });
    return [...out.state, ...out.sequences];
  }).program;
}
