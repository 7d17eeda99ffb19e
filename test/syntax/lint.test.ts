/** Warnings before the code runs: conditions that are certainly arrays, in rewritten functions and outside of them. */
import { describe, expect, test } from "vitest";
import { rewrite } from "../../src/syntax/rewrite.ts";

function warnings(body: string, parameters = "x: Tensor, n: number, opt?: Tensor", directive = '"use trace";'): readonly string[] {
  const code = `import { type Tensor, where } from "chainrule";\nfunction f(${parameters}) { ${directive}\n${body}\n}`;
  return (rewrite(code, "f.ts")?.warnings ?? []).map(({ message, line, column }) => `${line}:${column} ${message}`);
}

describe("lint", () => {
  test("says what is wrong, where, and what to do", () => {
    expect(warnings("  if (x > 0) throw new Error();")).toEqual([
      "3:7 if (x > 0): the condition is a Tensor, and this cannot become part of the program: it throws (line 3). "
        + "Use `c ? a : b` or where(c, a, b) to choose values, cond(c, onTrue, onFalse) to run one of two functions.",
    ]);
    expect(warnings("  if (x > 0) return 1;\n  return 2;", undefined, "")).toEqual([
      '3:7 if (x > 0): this function is not rewritten, where a Tensor always counts as true. Put "use trace" at its top.',
    ]);
  });

  test.each([
    "if (x) { throw 1; }", "if ((x)) o.p = 1;", "while (0 < x) { break; }", "if (x! >= n) outer++;", "while (x < 1) { return; }", "do { break; } while (x);",
    "L: for (; x < n;) {}", "switch (x) {}", "const g = async () => { if (x) {} };", "for (const v of n) { if (x > v) break; }",
  ])("%s is noticed", (body) => {
    expect(warnings(body)).toHaveLength(1);
    expect(warnings(body, undefined, "")).toHaveLength(1);
  });

  test.each([
    "if (x) {}", "if ((x)) return 1;", "if (0 < x) n = 1; else { n = 2; }", "while (x < 1) x = x + 1;", "do { n++; } while (x);", "for (; x < n;) { if (x) n = 2; }",
  ])("%s becomes part of the program, but not where it is not rewritten", (body) => {
    expect(warnings(body)).toEqual([]);
    expect(warnings(body, undefined, "").length).toBeGreaterThan(0);
  });

  test.each([
    "if (n > 0) {}", "if (opt) {}", "if (x === undefined) {}", "if (x.shape.length > 1) {}", "if (x > 0 ? n : 1) {}", "function g(x: number) { if (x) {} }", "const y = x > 0 ? x : 1;",
  ])("%s is not", (body) => expect(warnings(body)).toEqual([]));

  test.each(["return x ? 1 : 2;", "return x && n;", "return x || n;", "return !x;"])("%s is noticed where it is not rewritten", (body) => {
    const [warning, ...others] = warnings(body, undefined, "");
    expect(others).toEqual([]);
    expect(warning).toBe(`3:8 ${body.slice(7, -1)}: this function is not rewritten, where a Tensor always counts as true. Put "use trace" at its top.`);
    expect(warnings(body)).toEqual([]);
  });

  test("a type of another name or no import is not", () => {
    expect(warnings("if (x) {}", "x: Tensors")).toEqual([]);
    expect(rewrite(`type Tensor = number; /* chainrule */ function f(x: Tensor) { if (x) {} }`, "f.ts")).toBeNull();
  });
});
