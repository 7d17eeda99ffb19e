/** Kernels that write one value to memory, computed or copied on the way, and the builder that forms of their own use. */
import type { Atom, Equation } from "../../core/program.ts";
import { range, stridesOf } from "../../core/shape.ts";
import type { Affine } from "./affine.ts";
import { identityMap } from "./affine.ts";
import type { Buffer, Expression, LoopKernel, Stage, Store } from "../ir.ts";
import { ExpressionBuilder, type Loops, loopsOver } from "./expressions.ts";
import type { Placement } from "./placement.ts";

/** Expressions over loops of a group that has no members. */
export function directBuilder(placement: Placement, group: number, loops: Loops): ExpressionBuilder {
  return new ExpressionBuilder({ loops, home: (v) => placement.homeFor(v, group), constant: (array) => placement.bufferOf(array), resolve: () => undefined });
}

export function store(builder: ExpressionBuilder, buffer: Buffer, at: Affine, value: Expression): Store {
  return { access: builder.access(buffer, at), value, terms: [], condition: undefined, combine: undefined };
}

export function stageOf(inner: readonly number[], parts: Partial<Stage>): Stage {
  return { inner, reductions: [], carries: [], stores: [], checks: [], ...parts };
}

export function loopKernel(equation: Equation | undefined, name: string, outer: readonly number[], stages: readonly Stage[], sequential = false): LoopKernel {
  return { kind: "loops", name, place: equation?.place, outer, stages, sequential };
}

/** Writes a value to a buffer, under these strides per axis (row-major unless given). */
export function copyKernel(placement: Placement, group: number, atom: Atom, buffer: Buffer, strides: readonly number[] = stridesOf(atom.type.shape), offset = 0, name = "copy"): LoopKernel {
  const { shape } = atom.type;
  const rank = shape.length;
  const builder = directBuilder(placement, group, loopsOver(range(rank), rank));
  return loopKernel(undefined, name, shape, [stageOf([], { stores: [store(builder, buffer, { offset, strides }, builder.build(atom, identityMap(rank)))] })]);
}
