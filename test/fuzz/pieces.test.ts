/** What is put together of pieces (padding of every kind, joined and rotated arrays) and read by several consumers: reductions, windows, elementwise operations, and their derivatives. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import type { DType } from "../../src/core/dtype.ts";
import { isFloat } from "../../src/core/dtype.ts";
import type { Shape } from "../../src/core/shape.ts";
import { record, scalar, type Value } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { pad } from "../../src/ops/slice.ts";
import { lowerProgram } from "../../src/kernel/lower.ts";
import { inlineCalls } from "../../src/transform/inline.ts";
import type { Case } from "./builder.ts";
import { candidates } from "./candidates.ts";
import { oracle } from "./check.ts";
import { derived } from "./derive.ts";
import { Random } from "./random.ts";
import { reportOf } from "./report.ts";
import { randomArray } from "./values.ts";

const first = Number(process.env["FUZZ_SEED"] ?? 0) * 1_000_000;
const count = Number(process.env["FUZZ_COUNT"] ?? 60);

const shapeOf = (x: Tensor): Shape => (x as unknown as Value).type.shape;
const dtypeOf = (x: Tensor): DType => (x as unknown as Value).type.dtype;
const axisOf = (x: Tensor, random: Random): number => random.int(0, shapeOf(x).length - 1);

/** Mostly edges of a few elements; some cut off, some between elements, some on one side only. */
function padded(x: Tensor, random: Random): Tensor {
  const shape = shapeOf(x);
  const interior = shape.map(() => (random.chance(0.05) ? 1 : 0));
  const edge = (n: number): number => (random.chance(0.4) ? 0 : random.int(n > 8 ? -3 : 0, 4));
  const value = scalar(random.pick([0, 1, dtypeOf(x) === "bool" ? 1 : 3]), dtypeOf(x));
  return pad(x as unknown as Value, value, { low: shape.map(edge), high: shape.map(edge), interior }) as unknown as Tensor;
}

function viewed(x: Tensor, random: Random): Tensor {
  const choice = random.int(0, 4);
  if (choice === 0) return cr.transpose(x) as Tensor;
  if (choice === 1) return cr.flip(x, axisOf(x, random)) as Tensor;
  return x;
}

function assembled(x: Tensor, random: Random): Tensor {
  const choice = random.int(0, 6);
  const from = viewed(x, random);
  if (choice === 0) return cr.roll(from, random.int(1, 5), axisOf(x, random)) as Tensor;
  if (choice === 1) return cr.concatenate([from, random.chance(0.5) || dtypeOf(x) === "bool" ? from : cr.mul(from, 2)], axisOf(from, random)) as Tensor;
  if (choice === 2) return padded(padded(from, random), random);
  return padded(from, random);
}

function windows(x: Tensor, random: Random): Tensor {
  const axis = axisOf(x, random);
  const length = shapeOf(x)[axis] as number;
  if (length < 3) return x;
  const from = (start: number): Tensor => cr.take(x, cr.arange(start, start + length - 2, 1), { axis }) as Tensor;
  const part = (start: number): Tensor => (random.chance(0.1) ? from(start) : (cr.index(x, ...shapeOf(x).map((_, d) => (d === axis ? cr.slice(start, start + length - 2) : cr.slice(null)))) as Tensor));
  return cr.sub(part(0), part(2)) as Tensor;
}

function consumed(x: Tensor, random: Random): Tensor {
  const axis = axisOf(x, random);
  const axes = random.some(shapeOf(x).map((_, d) => d));
  const empty = shapeOf(x).includes(0);
  if (dtypeOf(x) === "bool") return random.pick([cr.any, cr.all])(x, axis) as Tensor;
  if (empty || random.chance(0.35)) return cr.sum(x, random.chance(0.3) ? undefined : axes) as Tensor;
  if (random.chance(0.2)) return random.pick([cr.max, cr.min])(x, axis) as Tensor;
  if (random.chance(0.2)) return windows(x, random);
  if (random.chance(0.2)) return cr.cumsum(x, axis) as Tensor;
  if (!isFloat(dtypeOf(x)) || random.chance(0.2)) return cr.sub(cr.mul(x, 2), random.chance(0.5) ? x : cr.flip(x, axis)) as Tensor;
  if (random.chance(0.5)) return cr.softmax(x, axis) as Tensor;
  const centred = cr.sub(x, cr.mean(x, { axis, keepDims: true }));
  return cr.div(centred, cr.sqrt(cr.add(cr.mean(cr.square(centred), { axis, keepDims: true }), 1))) as Tensor;
}

function generate(seed: string): Case {
  const random = new Random(`pieces ${seed}`);
  const dtype = random.pick<DType>(["float32", "float32", "float32", "float64", "int32", "uint32", "bool"]);
  const shape = random.pick<Shape>([[1500], [40, 30], [30, 40], [4, 400], [900, 2], [12, 9, 20], [2, 30, 40], [6, 7], [0, 5], [3, 20000]]);
  const input = tensorType(dtype, shape);
  const { program } = record("pieces", [input], ([x]) => {
    const y = assembled(x as unknown as Tensor, random);
    const results = Array.from({ length: random.int(1, 3) }, () => consumed(y, random));
    return results as unknown as Value[];
  });
  const c = { program, inputs: [randomArray(dtype, shape, random)] };
  return random.chance(0.4) ? derived(c, random) : c;
}

const programs = Array.from({ length: count }, (_, i) => {
  const c = generate(String(first + i));
  return { name: `seed ${first + i}`, case: c, expected: oracle(c) };
});

describe.each(candidates)("$name", (candidate) => {
  test("assemblies and their consumers", () => {
    for (const { name, case: c, expected } of programs) expect(reportOf(candidate, c, name, expected)).toBe(undefined);
  });
});

test("most of the programs put nothing together in memory", () => {
  const fills = programs.filter(({ case: c }) => lowerProgram(inlineCalls(c.program, "early")).kernels.some((k) => ["fill", "pad", "concatenate"].includes(k.name)));
  expect(fills.length).toBeLessThan(count / 2);
});
