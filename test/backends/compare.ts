/**
 * How far a backend's result may be from the reference. Most operations are exact on every machine; the others may err by a few units in
 * the last place of the result (elementwise) or of the largest number involved (sums and products of many).
 */
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes, isFloat } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import { sameType, showType } from "../../src/core/type.ts";

/** Elementwise operations that IEEE 754 or the definition on integers fixes to the last bit, on floats too. */
const exact: readonly string[] = [
  "add", "sub", "mul", "div", "scaleSafe", "mulSafe", "divSafe", "neg", "abs", "sign", "max", "min", "remainder", "floor", "ceil", "trunc", "round", "sqrt", "nextAfter", "isFinite",
  "equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "select", "clamp", "convert", "copy", "stopGradient", "and", "or", "xor", "not",
];

/** Units in the last place of each result, for other elementwise operations on floats. */
const usualUlps = 4;
const elementwiseUlps: Readonly<Record<string, number>> = {
  logAddExp: 8, pow: 8, integerPow: 8, tan: 6, atan2: 6, sinh: 6, cosh: 6, tanh: 6, asinh: 6, acosh: 6, atanh: 6, erf: 6, erfc: 16, erfInv: 16, lgamma: 64, digamma: 64, polygamma: 256,
};

/** Units in the last place of the largest number among operands and results, for operations that combine many elements. */
const combiningUlps: Readonly<Record<string, number>> = {
  sum: 16, reduceProd: 16, dotGeneral: 64, cumulativeSum: 16, cumulativeProd: 16, cumulativeLogsumexp: 16, linearRecurrence: 64, scatterAdd: 8, scatterMul: 8,
  mean: 16, squaredDeviations: 64, softmax: 16, logSoftmax: 16,
};

export interface Tolerance {
  readonly ulps: number;
  /** Of the largest number involved rather than of each element. */
  readonly ofLargest: boolean;
}

export function toleranceOf({ name, lower }: Primitive): Tolerance {
  const combined = combiningUlps[name];
  if (combined !== undefined) return { ulps: combined, ofLargest: true };
  const ulps = lower.form === "elementwise" && !exact.includes(name) ? (elementwiseUlps[name] ?? usualUlps) : 0;
  return { ulps, ofLargest: false };
}

/** The names that are listed here, to find those that no primitive has any more. */
export const listedPrimitives: readonly string[] = [...exact, ...Object.keys(elementwiseUlps), ...Object.keys(combiningUlps)];

/** The distance to the next number of the dtype. */
function ulp(x: number, dtype: DType): number {
  const [digits, lowest] = dtype === "float32" ? [23, -126] : [52, -1022];
  if (x === 0) return 2 ** (lowest - digits);
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), lowest) - digits);
}

/** Throws where `actual` is not `expected`, saying where and by how much. */
export function expectWithin(actual: readonly ConcreteArray[], expected: readonly ConcreteArray[], { ulps, ofLargest }: Tolerance, operands: readonly ConcreteArray[], what: string): void {
  const show = (list: readonly ConcreteArray[]): string => list.map((x) => showType({ ...x.type, weak: false })).join(", ") || "nothing";
  if (actual.length !== expected.length || !actual.every((x, k) => sameType(x.type, (expected[k] as ConcreteArray).type))) {
    throw new Error(`${what}: got ${show(actual)} where ${show(expected)} belongs`);
  }
  actual.forEach((got, k) => {
    const want = expected[k] as ConcreteArray;
    const { dtype } = want.type;
    if (got.elements.constructor !== dtypes[dtype].allocate(0).constructor || got.elements.length !== want.elements.length) {
      throw new Error(`${what}: result ${k} holds ${got.elements.length} elements in a ${got.elements.constructor.name} for ${showType(want.type)}`);
    }
    const scale = ofLargest && isFloat(dtype) ? ulp(largest([...operands, want]), dtype) : 0;
    want.elements.forEach((w, i) => {
      const g = got.elements[i] as number;
      if (Object.is(g, w)) return;
      const allowed = isFloat(dtype) && ulps > 0 && Number.isFinite(w) ? ulps * (ofLargest ? scale : ulp(w, dtype)) : 0;
      // a zero of the other sign is another number, except where many numbers are combined
      if (Math.abs(g - w) <= allowed && (g !== w || ofLargest)) return;
      throw new Error(`${what}: result ${k}, element ${i} is ${text(g)}, expected ${text(w)}${allowed > 0 ? ` within ${ulps} units in the last place` : " exactly"}`);
    });
  });
}

function largest(arrays: readonly ConcreteArray[]): number {
  let most = 0;
  for (const { elements } of arrays) for (const x of elements) if (Number.isFinite(x)) most = Math.max(most, Math.abs(x));
  return most;
}

function text(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
