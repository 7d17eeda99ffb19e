/** The examples in the documentation of rules, callbacks and debug printing are executed. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as cr from "chainrule";
import type { NDArray } from "chainrule";
import { ConcreteArray } from "../../src/core/concrete.ts";

const example = /@example\s(?:\s\*\s)?(?<code>(?:.|\n)+?) \/\/ → (?<result>.+?)(?: \*\/)?$/gmu;
const plain = (value: unknown): unknown => (value instanceof ConcreteArray ? (value as unknown as NDArray).toArray() : value);

describe.each([["custom-rules", 4], ["callback", 1], ["debug", 2]])("%s", (file, count) => {
  const source = readFileSync(new URL(`../../src/api/${file}.ts`, import.meta.url), "utf8");
  const found = [...source.matchAll(example)].map(({ groups }) => [groups!["code"]!.replaceAll(/^\s*\*\s/gm, ""), groups!["result"]!] as const);
  beforeEach(() => vi.spyOn(console, "log").mockImplementation(() => undefined) as never);
  afterEach(() => void vi.restoreAllMocks());

  test("each function has one", () => expect(found).toHaveLength(count));
  test.each(found)("%s → %s", (code, result) => {
    const statements = stripTypeScriptTypes(code).split("\n");
    const run = new Function(...Object.keys(cr), [...statements.slice(0, -1), `return ${statements.at(-1)}`].join("\n")) as (...names: unknown[]) => unknown;
    expect(plain(run(...Object.values(cr)))).toEqual(JSON.parse(result));
  });
});
