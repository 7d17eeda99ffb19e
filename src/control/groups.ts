/** Lists of operands taken apart, in order: all at once into groups, or one after another. */
import { at } from "../core/tensor.ts";

/** The elements of a list in groups of these lengths; the last group has the rest. */
export function groupsOf<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  const groups: T[][] = [];
  let next = 0;
  for (const length of lengths) groups.push(list.slice(next, (next += length)));
  return [...groups, list.slice(next)];
}

/** One after another. */
export function queue<T>(list: readonly T[]): () => T {
  let next = 0;
  return () => at(list, next++);
}
