/** Comparisons that say what is compared, where they differ first, and by how much. */
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { isFloat } from "../../../src/core/dtype.ts";
import { sameType, showType } from "../../../src/core/type.ts";

function sameTypes(actual: readonly ConcreteArray[], expected: readonly ConcreteArray[], what: string): void {
  const show = (list: readonly ConcreteArray[]): string => list.map((x) => showType({ ...x.type, weak: false })).join(", ");
  if (actual.length !== expected.length || !actual.every((x, i) => sameType(x.type, (expected[i] as ConcreteArray).type))) {
    throw new Error(`${what}: got ${show(actual)}, expected ${show(expected)}`);
  }
}

/** Bit for bit the same: dtype, shape, every element, the sign of zero included. */
export function expectSame(actual: readonly ConcreteArray[], expected: readonly ConcreteArray[], what: string): void {
  sameTypes(actual, expected, what);
  actual.forEach((x, k) => {
    const want = (expected[k] as ConcreteArray).elements;
    const wrong = x.elements.findIndex((value, i) => !Object.is(value, want[i]));
    if (wrong >= 0) throw new Error(`${what}: result ${k}, element ${wrong}: got ${show(x.elements[wrong])}, expected exactly ${show(want[wrong])}`);
  });
}

/**
 * Close relative to the largest finite expected element (or 1, whichever is larger, with `floor` 1); NaN and infinities in the same places; integers
 * and bool exactly.
 */
export function expectClose(actual: readonly ConcreteArray[], expected: readonly ConcreteArray[], tolerance: number, what: string, floor = 1): void {
  sameTypes(actual, expected, what);
  actual.forEach((x, k) => {
    const want = expected[k] as ConcreteArray;
    const allowed = isFloat(x.type.dtype) ? tolerance * Math.max(floor, largestFinite(want.elements)) : 0;
    for (let i = 0; i < x.elements.length; i++) {
      const [got, wanted] = [x.elements[i] as number, want.elements[i] as number];
      const ok = Number.isFinite(wanted) ? Math.abs(got - wanted) <= allowed : Object.is(got, wanted);
      if (!ok) throw new Error(`${what}: result ${k}, element ${i}: got ${show(got)}, expected ${show(wanted)} (allowed difference ${allowed.toPrecision(2)})`);
    }
  });
}

/** Zeros of the same sign wherever `expected` has a zero. */
export function expectSameZeros(actual: readonly ConcreteArray[], expected: readonly ConcreteArray[], what: string): void {
  actual.forEach((x, k) => {
    const want = (expected[k] as ConcreteArray).elements;
    const wrong = want.findIndex((value, i) => value === 0 && !Object.is(x.elements[i], value));
    if (wrong >= 0) throw new Error(`${what}: result ${k}, element ${wrong}: got ${show(x.elements[wrong])}, expected ${show(want[wrong])}`);
  });
}

function largestFinite(elements: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < elements.length; i++) if (Number.isFinite(elements[i])) most = Math.max(most, Math.abs(elements[i] as number));
  return most;
}

function show(x: number | undefined): string {
  return Object.is(x, -0) ? "-0" : String(x);
}

/** Σ over all arrays of the products of their elements. */
export function inner(xs: readonly ConcreteArray[], ys: readonly ConcreteArray[]): number {
  let sum = 0;
  xs.forEach((x, k) => x.elements.forEach((value, i) => (sum += value * ((ys[k] as ConcreteArray).elements[i] as number))));
  return sum;
}
