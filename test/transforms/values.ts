/** Results of transforms as plain JavaScript values, and comparisons of trees of them. */
import { expect } from "vitest";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { showType } from "../../src/core/type.ts";

/** A tree with each array as nested lists of numbers; bools as booleans. */
export function plain(tree: unknown): unknown {
  if (tree instanceof ConcreteArray) return (tree as unknown as { toArray(): unknown }).toArray();
  if (Array.isArray(tree)) return tree.map(plain);
  if (typeof tree === "object" && tree !== null) return Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, plain(v)]));
  return tree;
}

/** A tree with each array as its type: `f32[2,3]`. */
export function types(tree: unknown): unknown {
  if (tree instanceof ConcreteArray) return showType(tree.type);
  if (Array.isArray(tree)) return tree.map(types);
  if (typeof tree === "object" && tree !== null) return Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, types(v)]));
  return tree;
}

/** The same tree, numbers close to each other. */
export function expectNear(actual: unknown, expected: unknown, tolerance = 1e-5): void {
  const walk = (got: unknown, want: unknown, path: string): void => {
    if (typeof want === "number" && typeof got === "number") {
      expect(Object.is(got, want) || Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)), `${path}: ${got} is not ${want}`).toBe(true);
      return;
    }
    if (typeof want !== "object" || want === null || typeof got !== "object" || got === null) return void expect(got, path).toEqual(want);
    expect([Array.isArray(got), Object.keys(got)], path).toEqual([Array.isArray(want), Object.keys(want)]);
    for (const key of Object.keys(want)) walk((got as Record<string, unknown>)[key], (want as Record<string, unknown>)[key], `${path}.${key}`);
  };
  walk(plain(actual), plain(expected), "result");
}

/** Passes what the types of the public API do not foresee: wrong arguments, trees under `unknown`. */
export function loose(f: unknown): (...args: readonly unknown[]) => unknown {
  return f as (...args: readonly unknown[]) => unknown;
}
