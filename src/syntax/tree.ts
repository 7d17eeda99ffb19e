/**
 * A syntax tree as a flat list in source order (parents before children), without the parts that only the type checker reads.
 * Every pass is a loop over this list, so no depth of nesting can overflow the stack.
 */
import { visitorKeys, type ArrowFunctionExpression, type Function as FunctionLike, type Node, type Program } from "oxc-parser";

export interface Tree {
  readonly code: string;
  readonly program: Program;
  readonly nodes: readonly Node[];
  /** For each node the position of its parent in `nodes`; -1 for the program. */
  readonly parents: readonly number[];
  /** For each node the field of its parent that holds it. */
  readonly fields: readonly string[];
  readonly positions: ReadonlyMap<Node, number>;
  /** The line of a place in the code, counted from 1. */
  lineOf(place: number): number;
}

/** Nodes named TS… that carry code which runs; all the others are types and declarations. */
const typed: ReadonlySet<string> = new Set([
  "TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression", "TSTypeAssertion", "TSInstantiationExpression",
  "TSParameterProperty", "TSModuleDeclaration", "TSModuleBlock", "TSExportAssignment",
]);

function runs(node: Node): boolean {
  return !node.type.startsWith("TS") || typed.has(node.type);
}

export function flatten(code: string, program: Program): Tree {
  const nodes: Node[] = [];
  const parents: number[] = [];
  const fields: string[] = [];
  const positions = new Map<Node, number>();
  const pending: { node: Node; parent: number; field: string }[] = [{ node: program, parent: -1, field: "" }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, parent, field } = next;
    const position = nodes.push(node) - 1;
    parents.push(parent);
    fields.push(field);
    positions.set(node, position);
    const keys = visitorKeys[node.type] ?? [];
    for (let k = keys.length - 1; k >= 0; k--) {
      const key = keys[k] as string;
      const children = childNodes(node, key);
      for (let c = children.length - 1; c >= 0; c--) {
        const child = children[c] as Node;
        if (runs(child)) pending.push({ node: child, parent: position, field: key });
      }
    }
  }
  return { code, program, nodes, parents, fields, positions, lineOf: lines(code) };
}

function lines(code: string): (place: number) => number {
  let starts: number[] | undefined;
  return (place) => {
    starts ??= [...code.matchAll(/^/gm)].map(({ index }) => index);
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function childNodes(node: Node, key: string): readonly Node[] {
  const value = (node as unknown as Record<string, unknown>)[key];
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

export type FunctionNode = FunctionLike | ArrowFunctionExpression;

export function isFunction(node: Node | undefined): node is FunctionNode {
  return node !== undefined
    && (node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression");
}

type Wrapper = Extract<Node, {
  type: "ParenthesizedExpression" | "TSAsExpression" | "TSSatisfiesExpression" | "TSNonNullExpression" | "TSTypeAssertion"
    | "TSInstantiationExpression";
}>;

/** Parentheses and type assertions: they hold an expression and mean nothing at run time. */
export function isWrapper(node: Node): node is Wrapper {
  switch (node.type) {
    case "ParenthesizedExpression": case "TSAsExpression": case "TSSatisfiesExpression":
    case "TSNonNullExpression": case "TSTypeAssertion": case "TSInstantiationExpression": return true;
    default: return false;
  }
}

export function unwrap(node: Node): Node {
  let inner = node;
  while (isWrapper(inner)) inner = inner.expression;
  return inner;
}

/** The position of `token`, which follows `from` with only white space and comments between. */
export function findToken(code: string, from: number, token: string): number {
  return find(code, from, token, /(?:\s+|\/\*[^]*?\*\/|\/\/[^\n\r\u2028\u2029]*)*/y);
}

/** The same after a target of an assignment, whose parentheses the parser does not keep. */
export function findAfterTarget(code: string, from: number, token: string): number {
  return find(code, from, token, /(?:[\s)]+|\/\*[^]*?\*\/|\/\/[^\n\r\u2028\u2029]*)*/y);
}

function find(code: string, from: number, token: string, gap: RegExp): number {
  gap.lastIndex = from;
  gap.exec(code);
  if (!code.startsWith(token, gap.lastIndex)) throw new Error(`chainrule: no "${token}" at ${gap.lastIndex}; please report this`);
  return gap.lastIndex;
}

/** The end of the last directive of a body, or -1. */
export function endOfDirectives(body: readonly Node[]): number {
  let end = -1;
  for (const statement of body) {
    if (!isDirective(statement)) break;
    end = statement.end;
  }
  return end;
}

export function hasDirective(body: readonly Node[], text: string): boolean {
  for (const statement of body) {
    if (!isDirective(statement)) return false;
    if (statement.directive === text) return true;
  }
  return false;
}

function isDirective(node: Node): node is Extract<Node, { type: "ExpressionStatement" }> & { directive: string } {
  return node.type === "ExpressionStatement" && typeof node.directive === "string";
}
