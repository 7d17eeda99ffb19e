/**
 * The rewriting of statements with a condition. One that may become part of a program stays where it is and as it is: for a plain condition it runs
 * as ever; where the condition turns out to be an array, the runtime lets it run once for each side, or for one turn, records what it does
 * to the variables that it assigns, and gives them their new values.
 */
import type { Node } from "oxc-parser";
import { wrapInCall, type Pass } from "./pass.ts";
import type { Statement } from "./placement.ts";

type Of<T extends Node["type"]> = Extract<Node, { type: T }>;
type Conditional = Of<"IfStatement" | "WhileStatement" | "DoWhileStatement" | "ForStatement">;

const constructs = { IfStatement: "if", WhileStatement: "while", DoWhileStatement: "do", ForStatement: "for" } as const;

export function rewriteStatement(pass: Pass, node: Conditional, position: number): void {
  if (node.test === null || pass.known.plain(node.test)) return;
  const statement = pass.statements.at(node);
  if (statement === undefined || statement.refusal !== null) return rewriteTest(pass, node, node.test, statement);
  switch (statement.kind) {
    case "if": return rewriteIf(pass, node, node.test, statement, position);
    case "return": case "chained": return rewriteReturning(pass, node, node.test, statement, position);
    case "loop": return rewriteLoop(pass, node, node.test, statement, position);
  }
}

/** `if (c)` → `if ($op.truth(c, "if", why, variables))` */
function rewriteTest(pass: Pass, node: Conditional, test: Node, statement: Statement | undefined): void {
  const why = statement?.refusal == null ? "" : `, ${JSON.stringify(statement.refusal)}, ${namesOf(pass, statement).text}`;
  wrapInCall(pass, test, "truth", `, "${constructs[node.type]}"${why}`);
}

/**
 * `if (c) A else B` → `try { f = void 0; do { if ($op.side(f ??= $op.unknown(t = c) ? $op.fork(t, "a", [a]) : $op.sure(t))) A else B }
 * while ($op.forked(f) && ([a] = f.next([a]), f.open)); } finally { $op.end(f); }`
 */
function rewriteIf(pass: Pass, node: Conditional, test: Node, statement: Statement, position: number): void {
  const { op, edits } = pass;
  const { text, list, set } = namesOf(pass, statement);
  const f = pass.temporaries.take(position);
  const t = conditionOf(pass, statement, position);
  edits.open(node.start, `try { ${f} = void 0; do { `);
  edits.open(test.start, `${op}.side(${f} ??= ${op}.unknown(${t} = ${open(test)}`);
  edits.close(test.end, `${close(test)}) ? ${op}.fork(${t}, ${text}, ${list}) : ${op}.sure(${t}))`, test.start);
  edits.close(node.end, ` } while (${op}.forked(${f}) && (${set(`${f}.next(${list})`)}, ${f}.open)); } finally { ${op}.end(${f}); }`, node.start);
}

/**
 * `if (c) return x; rest` → `f = void 0; f: for (;;) try { if ($op.side(f ??= $op.unknown(t = c) ? r = $op.split(r, t, [a]) : $op.sure(t))) return $op.give(r, x);
 * rest } finally { if ($op.again(f)) { r = f; [a] = f.saved; continue f; } }`: what `finally` continues forgets the `return` before it. The `else if`s of such a statement
 * have frames of their own in the same loop.
 */
function rewriteReturning(pass: Pass, node: Conditional, test: Node, statement: Statement, position: number): void {
  const { op, edits } = pass;
  const { list } = namesOf(pass, statement);
  const f = pass.temporaries.take(position);
  const t = conditionOf(pass, statement, position);
  const r = frameOf(pass, statement, position);
  edits.open(test.start, `${op}.side(${f} ??= ${op}.unknown(${t} = ${open(test)}`);
  edits.close(test.end, `${close(test)}) ? ${r} = ${op}.split(${r}, ${t}, ${list}) : ${op}.sure(${t}))`, test.start);
  const head = statement.head.node;
  if (statement.kind === "chained") {
    const region = pass.returning.get(head);
    if (region === undefined) throw new Error("chainrule: an else without its if; please report this");
    region.frames.push(f);
    region.fill();
    return;
  }
  const opening = edits.open(node.start, "");
  const last = statement.list.at(-1) as Node;
  const closing = edits.close(last.end, "", node.start);
  const frames = [f];
  const fill = (): void => {
    opening.text = `${frames.map((frame) => `${frame} = `).join("")}void 0; ${f}: for (;;) try { `;
    const again = frames.map((frame, i) => {
      const later = frames.slice(i + 1).map((other) => `${other} = `).join("");
      return `if (${op}.again(${frame})) { ${later === "" ? "" : `${later}void 0; `}${namesOf(pass, statement).set(`(${r} = ${frame}).saved`)}; continue ${f}; }`;
    });
    closing.text = `${pass.statements.leaves(last) ? "" : `; return ${op}.give(${r});`} } finally { ${again.toReversed().join(" ")} }`;
  };
  pass.returning.set(head, { frames, fill });
  fill();
}

/** `return x` → `return $op.give(r, x)` where an `if` before it may have two sides. */
export function rewriteReturn(pass: Pass, node: Of<"ReturnStatement">, position: number): void {
  const statement = pass.statements.returning(node);
  if (statement === undefined) return;
  const { argument } = node;
  const give = `${pass.op}.give(${frameOf(pass, statement, position)}`;
  if (argument === null) return void pass.edits.close(node.start + "return".length, ` ${give})`);
  pass.edits.open(argument.start, `${give}, ${open(argument)}`);
  pass.edits.close(argument.end, `${close(argument)})`, argument.start);
}

/** `while (c) B` → `try { f = void 0; while ($op.unknown(t = c, f) ? ([a] = (f ??= $op.loop(t, "while", "a")).turn(t, [a]), f.open) : $op.sure(t)) B } finally { $op.end(f); }` */
function rewriteLoop(pass: Pass, node: Conditional, test: Node, statement: Statement, position: number): void {
  const { op, edits } = pass;
  const { text, list, set } = namesOf(pass, statement);
  const f = pass.temporaries.take(position);
  const t = conditionOf(pass, statement, position);
  edits.open(node.start, `try { ${f} = void 0; `);
  edits.open(test.start, `${op}.unknown(${t} = ${open(test)}`);
  const turn = set(`(${f} ??= ${op}.loop(${t}, "${constructs[node.type]}", ${text})).turn(${t}, ${list})`);
  edits.close(test.end, `${close(test)}, ${f}) ? (${turn}, ${f}.open) : ${op}.sure(${t})`, test.start);
  edits.close(node.end, ` } finally { ${op}.end(${f}); }`, node.start);
}

interface Names {
  /** The variables as a string literal for the runtime. */
  readonly text: string;
  /** A list of their values. */
  readonly list: string;
  /** An expression that gives them the values of a list. */
  readonly set: (values: string) => string;
}

function namesOf(pass: Pass, statement: Statement): Names {
  const variables = pass.statements.variables(statement.head);
  const list = `[${variables.map((name) => name.replace(/[#*?]+$/, "")).join(", ")}]`;
  return { text: JSON.stringify(variables.join(",")), list, set: (values) => (variables.length === 0 ? values : `${list} = ${values}`) };
}

function open(test: Node): string {
  return test.type === "SequenceExpression" ? "(" : "";
}

function close(test: Node): string {
  return test.type === "SequenceExpression" ? ")" : "";
}

/** The temporary that holds a condition for a moment: one for each function. */
function conditionOf(pass: Pass, { home }: Statement, position: number): string {
  return shared(pass, pass.conditions, home, position);
}

/** The temporary that holds the innermost statement with two sides which a `return` ends: one for each function. */
function frameOf(pass: Pass, { home }: Statement, position: number): string {
  return shared(pass, pass.frames, home, position);
}

function shared(pass: Pass, names: Map<number, string>, home: number, position: number): string {
  const name = names.get(home) ?? pass.temporaries.take(position);
  names.set(home, name);
  return name;
}
