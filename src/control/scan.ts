/**
 * scan: a program that runs a fixed number of times, each turn on the state that the one before left and on the next element of each
 * sequence. Its rules are in the files beside this one.
 */
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes } from "../core/dtype.ts";
import { definePrimitive, type Primitive } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import type { TensorType } from "../core/type.ts";
import { run } from "./run.ts";
import { batchScan } from "./scan-batch.ts";
import { jvpScan } from "./scan-jvp.ts";
import { applyScan, grouped, type Scan, type ScanParts, type ScanResults, scanType } from "./scan-operands.ts";
import { partitionScan } from "./scan-partition.ts";
import { pruneScan } from "./scan-prune.ts";
import { transposeScan } from "./scan-transpose.ts";

export const scanPrimitive: Primitive = definePrimitive<Scan>({
  name: "scan",
  type: scanType,
  evaluate: evaluateScan,
  jvp: jvpScan,
  transpose: transposeScan,
  batch: batchScan,
  lower: { form: "loop", loop: ({ body, constants, state, length, reverse }) => ({ body, constants, state, test: undefined, length, reverse }), withLoop: (scan, { body, constants }) => ({ ...scan, body, constants }) },
  commutative: false,
  effect: "none",
  inner: {
    programs: ({ body }) => [body],
    withPrograms: (params, [body]) => ({ ...params, body: body as Program }),
    prune: pruneScan,
    partition: partitionScan,
    accumulates: true,
  },
});

/** Turn by turn. */
function evaluateScan(inputs: readonly ConcreteArray[], params: Scan, outputs: readonly TensorType[]): ConcreteArray[] {
  const { body, state: stateCount, length, reverse } = params;
  const { constants, state: initial, sequences } = grouped(inputs, params);
  const elementTypes = grouped(body.inputs, params).sequences.map((v) => v.type);
  const results = outputs.slice(stateCount).map((t) => dtypes[t.dtype].allocate(sizeOf(t.shape)));
  let state: readonly ConcreteArray[] = initial;
  for (let turn = 0; turn < length; turn++) {
    const i = reverse ? length - 1 - turn : turn;
    const elements = sequences.map((x, k) => element(x, elementTypes[k] as TensorType, i));
    const after = run(body, [...constants, ...state, ...elements]);
    state = after.slice(0, stateCount);
    results.forEach((all, k) => {
      const { elements: one } = after[stateCount + k] as ConcreteArray;
      all.set(one, i * one.length);
    });
  }
  return [...state.map((s, k) => s.withType(outputs[k] as TensorType)), ...results.map((all, k) => ConcreteArray.of(outputs[stateCount + k] as TensorType, all))];
}

function element(x: ConcreteArray, type: TensorType, i: number): ConcreteArray {
  if (x.splat !== undefined) return ConcreteArray.splat(type, x.splat);
  const size = sizeOf(type.shape);
  return ConcreteArray.of(type, x.elements.subarray(i * size, (i + 1) * size));
}

/** Runs the body on each element of the sequences in turn: the last state, and what the turns gave beside it. */
export function scan(parts: ScanParts): ScanResults {
  return applyScan(scanPrimitive, parts);
}
