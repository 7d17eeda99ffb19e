/** For each form in which a primitive may describe itself, the nodes of its result made from those of its operands. */
import type { DType } from "../../../core/dtype.ts";
import { isFloat } from "../../../core/dtype.ts";
import type { Lowering } from "../../../core/lowering.ts";
import type { Atom, Equation, Params } from "../../../core/program.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { range, sizeOf, stridesOf } from "../../../core/shape.ts";
import type { TensorType } from "../../../core/type.ts";
import { addInto, assembleCells, type Cells, dense, isSparse, lanes, offsetsOf, reducedPositions, tree, viewCells } from "./cells.ts";
import type { Graph, Node } from "./graph.ts";
import { make } from "./identities.ts";
import { gatherCells, scatterCells } from "./indices.ts";

export interface Operand {
  readonly type: TensorType;
  readonly cells: Cells;
  /** This is its last use. */
  readonly dies: boolean;
}

interface Step<F extends Lowering["form"]> {
  readonly graph: Graph;
  readonly lower: Extract<Lowering, { readonly form: F }>;
  readonly params: Params;
  readonly operands: readonly Operand[];
  readonly result: TensorType;
  /** No more nodes than this may come of it. */
  readonly limit: number;
}
type Forms = { readonly [F in Lowering["form"]]: (step: Step<F>) => Cells | undefined };

/** The nodes of the only result of an equation; undefined where its form is of no use here. */
export function cellsOf(graph: Graph, { primitive, params }: Equation, operands: readonly Operand[], result: TensorType, limit: number): Cells | undefined {
  const { lower } = primitive;
  return (forms[lower.form] as (step: Step<Lowering["form"]>) => Cells | undefined)({ graph, lower, params, operands, result, limit });
}

/** The node of the result of an elementwise operation on single numbers, or of a single number reshaped. */
export function nodeOf(graph: Graph, { primitive, params, inputs }: Equation, result: TensorType, a: Node, b: Node, c: Node): Node {
  const lower = primitive.lower as Extract<Lowering, { readonly form: "elementwise" | "reshape" }>;
  if (lower.form === "reshape") return a;
  const instruction = lower.instruction((inputs[inputs.length - 1] as Atom).type.dtype, params);
  return make(graph, instruction, result.dtype, a, b, c);
}

const first = (operands: readonly Operand[]): Operand => operands[0] as Operand;
const elements = (operand: Operand): Int32Array => dense(operand.cells);

/** The instruction as a function of two nodes. */
const combiner = (graph: Graph, instruction: ScalarInstruction, dtype: DType) => (x: Node, y: Node): Node => make(graph, instruction, dtype, x, y);

const forms: Forms = {
  elementwise: ({ graph, lower, params, operands, result }) => {
    const last = operands[operands.length - 1] as Operand;
    const instruction = lower.instruction(last.type.dtype, params);
    const sum = instruction === "add" ? addSparse(graph, operands, result.dtype) : undefined;
    if (sum !== undefined) return sum;
    const a = elements(first(operands));
    const b = operands.length > 1 ? elements(operands[1] as Operand) : undefined;
    const c = operands.length > 2 ? elements(last) : undefined;
    const out = new Int32Array(a.length);
    for (let i = 0; i < out.length; i++) out[i] = make(graph, instruction, result.dtype, a[i] as Node, b?.[i], c?.[i]);
    return out;
  },
  view: ({ lower, params, operands, result }) => {
    const { type, cells } = first(operands);
    return viewCells(cells, type.shape, lower.sources(params, type.shape), result.shape);
  },
  reshape: ({ operands }) => elements(first(operands)).slice(),
  assembly: ({ graph, lower, params, operands, result }) => {
    const shapes = operands.map((o) => o.type.shape);
    const assembly = lower.assemble(params, shapes, result.shape);
    const padding = assembly.fill === undefined ? undefined : elements(operands[assembly.fill] as Operand)[0] as Node;
    // padding with +0 is what the gradient of a slice does: it adds to others
    const fill = padding !== undefined && isFloat(result.dtype) && Object.is(graph.constantValue(padding), 0) ? graph.absent(result.dtype) : padding;
    return assembleCells(graph, operands.map((o) => o.cells), shapes, assembly, fill, result.shape);
  },
  index: ({ graph, lower, params, result }) => {
    const axis = lower.axis(params);
    const step = stridesOf(result.shape)[axis] as number;
    const length = result.shape[axis] as number;
    return Int32Array.from({ length: sizeOf(result.shape) }, (_, i) => graph.constant(Math.floor(i / step) % length, result.dtype));
  },
  reduction: ({ graph, lower, params, operands, result }) => {
    const { type } = first(operands);
    const cells = elements(first(operands));
    const groups = Array.from({ length: sizeOf(result.shape) }, (): Node[] => []);
    reducedPositions(type.shape, lower.axes(params)).forEach((to, from) => (groups[to] as Node[]).push(cells[from] as Node));
    const identity = lower.identity(type.dtype);
    return Int32Array.from(groups, (nodes) => reduce(graph, nodes, lower.combine(type.dtype), result.dtype, identity));
  },
  cumulation: ({ graph, lower, params, operands, result }) => {
    const wide = accumulating(result.dtype);
    const combine = combiner(graph, lower.combine(result.dtype), wide);
    return scan(graph, first(operands), lower.along(params), wide, (total, x) => combine(total, x));
  },
  recurrence: ({ graph, lower, params, operands, result }) => {
    const [a, b] = operands as [Operand, Operand];
    const wide = accumulating(result.dtype);
    const factors = elements(a);
    const [times, plus] = [combiner(graph, product(result.dtype), wide), combiner(graph, "add", wide)];
    const widened = (n: Node): Node => make(graph, "copy", wide, n);
    // each step is rounded, once
    return scan(graph, b, lower.along(params), wide, (total, x, i) => plus(times(widened(factors[i] as Node), widened(make(graph, "copy", result.dtype, total))), x));
  },
  position: ({ graph, lower, params, operands, result }) => {
    const { type } = first(operands);
    const cells = elements(first(operands));
    const bool = (instruction: ScalarInstruction, x: Node, y: Node): Node => make(graph, instruction, "bool", x, y);
    const nodes = lanes(type.shape, lower.axis(params)).map((lane) => {
      let held = cells[lane[0] as number] as Node;
      let best = graph.constant(0, result.dtype);
      lane.forEach((p, i) => {
        if (i === 0) return;
        const x = cells[p] as Node;
        const better = bool("and", bool("equal", held, held), bool("or", bool("notEqual", x, x), bool(lower.better, x, held)));
        held = make(graph, "select", type.dtype, better, x, held);
        best = make(graph, "select", result.dtype, better, graph.constant(i, result.dtype), best);
      });
      return best;
    });
    return Int32Array.from(nodes);
  },
  gather: ({ graph, lower, params, operands, result }) => {
    const [x, indices] = operands as [Operand, Operand];
    return gatherCells(graph, { shape: x.type.shape, cells: elements(x) }, { shape: indices.type.shape, cells: elements(indices) }, lower.indexing(params), result.dtype);
  },
  scatter: ({ graph, lower, params, operands, result }) => {
    const [x, indices, updates] = operands as [Operand, Operand, Operand];
    const instruction = lower.combine(result.dtype);
    const combine = instruction === null ? (_old: Node, update: Node): Node => update : combiner(graph, instruction, result.dtype);
    return scatterCells(graph, { shape: x.type.shape, cells: elements(x) }, { shape: indices.type.shape, cells: elements(indices) }, elements(updates), lower.indexing(params), combine);
  },
  contraction: ({ graph, lower, params, operands, result, limit }) => {
    const [x, y] = operands as [Operand, Operand];
    const { contract, batch } = lower.axes(params);
    const free = (o: Operand, side: 0 | 1): number[] => range(o.type.shape.length).filter((a) => !contract[side].includes(a) && !batch[side].includes(a));
    const offsets = (o: Operand, axes: readonly number[]): number[] => offsetsOf(o.type.shape, axes);
    const terms = offsets(x, contract[0]);
    if (sizeOf(result.shape) * terms.length > limit) return undefined;
    const widened = (o: Operand): Int32Array => elements(o).map((n) => make(graph, "copy", accumulating(result.dtype), n));
    const [xCells, yCells, other] = [widened(x), widened(y), offsets(y, contract[1])];
    const wide = accumulating(result.dtype);
    const times = combiner(graph, product(result.dtype), wide);
    const starts = offsets(y, batch[1]);
    const nodes = offsets(x, batch[0]).flatMap((xStart, i) =>
      offsets(x, free(x, 0)).flatMap((row) =>
        offsets(y, free(y, 1)).map((column) => {
          const products = terms.map((k, j) => times(xCells[xStart + row + k] as Node, yCells[(starts[i] as number) + column + (other[j] as number)] as Node));
          return make(graph, "copy", result.dtype, reduce(graph, products, "add", wide, 0));
        }),
      ),
    );
    return Int32Array.from(nodes);
  },
  call: () => undefined,
  composite: () => undefined,
  // has several results
  pullback: () => undefined,
  loop: () => undefined,
  branch: () => undefined,
  // small programs keep nothing for later
  barrier: ({ operands }) => elements(first(operands)).slice(),
  opaque: () => undefined,
};

/** A sum in which one operand is absent nearly everywhere: only its elements are touched. */
function addSparse(graph: Graph, operands: readonly Operand[], dtype: DType): Cells | undefined {
  const [x, y] = operands as [Operand, Operand];
  const sparse = isSparse(y.cells) ? y.cells : isSparse(x.cells) ? x.cells : undefined;
  if (sparse === undefined) return undefined;
  const other = sparse === y.cells ? x : y;
  const cells = dense(other.cells);
  // memory of a value that dies may be written; a sparse one has just been spread
  return addInto(graph, isSparse(other.cells) || other.dies ? cells : cells.slice(), sparse, combiner(graph, "add", dtype));
}

/** The dtype in which floats are summed and multiplied up: rounded once, as by the reference. */
const accumulating = (dtype: DType): DType => (dtype === "float32" ? "float64" : dtype);
/** Whether the order of operands and intermediate roundings make no difference. */
const isExact = (instruction: ScalarInstruction): boolean => instruction !== "add" && instruction !== "mul";

/** All of them combined, beginning from the identity: sums and products one after the other, in wider numbers. */
function reduce(graph: Graph, nodes: readonly Node[], instruction: ScalarInstruction, dtype: DType, identity: number): Node {
  const there = instruction === "add" ? nodes.filter((n) => !graph.isAbsent(n)) : nodes;
  if (there.length === 0) return nodes[0] ?? graph.constant(identity, dtype);
  if (isExact(instruction) || !isFloat(dtype)) {
    const combine = combiner(graph, instruction, dtype);
    return tree([combine(graph.constant(identity, dtype), there[0] as Node), ...there.slice(1)], combine) as Node;
  }
  const wide = accumulating(dtype);
  const combine = combiner(graph, instruction, wide);
  return make(graph, "copy", dtype, there.reduce((total, n) => combine(total, make(graph, "copy", wide, n)), graph.constant(identity, wide)));
}

function product(dtype: DType): ScalarInstruction {
  return dtype === "int32" ? "mulInt32" : dtype === "uint32" ? "mulUint32" : "mul";
}

/** A running value along an axis, kept in the dtype `wide`: the first element, then what `next` makes of it and element i. */
function scan(graph: Graph, { type, cells }: Operand, { axis, reverse }: { readonly axis: number; readonly reverse: boolean }, wide: DType, next: (total: Node, x: Node, i: number) => Node): Int32Array {
  const from = dense(cells);
  const out = new Int32Array(from.length);
  for (const lane of lanes(type.shape, axis)) {
    let total: Node | undefined;
    for (const i of reverse ? lane.toReversed() : lane) {
      const x = make(graph, "copy", wide, from[i] as Node);
      total = total === undefined ? x : next(total, x, i);
      out[i] = make(graph, "copy", type.dtype, total);
    }
  }
  return out;
}
