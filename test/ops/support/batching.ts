/** vmap of a row against a loop: operands alone and together, first and last axis, nested, and around and inside derivatives. */
import { grad, traceFn, vmap } from "../../../src/api/transforms.ts";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { range, sizeOf } from "../../../src/core/shape.ts";
import { concreteResults, operandsOf, stacked } from "./arrays.ts";
import type { Case } from "./case.ts";
import { expectClose } from "./compare.ts";
import { differentiable, weighted } from "./derivatives.ts";

type Loose = (...operands: readonly unknown[]) => unknown;
type Axes = readonly (number | null)[];

/** For each result, the elements' results along a new first axis. */
function together(results: readonly (readonly ConcreteArray[])[]): ConcreteArray[] {
  return (results[0] ?? []).map((_, k) => stacked(results.map((r) => r[k] as ConcreteArray), 0));
}

function batchedCall(call: Loose, inAxes: Axes, outAxes = 0): Loose {
  return vmap(call as never, { inAxes, outAxes }) as Loose;
}

/** The operands of `size` elements of a batch. */
function elements(row: Case, shapes: Case["shapes"][number], size: number): ConcreteArray[][] {
  return range(size).map((b) => operandsOf(row, shapes, undefined, `element ${b}`));
}

export function checkBatches(row: Case): void {
  const call = row.call as Loose;
  for (const shapes of row.shapes) {
    const count = row.operands.length;
    if (count === 0) return;
    const batch = elements(row, shapes, 3);
    const fixed = batch[0] as ConcreteArray[];
    const choices = count === 1 ? [[0]] : [range(count), ...range(count).map((i) => [i])];
    for (const mapped of choices) {
      const expected = together(batch.map((operands) => concreteResults(call(...fixed.map((x, i) => (mapped.includes(i) ? operands[i] : x))))));
      for (const axis of [0, -1]) {
        const inputs = fixed.map((x, i) => (mapped.includes(i) ? stacked(batch.map((operands) => operands[i] as ConcreteArray), axis) : x));
        const inAxes = range(count).map((i) => (mapped.includes(i) ? axis : null));
        const what = `shapes ${JSON.stringify(shapes)}, operands ${mapped.join()} batched along axis ${axis}`;
        expectClose(concreteResults(batchedCall(call, inAxes)(...inputs)), expected, 1e-12, what);
      }
    }
  }
}

/** Operands with different batch axes, and results with the batch axis last. */
export function checkMixedAxes(row: Case): void {
  const call = row.call as Loose;
  const count = row.operands.length;
  if (count === 0) return;
  for (const shapes of row.shapes) {
    const batch = elements(row, shapes, 2);
    const inAxes = range(count).map((i) => (i % 2 === 0 ? -1 : 0));
    const inputs = inAxes.map((axis, i) => stacked(batch.map((operands) => operands[i] as ConcreteArray), axis));
    const perElement = batch.map((operands) => concreteResults(call(...operands)));
    const expected = (perElement[0] ?? []).map((_, k) => stacked(perElement.map((r) => r[k] as ConcreteArray), -1));
    expectClose(concreteResults(batchedCall(call, inAxes, -1)(...inputs)), expected, 1e-12, `shapes ${JSON.stringify(shapes)}, mixed batch axes`);
  }
}

/** vmap of vmap: the inner axis last, the outer one first. */
export function checkNestedBatches(row: Case): void {
  const call = row.call as Loose;
  const count = row.operands.length;
  if (count === 0) return;
  for (const shapes of row.shapes.slice(0, 3)) {
    const grid = range(2).map((outer) => range(3).map((b) => operandsOf(row, shapes, undefined, `element ${outer}, ${b}`)));
    const inputs = range(count).map((i) => stacked(grid.map((line) => stacked(line.map((operands) => operands[i] as ConcreteArray), -1)), 0));
    const expected = together(grid.map((line) => together(line.map((operands) => concreteResults(call(...operands))))));
    const nested = batchedCall(batchedCall(call, range(count).map(() => -1)), range(count).map(() => 0));
    expectClose(concreteResults(nested(...inputs)), expected, 1e-12, `shapes ${JSON.stringify(shapes)}, vmap of vmap`);
  }
}

/** vmap of grad and grad of vmap, both compiled, against a loop of gradients. */
export function checkBatchedGradients(row: Case): void {
  const shapes = row.shapes.find((list) => list.some((s) => s.length > 0) && list.every((s) => sizeOf(s) > 0)) ?? row.shapes[0];
  if (shapes === undefined) return;
  const { call, primals, what } = differentiable(row, shapes);
  if (primals.length === 0) return;
  const batch = range(3).map((b) => (b === 0 ? primals : differentiable(row, shapes, `element ${b}`).primals));
  const argnums = range(primals.length);
  const scalar = weighted(call, primals);
  const gradient = grad(scalar as never, { argnums }) as Loose;
  const expected = together(batch.map((operands) => concreteResults(gradient(...operands))));
  const inputs = argnums.map((i) => stacked(batch.map((operands) => operands[i] as ConcreteArray), 0));
  const inAxes = argnums.map(() => 0);
  expectClose(concreteResults((traceFn(batchedCall(gradient, inAxes) as never) as Loose)(...inputs)), expected, 1e-11, `${what}: vmap of grad`);
  const summed = traceFn(batchedCall(scalar, inAxes) as never).grad({ argnums }) as Loose;
  expectClose(concreteResults(summed(...inputs)), expected, 1e-11, `${what}: grad of vmap`);
}
