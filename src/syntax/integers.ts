/** Which variables hold integers that cannot grow without bound, seen from what is assigned to them: counts, positions, halves of sums. */
import type { Node } from "oxc-parser";
import type { Scope, Scopes } from "./scope.ts";
import { unwrap } from "./tree.ts";

export interface Write {
  readonly writer: Node;
  readonly position: number;
  /** Whether it stands in a loop that may become part of a program, or in another function than the variable. */
  readonly repeats: boolean;
}

/** Given that they begin as such: loops assign to them, and only such. */
export function findIntegers(byVariable: ReadonlyMap<Scope, ReadonlyMap<string, readonly Write[]>>, scopes: Scopes): (scope: Scope, name: string) => boolean {
  const unsafe = new Map<Scope, Set<string>>();
  const isSafe = (identifier: Node): boolean => {
    if (identifier.type !== "Identifier") return false;
    const scope = scopes.home(identifier.name, identifier);
    return scope !== undefined && unsafe.get(scope)?.has(identifier.name) !== true;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const [scope, names] of byVariable) {
      const known = unsafe.get(scope) ?? new Set<string>();
      unsafe.set(scope, known);
      for (const [name, all] of names) {
        if (known.has(name) || all.every(({ writer, repeats }) => !repeats || staysInteger(writer, isSafe))) continue;
        known.add(name);
        changed = true;
      }
    }
  }
  return (scope, name) => unsafe.get(scope)?.has(name) !== true && (byVariable.get(scope)?.get(name) ?? []).some(({ repeats }) => repeats);
}

/**
 * Whether a number that a variable gets is an integer that cannot grow beyond what int32 holds: a count, a copy of another variable, the
 * result of a bitwise operator. `safe` answers for variables.
 */
function staysInteger(writer: Node, safe: (identifier: Node) => boolean): boolean {
  if (writer.type === "UpdateExpression") return true;
  if (writer.type === "VariableDeclarator") return writer.init !== null && isInteger(writer.init, safe);
  if (writer.type !== "AssignmentExpression") return false;
  switch (writer.operator) {
    case "=": return isInteger(writer.right, safe);
    case "+=": case "-=": return isStep(writer.right);
    case "&=": case "|=": case "^=": case "<<=": case ">>=": return isInteger(writer.right, safe);
    default: return false;
  }
}

function isInteger(expression: Node, safe: (identifier: Node) => boolean): boolean {
  const pending = [expression];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = unwrap(next);
    switch (node.type) {
      case "Literal":
        if (!isStep(node)) return false;
        break;
      case "Identifier":
        if (!safe(node)) return false;
        break;
      case "ConditionalExpression": pending.push(node.consequent, node.alternate); break;
      case "UnaryExpression":
        if (node.operator !== "~" && node.operator !== "-") return false;
        pending.push(node.argument);
        break;
      case "BinaryExpression":
        if (["+", "-"].includes(node.operator) && isStep(node.right)) pending.push(node.left);
        else if (["&", "|", "^", "<<", ">>"].includes(node.operator)) pending.push(...[node.left, node.right].flatMap(termsOf));
        else return false;
        break;
      default: return false;
    }
  }
  return true;
}

/** What bitwise operators take modulo 2³²: a sum or difference counts by its terms. */
function termsOf(expression: Node): readonly Node[] {
  const node = unwrap(expression);
  return node.type === "BinaryExpression" && ["+", "-"].includes(node.operator) ? [node.left, node.right] : [node];
}

function isStep(expression: Node): boolean {
  const node = unwrap(expression);
  return node.type === "Literal" && typeof node.value === "number" && Number.isInteger(node.value) && Math.abs(node.value) <= 65536;
}
