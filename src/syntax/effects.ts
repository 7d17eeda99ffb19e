/**
 * What the functions of a file change besides their own variables and objects: parts of objects that others know, and variables around them; by
 * themselves or through the functions of the file that they call. A call of such a function cannot stand in a statement that is recorded.
 */
import type { Node } from "oxc-parser";
import type { Scope, Scopes } from "./scope.ts";
import { isFunction, unwrap, type Tree } from "./tree.ts";
import { isFresh, writesOf } from "./writes.ts";

/** `what`: "assigns to a property or an element (line 3)"; `scope` and `name` are of the variable it is about, where there is one. */
export interface Effect {
  readonly what: string;
  readonly scope: Scope | undefined;
  readonly name: string;
  /** It is the variable itself that is assigned. */
  readonly assigns: boolean;
}

export interface Effects {
  /** Of the functions that a call may run: its callee, and those it gets by name or, `literals`, written out. */
  ofCall(call: Node, literals?: boolean): readonly { readonly name: string; readonly effect: Effect }[];
  /** What a method of that name, of a class or an object of the file, changes. */
  ofMethod(name: string): string | undefined;
}

/** So many of a function are told apart; one that changes more changes anything, as far as its callers know. */
const mostEffects = 8;
const anything = "";

/** `homes`: for each node the position of its function. `isMade`: whether a variable holds the object that a literal made for it. `isHost`: functions that run outside of programs. */
export function findEffects(tree: Tree, scopes: Scopes, homes: readonly number[], isMade: (scope: Scope, name: string) => boolean, isHost: (node: Node) => boolean): Effects {
  const { nodes, parents, positions } = tree;
  const effects = new Map<number, Map<string, Effect>>();
  const methods = new Map<string, string>();

  const add = (home: number, effect: Effect): boolean => {
    const known = effects.get(home) ?? new Map<string, Effect>();
    effects.set(home, known);
    const key = `${effect.scope?.owner ?? ""}:${effect.name}:${effect.assigns}`;
    if (known.has(key)) return false;
    if (known.size < mostEffects) known.set(key, effect);
    else if (known.has(anything)) return false;
    else known.set(anything, { what: effect.what, scope: undefined, name: "", assigns: false });
    return true;
  };
  /** Whether an effect on a variable is none outside of a function. */
  const staysIn = ({ scope, name, assigns }: Effect, fn: number): boolean =>
    scope !== undefined && scope.owner >= fn && (nodes[scope.owner] as Node).start < (nodes[fn] as Node).end && (assigns || isMade(scope, name));
  const noteAll = (node: Node, home: number): void => {
    const { names, members } = writesOf(node);
    for (const { target } of names) {
      const effect = { what: `assigns to ${target.name}${lineOf(target)}`, scope: scopes.home(target.name, target), name: target.name, assigns: true };
      if (!staysIn(effect, home)) add(home, effect);
    }
    for (const { object, node: place, what } of members) {
      let root = unwrap(object);
      if (isFresh(root)) continue;
      const direct = root.type === "Identifier";
      while (root.type === "MemberExpression") root = unwrap(root.object);
      const text = `${what}${lineOf(place)}`;
      if (root.type === "ThisExpression") noteThis(home, text);
      else {
        const name = root.type === "Identifier" ? root.name : "";
        const effect = { what: text, scope: direct ? scopes.home(name, root) : undefined, name, assigns: false };
        if (!staysIn(effect, home)) add(home, effect);
      }
    }
  };
  /** `this.n = 1` in a method, or in an arrow function in one; a constructor may. */
  const noteThis = (home: number, text: string): void => {
    let fn = home;
    while (nodes[fn]?.type === "ArrowFunctionExpression" && methodName(fn) === undefined && (homes[fn] as number) >= 0) fn = homes[fn] as number;
    const name = methodName(fn);
    if (name !== undefined && !methods.has(name)) methods.set(name, text);
  };
  const methodName = (fn: number): string | undefined => {
    const parent = nodes[parents[fn] as number];
    if (parent?.type !== "MethodDefinition" && parent?.type !== "PropertyDefinition" && parent?.type !== "Property") return undefined;
    if (parent.type === "MethodDefinition" && parent.kind === "constructor") return undefined;
    return !parent.computed && (parent.key.type === "Identifier" || parent.key.type === "PrivateIdentifier") ? parent.key.name : undefined;
  };
  const lineOf = (node: Node): string => ` (line ${tree.lineOf(node.start)})`;

  const resolved = (node: Node, literals: boolean): Node | undefined => {
    if (isFunction(node)) return literals ? node : undefined;
    if (node.type !== "Identifier") return undefined;
    const binding = scopes.resolve(node.name, node);
    if (binding?.kind === "function") return binding.node;
    const value = binding?.kind === "variable" && binding.property === undefined ? unwrap(binding.init) : undefined;
    return isFunction(value) ? value : undefined;
  };
  /** The functions of the file that a call may run. */
  const calledBy = (node: Node, literals: boolean): readonly { readonly name: string; readonly fn: number }[] => {
    if (node.type !== "CallExpression") return [];
    const found: { name: string; fn: number }[] = [];
    for (const part of [node.callee, ...node.arguments].map(unwrap)) {
      const fn = resolved(part, literals || part === unwrap(node.callee));
      if (fn !== undefined && !isHost(fn) && !isHost(part)) found.push({ name: part.type === "Identifier" ? part.name : "a function", fn: positions.get(fn) as number });
    }
    return found;
  };

  const callers = new Map<number, number[]>();
  nodes.forEach((node, p) => {
    const home = homes[p] as number;
    if (home < 0) return;
    noteAll(node, home);
    for (const { fn } of calledBy(node, true)) {
      const list = callers.get(fn);
      if (list === undefined) callers.set(fn, [home]);
      else list.push(home);
    }
  });
  const pending = [...effects.keys()];
  for (let fn = pending.pop(); fn !== undefined; fn = pending.pop()) {
    for (const caller of callers.get(fn) ?? []) {
      let grown = false;
      for (const effect of effects.get(fn)?.values() ?? []) if (!staysIn(effect, caller) && add(caller, effect)) grown = true;
      if (grown) pending.push(caller);
    }
  }
  for (const [fn, all] of effects) {
    const name = methodName(fn);
    const effect = [...all.values()].find(({ assigns }) => !assigns);
    if (name !== undefined && effect !== undefined && !methods.has(name)) methods.set(name, effect.what);
  }
  return {
    ofCall: (call, literals = false) => calledBy(call, literals).flatMap(({ name, fn }) => [...effects.get(fn)?.values() ?? []].map((effect) => ({ name, effect }))),
    ofMethod: (name) => methods.get(name),
  };
}
