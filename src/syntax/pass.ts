/** What the rewriting of one file shares: the tree, what is known about it, and the edits made so far. */
import type { Node } from "oxc-parser";
import type { Edits } from "./edits.ts";
import type { Plainness } from "./plain.ts";
import type { Scopes } from "./scope.ts";
import type { Statements } from "./statements.ts";
import type { Temporaries } from "./temporaries.ts";
import { findToken, type Tree } from "./tree.ts";

export interface Pass {
  readonly code: string;
  readonly tree: Tree;
  readonly scopes: Scopes;
  readonly known: Plainness;
  readonly edits: Edits;
  readonly temporaries: Temporaries;
  /** The name of the runtime's namespace in this file. */
  readonly op: string;
  /** Nodes whose edits were made together with those of another one. */
  readonly done: Set<Node>;
  readonly statements: Statements;
  /** For each function that has one, by its position, the temporary that holds a condition. */
  readonly conditions: Map<number, string>;
  /** The same for the innermost statement that has two sides and is left by `return`. */
  readonly frames: Map<number, string>;
  /** For each such statement the temporaries of it and of its `else if`s, and what writes them down. */
  readonly returning: Map<Node, { readonly frames: string[]; readonly fill: () => void }>;
}

export function parentOf(pass: Pass, position: number): Node | undefined {
  return pass.tree.nodes[pass.tree.parents[position] as number];
}

/** Wraps a node in a call of the runtime: `name(node` … `rest)`. */
export function wrapInCall(pass: Pass, node: Node, name: string, rest = "", at: number = node.start): void {
  const list = node.type === "SequenceExpression";
  pass.edits.open(node.start, `${pass.op}.${name}(${list ? "(" : ""}`, at);
  pass.edits.close(node.end, `${list ? ")" : ""}${rest})`, at);
}

/** Replaces the operator that follows `left`. */
export function replaceOperator(pass: Pass, left: Node, operator: string, text: string): void {
  pass.edits.replaceToken(findToken(pass.code, left.end, operator), operator, text);
}
