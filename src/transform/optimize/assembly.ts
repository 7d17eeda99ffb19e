/** The rule for assemblies (padding, joining): one that is a part of an operand, or one number, or padding of padding, is written as that. */
import { ConcreteArray } from "../../core/concrete.ts";
import type { Piece } from "../../core/lowering.ts";
import type { Equation } from "../../core/program.ts";
import { range, sameShape, type Shape } from "../../core/shape.ts";
import { at, type Value } from "../../core/tensor.ts";
import { pad, slice } from "../../ops/slice.ts";
import { broadcastInDim, reshape } from "../../ops/structure.ts";
import { assemblyOf } from "./pieces.ts";
import { unitSources } from "./view.ts";
import type { Workspace } from "./workspace.ts";

export function simplifyAssembly(equation: Equation, ws: Workspace): Value | undefined {
  const assembly = assemblyOf(equation);
  if (assembly === undefined) return undefined;
  const { type } = at(equation.outputs, 0);
  const { pieces } = assembly;
  const fill = assembly.fill === undefined ? undefined : ws.operand(equation, assembly.fill);
  if (pieces.length === 0 && fill !== undefined) return broadcastInDim(fill, type.shape, []);
  const numbers = [...pieces.map((p) => splatOf(ws.operand(equation, p.operand))), ...(fill === undefined ? [] : [splatOf(fill)])];
  const [number] = numbers;
  if (number !== undefined && numbers.every((n) => Object.is(n, number))) return ConcreteArray.splat(type, number);
  const [piece] = pieces;
  if (piece === undefined || pieces.length > 1) return undefined;
  const operand = ws.operand(equation, piece.operand);
  if (sameShape(piece.shape, type.shape)) return part(operand, piece.from, piece.shape);
  return fill === undefined ? undefined : padOfPad(operand, piece, fill, type.shape, ws);
}

function splatOf(x: Value): number | undefined {
  return x instanceof ConcreteArray ? x.splat : undefined;
}

function part(x: Value, from: Shape, lengths: Shape): Value {
  return slice(x, from, from.map((n, d) => n + at(lengths, d)));
}

/** Padding of padding with the same number, also across a reshape that only adds or drops axes of length 1. */
function padOfPad(operand: Value, outer: Piece, fill: Value, shape: Shape, ws: Workspace): Value | undefined {
  const across = ws.definition(operand);
  const units = across?.primitive.lower.form === "reshape" ? unitSources(across.inputs[0]?.type.shape ?? [], operand.type.shape) : undefined;
  const middle = across !== undefined && units !== undefined ? ws.operand(across, 0) : operand;
  const definition = ws.definition(middle);
  const assembly = definition && assemblyOf(definition);
  const [inner] = assembly?.pieces ?? [];
  if (definition === undefined || assembly?.fill === undefined || inner === undefined) return undefined;
  const same = ws.operand(definition, assembly.fill);
  if (splatOf(fill) === undefined || !Object.is(splatOf(same), splatOf(fill))) return undefined;
  // what of the inner piece the outer one takes, in axes of the operand: [first, count, where the first goes, how far apart]
  const axisOf = units === undefined ? range(inner.shape.length) : units.map((s) => s.axis);
  const taken = axisOf.map((axis, d) => (axis < 0 ? { first: 0, count: 1, low: 0, apart: 1 } : overlap(inner, d, outer, axis)));
  if (taken.some((t) => t.count <= 0)) return ConcreteArray.splat({ ...operand.type, shape }, splatOf(fill) as number);
  const kept = part(ws.operand(definition, inner.operand), taken.map((t, d) => at(inner.from, d) + t.first), taken.map((t) => t.count));
  const along = shape.map((_, axis) => taken[axisOf.indexOf(axis)] ?? { ...overlapOfOne(outer, axis) });
  return pad(reshape(kept, along.map((t) => t.count)), fill, {
    low: along.map((t) => t.low),
    high: along.map((t, axis) => at(shape, axis) - (t.low + (t.count - 1) * t.apart + 1)),
    interior: along.map((t) => t.apart - 1),
  });
}

interface Taken {
  readonly first: number;
  readonly count: number;
  readonly low: number;
  readonly apart: number;
}

function overlap(inner: Piece, d: number, outer: Piece, axis: number): Taken {
  const [to, step, from, low, apart] = [at(inner.to, d), at(inner.step, d), at(outer.from, axis), at(outer.to, axis), at(outer.step, axis)];
  const first = Math.max(0, Math.ceil((from - to) / step));
  const end = Math.min(at(inner.shape, d), Math.floor((from + at(outer.shape, axis) - 1 - to) / step) + 1);
  const count = end - first;
  return { first, count, low: low + apart * (to + step * first - from), apart: count > 1 ? apart * step : 1 };
}

/** An axis of length 1 that the reshape added. */
function overlapOfOne(outer: Piece, axis: number): Taken {
  return { first: 0, count: 1, low: at(outer.to, axis), apart: 1 };
}
