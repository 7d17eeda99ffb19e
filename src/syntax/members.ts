/** The rewriting of `x[i]`: reads, targets of assignments, and optional chains that hold one. */
import type { Node } from "oxc-parser";
import { parentOf, wrapInCall, type Pass } from "./pass.ts";
import { findToken, isWrapper, unwrap } from "./tree.ts";

type Of<T extends Node["type"]> = Extract<Node, { type: T }>;
type Member = Of<"MemberExpression">;

/** How the surroundings use a member expression: those that need the reference itself keep it. */
type Role = "read" | "target" | "reference";

export function roleOf(pass: Pass, node: Node): Role {
  let position = pass.tree.positions.get(node) as number;
  let parent = parentOf(pass, position);
  while (parent !== undefined && (isWrapper(parent) || parent.type === "ChainExpression")) {
    position = pass.tree.parents[position] as number;
    parent = parentOf(pass, position);
  }
  const field = pass.tree.fields[position];
  switch (parent?.type) {
    case "CallExpression": case "NewExpression": return field === "callee" ? "reference" : "read";
    case "TaggedTemplateExpression": return field === "tag" ? "reference" : "read";
    case "UnaryExpression": return parent.operator === "delete" ? "reference" : "read";
    case "AssignmentExpression": case "AssignmentPattern": case "ForInStatement": case "ForOfStatement": return field === "left" ? "target" : "read";
    case "UpdateExpression": case "ArrayPattern": case "RestElement": return "target";
    case "Property": return field === "value" && parentOf(pass, pass.tree.parents[position] as number)?.type === "ObjectPattern" ? "target" : "read";
    default: return "read";
  }
}

/** Whether `node` is an index that an array could answer: `x[i]`, not `x.p`, `x["p"]`, `super[i]`. */
export function isIndex(pass: Pass, node: Node): node is Member & { computed: true } {
  if (node.type !== "MemberExpression" || !node.computed || node.object.type === "Super") return false;
  const { property } = node;
  if (property.type === "Literal") return typeof property.value === "number" || property.value === null;
  return property.type !== "TemplateLiteral" && !isWellKnownSymbol(pass, property);
}

function isWellKnownSymbol(pass: Pass, node: Node): boolean {
  return node.type === "MemberExpression" && !node.computed && node.object.type === "Identifier" && node.object.name === "Symbol"
    && pass.scopes.resolve("Symbol", node) === undefined;
}

/** `x[i]` → `$op.index(x, i)`; as a target `$op.target(x, i)[i]`, which refuses arrays. */
export function rewriteMember(pass: Pass, node: Member): void {
  if (pass.done.has(node) || !isIndex(pass, node)) return;
  const role = roleOf(pass, node);
  if (role === "target") {
    const { object, property } = node;
    const simple = property.type === "Identifier" || property.type === "Literal";
    wrapInCall(pass, object, "target", simple ? `, ${pass.code.slice(property.start, property.end)}` : "");
    if (!simple && !pass.known.plain(property)) wrapInCall(pass, property, "place");
  } else if (role === "read") {
    pass.edits.open(node.start, indexCall(pass, node), node.property.start);
    closeIndex(pass, node, findToken(pass.code, node.object.end, "["), "[", "");
  }
}

/** `x[i, j]` is `x[j]` in JavaScript; on an array the runtime says so. */
function indexCall(pass: Pass, node: Member): string {
  return `${pass.op}.${node.property.type === "SequenceExpression" ? "indexList" : "index"}(`;
}

/** Turns the brackets of an index into the rest of a call. */
function closeIndex(pass: Pass, node: Member, start: number, token: string, before: string): void {
  const list = node.property.type === "SequenceExpression";
  pass.edits.replaceToken(start, token, `${before}, ${list ? "(" : ""}`);
  pass.edits.replace(node.end - 1, node.end, list ? "))" : ")");
}

/** `new x[i].Type()`: a callee that begins with a call needs parentheses. */
export function rewriteNew(pass: Pass, node: Of<"NewExpression">): void {
  for (let part: Node = node.callee; part.type === "MemberExpression"; part = part.object) {
    if (part === node.callee || !isIndex(pass, part)) continue;
    pass.edits.open(node.callee.start, "(");
    pass.edits.close(node.callee.end, ")");
    return;
  }
}

type Link = Member | Of<"CallExpression">;

/**
 * `a?.b[i]` → `$op.hold($op.nullish(t = a) ? void 0 : $op.index(t.b, i))`. Only chains with an index after the question mark are touched;
 * one with an optional call of a method (`a.b?.(x)[i]`), whose receiver would have to be kept, stays as it is.
 */
export function rewriteChain(pass: Pass, node: Of<"ChainExpression">, position: number): void {
  const { op, edits, temporaries, code } = pass;
  const links = linksOf(node);
  const optional = links.findIndex((link) => link.optional);
  links.slice(optional).forEach((link) => pass.done.add(link));
  const indexes = links.filter((link) => isIndex(pass, link) && roleOf(pass, link) === "read");
  const optionalMethod = links.some((link) => link.type === "CallExpression" && link.optional && unwrap(link.callee).type === "MemberExpression");
  if (!indexes.some((link) => pass.done.has(link)) || optionalMethod || roleOf(pass, node) === "reference") return;
  links.forEach((link) => pass.done.add(link));

  // What has to stand at the start of each stretch between two question marks: the calls that its links end in.
  const stretches: { opening: string; link: Link | null; temporary: string }[] = [{ opening: "", link: null, temporary: "" }];
  for (const link of links) {
    if (link.optional) stretches.push({ opening: "", link, temporary: temporaries.take(position) });
    const stretch = stretches.at(-1);
    if (stretch !== undefined && link.type === "MemberExpression" && indexes.includes(link)) stretch.opening = indexCall(pass, link) + stretch.opening;
  }
  edits.open(node.start, `${op}.hold(${op}.nullish(${stretches[1]?.temporary} = ${stretches[0]?.opening}`);
  stretches.forEach(({ opening, link, temporary }, s) => {
    if (link === null) return;
    const following = stretches[s + 1];
    const begin = `) ? void 0 : ${following === undefined ? "" : `${op}.nullish(${following.temporary} = `}${opening}${temporary}`;
    const mark = findToken(code, (link.type === "CallExpression" ? link.callee : link.object).end, "?.");
    if (link.type === "CallExpression") return edits.replaceToken(mark, "?.", begin);
    if (!link.computed) return edits.replaceToken(mark, "?.", `${begin}.`);
    const bracket = findToken(code, mark + 2, "[");
    edits.replaceToken(mark, "?.", begin);
    if (indexes.includes(link)) closeIndex(pass, link, bracket, "[", "");
  });
  for (const link of indexes) {
    if (link.type === "MemberExpression" && !link.optional) closeIndex(pass, link, findToken(code, link.object.end, "["), "[", "");
  }
  edits.close(node.end, ")");
}

/** The members and calls of a chain, innermost first. */
function linksOf(node: Of<"ChainExpression">): readonly Link[] {
  const links: Link[] = [];
  let part: Node = node.expression;
  for (;;) {
    if (part.type === "MemberExpression") {
      links.push(part);
      part = part.object;
    } else if (part.type === "CallExpression") {
      links.push(part);
      part = part.callee;
    } else if (part.type === "TSNonNullExpression") {
      part = part.expression;
    } else {
      return links.reverse();
    }
  }
}
