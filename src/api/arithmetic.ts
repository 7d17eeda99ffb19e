/** Arithmetic on arrays that broadcast and promote as in NumPy. */
import type { Value } from "../core/tensor.ts";
import * as op from "../ops/arithmetic.ts";
import { add as addOp, convert } from "../ops/elementwise.ts";
import { type BinaryFunction, binaryFunction, numeric, type UnaryFunction, unaryFunction } from "./operand.ts";

/** bool counts as int32 in arithmetic. */
const counted = (f: (x: Value, y: Value) => Value) => (x: Value, y: Value) => (x.type.dtype === "bool" ? f(convert(x, "int32"), convert(y, "int32")) : f(x, y));

/** x + y, elementwise, any shapes that broadcast. @example add([1, 2], 10) // → [11, 12] */
export const add: BinaryFunction = binaryFunction("add", counted(addOp));
/** x - y, elementwise. */
export const sub: BinaryFunction = binaryFunction("sub", counted(op.sub));
/** x · y, elementwise. */
export const mul: BinaryFunction = binaryFunction("mul", counted(op.mul));
/** x / y, elementwise true division: integers become floats. */
export const div: BinaryFunction = binaryFunction("div", op.div, { floating: true });
/** -x, elementwise. */
export const neg: UnaryFunction = unaryFunction("neg", op.neg, numeric);
