/**
 * Source text to syntax tree: picks the language and the source type from the file name, and keeps every
 * parenthesis as a node of its own, because edits are made in place.
 */
import { parseSync, type ParserOptions, type Program } from "oxc-parser";

type SourceType = NonNullable<ParserOptions["sourceType"]>;

/** The file name of a bundler's module id: no query (`?v=1`) and no virtual prefix. */
export function cleanName(id: string): string {
  const name = id.startsWith("\0") ? id.slice(1) : id;
  const query = name.search(/[?#]/);
  if (query < 0) return name;
  const virtual = /\blang\.(?:m|c)?[jt]sx?\b/.exec(name.slice(query));
  return virtual === null ? name.slice(0, query) : `${name.slice(0, query)}.${virtual[0].slice(5)}`;
}

export function isScript(id: string): boolean {
  return /\.(?:m|c)?[jt]sx?$/.test(cleanName(id)) && !/\.d\.(?:m|c)?ts$/.test(cleanName(id));
}

export type ModuleKind = "module" | "commonjs";

/** The tree, or null where the parser refuses the text: whoever reads the file next reports that. */
export function parse(filename: string, code: string, kind?: ModuleKind): Program | null {
  const name = cleanName(filename);
  const lang = name.endsWith(".tsx") ? "tsx" : /\.(?:m|c)?ts$/.test(name) ? "ts" : "jsx";
  for (const sourceType of kind === undefined ? sourceTypes(name) : [kind]) {
    const result = parseSync(name, code, { lang, sourceType, astType: "ts", preserveParens: true });
    if (result.program.body.length > 0 || result.errors.length === 0) return result.program;
  }
  return null;
}

function sourceTypes(name: string): readonly SourceType[] {
  if (/\.m[jt]s$/.test(name)) return ["module"];
  if (/\.c[jt]s$/.test(name)) return ["commonjs"];
  return ["unambiguous", "commonjs", "module"];
}
