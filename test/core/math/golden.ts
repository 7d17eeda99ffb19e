/** Reads test/golden/math.json (values of mpmath) and measures errors in ulp of the expected value. */
import { readFileSync } from "node:fs";

type Encoded = number | "NaN" | "Infinity" | "-Infinity" | "-0";
interface File {
  readonly functions: Readonly<Record<string, readonly (readonly Encoded[])[]>>;
}

const file = JSON.parse(readFileSync(new URL("../../golden/math.json", import.meta.url), "utf8")) as File;

/** The rows of one function: its arguments, then the correctly rounded value. */
export function rows(name: string): readonly (readonly number[])[] {
  const found = file.functions[name];
  if (found === undefined) throw new Error(`math.json has no function ${name}`);
  return found.map((row) => row.map(Number));
}

/** The distance between a double and the next one away from zero; that of the denormals below 2^-1022. */
export function ulp(x: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -1022);
  return x === 0 ? Number.MIN_VALUE : 2 ** Math.max(exponent - 52, -1074);
}

/** The error in ulp of the expected value: 0 for the same NaN or infinity, Infinity where only one of them is one. */
export function ulpError(actual: number, expected: number): number {
  if (Object.is(actual, expected)) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  if (actual === 0 && expected === 0) return Infinity; // the wrong sign of zero
  return Math.abs(actual - expected) / ulp(expected);
}
