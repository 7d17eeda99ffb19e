/** Steps of a random program that read and write where integers point. */
import type { IndexMode } from "../../src/core/array-types.ts";
import { otherAxes } from "../../src/core/indexing.ts";
import type { Atom } from "../../src/core/program.ts";
import { range, type Shape, sizeOf } from "../../src/core/shape.ts";
import { gatherPrimitives } from "../../src/ops/gather.ts";
import { iotaPrimitive } from "../../src/ops/iota.ts";
import { scatterPrimitives } from "../../src/ops/scatter.ts";
import { concatenatePrimitive } from "../../src/ops/concatenate.ts";
import { reshapePrimitive } from "../../src/ops/structure.ts";
import { isFloat } from "../../src/core/dtype.ts";
import type { Builder } from "./builder.ts";
import { as, valueOfType } from "./partners.ts";
import type { Step } from "./steps-elementwise.ts";
import { arrayOf } from "../ops/support/arrays.ts";

const [gatherPrimitive, ...scatters] = [...gatherPrimitives, ...scatterPrimitives];

interface Chosen {
  readonly indices: Atom;
  readonly params: { readonly axes: readonly number[]; readonly batch: number; readonly mode: IndexMode; readonly fillValue: number | undefined };
}

function choose(b: Builder, x: Atom): Chosen | undefined {
  const { random } = b;
  const { shape, dtype } = x.type;
  const rank = shape.length;
  const batch = random.chance(0.6) ? 0 : random.int(0, Math.max(0, rank - 1));
  const free = range(rank).filter((a) => a >= batch);
  const axes = random.shuffle(free).slice(0, random.weighted([1, 8, 3, 1]));
  const places = range(random.weighted([2, 5, 2])).map(() => random.pick([0, 1, 2, 3, 4, 5, 8, 17, 33].slice(random.chance(0.1) ? 0 : 1)));
  const indexShape = [...shape.slice(0, batch), ...places, axes.length];
  const selected = sizeOf(indexShape.slice(0, -1)) * sizeOf(otherAxes(rank, { axes, batch, mode: "clip" }).map((a) => shape[a] as number));
  if (selected > b.limits.elements || sizeOf(indexShape) > b.limits.elements) return undefined;
  const lengths = axes.map((a) => shape[a] as number);
  const mode = random.pick<IndexMode>(["throw", "clip", "fill", "wrap"]);
  const spread = mode === "throw" && !random.chance(0.03) ? 1 : random.pick([1, 1, 2]);
  const indices = (spread === 1 && mode === "throw") || random.chance(0.6) ? drawn(b, indexShape, lengths, spread) : computed(b, indexShape);
  const fills = dtype === "bool" ? [0, 1] : isFloat(dtype) ? [0, 1, -2, Number.NaN, Number.NEGATIVE_INFINITY] : [0, 1, 7];
  return indices && { indices, params: { axes, batch, mode, fillValue: mode === "fill" ? random.pick(fills) : undefined } };
}

/** Numbers between the bounds, or `spread` times as far out. */
function drawn(b: Builder, shape: Shape, lengths: readonly number[], spread: number): Atom {
  const count = lengths.length;
  const elements = Array.from({ length: sizeOf(shape) }, (_, i) => {
    const length = lengths[i % count] as number;
    return length === 0 ? 0 : b.random.int(-length * spread, length * spread - 1);
  });
  const array = arrayOf("int32", shape, elements);
  return b.random.chance(0.4) ? array : b.given(array);
}

/** Some integers that the program has, whatever they are. */
function computed(b: Builder, shape: Shape): Atom | undefined {
  if (shape.length > 0 && b.random.chance(0.3)) return b.apply(iotaPrimitive, [], { dtype: "int32", shape: [...shape], axis: b.random.int(0, shape.length - 1) });
  const components = shape[shape.length - 1] as number;
  const one = [...shape.slice(0, -1), 1];
  const found = b.find((t) => sizeOf(t.shape) === sizeOf(one));
  const integers = found && as(b, found, "int32");
  const column = integers && b.apply(reshapePrimitive, [integers], { shape: one });
  if (column === undefined || components === 0) return valueOfType(b, "int32", shape);
  return b.apply(concatenatePrimitive, range(components).map(() => column), { axis: one.length - 1 });
}

const gather: Step = (b) => {
  const x = b.find((t) => t.shape.length > 0) ?? b.any();
  const chosen = choose(b, x);
  if (chosen !== undefined && gatherPrimitive !== undefined) b.apply(gatherPrimitive, [x, chosen.indices], chosen.params);
};

const scatter: Step = (b) => {
  const x = b.find((t) => t.shape.length > 0) ?? b.any();
  const chosen = choose(b, x);
  if (chosen === undefined) return;
  const { fillValue: _none, ...params } = chosen.params;
  const { shape, dtype } = x.type;
  const selection = [...chosen.indices.type.shape.slice(0, -1), ...otherAxes(shape.length, params).map((a) => shape[a] as number)];
  b.apply(b.random.pick(scatters), [x, chosen.indices, valueOfType(b, dtype, selection)], params);
};

export const indexingSteps: readonly (readonly [number, Step])[] = [[7, gather], [6, scatter]];
