/** Steps of a random program that move, drop, repeat and join elements. */
import { isFloat } from "../../src/core/dtype.ts";
import type { Atom } from "../../src/core/program.ts";
import { insertAt, range, type Shape, sizeOf } from "../../src/core/shape.ts";
import { concatenatePrimitive, reversePrimitive } from "../../src/ops/concatenate.ts";
import { iotaPrimitive } from "../../src/ops/iota.ts";
import { padPrimitive, pickPrimitive, slicePrimitive } from "../../src/ops/slice.ts";
import { broadcastPrimitive, reshapePrimitive, transposePrimitive } from "../../src/ops/structure.ts";
import type { Builder } from "./builder.ts";
import { randomDim, randomShape } from "./shapes.ts";
import type { Step } from "./steps-elementwise.ts";
import { valueOfType } from "./partners.ts";

const n = (list: readonly number[], d: number): number => list[d] as number;

const transpose: Step = (b) => {
  const x = b.find((t) => t.shape.length > 1) ?? b.any();
  b.apply(transposePrimitive, [x], { permutation: b.random.shuffle(range(x.type.shape.length)) });
};

/** New axes, and axes of length 1 stretched. */
const broadcast: Step = (b) => {
  const x = b.any();
  let shape: readonly number[] = x.type.shape.map((length) => (length === 1 && b.random.chance(0.6) ? randomDim(b) : length));
  let axes = range(shape.length);
  for (let k = b.random.int(shape === x.type.shape ? 1 : 0, 2); k > 0; k--) {
    const position = b.random.int(0, shape.length);
    shape = insertAt(shape, position, randomDim(b));
    axes = axes.map((a) => (a >= position ? a + 1 : a));
  }
  b.apply(broadcastPrimitive, [x], { shape, axes });
};

const slice: Step = (b) => {
  const x = b.any();
  const cut = x.type.shape.map((length): readonly [number, number, number] => {
    if (b.random.chance(0.4)) return [0, length, 1];
    const start = b.random.int(0, length);
    return [start, b.random.int(start, length), b.random.pick([1, 1, 1, 2, 3])];
  });
  b.apply(slicePrimitive, [x], { start: cut.map((c) => c[0]), limit: cut.map((c) => c[1]), strides: cut.map((c) => c[2]) });
};

const pick: Step = (b) => {
  const x = b.find((t) => t.shape.some((length) => length > 0));
  if (x === undefined) return;
  const axis = b.random.pick(range(x.type.shape.length).filter((d) => n(x.type.shape, d) > 0));
  b.apply(pickPrimitive, [x], { axis, position: b.random.int(0, n(x.type.shape, axis) - 1) });
};

const reverse: Step = (b) => {
  const x = b.any();
  b.apply(reversePrimitive, [x], { axes: b.random.shuffle(b.random.some(range(x.type.shape.length), 0.7)) });
};

/** The same number of elements in another shape: axes merged, cut in two, lengths of 1 put in or taken out, or all anew. */
export function reshaped(b: Builder, shape: Shape): Shape {
  const { random } = b;
  switch (random.int(0, 4)) {
    case 0: {
      if (shape.length < 2) return insertAt(shape, random.int(0, shape.length), 1);
      const d = random.int(0, shape.length - 2);
      return [...shape.slice(0, d), n(shape, d) * n(shape, d + 1), ...shape.slice(d + 2)];
    }
    case 1: {
      const d = shape.findIndex((length) => divisors(length).length > 0);
      if (d < 0) return shape.filter((length) => length !== 1);
      const k = random.pick(divisors(n(shape, d)));
      return [...shape.slice(0, d), ...(random.chance(0.5) ? [k, n(shape, d) / k] : [n(shape, d) / k, k]), ...shape.slice(d + 1)];
    }
    case 2:
      return [sizeOf(shape)];
    case 3:
      return random.shuffle(shape);
    default: {
      const k = divisors(sizeOf(shape));
      return k.length === 0 ? [sizeOf(shape), 1] : [random.pick(k)].flatMap((a) => [a, sizeOf(shape) / a]);
    }
  }
}

function divisors(length: number): number[] {
  return [2, 3, 4, 5, 7, 8, 10, 16, 32, 100].filter((k) => length > k && length % k === 0);
}

const reshape: Step = (b) => {
  const x = b.any();
  b.apply(reshapePrimitive, [x], { shape: reshaped(b, x.type.shape) });
};

const pad: Step = (b) => {
  const x = b.any();
  const { shape, dtype } = x.type;
  const amount = (): number => b.random.pick([0, 0, 0, 1, 2, 5, -1, -1, -2]);
  const interior = shape.map(() => b.random.pick([0, 0, 0, 0, 1, 2]));
  b.apply(padPrimitive, [x, valueOfType(b, dtype, [])], { low: shape.map(amount), high: shape.map(amount), interior });
};

const concatenate: Step = (b) => {
  const x = b.find((t) => t.shape.length > 0);
  if (x === undefined) return;
  const { shape, dtype } = x.type;
  const axis = b.random.int(0, shape.length - 1);
  const parts: Atom[] = [x];
  for (let k = b.random.int(0, 3); k > 0; k--) {
    const found = b.find((t) => t.dtype === dtype && t.shape.length === shape.length && t.shape.every((length, d) => d === axis || length === shape[d]));
    parts.push(b.random.chance(0.7) ? (found ?? x) : valueOfType(b, dtype, shape.map((length, d) => (d === axis ? randomDim(b) : length))));
  }
  b.apply(concatenatePrimitive, b.random.shuffle(parts), { axis });
};

const iota: Step = (b) => {
  const like = b.find((t) => t.shape.length > 0);
  const shape = like !== undefined && b.random.chance(0.7) ? like.type.shape : randomShape(b, 3);
  if (shape.length === 0) return;
  const dtype = like !== undefined && (isFloat(like.type.dtype) || b.random.chance(0.3)) && like.type.dtype !== "bool" ? like.type.dtype : b.random.pick(["int32", "uint32", "float32", "float64"] as const);
  b.apply(iotaPrimitive, [], { dtype, shape: [...shape], axis: b.random.int(0, shape.length - 1) });
};

export const structureSteps: readonly (readonly [number, Step])[] = [[6, transpose], [6, broadcast], [6, slice], [3, pick], [4, reverse], [7, reshape], [4, pad], [4, concatenate], [3, iota]];
