/** A scheduled graph as a module: one function, or several and one that calls them in turn. Operands are loaded from fixed addresses, results stored to others. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { type FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import { onStack, type Scalar, ScalarCode, scalarLoad, scalarStore, typeOf } from "../scalar/code.ts";
import { hostFunctions } from "../scalar/host.ts";
import { onStackOf, spellOnStack } from "../scalar/spellings.ts";
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
  const notes: Notes = {
    crossing: single ? undefined : crossingNodes(graph, order),
    reads: new Int32Array(graph.length),
    readers: new Int32Array(graph.length).fill(none),
    where: new Int32Array(graph.length).fill(nowhere),
  };
  const parts = order.functions.map((nodes, i) => {
    const fn = module.function(single ? "run" : `part${i}`, [], [], single);
    new Part(module, fn, graph, layout, addresses.inputs, notes).write(nodes, results[i] ?? []);
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

/** By node, 1 for those that a later function reads: they pass through memory. */
function crossingNodes(graph: Graph, { owner }: Schedule): Uint8Array {
  const { operands } = graph;
  const crossing = new Uint8Array(owner.length);
  for (let node = 0; node < owner.length; node++) {
    const here = owner[node] as number;
    if (here < 0) continue;
    for (let i = 3 * node; i < 3 * node + 3; i++) {
      const operand = operands[i] as Node;
      if (operand >= 0 && (owner[operand] as number) >= 0 && owner[operand] !== here) crossing[operand] = 1;
    }
  }
  return crossing;
}

/** A node that is neither in a local nor on the stack: a constant, or one that is still in memory. */
const nowhere = -2;

/** What is known of each node. `reads` and `where` are as at first between two functions. */
interface Notes {
  readonly crossing: Uint8Array | undefined;
  /** How often it is still read here; then its local is free. */
  readonly reads: Int32Array;
  /** The last node that reads it, of this function while that computes it; `none` where there is none. */
  readonly readers: Int32Array;
  /** Its local, `onStack` or `nowhere`. */
  readonly where: Int32Array;
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
  readonly #notes: Notes;

  constructor(module: ModuleBuilder, fn: FunctionBuilder, graph: Graph, layout: Layout, inputs: readonly number[], notes: Notes) {
    this.#fn = fn;
    this.#code = new ScalarCode(fn, hostFunctions(module));
    this.#graph = graph;
    this.#layout = layout;
    this.#inputs = inputs;
    this.#notes = notes;
  }

  write(nodes: Int32Array, results: readonly Result[]): void {
    this.#expectReads(nodes, results);
    const { crossing, where } = this.#notes;
    const graph = this.#graph;
    let next = 0;
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k] as Node;
      this.#compute(node);
      // results are stored as soon as they are there: their locals are free then
      for (; next < results.length; next++) {
        const result = results[next] as Result;
        if (where[result.node] === nowhere && graph.isOperation(result.node)) break;
        this.#store(result.node, result.address, result.dtype);
      }
      if (crossing?.[node] === 1) {
        const dtype = graph.dtype(node);
        this.#store(node, this.#layout.crossing(node, dtype), dtype === "bool" ? "int32" : dtype);
      }
    }
    for (; next < results.length; next++) {
      const { node, address, dtype } = results[next] as Result;
      this.#store(node, address, dtype);
    }
  }

  #expectReads(nodes: Int32Array, results: readonly Result[]): void {
    const { crossing, reads, readers } = this.#notes;
    const { operands } = this.#graph;
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k] as Node;
      const end = 3 * node + 3;
      for (let i = 3 * node; i < end; i++) {
        const operand = operands[i] as Node;
        if (operand < 0) break;
        reads[operand] = (reads[operand] as number) + 1;
        readers[operand] = node;
      }
      if (crossing?.[node] === 1) reads[node] = (reads[node] as number) + 1;
    }
    for (const { node } of results) reads[node] = (reads[node] as number) + 1;
  }

  #compute(node: Node): void {
    const graph = this.#graph;
    const { operands } = graph;
    const a = operands[3 * node] as Node;
    const b = operands[3 * node + 1] as Node;
    const c = operands[3 * node + 2] as Node;
    const instruction = graph.instruction(node) as ScalarInstruction;
    const dtype = graph.dtype(node);
    const { opcode } = onStackOf(instruction, graph.dtype(a));
    if (opcode === undefined) spellOnStack(instruction, dtype, this.#code, this.#scalars(a, b, c));
    else {
      this.#push(a);
      if (b >= 0 && !this.#isSwapped(a, b)) this.#push(b);
      this.#fn.alone(opcode);
    }
    this.#done(a);
    if (b >= 0) this.#done(b);
    if (c >= 0) this.#done(c);
    if (this.#staysOnStack(node)) this.#notes.where[node] = onStack;
    else this.#keep(node, dtype);
  }

  /** Whether the second operand is on the stack and the first is not: they change places, then. */
  #isSwapped(a: Node, b: Node): boolean {
    const { where } = this.#notes;
    return where[b] === onStack && where[a] !== onStack;
  }

  /** Whether the only reader of a node just computed finds it in its place, with nothing but other operands of that reader above it. */
  #staysOnStack(node: Node): boolean {
    const { reads, readers, where } = this.#notes;
    if (reads[node] !== 1) return false;
    const reader = readers[node] as Node;
    if (reader < 0) return false;
    const graph = this.#graph;
    const instruction = graph.instruction(reader) as ScalarInstruction;
    const first = graph.operand(reader, 0);
    if (!onStackOf(instruction, graph.dtype(first)).takes) return false;
    return first === node || where[first] === onStack || isCommutative(instruction);
  }

  #done(node: Node): void {
    const { reads, where } = this.#notes;
    const left = (reads[node] as number) - 1;
    reads[node] = left;
    if (left > 0) return;
    const local = where[node] as number;
    if (local >= 0) this.#code.giveBack(local);
    where[node] = nowhere;
  }

  /** Takes what is on the stack into a local. */
  #keep(node: Node, dtype: DType): number {
    const local = this.#code.take(typeOf[dtype]);
    this.#fn.localSet(local);
    this.#notes.where[node] = local;
    return local;
  }

  #push(node: Node): void {
    const local = this.#notes.where[node] as number;
    if (local === onStack) return;
    if (local >= 0) return void this.#fn.localGet(local);
    const constant = this.#graph.constantValue(node);
    if (constant !== undefined) this.#code.literal(this.#graph.dtype(node), constant);
    else this.#fn.localGet(this.#fetch(node));
  }

  /** In the order in which they are pushed. */
  #scalars(a: Node, b: Node, c: Node): Scalar[] {
    if (b < 0) return [this.#scalar(a)];
    if (c >= 0) return [this.#scalar(a), this.#scalar(b), this.#scalar(c)];
    return this.#isSwapped(a, b) ? [this.#scalar(b), this.#scalar(a)] : [this.#scalar(a), this.#scalar(b)];
  }
  #scalar(node: Node): Scalar {
    const dtype = this.#graph.dtype(node);
    const place = this.#notes.where[node] as number;
    if (place !== nowhere) return { dtype, local: place, value: Number.NaN };
    const constant = this.#graph.constantValue(node);
    return constant === undefined ? { dtype, local: this.#fetch(node), value: Number.NaN } : this.#code.constant(dtype, constant);
  }

  /** Loads a number from memory into a local. */
  #fetch(node: Node): number {
    const dtype = this.#graph.dtype(node);
    const stored = dtype === "bool" && !this.#graph.isInput(node) ? "int32" : dtype;
    this.#fn.op("i32.const", this.#address(node, dtype)).op(scalarLoad[stored], atAddress);
    return this.#keep(node, dtype);
  }

  #address(node: Node, dtype: DType): number {
    if (!this.#graph.isInput(node)) return this.#layout.crossing(node, dtype);
    const { argument, position } = this.#graph.inputElement(node);
    return (this.#inputs[argument] as number) + dtypes[dtype].bytes * position;
  }

  #store(node: Node, address: number, dtype: DType): void {
    this.#fn.op("i32.const", address);
    this.#push(node);
    this.#fn.op(scalarStore[dtype], atAddress);
    this.#done(node);
  }
}
