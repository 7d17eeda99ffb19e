/**
 * Warnings before the code runs: a condition that is certainly an array, of a statement that cannot become part of a program. The same mistake is
 * an error while tracing. Outside of rewritten functions nothing at run time can notice a condition, nor `x ? a : b`, `x && y` and `!x`.
 */
import type { Node, TSTypeAnnotation } from "oxc-parser";
import type { Scopes } from "./scope.ts";
import type { Statements } from "./statements.ts";
import { unwrap, type Tree } from "./tree.ts";

export interface Warning {
  readonly message: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

/** `rewritten` says for each node whether it is, `statements` knows those with conditions; null: none is. */
export function findWarnings(tree: Tree, scopes: Scopes, rewritten: readonly boolean[] | null, statements: Statements | null): readonly Warning[] {
  const warnings: Warning[] = [];
  const warn = (node: Node, before: string, after: string): void => {
    const lines = tree.code.slice(0, node.start).split("\n");
    const text = tree.code.slice(node.start, node.end).replace(/\s+/g, " ");
    warnings.push({ message: before + text + after, line: lines.length, column: (lines.at(-1) as string).length + 1 });
  };
  tree.nodes.forEach((node, position) => {
    const [construct, test] = testOf(node);
    if (test !== null && isArray(test, scopes)) {
      const why = construct === "switch" ? "" : statements?.at(node)?.refusal;
      if (rewritten?.[position] !== true) warn(test, `${construct} (`, `): ${notRewritten}`);
      else if (why != null) warn(test, `${construct} (`, `): the condition is a Tensor, and this cannot become part of the program${why === "" ? "" : `: ${why}`}. ${remedies[construct]}`);
    } else if (rewritten?.[position] !== true) {
      const operand = choiceOf(node);
      if (operand !== null && isTensorParameter(operand, scopes)) {
        warn(node, "", `: ${notRewritten}`);
      }
    }
  });
  return warnings;
}

const notRewritten = 'this function is not rewritten, where a Tensor always counts as true. Put "use trace" at its top.';

type Construct = "if" | "while" | "do … while" | "for" | "switch";

const remedies: Readonly<Record<Construct, string>> = {
  "if": "Use `c ? a : b` or where(c, a, b) to choose values, cond(c, onTrue, onFalse) to run one of two functions.",
  "while": "Use whileLoop(test, body, init).",
  "do … while": "Use whileLoop(test, body, init).",
  "for": "Use foriLoop(lo, hi, body, init), or whileLoop(test, body, init).",
  "switch": "Use switchCase(index, branches).",
};

function testOf(node: Node): readonly [Construct, Node | null] {
  switch (node.type) {
    case "IfStatement": return ["if", node.test];
    case "WhileStatement": return ["while", node.test];
    case "DoWhileStatement": return ["do … while", node.test];
    case "ForStatement": return ["for", node.test];
    case "SwitchStatement": return ["switch", node.discriminant];
    default: return ["if", null];
  }
}

/** The operand of an operator that asks whether it is true. */
function choiceOf(node: Node): Node | null {
  switch (node.type) {
    case "ConditionalExpression": return node.test;
    case "LogicalExpression": return node.operator === "??" ? null : node.left;
    case "UnaryExpression": return node.operator === "!" ? node.argument : null;
    default: return null;
  }
}

const comparisons: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);

/** A parameter of type Tensor, its negation, or a comparison of one with something. */
function isArray(expression: Node, scopes: Scopes): boolean {
  let node = unwrap(expression);
  while (node.type === "UnaryExpression" && node.operator === "!") node = unwrap(node.argument);
  if (node.type === "Identifier") return isTensorParameter(node, scopes);
  return node.type === "BinaryExpression" && comparisons.has(node.operator)
    && (isTensorParameter(node.left, scopes) || isTensorParameter(node.right, scopes));
}

function isTensorParameter(expression: Node, scopes: Scopes): boolean {
  const node = unwrap(expression);
  if (node.type !== "Identifier") return false;
  const binding = scopes.resolve(node.name, node);
  if (binding?.kind !== "parameter" || binding.node.type !== "Identifier") return false;
  const { optional, typeAnnotation } = binding.node as { optional?: boolean; typeAnnotation?: TSTypeAnnotation | null };
  const type = typeAnnotation?.typeAnnotation;
  if (optional === true) return false;
  if (type?.type !== "TSTypeReference" || type.typeName.type !== "Identifier") return false;
  const imported = scopes.resolve(type.typeName.name, binding.node);
  return type.typeName.name === "Tensor" && imported?.kind === "import";
}
