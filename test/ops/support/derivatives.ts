/** Derivatives of a row: against finite differences, and of the doors against each other. */
import { checkGrads, grad, hessian, jacfwd, jacrev, jvp, linearize, traceFn, vjp } from "../../../src/api/transforms.ts";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { isFloat } from "../../../src/core/dtype.ts";
import { range, sizeOf } from "../../../src/core/shape.ts";
import type { Value } from "../../../src/core/tensor.ts";
import { mul } from "../../../src/ops/arithmetic.ts";
import { add } from "../../../src/ops/elementwise.ts";
import { reduceSum } from "../../../src/ops/structure.ts";
import { concreteResults, operandsOf, resultsOf, sample } from "./arrays.ts";
import { type Case, real, type Shape } from "./case.ts";
import { expectClose, inner } from "./compare.ts";

type Loose = (...operands: readonly unknown[]) => unknown;

/** A row at a point, as a function of the operands that have derivatives. */
export interface Differentiable {
  readonly call: Loose;
  readonly primals: readonly ConcreteArray[];
  readonly what: string;
}

export function differentiable(row: Case, shapes: readonly Shape[], salt = ""): Differentiable {
  const operands = operandsOf(row, shapes, "float64", salt);
  const wrt = operands.flatMap((x, i) => (isFloat(x.type.dtype) && row.constant?.includes(i) !== true ? [i] : []));
  const call: Loose = (...selected) => (row.call as Loose)(...operands.map((x, i) => (wrt.includes(i) ? selected[wrt.indexOf(i)] : x)));
  return { call, primals: wrt.map((i) => operands[i] as ConcreteArray), what: `shapes ${JSON.stringify(shapes)}` };
}

export function directionsLike(arrays: readonly ConcreteArray[], seed: string): ConcreteArray[] {
  return arrays.map((x, i) => sample(real(-1, 1), x.type.dtype, x.type.shape, `${seed}${i}`));
}

/** Σ of the results, each element with a weight of its own: a scalar function with the same derivatives. */
export function weighted(call: Loose, primals: readonly ConcreteArray[]): Loose {
  const weights = directionsLike(concreteResults(call(...primals)), "weight");
  return (...xs) =>
    resultsOf(call(...xs))
      .map((y, k) => reduceSum(mul(y, weights[k] as Value), range(y.type.shape.length)))
      .reduce((sum, y) => add(sum, y));
}

export function checkFiniteDifferences(row: Case): void {
  row.shapes.forEach((shapes, trial) => {
    const { call, primals } = differentiable(row, shapes);
    if (primals.length === 0) return;
    // the highest order on the first trial that has elements to move, at most the second on all
    const highest = trial === row.shapes.findIndex((list) => list.every((s) => sizeOf(s) > 0));
    checkGrads(call as never, primals as never, { order: highest ? row.order : Math.min(row.order, 2), rtol: 1e-5, atol: 1e-5 });
  });
}

/** Tangents and cotangents become zeros. */
export function checkZero(row: Case): void {
  for (const shapes of row.shapes) {
    const { call, primals, what } = differentiable(row, shapes);
    const [outputs, moved] = jvp(call as never, primals as never, directionsLike(primals, "tangent") as never) as [unknown, unknown];
    const pulled = (traceFn(call as never).grad() as Loose)(...primals);
    for (const x of [...concreteResults(moved), ...concreteResults(pulled)]) {
      if (x.elements.some((v) => v !== 0)) throw new Error(`${what}: a derivative is not zero: ${x.elements.join()}`);
    }
    expectClose(concreteResults(outputs), concreteResults(call(...primals)), 0, what);
  }
}

/** jvp, linearize and vjp are one derivative: the same values, Jv computed both ways, and ⟨c, Jv⟩ = ⟨Jᵀc, v⟩. */
export function checkConsistency(row: Case): void {
  for (const shapes of row.shapes) {
    const { call, primals, what } = differentiable(row, shapes);
    if (primals.length === 0) continue;
    const outputs = concreteResults(call(...primals));
    const tangents = directionsLike(primals, "tangent");
    const cotangents = directionsLike(outputs, "cotangent");
    const [fromJvp, moved] = jvp(call as never, primals as never, tangents as never) as [unknown, unknown];
    const [fromLinearize, linear] = linearize(call as never, ...(primals as never)) as [unknown, Loose];
    const [fromVjp, pullback] = vjp(call as never, ...(primals as never)) as unknown as [unknown, (cotangent: unknown) => unknown];
    for (const value of [fromJvp, fromLinearize, fromVjp]) expectClose(concreteResults(value), outputs, 0, `${what}: the value beside a derivative`);
    const jv = concreteResults(moved);
    expectClose(concreteResults(linear(...tangents)), jv, 1e-12, `${what}: linearize against jvp`);
    const single = !Array.isArray(call(...primals));
    const pulled = concreteResults(pullback(single ? cotangents[0] : cotangents));
    const [left, right] = [inner(cotangents, jv), inner(pulled, tangents)];
    if (!(Math.abs(left - right) <= 1e-11 * Math.max(1, Math.abs(left)))) throw new Error(`${what}: ⟨c, Jv⟩ = ${left}, ⟨Jᵀc, v⟩ = ${right}`);
  }
}

/** Forward and reverse Jacobians are equal, and second derivatives do not depend on their order. */
export function checkSecondDerivatives(row: Case): void {
  const shapes = row.shapes.find((list) => list.some((s) => s.length > 0) && list.every((s) => sizeOf(s) > 0)) ?? row.shapes[0];
  if (shapes === undefined) return;
  const { call, primals, what } = differentiable(row, shapes);
  if (primals.length === 0) return;
  const argnums = range(primals.length);
  const forward = concreteResults((jacfwd(call as never, { argnums }) as Loose)(...primals));
  const reverse = concreteResults((jacrev(call as never, { argnums }) as Loose)(...primals));
  expectClose(forward, reverse, 1e-11, `${what}: forward against reverse Jacobian`);
  if (row.order < 2) return;
  const scalar = weighted(call, primals);
  const second = (hessian(scalar as never, { argnums }) as Loose)(...primals) as readonly (readonly ConcreteArray[])[];
  const overForward = (jacfwd(grad(scalar as never, { argnums }) as never, { argnums }) as Loose)(...primals) as readonly (readonly ConcreteArray[])[];
  const sizes = primals.map((x) => x.elements.length);
  for (const i of argnums) {
    for (const j of argnums) {
      const [h, mirrored] = [second[i]?.[j] as ConcreteArray, second[j]?.[i] as ConcreteArray];
      expectClose([overForward[i]?.[j] as ConcreteArray], [h], 1e-11, `${what}: jacfwd(grad) against hessian, block ${i}, ${j}`);
      const [rows, columns] = [sizes[i] as number, sizes[j] as number];
      h.elements.forEach((value, k) => {
        const other = mirrored.elements[(k % columns) * rows + Math.floor(k / columns)] as number;
        if (!(Math.abs(value - other) <= 1e-10 * Math.max(1, Math.abs(value)))) throw new Error(`${what}: the Hessian is not symmetric in block ${i}, ${j}: ${value} and ${other}`);
      });
    }
  }
}
