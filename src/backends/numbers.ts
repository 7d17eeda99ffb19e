/** Elements of small results as a plain list of numbers: cheaper to make than a typed array, which is made when somebody asks for it. */
import type { Storage } from "../core/concrete.ts";
import { type DType, dtypes, type TypedArray } from "../core/dtype.ts";

export class NumberStorage implements Storage {
  readonly dtype: DType;
  #numbers: readonly number[] | undefined;
  #data: TypedArray | undefined;

  /** `numbers` are values of the dtype. */
  constructor(dtype: DType, numbers: readonly number[]) {
    this.dtype = dtype;
    this.#numbers = numbers;
  }

  /** The numbers, to be read only. */
  get numbers(): ArrayLike<number> {
    return this.#numbers ?? (this.#data as TypedArray);
  }

  read(): TypedArray {
    if (this.#data === undefined) {
      const numbers = this.#numbers as readonly number[];
      const data = dtypes[this.dtype].allocate(numbers.length);
      for (let i = 0; i < data.length; i++) data[i] = numbers[i] as number;
      this.#data = data;
      this.#numbers = undefined;
    }
    return this.#data;
  }
}
