/** A random program for a seed: some inputs, then steps, of which every program has its own favourites. */
import { dtypes, type DType } from "../../src/core/dtype.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { Builder, type Case, type Limits } from "./builder.ts";
import { derived } from "./derive.ts";
import { Random } from "./random.ts";
import { randomShape } from "./shapes.ts";
import { combiningSteps } from "./steps-combining.ts";
import { controlSteps } from "./steps-control.ts";
import { elementwiseSteps } from "./steps-elementwise.ts";
import { indexingSteps } from "./steps-indexing.ts";
import { structureSteps } from "./steps-structure.ts";

const steps = [...elementwiseSteps, ...structureSteps, ...combiningSteps, ...indexingSteps];

/** Most programs are small, some have values of many elements, a few are long. */
function limitsOf(random: Random, largest: number): Limits {
  if (random.chance(0.02)) return { equations: 400, elements: 30, total: 30_000 };
  const elements = Math.min(largest, random.pick([30, 100, 100, 400, 400, 2000, 2000, 20000]));
  const equations = random.pick([2, 4, 8, 8, 15, 25, 40]);
  return { equations, elements, total: Math.max(600, 6 * elements) };
}

/** The program of a seed; no value of it has more than `largest` elements. */
export function generate(seed: string, largest = 20_000): Case {
  const random = new Random(seed);
  const builder = new Builder(random, limitsOf(random, largest));
  const favourite = random.pick<DType | undefined>(["float32", "float32", "float64", "float64", "int32", "uint32", "bool", undefined]);
  const base = randomShape(builder, random.pick([1, 2, 2, 3, 4]));
  for (let k = random.int(1, 3); k > 0; k--) {
    const shape = random.chance(0.4) ? base : random.chance(0.4) ? random.some(base) : random.chance(0.5) ? random.shuffle(base) : randomShape(builder, 3);
    const dtype = favourite !== undefined && random.chance(0.8) ? favourite : random.pick(Object.keys(dtypes) as DType[]);
    if (sizeOf(shape) <= builder.limits.elements) builder.input(dtype, shape);
  }
  if (!builder.done) builder.input(favourite ?? "float32", base);
  const weights = steps.map(([weight]) => weight * random.pick([0, 0.3, 1, 1, 3]));
  for (let tries = 0; !builder.done && tries < 4 * builder.limits.equations; tries++) (steps[random.weighted(weights)] as (typeof steps)[number])[1](builder);
  const made = builder.finish();
  return !builder.thrown && random.chance(0.2) ? derived(made, random) : made;
}

const withPrograms = controlSteps(steps.map(([, step]) => step));

/** A small program with loops and choices among its steps. */
export function generateControl(seed: string, largest = 200): Case {
  const random = new Random(seed);
  const builder = new Builder(random, { equations: random.pick([1, 2, 4, 6]), elements: largest, total: 20 * largest });
  const dtype = random.pick<DType>(["float32", "float64", "float64", "int32"]);
  for (let k = random.int(1, 3); k > 0; k--) builder.input(random.chance(0.8) ? dtype : random.pick(Object.keys(dtypes) as DType[]), randomShape(builder, random.pick([0, 1, 2])));
  for (let tries = 0; !builder.done && tries < 8 * builder.limits.equations; tries++) (random.chance(0.6) ? random.pick(withPrograms) : (random.pick(steps) as (typeof steps)[number])[1])(builder);
  const made = builder.finish();
  return !builder.thrown && random.chance(0.3) ? derived(made, random) : made;
}
