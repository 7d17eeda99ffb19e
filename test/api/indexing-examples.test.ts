/** The `@example`s of products, indexing and searches: each `call // → result` is executed. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "../../src/api/install.ts";
import { at } from "../../src/api/at.ts";
import { diag, diagonal, trace } from "../../src/api/diagonal.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../../src/api/dynamic-slice.ts";
import { einsum } from "../../src/api/einsum.ts";
import { index, slice } from "../../src/api/indexing.ts";
import * as linear from "../../src/api/linear.ts";
import { nonzero, searchsorted } from "../../src/api/search.ts";
import { putAlongAxis, take, takeAlongAxis } from "../../src/api/take.ts";
import type { NDArray } from "../../src/core/array-types.ts";

/** The public functions of each file. */
const modules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  at: { at },
  diagonal: { diag, diagonal, trace },
  "dynamic-slice": { dynamicSlice, dynamicUpdateSlice },
  einsum: { einsum },
  indexing: { index, slice },
  linear,
  search: { nonzero, searchsorted },
  take: { putAlongAxis, take, takeAlongAxis },
};
const scope: Readonly<Record<string, unknown>> = Object.assign({}, ...Object.values(modules));

const pattern = /(?:\* |@example )(?<call>[a-z]\w*\(.+?);? \/\/ → (?<result>.+?)(?: \*\/)?$/gmu;

describe.each(Object.entries(modules))("%s", (name, functions) => {
  const source = readFileSync(new URL(`../../src/api/${name}.ts`, import.meta.url), "utf8");
  const found = [...source.matchAll(pattern)].map(({ groups }) => [groups?.["call"] as string, groups?.["result"] as string] as const);

  test("each function has an example", () => {
    expect(Object.keys(functions).filter((f) => !found.some(([call]) => call.includes(`${f}(`)))).toEqual([]);
  });
  test.each(found)("%s → %s", (call, result) => {
    const value = new Function(...Object.keys(scope), `return ${call}`)(...Object.values(scope)) as NDArray | NDArray[];
    expect(Array.isArray(value) ? value.map((v) => v.toArray()) : value.toArray()).toEqual(JSON.parse(result));
  });
});
