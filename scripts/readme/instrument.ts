/**
 * Turns the promises of an example, `// → value` and `// throws Error`, into calls of expect.ts. Nothing moves to another line.
 */
import MagicString from "magic-string";
import { parseSync } from "oxc-parser";
import type { Comment } from "oxc-parser";

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Promised {
  readonly kind: "value" | "throws";
  readonly text: string;
  readonly start: number;
}

/** The code with its promises made calls, and how many there are. */
export function instrument(file: string, code: string): { code: string; promises: number } {
  const { program, comments, errors } = parseSync(file, code);
  const problem = errors[0];
  if (problem !== undefined) throw new Error(problem.codeframe ?? problem.message);
  const statements = statementsOf(program);
  const edited = new MagicString(code);
  const promises = promisesOf(code, comments);
  const uncommented = comments.reduce((text, { start, end }) => text.slice(0, start) + " ".repeat(end - start) + text.slice(end), code);
  for (const promise of promises) {
    const line = code.slice(0, promise.start).split("\n").length;
    const statement = statements.find(({ end }) => end <= promise.start && /^[\s;]*$/.test(uncommented.slice(end, promise.start)));
    const fail = (message: string): never => {
      throw new Error(`line ${line}: ${message}`);
    };
    if (statement === undefined) return fail("a promise must follow an expression or a declaration");
    const what = `(${line}, ${JSON.stringify(promise.text)}`;
    const expression = statement.type === "ExpressionStatement" ? (statement as Node & { expression: Node }).expression : null;
    if (promise.kind === "throws") {
      if (expression === null) return fail("only an expression can be promised to throw");
      edited.appendLeft(expression.start, `await __example.throws${what}, () => (`).appendRight(expression.end, "))");
    } else if (expression !== null && /^console\.log\s*\(/.test(code.slice(expression.start))) {
      edited.overwrite(expression.start, expression.start + "console.log".length, `__example.log${what})`);
    } else if (expression !== null) {
      edited.appendLeft(expression.start, `__example.value${what}, (`).appendRight(expression.end, "))");
    } else {
      edited.appendRight(statement.end, `; __example.value${what}, ${declaredName(statement) ?? fail("what is promised must be one plain variable")});`);
    }
  }
  return { code: edited.toString(), promises: promises.length };
}

/** Later comments that go on with a promise are joined to it. */
function promisesOf(code: string, comments: readonly Comment[]): Promised[] {
  const promises: Promised[] = [];
  let last: { promise: Promised; end: number } | null = null;
  for (const { type, value, start, end } of comments) {
    if (type !== "Line") continue;
    const found = /^ *(→|throws ) *(.*)$/.exec(value);
    if (found !== null) {
      const promise: Promised = { kind: found[1] === "→" ? "value" : "throws", text: (found[2] ?? "").trim(), start };
      promises.push(promise);
      last = { promise, end };
    } else if (last !== null && /^ {3,}/.test(value) && /^\s*$/.test(code.slice(last.end, start))) {
      const promise: Promised = { ...last.promise, text: `${last.promise.text}\n${value.trim()}` };
      promises[promises.length - 1] = promise;
      last = { promise, end };
    } else {
      last = null;
    }
  }
  return promises;
}

/** Every expression statement and variable declaration, outer ones first. */
function statementsOf(program: unknown): Node[] {
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
    } else if (typeof value === "object" && value !== null) {
      const node = value as Node;
      if (node.type === "ExpressionStatement" || node.type === "VariableDeclaration") found.push(node);
      for (const child of Object.values(node)) visit(child);
    }
  };
  visit(program);
  return found;
}

function declaredName(statement: Node): string | null {
  const { declarations } = statement as Node & { declarations: readonly { id: Node & { name?: string } }[] };
  return declarations.length === 1 ? declarations[0]?.id.name ?? null : null;
}
