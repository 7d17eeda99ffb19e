/**
 * The operation `while`: a program that is repeated for as long as another, asked before each turn, says so; and the operations that it
 * becomes in reverse mode.
 */
import { definePrimitive, type Primitive } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import type { Value } from "../core/tensor.ts";
import { switchPrimitive } from "./branch.ts";
import type { LoopFamily } from "./loop-family.ts";
import { applyWhile, runWhile, type While, whileType } from "./while-apply.ts";
import { type Backward, backwardType, pruneBackward, runBackward } from "./while-backward.ts";
import { batchBackward } from "./while-backward-batch.ts";
import { jvpBackward } from "./while-backward-jvp.ts";
import { partitionBackward } from "./while-backward-partition.ts";
import { writtenBackward } from "./while-backward-written.ts";
import { batchWhile } from "./while-batch.ts";
import { jvpWhile } from "./while-jvp.ts";
import { partitionWhile } from "./while-partition.ts";
import { pruneRecorded, pruneRetraced, pruneWhile } from "./while-prune.ts";
import { jvpRecorded, type RecordedWhile, recordedType, runRecorded, writtenRecorded } from "./while-record.ts";
import { batchRecorded } from "./while-record-batch.ts";
import { type Retraced, retracedType, writtenRetraced } from "./while-retrace.ts";
import { transposeRetraced, transposeWhile } from "./while-transpose.ts";
import { batchWritten, jvpWritten, partitionWritten, transposeWritten } from "./written-out.ts";
import { run } from "./run.ts";

const rest = { commutative: false, effect: "none" } as const;

type Turns = { readonly test: Program; readonly body: Program };

/** Both programs of a loop, as passes see them. */
function testAndBody<P extends Turns>(): { programs(loop: P): readonly Program[]; withPrograms(loop: P, programs: readonly Program[]): P } {
  return {
    programs: ({ test, body }) => [test, body],
    withPrograms: (loop, [test, body]) => ({ ...loop, test: test as Program, body: body as Program }),
  };
}

export const whilePrimitive: Primitive = definePrimitive<While>({
  name: "while",
  type: whileType,
  evaluate: (inputs, loop) => runWhile(inputs, loop),
  jvp: jvpWhile,
  transpose: (cotangents, inputs, params, _primitive, sums) => transposeWhile(cotangents, inputs, params, family, sums),
  batch: batchWhile,
  lower: {
    form: "loop",
    loop: ({ test, body, constants }) => ({ test, body, constants, state: body.outputs.length, length: 0, reverse: false }),
    withLoop: (loop, { test, body, constants }) => ({ ...loop, test: test as Program, body, constants }),
  },
  ...rest,
  inner: {
    ...testAndBody<While>(),
    prune: pruneWhile,
    partition: (equation, reached) => partitionWhile(equation, reached, family),
    accumulates: true,
  },
});

const writtenAsRecorded = (params: RecordedWhile): Program => writtenRecorded(params, family);

/** A loop that keeps states on the way. */
const recordedPrimitive: Primitive = definePrimitive<RecordedWhile>({
  name: "whileRecorded",
  type: recordedType,
  evaluate: runRecorded,
  jvp: (primals, tangents, params) => jvpRecorded(primals, tangents, params, family),
  transpose: transposeWritten(writtenAsRecorded),
  batch: batchRecorded,
  lower: { form: "call", program: writtenAsRecorded, when: "early" },
  ...rest,
  inner: {
    ...testAndBody<RecordedWhile>(),
    prune: (equation, needed) => pruneRecorded(equation, needed, family),
    partition: (equation, reached) => partitionWhile(equation, reached, family),
  },
});

const writtenAsRetraced = (params: Retraced): Program => writtenRetraced(params, family);

/** The linear part of a loop. */
const retracedPrimitive: Primitive = definePrimitive<Retraced>({
  name: "whileRetraced",
  type: retracedType,
  evaluate: (inputs, params) => run(writtenAsRetraced(params), inputs),
  jvp: jvpWritten(writtenAsRetraced),
  transpose: (cotangents, inputs, params, _primitive, sums) => transposeRetraced(cotangents, inputs, params, family, sums),
  batch: batchWritten(writtenAsRetraced),
  lower: { form: "call", program: writtenAsRetraced, when: "early" },
  ...rest,
  inner: {
    programs: ({ body }) => [body],
    withPrograms: (params, [body]) => ({ ...params, body: body as Program }),
    prune: pruneRetraced,
    partition: partitionWritten(writtenAsRetraced),
    accumulates: true,
  },
});

const writtenAsBackward = (params: Backward): Program => writtenBackward(params, family);

/** From the last turn of a loop to the first. */
const backwardPrimitive: Primitive = definePrimitive<Backward>({
  name: "whileBackward",
  type: backwardType,
  evaluate: runBackward,
  jvp: jvpBackward,
  transpose: transposeWritten(writtenAsBackward),
  batch: batchBackward,
  lower: { form: "call", program: writtenAsBackward, when: "early" },
  ...rest,
  inner: {
    programs: ({ advance, step }) => [advance, step],
    withPrograms: (params, [advance, step]) => ({ ...params, advance: advance as Program, step: step as Program }),
    prune: pruneBackward,
    partition: partitionBackward,
  },
});

const family: LoopFamily = { plain: whilePrimitive, recorded: recordedPrimitive, retraced: retracedPrimitive, backward: backwardPrimitive, choice: switchPrimitive };

/** Repeats `body` on the state for as long as `test` holds; both take (constants…, state…). `slots`: how many states reverse mode keeps, 0 for its default. */
export function whileOf(test: Program, body: Program, constants: readonly Value[], state: readonly Value[], slots = 0): Value[] {
  return applyWhile(whilePrimitive, { test, body, slots }, constants, state);
}
