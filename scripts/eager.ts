/**
 * Marks the functions of a file that first calls run, so that V8 compiles them while it loads the file. Else it reads such a function twice:
 * when it loads the file, to find its end, and when it is called. A function in parentheses it takes for one that is called at once.
 * docs/decisions/0020-what-first-calls-run-is-compiled-with-the-file.md says what that is worth.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import remapping from "@jridgewell/remapping";
import MagicString from "magic-string";
import { parseSync, Visitor } from "oxc-parser";
import { failureOf, root, run } from "./stage.ts";

/** Rewrites a module of JavaScript and its source map; the returned text says what went wrong, null when nothing did. */
export async function compileFirstCallsEagerly(file: string): Promise<string | null> {
  const counted = await run(process.execPath, [join(root, "scripts/first-calls.ts"), pathToFileURL(file).href]);
  const failure = failureOf(counted);
  if (failure !== null) return failure;
  const ranges = JSON.parse(counted.stdout) as [start: number, end: number][];
  const marked = mark(readFileSync(file, "utf8"), new Set(ranges.map(String)));
  if (!marked.hasChanged()) return `no function of ${file} is marked: first calls run none`;
  const map = { version: 3 as const, ...marked.generateDecodedMap({ file: basename(file), source: file, hires: "boundary" }) };
  const before = readFileSync(`${file}.map`, "utf8");
  writeFileSync(file, marked.toString());
  writeFileSync(`${file}.map`, remapping([map, before], () => null, { excludeContent: true }).toString());
  return null;
}

/** Declarations become variables, which start the file, since a declaration can be called before the line where it stands. */
function mark(code: string, ran: ReadonlySet<string>): MagicString {
  const marked = new MagicString(code);
  const { program } = parseSync("module.js", code);
  const declared = new Set<object>(program.body);
  const isMarked = ({ start, end }: { start: number; end: number }): boolean => ran.has(`${start},${end}`);
  const enclose = ({ start, end }: { start: number; end: number }, before: string, after: string): void => {
    marked.prependRight(start, before).appendLeft(end, after);
  };
  new Visitor({
    FunctionDeclaration(node) {
      if (node.id === null || !declared.has(node) || !isMarked(node)) return;
      enclose(node, `var ${node.id.name} = (`, ");\n");
      marked.move(node.start, node.end, 0);
    },
    ArrowFunctionExpression(node) {
      if (isMarked(node)) enclose(node, "(", ")");
    },
  }).visit(program);
  return marked;
}
