/**
 * Which `if` statements and loops can become part of a program where their condition turns out to be an array, seen from syntax alone: what
 * they assign, and what in them tracing could not honour. Everything else keeps its plain form and says why.
 */
import type { Node } from "oxc-parser";
import { findEffects } from "./effects.ts";
import { findIntegers } from "./integers.ts";
import { lineOf, type Of, placeStatements, refuse, type Statement } from "./placement.ts";
import type { Plainness } from "./plain.ts";
import type { Scope, Scopes } from "./scope.ts";
import { unwrap, type Tree } from "./tree.ts";
import { findUses, lowerBound } from "./uses.ts";
import { findVariables, settleVariables } from "./variables.ts";
import { isFresh, mayChange } from "./writes.ts";

export interface Statements {
  at(node: Node): Statement | undefined;
  /** The statement of kind "return" that a `return` may leave. */
  returning(node: Node): Statement | undefined;
  /** Whether nothing can follow a statement. */
  leaves(node: Node): boolean;
  /** The variables of a statement as the runtime reads them: `i#` is an integer that stays small, `p*` gets lists, `k?` may not change at all. */
  variables(statement: Statement): readonly string[];
  /** What is assigned, deleted or extended inside of an expression whose evaluation depends on a condition. */
  effectIn(node: Node): string | null;
  /** What a call of a method may change in its object, where others know it: as a reason, and whether only lists, maps and their kin are changed. */
  changes(call: Of<"CallExpression">): { readonly what: string; readonly builtIn: boolean } | null;
}

/** Of one statement. */
const mostVariables = 60;

export function findStatements(tree: Tree, scopes: Scopes, known: Plainness, rewritten: readonly boolean[], isHost: (node: Node) => boolean = () => false): Statements {
  const { nodes, parents, positions } = tree;
  const at = (node: Node): number => positions.get(node) as number;
  const uses = findUses(tree);
  const placement = placeStatements(tree, known, rewritten, isHost, uses);
  const { found, owners, homes, leaving, writes } = placement;
  const variables = findVariables(tree, scopes, placement);
  const { byVariable, isLocal, functionOf, isMade } = variables;

  function isConstructor(home: number): boolean {
    const method = nodes[parents[home] as number];
    return method?.type === "MethodDefinition" && method.kind === "constructor";
  }

  // What functions of the file change that a statement calls.
  const effects = findEffects(tree, scopes, homes, isMade, isHost);
  nodes.forEach((node, p) => {
    if (node.type !== "CallExpression" || (owners[p] ?? null) === null) return;
    for (const { name, effect } of effects.ofCall(node)) {
      const { scope } = effect;
      for (let s = owners[p] ?? null; s !== null; s = s.outer) {
        if (scope !== undefined && (effect.assigns || isMade(scope, effect.name)) && isLocal(scope, effect.name, s)) break;
        if (effect.assigns && scope !== undefined && functionOf(scope) === s.home && s.home >= 0) continue;
        refuse(s, `it calls ${name}, which ${effect.what}`);
      }
    }
  });

  settleVariables(tree, scopes, placement, variables, uses);
  for (const s of found.values()) {
    if (s.variables.size > mostVariables) refuse(s, `it may assign more than ${mostVariables} variables`);
    // A statement in one that stays plain is free; one that is part of another's text goes with it.
    if (s.kind === "chained" && s.head.refusal !== null) refuse(s, s.head.refusal);
  }

  const integers = findIntegers(byVariable, scopes, tree);
  const getsList = (scope: Scope, name: string): boolean => (byVariable.get(scope)?.get(name) ?? []).some(({ writer }) =>
    writer.type === "AssignmentExpression" && writer.left.type === "Identifier" && unwrap(writer.right).type === "ArrayExpression");
  return {
    at: (node) => found.get(node),
    returning: (node) => {
      const p = at(node);
      for (let s = owners[p] ?? null; s !== null && s.home === homes[p]; s = s.outer) if (s.kind === "return" && s.refusal === null) return s;
      return undefined;
    },
    leaves: (node) => leaving[at(node)] === 1,
    variables: (s) => [...s.variables].map(([name, { scope, certain }]) => name + (integers(scope, name) ? "#" : "") + (getsList(scope, name) ? "*" : "") + (certain ? "" : "?")),
    changes(call) {
      const callee = unwrap(call.callee);
      if (callee.type !== "MemberExpression" || callee.computed || (callee.property.type !== "Identifier" && callee.property.type !== "PrivateIdentifier")) return null;
      const { name } = callee.property;
      const own = effects.ofMethod(name);
      if (own === undefined && !mayChange.has(name)) return null;
      const base = unwrap(callee.object);
      const p = at(call);
      const home = homes[p] as number;
      if (isFresh(base) || base.type === "Super") return null;
      if (base.type === "ThisExpression" && isConstructor(home)) return null;
      if (base.type === "Identifier") {
        const scope = scopes.home(base.name, base);
        let outside = scope === undefined || !isMade(scope, base.name) || functionOf(scope) !== home;
        for (let s = owners[p] ?? null; s !== null && !outside && scope !== undefined; s = s.outer) outside = s.home === home && !isLocal(scope, base.name, s);
        if (!outside) return null;
      }
      return own === undefined ? { what: `${name}()${lineOf(tree, call)} changes`, builtIn: true } : { what: `${name}()${lineOf(tree, call)} ${own}: it changes`, builtIn: false };
    },
    effectIn(root) {
      const from = at(root);
      for (let i = lowerBound(writes, from); i < writes.length; i++) {
        const { position, writes: { names, members } } = writes[i] as (typeof writes)[number];
        if ((nodes[position] as Node).start >= root.end) break;
        if (homes[position] !== homes[from]) continue;
        const [name] = names;
        if (name !== undefined) return `one side assigns to ${name.target.name}${lineOf(tree, name.target)}`;
        const [member] = members;
        if (member !== undefined) return `one side ${member.what}${lineOf(tree, member.node)}`;
      }
      return null;
    },
  };
}
