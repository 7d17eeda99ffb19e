/** Comparison and logic, elementwise: bool arrays. Operands broadcast and are compared in their common dtype. The derivative is 0. */
import { isFloat } from "../core/dtype.ts";
import { splatLike, type Value } from "../core/tensor.ts";
import { abs } from "../ops/arithmetic.ts";
import { and, not, or, xor } from "../ops/bitwise.ts";
import * as op from "../ops/compare.ts";
import { isFinite as isFiniteOp } from "../ops/rounding.ts";
import { type BinaryFunction, binaryFunction, broadcastValues, expose, toValue, type UnaryFunction, unaryFunction } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

/** x = y. @example equal([1, 2], 2) // → [false, true] */
export const equal: BinaryFunction = binaryFunction("equal", op.equal);
/** x ≠ y; true where either is NaN. @example notEqual([1, 2], 2) // → [true, false] */
export const notEqual: BinaryFunction = binaryFunction("notEqual", op.notEqual);
/** x < y. @example less([1, 2], 2) // → [true, false] */
export const less: BinaryFunction = binaryFunction("less", op.less);
/** x ≤ y. @example lessEqual([1, 2], 2) // → [true, true] */
export const lessEqual: BinaryFunction = binaryFunction("lessEqual", op.lessEqual);
/** x > y. @example greater([1, 2], 1) // → [false, true] */
export const greater: BinaryFunction = binaryFunction("greater", op.greater);
/** x ≥ y. @example greaterEqual([1, 2], 1) // → [true, true] */
export const greaterEqual: BinaryFunction = binaryFunction("greaterEqual", op.greaterEqual);

/** The value as bool: whether it is not 0. NaN is true, as in NumPy. */
export function truth(x: Value): Value {
  return x.type.dtype === "bool" ? x : op.notEqual(x, 0);
}

function logic(name: string, implementation: (x: Value, y: Value) => Value): BinaryFunction {
  return publicFunction(name, ["x", "y"], (x: unknown, y: unknown): never => {
    const [a, b] = broadcastValues(name, [truth(toValue(x, name)), truth(toValue(y, name))]) as [Value, Value];
    return expose(implementation(a, b));
  });
}

/** Both are true; numbers are true where they are not 0. @example logicalAnd([true, true], [true, false]) // → [true, false] */
export const logicalAnd: BinaryFunction = logic("logicalAnd", and);
/** Either is true; numbers are true where they are not 0. @example logicalOr([true, false], [false, false]) // → [true, false] */
export const logicalOr: BinaryFunction = logic("logicalOr", or);
/** Exactly one is true; numbers are true where they are not 0. @example logicalXor([true, true], [true, false]) // → [false, true] */
export const logicalXor: BinaryFunction = logic("logicalXor", xor);
/** It is false; numbers are false where they are 0. @example logicalNot([true, false]) // → [false, true] */
export const logicalNot: UnaryFunction = unaryFunction("logicalNot", (x) => not(truth(x)), toValue);

/** `predicate` of floats; the same answer everywhere for integers and bool, which have neither NaN nor infinities. */
function predicate(name: string, test: (x: Value) => Value, otherwise: boolean): UnaryFunction {
  return unaryFunction(name, (x) => (isFloat(x.type.dtype) ? test(x) : splatLike({ type: { ...x.type, dtype: "bool", weak: false } }, Number(otherwise))), toValue);
}

/** It is NaN. @example isNaN([NaN, 1]) // → [true, false] */
export const isNaN: UnaryFunction = predicate("isNaN", (x) => op.notEqual(x, x), false);
/** It is neither infinite nor NaN. @example isFinite([Infinity, NaN, 1]) // → [false, false, true] */
export const isFinite: UnaryFunction = predicate("isFinite", isFiniteOp, true);
/** It is infinite. @example isInf([-Infinity, NaN, 1]) // → [true, false, false] */
export const isInf: UnaryFunction = predicate("isInf", (x) => op.equal(abs(x), Number.POSITIVE_INFINITY), false);
