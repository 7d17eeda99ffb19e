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
  const uses = lastUses(program);
  if (uses === undefined) return undefined;
  const graph = new Graph();
  const values = new Values(graph, program, uses);
  const nodesOfInputs = graph.length;
  const limit = Math.max(small, width * equations.length);
  for (let i = 0; i < equations.length; i++) {
    const equation = equations[i] as Equation;
    const result = equation.outputs[0] as Variable;
    if (!uses.has(result)) continue;
    const operands = equation.inputs.map((atom) => values.operand(atom, i));
    const cells = cellsOf(graph, equation, operands, result.type, limit);
    if (cells === undefined || graph.length - nodesOfInputs > limit) return undefined;
    values.set(result, cells);
    values.release(equation, i);
  }
  return { graph, outputs: outputs.map((atom) => dense(values.operand(atom, equations.length).cells)) };
}

const isTooWide = (atom: Atom): boolean => sizeOf(atom.type.shape) > widest;

/** The last equation that reads each variable the outputs depend on; undefined where one of them is not for straight-line code. */
function lastUses({ equations, outputs }: Program): Map<Variable, number> | undefined {
  const uses = new Map<Variable, number>();
  const read = (atom: Atom, by: number): void => {
    if (atom instanceof Variable && !uses.has(atom)) uses.set(atom, by);
  };
  for (const atom of outputs) read(atom, equations.length);
  for (let i = equations.length - 1; i >= 0; i--) {
    const { inputs, outputs: results } = equations[i] as Equation;
    if (!results.some((v) => uses.has(v))) continue;
    if (results.length !== 1 || inputs.some(isTooWide) || results.some(isTooWide)) return undefined;
    for (const atom of inputs) read(atom, i);
  }
  return uses;
}

/** The nodes of the variables that are still to be used, and of constants. */
class Values {
  readonly #graph: Graph;
  readonly #variables = new Map<Variable, Cells>();
  readonly #constants = new Map<ConcreteArray, Int32Array>();
  readonly #lastUse: ReadonlyMap<Variable, number>;

  constructor(graph: Graph, { inputs }: Program, lastUse: ReadonlyMap<Variable, number>) {
    this.#graph = graph;
    this.#lastUse = lastUse;
    inputs.forEach((v, argument) => this.#variables.set(v, Int32Array.from({ length: sizeOf(v.type.shape) }, (_, position) => graph.input(argument, position, v.type.dtype))));
  }

  operand(atom: Atom, now: number): Operand {
    const variable = atom instanceof Variable;
    return { type: atom.type, cells: variable ? (this.#variables.get(atom) as Cells) : this.#constant(atom), dies: variable && this.#lastUse.get(atom) === now };
  }

  set(variable: Variable, cells: Cells): void {
    this.#variables.set(variable, cells);
  }

  release(equation: Equation, now: number): void {
    for (const atom of equation.inputs) if (atom instanceof Variable && this.#lastUse.get(atom) === now) this.#variables.delete(atom);
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
