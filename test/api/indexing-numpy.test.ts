/** Reading, setting and adding with 400 random indices against NumPy, at once and traced. Made by test/golden/generate-numpy-indexing.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { at } from "../../src/api/at.ts";
import { ellipsis, index, slice } from "../../src/api/indexing.ts";
import { traceFn } from "../../src/api/transforms.ts";
import type { IndexPart, Tensor } from "../../src/core/array-types.ts";
import type { Value } from "../../src/core/tensor.ts";
import { list, make } from "../ops/laws.ts";

type Bound = number | null;
type Part = number | null | "..." | { readonly slice: readonly [Bound, Bound, Bound] } | { readonly shape: number[]; readonly array?: number[]; readonly mask?: number[] };
interface Case {
  readonly shape: number[];
  readonly index: readonly Part[];
  readonly read: { readonly shape: number[]; readonly data: number[] };
  readonly set: number[];
  readonly add: number[];
}
const { cases } = JSON.parse(readFileSync(new URL("../golden/numpy-indexing.json", import.meta.url), "utf8")) as { readonly cases: readonly Case[] };

const count = (length: number, from: number): number[] => Array.from({ length }, (_, i) => from + i);
const isArray = (part: Part): part is { shape: number[]; array: number[] } => typeof part === "object" && part !== null && "array" in part;

/** The index with its integer arrays taken from `arrays`, in order. */
function decode(parts: readonly Part[], arrays: readonly unknown[]): IndexPart[] {
  let next = 0;
  return parts.map((part) => {
    if (part === "...") return ellipsis;
    if (part === null || typeof part === "number") return part;
    if ("slice" in part) return slice(...part.slice);
    return (part.mask === undefined ? arrays[next++] : make(part.shape, part.mask, "bool")) as IndexPart;
  });
}

test.each(cases.map((c) => [JSON.stringify(c.shape), JSON.stringify(c.index), c] as const))("%s at %s", (_shape, _index, c) => {
  const x = make(c.shape, count(c.set.length, 0));
  const values = make(c.read.shape, count(c.read.data.length, 100));
  const arrays = c.index.filter(isArray).map((part) => make(part.shape, part.array, "int32"));
  const functions: readonly ((x: Tensor, v: Tensor, ...arrays: Tensor[]) => unknown)[] = [
    (a, _v, ...rest) => index(a, ...decode(c.index, rest)),
    (a, v, ...rest) => at(a, ...decode(c.index, rest)).set(v),
    (a, v, ...rest) => at(a, ...decode(c.index, rest)).add(v),
  ];
  const expected = [c.read, { shape: c.shape, data: c.set }, { shape: c.shape, data: c.add }];
  functions.forEach((f, i) => {
    for (const run of [f, traceFn(f as (...xs: Tensor[]) => Tensor)]) {
      const y = (run as (...xs: unknown[]) => unknown)(x, values, ...arrays) as Value;
      expect({ shape: y.type.shape, data: list(y) }).toEqual(expected[i]);
    }
  });
});
