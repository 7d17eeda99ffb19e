/**
 * Constant folding: an equation whose operands are all constants is computed by its own meaning, the reference, when that is cheap and
 * small. Repeated numbers stay repeated numbers: nothing large is ever written out.
 */
import { ConcreteArray } from "../../core/concrete.ts";
import { noPrograms } from "../../core/primitive.ts";
import type { Equation } from "../../core/program.ts";
import { sizeOf } from "../../core/shape.ts";
import { foldSplats } from "../../core/tensor.ts";
import type { TensorType } from "../../core/type.ts";
import { assemblyOf } from "./pieces.ts";

/** Most elements of an operand or result of an equation that is computed here. */
export const foldLimit = 1024;

const isSmall = (type: TensorType): boolean => sizeOf(type.shape) <= foldLimit;

/**
 * The results as constants, or undefined where the equation stays. Counting and the like, which has no operands, stays, and so does what has
 * an effect or programs inside: nobody knows how long a loop takes.
 */
export function foldConstants(equation: Equation): readonly ConcreteArray[] | undefined {
  const { primitive, inputs, params, outputs } = equation;
  if (inputs.length === 0 || primitive.effect !== "none" || primitive.inner !== noPrograms || !inputs.every((a) => a instanceof ConcreteArray)) return undefined;
  const operands = inputs as readonly ConcreteArray[];
  const types = outputs.map((v) => v.type);
  const splats = foldSplats(primitive, operands, params, types);
  if (splats !== undefined) return splats;
  // padded constants stay small, and are what sums of parts look for
  if (primitive.lower.form === "assembly" && assemblyOf(equation)?.fill !== undefined) return undefined;
  if (![...operands.map((a) => a.type), ...types].every(isSmall)) return undefined;
  try {
    return primitive.evaluate(operands, params, types).map(uniform);
  } catch {
    return undefined; // an index out of bounds, say: the program reports it when it runs
  }
}

/** A constant of one element as a repeated number, which further rules understand. */
function uniform(array: ConcreteArray): ConcreteArray {
  return array.splat === undefined && sizeOf(array.type.shape) === 1 ? ConcreteArray.splat(array.type, array.elements[0] as number) : array;
}
