/** What it means to read or write an array at places that an integer array holds: which axes the components run along, what lies outside. */
import { IndexError } from "../errors.ts";
import type { IndexMode } from "./array-types.ts";
import { type Asked, askedNow } from "./place.ts";
import { range } from "./shape.ts";
import { showType, type TensorType } from "./type.ts";

/** Where the last axis of an int32 array of indices points in an operand. */
export type Indexing = {
  /** The operand's axis that each component of an index runs along. */
  readonly axes: readonly number[];
  /** How many leading axes of operand and indices are paired. */
  readonly batch: number;
  readonly mode: IndexMode;
  /** What mode "fill" reads out of bounds; a scatter leaves such places out. */
  readonly fillValue?: number | undefined;
};

/** The operand's axes that no index component runs along, batch axes left out. */
export function otherAxes(rank: number, { axes, batch }: Indexing): number[] {
  return range(rank).filter((a) => a >= batch && !axes.includes(a));
}

/** The error of an index, component `component` of several, that no place has: in the words of the user's call where that is known. */
export function outOfBounds(index: number, component: number, { axes, mode }: Pick<Indexing, "axes" | "mode">, operand: TensorType, asked: Asked | undefined = askedNow()): IndexError {
  const length = operand.shape[axes[component] as number] as number;
  const who = asked === undefined ? "" : `${asked.operation}: `;
  const axis = (asked?.axes ?? axes)[component] as number;
  const array = asked?.array ?? showType(operand);
  // other modes move an index to a place there is, and find none on an empty axis only
  if (mode !== "throw") return new IndexError(`${who}axis ${axis} of ${array} is empty: there is nothing to ${mode} an index to`, { hint: 'mode: "fill" reads fillValue where there is no element, and writes nothing' });
  return new IndexError(`${who}index ${index} is out of bounds for axis ${axis} of length ${length} of ${array}`, {
    hint:
      length === 0
        ? "the axis is empty: there is nothing to read or update"
        : `indices run from 0 to ${length - 1}, or from -${length} to -1 counted from the end; for indices that are arrays, the mode "clip", "fill" or "wrap" says what happens outside. Both sides of && and || are evaluated: guard an index by an if of its own`,
  });
}
