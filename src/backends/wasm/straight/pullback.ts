/** Reverse mode on the nodes of a graph: forward through a program of single numbers, and back by the rule of each equation. */
import type { Pullback, PullRule, PullRuleStep } from "../../../core/lowering.ts";
import { type Atom, type Equation, type Program, Variable } from "../../../core/program.ts";
import { stridesOf } from "../../../core/shape.ts";
import { type Cells, dense, firstOffset } from "./cells.ts";
import { nodeOf, type Operand } from "./forms.ts";
import { type Graph, none, type Node } from "./graph.ts";
import { make } from "./identities.ts";

/** The nodes of the results: those of the program, as far as they are used, and the cotangents of its wanted inputs. */
export function pullbackCells(graph: Graph, pullback: Pullback, operands: readonly Operand[], isUsed: (result: number) => boolean): Cells[] {
  const { forward: { inputs, outputs, equations }, cotangents, wanted, steps } = pullback;
  const used = new Set(outputs.filter((_, i) => isUsed(i)));
  const numbers = new Numbers(graph, pullback, operands, used);
  let next = inputs.length;
  cotangents.forEach((ct, i) => {
    if (ct === null) return;
    numbers.add(outputs[i] as Atom, ct === "operand" ? (dense((operands[next++] as Operand).cells)[0] as Node) : numbers.node(ct));
  });
  for (let s = steps.length - 1; s >= 0; s--) {
    const { equation, rule } = steps[s] as Pullback["steps"][number];
    numbers.pull(equations[equation] as Equation, rule);
  }
  return [...outputs.map((atom) => (used.has(atom) ? Int32Array.of(numbers.node(atom)) : new Int32Array(0))), ...wanted.map((input) => numbers.cotangents(input))];
}

/** By number, 1 for what the way back or a used output depends on. */
function neededBy({ inputs, equations }: Program, steps: Pullback["steps"], used: ReadonlySet<Atom>): Uint8Array {
  const needed = new Uint8Array(inputs.length + equations.length);
  for (const atom of used) if (atom instanceof Variable) needed[atom.mark] = 1;
  for (let s = 0; s < steps.length; s++) {
    const { equation, rule } = steps[s] as Pullback["steps"][number];
    if (rule === undefined) continue;
    const { inputs: operands, outputs } = equations[equation] as Equation;
    let next = 0;
    for (let k = 0; k < operands.length; k++) {
      const atom = operands[k];
      if (atom instanceof Variable && rule.reads[next++] === true) needed[atom.mark] = 1;
    }
    if (rule.reads[next] === true) needed[(outputs[0] as Variable).mark] = 1;
  }
  for (let i = equations.length - 1; i >= 0; i--) {
    if (needed[inputs.length + i] === 0) continue;
    const operands = (equations[i] as Equation).inputs;
    for (let k = 0; k < operands.length; k++) {
      const atom = operands[k];
      if (atom instanceof Variable) needed[atom.mark] = 1;
    }
  }
  return needed;
}

/** The nodes of a program's values, and of the sums of their cotangents. Its variables are marked with their numbers. */
class Numbers {
  readonly #graph: Graph;
  readonly #inputs: readonly Variable[];
  readonly #arrays: readonly Int32Array[];
  readonly #nodes: Int32Array;
  readonly #sums: Int32Array;
  /** By input, the sums of the elements of an array. */
  readonly #elements: readonly Int32Array[];
  /** Where in an array an element was read. */
  readonly #positions: Int32Array;
  #scratch: Int32Array = new Int32Array(16);

  constructor(graph: Graph, { forward, steps }: Pullback, operands: readonly Operand[], used: ReadonlySet<Atom>) {
    const { inputs, equations } = forward;
    const count = inputs.length + equations.length;
    this.#graph = graph;
    this.#inputs = inputs;
    this.#arrays = inputs.map((_, i) => dense((operands[i] as Operand).cells));
    this.#nodes = new Int32Array(count).fill(none);
    this.#sums = new Int32Array(count).fill(none);
    this.#elements = this.#arrays.map(({ length }) => new Int32Array(length === 1 ? 0 : length).fill(none));
    this.#positions = new Int32Array(count);
    for (let i = 0; i < inputs.length; i++) {
      const { length, 0: only } = this.#arrays[i] as Int32Array;
      (inputs[i] as Variable).mark = i;
      if (length === 1) this.#nodes[i] = only as Node;
    }
    for (let i = 0; i < equations.length; i++) ((equations[i] as Equation).outputs[0] as Variable).mark = inputs.length + i;
    const needed = neededBy(forward, steps, used);
    for (let i = 0; i < equations.length; i++) {
      const { lower } = (equations[i] as Equation).primitive;
      if (lower.form === "view" || needed[inputs.length + i] === 1) this.#forward(equations[i] as Equation, inputs.length + i);
    }
  }

  #forward(equation: Equation, number: number): void {
    const { primitive: { lower }, params, inputs } = equation;
    const operand = inputs[0] as Variable;
    if (lower.form !== "view") this.#nodes[number] = nodeOf(this.#graph, equation, (equation.outputs[0] as Variable).type, this.#at(inputs, 0), this.#at(inputs, 1), this.#at(inputs, 2));
    else if (!this.#isArray(operand)) this.#nodes[number] = this.node(operand);
    else {
      const { shape } = operand.type;
      const position = firstOffset(lower.sources(params, shape), stridesOf(shape));
      this.#positions[number] = position;
      this.#nodes[number] = (this.#arrays[operand.mark] as Int32Array)[position] as Node;
    }
  }

  #isArray({ mark }: Variable): boolean {
    return mark < this.#inputs.length && (this.#arrays[mark] as Int32Array).length !== 1;
  }

  /** The node of a single number. */
  node(atom: Atom): Node {
    return atom instanceof Variable ? (this.#nodes[atom.mark] as Node) : this.#graph.constant(atom.splat ?? (atom.elements[0] as number), atom.type.dtype);
  }
  #at(inputs: readonly Atom[], k: number): Node {
    return k < inputs.length ? this.node(inputs[k] as Atom) : none;
  }

  /** One more cotangent of a single number. */
  add(atom: Atom, cotangent: Node): void {
    if (atom instanceof Variable) this.#addTo(this.#sums, atom.mark, atom, cotangent);
  }
  #addTo(sums: Int32Array, at: number, { type: { dtype } }: Atom, cotangent: Node): void {
    const before = sums[at] as Node;
    sums[at] = before === none ? cotangent : make(this.#graph, "add", dtype, before, cotangent);
  }

  /** From the cotangent of an equation's result to those of its operands. */
  pull({ inputs, outputs }: Equation, rule: PullRule | undefined): void {
    const result = outputs[0] as Variable;
    const cotangent = this.#sums[result.mark] as Node;
    if (cotangent === none) return;
    if (rule !== undefined) return this.#pullBy(rule, inputs, result, cotangent);
    const operand = inputs[0] as Variable;
    if (this.#isArray(operand)) this.#addTo(this.#elements[operand.mark] as Int32Array, this.#positions[result.mark] as number, operand, cotangent);
    else this.add(operand, cotangent);
  }

  #pullBy({ reads, constants, steps, operands, cotangents }: PullRule, inputs: readonly Atom[], result: Variable, cotangent: Node): void {
    const graph = this.#graph;
    const size = reads.length + constants.length + steps.length;
    if (this.#scratch.length < size) this.#scratch = new Int32Array(2 * size);
    const nodes = this.#scratch;
    let next = 0;
    for (let k = 0; k < inputs.length; k++) {
      const atom = inputs[k];
      if (atom instanceof Variable) nodes[next++] = this.#nodes[atom.mark] as Node;
    }
    nodes[next++] = this.#nodes[result.mark] as Node;
    nodes[next++] = cotangent;
    for (let k = 0; k < constants.length; k++) nodes[next++] = this.node(constants[k] as Atom);
    for (let i = 0; i < steps.length; i++) {
      const { instruction, dtype, a, b, c } = steps[i] as PullRuleStep;
      nodes[next++] = make(graph, instruction, dtype, nodes[a] as Node, b < 0 ? none : (nodes[b] as Node), c < 0 ? none : (nodes[c] as Node));
    }
    for (let k = 0; k < operands.length; k++) this.add(inputs[operands[k] as number] as Atom, nodes[cotangents[k] as number] as Node);
  }

  /** The sums of the cotangents of an input, 0 where there are none. */
  cotangents(input: number): Int32Array {
    const zero = this.#graph.constant(0, (this.#inputs[input] as Variable).type.dtype);
    const isArray = (this.#arrays[input] as Int32Array).length !== 1;
    const sums = isArray ? (this.#elements[input] as Int32Array) : Int32Array.of(this.#sums[input] as Node);
    return sums.map((node) => (node === none ? zero : node));
  }
}
