/**
 * Reads the committed values of JAX (ops/*.json) as typed cases. What the fields mean is in README.md; how the files are made,
 * in generate.py.
 */
import { readdirSync, readFileSync } from "node:fs";

export type GoldenDType = "bool" | "int32" | "uint32" | "float32" | "float64";
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface GoldenArray {
  readonly dtype: GoldenDType;
  readonly shape: readonly number[];
  /** Row-major; booleans are 0 and 1, float32 values are rounded to float32. */
  readonly data: readonly number[];
}

export interface GoldenDerivatives {
  /** The positions of the inputs that are differentiated. */
  readonly wrt: readonly number[];
  /** One per entry of `wrt`. */
  readonly tangents: readonly GoldenArray[];
  /** One per output. */
  readonly cotangents: readonly GoldenArray[];
  /** The tangents of the outputs. */
  readonly jvp: readonly GoldenArray[];
  /** The cotangents of the differentiated inputs. */
  readonly vjp: readonly GoldenArray[];
  /** How `vjp` changes along the tangents; absent where only first derivatives are compared. */
  readonly hvp?: readonly GoldenArray[];
}

export interface GoldenCase {
  readonly family: string;
  readonly op: string;
  /** Unique in its family. */
  readonly name: string;
  readonly params: { readonly [key: string]: Json };
  readonly inputs: readonly GoldenArray[];
  readonly outputs: readonly GoldenArray[];
  readonly derivatives: GoldenDerivatives | null;
}

/** -0, NaN and the infinities are strings in the files. */
interface EncodedArray {
  readonly dtype: GoldenDType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}
type EncodedKey = "tangents" | "cotangents" | "jvp" | "vjp";
interface EncodedCase extends Pick<GoldenCase, "op" | "name" | "params">, Partial<Readonly<Record<EncodedKey, readonly EncodedArray[]>>> {
  readonly inputs: readonly EncodedArray[];
  readonly outputs: readonly EncodedArray[];
  readonly wrt?: readonly number[];
  readonly hvp?: readonly EncodedArray[];
}
interface EncodedFile {
  readonly cases: readonly EncodedCase[];
}

const folder = new URL("./ops/", import.meta.url);

/** The names of the families, which are the files of ops/. */
export function goldenFamilies(): string[] {
  return readdirSync(folder).filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length)).sort();
}

/** The cases of the families named, or of all. */
export function goldenCases(...families: readonly string[]): GoldenCase[] {
  return (families.length > 0 ? families : goldenFamilies()).flatMap((family) => {
    const file = JSON.parse(readFileSync(new URL(`${family}.json`, folder), "utf8")) as EncodedFile;
    return file.cases.map((row) => decodeCase(family, row));
  });
}

function decodeCase(family: string, row: EncodedCase): GoldenCase {
  const { op, name, params, inputs, outputs } = row;
  return { family, op, name, params, inputs: inputs.map(decode), outputs: outputs.map(decode), derivatives: decodeDerivatives(row) };
}

function decodeDerivatives({ wrt, tangents, cotangents, jvp, vjp, hvp }: EncodedCase): GoldenDerivatives | null {
  if (!wrt || !tangents || !cotangents || !jvp || !vjp) return null;
  const first = { wrt, tangents: tangents.map(decode), cotangents: cotangents.map(decode), jvp: jvp.map(decode), vjp: vjp.map(decode) };
  return hvp ? { ...first, hvp: hvp.map(decode) } : first;
}

function decode({ dtype, shape, data }: EncodedArray): GoldenArray {
  const round = dtype === "float32" ? Math.fround : (x: number): number => x;
  return { dtype, shape, data: data.map((x) => round(Number(x))) };
}
