/**
 * What a name in the source stands for, as far as the rewrite needs to know: imports, functions, variables with
 * their first value, parameters. Built once, asked on demand.
 */
import type { Node } from "oxc-parser";
import { isFunction, type FunctionNode, type Tree } from "./tree.ts";

export type Binding =
  | { readonly kind: "import"; readonly source: string }
  | { readonly kind: "function"; readonly node: FunctionNode }
  /** `property` is set where the variable was destructured from its first value: `const { property: name } = init`. */
  | { readonly kind: "variable"; readonly init: Node; readonly property: string | undefined }
  | { readonly kind: "parameter"; readonly node: Node }
  | { readonly kind: "other" };

export interface Scope {
  readonly names: Map<string, Binding>;
  /** Where each name is declared first in the source. */
  readonly starts: Map<string, number>;
  readonly parent: Scope | null;
  /** Where `var` lands. */
  readonly hoists: boolean;
  /** The position in the tree of the node that opens it. */
  readonly owner: number;
}

export interface Scopes {
  /** What the identifier `name`, used at `node`, stands for; undefined for a global. */
  resolve(name: string, node: Node): Binding | undefined;
  /** The scope that declares the identifier `name`, used at `node`; undefined for a global. */
  home(name: string, node: Node): Scope | undefined;
}

const other: Binding = { kind: "other" };

export function findScopes(tree: Tree): Scopes {
  const scopes: Scope[] = [];
  tree.nodes.forEach((node, position) => {
    const outer = scopes[tree.parents[position] as number] ?? null;
    const scope = opensScope(node) ? { names: new Map<string, Binding>(), starts: new Map<string, number>(), parent: outer, hoists: hoists(node), owner: position } : outer as Scope;
    scopes.push(scope);
    declare(node, outer ?? scope, scope);
  });
  const home = (name: string, node: Node): Scope | undefined => {
    let scope: Scope | null | undefined = scopes[tree.positions.get(node) as number];
    while (scope != null && !scope.names.has(name)) scope = scope.parent;
    return scope ?? undefined;
  };
  return { home, resolve: (name, node) => home(name, node)?.names.get(name) };
}

function hoists(node: Node): boolean {
  return isFunction(node) || node.type === "Program" || node.type === "StaticBlock" || node.type === "TSModuleBlock";
}

function opensScope(node: Node): boolean {
  switch (node.type) {
    case "BlockStatement": case "ForStatement": case "ForInStatement": case "ForOfStatement": case "SwitchStatement":
    case "CatchClause": case "ClassDeclaration": case "ClassExpression": return true;
    default: return hoists(node);
  }
}

function declare(node: Node, outer: Scope, inner: Scope): void {
  switch (node.type) {
    case "ImportDeclaration":
      for (const specifier of node.specifiers) outer.names.set(specifier.local.name, { kind: "import", source: node.source.value });
      return;
    case "VariableDeclaration":
      for (const { id, init } of node.declarations) {
        declareVariable(id, init, node.kind === "var" ? hoistingScope(outer) : outer);
      }
      return;
    case "ClassDeclaration":
      if (node.id !== null) outer.names.set(node.id.name, other);
      return;
    case "ClassExpression":
      if (node.id !== null) inner.names.set(node.id.name, other);
      return;
    case "CatchClause":
      if (node.param !== null) declarePattern(node.param, inner, () => other);
      return;
    case "TSModuleDeclaration":
      if (node.id.type === "Identifier") outer.names.set(node.id.name, other);
      return;
    default:
      if (isFunction(node)) declareFunction(node, outer, inner);
  }
}

function declareFunction(node: FunctionNode, outer: Scope, inner: Scope): void {
  if (node.type !== "ArrowFunctionExpression" && node.id !== null) {
    (node.type === "FunctionDeclaration" ? outer : inner).names.set(node.id.name, { kind: "function", node });
  }
  for (const parameter of node.params) {
    const pattern = parameter.type === "TSParameterProperty" ? parameter.parameter : parameter;
    declarePattern(pattern, inner, (identifier) => ({ kind: "parameter", node: identifier }));
  }
}

function declareVariable(id: Node, init: Node | null, scope: Scope): void {
  const direct = init !== null && (id.type === "Identifier" || id.type === "ObjectPattern");
  declarePattern(id, scope, (_, property) => {
    if (!direct || (id.type === "ObjectPattern" && property === undefined)) return other;
    return { kind: "variable", init: init as Node, property };
  });
}

/** Declares every name of a pattern; `property` is given for the direct properties of an object pattern. */
function declarePattern(pattern: Node, scope: Scope, bind: (identifier: Node, property: string | undefined) => Binding): void {
  const pending: { node: Node; property: string | undefined; depth: number }[] = [{ node: pattern, property: undefined, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, property, depth } = next;
    switch (node.type) {
      case "Identifier":
        scope.names.set(node.name, depth > 1 ? other : bind(node, property));
        if (!scope.starts.has(node.name)) scope.starts.set(node.name, node.start);
        break;
      case "AssignmentPattern":
        pending.push({ node: node.left, property: undefined, depth });
        break;
      case "RestElement":
        pending.push({ node: node.argument, property: undefined, depth: 2 });
        break;
      case "ArrayPattern":
        for (const element of node.elements) if (element !== null) pending.push({ node: element, property: undefined, depth: 2 });
        break;
      case "ObjectPattern":
        for (const element of node.properties) {
          if (element.type === "RestElement") pending.push({ node: element, property: undefined, depth: 2 });
          else pending.push({ node: element.value, property: keyName(element), depth: depth + 1 });
        }
        break;
      default:
    }
  }
}

function keyName(property: { readonly key: Node; readonly computed: boolean }): string | undefined {
  return !property.computed && property.key.type === "Identifier" ? property.key.name : undefined;
}

function hoistingScope(scope: Scope): Scope {
  let target = scope;
  while (!target.hoists && target.parent !== null) target = target.parent;
  return target;
}
