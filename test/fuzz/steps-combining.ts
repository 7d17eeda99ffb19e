/** Steps of a random program that combine many elements: reductions, running totals, matrix products, and the usual patterns of them. */
import { isFloat } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import type { Atom } from "../../src/core/program.ts";
import { range, sizeOf, without } from "../../src/core/shape.ts";
import { argmaxPrimitive, argminPrimitive } from "../../src/ops/arg-reduce.ts";
import { div, mul, sub } from "../../src/ops/arithmetic.ts";
import { cumulativePrimitives, recurrencePrimitive } from "../../src/ops/cumulative.ts";
import { dotGeneralPrimitive } from "../../src/ops/dot.ts";
import { add } from "../../src/ops/elementwise.ts";
import { exp, logistic, rsqrt } from "../../src/ops/exponential.ts";
import { reduceMaxPrimitive, reducePrimitives } from "../../src/ops/reduce.ts";
import { rowPrimitives } from "../../src/ops/rows.ts";
import { broadcastPrimitive, reduceSumPrimitive } from "../../src/ops/structure.ts";
import { tanh } from "../../src/ops/trigonometric.ts";
import type { Builder } from "./builder.ts";
import { as, repeat, valueOfType } from "./partners.ts";
import { randomDim } from "./shapes.ts";
import type { Step } from "./steps-elementwise.ts";

const reductions = [reduceSumPrimitive, reduceSumPrimitive, ...reducePrimitives];
const totals = cumulativePrimitives.filter((p) => p !== recurrencePrimitive);

const reduction: Step = (b) => {
  const x = b.any();
  const axes = b.random.some(range(x.type.shape.length), b.random.pick([0.3, 0.6, 1]));
  b.apply(b.random.pick(reductions), [x], { axes });
};

const along = (b: Builder, x: Atom): { axis: number; reverse: boolean } => ({ axis: b.random.int(0, x.type.shape.length - 1), reverse: b.random.chance(0.5) });

const cumulation: Step = (b) => {
  const x = b.find((t) => t.shape.length > 0);
  if (x === undefined) return;
  if (!isFloat(x.type.dtype) || b.random.chance(0.7)) b.apply(b.random.pick(totals), [x], along(b, x));
  else b.apply(recurrencePrimitive, [x, valueOfType(b, x.type.dtype, x.type.shape, x)], along(b, x));
};

const position: Step = (b) => {
  const x = b.find((t) => t.shape.length > 0);
  if (x !== undefined) b.apply(b.random.pick([argmaxPrimitive, argminPrimitive]), [x], { axis: b.random.int(0, x.type.shape.length - 1) });
};

/** Pairs of axes of equal lengths, some of them kept. */
function pairs(b: Builder, x: Atom, y: Atom): { contract: [number[], number[]]; batch: [number[], number[]] } {
  const contract: [number[], number[]] = [[], []];
  const batch: [number[], number[]] = [[], []];
  const free = new Set(range(y.type.shape.length));
  for (const a of b.random.shuffle(range(x.type.shape.length))) {
    const partners = [...free].filter((c) => y.type.shape[c] === x.type.shape[a]);
    const kind = b.random.weighted([3, 1, 1]);
    if (kind === 2 || partners.length === 0) continue;
    const c = b.random.pick(partners);
    free.delete(c);
    const side = kind === 0 ? contract : batch;
    side[0].push(a);
    side[1].push(c);
  }
  return { contract, batch };
}

/** Multiplications are slow in the reference and in interpreters of kernels. */
function isCheap(b: Builder, x: Atom, y: Atom, contract: readonly [readonly number[], readonly number[]], batch: readonly [readonly number[], readonly number[]]): boolean {
  const size = (list: readonly number[]): number => sizeOf(list.map((a) => x.type.shape[a] as number));
  return (sizeOf(x.type.shape) * sizeOf(y.type.shape)) / Math.max(1, size(contract[0]) * size(batch[0])) <= 40 * b.limits.elements;
}

export function product(b: Builder): Atom | undefined {
  const x = b.find((t) => t.dtype !== "bool");
  if (x === undefined) return undefined;
  const { dtype, shape } = x.type;
  const near = b.random.chance(0.5) ? b.find((t) => t.dtype === dtype && t.shape.length > 0 && t.shape.some((length) => shape.includes(length))) : undefined;
  const kept = b.random.some(shape, 0.7);
  const wanted = b.random.shuffle([...kept, ...range(b.random.int(0, 2)).map(() => randomDim(b))]).slice(0, 4);
  const y = near ?? (sizeOf(wanted) <= b.limits.elements ? valueOfType(b, dtype, wanted) : x);
  const axes = pairs(b, x, y);
  if (!isCheap(b, x, y, axes.contract, axes.batch)) return undefined;
  return b.apply(dotGeneralPrimitive, [x, y], axes);
}

/** A product with a bias and an activation, as the layers of a network have them. */
const layer: Step = (b) => {
  let y = product(b);
  if (y === undefined || !isFloat(y.type.dtype)) return;
  const { dtype, shape } = y.type;
  const bias = valueOfType(b, dtype, shape.slice(b.random.int(0, shape.length)));
  const spread = repeat(b, bias, shape);
  if (spread !== undefined) y = b.apply(add.primitive, [y, spread]) ?? y;
  const activation = b.random.pick([tanh.primitive, logistic.primitive, undefined]);
  if (activation !== undefined) b.apply(activation, [y]);
};

const floating = (b: Builder): Atom | undefined => b.find((t) => isFloat(t.dtype) && t.shape.length > 0);

/** Reduces x over the axes and lays the result beside each element. */
function spread(b: Builder, primitive: Primitive, x: Atom, axes: readonly number[]): Atom | undefined {
  const r = b.apply(primitive, [x], { axes });
  return r && b.apply(broadcastPrimitive, [r], { shape: x.type.shape, axes: without(range(x.type.shape.length), axes) });
}

function someAxes(b: Builder, x: Atom): number[] {
  const rank = x.type.shape.length;
  return b.random.chance(0.6) ? [rank - 1] : b.random.chance(0.5) ? [0] : b.random.some(range(rank));
}

const softmax: Step = (b) => {
  const x = floating(b);
  if (x === undefined) return;
  const axes = someAxes(b, x);
  const top = spread(b, reduceMaxPrimitive, x, axes);
  const moved = top && b.apply(sub.primitive, [x, top]);
  const powers = moved && b.apply(exp.primitive, [moved]);
  const total = powers && spread(b, reduceSumPrimitive, powers, axes);
  if (total) b.apply(div.primitive, [powers as Atom, total]);
};

const rows: Step = (b) => {
  const x = floating(b);
  if (x !== undefined) b.apply(b.random.pick(rowPrimitives), [x], { axes: someAxes(b, x) });
};

/** (x - mean) / √(variance + ε), the variance computed from what was centred. */
const normalized: Step = (b) => {
  const x = floating(b);
  if (x === undefined) return;
  const axes = someAxes(b, x);
  const average = (v: Atom): Atom | undefined => {
    const total = spread(b, reduceSumPrimitive, v, axes);
    const share = b.constantOf(v.type, 1 / Math.max(1, sizeOf(axes.map((a) => x.type.shape[a] as number))));
    return total && b.apply(mul.primitive, [total, share]);
  };
  const mean = average(x);
  const centred = mean && b.apply(sub.primitive, [x, mean]);
  const squares = centred && b.apply(mul.primitive, [centred, centred]);
  const variance = squares && average(squares);
  const shifted = variance && b.apply(add.primitive, [variance, b.constantOf(variance.type, 0.5)]);
  const scale = shifted && b.apply(rsqrt.primitive, [shifted]);
  if (scale) b.apply(mul.primitive, [centred as Atom, scale]);
};

const converted: Step = (b) => {
  const x = b.find((t) => t.dtype === "bool");
  const counted = x && as(b, x, b.random.pick(["int32", "float32"] as const));
  if (counted) b.apply(reduceSumPrimitive, [counted], { axes: b.random.some(range(counted.type.shape.length)) });
};

export const combiningSteps: readonly (readonly [number, Step])[] = [
  [12, reduction], [6, cumulation], [3, position], [7, (b): void => void product(b)], [3, layer], [3, softmax], [3, normalized], [2, rows], [1, converted],
];
