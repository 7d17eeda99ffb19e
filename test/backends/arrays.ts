/** Arrays for the conformance suite: special values of each dtype, reproducible general ones, and the same array held in other ways. */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { toConcrete } from "../../src/core/convert.ts";
import { type DType, dtypes, type TypedArray } from "../../src/core/dtype.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { tensorType } from "../../src/core/type.ts";
import { arrayOf, randomNumbers, scattered } from "../ops/support/arrays.ts";

export const allDTypes: readonly DType[] = Object.keys(dtypes) as DType[];

const infinity = Number.POSITIVE_INFINITY;

/** Where implementations go wrong: zeros of both signs, infinities, NaN, denormals, the ends of the range. */
export const specials: Readonly<Record<DType, readonly number[]>> = {
  bool: [0, 1],
  int32: [0, 1, -1, 2, -2, 31, 32, 46341, 2 ** 31 - 1, -(2 ** 31)],
  uint32: [0, 1, 2, 31, 32, 65537, 2 ** 31, 2 ** 32 - 1],
  float32: [0, -0, 1, -1, 0.5, 2.5, -3, 1e-40, -1e-45, 2 ** -126, 1e4, dtypes.float32.max, -dtypes.float32.max, infinity, -infinity, Number.NaN],
  float64: [0, -0, 1, -1, 0.5, 2.5, -3, 1e-310, -5e-324, 2 ** -1022, 1e4, Number.MAX_VALUE, -Number.MAX_VALUE, infinity, -infinity, Number.NaN],
};

/** Numbers of moderate size and both signs; integers that neither overflow in a product nor repeat much; bools of both kinds. */
export function general(dtype: DType, shape: readonly number[], seed: string): ConcreteArray {
  const random = randomNumbers(`${seed}|${dtype}|${shape.join()}`);
  const draw = (): number => {
    if (dtype === "bool") return random() < 0.5 ? 0 : 1;
    if (dtype === "uint32") return Math.floor(random() * 40);
    return dtype === "int32" ? Math.floor(random() * 41) - 20 : 6 * random() - 3;
  };
  return arrayOf(dtype, shape, Array.from({ length: sizeOf(shape) }, draw));
}

export function vector(dtype: DType, elements: readonly number[]): ConcreteArray {
  return arrayOf(dtype, [elements.length], elements);
}

/** The same elements, given as callers with strided arrays of other libraries give them. */
export function fromStrided(x: ConcreteArray): ConcreteArray {
  const { dtype } = x.type;
  return dtype === "bool" ? x : toConcrete(scattered(x), dtype, "a strided input");
}

/** The same elements in the middle of a larger buffer, at an address no vector instruction likes. */
export function misaligned(x: ConcreteArray): ConcreteArray {
  const { elements, type } = x;
  const larger = dtypes[type.dtype].allocate(elements.length + 4).fill(1);
  larger.set(elements, 3);
  return ConcreteArray.of(type, larger.subarray(3, 3 + elements.length));
}

/** One number repeated, of which nobody has asked for the elements yet. */
export function repeated(dtype: DType, shape: readonly number[], value: number): ConcreteArray {
  return ConcreteArray.splat(tensorType(dtype, shape), value);
}

/** A copy of the elements as they are now. */
export function snapshot(arrays: readonly ConcreteArray[]): TypedArray[] {
  return arrays.map((x) => x.elements.slice());
}
