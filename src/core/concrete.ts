/**
 * The concrete array: a type and its elements, row-major and contiguous, or one number repeated (a splat). Immutable.
 * The public `NDArray` is this class with the methods that src/api installs on it; inside a program it is a constant.
 */
import { dtypes, type TypedArray } from "./dtype.ts";
import { sizeOf } from "./shape.ts";
import type { TensorType } from "./type.ts";

/** Where the elements live. A backend brings its own; `read` may copy them out of a device. */
export interface Storage {
  read(): TypedArray;
}

export class ConcreteArray {
  readonly type: TensorType;
  /** The one number that every element equals, when that is known without looking. */
  readonly splat: number | undefined;
  #storage: Storage;

  constructor(type: TensorType, storage: Storage, splat?: number) {
    this.type = type;
    this.#storage = storage;
    this.splat = splat;
  }

  /** An array over `data`, which must hold exactly the elements in row-major order and is not copied. */
  static of(type: TensorType, data: TypedArray): ConcreteArray {
    return new ConcreteArray(type, { read: () => data });
  }

  /** `value` repeated; no memory is used until somebody reads the elements. */
  static splat(type: TensorType, value: number): ConcreteArray {
    const rounded = roundTo(type, value);
    let data: TypedArray | undefined;
    return new ConcreteArray(type, { read: () => (data ??= dtypes[type.dtype].allocate(sizeOf(type.shape)).fill(rounded)) }, rounded);
  }

  get storage(): Storage {
    return this.#storage;
  }
  /** All elements, row-major. Treat as read-only. */
  get elements(): TypedArray {
    return this.#storage.read();
  }
  /** The same elements under another type of equal size and dtype. */
  withType(type: TensorType): ConcreteArray {
    return new ConcreteArray(type, this.#storage, this.splat);
  }
}

function roundTo(type: TensorType, value: number): number {
  const cell = dtypes[type.dtype].allocate(1);
  cell[0] = type.dtype === "bool" ? (value === 0 ? 0 : 1) : value;
  return cell[0] as number;
}
