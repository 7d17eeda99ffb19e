/** Statements with conditions: what they become, and what reaches an array; refusals keep the plain form and say why. */
import { describe, expect, test } from "vitest";
import { emitted, run } from "./evaluate.ts";
import { FakeArray, show } from "./fake-array.ts";
import { statements, texts } from "./statement-table.ts";

describe("a statement on an array", () => {
  test.each(statements)("%s", (source, reached) => {
    const log: string[] = [];
    const x = new FakeArray("x", log);
    const names = { x, y: new FakeArray("y", log), n: 3, s: "train", o: { p: x, list: [1, 2], n: 2 }, list: [10, 20] };
    try {
      const result = run(source, names);
      if (result !== undefined) log.push(`returns ${show(result)}`);
    } catch (error) {
      log.push(`throws ${error instanceof Error ? error.message : String(error)}`);
    }
    expect(log).toEqual(reached);
  });

  test("in an async function or a generator keeps its plain form", () => {
    for (const kind of ["async () =>", "async function* ()", "function* ()"]) expect(emitted(`h(${kind} { while (x) n = 1; })`)).toContain("$op.truth(x, \"while\", \"it stands in ");
  });
});

describe("the text of a statement", () => {
  test.each(texts)("%s", (source, text) => {
    expect(emitted(`function f(x, y, n) { ${source} }`)).toBe(`function f(x, y, n) { ${text} }`);
  });

  test("nests to a limit, in files of any length", () => {
    const text = emitted(`function f(x) { ${"if (x > 1) return 1;\n".repeat(3000)} ${"if (x) {".repeat(500)}${"}".repeat(500)} }`);
    expect(text.match(/: for \(;;\) try/g)).toHaveLength(40);
    expect(() => new Function(text)).not.toThrow();
  });
});
