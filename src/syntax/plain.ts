/**
 * Which expressions can never be an array, seen from their syntax alone. Operators between such values stay as they are.
 * An inert value is one that no comparison with an array means anything for: strings, null, undefined, functions, objects.
 */
import type { Node } from "oxc-parser";
import type { Scopes } from "./scope.ts";
import { isWrapper, type Tree } from "./tree.ts";

export interface Plainness {
  plain(node: Node): boolean;
  inert(node: Node): boolean;
}

export function findPlain(tree: Tree, scopes: Scopes): Plainness {
  const plain = new Set<Node>();
  const inert = new Set<Node>();
  const known = { plain: (node: Node): boolean => plain.has(node), inert: (node: Node): boolean => inert.has(node) };
  for (let position = tree.nodes.length - 1; position >= 0; position--) {
    const node = tree.nodes[position] as Node;
    if (isInert(node, scopes, known)) inert.add(node);
    if (inert.has(node) || isPlain(node, known)) plain.add(node);
  }
  return known;
}

function isInert(node: Node, scopes: Scopes, known: Plainness): boolean {
  if (isWrapper(node)) return known.inert(node.expression);
  switch (node.type) {
    case "Literal": return typeof node.value !== "number" && typeof node.value !== "boolean";
    case "Identifier": return node.name === "undefined" && scopes.resolve("undefined", node) === undefined;
    case "UnaryExpression": return node.operator === "typeof" || node.operator === "void";
    case "TemplateLiteral": case "FunctionExpression": case "ArrowFunctionExpression": case "ClassExpression": case "ObjectExpression":
    case "MetaProperty": case "JSXElement": case "JSXFragment": return true;
    default: return false;
  }
}

function isPlain(node: Node, known: Plainness): boolean {
  if (isWrapper(node)) return known.plain(node.expression);
  switch (node.type) {
    case "Literal": case "ArrayExpression": return true;
    case "UnaryExpression": return node.operator === "delete" || known.plain(node.argument);
    case "BinaryExpression": return staysBinary(node, known);
    case "LogicalExpression": return known.plain(node.left) && known.plain(node.right);
    case "ConditionalExpression": return known.plain(node.test) && known.plain(node.consequent) && known.plain(node.alternate);
    case "AssignmentExpression": return node.operator === "=" && known.plain(node.right);
    case "SequenceExpression": return known.plain(node.expressions.at(-1) as Node);
    default: return false;
  }
}

/** Whether a binary operator keeps its plain form, so that its result is plain too. */
export function staysBinary(node: Extract<Node, { type: "BinaryExpression" }>, known: Plainness): boolean {
  switch (node.operator) {
    case "in": case "instanceof": return true;
    case "==": case "!=": case "===": case "!==":
      return known.inert(node.left) || known.inert(node.right) || (known.plain(node.left) && known.plain(node.right));
    default: return known.plain(node.left) && known.plain(node.right);
  }
}
