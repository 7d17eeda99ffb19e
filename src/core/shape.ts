/**
 * Shapes: lists of non-negative integers. Sizes, strides, axes and broadcasting; every check of these is here, once.
 */
import { ArgumentError, ShapeError } from "../errors.ts";

export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number;
  return size;
}

/** Strides in elements of a contiguous row-major array. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i] as number;
  }
  return strides;
}

/** Whether elements with these strides lie one after another, in row-major order. */
export function isRowMajor(shape: Shape, strides: readonly number[]): boolean {
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const n = shape[i] as number;
    if (n > 1 && strides[i] !== stride) return false;
    stride *= n;
  }
  return strides.length === shape.length;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function showShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

export function checkShape(shape: unknown, where: string): number[] {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new ShapeError(`${where}: a shape is a list of non-negative integers, got ${describe(shape)}`, { hint: "write one length for each axis, in a list: [2, 3]; the shape of another array is y.shape" });
  }
  return [...(shape as number[])];
}

/** An axis counted from the end when negative, checked against the rank. */
export function checkAxis(axis: unknown, rank: number, where: string): number {
  if (!Number.isInteger(axis)) throw new ArgumentError(`${where}: an axis is an integer, got ${describe(axis)}`);
  const a = axis as number;
  if (a < -rank || a >= rank) {
    throw new ShapeError(`${where}: axis ${a} is out of range for rank ${rank}`, {
      hint: rank === 0 ? "a 0-d array has no axes" : `axes run from 0 to ${rank - 1}, or from -${rank} to -1 counted from the end`,
    });
  }
  return a < 0 ? a + rank : a;
}

/** A list of distinct axes, ascending; absent means all of them. */
export function checkAxes(axes: unknown, rank: number, where: string): number[] {
  if (axes === undefined || axes === null) return range(rank);
  const list = (Array.isArray(axes) ? axes : [axes]).map((a) => checkAxis(a, rank, where));
  if (new Set(list).size !== list.length) throw new ArgumentError(`${where}: an axis appears twice in [${list.join(", ")}]`);
  return list.sort((a, b) => a - b);
}

/** NumPy's broadcasting of several shapes. */
export function broadcastShapes(shapes: readonly Shape[], where: string): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const lead = rank - shape.length;
    for (let i = 0; i < shape.length; i++) {
      const n = shape[i] as number;
      const have = out[lead + i] as number;
      if (have === 1) out[lead + i] = n;
      else if (n !== 1 && n !== have) {
        throw new ShapeError(`${where}: shapes ${shapes.map(showShape).join(" and ")} do not broadcast (${have} ≠ ${n} at axis ${lead + i})`, {
          hint: "axes are matched from the last one; each pair must be equal or one of them 1. Insert axes with expandDims(x, axis) or reshape(x, shape)",
        });
      }
    }
  }
  return out;
}

export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** `list` without the elements at the given ascending positions. */
export function without<T>(list: readonly T[], positions: readonly number[]): T[] {
  return list.filter((_, i) => !positions.includes(i));
}

/** `list` with `value` inserted at `position`. */
export function insertAt<T>(list: readonly T[], position: number, value: T): T[] {
  return [...list.slice(0, position), value, ...list.slice(position)];
}

/** A value in an error message: short, never throwing. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `a function${value.name ? ` (${value.name})` : ""}`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((v) => (typeof v === "object" && v !== null ? "…" : describe(v)));
    return `[${shown.join(", ")}${value.length > 8 ? ", …" : ""}]`;
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) {
    // a tag is the public name of a class, and survives a minifier
    const name: unknown = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] ?? value.constructor?.name;
    return typeof name === "string" && name !== "Object" ? `${/^(NDArray|[AEIO])/.test(name) ? "an" : "a"} ${name}` : `an object with keys ${Object.keys(value).slice(0, 6).join(", ") || "(none)"}`;
  }
  return String(value);
}
