/**
 * Which statement each node of a file belongs to: the `if`s and loops whose condition may be an array, one inside of the other, and what stands in
 * them that tracing could not honour, besides what they assign.
 */
import type { Node } from "oxc-parser";
import type { Plainness } from "./plain.ts";
import type { Scope } from "./scope.ts";
import { isFunction, type Tree } from "./tree.ts";
import type { Uses } from "./uses.ts";
import { type Writes, writesOf } from "./writes.ts";

export type Of<T extends Node["type"]> = Extract<Node, { type: T }>;
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

export interface Placement {
  readonly found: ReadonlyMap<Node, Statement>;
  /** By position: the innermost statement that a node belongs to, and its function (-1 outside of functions). */
  readonly owners: readonly (Statement | null)[];
  readonly homes: readonly number[];
  /** By position: 1 where nothing can follow a node. */
  readonly leaving: Uint8Array;
  /** What is assigned, deleted or extended, in order. */
  readonly writes: readonly { readonly position: number; readonly writes: Writes }[];
}

/** Of nested or consecutive statements no more are taken: the text would nest as deeply. */
const deepest = 40;

export function placeStatements(tree: Tree, known: Plainness, rewritten: readonly boolean[], isHost: (node: Node) => boolean, uses: Uses): Placement {
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
      if (owner !== null) note(tree, found, p, owner, home);
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

  return { found, owners, homes, leaving, writes };
}

/** What a node does besides assigning that a statement around it may not hold. */
function note(tree: Tree, found: ReadonlyMap<Node, Statement>, p: number, owner: Statement, home: number): void {
  const node = tree.nodes[p] as Node;
  switch (node.type) {
    case "ReturnStatement":
      for (let s: Statement | null = owner; s !== null && s.home === home; s = s.outer) {
        if (s.kind === "loop") refuse(s, `it returns from inside of the loop${lineOf(tree, node)}`);
        if (s.kind === "if") refuse(s, `it returns${lineOf(tree, node)}, and what follows it is not the end of the function`);
      }
      if (isFinal(tree, p, home)) for (let s: Statement | null = owner; s !== null && s.home === home; s = s.outer) refuse(s, `it returns inside of \`try\` … \`finally\`${lineOf(tree, node)}`);
      return;
    case "ThrowStatement":
      if (owner.home === home && !isGuarded(tree, found, p, owner)) refuse(owner.head, `it throws${lineOf(tree, node)}`);
      return;
    case "BreakStatement": case "ContinueStatement": {
      const target = targetOf(tree, node, p);
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
function isGuarded({ nodes, parents }: Tree, found: ReadonlyMap<Node, Statement>, from: number, owner: Statement): boolean {
  for (let p = parents[from] as number; p > owner.position; p = parents[p] as number) {
    const node = nodes[p] as Node;
    if (node.type === "IfStatement" && found.get(node) === undefined) return true;
  }
  return false;
}

function isFinal({ nodes, parents }: Tree, from: number, home: number): boolean {
  for (let p = from; p > home; p = parents[p] as number) {
    const node = nodes[p] as Node;
    if (node.type === "TryStatement" && node.finalizer !== null) return true;
  }
  return false;
}

function targetOf({ nodes, parents }: Tree, jump: Of<"BreakStatement" | "ContinueStatement">, from: number): number {
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

export function refuse(statement: Statement, reason: string): void {
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

export function lineOf(tree: Tree, node: Node): string {
  return ` (line ${tree.lineOf(node.start)})`;
}
