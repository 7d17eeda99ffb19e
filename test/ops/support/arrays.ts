/** The arrays of a trial: reproducible samples of a domain, the same elements laid out in other ways, slices of a batch. */
import { ConcreteArray } from "../../../src/core/concrete.ts";
import { type DType, dtypes, type TypedArray } from "../../../src/core/dtype.ts";
import { insertAt, sizeOf, stridesOf } from "../../../src/core/shape.ts";
import { isValue, type Value } from "../../../src/core/tensor.ts";
import { tensorType } from "../../../src/core/type.ts";
import type { Case, Domain, Nested, Plain, Shape } from "./case.ts";

/** Numbers in [0, 1) that depend on the text alone (FNV-1a, then mulberry32). */
export function randomNumbers(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function arrayOf(dtype: DType, shape: Shape, elements: ArrayLike<number>): ConcreteArray {
  const data = dtypes[dtype].allocate(sizeOf(shape));
  data.set(dtype === "bool" ? Array.from(elements, (x) => (x === 0 ? 0 : 1)) : elements);
  return ConcreteArray.of(tensorType(dtype, shape), data);
}

/** Elements of a domain. Of an integer dtype they are whole; bool is 0 and 1. */
export function sample({ low, high, whole }: Domain, dtype: DType, shape: Shape, seed: string): ConcreteArray {
  const random = randomNumbers(`${seed}|${shape.join()}`);
  const { kind, min } = dtypes[dtype];
  const first = Math.max(Math.ceil(low), min);
  const last = kind === "bool" ? 1 : Math.floor(high);
  const draw = (): number => (kind === "float" && whole !== true ? low + (high - low) * random() : first + Math.floor(random() * (last - first + 1)));
  return arrayOf(dtype, shape, Array.from({ length: sizeOf(shape) }, draw));
}

/** The first dtype that the row computes in, float64 where it can. */
export function baseDType({ dtypes: results }: Case): DType {
  const order: readonly DType[] = ["float64", "int32", "bool"];
  return order.find((d) => results[d] !== undefined) ?? "float32";
}

/** Operands of one trial; `dtype` for those that have none of their own. */
export function operandsOf(row: Case, shapes: readonly Shape[], dtype: DType = baseDType(row), salt = ""): ConcreteArray[] {
  return row.operands.map((domain, i) => sample(domain, domain.dtype ?? dtype, shapes[i] as Shape, `${row.name}|${i}|${salt}`));
}

/** The arrays that a call returned. */
export function resultsOf(result: unknown): Value[] {
  if (isValue(result)) return [result];
  if (typeof result === "boolean") return [arrayOf("bool", [], [Number(result)])];
  if (Array.isArray(result)) return result.flatMap(resultsOf);
  throw new Error(`a call of the table must return arrays, got ${String(result)}`);
}

export function concreteResults(result: unknown): ConcreteArray[] {
  return resultsOf(result).map((v) => {
    if (v instanceof ConcreteArray) return v;
    throw new Error("a call on concrete arrays returned a traced one");
  });
}

export function asDType(x: ConcreteArray, dtype: DType): ConcreteArray {
  return arrayOf(dtype, x.type.shape, x.elements);
}

/** The elements as nested lists of JavaScript numbers, a number for rank 0. */
export function nested(x: ConcreteArray): unknown {
  const build = (shape: Shape, start: number): unknown => {
    const [length, ...rest] = shape;
    if (length === undefined) return x.elements[start];
    return Array.from({ length }, (_, i) => build(rest, start + i * sizeOf(rest)));
  };
  return build(x.type.shape, 0);
}

export function fromPlain(plain: Plain): ConcreteArray {
  const { dtype, values } = isTyped(plain) ? plain : { dtype: "float64" as const, values: plain };
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  return arrayOf(dtype, shape, Array.isArray(values) ? (values.flat(Number.POSITIVE_INFINITY) as number[]) : [values as number]);
}

export function isTyped(plain: unknown): plain is Exclude<Plain, Nested> {
  return typeof plain === "object" && plain !== null && "dtype" in plain;
}

interface Strided {
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly stride: readonly number[];
  readonly offset: number;
}

/** The same elements with the axes in reverse order in memory, every second one backward, and holes of NaN or 0 between. */
export function scattered(x: ConcreteArray): Strided {
  const { shape, dtype } = x.type;
  const step = stridesOf([...shape].reverse()).reverse().map((s) => 2 * s);
  const stride = step.map((s, axis) => (axis % 2 === 0 ? -s : s));
  const offset = 1 + step.reduce((sum, s, axis) => sum + (axis % 2 === 0 ? s * Math.max(0, (shape[axis] as number) - 1) : 0), 0);
  const data = dtypes[dtype].allocate(2 * sizeOf(shape) + 2);
  if (dtypes[dtype].kind === "float") data.fill(Number.NaN);
  const from = stridesOf(shape);
  x.elements.forEach((value, i) => {
    const position = from.reduce((sum, f, axis) => sum + (Math.floor(i / f) % (shape[axis] as number)) * (stride[axis] as number), offset);
    data[position] = value;
  });
  return { data, shape, stride, offset };
}

/** `arrays`, all of one type, along a new axis. */
export function stacked(arrays: readonly ConcreteArray[], axis: number): ConcreteArray {
  const { shape, dtype } = (arrays[0] as ConcreteArray).type;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  const inner = sizeOf(shape.slice(at));
  const out = dtypes[dtype].allocate(arrays.length * sizeOf(shape));
  arrays.forEach(({ elements }, b) => {
    elements.forEach((value, i) => {
      out[(Math.floor(i / inner) * arrays.length + b) * inner + (i % inner)] = value;
    });
  });
  return ConcreteArray.of(tensorType(dtype, insertAt(shape, at, arrays.length)), out);
}
