/** A scheduled graph as a module: one function, or several and one that calls them in turn. Operands are loaded from fixed addresses, results stored to others. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { type FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import { type Scalar, ScalarCode, scalarLoad, scalarStore } from "../scalar/code.ts";
import { hostFunctions } from "../scalar/host.ts";
import { spellScalar } from "../scalar/spellings.ts";
import type { Graph, Node } from "./graph.ts";
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
  const reads = new Int32Array(graph.length);
  const known = new Array<Scalar | undefined>(graph.length).fill(undefined);
  const parts = order.functions.map((nodes, i) => {
    const fn = module.function(single ? "run" : `part${i}`, [], [], single);
    new Part(module, fn, graph, layout, addresses.inputs, reads, known).write(nodes, results[i] ?? [], crossing);
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

/** Writes one function. */
class Part {
  readonly #fn: FunctionBuilder;
  readonly #code: ScalarCode;
  readonly #graph: Graph;
  readonly #layout: Layout;
  readonly #inputs: readonly number[];
  /** How often each node is still read here; then its local is free. All are 0 between functions. */
  readonly #reads: Int32Array;
  /** Where the nodes are that are still read here. */
  readonly #known: (Scalar | undefined)[];

  constructor(module: ModuleBuilder, fn: FunctionBuilder, graph: Graph, layout: Layout, inputs: readonly number[], reads: Int32Array, known: (Scalar | undefined)[]) {
    this.#fn = fn;
    this.#code = new ScalarCode(fn, hostFunctions(module));
    this.#graph = graph;
    this.#layout = layout;
    this.#inputs = inputs;
    this.#reads = reads;
    this.#known = known;
  }

  write(nodes: readonly Node[], results: readonly Result[], crossing: ReadonlySet<Node>): void {
    const graph = this.#graph;
    const { operands } = graph;
    const crosses = crossing.size > 0;
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k] as Node;
      for (let i = 3 * node; i < 3 * node + 3 && (operands[i] as Node) >= 0; i++) this.#expect(operands[i] as Node);
      if (crosses && crossing.has(node)) this.#expect(node);
    }
    for (const { node } of results) this.#expect(node);
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k] as Node;
      const value = spellScalar(graph.instruction(node) as ScalarInstruction, graph.dtype(node), this.#code, this.#operands(node));
      this.#known[node] = value;
      for (let i = 3 * node; i < 3 * node + 3 && (operands[i] as Node) >= 0; i++) this.#done(operands[i] as Node);
      if (crosses && crossing.has(node)) this.#store(node, this.#layout.crossing(node, value.dtype), value.dtype === "bool" ? "int32" : value.dtype);
    }
    for (const { node, address, dtype } of results) this.#store(node, address, dtype);
  }

  #expect(node: Node): void {
    this.#reads[node] = (this.#reads[node] as number) + 1;
  }
  #done(node: Node): void {
    const left = (this.#reads[node] as number) - 1;
    this.#reads[node] = left;
    if (left > 0) return;
    this.#code.release(this.#known[node] as Scalar);
    this.#known[node] = undefined;
  }

  #operands(node: Node): Scalar[] {
    const { operands } = this.#graph;
    const a = this.#read(operands[3 * node] as Node);
    const second = operands[3 * node + 1] as Node;
    if (second < 0) return [a];
    const b = this.#read(second);
    const third = operands[3 * node + 2] as Node;
    return third < 0 ? [a, b] : [a, b, this.#read(third)];
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
