/**
 * A strided view with the fields and methods of npm `ndarray` 1.x, for the packages built on it. `lo`, `hi`, `step`, `transpose` and `pick`
 * give views of the same data. As there, an argument left out (or null, or negative where a negative one means nothing) leaves its axis alone.
 */
import type { NdarrayView } from "../core/array-types.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import type { TypedArray } from "../core/dtype.ts";
import { sizeOf, stridesOf } from "../core/shape.ts";

type Part = number | null | undefined;

class StridedView implements NdarrayView {
  readonly data: TypedArray;
  readonly dtype: string;
  readonly shape: number[];
  readonly stride: number[];
  readonly offset: number;

  constructor(data: TypedArray, dtype: string, shape: number[], stride: number[], offset: number) {
    this.data = data;
    this.dtype = dtype;
    this.shape = shape;
    this.stride = stride;
    this.offset = offset;
  }

  get size(): number {
    return sizeOf(this.shape);
  }
  get dimension(): number {
    return this.shape.length;
  }
  get order(): number[] {
    const length = (axis: number): number => Math.abs(this.stride[axis] as number);
    return this.shape.map((_, axis) => axis).sort((a, b) => length(a) - length(b));
  }

  index(...index: readonly number[]): number {
    return this.stride.reduce((sum, step, axis) => sum + step * (index[axis] as number), this.offset);
  }
  get(...index: readonly number[]): number {
    return this.data[this.index(...index)] as number;
  }
  set(...indexAndValue: readonly number[]): number {
    const value = indexAndValue[this.dimension] as number;
    this.data[this.index(...indexAndValue)] = value;
    return value;
  }

  lo(...starts: readonly Part[]): NdarrayView {
    const skipped = this.shape.map((_, axis) => position(starts[axis]) ?? 0);
    return this.#view(this.shape.map((n, axis) => n - (skipped[axis] as number)), [...this.stride], this.index(...skipped));
  }
  hi(...lengths: readonly Part[]): NdarrayView {
    return this.#view(this.shape.map((n, axis) => position(lengths[axis]) ?? n), [...this.stride], this.offset);
  }
  step(...steps: readonly Part[]): NdarrayView {
    const by = this.shape.map((_, axis) => (typeof steps[axis] === "number" ? Math.trunc(steps[axis]) : 1));
    const first = this.shape.map((n, axis) => ((by[axis] as number) < 0 ? n - 1 : 0));
    const shape = this.shape.map((n, axis) => Math.ceil(n / Math.abs(by[axis] as number)));
    return this.#view(shape, this.stride.map((s, axis) => s * (by[axis] as number)), this.index(...first));
  }
  transpose(...axes: readonly (number | undefined)[]): NdarrayView {
    const from = this.shape.map((_, axis) => axes[axis] ?? axis);
    return this.#view(from.map((a) => this.shape[a] as number), from.map((a) => this.stride[a] as number), this.offset);
  }
  pick(...index: readonly Part[]): NdarrayView {
    const picked = this.shape.map((_, axis) => position(index[axis]));
    const rest = <T>(list: readonly T[]): T[] => list.filter((_, axis) => picked[axis] === undefined);
    return this.#view(rest(this.shape), rest(this.stride), this.index(...picked.map((i) => i ?? 0)));
  }

  #view(shape: number[], stride: number[], offset: number): NdarrayView {
    return new StridedView(this.data, this.dtype, shape, stride, offset);
  }
}

function position(part: Part): number | undefined {
  return typeof part === "number" && part >= 0 ? Math.trunc(part) : undefined;
}

/** A view of a copy of the elements. */
export function ndarrayView(x: ConcreteArray): NdarrayView {
  const { shape, dtype } = x.type;
  return new StridedView(x.elements.slice(), dtype === "bool" ? "uint8" : dtype, [...shape], stridesOf(shape), 0);
}
