/**
 * Arithmetic on arrays that broadcast and promote as in NumPy. Results have the common dtype of the operands; bool counts as int32.
 * Operands of dtypes without a common one (int32 with uint32) are a DTypeError, shapes that do not broadcast a ShapeError. Integers wrap
 * around modulo 2³², as NumPy's and XLA's do: no error tells of an overflow. Where sums may grow large, add up floats: `x.astype("float64")`.
 */
import { DTypeError } from "../errors.ts";
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { isInteger } from "../core/dtype.ts";
import { describe } from "../core/shape.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import * as op from "../ops/arithmetic.ts";
import { and, or, xor } from "../ops/bitwise.ts";
import { equal, greater, less, notEqual } from "../ops/compare.ts";
import { stopGradient } from "../ops/control.ts";
import { add as addOp, convert } from "../ops/elementwise.ts";
import { sqrt } from "../ops/exponential.ts";
import { integerPow, pow as powOp } from "../ops/power.ts";
import { floor, round } from "../ops/rounding.ts";
import { select } from "../ops/select.ts";
import { alike, type BinaryFunction, binaryFunction, expose, joined, numeric, promote, type UnaryFunction, unaryFunction } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** bool counts as int32 in arithmetic. */
const counted = (f: (x: Value, y: Value) => Value) => (x: Value, y: Value) => (x.type.dtype === "bool" ? f(convert(x, "int32"), convert(y, "int32")) : f(x, y));

/** x + y, elementwise, any shapes that broadcast. Integers wrap modulo 2³². @example add([1, 2], 10) // → [11, 12] */
export const add: BinaryFunction = binaryFunction("add", counted(addOp));
/** x - y, elementwise. Integers wrap modulo 2³². @example sub([1, 2], 10) // → [-9, -8] */
export const sub: BinaryFunction = binaryFunction("sub", counted(op.sub));
/** x · y, elementwise. Integers wrap modulo 2³². @example mul([1, 2], 10) // → [10, 20] */
export const mul: BinaryFunction = binaryFunction("mul", counted(op.mul));
/** x / y, elementwise true division: integers become floats. @example div([1, 2], 4) // → [0.25, 0.5] */
export const div: BinaryFunction = binaryFunction("div", op.div, { floating: true });
/** -x, elementwise. @example neg([1, -2]) // → [-1, 2] */
export const neg: UnaryFunction = unaryFunction("neg", op.neg, numeric);
/** |x|, elementwise, with derivative 0 at 0. @example abs([-3, 4]) // → [3, 4] */
export const abs: UnaryFunction = unaryFunction("abs", op.abs, numeric);
/** -1, 0 or 1 elementwise; keeps NaN and the sign of zero. @example sign([-3, 0, 4]) // → [-1, 0, 1] */
export const sign: UnaryFunction = unaryFunction("sign", op.sign, numeric);
/** Whether the sign is minus, that of -0 too. Of a NaN it is not. */
const minus = (x: Value): Value => or(less(x, 0), less(op.div(splatLike(x, 1), x), 0));

/** |x| with the sign of y, elementwise, signs of zeros included; integers become floats. A NaN counts as positive. @example copysign([1, -2], -0) // → [-1, -2] */
export const copysign: BinaryFunction = binaryFunction("copysign", (x, y) => select(xor(minus(x), minus(y)), op.neg(x), x), { floating: true });

/** x², elementwise. @example square([3, -4]) // → [9, 16] */
export const square: UnaryFunction = unaryFunction("square", (x) => integerPow(x, 2), numeric);
/** 1 / x, elementwise; integers become floats. @example reciprocal([2, 4]) // → [0.5, 0.25] */
export const reciprocal: UnaryFunction = unaryFunction("reciprocal", (x) => op.div(splatLike(x, 1), x), (x, where) => promote(where, [x], { floating: true })[0] as Value);

/** The larger one, elementwise; NaN if either is. At a tie each operand gets half of the derivative. @example maximum([1, 5], 3) // → [3, 5] */
export const maximum: BinaryFunction = binaryFunction("maximum", op.max);
/** The smaller one, elementwise; NaN if either is. At a tie each operand gets half of the derivative. @example minimum([1, 5], 3) // → [1, 3] */
export const minimum: BinaryFunction = binaryFunction("minimum", op.min);

/** The one that is no NaN, else the extreme. */
const ignoringNaN = (extreme: (x: Value, y: Value) => Value) => (x: Value, y: Value) => select(notEqual(x, x), y, select(notEqual(y, y), x, extreme(x, y)));

/** As `maximum`, but a NaN gives way to a number. @example fmax([1, NaN], 3) // → [3, 3] */
export const fmax: BinaryFunction = binaryFunction("fmax", ignoringNaN(op.max));
/** As `minimum`, but a NaN gives way to a number. @example fmin([1, NaN], 3) // → [1, 3] */
export const fmin: BinaryFunction = binaryFunction("fmin", ignoringNaN(op.min));

/** The truncated remainder r lies on the other side of zero than y: flooring takes one y more. */
const misses = (r: Value, y: Value): Value => or(and(less(r, 0), greater(y, 0)), and(greater(r, 0), less(y, 0)));

function floorMod(x: Value, y: Value): Value {
  const r = op.remainder(x, y);
  return x.type.dtype === "uint32" ? r : select(misses(r, y), addOp(r, y), r);
}

function floorQuotient(x: Value, y: Value): Value {
  if (x.type.dtype === "uint32") return op.div(x, y);
  const r = op.remainder(x, y);
  const quotient = isInteger(x.type.dtype) ? op.div(x, y) : op.div(op.sub(x, r), y);
  const floored = select(misses(r, y), op.sub(quotient, 1), quotient);
  // of floats the quotient is whole but for its rounding, unless y = 0
  return isInteger(x.type.dtype) ? floored : select(equal(y, 0), floor(op.div(x, y)), round(floored));
}

/** x - y · ⌊x / y⌋, elementwise: the remainder with the sign of y, as Python's and NumPy's `%`. Of integers, x mod 0 is x; it is no error. @example mod([-7, 7], 3) // → [2, 1] */
export const mod: BinaryFunction = binaryFunction("mod", counted(floorMod));
/** NumPy's other name of `mod`. @example remainder([-7, 7], 3) // → [2, 1] */
export const remainder: BinaryFunction = binaryFunction("remainder", counted(floorMod));
/** The remainder with the sign of x, elementwise: JavaScript's and C's `%`. Of integers, fmod(x, 0) is x. @example fmod([-7, 7], 3) // → [-1, 1] */
export const fmod: BinaryFunction = binaryFunction("fmod", counted(op.remainder));
/** ⌊x / y⌋, elementwise, in the common dtype. Of integers, x over 0 is -1 (uint32: 4294967295), as in XLA; it is no error. @example floorDivide([-7, 7], 2) // → [-4, 3] */
export const floorDivide: BinaryFunction = binaryFunction("floorDivide", counted(floorQuotient));

/** Whole exponents up to this size are powers of their own: exact in every dtype, and defined for every base. */
const largestWhole = 1024;

function power(x: unknown, y: unknown): Value {
  if (typeof y === "number" && typeof x !== "number" && Number.isInteger(y) && Math.abs(y) <= largestWhole) {
    const base = numeric(x, "pow");
    if (y < 0 && isInteger(base.type.dtype)) throw negativePower(base, y);
    return integerPow(base, y);
  }
  const [base, exponent] = (alike(x, y) ?? joined("pow", [x, y])) as [Value, Value];
  return counted((a, b) => (isInteger(a.type.dtype) ? integerPow(a, whole(a, b)) : powOp(a, b)))(base, exponent);
}

/** An exponent of integers, which is not negative where its value is known. */
function whole(base: Value, exponent: Value): Value {
  if (exponent instanceof ConcreteArray && exponent.type.dtype === "int32") {
    const negative = exponent.splat ?? exponent.elements.find((v) => v < 0);
    if (negative !== undefined && negative < 0) throw negativePower(base, negative);
  }
  return exponent;
}

function negativePower(x: Value, y: number): DTypeError {
  return new DTypeError(`pow: ${x.type.dtype} to the power ${describe(y)} is no integer`, { hint: 'convert the base: x.astype("float32")' });
}

/**
 * xʸ, elementwise. A JavaScript number that is whole, as in `x ** 2`, makes a power that every base has and that keeps the dtype of x;
 * otherwise a negative x with a broken y is NaN. Two integer arrays give integers that wrap modulo 2³². A negative exponent of integers is a
 * DTypeError where its value is known; in a traced tensor it gives the power rounded toward zero: 0 unless x is 1 or -1, also for x = 0.
 * (The operator `x ** y` of rewritten code gives floats for every exponent that is an array.)
 * Derivatives at 0: of x² is 0, of x¹ is 1, of 0ʸ in y is 0.
 *
 * @example pow([1, 2, 3], 2) // → [1, 4, 9]
 */
export const pow: BinaryFunction = publicFunction("pow", ["x", "y"], (x: unknown, y: unknown): never => expose(power(x, y)));

/** xʸ, of integers too a float: what the operator `**` means for an exponent that is an array. */
export const floatPow: BinaryFunction = binaryFunction("pow", powOp, { floating: true });

export interface HypotFunction {
  (...operands: readonly NDArray[]): NDArray;
  (...operands: readonly Operand[]): Tensor;
}

/** Numbers whose squares neither over- nor underflow in any dtype. */
const moderate = (x: Value): Value => and(greater(x, 1e-15), less(x, 1e15));

/**
 * √Σx². Where squares would over- or underflow everything is divided by the largest |x|; that divisor cancels, so it counts as a constant.
 * Infinite where any operand is, even beside a NaN, as IEEE 754 has it.
 */
function norm(operands: readonly Value[]): Value {
  const sizes = operands.map((x) => op.abs(x));
  const infinite = sizes.map((x) => equal(x, Number.POSITIVE_INFINITY)).reduce((a, b) => or(a, b));
  const largest = stopGradient(sizes.reduce((a, b) => op.max(a, b)));
  const origin = equal(largest, 0);
  const scale = select(or(moderate(largest), or(origin, infinite)), 1, largest);
  const squares = operands.map((x) => integerPow(op.div(x, scale), 2)).reduce((a, b) => addOp(a, b));
  const root = op.mul(select(origin, 0, sqrt(select(origin, 1, squares))), scale);
  return select(infinite, Number.POSITIVE_INFINITY, root);
}

/**
 * √(x² + y² + …), elementwise, of any number of operands, without overflow. The derivative at the origin is 0.
 *
 * @example hypot(3, [4, 0]) // → [5, 3]
 */
export const hypot: HypotFunction = (...operands: readonly unknown[]): never => expose(norm(joined("hypot", operands.length === 0 ? [0] : operands, { floating: true })));
