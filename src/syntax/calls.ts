/**
 * The rewriting of calls that take arrays or ask about them: Math's functions, `Number.isNaN` and its siblings, `Boolean(x)`, and the predicates
 * of lists, whose answers JavaScript would take for true whatever the array holds.
 */
import type { Node } from "oxc-parser";
import { wrapInCall, type Pass } from "./pass.ts";
import { findToken, isFunction, isWrapper, unwrap } from "./tree.ts";

type Call = Extract<Node, { type: "CallExpression" }>;

/** `Math.sin(x)` → `$op.math(Math.sin, x)`, `Number.isNaN(x)` → `$op.ask(Number.isNaN, x)`, also for names that these functions were given. */
export function rewriteCall(pass: Pass, node: Call): void {
  rewriteReceiver(pass, node);
  if (node.optional || node.arguments.every((argument) => pass.known.plain(argument))) return;
  const callee = unwrap(node.callee);
  if (isGlobal(pass, callee, "Boolean")) return rewriteBoolean(pass, node);
  const owner = ownerOf(pass, callee);
  if (owner === undefined) return;
  pass.edits.open(node.start, `${pass.op}.${owner === "Math" ? "math" : "ask"}(`);
  const end = node.typeArguments?.end ?? node.callee.end;
  pass.edits.replaceToken(findToken(pass.code, end, "("), "(", ", ");
}

/** `list.sort()` → `$op.intact(list, "sort() (line 3) changes", true).sort()`, where the list may be known to others: in a statement that is recorded it may not change. */
function rewriteReceiver(pass: Pass, node: Call): void {
  const changes = pass.statements.changes(node);
  const callee = unwrap(node.callee);
  if (changes === null || callee.type !== "MemberExpression") return;
  for (let part: Node = callee.object; ; part = part.type === "CallExpression" ? part.callee : part.object) {
    part = unwrap(part);
    if (part.type !== "MemberExpression" && part.type !== "CallExpression") break;
    if (part.optional) return;
  }
  wrapInCall(pass, callee.object, "intact", `, ${JSON.stringify(changes.what)}, ${changes.builtIn}`);
}

/** `Boolean(x)` → `Boolean($op.truth(x, "Boolean"))` */
function rewriteBoolean(pass: Pass, node: Call): void {
  const [argument] = node.arguments;
  if (argument === undefined || argument.type === "SpreadElement" || pass.known.plain(argument)) return;
  wrapInCall(pass, argument, "truth", `, "Boolean"`);
}

/** The functions of each global object that arrays answer. */
const answered: ReadonlyMap<string, (name: string) => boolean> = new Map([
  ["Math", (name) => name in Math],
  ["Number", (name) => /^is(?:NaN|Finite|Integer|SafeInteger)$/.test(name)],
  ["Object", (name) => name === "is"],
]);

/** The global object that a function belongs to, where arrays answer it. */
function ownerOf(pass: Pass, callee: Node): string | undefined {
  if (callee.type === "MemberExpression") return callee.optional ? undefined : ownerOfMember(pass, callee);
  if (callee.type !== "Identifier") return undefined;
  const binding = pass.scopes.resolve(callee.name, callee);
  if (binding?.kind !== "variable") return undefined;
  const init = unwrap(binding.init);
  if (binding.property === undefined) return init.type === "MemberExpression" ? ownerOfMember(pass, init) : undefined;
  const owner = globalOf(pass, init);
  return owner !== undefined && answered.get(owner)?.(binding.property) === true ? owner : undefined;
}

function ownerOfMember(pass: Pass, member: Extract<Node, { type: "MemberExpression" }>): string | undefined {
  const owner = globalOf(pass, unwrap(member.object));
  if (owner === undefined) return undefined;
  if (member.computed) return owner === "Math" ? owner : undefined;
  return member.property.type === "Identifier" && answered.get(owner)?.(member.property.name) === true ? owner : undefined;
}

/** The name of the global object that an expression is: `Math`, or a variable that holds it. */
function globalOf(pass: Pass, node: Node): string | undefined {
  if (node.type !== "Identifier") return undefined;
  const binding = pass.scopes.resolve(node.name, node);
  if (binding === undefined) return answered.has(node.name) ? node.name : undefined;
  if (binding.kind !== "variable" || binding.property !== undefined) return undefined;
  const init = unwrap(binding.init);
  return init.type === "Identifier" && answered.has(init.name) && isGlobal(pass, init, init.name) ? init.name : undefined;
}

function isGlobal(pass: Pass, node: Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name && pass.scopes.resolve(name, node) === undefined;
}

const predicateMethods: ReadonlySet<string> = new Set(["some", "every", "filter", "find", "findIndex", "findLast", "findLastIndex"]);

/** Whether a node is a function literal that a method such as `filter` takes as its first argument. */
function isPredicate(pass: Pass, start: number): boolean {
  const { nodes, parents } = pass.tree;
  const node = nodes[start];
  if ((node?.type !== "ArrowFunctionExpression" && node?.type !== "FunctionExpression") || node.async || node.generator) return false;
  let argument = start;
  let position = parents[start] as number;
  while (isWrapper(nodes[position] as Node)) {
    argument = position;
    position = parents[position] as number;
  }
  const call = nodes[position];
  if (call?.type !== "CallExpression" || call.arguments[0] !== nodes[argument]) return false;
  const callee = unwrap(call.callee);
  return callee.type === "MemberExpression" && !callee.computed && callee.property.type === "Identifier" && predicateMethods.has(callee.property.name);
}

/** `list.some((v) => v > x)` → `list.some((v) => $op.truth($op.gt(v, x), "predicate"))`; to be called for every node, before its own edits. */
export function rewriteAnswer(pass: Pass, node: Node, position: number): void {
  const answer = node.type === "ReturnStatement" ? node.argument : pass.tree.fields[position] === "body" && node.type !== "BlockStatement" ? node : null;
  if (answer === null || pass.known.plain(answer)) return;
  const { nodes, parents } = pass.tree;
  let outer = parents[position] as number;
  if (node.type === "ReturnStatement") while (outer >= 0 && !isFunction(nodes[outer])) outer = parents[outer] as number;
  if (isPredicate(pass, outer)) wrapInCall(pass, answer, "truth", `, "predicate"`);
}
