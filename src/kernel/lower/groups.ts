/**
 * What the equations of a program are gathered into before they become kernels. A group runs where it stands in the list; a value that one
 * group computes and a later one needs is kept in a buffer.
 */
import type { DType } from "../../core/dtype.ts";
import type { Atom, Equation, Variable } from "../../core/program.ts";
import type { Shape } from "../../core/shape.ts";
import type { Access, Buffer, BufferRole, Kernel } from "../ir.ts";
import type { PointMap } from "./affine.ts";

/** A buffer whose place in the list and role are only known at the end. */
export class DraftBuffer implements Buffer {
  id = -1;
  role: BufferRole = { kind: "temporary" };
  readonly dtype: DType;
  readonly length: number;
  constructor(dtype: DType, length: number) {
    this.dtype = dtype;
    this.length = length;
  }
}

/** For each axis of a space a set of numbers. */
export type Axes = readonly ReadonlySet<number>[];

/** A value computed inside a group, at the points of its loops that `map` names. */
export interface Member {
  readonly variable: Variable;
  readonly equation: Equation;
  readonly group: LoopGroup | ContractionGroup;
  readonly map: PointMap;
  /** At every point of the loops, or once all reduced axes have been gone through. */
  readonly level: "inner" | "outer";
  /** Where it is kept for other groups, or for a later stage of its own. */
  buffer: DraftBuffer | undefined;
}

/** Elementwise operations over one loop space, and reductions over some of its axes. */
export class LoopGroup {
  readonly kind = "loops";
  readonly index: number;
  readonly shape: Shape;
  readonly members: Member[] = [];
  /** The axes of the space that reductions remove; undefined as long as there are none. */
  reduced: readonly number[] | undefined;
  /** Few results of many elements: they are summed up in blocks, and what needs them is another group. */
  blocked = false;
  /** It reads through assemblies: its points are gone through box by box. */
  cut = false;
  /** Where the boxes meet. */
  cuts: Axes;
  /** Operations so far. */
  size = 0;
  constructor(index: number, shape: Shape) {
    this.index = index;
    this.shape = shape;
    this.cuts = shape.map(() => new Set());
  }
}

/** A matrix product and the elementwise operations on its result, and on one of its operands. */
export class ContractionGroup {
  readonly kind = "contraction";
  readonly index: number;
  readonly shape: Shape;
  readonly members: Member[] = [];
  readonly x: Operand;
  readonly y: Operand;
  size = 0;
  constructor(index: number, shape: Shape, x: Operand, y: Operand) {
    this.index = index;
    this.shape = shape;
    this.x = x;
    this.y = y;
  }
}

/** An operand of a product: strides per axis. */
export interface Operand {
  /** Undefined: it is computed on the way. */
  readonly access: Access | undefined;
  readonly atom: Atom;
}

/** Kernels of a form of their own, which nothing joins. */
export interface DirectGroup {
  readonly kind: "direct";
  readonly index: number;
  emit(): readonly Kernel[];
}

export type Group = LoopGroup | ContractionGroup | DirectGroup;

/** Where a variable's value comes from. */
export type Home =
  | { readonly kind: "buffer"; readonly buffer: DraftBuffer; readonly after: number }
  | { readonly kind: "member"; readonly member: Member }
  | { readonly kind: "virtual"; readonly equation: Equation; readonly linear: boolean; readonly size: number; readonly cost: number };

