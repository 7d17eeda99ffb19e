/** What one node of the tree writes: variables, and parts of objects. Declarations with a value write too. */
import type { Node } from "oxc-parser";
import { unwrap } from "./tree.ts";

export interface Writes {
  /** Identifiers, each with the value that it gets where the syntax shows one. */
  readonly names: readonly { readonly target: Extract<Node, { type: "Identifier" }>; readonly value: Node | null }[];
  /** Members: `o.p = v`, `list[i]++`, `delete o.p`, and the object of `list.push(v)`. */
  readonly members: readonly { readonly object: Node; readonly node: Node; readonly what: string }[];
}

const nothing: Writes = { names: [], members: [] };

/** Methods that change their list and that no array of ours has. */
const changing: ReadonlySet<string> = new Set(["push", "pop", "shift", "unshift", "splice"]);

/** Functions that change their first argument. */
const writers: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Object", new Set(["assign", "defineProperty", "defineProperties", "setPrototypeOf"])],
  ["Reflect", new Set(["set", "defineProperty", "deleteProperty", "setPrototypeOf"])],
]);

/** Methods that change a list, a typed array, a map, a set or an iterator, but have a namesake that changes nothing: what the object is decides. */
export const mayChange: ReadonlySet<string> = new Set(["sort", "reverse", "fill", "copyWithin", "set", "delete", "clear", "add", "next"]);

export function writesOf(node: Node): Writes {
  switch (node.type) {
    case "AssignmentExpression": return ofPattern(node.left, node);
    case "UpdateExpression": return ofPattern(node.argument, node);
    case "VariableDeclarator": return node.init === null ? nothing : ofPattern(node.id, node);
    case "ForInStatement": case "ForOfStatement":
      return node.left.type === "VariableDeclaration" ? ofPattern(node.left.declarations[0]?.id as Node, node) : ofPattern(node.left, node);
    case "UnaryExpression": {
      const target = unwrap(node.argument);
      return node.operator === "delete" && target.type === "MemberExpression" ? { names: [], members: [{ object: target.object, node, what: "deletes a property" }] } : nothing;
    }
    case "CallExpression": {
      const callee = unwrap(node.callee);
      const owner = callee.type === "MemberExpression" ? unwrap(callee.object) : undefined;
      if (callee.type === "MemberExpression" && owner?.type === "Identifier" && callee.property.type === "Identifier" && writers.get(owner.name)?.has(callee.property.name) === true) {
        const [object] = node.arguments;
        return object === undefined ? nothing : { names: [], members: [{ object, node, what: `calls ${owner.name}.${callee.property.name}, which assigns to a property` }] };
      }
      if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier" || !changing.has(callee.property.name)) return nothing;
      return { names: [], members: [{ object: callee.object, node, what: `calls ${callee.property.name}() on a list` }] };
    }
    default: return nothing;
  }
}

function ofPattern(pattern: Node, writer: Node): Writes {
  const names: Writes["names"][number][] = [];
  const members: Writes["members"][number][] = [];
  const pending = [pattern];
  const direct = unwrap(pattern).type === "Identifier";
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = unwrap(next);
    switch (node.type) {
      case "Identifier": names.push({ target: node as never, value: direct ? writer : null }); break;
      case "MemberExpression": members.push({ object: node.object, node, what: "assigns to a property or an element" }); break;
      case "AssignmentPattern": pending.push(node.left); break;
      case "RestElement": pending.push(node.argument); break;
      case "ArrayPattern": for (const element of node.elements) { if (element !== null) pending.push(element); } break;
      case "ObjectPattern": for (const property of node.properties) pending.push(property.type === "RestElement" ? property : property.value); break;
      default:
    }
  }
  return { names, members };
}

/** Whether an expression makes an object that nothing else knows. */
export function isFresh(expression: Node): boolean {
  for (let node = unwrap(expression); ;) {
    if (node.type === "ObjectExpression" || node.type === "ArrayExpression" || node.type === "NewExpression") return true;
    if (node.type !== "CallExpression") return false;
    const callee = unwrap(node.callee);
    if (callee.type === "Identifier") return callee.name === "Array" || callee.name === "structuredClone";
    if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return false;
    if (copying.has(callee.property.name)) return true;
    const owner = unwrap(callee.object);
    if (owner.type === "Identifier" && makers.get(owner.name)?.has(callee.property.name) === true) return true;
    if (!returning.has(callee.property.name)) return false;
    node = owner;
  }
}

/** Methods of lists that make a new one, and those that return their own list. */
const copying: ReadonlySet<string> = new Set(["map", "filter", "slice", "concat", "flat", "flatMap", "toSorted", "toReversed", "toSpliced", "with", "split", "toArray"]);
const returning: ReadonlySet<string> = new Set(["sort", "reverse", "fill", "copyWithin", "add", "set"]);
const makers: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Object", new Set(["keys", "values", "entries", "fromEntries", "create"])], ["Array", new Set(["from", "of"])],
]);
