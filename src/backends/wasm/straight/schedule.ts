/**
 * The order in which the nodes of a graph are computed, and their division among functions of bounded size: engines optimise a
 * function in more than linear time.
 */
import { range } from "../../../core/shape.ts";
import type { Graph, Node } from "./graph.ts";

/** Nodes in one function. */
const functionSize = 1500;

export interface Schedule {
  /** The nodes that each function computes, in order. At least one function. */
  readonly functions: readonly (readonly Node[])[];
  /** For each node the function that computes it, or -1: none computes inputs and constants, they are at hand everywhere. */
  readonly owner: Int32Array;
}

export function schedule(graph: Graph, outputs: readonly Int32Array[]): Schedule {
  const order = operationsInOrder(graph, outputs);
  const owner = new Int32Array(graph.length).fill(-1);
  // functions of equal size: a short last one would be wasted
  const count = Math.max(1, Math.ceil(order.length / functionSize));
  const functions = range(count).map((i) => {
    const nodes = order.slice(Math.floor((i * order.length) / count), Math.floor(((i + 1) * order.length) / count));
    for (const node of nodes) owner[node] = i;
    return nodes;
  });
  return { functions, owner };
}

const unseen = 0;
const open = 1;
const done = 2;

/** The operations that the outputs need, each after its operands and close to them: depth first. */
function operationsInOrder(graph: Graph, outputs: readonly Int32Array[]): Node[] {
  const { operands } = graph;
  const state = new Uint8Array(graph.length);
  const order: Node[] = [];
  const stack: Node[] = [];
  for (const nodes of outputs) {
    for (const output of nodes) {
      stack.push(output);
      while (stack.length > 0) {
        const node = stack[stack.length - 1] as Node;
        if (state[node] === unseen && graph.isOperation(node)) {
          state[node] = open;
          for (let i = 3 * node + 2; i >= 3 * node; i--) {
            const operand = operands[i] as Node;
            if (operand >= 0 && state[operand] === unseen) stack.push(operand);
          }
          continue;
        }
        if (state[node] === open) order.push(node);
        state[node] = done;
        stack.pop();
      }
    }
  }
  return order;
}
