import { describe, expect, test } from "vitest";
import { difference } from "../../scripts/readme/compare.ts";
import { examplesOf } from "../../scripts/readme/extract.ts";
import { instrument } from "../../scripts/readme/instrument.ts";

const fence = "```";

describe("extract", () => {
  test("keeps the document's line numbers, joins continued blocks and finds the printed text", () => {
    const [first, second, ...rest] = examplesOf("README.md", [
      "# title", `${fence}ts`, "one();", fence, "words", `${fence}ts continue`, "two();", fence, "", `${fence}text`, "printed", fence,
      `${fence}sh`, "npm test", fence, `  ${fence}js no-run`, "  three();", `  ${fence}`, `${fence}text`, "not adjacent to ts", fence,
    ].join("\n"));
    expect(first?.code.split("\n").map((line, index) => `${index + 1} ${line}`).filter((line) => line.includes("()"))).toEqual(["3 one();", "7 two();"]);
    expect(first).toMatchObject({ line: 2, language: "ts", mode: "run", prints: "printed\n" });
    expect(second).toMatchObject({ line: 16, language: "js", mode: "no-run", file: "README.md.16.mjs" });
    expect(second?.code.trim()).toBe("three();");
    expect(rest).toEqual([]);
  });

  test("refuses words it does not know, and a continuation of nothing", () => {
    expect(() => examplesOf("a.md", `${fence}ts norun\n${fence}`)).toThrow(`a.md:1: unknown word "norun" after ts`);
    expect(() => examplesOf("a.md", `${fence}ts continue\n${fence}`)).toThrow("a.md:1: there is no example to continue");
  });
});

describe("instrument", () => {
  test("makes promises calls and moves no line", () => {
    const { code, promises } = instrument("a.ts", [
      "f(1); // → 2", "const a: number = f(1) // → 2", "f(", "  [1]);", "// → [[1],", "//    [2]]", "console.log(a, 1); // a remark", "// → 2 1", "f(); // throws Error: no", "f(); // a remark",
    ].join("\n"));
    expect(promises).toBe(5);
    expect(code).toMatchInlineSnapshot(`
      "__example.value(1, "2", (f(1))); // → 2
      const a: number = f(1); __example.value(2, "2", a); // → 2
      __example.value(5, "[[1],\\n[2]]", (f(
        [1])));
      // → [[1],
      //    [2]]
      __example.log(8, "2 1")(a, 1); // a remark
      // → 2 1
      await __example.throws(9, "Error: no", () => (f())); // throws Error: no
      f(); // a remark"
    `);
  });

  test("refuses a promise about nothing, and about several variables", () => {
    expect(() => instrument("a.ts", "// → 2\nf();")).toThrow("line 1: a promise must follow an expression or a declaration");
    expect(() => instrument("a.ts", "const [a, b] = f(); // → 2")).toThrow("line 1: what is promised must be one plain variable");
  });
});

describe("compare", () => {
  test.each([
    ["[1, 2]", "[ 1,\n  2 ]"],
    ["0.54", "0.5403023"],
    ["-0.42", "-0.4161468"],
    ["1.5e-3", "0.00152"],
    ["0.1", "0.10000000149011612"],
    ["3", "3.0000002"],
    ["f32[3] NaN", "f32[3]  NaN"],
  ])("%s is kept by %s", (promised, actual) => expect(difference(promised, [actual])).toBeNull());

  test.each([
    ["[1, 2]", "[1, 2, 3]"],
    ["[1, 2]", "[1, 3]"],
    ["0.55", "0.5403"],
    ["1", "-1"],
    ["3", "3.01"],
    ["f32[3]", "f64[3]"],
    ["1", "NaN"],
  ])("%s is broken by %s", (promised, actual) => expect(difference(promised, [actual])).toMatch(/^promised:/));
});
