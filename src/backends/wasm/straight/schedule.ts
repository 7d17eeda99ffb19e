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
  readonly functions: readonly Int32Array[];
  /** For each node the function that computes it, or -1: none computes inputs and constants, they are at hand everywhere. */
  readonly owner: Int32Array;
}

export function schedule(graph: Graph, outputs: readonly Int32Array[]): Schedule {
  const order = operationsInOrder(graph, outputs);
  const owner = new Int32Array(graph.length).fill(-1);
  // functions of equal size: a short last one would be wasted
  const count = Math.max(1, Math.ceil(order.length / functionSize));
  const functions = range(count).map((i) => {
    const nodes = order.subarray(Math.floor((i * order.length) / count), Math.floor(((i + 1) * order.length) / count));
    for (let k = 0; k < nodes.length; k++) owner[nodes[k] as Node] = i;
    return nodes;
  });
  return { functions, owner };
}

const unseen = 0;
const open = 1;
const done = 2;

/** The operations that the outputs need, each after its operands and close to them: depth first. */
function operationsInOrder(graph: Graph, outputs: readonly Int32Array[]): Int32Array {
  const { operands } = graph;
  const state = new Uint8Array(graph.length);
  const order = new Int32Array(graph.length);
  // a node is on it once for each that reads it, at most
  const stack = new Int32Array(3 * graph.length + 1);
  let count = 0;
  for (const nodes of outputs) {
    for (let k = 0; k < nodes.length; k++) {
      let top = 0;
      stack[top++] = nodes[k] as Node;
      while (top > 0) {
        const node = stack[top - 1] as Node;
        if (state[node] === unseen && graph.isOperation(node)) {
          state[node] = open;
          const first = 3 * node;
          for (let i = first + 2; i >= first; i--) {
            const operand = operands[i] as Node;
            if (operand >= 0 && state[operand] === unseen) stack[top++] = operand;
          }
          continue;
        }
        if (state[node] === open) order[count++] = node;
        state[node] = done;
        top--;
      }
    }
  }
  return order.subarray(0, count);
}
