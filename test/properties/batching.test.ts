/** vmap is a loop, whatever the program, the axes and the transform around it. */
import fc from "fast-check";
import { describe, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { stacked } from "../ops/support/arrays.ts";
import { arraysOf, expectClose, type Fn, functionOf, law, recipe, scalarOf, shapes } from "./recipes.ts";

type Loose = (...args: readonly unknown[]) => unknown;
const loose = (f: unknown): Loose => f as Loose;
const size = 3;

interface Batch {
  /** The arguments of each element. */
  readonly elements: readonly (readonly unknown[])[];
  /** The arguments with a batch axis where `axes` says. */
  readonly together: readonly unknown[];
  readonly axes: readonly (number | null)[];
}

/** Arguments of which some are mapped, each along an axis of its own; at least one is. */
function batchOf(list: readonly (readonly number[])[], where: readonly number[]): Batch {
  const rows = Array.from({ length: size }, (_, b) => arraysOf(list, `element ${b}`));
  const axes = list.map((shape, i) => {
    const choice = (where[i] as number) % (shape.length + 2);
    return choice > shape.length ? (list.length === 1 || i === 0 ? 0 : null) : choice;
  });
  const elements = rows.map((row) => row.map((x, i) => (axes[i] === null ? rows[0]![i] : x)));
  const together = list.map((_, i) => (axes[i] === null ? rows[0]![i] : stacked(rows.map((row) => row[i] as unknown as ConcreteArray), axes[i] as number)));
  return { elements, together, axes };
}

const places = fc.array(fc.nat({ max: 11 }), { minLength: 2, maxLength: 2 });
const loop = (f: unknown, { elements }: Batch): unknown => stacked(elements.map((row) => loose(f)(...row) as ConcreteArray), 0);
const mapped = (f: Fn, { axes }: Batch, outAxes = 0): Loose => loose(cr.vmap(f, { inAxes: axes, outAxes }));

describe("vmap", () => {
  test("is a loop", () => {
    law(fc.tuple(recipe, shapes, places), ([r, s, where]) => {
      const [f, batch] = [functionOf(r), batchOf(s, where)];
      expectClose([mapped(f, batch)(...batch.together)], [loop(cr.traceFn(f), batch)], 1e-12);
    }, 150);
  });
  test("puts the batch where outAxes says", () => {
    law(fc.tuple(recipe, shapes, places), ([r, s, where]) => {
      const [f, batch] = [functionOf(r), batchOf(s, where)];
      const first = mapped(f, batch)(...batch.together) as NDArray;
      expectClose([mapped(f, batch, -1)(...batch.together)], [cr.moveaxis(first, 0, -1)], 1e-12);
    }, 40);
  });
  test("of vmap is a loop in a loop, in either order", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const f = functionOf(r);
      const grid = arraysOf(s.map((shape) => [2, 3, ...shape]), "grid");
      const rows = [0, 1].map((i) => loose(cr.vmap(f))(...grid.map((x) => cr.index(x, i))) as ConcreteArray);
      expectClose([loose(cr.vmap(cr.vmap(f) as Fn))(...grid)], [stacked(rows, 0)], 1e-12);
      expectClose([loose(cr.vmap(cr.vmap(f) as Fn, { inAxes: 1, outAxes: 1 }))(...grid)], [stacked(rows, 0)], 1e-12);
    }, 40);
  });
  test("of grad is grad of the summed vmap", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const f = scalarOf(r);
      const xs = arraysOf(s.map((shape) => [size, ...shape]), "x");
      const argnums = xs.map((_, i) => i);
      const each = loose(cr.vmap(cr.grad(f, { argnums }) as unknown as Fn))(...xs) as unknown[];
      const whole = loose(cr.grad(((...ys) => cr.sum(cr.vmap(f)(...(ys as never[])) as never)) as Fn, { argnums }))(...xs) as unknown[];
      expectClose(each, whole, 1e-10);
      const rows = [0, 1, 2].map((b) => loose(cr.grad(f, { argnums }))(...xs.map((x) => cr.index(x, b))) as ConcreteArray[]);
      expectClose(each, argnums.map((i) => stacked(rows.map((row) => row[i] as ConcreteArray), 0)), 1e-10);
    });
  });
  test("of jvp is jvp of vmap", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const f = functionOf(r);
      const [xs, ts] = ["x", "t"].map((salt) => arraysOf(s.map((shape) => [size, ...shape]), salt)) as [NDArray[], NDArray[]];
      const inside = loose(cr.vmap(((...args) => (loose(cr.jvp)(f, args.slice(0, s.length), args.slice(s.length)) as Tensor[])[1] as Tensor) as Fn))(...xs, ...ts);
      expectClose([inside], [(loose(cr.jvp)(cr.vmap(f), xs, ts) as unknown[])[1]], 1e-12);
    });
  });
});
