/** sides.mjs is plain JavaScript, because the packages in it are installed for benchmarks alone. */
import type { Problem } from "./problems.ts";

/** The gradient of a problem, and how its result is read. */
export interface Ready {
  readonly call: (x: readonly number[]) => unknown;
  readonly numbers: (result: unknown) => ArrayLike<number>;
}
export interface Side {
  readonly name: string;
  prepare(problem: Problem): Promise<Ready>;
}
export function allSides(): Promise<readonly Side[]>;
