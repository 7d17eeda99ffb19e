/** Concrete arrays as text for people: nested brackets, aligned columns, the middle of long axes left out. */
import type { ConcreteArray } from "./concrete.ts";
import { shortest } from "./print.ts";
import { stridesOf } from "./shape.ts";
import type { NestedNumbers } from "./array-types.ts";

const edge = 3;
const most = 1000;

/** `[[1, 2], [3, 4]]` with columns aligned; arrays of more than 1000 elements show three at each end of an axis. */
export function printArray(array: ConcreteArray): string {
  const { shape, dtype } = array.type;
  const { elements } = array;
  const show = (x: number): string => (dtype === "bool" ? String(x !== 0) : Object.is(x, -0) ? "-0" : shortest(x, dtype));
  if (shape.length === 0) return show(elements[0] as number);
  if (elements.length === 0) return shape.length === 1 ? "[]" : `[] (shape [${shape.join(",")}])`;
  const strides = stridesOf(shape);
  const long = elements.length > most;
  const positions = (axis: number): (number | null)[] => {
    const n = shape[axis] as number;
    if (!long || n <= 2 * edge) return Array.from({ length: n }, (_, i) => i);
    return [0, 1, 2, null, n - 3, n - 2, n - 1];
  };
  const cells: string[] = [];
  const collect = (axis: number, offset: number): void => {
    for (const i of positions(axis)) {
      if (i === null) continue;
      const at = offset + i * (strides[axis] as number);
      if (axis === shape.length - 1) cells.push(show(elements[at] as number));
      else collect(axis + 1, at);
    }
  };
  collect(0, 0);
  const width = shape.length === 1 ? 0 : Math.max(...cells.map((c) => c.length));
  let next = 0;
  const build = (axis: number): string => {
    const last = axis === shape.length - 1;
    const parts = positions(axis).map((i) => (i === null ? "…" : last ? (cells[next++] as string).padStart(width) : build(axis + 1)));
    return `[${parts.join(last ? ", " : `,${"\n".repeat(shape.length - 1 - axis)}${" ".repeat(axis + 1)}`)}]`;
  };
  return build(0);
}

/** Nested JavaScript lists; a number or boolean for rank 0. */
export function nestedOf(array: ConcreteArray): NestedNumbers {
  const { shape, dtype } = array.type;
  const { elements } = array;
  let next = 0;
  const build = (axis: number): NestedNumbers => {
    if (axis === shape.length) {
      const x = elements[next++] as number;
      return dtype === "bool" ? x !== 0 : x;
    }
    return Array.from({ length: shape[axis] as number }, () => build(axis + 1));
  };
  return build(0);
}
