/**
 * Random programs: a recipe is plain data that says, step by step, which operation is applied to which of the values so far. Any recipe
 * makes a function of arrays of any shapes, because choices are taken modulo what is applicable, so recipes compose and shrink.
 */
import fc from "fast-check";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { isValue, type Value } from "../../src/core/tensor.ts";
import { sample } from "../ops/support/arrays.ts";

interface Step {
  /** Which operation. */
  readonly op: number;
  /** Which values, and any further choice: an axis, an index, a constant. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}
export type Recipe = readonly Step[];
export type Fn = (...xs: Tensor[]) => Tensor;

const shapeOf = (x: Tensor): readonly number[] => (x as unknown as Value).type.shape;
const rankOf = (x: Tensor): number => shapeOf(x).length;
const lengthOf = (x: Tensor, axis: number): number => shapeOf(x)[axis] as number;

/** The mean, and 0 of nothing. */
const average = (x: Tensor): Tensor => cr.div(cr.sum(x), Math.max(1, sizeOf(shapeOf(x))));

/** An operation on two values and a number for its choices. Results stay of moderate size, and smooth in both. */
type Operation = (x: Tensor, y: Tensor, choice: number) => Tensor;

const onAxis = (f: (x: Tensor, axis: number, choice: number) => Tensor): Operation => (x, _y, choice) => (rankOf(x) === 0 ? x : f(x, choice % rankOf(x), choice));
/** Both operands where their shapes broadcast; else y is averaged first. */
const paired = (f: (x: Tensor, y: Tensor) => Tensor): Operation => (x, y) => f(x, fits(shapeOf(x), shapeOf(y)) ? y : average(y));
const fits = (s: readonly number[], t: readonly number[]): boolean => s.length >= t.length && t.every((n, i) => n === 1 || n === s[s.length - t.length + i]);

const operations: readonly Operation[] = [
  (x) => cr.sin(x),
  (x) => cr.tanh(x),
  (x) => cr.exp(cr.neg(cr.square(x))),
  (x) => cr.log(cr.add(cr.square(x), 1)),
  (x) => cr.sqrt(cr.add(cr.square(x), 0.5)),
  (x) => cr.neg(x),
  (x, _y, c) => cr.mul(x, (c % 7) - 3),
  paired((x, y) => cr.add(x, y)),
  paired((x, y) => cr.sub(x, y)),
  paired((x, y) => cr.mul(cr.tanh(x), y)),
  paired((x, y) => cr.div(x, cr.add(cr.square(y), 1))),
  paired((x, y) => cr.where(cr.less(cr.stopGradient(x), 0), x, cr.sin(y))),
  paired((x, y) => cr.atan2(x, cr.add(cr.square(y), 1))),
  onAxis((x, axis) => cr.sum(x, axis)),
  onAxis((x, axis) => (lengthOf(x, axis) === 0 ? x : cr.mean(x, { axis, keepDims: true }))),
  onAxis((x, axis) => (lengthOf(x, axis) === 0 ? x : cr.logsumexp(x, axis))),
  onAxis((x, axis) => (lengthOf(x, axis) === 0 ? x : cr.softmax(x, axis))),
  onAxis((x, axis) => cr.cumsum(cr.tanh(x), axis)),
  onAxis((x, axis) => cr.cumprod(cr.tanh(x), axis)),
  onAxis((x, axis) => cr.flip(x, axis)),
  onAxis((x, axis, c) => cr.roll(x, c % 5, axis)),
  onAxis((x, axis) => cr.moveaxis(x, axis, 0)),
  onAxis((x, axis) => (lengthOf(x, axis) === 0 || rankOf(x) > 2 ? x : cr.stack([x, cr.flip(x, axis)], axis))),
  onAxis((x, axis, c) => (lengthOf(x, axis) === 0 ? x : cr.take(x, [c % lengthOf(x, axis), -1, 0], { axis }))),
  onAxis((x, axis, c) => (lengthOf(x, axis) === 0 ? x : cr.at(cr.moveaxis(x, axis, 0), c % lengthOf(x, axis)).mul(0.5))),
  onAxis((x, axis) => (lengthOf(x, axis) < 2 ? x : cr.index(cr.moveaxis(x, axis, 0), cr.slice(1, null, 2)))),
  (x) => cr.transpose(x),
  (x) => cr.ravel(x),
  (x) => (rankOf(x) > 2 ? x : cr.expandDims(x, 0)),
  (x) => (rankOf(x) > 2 ? cr.sum(x, 0) : cr.broadcastTo(x, [2, ...shapeOf(x)])),
  (x) => (rankOf(x) === 0 ? x : cr.concatenate([x, cr.sin(x)], 0)),
  (x, y) => (rankOf(x) + rankOf(y) > 3 ? x : cr.tensordot(cr.tanh(x), cr.tanh(y), 0)),
  (x) => (rankOf(x) === 0 ? cr.square(cr.tanh(x)) : cr.tensordot(cr.tanh(x), cr.flip(cr.tanh(x)), [[rankOf(x) - 1], [rankOf(x) - 1]])),
  (x, y) => (rankOf(x) > 0 && rankOf(y) > 0 && lengthOf(x, rankOf(x) - 1) === lengthOf(y, 0) ? cr.tensordot(cr.tanh(x), cr.tanh(y), 1) : x),
];

/** What the recipe makes of its arguments. Values that grow too large are summed up on the way. */
export function functionOf(recipe: Recipe): Fn {
  return function made(...xs: Tensor[]): Tensor {
    const values = [...xs];
    for (const { op, a, b, c } of recipe) {
      const pick = (n: number): Tensor => values[values.length - 1 - (n % values.length)] as Tensor;
      const result = (operations[op % operations.length] as Operation)(pick(a), pick(b), c);
      values.push(sizeOf(shapeOf(result)) > 60 || rankOf(result) > 3 ? average(result) : result);
    }
    return values[values.length - 1] as Tensor;
  };
}

export function scalarOf(recipe: Recipe): Fn {
  const f = functionOf(recipe);
  return function scalar(...xs) {
    return cr.sum(f(...xs));
  };
}

export const choices: fc.Arbitrary<Step> = fc.record({ op: fc.nat({ max: operations.length - 1 }), a: fc.nat({ max: 2 }), b: fc.nat({ max: 3 }), c: fc.nat({ max: 11 }) });
/** The last step's operands are mostly recent values, so that little of a recipe is dead. */
export const recipe: fc.Arbitrary<Recipe> = fc.array(choices, { minLength: 1, maxLength: 7 });
export const shape: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });
export const shapes: fc.Arbitrary<number[][]> = fc.array(shape, { minLength: 1, maxLength: 2 });

/** Reproducible arrays of these shapes between -1.5 and 1.5. */
export function arraysOf(list: readonly (readonly number[])[], salt: string): NDArray[] {
  return list.map((s, i) => sample({ low: -1.5, high: 1.5 }, "float64", s, `${salt}${i}`) as unknown as NDArray);
}

export function arraysLike(list: readonly unknown[], salt: string): NDArray[] {
  return arraysOf(list.map((x) => (x as ConcreteArray).type.shape), salt);
}

/** Σ over all arrays of the products of elements. */
export function inner(xs: readonly unknown[], ys: readonly unknown[]): number {
  let sum = 0;
  xs.forEach((x, k) => elements(x).forEach((v, i) => (sum += v * (elements(ys[k])[i] as number))));
  return sum;
}

function elements(x: unknown): number[] {
  if (x instanceof ConcreteArray) return [...x.elements];
  throw new Error(`not an array: ${String(x)}`);
}

/** Throws unless both are lists of equal shapes with elements close together, relative to the largest. */
export function expectClose(actual: readonly unknown[], expected: readonly unknown[], tolerance = 1e-9): void {
  if (actual.length !== expected.length) throw new Error(`${actual.length} results instead of ${expected.length}`);
  actual.forEach((x, k) => {
    const [got, want] = [x, expected[k]] as [ConcreteArray, ConcreteArray];
    if (got.type.shape.join() !== want.type.shape.join() || got.type.dtype !== want.type.dtype) throw new Error(`result ${k} is ${got.type.dtype}[${got.type.shape}] instead of ${want.type.dtype}[${want.type.shape}]`);
    if (elements(want).some(Number.isNaN)) throw new Error(`result ${k} has NaN, with which nothing can be compared`);
    const scale = Math.max(1, ...elements(want).map(Math.abs));
    elements(got).forEach((v, i) => {
      const w = elements(want)[i] as number;
      if (!(Math.abs(v - w) <= tolerance * scale)) throw new Error(`result ${k}, element ${i}: ${v} instead of ${w}`);
    });
  });
}

/** As `expectClose`, bit for bit. */
export function expectIdentical(actual: readonly unknown[], expected: readonly unknown[]): void {
  expectClose(actual, expected, Number.POSITIVE_INFINITY);
  actual.forEach((x, k) => elements(x).forEach((v, i) => {
    if (!Object.is(v, elements(expected[k])[i])) throw new Error(`result ${k}, element ${i}: ${v} is not exactly ${elements(expected[k])[i]}`);
  }));
}

/** The leaves of a tree of arrays. */
export function leaves(tree: unknown): unknown[] {
  if (isValue(tree)) return [tree];
  if (Array.isArray(tree)) return tree.flatMap(leaves);
  return typeof tree === "object" && tree !== null ? Object.values(tree).flatMap(leaves) : [];
}

/** To look further than the usual run does: PROPERTY_SEED=7 PROPERTY_FACTOR=50. */
const seed = Number(process.env["PROPERTY_SEED"] ?? 20261122);
const factor = Number(process.env["PROPERTY_FACTOR"] ?? 1);

/** Checks a law on random data, the same on every run. */
export function law<T>(arbitrary: fc.Arbitrary<T>, check: (data: T) => void, runs = 60): void {
  fc.assert(fc.property(arbitrary, check), { seed, numRuns: runs * factor });
}

