/**
 * The order in which the nodes of a graph are computed, and their division among functions of bounded size: engines optimise a
 * function in more than linear time. A node used once is computed where it is used, every other one is a root with a name.
 */
import type { Graph, Node } from "./graph.ts";

/** Nodes in one function. */
const functionSize = 1500;
/** How deep expressions nest. */
const deepest = 24;

export interface Schedule {
  /** The roots of each function, in order. */
  readonly functions: readonly (readonly Node[])[];
  isRoot(node: Node): boolean;
  /** The function that computes a root. */
  functionOf(root: Node): number;
}

const isOperation = (graph: Graph, node: Node): boolean => graph.instruction(node) !== undefined;

/** The operations that the outputs need, each after its operands, and close to those: depth first. */
function operationsInOrder(graph: Graph, outputs: readonly Int32Array[]): Node[] {
  const seen = new Uint8Array(graph.length);
  const order: Node[] = [];
  const open: Node[] = [];
  for (const nodes of outputs) {
    for (const output of nodes) {
      open.push(output);
      while (open.length > 0) {
        const node = open[open.length - 1] as Node;
        if (!isOperation(graph, node) || seen[node] === 2) {
          open.pop();
        } else if (seen[node] === 1) {
          seen[node] = 2;
          order.push(node);
          open.pop();
        } else {
          seen[node] = 1;
          for (let i = 2; i >= 0; i--) {
            const operand = graph.operand(node, i as 0 | 1 | 2);
            if (operand >= 0 && seen[operand] === 0) open.push(operand);
          }
        }
      }
    }
  }
  return order;
}

export function schedule(graph: Graph, outputs: readonly Int32Array[]): Schedule {
  const order = operationsInOrder(graph, outputs);
  const uses = new Int32Array(graph.length);
  const operands = (node: Node): Node[] => [graph.operand(node, 0), graph.operand(node, 1), graph.operand(node, 2)].filter((n) => n >= 0);
  for (const node of order) for (const n of operands(node)) uses[n] = (uses[n] as number) + 1;
  for (const nodes of outputs) for (const n of nodes) uses[n] = (uses[n] as number) + 2;
  const depth = new Uint8Array(graph.length);
  const weight = new Int32Array(graph.length);
  const functionOf = new Int32Array(graph.length).fill(-1);
  const functions: Node[][] = [];
  let filled = functionSize;
  for (const node of order) {
    let [below, cost] = [0, 1];
    for (const n of operands(node)) {
      if (functionOf[n] !== -1) continue;
      below = Math.max(below, depth[n] as number);
      cost += weight[n] as number;
    }
    depth[node] = below + 1;
    weight[node] = cost;
    if (uses[node] === 1 && below + 1 < deepest) continue;
    if (filled >= functionSize) {
      functions.push([]);
      filled = 0;
    }
    functionOf[node] = functions.length - 1;
    (functions[functions.length - 1] as Node[]).push(node);
    filled += cost;
  }
  return { functions, isRoot: (node) => functionOf[node] !== -1, functionOf: (root) => functionOf[root] as number };
}
