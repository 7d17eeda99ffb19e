/** A scheduled graph as a module: one function, or several and one that calls them in turn. Operands are loaded from fixed addresses, results stored to others. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { type FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import { isOnStack, type Scalar, ScalarCode, scalarLoad, scalarStore, stackedScalar } from "../scalar/code.ts";
import { hostFunctions } from "../scalar/host.ts";
import { spellOnStack, takesStack } from "../scalar/spellings.ts";
import { type Graph, type Node, none } from "./graph.ts";
import { isCommutative } from "./identities.ts";
import type { Layout } from "./layout.ts";
import { type Schedule, schedule } from "./schedule.ts";

export interface Addresses {
  /** Of each input and each output. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The whole address is on the stack. */
const atAddress = { offset: 0 };

/** An element of an output. */
interface Result {
  readonly node: Node;
  readonly dtype: DType;
  readonly address: number;
}

/** The function to call is exported as `run`. */
export function emitStraight(graph: Graph, outputs: readonly Int32Array[], outputDTypes: readonly DType[], layout: Layout, addresses: Addresses): ModuleBuilder {
  const module = new ModuleBuilder();
  const order = schedule(graph, outputs);
  const results = resultsByFunction(outputs, outputDTypes, addresses.outputs, order);
  const single = order.functions.length === 1;
  const crossing = single ? new Set<Node>() : crossingNodes(graph, order);
  const notes: Notes = { reads: new Int32Array(graph.length), readers: new Int32Array(graph.length).fill(none), known: new Array<Scalar | undefined>(graph.length).fill(undefined) };
  const parts = order.functions.map((nodes, i) => {
    const fn = module.function(single ? "run" : `part${i}`, [], [], single);
    new Part(module, fn, graph, layout, addresses.inputs, notes).write(nodes, results[i] ?? [], crossing);
    return fn;
  });
  if (!single) {
    const run = module.function("run", [], [], true);
    for (const part of parts) run.op("call", part);
  }
  return module;
}

/** The elements of the outputs, each with the function that computes it; inputs and constants with the first one. */
function resultsByFunction(outputs: readonly Int32Array[], dtypesOf: readonly DType[], addresses: readonly number[], order: Schedule): Result[][] {
  const results: Result[][] = order.functions.map(() => []);
  outputs.forEach((nodes, output) => {
    const dtype = dtypesOf[output] as DType;
    nodes.forEach((node, i) => {
      (results[Math.max(0, order.owner[node] as number)] as Result[]).push({ node, dtype, address: (addresses[output] as number) + dtypes[dtype].bytes * i });
    });
  });
  return results;
}

/** The nodes that a later function reads: they pass through memory. */
function crossingNodes(graph: Graph, { owner }: Schedule): Set<Node> {
  const { operands } = graph;
  const crossing = new Set<Node>();
  for (let node = 0; node < owner.length; node++) {
    const here = owner[node] as number;
    if (here < 0) continue;
    for (let i = 3 * node; i < 3 * node + 3; i++) {
      const operand = operands[i] as Node;
      if (operand >= 0 && (owner[operand] as number) >= 0 && owner[operand] !== here) crossing.add(operand);
    }
  }
  return crossing;
}

/** What the functions of a module keep by node, all of it clear between two of them. */
interface Notes {
  /** How often each node is still read here; then its local is free. */
  readonly reads: Int32Array;
  /** The last node that reads it here. */
  readonly readers: Int32Array;
  /** Where the nodes are that are still read here. */
  readonly known: (Scalar | undefined)[];
}

/**
 * Writes one function. A node that is read once is left on the stack where the node that reads it finds it in its place; the others go through
 * locals.
 */
class Part {
  readonly #fn: FunctionBuilder;
  readonly #code: ScalarCode;
  readonly #graph: Graph;
  readonly #layout: Layout;
  readonly #inputs: readonly number[];
  readonly #reads: Int32Array;
  readonly #readers: Int32Array;
  readonly #known: (Scalar | undefined)[];
  /** Operands, one list for each number of them. */
  readonly #lists: readonly Scalar[][] = [[], [constantZero], [constantZero, constantZero], [constantZero, constantZero, constantZero]];

  constructor(module: ModuleBuilder, fn: FunctionBuilder, graph: Graph, layout: Layout, inputs: readonly number[], { reads, readers, known }: Notes) {
    this.#fn = fn;
    this.#code = new ScalarCode(fn, hostFunctions(module));
    this.#graph = graph;
    this.#layout = layout;
    this.#inputs = inputs;
    this.#reads = reads;
    this.#readers = readers;
    this.#known = known;
  }

  write(nodes: readonly Node[], results: readonly Result[], crossing: ReadonlySet<Node>): void {
    const graph = this.#graph;
    const crosses = crossing.size > 0;
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k] as Node;
      this.#expectOperands(node);
      if (crosses && crossing.has(node)) this.#expect(node);
    }
    for (const { node } of results) this.#expect(node);
    let next = 0;
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k] as Node;
      this.#compute(node);
      // results are stored as soon as they are there: their locals are free then
      while (next < results.length && this.#isKnown(results[next] as Result)) this.#storeResult(results[next++] as Result);
      if (crosses && crossing.has(node)) {
        const dtype = graph.dtype(node);
        this.#store(node, this.#layout.crossing(node, dtype), dtype === "bool" ? "int32" : dtype);
      }
    }
    while (next < results.length) this.#storeResult(results[next++] as Result);
  }

  #isKnown({ node }: Result): boolean {
    return this.#known[node] !== undefined || !this.#graph.isOperation(node);
  }
  #storeResult({ node, address, dtype }: Result): void {
    this.#store(node, address, dtype);
  }

  #expectOperands(node: Node): void {
    const { operands } = this.#graph;
    for (let i = 3 * node; i < 3 * node + 3 && (operands[i] as Node) >= 0; i++) {
      this.#expect(operands[i] as Node);
      this.#readers[operands[i] as Node] = node;
    }
  }
  #expect(node: Node): void {
    this.#reads[node] = (this.#reads[node] as number) + 1;
  }

  #compute(node: Node): void {
    const graph = this.#graph;
    const { operands } = graph;
    const dtype = graph.dtype(node);
    spellOnStack(graph.instruction(node) as ScalarInstruction, dtype, this.#code, this.#operands(node));
    for (let i = 3 * node; i < 3 * node + 3 && (operands[i] as Node) >= 0; i++) this.#done(operands[i] as Node);
    this.#known[node] = this.#staysOnStack(node) ? stackedScalar[dtype] : this.#code.keep(dtype);
  }

  /** Whether the only reader of a node just computed finds it in its place, with nothing but other operands of that reader above it. */
  #staysOnStack(node: Node): boolean {
    if (this.#reads[node] !== 1) return false;
    const reader = this.#readers[node] as Node;
    if (reader < 0) return false;
    const graph = this.#graph;
    const instruction = graph.instruction(reader) as ScalarInstruction;
    const first = graph.operand(reader, 0);
    if (!takesStack(instruction, graph.dtype(first))) return false;
    return first === node || isOnStack(this.#known[first]) || isCommutative(instruction);
  }

  #done(node: Node): void {
    const left = (this.#reads[node] as number) - 1;
    this.#reads[node] = left;
    if (left > 0) return;
    this.#code.release(this.#known[node] as Scalar);
    this.#known[node] = undefined;
    this.#readers[node] = none;
  }

  /** In the order in which they are pushed. */
  #operands(node: Node): readonly Scalar[] {
    const { operands } = this.#graph;
    const second = operands[3 * node + 1] as Node;
    const third = operands[3 * node + 2] as Node;
    const list = this.#lists[second < 0 ? 1 : third < 0 ? 2 : 3] as Scalar[];
    list[0] = this.#read(operands[3 * node] as Node);
    if (second >= 0) list[1] = this.#read(second);
    if (third >= 0) list[2] = this.#read(third);
    if (third < 0 && second >= 0 && isOnStack(list[1]) && !isOnStack(list[0])) list.reverse();
    return list;
  }

  #read(node: Node): Scalar {
    return (this.#known[node] ??= this.#fetch(node));
  }

  /** A constant, or a number from memory. */
  #fetch(node: Node): Scalar {
    const dtype = this.#graph.dtype(node);
    const constant = this.#graph.constantValue(node);
    if (constant !== undefined) return this.#code.constant(dtype, constant);
    const stored = dtype === "bool" && !this.#graph.isInput(node) ? "int32" : dtype;
    this.#fn.op("i32.const", this.#address(node, dtype)).op(scalarLoad[stored], atAddress);
    return this.#code.keep(dtype);
  }

  #address(node: Node, dtype: DType): number {
    if (!this.#graph.isInput(node)) return this.#layout.crossing(node, dtype);
    const { argument, position } = this.#graph.inputElement(node);
    return (this.#inputs[argument] as number) + dtypes[dtype].bytes * position;
  }

  #store(node: Node, address: number, dtype: DType): void {
    const value = this.#read(node);
    this.#fn.op("i32.const", address);
    this.#code.push(value);
    this.#fn.op(scalarStore[dtype], atAddress);
    this.#done(node);
  }
}

const constantZero: Scalar = { dtype: "int32", local: undefined, value: 0 };
