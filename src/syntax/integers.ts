/**
 * Which variables a loop may carry as int32, seen from what is assigned to them: integers that do not grow without bound. What counts by ones would have
 * to turn two thousand million times. What takes larger steps stays an integer only where it is an index, for one that is too large is refused, or where
 * bitwise operators take it, which wrap in JavaScript too. Where steps are so large that turns may add up to 2³¹ it must be nothing else besides, for
 * that would be wrong when it has wrapped. Every other number is a double.
 */
import type { Node } from "oxc-parser";
import type { Scope, Scopes } from "./scope.ts";
import { isWrapper, type Tree, unwrap } from "./tree.ts";

export interface Write {
  readonly writer: Node;
  readonly position: number;
  /** Whether it stands in a loop that may become part of a program, or in another function than the variable. */
  readonly repeats: boolean;
}

interface Variable {
  /** Whether a loop may assign it. */
  repeats: boolean;
  /** It gets nothing but integers. */
  integer: boolean;
  /** It may move by more than one at a time. */
  far: boolean;
  /** It may move so far at a time that it wraps some day. */
  wraps: boolean;
  /** It is asked for as an index or for its bits. */
  indexes: boolean;
  /** It is an index: one that is too large is refused, whatever it is compared with. */
  reads: boolean;
  compares: boolean;
  /** Something is computed of it in which it would be seen that it has wrapped. */
  computes: boolean;
  /** What is assigned this one, or a step from it; and what is made of its bits. */
  readonly copies: Variable[];
  readonly masks: Variable[];
  /** What this one is assigned, in any sum. */
  readonly parts: Variable[];
}

/** An integer that is assigned: the variables that it is a step from, those whose bits it is made of, and the longest step. */
interface Step {
  readonly from: Node[];
  readonly bits: Node[];
  length: number;
}

/** Steps up to this length take a hundred million turns to wrap. */
const short = 16;

/** Given that they begin as such: loops assign to them, and only such. */
export function findIntegers(byVariable: ReadonlyMap<Scope, ReadonlyMap<string, readonly Write[]>>, scopes: Scopes, tree: Tree): (scope: Scope, name: string) => boolean {
  const variables = new Map<Scope, Map<string, Variable>>();
  for (const [scope, names] of byVariable) {
    variables.set(scope, new Map([...names].map(([name, writes]) => [name, { repeats: writes.some((w) => w.repeats), integer: true, far: false, wraps: false, indexes: false, reads: false, compares: false, computes: false, copies: [], masks: [], parts: [] }])));
  }
  const all = [...variables.values()].flatMap((names) => [...names.values()]);
  const variableOf = (node: Node): Variable | undefined => {
    if (node.type !== "Identifier") return undefined;
    const scope = scopes.home(node.name, node);
    return scope && variables.get(scope)?.get(node.name);
  };
  for (const [scope, names] of byVariable) {
    for (const [name, writes] of names) {
      const variable = variables.get(scope)?.get(name) as Variable;
      for (const { writer, repeats } of writes) if (repeats) assign(variable, stepOf(writer), scopes, variableOf);
    }
  }
  spread(all.filter((v) => !v.integer), (v) => [...v.copies, ...v.masks].filter((other) => other.integer && other.repeats), (v) => { v.integer = false; });
  spread(all.filter((v) => v.far), (v) => v.copies.filter((other) => !other.far), (v) => { v.far = true; });
  spread(all.filter((v) => v.wraps), (v) => v.copies.filter((other) => !other.wraps), (v) => { v.wraps = true; });
  if (all.some((v) => v.integer && v.far && v.repeats)) {
    tree.nodes.forEach((node, position) => {
      const variable = variableOf(node);
      if (variable !== undefined) use(variable, position, tree, variableOf);
    });
    spread(all.filter((v) => v.indexes), (v) => v.parts.filter((part) => !part.indexes), (v) => { v.indexes = true; });
    spread(all.filter((v) => v.reads), (v) => v.parts.filter((part) => !part.reads), (v) => { v.reads = true; });
    for (const v of all) v.computes ||= v.compares && !v.reads;
    spread(all.filter((v) => v.computes || !v.integer || !v.repeats), (v) => v.parts.filter((part) => !part.computes), (v) => { v.computes = true; });
  }
  return (scope, name) => {
    const variable = variables.get(scope)?.get(name);
    return variable !== undefined && variable.repeats && variable.integer && (!variable.far || (variable.indexes && !(variable.wraps && variable.computes)));
  };
}

/** Changes variables and all that follows from them. */
function spread(from: readonly Variable[], next: (v: Variable) => readonly Variable[], change: (v: Variable) => void): void {
  const pending = [...from];
  for (let v = pending.pop(); v !== undefined; v = pending.pop()) {
    for (const other of next(v)) {
      change(other);
      pending.push(other);
    }
  }
}

function assign(variable: Variable, step: Step | undefined, scopes: Scopes, variableOf: (node: Node) => Variable | undefined): void {
  const isOfFile = (node: Node): boolean => node.type === "Identifier" && scopes.home(node.name, node) !== undefined;
  if (step === undefined || ![...step.from, ...step.bits].every(isOfFile)) {
    variable.integer = false;
    return;
  }
  variable.far ||= step.length > 1;
  variable.wraps ||= step.length > short;
  for (const node of step.from) variableOf(node)?.copies.push(variable);
  for (const node of step.bits) variableOf(node)?.masks.push(variable);
}

/** What a variable gets, where that is an integer: a count, a copy of another variable, the result of a bitwise operator. */
function stepOf(writer: Node): Step | undefined {
  if (writer.type === "UpdateExpression") return { from: [], bits: [], length: 1 };
  if (writer.type === "VariableDeclarator") return writer.init === null ? undefined : integerOf(writer.init);
  if (writer.type !== "AssignmentExpression") return undefined;
  switch (writer.operator) {
    case "=": return integerOf(writer.right);
    case "+=": case "-=": return isStep(writer.right) ? { from: [], bits: [], length: lengthOf(writer.right) } : undefined;
    case "&=": case "|=": case "^=": case "<<=": case ">>=": {
      const right = integerOf(writer.right);
      return right && { from: [], bits: [...right.from, ...right.bits], length: 1 };
    }
    default: return undefined;
  }
}

function integerOf(expression: Node): Step | undefined {
  const step: Step = { from: [], bits: [], length: 0 };
  const pending = [{ expression, names: step.from }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { names } = next;
    const node = unwrap(next.expression);
    const push = (...inner: readonly Node[]): void => inner.forEach((part) => pending.push({ expression: part, names }));
    switch (node.type) {
      case "Literal":
        if (!isStep(node)) return undefined;
        break;
      case "Identifier": names.push(node); break;
      case "ConditionalExpression": push(node.consequent, node.alternate); break;
      case "UnaryExpression":
        if (node.operator !== "~" && node.operator !== "-") return undefined;
        push(node.argument);
        break;
      case "BinaryExpression":
        if (["+", "-"].includes(node.operator) && isStep(node.right)) {
          if (names === step.from) step.length = Math.max(step.length, lengthOf(node.right));
          push(node.left);
        } else if (isBitwise(node.operator)) {
          for (const side of [node.left, node.right]) for (const term of termsOf(side)) pending.push({ expression: term, names: step.bits });
        } else return undefined;
        break;
      default: return undefined;
    }
  }
  return step;
}

/** What bitwise operators take modulo 2³²: a sum or difference counts by its terms. */
function termsOf(expression: Node): readonly Node[] {
  const terms: Node[] = [];
  const pending = [expression];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = unwrap(next);
    if (node.type === "BinaryExpression" && ["+", "-"].includes(node.operator)) pending.push(node.left, node.right);
    else terms.push(node);
  }
  return terms;
}

/** Of signed integers. */
function isBitwise(operator: string): boolean {
  return ["&", "|", "^", "<<", ">>"].includes(operator);
}

function isStep(expression: Node): boolean {
  const node = unwrap(expression);
  return node.type === "Literal" && typeof node.value === "number" && Number.isInteger(node.value) && Math.abs(node.value) <= 65536;
}

function lengthOf(expression: Node): number {
  return Math.abs((unwrap(expression) as { value: number }).value);
}

/** What becomes of a variable at one place: up from there through sums and choices, to what takes them. */
function use(variable: Variable, position: number, { nodes, parents, fields }: Tree, variableOf: (node: Node) => Variable | undefined): void {
  for (let p = position; ; p = parents[p] as number) {
    const field = fields[p];
    const node = nodes[parents[p] as number];
    if (node === undefined) return;
    if (isWrapper(node)) continue;
    switch (node.type) {
      case "UpdateExpression": case "LogicalExpression": continue;
      case "UnaryExpression":
        variable.indexes ||= node.operator === "~";
        if (node.operator === "-" || node.operator === "+") continue;
        return;
      case "BinaryExpression":
        if (isBitwise(node.operator) || node.operator === ">>>") {
          variable.indexes = true;
          return;
        }
        if (["<", "<=", ">", ">="].includes(node.operator)) {
          variable.compares = true;
          return;
        }
        variable.computes ||= node.operator !== "+" && node.operator !== "-";
        if (["+", "-", "%"].includes(node.operator)) continue;
        return;
      case "ConditionalExpression":
        if (field === "test") return;
        continue;
      case "CallExpression": {
        variable.computes = true;
        const callee = unwrap(node.callee);
        if (field === "arguments" && callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "Math") continue;
        return;
      }
      case "MemberExpression":
        if (field === "property" && node.computed) variable.indexes = variable.reads = true;
        else variable.computes ||= field === "object";
        return;
      case "AssignmentExpression": {
        const target = field === "right" ? variableOf(node.left) : variable;
        if (target === undefined) variable.computes = true;
        else if (target !== variable) target.parts.push(variable);
        variable.indexes ||= /^(?:[&|^]|<<|>>>?)=$/.test(node.operator);
        variable.computes ||= /^(?:[*/%]|\*\*)=$/.test(node.operator);
        continue;
      }
      case "VariableDeclarator": {
        const target = field === "init" ? variableOf(node.id) : variable;
        if (target === undefined) variable.computes = true;
        else target.parts.push(variable);
        return;
      }
      case "ExpressionStatement": case "ForStatement": case "IfStatement": case "WhileStatement": case "DoWhileStatement": return;
      default:
        variable.computes = true;
        return;
    }
  }
}
