/** Where each name of a file occurs, whatever it stands for there. */
import type { Node } from "oxc-parser";
import type { Tree } from "./tree.ts";

export interface Uses {
  /** The identifiers of that name inside of a node. */
  within(name: string, node: Node): readonly Node[];
  /** Whether there is one between two positions of the tree. */
  between(name: string, from: number, to: number): boolean;
}

export function findUses(tree: Tree): Uses {
  const uses = new Map<string, { readonly position: number; readonly node: Node }[]>();
  tree.nodes.forEach((node, position) => {
    if (node.type !== "Identifier" && node.type !== "JSXIdentifier") return;
    const list = uses.get(node.name);
    if (list === undefined) uses.set(node.name, [{ position, node }]);
    else list.push({ position, node });
  });
  return {
    between(name, from, to) {
      const list = uses.get(name) ?? [];
      return (list[lowerBound(list, from + 1)]?.position ?? Number.POSITIVE_INFINITY) < to;
    },
    within(name, node) {
      const list = uses.get(name) ?? [];
      const inside: Node[] = [];
      for (let i = lowerBound(list, tree.positions.get(node) as number); i < list.length && (list[i] as { node: Node }).node.start < node.end; i++) inside.push((list[i] as { node: Node }).node);
      return inside;
    },
  };
}

export function lowerBound(list: readonly { readonly position: number }[], position: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as { position: number }).position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
