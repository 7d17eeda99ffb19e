/**
 * Which functions of a file are rewritten: those that carry "use trace", function literals passed to something that comes from
 * chainrule, and functions of the file named there. Everything nested in one of these belongs to it.
 */
import type { Node } from "oxc-parser";
import type { Scopes } from "./scope.ts";
import { hasDirective, isFunction, unwrap, type Tree } from "./tree.ts";

export const directive = "use trace";

export interface RegionOptions {
  /** "all" rewrites the whole file. */
  readonly include?: "traced" | "all";
  /** Module specifiers that count as chainrule besides "chainrule" and "chainrule/…". */
  readonly imports?: readonly string[];
}

/** For each node of the tree whether it is rewritten; null when none is. */
export function findRegions(tree: Tree, scopes: Scopes, options: RegionOptions): readonly boolean[] | null {
  const whole = options.include === "all" || hasDirective(tree.program.body, directive);
  if (whole) return tree.nodes.map(() => true);
  const roots = new Set<Node>();
  for (const node of tree.nodes) {
    if (isFunction(node) && node.body?.type === "BlockStatement" && hasDirective(node.body.body, directive)) roots.add(node);
    if (node.type === "CallExpression" && comesFromChainrule(node.callee, scopes, options.imports ?? [])) {
      for (const argument of node.arguments) addFunctions(argument, scopes, roots);
    }
  }
  if (roots.size === 0) return null;
  const marks: boolean[] = [];
  tree.nodes.forEach((node, position) => marks.push(roots.has(node) || (marks[tree.parents[position] as number] ?? false)));
  return marks;
}

/** Function literals in an argument, also inside lists, objects and `?:`, and functions that it names. */
function addFunctions(argument: Node, scopes: Scopes, roots: Set<Node>): void {
  const pending = [argument];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = unwrap(next);
    if (isFunction(node)) roots.add(node);
    else if (node.type === "ArrayExpression") for (const element of node.elements) { if (element !== null) pending.push(element); }
    else if (node.type === "ObjectExpression") for (const property of node.properties) { if (property.type === "Property") pending.push(property.value); }
    else if (node.type === "ConditionalExpression") pending.push(node.consequent, node.alternate);
    else if (node.type === "Identifier") {
      const binding = scopes.resolve(node.name, node);
      if (binding?.kind === "function") roots.add(binding.node);
      if (binding?.kind === "variable" && binding.property === undefined) {
        const value = unwrap(binding.init);
        if (isFunction(value)) roots.add(value);
      }
    }
  }
}

/** Whether the value of an expression was reached from an import: `grad`, `cr.nn.remat`, `customJvp(f).defjvp`, or a variable that holds one. */
function comesFromChainrule(expression: Node, scopes: Scopes, imports: readonly string[]): boolean {
  const seen = new Set<Node>();
  let node = unwrap(expression);
  while (!seen.has(node)) {
    seen.add(node);
    if (node.type === "MemberExpression") node = unwrap(node.object);
    else if (node.type === "CallExpression") {
      const required = requiredModule(node);
      if (required !== undefined) return isChainrule(required, imports);
      node = unwrap(node.callee);
    } else if (node.type === "ChainExpression") node = unwrap(node.expression);
    else if (node.type === "AwaitExpression") node = unwrap(node.argument);
    else if (node.type === "ImportExpression") return node.source.type === "Literal" && isChainrule(String(node.source.value), imports);
    else if (node.type === "Identifier") {
      const binding = scopes.resolve(node.name, node);
      if (binding?.kind === "import") return isChainrule(binding.source, imports);
      if (binding?.kind !== "variable") return false;
      node = unwrap(binding.init);
    } else return false;
  }
  return false;
}

/** The functions that calls of chainrule's `callback` and `debug.callback` get: they run on the host, while the program does. */
export function findHostFunctions(tree: Tree, scopes: Scopes, options: RegionOptions): (node: Node) => boolean {
  const hosts = new Set<Node>();
  for (const node of tree.nodes) {
    if (node.type !== "CallExpression") continue;
    const callee = unwrap(node.callee);
    const name = callee.type === "Identifier" ? importedName(callee.name, callee, scopes) : callee.type === "MemberExpression" && callee.property.type === "Identifier" ? callee.property.name : "";
    const [first] = node.arguments;
    if (name !== "callback" || first === undefined || !comesFromChainrule(callee, scopes, options.imports ?? [])) continue;
    const host = unwrap(first);
    hosts.add(host);
  }
  return (node) => hosts.has(node);
}

function importedName(name: string, node: Node, scopes: Scopes): string {
  const binding = scopes.resolve(name, node);
  return binding?.kind === "variable" && binding.property !== undefined ? binding.property : name;
}

function requiredModule(call: Extract<Node, { type: "CallExpression" }>): string | undefined {
  const [argument] = call.arguments;
  if (call.callee.type !== "Identifier" || call.callee.name !== "require" || argument?.type !== "Literal") return undefined;
  return String(argument.value);
}

function isChainrule(source: string, imports: readonly string[]): boolean {
  return source === "chainrule" || source.startsWith("chainrule/") || imports.includes(source);
}
