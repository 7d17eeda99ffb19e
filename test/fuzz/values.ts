/** Random arrays: moderate numbers, sometimes whole ones, now and then NaN, infinities, zeros of both signs, or one number repeated. */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes, isFloat } from "../../src/core/dtype.ts";
import { sizeOf, type Shape } from "../../src/core/shape.ts";
import { tensorType, type TensorType } from "../../src/core/type.ts";
import { specials } from "../backends/arrays.ts";
import { arrayOf } from "../ops/support/arrays.ts";
import type { Random } from "./random.ts";

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];

type Draw = () => number;

function drawOf(dtype: DType, random: Random): Draw {
  if (dtype === "bool") return () => (random.chance(0.5) ? 1 : 0);
  if (!isFloat(dtype)) {
    const low = dtype === "uint32" ? 0 : -20;
    if (random.chance(0.2)) return () => random.pick(specials[dtype]);
    return () => random.int(low, 20);
  }
  if (random.chance(0.02)) return () => random.pick(specials[dtype]);
  const usual: Draw = random.chance(0.3) ? () => random.int(-8, 8) : random.chance(0.2) ? () => 0.05 + 2 * random.real() : () => 6 * random.real() - 3;
  if (!random.chance(0.15)) return usual;
  return () => (random.chance(0.08) ? random.pick(odd) : usual());
}

export function randomArray(dtype: DType, shape: Shape, random: Random): ConcreteArray {
  const draw = drawOf(dtype, random);
  return arrayOf(dtype, shape, Array.from({ length: sizeOf(shape) }, draw));
}

/** An array for an operand of a program: dense, or one number repeated. */
export function randomConstant(dtype: DType, shape: Shape, random: Random): ConcreteArray {
  if (!random.chance(0.7)) return randomArray(dtype, shape, random);
  return ConcreteArray.splat(tensorType(dtype, shape), randomNumber(dtype, random));
}

export function randomNumber(dtype: DType, random: Random): number {
  if (dtype === "bool") return random.int(0, 1);
  const simple = dtype === "uint32" ? [0, 1, 2, 3, 7, 31] : [0, 1, -1, 2, -2, 3, 7];
  if (!isFloat(dtype)) return random.pick(simple);
  return random.pick([...simple, -0, 0.5, 0.25, 1 / 3, -1.5, 1e-3, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
}

/** The array that a number stands for: small whole numbers, for programs that were made small. */
export function plainArray({ dtype, shape }: TensorType, seed: number): ConcreteArray {
  const low = dtype === "uint32" || dtype === "bool" ? 0 : -3;
  const width = dtype === "bool" ? 2 : 7;
  const data = dtypes[dtype].allocate(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = low + (((i + seed) * 5 + Math.floor(i / 7)) % width);
  return ConcreteArray.of(tensorType(dtype, shape), data);
}
