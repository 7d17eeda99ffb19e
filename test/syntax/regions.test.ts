/** Which functions are rewritten, and that nothing else is touched. */
import { describe, expect, test } from "vitest";
import { rewrite, type RewriteOptions } from "../../src/syntax/rewrite.ts";

/** The names `r…` of the additions in the text that were rewritten: `r1 + 1` → `$op.add(r1, 1)`. */
function rewrittenIn(code: string, options: RewriteOptions = {}, filename = "file.ts"): string[] {
  const result = rewrite(code, filename, options);
  return [...(result?.code.matchAll(/\$op\.add\((r\d+)/g) ?? [])].map(([, name]) => name as string);
}

const header = `import { traceFn, grad as g, vmap, customJvp, type Tensor } from "chainrule";\nimport * as cr from "chainrule";\nimport { nn } from "chainrule/nn";\n`;

const cases: readonly (readonly [title: string, code: string, rewritten: readonly string[]])[] = [
  ["a function with the directive", `function f(r1) { "use trace"; return r1 + 1; } function h(x) { return x + 1; }`, ["r1"]],
  ["a method, a getter, an arrow function with the directive", `const o = { m() { 'use trace'; return r1 + 1; }, get v() { "use trace"; return r2 + 1; } }; const a = () => { "use trace"; return r3 + 1; }`, ["r1", "r2", "r3"]],
  ["the whole file", `"use trace";\nexport const a = r1 + 1; function f() { return r2 + 1; }`, ["r1", "r2"]],
  ["no directive: the string is not at the beginning", `function f(x) { f(); "use trace"; return x + 1; }`, []],
  ["default parameters belong to the function", `function f(x, y = r1 + 1) { "use trace"; }`, ["r1"]],
  ["a literal passed to an import", `${header}traceFn((x) => r1 + 1); traceFn(function () { return r2 + 1; }); other((x) => x + 1);`, ["r1", "r2"]],
  ["an alias, a namespace, a sub-path", `${header}g((x) => r1 + 1); cr.vmap((x) => r2 + 1); cr.nn.remat((x) => r3 + 1); nn.remat((x) => r4 + 1);`, ["r1", "r2", "r3", "r4"]],
  ["lists, objects and choices of literals", `${header}cr.switchCase(i, [(x) => r1 + 1, (x) => r2 + 1]); cr.f({ a: () => r3 + 1, b() { return r4 + 1; } }); g(c ? (x) => r5 + 1 : h);`, ["r1", "r2", "r3", "r4", "r5"]],
  ["methods of what an import returned", `${header}const f = customJvp((x) => r1 + 1); f.defjvp(([p], [t]) => r2 + 1); customJvp(f).defjvp(() => r3 + 1);`, ["r1", "r2", "r3"]],
  ["type assertions around it", `${header}traceFn(((x: Tensor) => r1 + 1) as never); traceFn((function () { return r2 + 1; })!);`, ["r1", "r2"]],
  ["functions of the file that are named", `${header}function a() { return r1 + 1; } const b = () => r2 + 1; let c = function () { return r3 + 1; }; function d() { return r4 + 1; }\ntraceFn(a); g(b); vmap(c); other(d);`, ["r1", "r2", "r3"]],
  ["a nested call", `${header}g(vmap(a)); function a() { return r1 + 1; }`, ["r1"]],
  ["what is nested in a rewritten function", `${header}traceFn(() => { function inner() { return r1 + 1; } class A { m() { return r2 + 1; } static s = r3 + 1; } return [1].map((v) => r4 + v); });`, ["r1", "r2", "r3", "r4"]],
  ["a local variable hides the import", `${header}function f(traceFn) { traceFn((x) => x + 1); } { const g = 1; g((x) => x + 1); } function h() { { var vmap = 1; } vmap((x) => x + 1); }`, []],
  ["another module's functions of the same name", `import { traceFn } from "elsewhere"; traceFn((x) => x + "chainrule");`, []],
  ["an import by call", `const { traceFn } = await import("chainrule"); traceFn(() => r1 + 1); const cr = await import("chainrule"); cr.grad(() => r2 + 1); (await import("chainrule")).grad(() => r3 + 1);`, ["r1", "r2", "r3"]],
  ["an import by require", `const { traceFn } = require("chainrule"); traceFn(() => r1 + 1); require("chainrule").grad(() => r2 + 1);`, ["r1", "r2"]],
  ["a variable that leads to itself", `${header}const a = b, b = a; a(() => 1 + 1); traceFn(a);`, []],
  ["use before the definition", `traceFn(later); const later = () => r1 + 1; import { traceFn } from "chainrule";`, ["r1"]],
];

describe("what is rewritten", () => {
  test.each(cases)("%s", (_, code, expected) => expect(rewrittenIn(code)).toEqual(expected));

  test("with include: all, everything", () => expect(rewrittenIn("const a = r1 + 1;", { include: "all" })).toEqual(["r1"]));
  test("with imports, other modules count as chainrule", () => {
    const code = `import { traceFn } from "./mine.ts"; traceFn(() => r1 + 1);`;
    expect(rewrittenIn(code)).toEqual([]);
    expect(rewrittenIn(code, { imports: ["./mine.ts"] })).toEqual(["r1"]);
  });
  test("a file with nothing to rewrite is left alone", () => {
    expect(rewrite("const a = 1 + b;", "a.ts")).toBeNull();
    expect(rewrite(`import { NDArray } from "chainrule"; const a = 1 + b;`, "a.ts")).toBeNull();
    expect(rewrite(`"use trace" is not JavaScript`, "a.ts")).toBeNull();
  });
});

describe("the header", () => {
  const top = (code: string, filename: string, options: RewriteOptions = {}): string | undefined => rewrite(code, filename, { include: "all", ...options })?.code;

  test("stands behind directives and hashbangs, on their line", () => {
    expect(top("#!/usr/bin/env node\n// @ts-check\n'use strict'\na + b", "a.mjs")).toBe(
      "#!/usr/bin/env node\n// @ts-check\n'use strict'; import * as $op from \"chainrule/syntax-runtime\";\n$op.add(a, b)");
    expect(top("/* licence */ a + b", "a.mjs")).toBe("/* licence */ import * as $op from \"chainrule/syntax-runtime\"; $op.add(a, b)");
    expect(top("@d export class A { v = a + b }", "a.ts")).toBe("import * as $op from \"chainrule/syntax-runtime\"; @d export class A { v = $op.add(a, b) }");
  });
  test("is a require in CommonJS", () => {
    const required = "const $op = require(\"chainrule/syntax-runtime\"); ";
    expect(top("a + b", "a.cjs")).toBe(`${required}$op.add(a, b)`);
    expect(top("module.exports = a + b", "a.js")).toBe(`${required}module.exports = $op.add(a, b)`);
    expect(top("a + b", "a.ts", { sourceType: "commonjs" })).toBe(`${required}$op.add(a, b)`);
    expect(top("a + b", "a.ts")).toMatch(/^import/);
  });
  test("avoids the names of the file", () => {
    expect(top("$op + $t1 ? 1 : 2", "a.js")).toBe(
      "import * as $op1_ from \"chainrule/syntax-runtime\";  let $t1_1;$op1_.select($t1_1 = $op1_.test($op1_.add($op, $t1)), $t1_1 ? 1 : 0, $op1_.off($t1_1) ? 2 : 0)");
  });
});
