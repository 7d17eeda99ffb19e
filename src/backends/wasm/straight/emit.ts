/** A scheduled graph as a module: one function, or several and one that calls them in turn. Operands are loaded from fixed addresses, results stored to others. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { type FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import { type Scalar, ScalarCode, typeOf } from "../scalar/code.ts";
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
  const parts = order.functions.map((nodes, i) => {
    const fn = module.function(single ? "run" : `part${i}`, [], [], single);
    new Part(module, fn, graph, layout, addresses.inputs, reads).write(nodes, results[i] ?? [], crossing);
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
      (results[order.functionOf(node) ?? 0] as Result[]).push({ node, dtype, address: (addresses[output] as number) + dtypes[dtype].bytes * i });
    });
  });
  return results;
}

/** The nodes that a later function reads: they pass through memory. */
function crossingNodes(graph: Graph, order: Schedule): Set<Node> {
  const crossing = new Set<Node>();
  order.functions.forEach((nodes, here) => {
    for (const node of nodes) {
      for (let i = 0; i < 3; i++) {
        const operand = graph.operand(node, i as 0 | 1 | 2);
        if (operand >= 0 && (order.functionOf(operand) ?? here) !== here) crossing.add(operand);
      }
    }
  });
  return crossing;
}

/** Writes one function. */
class Part {
  readonly #fn: FunctionBuilder;
  readonly #code: ScalarCode;
  readonly #graph: Graph;
  readonly #layout: Layout;
  readonly #inputs: readonly number[];
  readonly #known = new Map<Node, Scalar>();
  /** How often each node is still read here; then its local is free. All are 0 between functions. */
  readonly #reads: Int32Array;

  constructor(module: ModuleBuilder, fn: FunctionBuilder, graph: Graph, layout: Layout, inputs: readonly number[], reads: Int32Array) {
    this.#fn = fn;
    this.#code = new ScalarCode(fn, hostFunctions(module));
    this.#graph = graph;
    this.#layout = layout;
    this.#inputs = inputs;
    this.#reads = reads;
  }

  write(nodes: readonly Node[], results: readonly Result[], crossing: ReadonlySet<Node>): void {
    const graph = this.#graph;
    for (const node of nodes) {
      for (let i = 0; i < 3; i++) this.#expect(graph.operand(node, i as 0 | 1 | 2));
      if (crossing.has(node)) this.#expect(node);
    }
    for (const { node } of results) this.#expect(node);
    for (const node of nodes) {
      const scalars: Scalar[] = [];
      for (let i = 0; i < 3; i++) {
        const operand = graph.operand(node, i as 0 | 1 | 2);
        if (operand >= 0) scalars.push(this.#read(operand));
      }
      const value = spellScalar(graph.instruction(node) as ScalarInstruction, graph.dtype(node), this.#code, scalars);
      this.#known.set(node, value);
      for (let i = 0; i < 3; i++) this.#done(graph.operand(node, i as 0 | 1 | 2));
      if (crossing.has(node)) this.#store(node, this.#layout.crossing(node, value.dtype), value.dtype === "bool" ? "int32" : value.dtype);
    }
    for (const { node, address, dtype } of results) this.#store(node, address, dtype);
  }

  #expect(node: Node): void {
    if (node >= 0) this.#reads[node] = (this.#reads[node] as number) + 1;
  }
  #done(node: Node): void {
    if (node < 0) return;
    const left = (this.#reads[node] as number) - 1;
    this.#reads[node] = left;
    if (left === 0) this.#code.release(this.#known.get(node) as Scalar);
  }

  #read(node: Node): Scalar {
    let value = this.#known.get(node);
    if (value === undefined) this.#known.set(node, (value = this.#fetch(node)));
    return value;
  }

  /** A constant, or a number from memory. */
  #fetch(node: Node): Scalar {
    const dtype = this.#graph.dtype(node);
    const constant = this.#graph.constantValue(node);
    if (constant !== undefined) return this.#code.constant(dtype, constant);
    const byte = dtype === "bool" && this.#graph.isInput(node);
    this.#fn.op("i32.const", this.#address(node, dtype)).op(byte ? "i32.load8_u" : `${typeOf[dtype]}.load`, { offset: 0 });
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
    this.#fn.op(dtype === "bool" ? "i32.store8" : `${typeOf[dtype]}.store`, { offset: 0 });
    this.#done(node);
  }
}
