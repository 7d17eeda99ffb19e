/**
 * The concrete array: a type and its elements, row-major and contiguous, or one number repeated (a splat). Immutable.
 * The public `NDArray` is this class with the methods that src/api installs on it; inside a program it is a constant.
 */
import { ArgumentError } from "../errors.ts";
import { dtypes, type TypedArray } from "./dtype.ts";
import { sizeOf } from "./shape.ts";
import type { TensorType } from "./type.ts";

/** Where the elements live. A backend brings its own; `read` may copy them out of a device. */
export interface Storage {
  read(): TypedArray;
}

/** Elements in JavaScript's own memory. */
class HostStorage implements Storage {
  readonly data: TypedArray;
  constructor(data: TypedArray) {
    this.data = data;
  }
  read(): TypedArray {
    return this.data;
  }
}

/** Elements in memory of somebody else, who may change them after the call. */
class LentStorage extends HostStorage {
  readonly #length: number;
  constructor(data: TypedArray) {
    super(data);
    this.#length = data.length;
  }
  override read(): TypedArray {
    const { data } = this;
    if (data.length === this.#length) return data;
    throw new ArgumentError(`the memory of an argument had ${this.#length} elements, and has ${data.length} now`, { hint: "it was given away, or became smaller, while the arguments were read" });
  }
}

/** Whether the elements are there for one call only. */
export function isLent(storage: Storage): boolean {
  return storage instanceof LentStorage;
}

/** One number repeated; no memory is used until somebody reads the elements. */
class SplatStorage implements Storage {
  readonly type: TensorType;
  readonly value: number;
  #data: TypedArray | undefined;
  constructor(type: TensorType, value: number) {
    this.type = type;
    this.value = value;
  }
  read(): TypedArray {
    return (this.#data ??= dtypes[this.type.dtype].allocate(sizeOf(this.type.shape)).fill(this.value));
  }
}

/** Frozen: `x[0] = 1` in code that was not rewritten throws instead of getting lost. */
export class ConcreteArray {
  readonly type: TensorType;
  /** The one number that every element equals, when that is known without looking. */
  readonly splat: number | undefined;
  readonly storage: Storage;

  constructor(type: TensorType, storage: Storage, splat?: number) {
    this.type = type;
    this.storage = storage;
    this.splat = splat;
    Object.freeze(this);
  }

  /** An array over `data`, which must hold exactly the elements in row-major order and is not copied. */
  static of(type: TensorType, data: TypedArray): ConcreteArray {
    return new ConcreteArray(type, new HostStorage(data));
  }

  /** An array of the numbers in `data`, which the dtype must hold. */
  static copyOf(type: TensorType, data: TypedArray): ConcreteArray {
    const own = dtypes[type.dtype].allocate(data.length);
    own.set(data);
    return ConcreteArray.of(type, own);
  }

  /** An array over `data` of somebody else, for as long as one call takes: for `Executable.takesLent`. */
  static lent(type: TensorType, data: TypedArray): ConcreteArray {
    return new ConcreteArray(type, new LentStorage(data));
  }

  /** The same array, with memory of its own if that was lent. */
  get kept(): ConcreteArray {
    return this.storage instanceof LentStorage ? ConcreteArray.copyOf(this.type, this.storage.read()) : this;
  }

  /** `value`, rounded to the dtype, repeated. */
  static splat(type: TensorType, value: number): ConcreteArray {
    const rounded = roundTo(type, value);
    return new ConcreteArray(type, new SplatStorage(type, rounded), rounded);
  }

  /** The name users know. */
  get [Symbol.toStringTag](): string {
    return "NDArray";
  }
  /** All elements, row-major. Treat as read-only. */
  get elements(): TypedArray {
    return this.storage.read();
  }
  /** The same elements under another type of equal size and dtype. */
  withType(type: TensorType): ConcreteArray {
    return new ConcreteArray(type, this.storage, this.splat);
  }
}

function roundTo({ dtype }: TensorType, value: number): number {
  if (dtype === "float64") return value;
  if (dtype === "float32") return Math.fround(value);
  if (dtype === "bool") return value === 0 ? 0 : 1;
  const cell = dtypes[dtype].allocate(1);
  cell[0] = value;
  return cell[0] as number;
}
