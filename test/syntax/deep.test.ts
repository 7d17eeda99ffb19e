/** Long and deep files: no pass recurses, none is quadratic. */
import { describe, expect, test } from "vitest";
import { rewrite } from "../../src/syntax/rewrite.ts";
import { run } from "./evaluate.ts";

const shapes: readonly (readonly [name: string, code: (n: number) => string])[] = [
  ["a long sum", (n) => `x = ${Array(n).fill("a").join(" + ")};`],
  ["a long conjunction", (n) => `x = ${Array(n).fill("a").join(" && ")};`],
  ["a chain of choices", (n) => `x = ${"a ? b : ".repeat(n)}c;`],
  ["nested parentheses", (n) => `x = ${"(a + ".repeat(n)}1${")".repeat(n)};`],
  ["nested indices", (n) => `x = ${"a[".repeat(n)}1${"]".repeat(n)};`],
  ["signs", (n) => `x = ${"- ".repeat(n)}a;`],
  ["an optional chain", (n) => `x = a${"?.[0]".repeat(n)};`],
  ["an else after the other", (n) => `function f(a) {\n${Array.from({ length: n }, (_, i) => `if (a.less(${i})) return ${i};`).join(" else\n")}\nreturn a; }`],
  ["many functions", (n) => "function f(a) { a += 1; return a ? 1 : 2; }\n".repeat(n)],
];

describe("deep and long files", () => {
  test.each(shapes)("%s of 2000", { timeout: 20_000 }, (_, code) => {
    const result = rewrite(code(2000), "deep.js", { include: "all" });
    expect(result?.code).toContain("$op.");
    expect(() => new Function(result?.code.replace(/^import[^;]*;/, "") ?? "")).not.toThrow(SyntaxError);
  });

  test("the text of returns in `else if`s grows with their number alone", () => {
    const text = (n: number): number => rewrite(shapes.find(([name]) => name === "an else after the other")![1](n), "deep.js", { include: "all" })!.code.length;
    expect(text(2000) / text(1000)).toBeLessThan(2.2);
  });

  test("the result computes the same", () => {
    expect(run(`return ${Array(500).fill("a").join(" + ")};`, { a: 2 })).toBe(1000);
    expect(run(`return ${"(a + ".repeat(500)}1${")".repeat(500)};`, { a: 2 })).toBe(1001);
    expect(run(`return ${"a ? ".repeat(500)}7${" : 0".repeat(500)};`, { a: 2 })).toBe(7);
  });
});
