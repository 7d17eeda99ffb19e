/**
 * Products, powers and comparisons as rewritten code writes them. Numbers that a loop counts with are int32, so that they index; but a product or a power
 * of numbers is JavaScript's, which does not wrap: of these, counts are doubles. What brings int32 along by itself keeps it.
 */
import { isInteger } from "../core/dtype.ts";
import { isValue, type Value } from "../core/tensor.ts";
import { convert } from "../ops/elementwise.ts";
import * as arithmetic from "./arithmetic.ts";
import { isTyped } from "./operand.ts";

/** An integer that came from numbers of JavaScript alone. */
function isCount(x: unknown): x is Value {
  return isValue(x) && x.type.weak && isInteger(x.type.dtype);
}

/** Whether an operand brings a dtype of numbers along, which decides for the result. */
function decides(x: unknown): boolean {
  return isValue(x) ? !x.type.weak && x.type.dtype !== "bool" : isTyped(x);
}

function asNumber(x: unknown, other: unknown): unknown {
  if (!isCount(x) || decides(other)) return x;
  return convert(x, "float64", true);
}

/** `x < y` and its kin: a number that a loop has counted is not rounded to what it is compared with. */
export function comparing(compare: (x: never, y: never) => unknown): (x: unknown, y: unknown) => unknown {
  return (x, y) => compare(asDouble(x, y), asDouble(y, x));
}

function asDouble(x: unknown, other: unknown): never {
  const counted = isCount(other) || (isValue(other) && other.type.weak && other.type.dtype === "float64");
  return (counted && isValue(x) && !x.type.weak && x.type.dtype === "float32" ? convert(x, "float64") : x) as never;
}

/** `x * y` */
export function product(x: unknown, y: unknown): unknown {
  return arithmetic.mul(asNumber(x, y) as never, asNumber(y, x) as never);
}

/** `x ** y`, `Math.pow(x, y)`: an exponent that is an array gives a float, for its value may be negative. */
export function power(x: unknown, y: unknown): unknown {
  if (isValue(y) && isInteger(y.type.dtype)) return arithmetic.floatPow(x as never, y as never);
  return arithmetic.pow(asNumber(x, y) as never, y as never);
}
