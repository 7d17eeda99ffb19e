/** Rewrites source text and runs it, with the runtime that the rewritten code asks for. */
import { rewrite, type RewriteOptions } from "../../src/syntax/rewrite.ts";
import * as runtime from "../../src/syntax/runtime.ts";

export function rewritten(code: string, options: RewriteOptions = {}, filename = "source.ts"): string {
  const result = rewrite(code, filename, { include: "all", ...options });
  if (result === null) throw new Error(`nothing was rewritten in ${code}`);
  return result.code;
}

/** The rewritten text of one expression or statement, without the header and the temporaries. */
export function emitted(code: string): string {
  return rewritten(code).replace(/^import \* as \$op from "chainrule\/syntax-runtime"; /, "").replace(/^ let [$\w, ]+;/, "");
}

/** Runs the text as the body of a function of the given names and returns what it returns. */
export function run(body: string, names: Readonly<Record<string, unknown>>): unknown {
  return compile(rewritten(wrap(body, names), { sourceType: "commonjs" }))(...Object.values(names));
}

/** The same without the rewrite. */
export function runPlain(body: string, names: Readonly<Record<string, unknown>>): unknown {
  return compile(wrap(body, names))(...Object.values(names));
}

function wrap(body: string, names: Readonly<Record<string, unknown>>): string {
  return `"use strict"; module.exports = function (${Object.keys(names).join(", ")}) { ${body} };`;
}

/** The function that a CommonJS text exports; `names` are globals to it. */
export function compile(code: string, names: Readonly<Record<string, unknown>> = {}): (...args: readonly unknown[]) => unknown {
  const module = { exports: {} };
  new Function("module", "require", ...Object.keys(names), code)(module, () => runtime, ...Object.values(names));
  return module.exports as (...args: readonly unknown[]) => unknown;
}
