/**
 * How a compiler may see an operation: the closed vocabulary in which each primitive tells the kernel layer what it does. It asks the form,
 * never the name; an operation that none of the forms describes is `opaque` and is evaluated by its own reference.
 */
import type { ConcreteArray } from "./concrete.ts";
import type { DType } from "./dtype.ts";
import type { Indexing } from "./indexing.ts";
import type { Params, Program } from "./program.ts";
import type { ScalarInstruction } from "./scalar.ts";
import type { Shape } from "./shape.ts";
import type { TensorType } from "./type.ts";

/** Where an index along one axis of an operand comes from: `start + step · (index along that axis of the result)`, or `start` alone. */
export interface AxisSource {
  /** Axis of the result; -1 for none. */
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

/** A box of an operand, put into the result. */
export interface Piece {
  /** Which operand it is taken from. */
  readonly operand: number;
  /** Its first element in the operand; its elements there lie one beside the other. */
  readonly from: Shape;
  readonly shape: Shape;
  /** Where its first element goes in the result, and how far apart its elements lie there. */
  readonly to: Shape;
  readonly step: Shape;
}

/** Boxes that together make the result; they do not overlap. Whatever they leave free is the scalar operand `fill`. */
export interface Assembly {
  readonly fill: number | undefined;
  readonly pieces: readonly Piece[];
}

/**
 * A program that runs again and again. Its inputs are (constants…, state…, elements…), its outputs (state…, elements…); the state begins as
 * operands. Operands of the operation: (constants…, state…, sequences…), results: (state…, sequences…), where a sequence has a leading axis
 * of `length` and gives, or takes, one element at each turn.
 */
export interface Loop {
  readonly body: Program;
  readonly constants: number;
  readonly state: number;
  /** (constants…, state…) → bool[], asked before each turn; undefined where `length` alone decides. Then there are no sequences. */
  readonly test: Program | undefined;
  /** How many turns; with a `test` 0 and of no meaning. */
  readonly length: number;
  /** From the last element to the first. */
  readonly reverse: boolean;
}

/**
 * Reverse mode through a program of single numbers and of elements read from its inputs. Operands: (inputs of `forward`…, the cotangents of its
 * outputs that are no constants…), results: (outputs of `forward`…, the cotangent of each `wanted` input…).
 */
export interface Pullback {
  readonly forward: Program;
  /** For each output its cotangent: a constant, "operand", or null where there is none. */
  readonly cotangents: readonly (ConcreteArray | "operand" | null)[];
  readonly wanted: readonly number[];
  /** The equations that cotangents go back through, in the order of `forward`. */
  readonly steps: readonly PullbackStep[];
  /** How many operations it is written out to. */
  readonly size: number;
}

export interface PullbackStep {
  /** Which equation of `forward`. */
  readonly equation: number;
  /** Undefined for a view or a reshape: its operand gets what its result has. */
  readonly rule: PullRule | undefined;
}

/**
 * How a cotangent goes back through an operation on single numbers: a list of numbers, which begins with the operands that are no constants,
 * the result, its cotangent, then the constants; each step appends one.
 */
export interface PullRule {
  /** Of those that it begins with, whether each is read. */
  readonly reads: readonly boolean[];
  readonly constants: readonly ConcreteArray[];
  readonly steps: readonly PullRuleStep[];
  /** The operands that get cotangents, in the order in which these are added up, and where in the list they are. */
  readonly operands: readonly number[];
  readonly cotangents: readonly number[];
}

export interface PullRuleStep {
  readonly instruction: ScalarInstruction;
  /** Of its result. */
  readonly dtype: DType;
  /** Where in the list its operands are; -1: it has no such operand. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export type AxisPairs = readonly [readonly number[], readonly number[]];

export type Lowering<P extends Params = Params> =
  /** One scalar instruction on the elements of operands of one shape. `dtype` is that of the last operand. */
  | { readonly form: "elementwise"; readonly instruction: (dtype: DType, params: P) => ScalarInstruction }
  /** Combines the elements along `axes`, which disappear. */
  | { readonly form: "reduction"; readonly combine: (dtype: DType) => ScalarInstruction; readonly identity: (dtype: DType) => number; readonly axes: (params: P) => readonly number[] }
  /** Every element of the result is an element of the only operand; one source per axis of the operand. */
  | { readonly form: "view"; readonly sources: (params: P, operand: Shape) => readonly AxisSource[] }
  /** The same elements in row-major order under another shape. */
  | { readonly form: "reshape" }
  | { readonly form: "assembly"; readonly assemble: (params: P, operands: readonly Shape[], result: Shape) => Assembly }
  /** The index along an axis. */
  | { readonly form: "index"; readonly axis: (params: P) => number }
  /** Running totals along an axis: `combine(total, element)`, beginning from what leaves any element as it is. */
  | { readonly form: "cumulation"; readonly combine: (dtype: DType) => ScalarInstruction; readonly identity: (dtype: DType) => number; readonly along: (params: P) => { readonly axis: number; readonly reverse: boolean } }
  /** hₖ = aₖ hₖ₋₁ + bₖ along an axis, h₀ = b₀, of operands a, b. */
  | { readonly form: "recurrence"; readonly along: (params: P) => { readonly axis: number; readonly reverse: boolean } }
  /** The first position along an axis whose element is `better` than all others; a NaN is better than any number. */
  | { readonly form: "position"; readonly better: ScalarInstruction; readonly axis: (params: P) => number }
  /** (operand, indices): reads the operand where the indices point. */
  | { readonly form: "gather"; readonly indexing: (params: P) => Indexing }
  /** (operand, indices, updates): each selected element becomes `combine(element, update)`, or the update (null), in row-major order. */
  | { readonly form: "scatter"; readonly indexing: (params: P) => Indexing; readonly combine: (dtype: DType) => ScalarInstruction | null }
  /** Sums of products over the paired axes `contract`: the result has the batch axes, the free axes of x, the free axes of y. */
  | { readonly form: "contraction"; readonly axes: (params: P) => { readonly contract: AxisPairs; readonly batch: AxisPairs } }
  /** The program applied to the operands. It is written out before a backend sees it: "early", before the passes, or "late", behind all that might merge it with its surroundings; the programs inside a late one take its operands. */
  | { readonly form: "call"; readonly program: (params: P) => Program; readonly when: "early" | "late" }
  /** What a program of simpler operations on operands of these types does: it is written out before a backend, and before the passes. */
  | { readonly form: "composite"; readonly program: (params: P, operands: readonly TensorType[]) => Program }
  /** For a compiler that goes back through single numbers by itself; for all others it is written out as a "composite" is. */
  | { readonly form: "pullback"; readonly pullback: (params: P) => Pullback; readonly program: (params: P) => Program }
  | { readonly form: "loop"; readonly loop: (params: P) => Loop; /** The parameters with another body, test and number of constants. */ readonly withLoop: (params: P, loop: Loop) => P }
  /** (index, operands…): the results of the branch that the int32 index counts to, from 0; one that is out of range counts as the nearest. */
  | { readonly form: "branch"; readonly branches: (params: P) => readonly Program[] }
  /** (value, others…): the value, but nothing that is made of it is computed before all others are there. */
  | { readonly form: "barrier" }
  | { readonly form: "opaque" };
