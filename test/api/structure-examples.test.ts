/** The `@example`s of reductions, shapes, joining and creation: each `call // → result` is executed. A `…` stands for further digits. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "../../src/api/install.ts";
import * as comparison from "../../src/api/compare-arrays.ts";
import * as creation from "../../src/api/creation.ts";
import * as cumulative from "../../src/api/cumulative.ts";
import * as join from "../../src/api/join.ts";
import { pad } from "../../src/api/pad.ts";
import * as ranges from "../../src/api/ranges.ts";
import * as reduce from "../../src/api/reduce.ts";
import * as shape from "../../src/api/shape.ts";
import * as statistics from "../../src/api/statistics.ts";
import * as triangular from "../../src/api/triangular.ts";
import type { NDArray } from "../../src/core/array-types.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";

/** The functions of each file, and those among them that only other files use. */
const modules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { "compare-arrays": comparison, creation, cumulative, join, pad: { pad }, ranges, reduce, shape, statistics, triangular };
const internal = ["dtypeOption", "selectAlong", "shapeArgument", "stackValues"];
const scope: Readonly<Record<string, unknown>> = Object.assign({}, ...Object.values(modules));

const pattern = /@example\s(?:\s\*\s)?(?<call>.+?);? \/\/ → (?<result>.+?)(?: \*\/)?$/gmu;

function plain(value: unknown): unknown {
  if (value instanceof ConcreteArray) return (value as unknown as NDArray).toArray();
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Numbers that the example cuts short are cut short alike. */
function cut(value: unknown, like: unknown): unknown {
  if (Array.isArray(value)) return value.map((v, i) => cut(v, (like as unknown[])[i]));
  const shown = typeof like === "string" ? /^(.*)…$/.exec(like)?.[1] : undefined;
  return shown !== undefined && String(value).startsWith(shown) ? like : value;
}

describe.each(Object.entries(modules))("%s", (name, functions) => {
  const source = readFileSync(new URL(`../../src/api/${name}.ts`, import.meta.url), "utf8");
  const found = [...source.matchAll(pattern)].map(({ groups }) => [groups?.["call"] as string, groups?.["result"] as string] as const);

  test("each function has an example", () => {
    expect(Object.keys(functions).filter((f) => !internal.includes(f) && !found.some(([call]) => call.includes(`${f}(`)))).toEqual([]);
  });
  test.each(found)("%s → %s", (call, result) => {
    const value: unknown = new Function(...Object.keys(scope), `return ${call}`)(...Object.values(scope));
    const expected: unknown = JSON.parse(result.replaceAll(/(-?[\d.]+…)/g, '"$1"'));
    expect(cut(plain(value), expected)).toEqual(expected);
  });
});
