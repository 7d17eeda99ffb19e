/**
 * What must hold for any operation, whatever it computes: traced is as eager, derivatives are as finite differences say, and a batch
 * is as a loop, also of gradients.
 */
import { expect } from "vitest";
import { checkGrads, traceFn, vjp, vmap } from "../../src/api/transforms.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes, isFloat } from "../../src/core/dtype.ts";
import { insertAt, sizeOf } from "../../src/core/shape.ts";
import type { Value } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { sliceAxis } from "../../src/ops/slice.ts";
import { concatenate } from "../../src/ops/concatenate.ts";
import { reshape } from "../../src/ops/structure.ts";

export type Operation = (...operands: Value[]) => Value;

/** An array from its elements. */
export function make(shape: readonly number[], elements: readonly number[], dtype: DType = "float64"): ConcreteArray {
  const data = dtypes[dtype].allocate(sizeOf(shape));
  data.set(elements);
  return ConcreteArray.of(tensorType(dtype, shape), data);
}

/** Distinct values of both signs, none of them near another or near zero; the same ones every time. */
export function sample(shape: readonly number[], salt = 0, dtype: DType = "float64"): ConcreteArray {
  const elements = Array.from({ length: sizeOf(shape) }, (_, i) => 2 * Math.sin(1.7 * (i + 1) + salt) + 0.11);
  return make(shape, dtypes[dtype].kind === "float" ? elements : elements.map((x) => (dtype === "bool" ? Number(x > 0) : dtype === "uint32" ? Math.abs(Math.round(3 * x)) : Math.round(3 * x))), dtype);
}

export function list(value: Value): number[] {
  return Array.from((value as ConcreteArray).elements);
}

/** The operation's shape, dtype and elements. */
export function expectValue(value: Value, shape: readonly number[], elements: readonly number[], dtype: DType = "float64"): void {
  expect(value.type.shape).toEqual(shape);
  expect(value.type.dtype).toBe(dtype);
  expect(list(value)).toEqual(elements);
}

function expectClose(actual: Value, expected: Value, what: string): void {
  expect(actual.type.shape, what).toEqual(expected.type.shape);
  expect(actual.type.dtype, what).toBe(expected.type.dtype);
  const want = list(expected);
  list(actual).forEach((x, i) => {
    const y = want[i] as number;
    if (Number.isNaN(y) || !Number.isFinite(y)) expect(x, what).toBe(y);
    else expect(Math.abs(x - y) <= 1e-6 + 1e-6 * Math.abs(y), `${what}: element ${i} is ${x}, not ${y}`).toBe(true);
  });
}

interface Laws {
  /** How often to differentiate; 0 where there is no derivative. Default 2. */
  readonly order?: number;
}

/** Checks `operation` at `operands` under every transform. */
export function expectLaws(operation: Operation, operands: readonly ConcreteArray[], { order = 2 }: Laws = {}): void {
  const f = operation as unknown as (...xs: number[]) => number;
  const eager = operation(...operands);
  expectClose(traceFn(f)(...(operands as never[])) as unknown as Value, eager, "traced");
  const differentiable = operands.every((x) => isFloat(x.type.dtype)) && isFloat(eager.type.dtype) && order > 0;
  if (differentiable) checkGrads(f, operands as never, { order });
  expectBatches(operation, operands);
  if (differentiable) {
    const gradient = (...xs: Value[]): Value => {
      const [y, pull] = vjp(f, ...(xs as never[]));
      const flat = (pull(y as never) as unknown as Value[]).map((g) => reshape(g, [sizeOf(g.type.shape)]));
      return concatenate(flat, 0);
    };
    expectBatches(gradient, operands);
  }
}

/** vmap against a loop: each operand alone and all together, with the batch axis at every place. */
function expectBatches(operation: Operation, operands: readonly ConcreteArray[]): void {
  const size = 3;
  const f = operation as unknown as (...xs: number[]) => number;
  const mapped = [...operands.map((_, i) => operands.map((_, j) => i === j)), ...(operands.length > 1 ? [operands.map(() => true)] : [])];
  for (const which of mapped) {
    const rank = Math.max(...operands.map((x, i) => (which[i] ? x.type.shape.length : 0)));
    for (let place = 0; place <= rank; place++) {
      const axes = operands.map((x, i) => (which[i] ? Math.min(place, x.type.shape.length) : null));
      const batched = operands.map((x, i) => (axes[i] === null ? x : sample(insertAt(x.type.shape, axes[i] as number, size), i, x.type.dtype)));
      const at = (k: number): Value[] =>
        batched.map((x, i) => (axes[i] === null ? x : reshape(sliceAxis(x, axes[i] as number, k, k + 1), (operands[i] as ConcreteArray).type.shape)));
      const looped = Array.from({ length: size }, (_, k) => operation(...at(k)));
      const rows = looped.map((y) => reshape(y, [1, ...y.type.shape]));
      const together = vmap(f, { inAxes: axes })(...(batched as never[])) as unknown as Value;
      expectClose(together, concatenate(rows, 0), `vmap with axes ${JSON.stringify(axes)}`);
    }
  }
}
