/**
 * The error classes users meet. Each message says which operation, what it got, what it wanted, where, and what to do next.
 * `InternalError` is the only one that is our fault, and asks for a report.
 */

import { placeNow } from "./core/place.ts";

/** Base class of every error this library throws on purpose. */
export class ChainruleError extends Error {
  /** What to do next. */
  readonly hint: string | undefined;
  /** The user's own line, when it is known. */
  readonly place: string | undefined;
  constructor(message: string, options?: { hint?: string | undefined; place?: string | undefined; cause?: unknown }) {
    const at = options?.place ?? placeNow();
    const place = at === undefined ? "" : `\n    at ${at}`;
    const hint = options?.hint === undefined ? "" : `\n    hint: ${options.hint}`;
    super(message + place + hint, options?.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options?.hint;
    this.place = at;
    this.name = new.target.name;
  }
}

/** Shapes that do not fit: `matmul(zeros([2, 3]), zeros([4, 5]))`. Right: `matmul(zeros([2, 3]), zeros([3, 5]))`. */
export class ShapeError extends ChainruleError {}
/** Element types that do not fit: `exp` of a boolean mask, `uint32` with `int32`. Right: convert one with `x.astype("float32")`. */
export class DTypeError extends ChainruleError {}
/** An index out of bounds or of the wrong kind: `x.get(7)` on three elements. */
export class IndexError extends ChainruleError {}
/** A value that is no tree of arrays, or trees that differ where they must agree. Names the path of the leaf. */
export class TreeError extends ChainruleError {}
/** An argument that is neither shape, type, index nor tree: an unknown option, a negative count. */
export class ArgumentError extends ChainruleError {}
/** A value was asked for while tracing: `if (x > 0)`, `Number(x)`, `x.item()`. Right: `where`, `cond`, or a static argument. */
export class ConcretizationError extends ChainruleError {}
/** A traced tensor was kept after its trace had ended, by assigning it to a variable outside. Right: return it. */
export class LeakedTensorError extends ChainruleError {}
/** A derivative that does not exist or is not defined: with respect to integers, or of a host-only operation. */
export class DifferentiationError extends ChainruleError {}
/** Something a backend cannot do, never a silent wrong answer. */
export class UnsupportedError extends ChainruleError {}
/** `checkGrads` found a derivative that finite differences contradict. */
export class GradientMismatchError extends ChainruleError {}
/** Under `debugNaNs` (or `debugInfs`) a computation gave a value that is not a number (or infinite). Names the operation it began with. */
export class NaNError extends ChainruleError {}
/** Our own fault. */
export class InternalError extends ChainruleError {
  constructor(message: string, options?: { place?: string | undefined; cause?: unknown }) {
    super(`${message}\n    This is a fault in chainrule itself: please report it with the program that caused it.`, options);
  }
}
