/** The rewriting of operators that only read: binary, unary, conditional and logical expressions. */
import type { Node } from "oxc-parser";
import { parentOf, replaceOperator, wrapInCall, type Pass } from "./pass.ts";
import { staysBinary } from "./plain.ts";
import { findToken } from "./tree.ts";

type Of<T extends Node["type"]> = Extract<Node, { type: T }>;

/** The runtime's function for each binary operator. */
export const binaryNames: Readonly<Record<string, string>> = {
  "+": "add", "-": "sub", "*": "mul", "/": "div", "%": "rem", "**": "pow",
  "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne", "===": "same", "!==": "differs",
  "&": "bitAnd", "|": "bitOr", "^": "bitXor", "<<": "shl", ">>": "shr", ">>>": "ushr",
};

const unaryNames: Readonly<Record<string, string>> = { "-": "neg", "+": "plus", "~": "invert", "!": "not" };

/** `a + b` → `$op.add(a, b)` */
export function rewriteBinary(pass: Pass, node: Of<"BinaryExpression">): void {
  const name = binaryNames[node.operator];
  if (name === undefined || staysBinary(node, pass.known)) return;
  const at = findToken(pass.code, node.left.end, node.operator);
  wrapInCall(pass, node, name, "", at);
  pass.edits.replaceToken(at, node.operator, ",");
}

/** `-a` → `$op.neg(a)` */
export function rewriteUnary(pass: Pass, node: Of<"UnaryExpression">): void {
  const name = unaryNames[node.operator];
  if (name === undefined || pass.known.plain(node.argument)) return;
  pass.edits.replace(node.start, node.start + 1, `${pass.op}.${name}(`);
  pass.edits.close(node.end, ")");
}

/**
 * `c ? a : b` → `$op.select(t = $op.test(c), t ? a : 0, $op.off(t) ? b : 0)`: for a plain condition exactly one side runs, for an
 * array both do, and neither moves into a function of its own, so `await`, `yield`, `this` and `arguments` keep their meaning.
 */
export function rewriteConditional(pass: Pass, node: Of<"ConditionalExpression">, position: number): void {
  if (pass.known.plain(node.test)) return;
  const t = pass.temporaries.take(position);
  const at = findToken(pass.code, node.test.end, "?");
  const effect = pass.statements.effectIn(node.consequent) ?? pass.statements.effectIn(node.alternate);
  const [alone, end] = effect === null ? ["", ""] : [`${pass.op}.alone(`, `, "?:", ${JSON.stringify(effect)})`];
  pass.edits.open(node.start, `${pass.op}.select(${t} = ${pass.op}.test(${alone}`, at);
  pass.edits.replaceToken(at, "?", `${end}), ${t} ?`);
  replaceOperator(pass, node.consequent, ":", `: 0, ${pass.op}.off(${t}) ?`);
  pass.edits.close(node.end, " : 0)", at);
}

/** `a && b` → `$op.and(t = a, $op.test(t) && b)`, `a || b` → `$op.or(t = a, $op.off(t) && b)`; `??` asks about null only and stays. */
export function rewriteLogical(pass: Pass, node: Of<"LogicalExpression">, position: number): void {
  if (node.operator === "??" || pass.known.plain(node.left)) return;
  const t = pass.temporaries.take(position);
  const at = findToken(pass.code, node.left.end, node.operator);
  const [name, test] = node.operator === "&&" ? ["and", "test"] : ["or", "off"];
  const effect = pass.statements.effectIn(node.right);
  const [alone, end] = effect === null ? ["", ""] : [`${pass.op}.alone(`, `, "${node.operator}", ${JSON.stringify(effect)})`];
  pass.edits.open(node.start, `${pass.op}.${name}(${t} = ${alone}`, at);
  pass.edits.replaceToken(at, node.operator, `${end}, ${pass.op}.${test}(${t}) &&`);
  pass.edits.close(node.end, ")", at);
}

/** `switch (v) { case w: }`: neither side may be an array. */
export function rewriteSwitch(pass: Pass, node: Of<"SwitchStatement">): void {
  for (const value of [node.discriminant, ...node.cases.map((branch) => branch.test)]) {
    if (value !== null && !pass.known.plain(value)) wrapInCall(pass, value, "subject");
  }
}

/** Whether nothing reads the value of an expression. */
export function isUnused(pass: Pass, node: Node): boolean {
  let value = node;
  for (;;) {
    const position = pass.tree.positions.get(value) as number;
    const parent = parentOf(pass, position);
    const field = pass.tree.fields[position];
    if (parent?.type === "SequenceExpression") {
      if (parent.expressions.at(-1) !== value) return true;
      value = parent;
    } else {
      return parent?.type === "ExpressionStatement" || (parent?.type === "ForStatement" && (field === "update" || field === "init"));
    }
  }
}
