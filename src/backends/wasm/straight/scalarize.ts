/**
 * From a program to its graph of single numbers. Views, pads, joins, counting and constant indices disappear into wiring; what has no
 * usable form, or is too wide for straight-line code to pay, is refused by returning undefined.
 */
import type { ConcreteArray } from "../../../core/concrete.ts";
import { type Atom, type Equation, type Program, Variable } from "../../../core/program.ts";
import { sizeOf } from "../../../core/shape.ts";
import type { TensorType } from "../../../core/type.ts";
import { type Cells, dense } from "./cells.ts";
import { cellsOf, nodeOf, type Operand } from "./forms.ts";
import { Graph, none, type Node } from "./graph.ts";
import { pullbackCells } from "./pullback.ts";

export interface ScalarProgram {
  readonly graph: Graph;
  /** The nodes of each output, row-major. */
  readonly outputs: readonly Int32Array[];
}

/** Straight-line code of up to this many instructions is always worth it, */
const small = 400;
/** and beyond, that of so many per equation: wider values are for vector code. */
const width = 8;
/** Values of more elements than this are not taken apart at all. */
const widest = 4096;

export function scalarize(program: Program): ScalarProgram | undefined {
  const { inputs, equations, outputs } = program;
  if (inputs.some(isTooWide) || outputs.some(isTooWide)) return undefined;
  const read = numberAtoms(program);
  if (read === undefined) return undefined;
  const { numbers, lastUse } = read;
  const operations = operationsOf(program);
  const graph = new Graph(inputs.reduce((sum, { type }) => sum + sizeOf(type.shape), operations));
  const values = new Values(graph, program, read);
  const nodesOfInputs = graph.length;
  const limit = Math.max(small, width * operations);
  let next = 0;
  let number = inputs.length;
  for (let i = 0; i < equations.length; i++) {
    const equation = equations[i] as Equation;
    const first = next;
    const result = number;
    next += equation.inputs.length;
    number += equation.outputs.length;
    if (isUnused(lastUse, result, number)) continue;
    const { type } = equation.outputs[0] as Variable;
    const { lower } = equation.primitive;
    if (lower.form === "pullback") {
      pullbackCells(graph, lower.pullback(equation.params), values.operands(equation, first, i), (k) => lastUse[result + k] !== unused).forEach((cells, k) => values.set(result + k, cells));
    } else if (isSingle(equation, type)) {
      values.setNode(result, nodeOf(graph, equation, type, values.nodeAt(equation, first, 0), values.nodeAt(equation, first, 1), values.nodeAt(equation, first, 2)));
    } else {
      const cells = cellsOf(graph, equation, values.operands(equation, first, i), type, limit);
      if (cells === undefined) return undefined;
      values.set(result, cells);
    }
    if (graph.length - nodesOfInputs > limit) return undefined;
    for (let k = first; k < next; k++) values.release(numbers[k] as number, i);
  }
  return { graph, outputs: outputs.map((atom, k) => dense(values.operand(atom, numbers[next + k] as number, equations.length).cells)) };
}

/** How many operations a program is written out to. */
export function operationsOf({ equations }: Program): number {
  return equations.reduce((sum, { primitive: { lower }, params }) => sum + (lower.form === "pullback" ? lower.pullback(params).size : 1), 0);
}

const isTooWide = ({ type: { shape } }: Atom): boolean => shape.length > 0 && sizeOf(shape) > widest;
/** An operation on single numbers. */
const isSingle = ({ primitive: { lower } }: Equation, { shape }: TensorType): boolean =>
  (lower.form === "elementwise" || lower.form === "reshape") && (shape.length === 0 || sizeOf(shape) === 1);

/** The last use of what nobody uses. */
const unused = -1;
/** Whether nobody uses the variables from `first` to `end`. */
function isUnused(lastUse: Int32Array, first: number, end: number): boolean {
  for (let number = first; number < end; number++) if (lastUse[number] !== unused) return false;
  return true;
}

interface Reading {
  /**
   * For every operand of every equation in order, then the outputs, the number of the variable: inputs have the first ones, then the results of
   * the equations; −1 for constants.
   */
  readonly numbers: Int32Array;
  /** By the number of a variable, the last equation that reads it, of those the outputs depend on; beyond the last one for outputs. */
  readonly lastUse: Int32Array;
}

/** Undefined where an equation that the outputs depend on is not for straight-line code. */
function numberAtoms({ inputs, equations, outputs }: Program): Reading | undefined {
  const numbers = new Int32Array(equations.reduce((sum, e) => sum + e.inputs.length, outputs.length));
  let next = 0;
  let count = inputs.length;
  for (let i = 0; i < inputs.length; i++) (inputs[i] as Variable).mark = i;
  for (let i = 0; i < equations.length; i++) {
    const { inputs: operands, outputs: results } = equations[i] as Equation;
    for (let k = 0; k < operands.length; k++) numbers[next++] = numberOf(operands[k] as Atom);
    for (let k = 0; k < results.length; k++) (results[k] as Variable).mark = count++;
  }
  for (let k = 0; k < outputs.length; k++) numbers[next++] = numberOf(outputs[k] as Atom);
  const lastUse = new Int32Array(count).fill(unused);
  const use = (by: number): void => {
    const number = numbers[--next] as number;
    if (number >= 0 && lastUse[number] === unused) lastUse[number] = by;
  };
  for (let k = 0; k < outputs.length; k++) use(equations.length);
  for (let i = equations.length - 1; i >= 0; i--) {
    const { primitive: { lower }, inputs: operands, outputs: results } = equations[i] as Equation;
    const end = count;
    count -= results.length;
    if (isUnused(lastUse, count, end)) next -= operands.length;
    else if ((results.length !== 1 && lower.form !== "pullback") || operands.some(isTooWide) || results.some(isTooWide)) return undefined;
    else for (let k = 0; k < operands.length; k++) use(i);
  }
  return { numbers, lastUse };
}

const numberOf = (atom: Atom): number => (atom instanceof Variable ? atom.mark : -1);

/** The nodes of the variables that are still to be used, and of constants. */
class Values {
  readonly #graph: Graph;
  readonly #variables: (Cells | undefined)[];
  /** The node of a variable that is known as a single one, or −1. */
  readonly #nodes: Int32Array;
  readonly #constants = new Map<ConcreteArray, Int32Array>();
  readonly #numbers: Int32Array;
  readonly #lastUse: Int32Array;

  constructor(graph: Graph, { inputs }: Program, { numbers, lastUse }: Reading) {
    this.#graph = graph;
    this.#numbers = numbers;
    this.#lastUse = lastUse;
    this.#nodes = new Int32Array(lastUse.length).fill(-1);
    this.#variables = new Array<Cells | undefined>(lastUse.length).fill(undefined);
    inputs.forEach(({ type: { shape, dtype } }, argument) => {
      this.#variables[argument] = Int32Array.from({ length: sizeOf(shape) }, (_, position) => graph.input(argument, position, dtype));
    });
  }

  /** The operands of equation `now`, whose numbers begin at `first`. */
  operands({ inputs }: Equation, first: number, now: number): Operand[] {
    return inputs.map((atom, k) => this.operand(atom, this.#numbers[first + k] as number, now));
  }
  /** The only element of operand k, if there is one. */
  nodeAt({ inputs }: Equation, first: number, k: number): Node {
    return k < inputs.length ? this.#node(inputs[k] as Atom, this.#numbers[first + k] as number) : none;
  }

  operand(atom: Atom, number: number, now: number): Operand {
    if (number < 0) return { type: atom.type, cells: this.#constant(atom as ConcreteArray), dies: false };
    const node = this.#nodes[number] as Node;
    return { type: atom.type, cells: node < 0 ? (this.#variables[number] as Cells) : Int32Array.of(node), dies: this.#lastUse[number] === now };
  }

  #node(atom: Atom, number: number): Node {
    if (number < 0) {
      const array = atom as ConcreteArray;
      return this.#graph.constant(array.splat ?? (array.elements[0] as number), array.type.dtype);
    }
    const node = this.#nodes[number] as Node;
    return node < 0 ? (dense(this.#variables[number] as Cells)[0] as Node) : node;
  }

  set(number: number, cells: Cells): void {
    this.#variables[number] = cells;
  }
  setNode(number: number, node: Node): void {
    this.#nodes[number] = node;
  }

  release(number: number, now: number): void {
    if (number >= 0 && this.#lastUse[number] === now) this.#variables[number] = undefined;
  }

  #constant(array: ConcreteArray): Int32Array {
    let cells = this.#constants.get(array);
    if (cells === undefined) {
      const { dtype, shape } = array.type;
      const node = (value: number): number => this.#graph.constant(value, dtype);
      cells = array.splat === undefined ? Int32Array.from(array.elements, node) : new Int32Array(sizeOf(shape)).fill(node(array.splat));
      this.#constants.set(array, cells);
    }
    return cells;
  }
}
