/** Source maps: everything that was copied maps to itself, and each inserted text to the place it stands for. */
import { SourceMap } from "node:module";
import { describe, expect, test } from "vitest";
import { rewrite } from "../../src/syntax/rewrite.ts";

const source = `// a comment, ünïcode
export function loss(x, y = x ? 1 : 2) {
  "use trace";
  const error = x - y,
    scaled = error
      * 2;   /* a note */ const rest = scaled ?. [0];
  if (rest) return -error;
  o.count++;
  return Math.max(error, x[ 3 ]) && rest;
}
`;

const result = rewrite(source, "loss.js");
const lines = source.split("\n");
const produced = result?.code.split("\n") ?? [];
const map = new SourceMap({ file: "", sourceRoot: "", ...result?.map as object } as never);

/** The source text at the place that the given place of the result maps to. */
function mapped(line: number, column: number): string {
  const entry = map.findEntry(line, column) as { originalLine: number; originalColumn: number };
  return (lines[entry.originalLine] as string).slice(entry.originalColumn);
}

describe("the source map", () => {
  test("names the file and holds its text", () => {
    expect(result?.map).toMatchObject({ version: 3, sources: ["loss.js"], sourcesContent: [source], names: [] });
  });

  test("keeps every line where it is", () => {
    expect(produced).toHaveLength(lines.length);
    produced.forEach((text, line) => {
      if (text.trim() !== "") expect((map.findEntry(line, 0) as { originalLine: number }).originalLine).toBe(line);
    });
  });

  test("maps every copied word to itself", () => {
    let words = 0;
    produced.forEach((whole, line) => {
      const text = whole.replace(/"[^"]*"/g, (quoted) => "_".repeat(quoted.length));
      for (const { 0: word, index } of text.matchAll(/[a-zA-Zü][\wüï]+|\d/g)) {
        if (text.slice(0, index).match(/[$\w.]$|import.*$|let .*$/) || !lines[line]?.includes(word) || /^(?:if|test)$/.test(word)) continue;
        if (word === "0" || word === "void") continue;
        expect(mapped(line, index).startsWith(word), `${word} in ${text}`).toBe(true);
        words++;
      }
    });
    expect(words).toBeGreaterThan(15);
  });

  test.each<readonly [call: string, place: string]>([
    ["$op.sub(", "- y,"], ["$op.mul(", "* 2;"], ["$op.select(", "? 1 : 2"], ["$op.truth(", "rest) return"], ["$op.neg(", "-error;"],
    ["$op.inc(", "++;"], ["$op.math(", "Math.max(error"], ["$op.and(", "&& rest"], ["$op.index(x", "3 ])"], ["$op.nullish(", "scaled ?."],
  ])("maps %s to %s", (call, place) => {
    const line = produced.findIndex((text) => text.includes(call));
    const column = (produced[line] as string).indexOf(call);
    for (let c = column; c < column + call.length - 1; c++) expect(mapped(line, c).startsWith(place), mapped(line, c)).toBe(true);
  });
});

describe("the source map of statements that may become part of a program", () => {
  const statements = `function root(a, x) {
  let count = 0; if (a < 0) {
    x = -a; count++;
  } else x = x * 2
  while (x * x - a > 1e-6) {
    const step = (x * x - a) / 2;
    x = x - step;
  }
  if (count) return x; // the rest
  for (let i = 0; i < a; i++) x = x + i;
  return [x, count];
}
`;
  const written = rewrite(statements, "root.js", { include: "all" });
  const rows = written?.code.split("\n") ?? [];
  const sources = statements.split("\n");
  const places = new SourceMap({ file: "", sourceRoot: "", ...written?.map as object } as never);

  test("keeps every line", () => expect(rows).toHaveLength(sources.length));

  test.each<readonly [line: number, text: string]>([
    [2, "$op.neg(a)"], [2, "count = "], [3, "else x"], [3, "$op.mul(x, 2)"], [5, "const step"], [5, "$op.div("], [6, "$op.sub(x, step)"], [8, "return $op.give"], [8, "// the rest"], [9, "$op.add(x, i)"], [10, "count])"],
  ])("line %i: %s", (line, text) => {
    const column = (rows[line] as string).indexOf(text);
    expect(column).toBeGreaterThanOrEqual(0);
    const { originalLine, originalColumn } = places.findEntry(line, column) as { originalLine: number; originalColumn: number };
    const meant: Readonly<Record<string, string>> = { "$op.neg(a)": "-a", "$op.mul(x, 2)": "* 2", "$op.div(": "/ 2", "$op.sub(x, step)": "- step", "$op.add(x, i)": "+ i", "return $op.give": "return", "count = ": "count++", "count])": "count]" };
    expect([originalLine, (sources[line] as string).slice(originalColumn).startsWith(meant[text] ?? text)]).toEqual([line, true]);
  });

  test("leads what asks about a condition to the condition", () => {
    for (const [line, call, condition] of [[1, "$op.fork(", "a < 0"], [4, "$op.loop(", "x * x"], [8, "$op.split(", "count)"], [9, "$op.loop(", "i < a"]] as const) {
      const { originalLine, originalColumn } = places.findEntry(line, (rows[line] as string).indexOf(call)) as { originalLine: number; originalColumn: number };
      expect([originalLine, (sources[line] as string).slice(originalColumn).startsWith(condition)]).toEqual([line, true]);
    }
  });
});
