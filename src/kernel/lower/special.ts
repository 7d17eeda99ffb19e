/**
 * Forms that get kernels of their own: assemblies (pad, concatenate), cumulations, recurrences, positions of extrema, gathers, scatters,
 * products of integers, and what only the reference can evaluate. Their operands may still be computed on the way.
 */
import { otherAxes, outOfBounds } from "../../core/indexing.ts";
import type { Indexing } from "../../core/indexing.ts";
import type { Piece } from "../../core/lowering.ts";
import { type Atom, type Equation, isVariable, type Variable } from "../../core/program.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import { range, type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { showType, type TensorType } from "../../core/type.ts";
import type { Carry, Check, Expression, Kernel, Reduction, Term } from "../ir.ts";
import { type Affine, identityMap, mapOfAxes, type PointMap, positionOf } from "./affine.ts";
import { copyKernel, directBuilder, loopKernel, stageOf, store } from "./copy.ts";
import { loopsOver } from "./expressions.ts";
import type { DraftBuffer } from "./groups.ts";
import { both, isInside, position } from "./indexing.ts";
import { assemblyOf, indexOperands } from "./operands.ts";
import type { Placement } from "./placement.ts";
import { sidesOf } from "./contraction.ts";

/** More pieces than these are put together in memory. */
const mostPieces = 4;

const at = (list: readonly number[], i: number): number => list[i] as number;
const apply = (dtype: Expression["dtype"], instruction: ScalarInstruction, ...operands: Expression[]): Expression => ({ kind: "apply", dtype, instruction, operands });

/** Gives the equation its group; false where no kernel describes it. */
export function placeSpecial(placement: Placement, equation: Equation): boolean {
  const { lower } = equation.primitive;
  switch (lower.form) {
    case "assembly":
      return deferAssembly(placement, equation);
    case "cumulation":
    case "recurrence":
    case "position":
      return placeAlong(placement, equation);
    case "gather":
      return placeGather(placement, equation);
    case "scatter":
      return placeScatter(placement, equation);
    case "contraction":
      return placeIntegerProduct(placement, equation);
    default:
      return false;
  }
}

/** The reference evaluates it. */
export function placeHost(placement: Placement, equation: Equation): void {
  const inputs = equation.inputs.map((atom) => placement.bufferOf(atom));
  placement.placeDirect(equation, [], (outputs) => [{ kind: "host", name: equation.primitive.name, place: equation.place, equation, inputs, outputs }]);
}

/** Consumers may read through it, several of them where nothing is computed again; otherwise it is put together in memory. */
function deferAssembly(placement: Placement, equation: Equation): boolean {
  const { pieces } = assemblyOf(equation);
  const variable = equation.outputs[0] as Variable;
  const once = placement.uses(variable) === 1 || placement.isThere(equation.inputs);
  if (once && !placement.isOutput(variable) && pieces.length <= mostPieces && pieces.every((p) => p.step.every((s) => s === 1))) placement.defer(equation, false, 0);
  else placeAssembly(placement, equation);
  return true;
}

export function placeAssembly(placement: Placement, equation: Equation): void {
  const { inputs, outputs } = equation;
  const { shape } = (outputs[0] as Variable).type;
  const { fill, pieces } = assemblyOf(equation);
  const covered = pieces.reduce((sum, p) => sum + sizeOf(p.shape), 0);
  placement.placeDirect(equation, inputs, ([result], group) => {
    const buffer = result as DraftBuffer;
    const kernels: Kernel[] = [];
    if (fill !== undefined && covered < sizeOf(shape)) kernels.push(fillKernel(placement, group, equation, inputs[fill] as Atom, buffer));
    for (const piece of pieces) if (sizeOf(piece.shape) > 0) kernels.push(pieceKernel(placement, group, equation, piece, buffer, shape));
    return kernels;
  });
}

function fillKernel(placement: Placement, group: number, equation: Equation, value: Atom, buffer: DraftBuffer): Kernel {
  const builder = directBuilder(placement, group, loopsOver([0], 1));
  return loopKernel(equation, "fill", [buffer.length], [stageOf([], { stores: [store(builder, buffer, { offset: 0, strides: [1] }, builder.build(value, mapOfAxes([], 1)))] })]);
}

function pieceKernel(placement: Placement, group: number, equation: Equation, piece: Piece, buffer: DraftBuffer, shape: Shape): Kernel {
  const rank = shape.length;
  const builder = directBuilder(placement, group, loopsOver(range(rank), rank));
  const unit = (d: number): number[] => range(rank).map((k) => (k === d ? 1 : 0));
  const map: PointMap = { kind: "axes", axes: piece.from.map((offset, d) => ({ offset, strides: unit(d) })) };
  const strides = stridesOf(shape);
  const to: Affine = { offset: piece.to.reduce((sum, t, d) => sum + t * at(strides, d), 0), strides: piece.step.map((s, d) => s * at(strides, d)) };
  return loopKernel(equation, equation.primitive.name, piece.shape, [stageOf([], { stores: [store(builder, buffer, to, builder.build(equation.inputs[piece.operand] as Atom, map))] })]);
}

/** Forms that go along one axis, carrying what they have seen. */
function placeAlong(placement: Placement, equation: Equation): boolean {
  const { primitive, inputs, params } = equation;
  const { lower } = primitive;
  if (lower.form !== "cumulation" && lower.form !== "recurrence" && lower.form !== "position") return false;
  const { axis, reverse } = lower.form === "position" ? { axis: lower.axis(params), reverse: false } : lower.along(params);
  const { shape, dtype } = (inputs[0] as Atom).type;
  const rank = shape.length;
  const outer = range(rank).filter((d) => d !== axis);
  const length = at(shape, axis);
  const unit = (d: number): number[] => range(rank).map((k) => (k === d ? 1 : 0));
  const axes: Affine[] = range(rank).map((d) => (d === axis && reverse ? { offset: length - 1, strides: unit(d).map((s) => -s) } : { offset: 0, strides: unit(d) }));
  const map: PointMap = { kind: "axes", axes };
  placement.placeDirect(equation, inputs, ([result], group) => {
    const buffer = result as DraftBuffer;
    const builder = directBuilder(placement, group, loopsOver([...outer, axis], rank));
    const values = inputs.map((atom) => builder.build(atom, map));
    const outerShape = outer.map((d) => at(shape, d));
    const index: Expression = { kind: "index", dtype: "int32", offset: 0, strides: [...outer.map(() => 0), 1] };
    const first = apply("bool", "equal", index, { kind: "constant", dtype: "int32", value: 0 });
    if (lower.form === "position") {
      const { best, where } = extremum(values[0] as Expression, index, first, lower.better);
      const kept = outer.map((_, i) => i);
      const final = directBuilder(placement, group, loopsOver(kept, outer.length));
      const to = positionOf(identityMap(outer.length), outerShape, outer.length);
      return [loopKernel(equation, primitive.name, outerShape, [stageOf([length], { carries: [best, where] }), stageOf([], { stores: [store(final, buffer, to, { kind: "result", dtype: "int32", of: where })] })])];
    }
    const total: Carry = { kind: "running", dtype, initial: lower.form === "cumulation" ? lower.identity(dtype) : 0, next: values[0] as Expression };
    const before: Expression = { kind: "carry", dtype, of: total };
    if (lower.form === "cumulation") total.next = apply(dtype, lower.combine(dtype), before, values[0] as Expression);
    else total.next = apply(dtype, "select", first, values[1] as Expression, apply(dtype, "add", apply(dtype, "mul", values[0] as Expression, before), values[1] as Expression));
    return [loopKernel(equation, primitive.name, outerShape, [stageOf([length], { carries: [total], stores: [store(builder, buffer, positionOf(map, shape, rank), total.next)] })])];
  });
  return true;
}

/** The best element so far and where it stands: the first of equals, and the first NaN. */
function extremum(x: Expression, index: Expression, first: Expression, better: ScalarInstruction): { readonly best: Carry; readonly where: Carry } {
  const best: Carry = { kind: "running", dtype: x.dtype, initial: 0, next: x };
  const where: Carry = { kind: "running", dtype: "int32", initial: 0, next: index };
  const held: Expression = { kind: "carry", dtype: x.dtype, of: best };
  const isNaN = (e: Expression): Expression => apply("bool", "notEqual", e, e);
  const wins = apply("bool", "and", apply("bool", "equal", held, held), apply("bool", "or", isNaN(x), apply("bool", better, x, held)));
  const taken = apply("bool", "or", first, wins);
  best.next = apply(x.dtype, "select", taken, x, held);
  where.next = apply("int32", "select", taken, index, { kind: "carry", dtype: "int32", of: where });
  return { best, where };
}

/** Mode "throw" looks at the indices first, in a kernel of its own. */
function placeChecks(placement: Placement, equation: Equation, indexing: Indexing, lengths: readonly number[], operand: TensorType): void {
  if (indexing.mode !== "throw") return;
  const indices = equation.inputs[1] as Atom;
  const outer = indices.type.shape.slice(0, -1);
  const rank = outer.length;
  placement.placeCheck([indices], `${lengths.join()} of ${showType(operand)}`, (group) => {
    const builder = directBuilder(placement, group, loopsOver(range(rank), rank));
    const { axes } = identityMap(rank) as PointMap & { kind: "axes" };
    const checks = indexOperands(indices, axes, indexing, rank).map(({ atom, map }, c): Check => {
      const value = builder.build(atom, map);
      return { condition: isInside(value, at(lengths, c)), value, message: (index) => outOfBounds(index, c, indexing, operand) };
    });
    return [loopKernel(equation, "check_indices", outer, [stageOf([], { checks })])];
  });
}

/** Lengths of the indexed axes; undefined where one is empty and there is something to read: the reference says what happens. */
function indexedLengths(operand: Atom, { axes, mode }: Indexing, count: number): number[] | undefined {
  const lengths = axes.map((a) => at(operand.type.shape, a));
  return lengths.some((n) => n === 0) && count > 0 && mode !== "fill" ? undefined : lengths;
}

function placeGather(placement: Placement, equation: Equation): boolean {
  const { primitive, inputs, params, outputs } = equation;
  if (primitive.lower.form !== "gather") return false;
  const indexing = primitive.lower.indexing(params);
  const [x, indices] = inputs as readonly [Atom, Atom];
  const lengths = indexedLengths(x, indexing, sizeOf(indices.type.shape.slice(0, -1)));
  if (lengths === undefined || (sizeOf(x.type.shape) === 0 && sizeOf((outputs[0] as Variable).type.shape) > 0)) return false;
  placeChecks(placement, equation, indexing, lengths, x.type);
  if (isVariable(x)) placement.bufferOf(x);
  placement.deferElementwise(equation, 4, false);
  return true;
}

function placeScatter(placement: Placement, equation: Equation): boolean {
  const { primitive, inputs, params } = equation;
  const { lower } = primitive;
  if (lower.form !== "scatter") return false;
  const indexing = lower.indexing(params);
  const [x, indices, updates] = inputs as readonly [Atom, Atom, Atom];
  const { shape, dtype } = x.type;
  const lengths = indexedLengths(x, indexing, sizeOf(indices.type.shape.slice(0, -1)));
  if (lengths === undefined) return false;
  placeChecks(placement, equation, indexing, lengths, x.type);
  // few updates that are made of the operand: computed before, so that the operand may be written over
  if (sizeOf(updates.type.shape) < sizeOf(shape)) for (const atom of [updates, indices]) if (isVariable(atom) && isVariable(x) && placement.reads(atom, x)) placement.bufferOf(atom);
  const strides = stridesOf(shape);
  const outer = updates.type.shape;
  const rank = outer.length;
  const places = indices.type.shape.length - 1;
  placement.placeDirect(equation, inputs, ([result], group) => {
    const buffer = result as DraftBuffer;
    const builder = directBuilder(placement, group, loopsOver(range(rank), rank));
    const map = identityMap(rank) as PointMap & { kind: "axes" };
    const components = indexOperands(indices, map.axes.slice(0, places), indexing, rank).map((o) => builder.build(o.atom, o.map));
    const terms = indexing.axes.map((axis, c): Term => ({ index: position(components[c] as Expression, at(lengths, c), indexing.mode), stride: at(strides, axis) }));
    let condition: Expression | undefined;
    if (indexing.mode === "fill") components.forEach((c, i) => (condition = both(condition, isInside(c, at(lengths, i)))));
    const others = otherAxes(shape.length, indexing);
    const steps = range(rank).map((d) => (d < indexing.batch ? at(strides, d) : d < places ? 0 : at(strides, others[d - places] as number)));
    const access = builder.access(buffer, { offset: 0, strides: steps });
    const write = { access, value: builder.build(updates, map), terms, condition, combine: lower.combine(dtype) ?? undefined };
    return [copyKernel(placement, group, x, buffer), loopKernel(equation, primitive.name, outer, [stageOf([], { stores: [write] })], true)];
  });
  return true;
}

function placeIntegerProduct(placement: Placement, equation: Equation): boolean {
  const { primitive, inputs, params, outputs } = equation;
  if (primitive.lower.form !== "contraction") return false;
  const [x, y] = inputs as readonly [Atom, Atom];
  const { batch, contract, freeX, freeY } = sidesOf(primitive.lower.axes(params), x.type.shape.length, y.type.shape.length);
  const { shape: outer, dtype } = (outputs[0] as Variable).type;
  const inner = contract[0].map((a) => at(x.type.shape, a));
  const rank = outer.length + inner.length;
  const dims = (axes: number, side: 0 | 1): number[] =>
    range(axes).map((a) => {
      const [b, c] = [batch[side].indexOf(a), contract[side].indexOf(a)];
      if (b >= 0) return b;
      if (c >= 0) return outer.length + c;
      return batch[0].length + (side === 0 ? freeX.indexOf(a) : freeX.length + freeY.indexOf(a));
    });
  placement.placeDirect(equation, inputs, ([result], group) => {
    const builder = directBuilder(placement, group, loopsOver(range(rank), rank));
    const a = builder.build(x, mapOfAxes(dims(x.type.shape.length, 0), rank));
    const b = builder.build(y, mapOfAxes(dims(y.type.shape.length, 1), rank));
    const sum: Reduction = { kind: "reduction", dtype, combine: "add", identity: 0, value: apply(dtype, dtype === "int32" ? "mulInt32" : "mulUint32", a, b) };
    const final = directBuilder(placement, group, loopsOver(range(outer.length), outer.length));
    const to = positionOf(identityMap(outer.length), outer, outer.length);
    return [loopKernel(equation, primitive.name, outer, [stageOf(inner, { reductions: [sum] }), stageOf([], { stores: [store(final, result as DraftBuffer, to, { kind: "result", dtype, of: sum })] })])];
  });
  return true;
}
