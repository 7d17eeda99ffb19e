/**
 * From a program to its graph of single numbers. Views, pads, joins, counting and constant indices disappear into wiring; what has no
 * usable form, or is too wide for straight-line code to pay, is refused by returning undefined.
 */
import type { ConcreteArray } from "../../../core/concrete.ts";
import { type Atom, type Equation, type Program, Variable } from "../../../core/program.ts";
import { sizeOf } from "../../../core/shape.ts";
import { type Cells, dense } from "./cells.ts";
import { cellsOf, type Operand } from "./forms.ts";
import { Graph } from "./graph.ts";

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
  const { numbers, atoms, lastUse } = read;
  const graph = new Graph();
  const values = new Values(graph, program, read);
  const nodesOfInputs = graph.length;
  const limit = Math.max(small, width * equations.length);
  let next = 0;
  for (let i = 0; i < equations.length; i++) {
    const equation = equations[i] as Equation;
    const first = next;
    next += equation.inputs.length;
    const number = inputs.length + i;
    if (lastUse[number] === unused) continue;
    const result = equation.outputs[0] as Variable;
    const operands: Operand[] = [];
    for (let k = first; k < next; k++) operands.push(values.operand(atoms[k] as Atom, numbers[k] as number, i));
    const cells = cellsOf(graph, equation, operands, result.type, limit);
    if (cells === undefined || graph.length - nodesOfInputs > limit) return undefined;
    values.set(number, cells);
    for (let k = first; k < next; k++) values.release(numbers[k] as number, i);
  }
  const dense = outputs.map((atom, k) => denseOf(values.operand(atom, numbers[next + k] as number, equations.length)));
  return { graph, outputs: dense };
}

const denseOf = ({ cells }: Operand): Int32Array => dense(cells);
const isTooWide = (atom: Atom): boolean => sizeOf(atom.type.shape) > widest;

/** The last use of what nobody uses. */
const unused = -1;

/** Every operand of every equation in order, then the outputs. */
interface Reading {
  readonly atoms: readonly Atom[];
  /** The numbers of those that are variables: inputs first, then one per equation; −1 for constants. */
  readonly numbers: Int32Array;
  /** By the number of a variable, the last equation that reads it, of those the outputs depend on; beyond the last one for outputs. */
  readonly lastUse: Int32Array;
}

/** Undefined where an equation that the outputs depend on is not for straight-line code. */
function numberAtoms({ inputs, equations, outputs }: Program): Reading | undefined {
  const numberOf = new Map<Atom, number>();
  for (const v of inputs) numberOf.set(v, numberOf.size);
  const atoms: Atom[] = [];
  const list: number[] = [];
  const read = (atom: Atom): void => {
    atoms.push(atom);
    list.push(atom instanceof Variable ? (numberOf.get(atom) as number) : -1);
  };
  for (let i = 0; i < equations.length; i++) {
    const equation = equations[i] as Equation;
    for (const atom of equation.inputs) read(atom);
    for (const v of equation.outputs) numberOf.set(v, inputs.length + i);
  }
  for (const atom of outputs) read(atom);
  const numbers = new Int32Array(list);
  const lastUse = new Int32Array(inputs.length + equations.length).fill(unused);
  let next = numbers.length;
  const use = (by: number): void => {
    const number = numbers[--next] as number;
    if (number >= 0 && lastUse[number] === unused) lastUse[number] = by;
  };
  for (let k = 0; k < outputs.length; k++) use(equations.length);
  for (let i = equations.length - 1; i >= 0; i--) {
    const { inputs: operands, outputs: results } = equations[i] as Equation;
    if (lastUse[inputs.length + i] === unused) next -= operands.length;
    else if (results.length !== 1 || operands.some(isTooWide) || results.some(isTooWide)) return undefined;
    else for (let k = 0; k < operands.length; k++) use(i);
  }
  return { atoms, numbers, lastUse };
}

/** The nodes of the variables that are still to be used, and of constants. */
class Values {
  readonly #graph: Graph;
  readonly #variables: (Cells | undefined)[];
  readonly #constants = new Map<ConcreteArray, Int32Array>();
  readonly #lastUse: Int32Array;

  constructor(graph: Graph, { inputs }: Program, { lastUse }: Reading) {
    this.#graph = graph;
    this.#lastUse = lastUse;
    this.#variables = inputs.map((v, argument) => Int32Array.from({ length: sizeOf(v.type.shape) }, (_, position) => graph.input(argument, position, v.type.dtype)));
  }

  operand(atom: Atom, number: number, now: number): Operand {
    if (number < 0) return { type: atom.type, cells: this.#constant(atom as ConcreteArray), dies: false };
    return { type: atom.type, cells: this.#variables[number] as Cells, dies: this.#lastUse[number] === now };
  }

  set(number: number, cells: Cells): void {
    this.#variables[number] = cells;
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
