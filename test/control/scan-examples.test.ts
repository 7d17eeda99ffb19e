/** The examples in the documentation of scan, map and associativeScan are executed. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as cr from "chainrule";

const lines = ["scan", "map"].flatMap((file) => [...readFileSync(new URL(`../../src/api/${file}.ts`, import.meta.url), "utf8").matchAll(/@example\s(?:\s\*\s)?(?<code>(?:.|\n)+?) \/\/ → (?<result>.+?)(?: \*\/)?$/gmu)].map((m) => [m.groups!["code"]!.replaceAll(/^\s*\*\s/gm, ""), m.groups!["result"]!] as const));

test("there is one of each function", () => expect(lines).toHaveLength(3));
test.each(lines)("%s → %s", (code, result) => {
  const statements = code.replaceAll(": Tensor", "").split("\n");
  const run = new Function(...Object.keys(cr), [...statements.slice(0, -1), `return ${statements.at(-1)}`].join("\n")) as (...names: unknown[]) => unknown;
  expect(run(...Object.values(cr))).toEqual(JSON.parse(result));
});
