/** Trying a way to run programs on one case: undefined where all is well, else what is wrong. */
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { checkProgram } from "../../src/core/check.ts";
import { dtypes } from "../../src/core/dtype.ts";
import type { Program } from "../../src/core/program.ts";
import { sameType, showType } from "../../src/core/type.ts";
import { IndexError } from "../../src/errors.ts";
import { snapshot } from "../backends/arrays.ts";
import type { Case } from "./builder.ts";
import { type Expected, expectedOf } from "./expected.ts";

export interface Candidate {
  readonly name: string;
  /** May leave out what no result needs, and the errors in it. */
  readonly optimises: boolean;
  /** Evaluates operations as the reference does: only the optimiser may have changed something. */
  readonly evaluates?: true;
  readonly run: (program: Program, inputs: readonly ConcreteArray[]) => readonly ConcreteArray[];
}

/** What the reference says: results, or an index out of bounds. */
export function oracle(c: Case, runs?: number): Expected | IndexError {
  checkProgram(c.program, "generation");
  try {
    return expectedOf(c, runs);
  } catch (error) {
    if (error instanceof IndexError) return error;
    throw error;
  }
}

export function failureOf(candidate: Candidate, c: Case, expected: Expected | IndexError): string | undefined {
  const before = snapshot(c.inputs);
  let results: readonly ConcreteArray[];
  try {
    results = candidate.run(c.program, c.inputs);
  } catch (error) {
    if (expected instanceof IndexError && error instanceof IndexError) return says(error) === says(expected) ? undefined : `says ${JSON.stringify(says(error))} instead of ${JSON.stringify(says(expected))}`;
    return `throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  if (expected instanceof IndexError) return candidate.optimises ? undefined : `does not throw: ${expected.message}`;
  const changed = c.inputs.findIndex((x, i) => x.elements.some((e, k) => !Object.is(e, before[i]?.[k])));
  if (changed >= 0) return `input ${changed} was changed`;
  return difference(results, expected.results, candidate.evaluates === true ? expected.signs : expected.allowed);
}

/** Runs with noise before a failure is believed: chance may leave a few of them on one side of a number where all turns. */
const manyRuns = 300;

/** A failure that stands when more is known about how far off results may be. */
export function certainFailureOf(candidate: Candidate, c: Case, expected: Expected | IndexError): string | undefined {
  const failure = failureOf(candidate, c, expected);
  return failure?.startsWith("result ") === true ? failureOf(candidate, c, oracle(c, manyRuns)) : failure;
}

export function difference(actual: readonly ConcreteArray[], results: readonly ConcreteArray[], allowed: readonly Float64Array[]): string | undefined {
  if (actual.length !== results.length) return `${actual.length} results instead of ${results.length}`;
  for (const [o, want] of results.entries()) {
    const got = actual[o] as ConcreteArray;
    if (!sameType(got.type, want.type)) return `result ${o} is ${showType(got.type)} instead of ${showType(want.type)}`;
    const elements = got.elements;
    if (elements.constructor !== dtypes[want.type.dtype].allocate(0).constructor || elements.length !== want.elements.length) {
      return `result ${o} holds ${elements.length} elements in a ${elements.constructor.name} for ${showType(want.type)}`;
    }
    const bounds = allowed[o] as Float64Array;
    for (let i = 0; i < bounds.length; i++) {
      const [g, w, bound] = [elements[i] as number, want.elements[i] as number, bounds[i] as number];
      if (Object.is(g, w) || Number.isNaN(bound) || (bound > 0 && Math.abs(g - w) <= bound)) continue;
      return `result ${o} of type ${showType(want.type)}, element ${i} is ${text(g)}, expected ${text(w)}${bound > 0 ? ` within ${bound}` : " exactly"}`;
    }
  }
  return undefined;
}

/** Without the place. */
const says = (error: Error): string => error.message.split("\n")[0] as string;

const text = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));
