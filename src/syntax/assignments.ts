/**
 * The rewriting of operators that write: compound and logical assignment, `++` and `--`. The target is evaluated once, in
 * its own place; where it is needed a second time a temporary holds its parts. Nothing emitted begins with a parenthesis, which the line before
 * could take for a call.
 */
import type { Node } from "oxc-parser";
import { isIndex } from "./members.ts";
import { binaryNames, isUnused } from "./operators.ts";
import type { Pass } from "./pass.ts";
import { findAfterTarget, unwrap } from "./tree.ts";

type Of<T extends Node["type"]> = Extract<Node, { type: T }>;

/** `x += v` → `x = $op.add(x, v)`, `o[k] += v` → `$op.target(t = o)[u = $op.key(t, k)] = $op.add(t[u], v)`. */
export function rewriteAssignment(pass: Pass, node: Of<"AssignmentExpression">, position: number): void {
  switch (node.operator) {
    case "=": case "??=": return;
    case "&&=": case "||=": return rewriteLogicalAssignment(pass, node, position);
    default: {
      const operator = node.operator.slice(0, -1);
      const again = prepareTarget(pass, node.left, position);
      const at = findAfterTarget(pass.code, node.left.end, node.operator);
      pass.edits.replaceToken(at, node.operator, `= ${pass.op}.${binaryNames[operator]}(${again},`);
      pass.edits.close(node.end, ")", at);
    }
  }
}

/** `x &&= v` → `$op.hold($op.test(t = x) ? x = $op.and(t, v) : t)`. */
function rewriteLogicalAssignment(pass: Pass, node: Of<"AssignmentExpression">, position: number): void {
  // A nameless function takes the variable's name, and is no operand of an array's.
  if (isNamelessFunction(node.right)) return;
  const { op, edits, temporaries } = pass;
  const t = temporaries.take(position);
  const at = findAfterTarget(pass.code, node.left.end, node.operator);
  const [test, name] = node.operator === "&&=" ? ["test", "and"] : ["off", "or"];
  edits.open(node.start, `${op}.hold(${op}.${test}(${t} = `, at);
  edits.close(node.end, `) : ${t})`, at);
  const again = prepareTarget(pass, node.left, position);
  edits.replaceToken(at, node.operator, `) ? ${again} = ${op}.${name}(${t},`);
}

/** `x++` → `x = $op.inc(x)`, or where its value is used `$op.old(t = $op.numeric(x), x = $op.inc(t))`. */
export function rewriteUpdate(pass: Pass, node: Of<"UpdateExpression">, position: number): void {
  const { op, edits, temporaries } = pass;
  const name = node.operator === "++" ? "inc" : "dec";
  const unused = isUnused(pass, node);
  if (unused || node.prefix) {
    if (!unused) {
      edits.open(node.start, `${op}.hold(`);
      edits.close(node.end, ")");
    }
    const again = prepareTarget(pass, node.argument, position);
    if (node.prefix) {
      edits.replace(node.start, node.start + 2, "");
      edits.close(node.end, ` = ${op}.${name}(${again})`, node.start);
    } else {
      edits.replaceToken(node.end - 2, node.operator, ` = ${op}.${name}(${again})`);
    }
    return;
  }
  const t = temporaries.take(position);
  edits.open(node.start, `${op}.old(${t} = ${op}.numeric(`);
  const again = prepareTarget(pass, node.argument, position);
  edits.replaceToken(node.end - 2, node.operator, `), ${again} = ${op}.${name}(${t}))`);
}

/** Edits a target so that its parts are evaluated once, and returns the text that names it a second time. */
function prepareTarget(pass: Pass, left: Node, position: number): string {
  const { op, edits, temporaries } = pass;
  const target = unwrap(left);
  if (target.type === "Identifier") return target.name;
  if (target.type !== "MemberExpression") throw new Error(`chainrule: cannot assign to a ${target.type}; please report this`);
  pass.done.add(target);
  const { object, property } = target;
  const constant = property.type === "Literal";
  const stable = object.type === "ThisExpression" || object.type === "Super" || (object.type === "Identifier" && (!target.computed || constant));
  const owner = stable ? pass.code.slice(object.start, object.end) : temporaries.take(position);
  const checked = isIndex(pass, target) && object.type !== "ThisExpression";
  if (checked || !stable) {
    edits.open(object.start, `${op}.${checked ? "target" : "hold"}(${stable ? "" : `${owner} = `}`);
    edits.close(object.end, checked && constant ? `, ${property.raw})` : ")");
  }
  if (!target.computed) return `${owner}.${pass.code.slice(property.start, property.end)}`;
  if (constant) return `${owner}[${pass.code.slice(property.start, property.end)}]`;
  const key = temporaries.take(position);
  edits.open(property.start, `${key} = ${op}.key(${object.type === "Super" ? "0" : owner}, ${property.type === "SequenceExpression" ? "(" : ""}`);
  edits.close(property.end, property.type === "SequenceExpression" ? "))" : ")");
  return `${owner}[${key}]`;
}

function isNamelessFunction(node: Node): boolean {
  return node.type === "ArrowFunctionExpression" || ((node.type === "FunctionExpression" || node.type === "ClassExpression") && node.id === null);
}
