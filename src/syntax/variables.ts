/**
 * Which variables the statements of a file assign: each assignment told to the statements around it, with what it may not do there, and the variables
 * that nobody outside of a statement needs left out.
 */
import type { Node } from "oxc-parser";
import type { Write } from "./integers.ts";
import { lineOf, type Placement, refuse, type Statement } from "./placement.ts";
import type { Scope, Scopes } from "./scope.ts";
import { isFunction, type Tree, unwrap } from "./tree.ts";
import type { Uses } from "./uses.ts";
import { isFresh } from "./writes.ts";

export interface Variables {
  readonly byVariable: ReadonlyMap<Scope, ReadonlyMap<string, readonly Write[]>>;
  /** Whether a variable is declared inside of a statement. */
  isLocal(scope: Scope, name: string, s: Statement): boolean;
  functionOf(scope: Scope): number;
  /** Whether a variable always holds the object that a literal made for it. */
  isMade(scope: Scope, name: string): boolean;
}

export function findVariables(tree: Tree, scopes: Scopes, { owners, homes, writes }: Placement): Variables {
  const { nodes } = tree;
  /** Whether a variable is declared inside of a statement. */
  const isLocal = (scope: Scope, name: string, s: Statement): boolean =>
    scope.owner > s.position || (s.kind === "return" && scope.owner === s.block && (scope.starts.get(name) ?? 0) > s.node.start);

  const functionOf = (scope: Scope): number => (isFunction(nodes[scope.owner]) ? scope.owner : homes[scope.owner] ?? -1);
  const isRepeated = (position: number): boolean => {
    for (let s = owners[position] ?? null; s !== null; s = s.outer) if (s.kind === "loop") return true;
    return false;
  };

  // Every assignment, told to the statements around it.
  const byVariable = new Map<Scope, Map<string, Write[]>>();
  for (const { position, writes: { names } } of writes) {
    for (const { target, value } of names) {
      const scope = scopes.home(target.name, target);
      if (scope === undefined) continue;
      const list = byVariable.get(scope) ?? new Map<string, Write[]>();
      byVariable.set(scope, list);
      const all = list.get(target.name) ?? [];
      list.set(target.name, all);
      all.push({ writer: value ?? (nodes[position] as Node), position, repeats: isRepeated(position) || homes[position] !== functionOf(scope) });
    }
  }
  for (const { position, writes: { names, members } } of writes) {
    const declares = nodes[position]?.type === "VariableDeclarator";
    for (const { target } of names) {
      const scope = scopes.home(target.name, target);
      for (let s = owners[position] ?? null; s !== null; s = s.outer) {
        if (scope === undefined) refuse(s, `it assigns to ${target.name}, which is no variable of this file${lineOf(tree, target)}`);
        else if (isLocal(scope, target.name, s)) break;
        else if (s.home >= 0 && scope.owner < s.home) refuse(s, `it assigns to ${target.name}, a variable outside of the function${lineOf(tree, target)}`);
        else if (!declares || scope.hoists) s.variables.set(target.name, { scope, certain: true });
      }
    }
    for (const { object, node, what } of members) {
      const base = unwrap(object);
      const scope = base.type === "Identifier" ? scopes.home(base.name, base) : undefined;
      const name = base.type === "Identifier" ? base.name : "";
      if (isFresh(base)) continue;
      const made = scope !== undefined && isMade(scope, name);
      for (let s = owners[position] ?? null; s !== null; s = s.outer) {
        if (made && isLocal(scope, name, s)) break;
        refuse(s, `it ${what}${lineOf(tree, node)}`);
      }
    }
  }

  /** Whether a variable always holds the object that a literal made for it. */
  function isMade(scope: Scope, name: string): boolean {
    const binding = scope.names.get(name);
    return binding?.kind === "variable" && binding.property === undefined && isFresh(binding.init) && (byVariable.get(scope)?.get(name) ?? []).length <= 1;
  }
  return { byVariable, isLocal, functionOf, isMade };
}

/** What functions assign that a statement may call: variables of the function around them. Those that are not needed behind a statement go. */
export function settleVariables({ nodes, parents, positions }: Tree, scopes: Scopes, { found, homes }: Placement, { byVariable, functionOf }: Variables, uses: Uses): void {
  const at = (node: Node): number => positions.get(node) as number;
  const inFunction = Map.groupBy([...found.values()].filter((s) => s.calls && s.refusal === null), (s) => s.home);
  for (const [scope, names] of byVariable) {
    const home = functionOf(scope);
    for (const [name, all] of names) {
      if (home < 0 || !all.some(({ position }) => homes[position] !== home)) continue;
      for (const s of inFunction.get(home) ?? []) {
        if (s.variables.has(name) || scopes.home(name, s.node) !== scope || (scope.starts.get(name) ?? Number.POSITIVE_INFINITY) > s.node.start) continue;
        s.variables.set(name, { scope, certain: false });
      }
    }
  }

  /** Whether nothing outside of a statement reads what it leaves in a variable, nor a turn or a side what was in it before. */
  const isScratch = (s: Statement, name: string, scope: Scope): boolean => {
    const home = nodes[scope.owner] as Node;
    if (scope.names.get(name)?.kind !== "other") return false; // it has a value, or is a parameter
    const { node } = s;
    const parts = node.type === "IfStatement" ? [node.consequent, node.alternate] : [node.body];
    const read = new Set<Node>();
    for (const use of uses.within(name, home)) {
      const outside = use.start < node.start || use.start >= node.end;
      const parent = nodes[parents[at(use)] as number] as Node;
      if (scopes.home(name, use) !== scope || (outside && parent.type === "VariableDeclarator" && parent.init === null)) continue;
      const part = parts.find((p) => p !== null && use.start >= p.start && use.start < p.end);
      if (outside || part == null || homes[at(use)] !== s.home) return false;
      if (read.has(part)) continue;
      const statement = nodes[parents[at(parent)] as number] as Node;
      const first = parent.type === "AssignmentExpression" && parent.operator === "=" && parent.left === use && statement.type === "ExpressionStatement"
        && part.type === "BlockStatement" && part.body.includes(statement);
      if (!first || uses.within(name, parent).length > 1) return false;
      read.add(part);
    }
    return true;
  };
  for (const s of found.values()) {
    if (s.kind === "return" || s.kind === "chained" || s.refusal !== null) continue;
    for (const [name, { scope }] of s.variables) {
      if (isScratch(s, name, scope)) for (let o: Statement | null = s; o !== null && o.variables.get(name)?.scope === scope; o = o.outer) o.variables.delete(name);
    }
  }
}
