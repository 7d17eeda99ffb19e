/**
 * Which `if` statements and loops can become part of a program where their condition turns out to be an array, seen from syntax alone: what
 * they assign, and what in them tracing could not honour. Everything else keeps its plain form and says why.
 */
import type { Node } from "oxc-parser";
import { findEffects } from "./effects.ts";
import { findIntegers, type Write } from "./integers.ts";
import type { Plainness } from "./plain.ts";
import type { Scope, Scopes } from "./scope.ts";
import { isFunction, unwrap, type Tree } from "./tree.ts";
import { findUses, lowerBound } from "./uses.ts";
import { isFresh, mayChange, writesOf, type Writes } from "./writes.ts";

type Of<T extends Node["type"]> = Extract<Node, { type: T }>;
type If = Of<"IfStatement">;
type Loop = Of<"WhileStatement" | "DoWhileStatement" | "ForStatement">;

/** A statement with a condition that may be an array. */
export interface Statement {
  readonly node: If | Loop;
  readonly position: number;
  /**
   * "if": both sides run through to the end of the statement. "return": one side or both leave the function, and all to the end of `list` belongs to the
   * statement. "chained": an `else if` of such a statement, its `head`.
   */
  readonly kind: "if" | "return" | "chained" | "loop";
  readonly head: Statement;
  /** The innermost statement around it, in the same function or outside. */
  readonly outer: Statement | null;
  /** The position of the function that it belongs to: outside of functions there are no tensors to decide. */
  readonly home: number;
  /** The list of statements whose rest belongs to a "return", and the position of its block. */
  readonly list: readonly Node[];
  readonly block: number;
  /** What it assigns and does not declare. */
  readonly variables: Map<string, { readonly scope: Scope; certain: boolean }>;
  calls: boolean;
  /** Why it cannot become part of a program. */
  refusal: string | null;
}

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

/** Of nested or consecutive statements no more are taken: the text would nest as deeply. */
const deepest = 40;
const mostVariables = 60;

export function findStatements(tree: Tree, scopes: Scopes, known: Plainness, rewritten: readonly boolean[], isHost: (node: Node) => boolean = () => false): Statements {
  const { nodes, parents, fields, positions } = tree;
  const at = (node: Node): number => positions.get(node) as number;
  const count = nodes.length;

  // From the leaves up: which nodes hold a `return` of their function, and which statements never come to their end.
  const returning = new Uint8Array(count);
  const leaving = new Uint8Array(count);
  for (let p = count - 1; p >= 0; p--) {
    const node = nodes[p] as Node;
    if (node.type === "ReturnStatement") returning[p] = 1;
    if (returning[p] === 1 && !isFunction(node) && p > 0) returning[parents[p] as number] = 1;
    if (leaves(node, (inner) => leaving[at(inner)] === 1)) leaving[p] = 1;
  }

  const found = new Map<Node, Statement>();
  /** The statement that a node belongs to where it is not its parent's. */
  const placed = new Map<number, Statement | null>();
  const owners: (Statement | null)[] = [];
  const homes: number[] = [];
  const depths = new Map<Statement, number>();
  const uses = findUses(tree);
  const writes: { readonly position: number; readonly writes: Writes }[] = [];

  /** `before`: the `if` that a "chained" one is the `else` of. */
  const add = (node: If | Loop, kind: Statement["kind"], outer: Statement | null, home: number, list: readonly Node[] = [], block = -1, before?: Statement): Statement => {
    const statement: Statement = {
      node, position: at(node), kind, outer, home, list, block, calls: false, refusal: null,
      variables: before?.variables ?? new Map(), get head() { return before?.head ?? statement; },
    };
    found.set(node, statement);
    const above = before ?? outer;
    const depth = above === null ? 1 : (depths.get(above) ?? 0) + 1;
    depths.set(statement, depth);
    if (depth > deepest) refuse(statement, "it is nested too deeply, or too many of its kind follow one another");
    const fn = nodes[home];
    if (isFunction(fn) && (fn.async || fn.generator)) refuse(statement, `it stands in ${fn.async ? "an async" : "a generator"} function`);
    return statement;
  };

  /** Walks the statements of a list, from whose `if`s functions may return: the rest of the list belongs to each of these. */
  const enterList = (list: readonly Node[], block: number, home: number, outer: Statement | null): void => {
    let inside = outer;
    list.forEach((node, i) => {
      placed.set(at(node), inside);
      if (node.type !== "IfStatement" || returning[at(node)] !== 1 || known.plain(node.test)) return;
      const before = inside;
      const statement = add(node, "return", inside, home, list, block);
      placed.set(at(node.test), before);
      if ((depths.get(statement) as number) > deepest) return;
      inside = statement;
      const moved = declaredIn(list.slice(i + 1));
      if (moved === null) refuse(inside, "a function or a resource is declared after it");
      else {
        const early = moved.find((name) => uses.between(name, block, at(node)));
        if (early !== undefined) refuse(inside, `${early}, which is declared after it, is named before it`);
      }
    });
  };

  for (let p = 0; p < count; p++) {
    const node = nodes[p] as Node;
    const parent = parents[p] as number;
    const parentNode = nodes[parent];
    const home = isFunction(parentNode) ? parent : parentNode?.type === "StaticBlock" || parentNode?.type === "TSModuleBlock" ? -1 : homes[parent] ?? -1;
    homes.push(home);
    let owner = placed.get(p);
    if (owner === undefined) owner = owners[parent] ?? null;
    if (isHost(node)) owner = null; // it runs while the program does, outside of it
    if (rewritten[p] === true) owner = enter(node, p, owner, home, parentNode);
    owners.push(owner);
    if (rewritten[p] === true) {
      const written = writesOf(node);
      if (written.names.length + written.members.length > 0) writes.push({ position: p, writes: written });
      note(node, p, owner);
    }
  }

  function enter(node: Node, p: number, owner: Statement | null, home: number, parent: Node | undefined): Statement | null {
    switch (node.type) {
      case "BlockStatement": {
        const around = found.get(parent as Node);
        const branch = around !== undefined && (around.kind === "return" || around.kind === "chained") && leaving[p] === 1;
        if (isFunction(parent) || branch) enterList(node.body, p, home, owner);
        return owner;
      }
      case "IfStatement": {
        const own = found.get(node);
        if (own !== undefined) return own;
        if (known.plain(node.test) || home < 0) return owner;
        const around = found.get(parent as Node);
        if (around !== undefined && around.kind !== "if" && around.kind !== "loop" && fields[p] === "alternate") {
          add(node, "chained", around.head, home, [], -1, around);
          return around.head;
        }
        const statement = add(node, "if", owner, home);
        placed.set(at(node.test), owner);
        return (depths.get(statement) as number) > deepest ? owner : statement;
      }
      case "WhileStatement": case "DoWhileStatement": case "ForStatement": {
        if (node.test === null || known.plain(node.test) || home < 0) return owner;
        const statement = add(node, "loop", owner, home);
        if (parent?.type === "LabeledStatement") refuse(statement, "it has a label");
        if (node.type === "ForStatement" && node.init !== null) placed.set(at(node.init), owner);
        return (depths.get(statement) as number) > deepest ? owner : statement;
      }
      default: return owner;
    }
  }

  /** What a node does besides assigning that a statement around it may not hold. */
  function note(node: Node, p: number, owner: Statement | null): void {
    if (owner === null) return;
    const home = homes[p] as number;
    switch (node.type) {
      case "ReturnStatement":
        for (let s: Statement | null = owner; s !== null && s.home === home; s = s.outer) {
          if (s.kind === "loop") refuse(s, `it returns from inside of the loop${lineOf(tree, node)}`);
          if (s.kind === "if") refuse(s, `it returns${lineOf(tree, node)}, and what follows it is not the end of the function`);
        }
        if (isFinal(p, home)) for (let s: Statement | null = owner; s !== null && s.home === home; s = s.outer) refuse(s, `it returns inside of \`try\` … \`finally\`${lineOf(tree, node)}`);
        return;
      case "ThrowStatement":
        if (owner.home === home && !isGuarded(p, owner)) refuse(owner.head, `it throws${lineOf(tree, node)}`);
        return;
      case "BreakStatement": case "ContinueStatement": {
        const target = targetOf(node, p);
        for (let s: Statement | null = owner; s !== null && s.position >= target; s = s.outer) {
          if (s.position > target || node.type === "BreakStatement") refuse(s, `\`${node.type === "BreakStatement" ? "break" : "continue"}\` leaves it${lineOf(tree, node)}`);
        }
        return;
      }
      case "CallExpression": case "NewExpression": case "TaggedTemplateExpression":
        for (let s: Statement | null = owner; s !== null && !s.calls; s = s.outer) s.calls = true;
        if (node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "eval") refuse(owner, `it calls eval${lineOf(tree, node)}`);
        return;
      default:
    }
  }

  /** Whether an `if` or `switch` that asks about plain values alone stands between a node and the statement that it belongs to. */
  function isGuarded(from: number, owner: Statement): boolean {
    for (let p = parents[from] as number; p > owner.position; p = parents[p] as number) {
      const node = nodes[p] as Node;
      if (node.type === "IfStatement" && found.get(node) === undefined) return true;
    }
    return false;
  }

  function isFinal(from: number, home: number): boolean {
    for (let p = from; p > home; p = parents[p] as number) {
      const node = nodes[p] as Node;
      if (node.type === "TryStatement" && node.finalizer !== null) return true;
    }
    return false;
  }

  function targetOf(jump: Of<"BreakStatement" | "ContinueStatement">, from: number): number {
    for (let p = parents[from] as number; p >= 0; p = parents[p] as number) {
      const node = nodes[p] as Node;
      if (jump.label !== null) {
        if (node.type === "LabeledStatement" && node.label.name === jump.label.name) return p;
      } else if (/^(?:For|ForIn|ForOf|While|DoWhile)Statement$/.test(node.type) || (node.type === "SwitchStatement" && jump.type === "BreakStatement")) {
        return p;
      }
    }
    return -1;
  }

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

  function isConstructor(home: number): boolean {
    const method = nodes[parents[home] as number];
    return method?.type === "MethodDefinition" && method.kind === "constructor";
  }

  /** Whether a variable always holds the object that a literal made for it. */
  function isMade(scope: Scope, name: string): boolean {
    const binding = scope.names.get(name);
    return binding?.kind === "variable" && binding.property === undefined && isFresh(binding.init) && (byVariable.get(scope)?.get(name) ?? []).length <= 1;
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

  // What functions assign that a statement may call: variables of the function around them.
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

function refuse(statement: Statement, reason: string): void {
  statement.head.refusal ??= reason;
  statement.refusal ??= reason;
}

function leaves(node: Node, inner: (node: Node) => boolean): boolean {
  switch (node.type) {
    case "ReturnStatement": case "ThrowStatement": return true;
    case "BlockStatement": return node.body.some(inner);
    case "IfStatement": return node.alternate !== null && inner(node.consequent) && inner(node.alternate);
    default: return false;
  }
}

/** The names that statements of a list declare for the list alone; null where one would not survive a block of its own. */
function declaredIn(list: readonly Node[]): readonly string[] | null {
  const names: string[] = [];
  for (const node of list) {
    if (node.type === "FunctionDeclaration" || node.type === "TSDeclareFunction" || node.type === "TSEnumDeclaration") return null;
    if (node.type === "ClassDeclaration") names.push(node.id?.name ?? "");
    if (node.type !== "VariableDeclaration" || node.kind === "var") continue;
    if (node.kind !== "let" && node.kind !== "const") return null;
    const pending: Node[] = node.declarations.map((declaration) => declaration.id);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next.type === "Identifier") names.push(next.name);
      else if (next.type === "AssignmentPattern") pending.push(next.left);
      else if (next.type === "RestElement") pending.push(next.argument);
      else if (next.type === "ArrayPattern") pending.push(...next.elements.filter((element) => element !== null));
      else if (next.type === "ObjectPattern") pending.push(...next.properties.map((property) => (property.type === "RestElement" ? property : property.value)));
    }
  }
  return names;
}

function lineOf(tree: Tree, node: Node): string {
  return ` (line ${tree.lineOf(node.start)})`;
}
