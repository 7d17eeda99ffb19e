/** Random lengths and shapes: around the widths of vectors, their tails, and empty ones. */
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import type { Builder } from "./builder.ts";

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 64, 100];
const likely = [0.25, 2, 3, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1];

export function randomDim({ random }: Builder): number {
  return lengths[random.weighted(likely)] as number;
}

/** Of at most this rank, within the builder's limit of elements. */
export function randomShape(builder: Builder, rank: number): Shape {
  const { random, limits } = builder;
  if (limits.elements >= 16384 && random.chance(0.4)) return random.pick([[16384], [20000], [128, 130], [2, 8192], [100, 2, 90], [17, 1000], [4, 4500], [9000, 2], [1, 18001]]);
  for (;;) {
    const shape = Array.from({ length: random.int(0, rank) }, () => randomDim(builder));
    if (sizeOf(shape) <= limits.elements) return shape;
  }
}
