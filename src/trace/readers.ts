/**
 * Readers of arguments: each recognises a value of one kind, and takes its numbers to where the program wants them. A reader never
 * throws and never converts: what it does not know for certain it leaves to `core/tree.ts` and `core/convert.ts`.
 */
import type { DirectCall, Executable } from "../backends/backend.ts";
import { NumberStorage } from "../backends/numbers.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypeOfTypedArray, dtypes, type TypedArray } from "../core/dtype.ts";
import { isRowMajor, sameShape, type Shape, sizeOf } from "../core/shape.ts";
import { isPlainObject, isStrided, type Structure } from "../core/tree.ts";
import { sameType, type TensorType } from "../core/type.ts";
import type { Lists } from "./arguments.ts";
import type { Signature } from "./trace.ts";

/**
 * Reads a value; false where it is not of the kind. In a direct call numbers go to their places, else arrays are appended to `leaves`. Those that are lent hold
 * for one call, until the reader reads again.
 */
export type Reader = (value: unknown, leaves: ConcreteArray[]) => boolean;

/** Where the next leaf goes, and what type it has in the program. */
interface Target {
  readonly types: readonly TensorType[];
  readonly direct: DirectCall | undefined;
  /** Arrays may lie in memory of the caller. */
  readonly lent: boolean;
  next: number;
}

/** A reader of lists of arguments like this one, or undefined where some argument is of no kind that is recognised. */
export function listReader(args: readonly unknown[], { structure, types, statics }: Signature, lists: Lists, { direct, takesLent = false }: Executable): Reader | undefined {
  if (structure.kind !== "tuple") return undefined;
  const target: Target = { types, direct, lent: takesLent, next: 0 };
  return itemsReader(args, (value, i) => (statics.has(i) ? same(value) : readerFor(value, structure.items[i] as Structure, lists[i], target)), false);
}

function itemsReader(items: readonly unknown[], each: (item: unknown, i: number) => Reader | undefined, check: boolean): Reader | undefined {
  const readers = items.map(each);
  if (readers.includes(undefined)) return undefined;
  const known = readers as Reader[];
  const count = known.length;
  const only = known[0];
  if (count === 1 && only !== undefined && !check) return (value, leaves) => (value as readonly unknown[]).length === 1 && only((value as readonly unknown[])[0], leaves);
  return (value, leaves) => {
    if (check && !Array.isArray(value)) return false;
    const list = value as readonly unknown[];
    if (list.length !== count) return false;
    for (let i = 0; i < count; i++) if (!(known[i] as Reader)(list[i], leaves)) return false;
    return true;
  };
}

function same(expected: unknown): Reader {
  return (value) => Object.is(value, expected);
}

function readerFor(value: unknown, structure: Structure, lists: Lists | undefined, target: Target): Reader | undefined {
  switch (structure.kind) {
    case "leaf":
      return leafReader(value, target);
    case "none":
      return same(value);
    case "tuple":
      return itemsReader(value as readonly unknown[], (item, i) => readerFor(item, structure.items[i] as Structure, lists?.[i], target), true);
    case "object":
      return objectReader(value as Record<string, unknown>, structure, target);
    case "class":
      return undefined;
  }
}

function objectReader(example: Record<string, unknown>, { keys, items }: Extract<Structure, { kind: "object" }>, target: Target): Reader | undefined {
  // what looks like a strided array is one leaf
  if (keys.includes("data") && keys.includes("shape")) return undefined;
  const readers = keys.map((key, i) => readerFor(example[key], items[i] as Structure, undefined, target));
  if (readers.includes(undefined)) return undefined;
  const known = readers as Reader[];
  return (value, leaves) => {
    if (!isPlainObject(value)) return false;
    let i = 0;
    for (const key in value) if (key !== keys[i++]) return false;
    if (i !== keys.length) return false;
    for (i = 0; i < known.length; i++) if (!(known[i] as Reader)(value[keys[i] as string], leaves)) return false;
    return true;
  };
}

function leafReader(value: unknown, target: Target): Reader | undefined {
  const index = target.next++;
  const type = target.types[index] as TensorType;
  const place = target.direct?.inputs[index];
  if (value instanceof ConcreteArray) return arrayReader(type, place);
  if (typeof value === "number" || typeof value === "boolean") return scalarReader(typeof value === "number" ? "number" : "boolean", type, place);
  if (Array.isArray(value)) return type.dtype === "bool" ? undefined : nestedReader(type, place, target.lent);
  const isOther = isStrided(value);
  if (dtypeOfTypedArray(isOther ? value.data : value) !== type.dtype) return undefined;
  const data = dataReader(type, place, target.lent);
  return isOther ? stridedReader(type, data) : (x, leaves) => dtypeOfTypedArray(x) === type.dtype && !("shape" in (x as TypedArray)) && data(x as TypedArray, leaves);
}

function scalarReader(kind: "number" | "boolean", type: TensorType, place: TypedArray | undefined): Reader {
  if (place === undefined) {
    return (value, leaves) => {
      if (typeof value !== kind) return false;
      leaves.push(ConcreteArray.splat(type, Number(value)));
      return true;
    };
  }
  if (kind === "boolean") {
    return (value) => {
      if (typeof value !== "boolean") return false;
      place[0] = value ? 1 : 0;
      return true;
    };
  }
  return (value) => {
    if (typeof value !== "number") return false;
    place[0] = value;
    return true;
  };
}

function arrayReader(type: TensorType, place: TypedArray | undefined): Reader {
  let seen = type;
  return (value, leaves) => {
    if (!(value instanceof ConcreteArray)) return false;
    if (value.type !== seen) {
      if (value.type.weak !== type.weak || !sameType(value.type, type)) return false;
      seen = value.type;
    }
    if (place === undefined) leaves.push(value);
    else copy(value.storage instanceof NumberStorage ? value.storage.numbers : value.elements, place);
    return true;
  };
}

/** Takes the elements of a typed array of the dtype; false where they are more or fewer. */
function dataReader(type: TensorType, place: TypedArray | undefined, lent: boolean): (data: TypedArray, leaves: ConcreteArray[]) => boolean {
  const length = sizeOf(type.shape);
  return (data, leaves) => {
    if (data.length !== length) return false;
    if (place !== undefined) copy(data, place);
    else leaves.push(lent ? ConcreteArray.lent(type, data) : ConcreteArray.copyOf(type, data));
    return true;
  };
}

/** Arrays of other libraries whose elements lie one after another. */
function stridedReader({ dtype, shape }: TensorType, read: (data: TypedArray, leaves: ConcreteArray[]) => boolean): Reader {
  const length = sizeOf(shape);
  return (value, leaves) => {
    if (!isStrided(value) || !sameShape(value.shape, shape)) return false;
    const { data, offset = 0 } = value;
    const strides = value.stride ?? value.strides;
    if (dtypeOfTypedArray(data) !== dtype || !Number.isInteger(offset) || offset < 0 || offset + length > data.length) return false;
    if (strides !== undefined && !(Array.isArray(strides) && isRowMajor(shape, strides))) return false;
    return read(data.length === length ? (data as TypedArray) : (data as TypedArray).subarray(offset, offset + length), leaves);
  };
}

/** Below this many elements a loop is faster than `set`. */
const few = 48;

function copy(from: ArrayLike<number>, to: TypedArray): void {
  if (from.length > few) to.set(from);
  else for (let i = 0; i < to.length; i++) to[i] = from[i] as number;
}

/** Lists of numbers, nested as deep as the type has axes. */
function nestedReader(type: TensorType, place: TypedArray | undefined, lent: boolean): Reader {
  const { shape, dtype } = type;
  const fill = shape.length === 1 ? (value: unknown, to: TypedArray): boolean => fillRow(value, shape[0] as number, to, 0) : (value: unknown, to: TypedArray): boolean => fillNested(value, shape, 0, to, 0) >= 0;
  if (place !== undefined) return (value) => fill(value, place);
  const allocate = (): TypedArray => dtypes[dtype].allocate(sizeOf(shape));
  // what may be lent is read into the same memory every time
  const buffer = lent ? allocate() : undefined;
  return (value, leaves) => {
    const data = buffer ?? allocate();
    if (!fill(value, data)) return false;
    leaves.push(buffer === undefined ? ConcreteArray.of(type, data) : ConcreteArray.lent(type, data));
    return true;
  };
}

function fillRow(value: unknown, length: number, to: TypedArray, start: number): boolean {
  if (!Array.isArray(value) || value.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const element: unknown = value[i];
    if (typeof element !== "number") return false;
    to[start + i] = element;
  }
  return true;
}

/** Position after the last element written, or -1. */
function fillNested(value: unknown, shape: Shape, depth: number, to: TypedArray, start: number): number {
  const length = shape[depth] as number;
  if (depth === shape.length - 1) return fillRow(value, length, to, start) ? start + length : -1;
  if (!Array.isArray(value) || value.length !== length) return -1;
  let next = start;
  for (let i = 0; i < length && next >= 0; i++) next = fillNested(value[i], shape, depth + 1, to, next);
  return next;
}
