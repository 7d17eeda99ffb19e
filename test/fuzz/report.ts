/** What is said of a case that fails: the seed, what is wrong, the case made small with its kernels, and the text to keep it by. */
import { printProgram } from "../../src/core/print.ts";
import { lowerProgram } from "../../src/kernel/lower.ts";
import { printKernels } from "../../src/kernel/print.ts";
import type { Case } from "./builder.ts";
import { type Candidate, certainFailureOf, oracle } from "./check.ts";
import type { IndexError } from "../../src/errors.ts";
import type { Expected } from "./expected.ts";
import { shrink } from "./shrink.ts";
import { storedText } from "./stored.ts";

/** What a candidate makes wrong of a case, in full; undefined where all is well. */
export function reportOf(candidate: Candidate, c: Case, name: string, expected: Expected | IndexError = oracle(c)): string | undefined {
  const failure = certainFailureOf(candidate, c, expected);
  if (failure === undefined) return undefined;
  const small = shrink(c, (d) => sameKind(certainFailureOf(candidate, d, oracle(d)), failure));
  const now = certainFailureOf(candidate, small, oracle(small));
  return [`${name}, ${candidate.name}: ${failure}`, `made small: ${now}`, printProgram(small.program), kernelsOf(small), storedText(small)].join("\n\n");
}

/** An exception stays an exception of that kind while a case is made small, a wrong number a wrong number. */
function sameKind(a: string | undefined, b: string): boolean {
  const kind = (text: string): string => text.replace(/\d+/g, "").slice(0, text.startsWith("throws") ? 50 : 5);
  return a !== undefined && kind(a) === kind(b);
}

function kernelsOf({ program }: Case): string {
  try {
    return printKernels(lowerProgram(program));
  } catch (error) {
    return `no kernels: ${String(error)}`;
  }
}
