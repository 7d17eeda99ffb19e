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
    produced.forEach((text, line) => {
      for (const { 0: word, index } of text.matchAll(/[a-zA-Zü][\wüï]+|\d/g)) {
        if (text.slice(0, index).match(/[$\w.]$|import.*$|let .*$/) || !lines[line]?.includes(word) || /^(?:if|test)$/.test(word)) continue;
        if (text[index - 1] === '"' || word === "0" || word === "void") continue;
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
