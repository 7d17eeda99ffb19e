/** Warnings before the code runs: conditions that are certainly arrays, in rewritten functions and outside of them. */
import { describe, expect, test } from "vitest";
import { rewrite } from "../../src/syntax/rewrite.ts";

function warnings(body: string, parameters = "x: Tensor, n: number, opt?: Tensor"): readonly string[] {
  const code = `import { type Tensor, where } from "chainrule";\nfunction f(${parameters}) {\n${body}\n}`;
  return (rewrite(code, "f.ts")?.warnings ?? []).map(({ message, line, column }) => `${line}:${column} ${message}`);
}

describe("lint", () => {
  test("says what is wrong, where, and what to do", () => {
    expect(warnings("  if (x > 0) return 1;")).toEqual([
      "3:7 if (x > 0): the condition is a Tensor, which has no single truth value while it is traced. "
        + "Use `c ? a : b` or where(c, a, b) to choose elementwise, cond(c, onTrue, onFalse) to run one branch.",
    ]);
  });

  test.each([
    "if (x) {}", "if ((x)) {}", "if (0 < x) {}", "if (x! >= n) {}", "while (x < 1) {}", "do {} while (x);", "for (; x < n;) {}", "switch (x) {}", "const g = () => { if (x) {} };",
  ])("%s is noticed", (body) => expect(warnings(body)).toHaveLength(1));

  test.each([
    "if (n > 0) {}", "if (opt) {}", "if (x === undefined) {}", "if (x.shape.length > 1) {}", "if (x > 0 ? n : 1) {}", "function g(x: number) { if (x) {} }", "const y = x > 0 ? x : 1;",
  ])("%s is not", (body) => expect(warnings(body)).toEqual([]));

  test.each(["return x ? 1 : 2;", "return x && n;", "return x || n;", "return !x;"])("%s is noticed where it is not rewritten", (body) => {
    const [warning, ...others] = warnings(body);
    expect(others).toEqual([]);
    expect(warning).toBe(`3:8 ${body.slice(7, -1)}: this function is not rewritten, where a Tensor always counts as true. Put "use trace" at its top.`);
    expect(warnings(`"use trace"; ${body}`)).toEqual([]);
  });

  test("a type of another name or no import is not", () => {
    expect(warnings("if (x) {}", "x: Tensors")).toEqual([]);
    expect(rewrite(`type Tensor = number; /* chainrule */ function f(x: Tensor) { if (x) {} }`, "f.ts")).toBeNull();
  });
});
