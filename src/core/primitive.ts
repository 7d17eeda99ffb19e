/**
 * The record of one primitive: its type, its meaning and its rules under every transform. Every field is required; what does
 * not exist is said with a written value (`notDifferentiable`, `notLinear`). Passes and backends ask these fields and never the name.
 */
import type { ConcreteArray } from "./concrete.ts";
import type { Lowering } from "./lowering.ts";
import type { Equation, Params, Program } from "./program.ts";
import type { Value } from "./tensor.ts";
import type { TensorType } from "./type.ts";

/** A tangent or cotangent: a value, or null for a zero that nobody has to compute. */
export type MaybeZero = Value | null;

/** Stands in a transpose rule for an operand whose value is not known because the operation is linear in it. */
export class Unknown {
  readonly type: TensorType;
  constructor(type: TensorType) {
    this.type = type;
  }
}

/**
 * Forward mode. Given operands and their tangents (at least one is no zero), returns the results and their tangents. `apply()` gives the
 * results of the operation itself; however often it is called, they are the same. It is called by the rule itself, not within a trace of its own.
 */
export interface JvpRule<P extends Params> {
  (
    primals: readonly Value[],
    tangents: readonly MaybeZero[],
    params: P,
    primitive: Primitive,
    apply: () => readonly Value[],
  ): { readonly outputs: readonly Value[]; readonly tangents: readonly MaybeZero[] };
  /** What the rule was made of, where that is all there is to it: reverse mode then needs no detour through the tangents. */
  readonly form?: DerivativeForm<P>;
}

/**
 * "linear" in all operands with a tangent at once, "bilinear": in each alone, "zero": no tangent. Or one partial derivative per operand, of an operation on
 * each element alone, where the tangent is what is scaled: such a partial takes a cotangent of the result to that of the operand just as it
 * takes a tangent of the operand to its share of the result's.
 */
export type DerivativeForm<P extends Params> = "linear" | "bilinear" | "zero" | readonly Partial<P>[];

/** The tangent's share of one operand: how its tangent t enters, given the operands x and the result y. Null: not at all. */
export type Partial<P extends Params> = ((tangent: Value, operands: readonly Value[], result: Value, params: P) => Value) | null;

/**
 * Given cotangents of the results, returns one cotangent per `Unknown` operand (null for a zero); other places hold null. `sums` is what other
 * uses of the operands have contributed; only a rule whose operation says that it `accumulates` looks at them.
 */
export type TransposeRule<P extends Params> = (
  cotangents: readonly MaybeZero[],
  inputs: readonly (Value | Unknown)[],
  params: P,
  primitive: Primitive,
  sums: readonly MaybeZero[],
) => readonly MaybeZero[];

/** Position of the mapped axis of a value, or null where the value is the same for every element of the batch. */
export type BatchAxis = number | null;

/**
 * The operation on operands that carry a batch axis of length `size` at `axes` (at least one is not null, but for operations that name
 * `axisName`). An operation with programs inside passes the name on to them.
 */
export type BatchRule<P extends Params> = (
  size: number,
  inputs: readonly Value[],
  axes: readonly BatchAxis[],
  params: P,
  primitive: Primitive,
  axisName: string | undefined,
) => { readonly outputs: readonly Value[]; readonly axes: readonly BatchAxis[] };

export const notDifferentiable = "notDifferentiable";
export const notLinear = "notLinear";

/**
 * What a higher-order operation says about the programs inside its parameters. Its other rules transform those programs with
 * the transforms themselves, so it is declared in a layer above them.
 */
export interface InnerPrograms<P extends Params> {
  /** The programs, for passes that walk them. */
  programs(params: P): readonly Program[];
  /** Programs that passes do not walk, for they are written out only where somebody asks for them: what they name counts as named here. */
  unwritten?(params: P): readonly Program[];
  /** The parameters with other programs, of the same input and output types, in their places. */
  withPrograms(params: P, programs: readonly Program[]): P;
  /**
   * The equation without those of its results that nothing needs (at least one is needed), and without what only these needed, inside
   * and among its operands. The results that stay are the same variables. Where nothing can go, the equation itself.
   */
  prune(equation: Equation, needed: readonly boolean[]): Equation;
  /**
   * Splits an equation, given which of its operands a tangent reaches: equations that need primal values alone, and equations that
   * are linear in the tangents. Together they define the results; residuals that cross are new variables.
   */
  partition(equation: Equation, reached: readonly boolean[]): { readonly known: readonly Equation[]; readonly linear: readonly Equation[] };
  /**
   * The transpose rule returns totals: its own cotangents on top of the `sums` it is given. A sum over many turns is then one sum,
   * added up in one order, however loops are cut into pieces.
   */
  readonly accumulates?: true;
}

export const noPrograms = "noPrograms";

export interface Primitive<P extends Params = Params> {
  readonly name: string;
  /** The only check of dtypes and shapes; throws an error made for users. */
  type(inputs: readonly TensorType[], params: P): readonly TensorType[];
  /** The meaning, obviously right, on row-major elements. */
  evaluate(inputs: readonly ConcreteArray[], params: P, outputs: readonly TensorType[]): readonly ConcreteArray[];
  readonly jvp: JvpRule<P> | typeof notDifferentiable;
  readonly transpose: TransposeRule<P> | typeof notLinear;
  readonly batch: BatchRule<P>;
  readonly lower: Lowering<P>;
  /** The order of the operands does not matter. */
  readonly commutative: boolean;
  /**
   * "ordered": it does something besides giving results; it is never dropped, merged or computed ahead, and keeps its place among its like.
   * "collective": it speaks to the rest of the batch along the axis that its parameter `axisName` names, "position": it depends on where along
   * that axis its element stands; both are gone once that axis is batched.
   */
  readonly effect: "none" | "ordered" | "collective" | "position";
  /** The programs inside the parameters of a higher-order operation. */
  readonly inner: InnerPrograms<P> | typeof noPrograms;
}

/** Declares a primitive. Its rules are typed by its own parameters; outside, programs know them as plain data. */
export function definePrimitive<P extends Params>(record: Primitive<P>): Primitive {
  return record as unknown as Primitive;
}
