/** What an index out of bounds does, in scalar instructions. */
import type { IndexMode } from "../../core/array-types.ts";
import type { Apply, Constant, Expression } from "../ir.ts";

const int = (value: number): Constant => ({ kind: "constant", dtype: "int32", value });
const bool = (instruction: Apply["instruction"], ...operands: Expression[]): Apply => ({ kind: "apply", dtype: "bool", instruction, operands });
const integer = (instruction: Apply["instruction"], ...operands: Expression[]): Apply => ({ kind: "apply", dtype: "int32", instruction, operands });

/** Both hold. */
export function both(a: Expression | undefined, b: Expression): Expression {
  return a === undefined ? b : bool("and", a, b);
}

/** Whether an index, counted from the end where negative, is one of an axis of this length. */
export function isInside(index: Expression, length: number): Expression {
  return bool("and", bool("greaterEqual", index, int(-length)), bool("less", index, int(length)));
}

/** A position within bounds, whatever the index is. */
export function position(index: Expression, length: number, mode: IndexMode): Expression {
  if (mode === "wrap") {
    const rest = integer("remainderInteger", index, int(length));
    return integer("select", bool("less", rest, int(0)), integer("add", rest, int(length)), rest);
  }
  const counted = integer("select", bool("less", index, int(0)), integer("add", index, int(length)), index);
  return integer("clamp", int(0), counted, int(length - 1));
}
