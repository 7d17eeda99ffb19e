/**
 * Sums of padded parts. Reading x[0], x[1], … leaves, in the transpose, one array of the full length per read, nearly all zeros, and
 * their sum takes time quadratic in the length. Here such a sum is laid out along one line, cut where a part begins or ends, each cell
 * summed alone in the same order, and the cells joined: linear.
 */
import type { Piece } from "../../core/lowering.ts";
import { atPlace } from "../../core/place.ts";
import type { Atom, Equation, Program, Variable } from "../../core/program.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { at, splatLike, type Value, withTrace } from "../../core/tensor.ts";
import { type TensorType, tensorType } from "../../core/type.ts";
import { ConcreteArray } from "../../core/concrete.ts";
import { concatenate } from "../../ops/concatenate.ts";
import { add } from "../../ops/elementwise.ts";
import { slice, sliceAxis } from "../../ops/slice.ts";
import { reshape } from "../../ops/structure.ts";
import { instructionOf, splatOf } from "./instruction.ts";
import { assemblyOf } from "./pieces.ts";
import { reshapeAgain } from "./view.ts";
import { countUses, Workspace } from "./workspace.ts";
import { plusZero } from "./zeros.ts";

/** Part of a term: an operand's box on the line from `start` up to `end`. */
interface Segment {
  readonly operand: Atom;
  readonly piece: Piece | undefined;
  readonly start: number;
  readonly end: number;
}

interface Plan {
  readonly terms: readonly (readonly Segment[])[];
  /** The axis along which the cells are joined, or "flat": all elements in row-major order. */
  readonly line: number | "flat";
  readonly cuts: readonly number[];
}

export function mergeSums(program: Program): Program {
  const plans = planSums(program);
  if (plans.size === 0) return program;
  const ws = new Workspace(program);
  const replaced = new Map<Atom, Atom>();
  const resolve = (atom: Atom): Atom => replaced.get(atom) ?? atom;
  return withTrace(ws, () => {
    for (const original of program.equations) {
      const equation = { ...original, inputs: original.inputs.map(resolve) };
      const [output] = equation.outputs;
      const plan = output && plans.get(output);
      if (output === undefined || plan === undefined) ws.keep(equation);
      else replaced.set(output, ws.atom(atPlace(equation.place, () => join(plan, output.type, (atom) => ws.value(resolve(atom)), ws))));
    }
    return { inputs: program.inputs, equations: ws.recorded, outputs: program.outputs.map(resolve) };
  });
}

/** For the last variable of each chain of additions that is worth it, how to sum it instead. */
function planSums(program: Program): Map<Variable, Plan> {
  const definitions = new Map<Atom, Equation>();
  for (const equation of program.equations) for (const v of equation.outputs) definitions.set(v, equation);
  const plans = new Map<Variable, Plan>();
  for (const [root, atoms] of chains(program)) {
    const plan = planSum(atoms, root.type, definitions);
    if (plan !== undefined) plans.set(root, plan);
  }
  return plans;
}

/** Chains of additions whose intermediate sums nothing else needs: the last variable, and the terms in the order they are added. */
function chains(program: Program): Map<Variable, Atom[]> {
  const uses = countUses(program);
  const open = new Map<Atom, Atom[]>();
  for (const equation of program.equations) {
    if (instructionOf(equation) !== "add") continue;
    const [x, y] = equation.inputs as readonly [Atom, Atom];
    const [left, right] = [x, y].map((a) => (uses.get(a) === 1 ? open.get(a) : undefined));
    const [chain, from, other] = left !== undefined && left.length >= (right?.length ?? 0) ? [left, x, y] : right === undefined ? [[x], x, y] : [right, y, x];
    if (chain === left || chain === right) open.delete(from);
    chain.push(other);
    open.set(at(equation.outputs, 0), chain);
  }
  return open as Map<Variable, Atom[]>;
}

/** The boxes of each term that are not zero by themselves; a term that is no assembly is one box of everything. */
function boxesOf(atom: Atom, definitions: ReadonlyMap<Atom, Equation>): { readonly operand: Atom; readonly piece: Piece | undefined }[] {
  if (atom instanceof ConcreteArray && Object.is(atom.splat, 0)) return [];
  const definition = definitions.get(atom);
  const assembly = definition && assemblyOf(definition);
  if (definition === undefined || assembly === undefined) return [{ operand: atom, piece: undefined }];
  if (assembly.fill !== undefined && !Object.is(splatOf(at(definition.inputs, assembly.fill) as Value), 0)) return [{ operand: atom, piece: undefined }];
  const boxes = assembly.pieces.map((piece) => ({ operand: at(definition.inputs, piece.operand), piece }));
  return boxes.filter(({ operand }) => !(operand instanceof ConcreteArray && Object.is(operand.splat, 0)));
}

function planSum(atoms: readonly Atom[], { shape }: TensorType, definitions: ReadonlyMap<Atom, Equation>): Plan | undefined {
  const boxes = atoms.map((atom) => boxesOf(atom, definitions));
  const pieces = boxes.flatMap((list) => list.flatMap(({ piece }) => (piece === undefined ? [] : [piece])));
  const line = pieces.length < 2 ? undefined : lineOf(pieces, shape);
  if (line === undefined) return undefined;
  const [length, strides] = line === "flat" ? [sizeOf(shape), stridesOf(shape)] : [at(shape, line), shape.map((_, d) => (d === line ? 1 : 0))];
  const terms = boxes.map((list) => list.map(({ operand, piece }): Segment => {
    if (piece === undefined) return { operand, piece, start: 0, end: length };
    const start = piece.to.reduce((sum, n, d) => sum + n * at(strides, d), 0);
    return { operand, piece, start, end: start + (line === "flat" ? sizeOf(piece.shape) : at(piece.shape, line)) };
  }));
  const segments = terms.flat();
  const cuts = [...new Set([0, length, ...segments.flatMap((s) => [s.start, s.end])])].sort((a, b) => a - b);
  const place = new Map(cuts.map((cut, i) => [cut, i]));
  let incidences = 0;
  for (const { start, end } of segments) incidences += (place.get(end) as number) - (place.get(start) as number);
  if (incidences > 8 * segments.length) return undefined;
  // elements added: before, every term everywhere; after, each where it is not zero, and each element written once
  const after = Math.max(length, segments.reduce((sum, s) => sum + s.end - s.start, 0));
  return terms.length * length >= 2 * after ? { terms, line, cuts } : undefined;
}

/** The line on which every piece is one interval. */
function lineOf(pieces: readonly Piece[], shape: Shape): Plan["line"] | undefined {
  if (!pieces.every((p) => p.step.every((step, d) => step === 1 || p.shape[d] === 1))) return undefined;
  const isFull = (p: Piece, d: number): boolean => p.shape[d] === shape[d];
  const contiguous = (p: Piece): boolean => {
    const first = p.shape.findIndex((n) => n !== 1);
    return first < 0 || p.shape.every((_, d) => d <= first || isFull(p, d));
  };
  if (pieces.every(contiguous)) return "flat";
  const axis = shape.findIndex((_, d) => pieces.some((p) => !isFull(p, d)));
  return pieces.every((p) => shape.every((_, d) => d === axis || isFull(p, d))) ? axis : undefined;
}

function join({ terms, line, cuts }: Plan, type: TensorType, value: (atom: Atom) => Value, ws: Workspace): Value {
  const axis = line === "flat" ? 0 : line;
  const place = new Map(cuts.map((cut, i) => [cut, i]));
  const cells = cuts.slice(1).map((): Value[] => []);
  for (const { operand, piece, start, end } of terms.flat()) {
    const whole = value(operand);
    const part = piece === undefined ? whole : slice(whole, piece.from, piece.from.map((n, d) => n + at(piece.shape, d)));
    const laid = line === "flat" ? reshapeAgain(part, [end - start], ws) : part;
    for (let i = place.get(start) as number; at(cuts, i) < end; i++) at(cells, i).push(sliceAxis(laid, axis, at(cuts, i) - start, at(cuts, i + 1) - start));
  }
  // where a term was zero, it turned -0 into 0
  const misses = ({ length }: readonly Value[]): boolean => length > 0 && length < terms.length;
  const apart = cells.some(misses) && cells.some(({ length }) => length === terms.length);
  const sums = cells.map((list, i) => {
    const length = at(cuts, i + 1) - at(cuts, i);
    const cell = tensorType(type.dtype, line === "flat" ? [length] : type.shape.map((n, d) => (d === axis ? length : n)));
    if (list.length === 0) return splatLike({ type: cell }, 0);
    const sum = list.reduce((x, y) => add(x, y));
    return apart && misses(list) ? plusZero(sum, ws) : sum;
  });
  const joined = reshape(concatenate(sums, axis), type.shape);
  return !apart && cells.some(misses) ? plusZero(joined, ws) : joined;
}
