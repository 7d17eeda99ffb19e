/**
 * Lanes of a batch that do not take part. They are given what a lane has that does: then no value, derivative or error can come of them
 * that would not come of that lane, whatever is computed, and what they get is not used.
 */
import { UnsupportedError } from "../errors.ts";
import { collectiveNames } from "../core/axis-names.ts";
import type { Program } from "../core/program.ts";
import type { Shape } from "../core/shape.ts";
import type { Value } from "../core/tensor.ts";
import { argmax } from "../ops/arg-reduce.ts";
import { convert, elementwise, type ElementwiseOp } from "../ops/elementwise.ts";
import { gather } from "../ops/gather.ts";
import { reduceOr } from "../ops/reduce.ts";
import { select } from "../ops/select.ts";
import { broadcastInDim, reshape } from "../ops/structure.ts";

/** What a lane is given that does not take part. Since nothing that comes of it is used, neither tangents nor cotangents pass through it. */
const standIn: ElementwiseOp = elementwise("standIn", { arity: 1, domain: "any", instruction: "copy", jvp: "zero", transpose: () => [null] });

/** Whether any lane takes part: bool[]. */
export function anyLane(mask: Value): Value {
  return reduceOr(mask, [0]);
}

/** The mask beside every element of lanes of this shape, whose first axis counts them. */
export function overLanes(mask: Value, shape: Shape): Value {
  return broadcastInDim(mask, shape, [0]);
}

/** `values`, lanes first where `mapped`, with those lanes that the mask leaves out replaced by the first that it has. */
export function safeLanes(mask: Value, values: readonly Value[], mapped: readonly boolean[]): Value[] {
  if (mask.type.shape[0] === 0) return [...values];
  const first = reshape(argmax(convert(mask, "int32"), 0), [1]);
  return values.map((x, i) => {
    if (mapped[i] !== true) return x;
    const { shape } = x.type;
    const taking = standIn(gather(x, first, { axes: [0], batch: 0, mode: "clip" }));
    return select(overLanes(mask, shape), x, broadcastInDim(taking, shape, shape.slice(1).map((_, a) => a + 1)));
  });
}

/** Lanes that do not take part have nothing to say to the others: what such programs ask of all lanes has no answer. */
export function refuseCollectives(programs: readonly Program[], axisName: string | undefined, what: string, hint: string): void {
  if (axisName === undefined || !programs.some((p) => collectiveNames(p).has(axisName))) return;
  throw new UnsupportedError(`${what} asks something of all elements of the batch ${JSON.stringify(axisName)} (psum and its like), but not all of them run it`, { hint });
}

/** The new values of lanes that take part, the old ones of the others. */
export function frozen(mask: Value, after: readonly Value[], before: readonly Value[]): Value[] {
  return after.map((value, i) => select(overLanes(mask, value.type.shape), value, before[i] as Value));
}
