/** On plain values rewritten code does exactly what the source does: results, errors, effects and their order. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rewritten } from "./evaluate.ts";
import { isValid, outcome } from "./outcome.ts";
import { spec, type Spec } from "./plain-values.ts";
import { program, type Flavour } from "./programs.ts";

const binary = ["+", "-", "*", "/", "%", "**", "<", "<=", ">", ">=", "==", "!=", "===", "!==", "&", "|", "^", "<<", ">>", ">>>", "in", "instanceof"];
const assigning = ["+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>=", ">>>=", "&&=", "||=", "??="];
const forms: readonly string[] = [
  ...binary.map((operator) => `return a ${operator} b;`),
  ...["-", "+", "~", "!", "typeof ", "void "].map((operator) => `return ${operator}a;`),
  ...assigning.flatMap((operator) => [
    `const r = (a ${operator} b); return [r, a];`, `const o = { a }; const r = o.a ${operator} b; return [r, o];`,
    `const o = { [b]: a }; const r = o[b] ${operator} c; return [r, o];`, `const r = (a[b] ${operator} c); return [r, a];`,
  ]),
  ...["++", "--"].flatMap((operator) => [
    `const r = a${operator}; return [r, a];`, `const r = ${operator}a; return [r, a];`, `const o = { [b]: a }; const r = o[b]${operator}; return [r, o];`,
    `a[b]${operator}; return a;`, `const r = ${operator}a.p; return [r, a];`,
  ]),
  "return a ? b : c;", "return a && b;", "return a || b;", "return a ?? b;", "return a ? b ? 1 : 2 : c || 3;",
  "if (a) return 1; else return 2;", "while (a) return 1;", "do { b = 1; } while (a && !b); return b;", "for (; a; a = 0) b = 1; return b;",
  "if (a) return b; if (b) { a = c; } else if (c) return a; return [a, b];", "if (a) { if (b) return 1; return 2; } const r = [a, b]; if (c) return r;", "if (a) return; c = b;\nif (b) return c",
  "let r; if (a) r = b; else if (b) r = c; return r;", "let n = 3; while (n-- && a) { if (b) a = c; c = n; } return [a, b, c, n];", "const r = []; for (let i = 0; i < 3 && (a || i < 2); i++) { r.push(() => i); if (b) i++; } return r.map((f) => f());",
  "let n = 0; do { n++; if (a) b = n; } while (n < 3 && b); return [b, n];", "for (const v of [a, b, c]) { if (v) return v; } return 1;", "const f = () => { if (a) return this; return arguments; }; return typeof f();",
  "class A { constructor() { if (a) return { b }; this.v = c; } } return new A();", "class A { v = b; } class B extends A { constructor() { super(); if (a) return; this.w = c; } } return new B();",
  "const f = function () { if (a) return () => 1; return function () {}; }; return f();", "try { if (a) throw b; return c; } catch (e) { if (e) return [e]; return 2; } finally { if (c) b = 1; }",
  "switch (a) { case b: return 1; case c: return 2; default: return 3; }",
  "return a[b];", "return a[b][c];", "return a?.[b];", "return a?.[b]?.[c].p;", "a[b] = c; return a;", "[a[b]] = [c]; return a;", "return a[b, c];",
  "return Math.abs(a);", "return Math.max(a, b, c);", "return Math.pow(a, b);", "return Math.missing(a);", "const { hypot } = Math; return hypot(a, b);",
  "return Number.isNaN(a);", "return Number.isFinite(a);", "const { isInteger } = Number; return isInteger(a, b);", "const N = Number; return N.isSafeInteger(a);",
  "return Object.is(a, b);", "return Boolean(a);", "return Boolean(a, b);",
  ...["some", "every", "filter", "find", "findIndex", "findLast", "findLastIndex"].map((name) => `return [a, b, c].${name}((v) => v);`),
  "const own = { filter(f, t) { return [f(), f.call(t), this === own]; } }; return own.filter(function () { if (a) return; return b; }, c);",
  "return a?.find(() => b);",
];

async function expectSame(source: string, values: readonly Spec[]): Promise<void> {
  const code = `"use strict"; module.exports = ${source}`;
  fc.pre(isValid(code)); // a random program may have `await` where none can stand
  const expected = await outcome(code, values);
  expect(await outcome(rewritten(code, { sourceType: "commonjs" }), values)).toEqual(expected);
}

describe("every operator on every kind of value", () => {
  test.each(forms)("%s", async (form) => {
    await fc.assert(fc.asyncProperty(spec, spec, spec, (a, b, c) => expectSame(`function (a, b, c) { ${form} };`, [a, b, c])), { numRuns: 60 });
  });
});

describe("random programs", () => {
  test.each<Flavour>(["function", "async function", "function*", "async function*"])("%s", { timeout: 1_200_000 }, async (flavour) => {
    await fc.assert(fc.asyncProperty(program(flavour), fc.array(spec, { minLength: 6, maxLength: 6 }), expectSame), { numRuns: 700 });
  });
});
