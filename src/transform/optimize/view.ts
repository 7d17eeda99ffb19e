/**
 * Chains of views (slice, pick, reverse, transpose, broadcast, and reshapes that only add or drop axes of length 1) become one: what they show
 * of their root is composed and written in the shortest way, slice, reverse, transpose, broadcast, each where it is needed.
 */
import type { AxisSource } from "../../core/lowering.ts";
import { ConcreteArray } from "../../core/concrete.ts";
import type { Equation } from "../../core/program.ts";
import { range, sameShape, type Shape, sizeOf } from "../../core/shape.ts";
import { at, TracedArray, type Value } from "../../core/tensor.ts";
import { reverse } from "../../ops/concatenate.ts";
import { slice } from "../../ops/slice.ts";
import { broadcastInDim, reshape, transpose } from "../../ops/structure.ts";
import { transposedContraction } from "./contraction.ts";
import { foldLimit } from "./fold.ts";
import { follow, lookThrough } from "./pieces.ts";
import { sameValue, type View, type Workspace } from "./workspace.ts";

/** The rule for views. */
export function simplifyView(equation: Equation, ws: Workspace): Value | undefined {
  const { lower } = equation.primitive;
  if (lower.form !== "view") return undefined;
  const operand = ws.operand(equation, 0);
  return compose(equation, operand, lower.sources(equation.params, operand.type.shape), ws);
}

/** The rule for reshapes. */
export function simplifyReshape(equation: Equation, ws: Workspace): Value | undefined {
  const operand = ws.operand(equation, 0);
  const { shape } = at(equation.outputs, 0).type;
  if (sameShape(operand.type.shape, shape)) return operand;
  const units = unitSources(operand.type.shape, shape);
  if (units !== undefined) return compose(equation, operand, units, ws);
  return ws.definition(operand)?.primitive.lower.form === "reshape" ? reshapeAgain(operand, shape, ws) : undefined;
}

/** A reshape of the value; of one that was reshaped before, a reshape of what it was. */
export function reshapeAgain(value: Value, shape: Shape, ws: Workspace): Value {
  const definition = ws.definition(value);
  return reshape(definition?.primitive.lower.form === "reshape" ? ws.operand(definition, 0) : value, shape);
}

/** The sources of a reshape that moves no element but only adds or drops axes of length 1; undefined for any other. */
export function unitSources(from: Shape, to: Shape): AxisSource[] | undefined {
  const axes = range(to.length).filter((a) => to[a] !== 1);
  let next = 0;
  const sources = from.map((n) => (n === 1 ? { axis: -1, start: 0, step: 0 } : to[axes[next] as number] === n ? { axis: axes[next++] as number, start: 0, step: 1 } : undefined));
  return next === axes.length && sources.every((s) => s !== undefined) ? sources : undefined;
}

/** Composes the view with what its operand shows of its own root, and writes it anew where that is shorter or reaches further back. */
function compose(equation: Equation, operand: Value, sources: readonly AxisSource[], ws: Workspace): Value | undefined {
  const output = at(equation.outputs, 0);
  const { shape } = output.type;
  if (sizeOf(shape) === 0) return undefined;
  const outer: View = { root: operand, sources: sources.map((s) => (s.axis >= 0 && shape[s.axis] === 1 ? { axis: -1, start: s.start, step: 0 } : s)) };
  const inner = operand instanceof TracedArray ? ws.views.get(operand.variable) : undefined;
  const view = lookThrough(inner === undefined ? outer : { root: inner.root, sources: inner.sources.map((s) => follow(s, outer.sources)) }, shape, ws);
  if (view instanceof ConcreteArray) return view;
  ws.views.set(output, view);
  const swapped = transposedContraction(view, shape, ws);
  if (swapped !== undefined) return swapped;
  const { root } = view;
  if (root instanceof ConcreteArray && root.splat === undefined && sizeOf(shape) > foldLimit) return undefined;
  if (equation.primitive.lower.form === "reshape" && inner !== undefined && isSliceOf(operand, inner, view, ws)) return undefined;
  const written = isReshape(view, shape) ? reshape(root, shape) : root === operand ? undefined : writeView(view, shape);
  if (written === undefined || (root === operand && equation.primitive.lower.form === "reshape")) return undefined;
  if (written instanceof TracedArray) ws.views.set(written.variable, view);
  return written;
}

/** Whether the operand is nothing but a slice of the root: then a reshape of it is as short as it can be. */
function isSliceOf(operand: Value, inner: View, { root }: View, ws: Workspace): boolean {
  const definition = ws.definition(operand);
  return definition !== undefined && definition.inputs.length > 0 && sameValue(ws.operand(definition, 0), root) && sameValue(inner.root, root) && inner.sources.every((s, d) => s.axis < 0 || (s.axis === d && s.step > 0)) && operand.type.shape.length === root.type.shape.length;
}

/** Whether the view has all elements of its root in their order: it only adds or drops axes of length 1. */
function isReshape({ root, sources }: View, shape: Shape): boolean {
  let last = -1;
  const inOrder = sources.every(({ axis, start, step }, d) => {
    if (axis < 0) return root.type.shape[d] === 1;
    const ascends = axis > last;
    last = axis;
    return ascends && start === 0 && step === 1 && root.type.shape[d] === shape[axis];
  });
  return inOrder && shape.every((n, axis) => n === 1 || sources.some((s) => s.axis === axis));
}

/** The view in the fewest operations, recorded in the open trace. */
export function writeView({ root, sources }: View, shape: Shape): Value {
  const lengths = sources.map((s) => (s.axis < 0 ? 1 : (shape[s.axis] as number)));
  const first = sources.map((s, d) => (s.step < 0 ? s.start + ((lengths[d] as number) - 1) * s.step : s.start));
  const steps = sources.map((s) => (s.axis < 0 ? 1 : Math.abs(s.step)));
  const limit = first.map((from, d) => from + ((lengths[d] as number) - 1) * (steps[d] as number) + 1);
  let x = slice(root, first, limit, steps);
  x = reverse(x, range(sources.length).filter((d) => (sources[d] as AxisSource).step < 0));
  const kept = range(sources.length).filter((d) => (sources[d] as AxisSource).axis >= 0);
  const targets = kept.map((d) => (sources[d] as AxisSource).axis);
  const order = range(kept.length).sort((i, j) => (targets[i] as number) - (targets[j] as number));
  const repeats = shape.some((n, axis) => n !== 1 && !targets.includes(axis));
  if (!repeats && order.every((p, i) => p === i)) return reshape(x, shape);
  x = transpose(reshape(x, kept.map((d) => lengths[d] as number)), order);
  return repeats ? broadcastInDim(x, shape, order.map((p) => targets[p] as number)) : reshape(x, shape);
}

/** The axes of `shape` along which the view only repeats. */
export function repeatedAxes({ sources }: View, shape: Shape): number[] {
  return range(shape.length).filter((axis) => shape[axis] !== 1 && !sources.some((s) => s.axis === axis));
}
