/** Rounding, elementwise. Floats keep their dtype; integers and bool are whole already and stay as they are. The derivative is 0. */
import { isFloat } from "../core/dtype.ts";
import type { Value } from "../core/tensor.ts";
import { sub } from "../ops/arithmetic.ts";
import { greaterEqual } from "../ops/compare.ts";
import * as op from "../ops/rounding.ts";
import { select } from "../ops/select.ts";
import { type BinaryFunction, binaryFunction, toValue, type UnaryFunction, unaryFunction } from "./operand.ts";

function rounding(name: string, round: (x: Value) => Value): UnaryFunction {
  return unaryFunction(name, (x) => (isFloat(x.type.dtype) ? round(x) : x), toValue);
}

/** The largest whole number ≤ x. @example floor([-1.5, 1.5]) // → [-2, 1] */
export const floor: UnaryFunction = rounding("floor", op.floor);
/** The smallest whole number ≥ x. @example ceil([-1.5, 1.5]) // → [-1, 2] */
export const ceil: UnaryFunction = rounding("ceil", op.ceil);
/** x without its fraction. @example trunc([-1.5, 1.5]) // → [-1, 1] */
export const trunc: UnaryFunction = rounding("trunc", op.trunc);
/** The nearest whole number, halves to the even one, as NumPy's. @example round([0.5, 1.5, 2.5]) // → [0, 2, 2] */
export const round: UnaryFunction = rounding("round", op.round);
/** The nearest whole number, halves up, exactly as `Math.round`. @example roundHalfUp([-0.5, 0.5, 2.5]) // → [-0, 1, 3] */
export const roundHalfUp: UnaryFunction = rounding("roundHalfUp", (x) => select(greaterEqual(sub(x, op.floor(x)), 0.5), op.ceil(x), op.floor(x)));

/** The next number of the dtype from x toward y; integers become floats. @example nextAfter(float64(1), 2) // → 1.0000000000000002 */
export const nextAfter: BinaryFunction = binaryFunction("nextAfter", op.nextAfter, { floating: true });
