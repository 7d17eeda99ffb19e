/** Why a list is no array of numbers: the first place where it is not rectangular, or holds something else, in words. */
import { describe } from "./shape.ts";

export interface ListFault {
  readonly text: string;
  readonly hint: string;
}

/** Lists nested deeper than this are taken to contain themselves. */
export const deepest = 500;
const anywhere = "a list that becomes an array holds numbers and booleans only";

/** What is wrong with a list that `nestedShape` has no shape for. */
export function listFault(list: readonly unknown[]): ListFault {
  const lengths: number[] = [];
  for (let level: unknown = list; Array.isArray(level); level = level[0]) {
    if (lengths.push(level.length) > deepest) return { text: `the list is nested more than ${deepest} deep`, hint: "does it contain itself?" };
  }
  return faultAt(list, lengths, []) ?? { text: "a nested list must be rectangular and hold numbers only", hint: anywhere };
}

function faultAt(value: unknown, lengths: readonly number[], path: readonly number[]): ListFault | undefined {
  const depth = path.length;
  const length = lengths[depth];
  const place = `[${path.join("][")}]`;
  if (!Array.isArray(value) && typeof value !== "number" && typeof value !== "boolean") return { text: `the list holds ${describe(value)} at ${place}`, hint: typeof value === "bigint" ? "convert it with Number(x)" : anywhere };
  if (Array.isArray(value) !== (length !== undefined)) return { text: `a nested list must be rectangular, and this one has numbers and lists side by side at depth ${depth}`, hint: anywhere };
  if (!Array.isArray(value)) return undefined;
  if (value.length !== length) {
    return { text: `a nested list must be rectangular, and the parts of this one differ in length at depth ${depth}: ${length} and ${value.length}`, hint: "give all parts one length, filled up with a number of your choice; or keep them as separate arrays" };
  }
  for (let i = 0; i < value.length; i++) {
    if (!(i in value)) return { text: `the list has a hole: nothing stands at ${[...path, i].map((p) => `[${p}]`).join("")}`, hint: "a number belongs there: 0, or NaN for a missing one" };
    const fault = faultAt(value[i], lengths, [...path, i]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
