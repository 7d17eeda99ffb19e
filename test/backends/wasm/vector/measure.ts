/** How far the spelled functions are from the true values, in units of the last place: for the tests and for docs/accuracy.md. */
import { readFileSync } from "node:fs";
import type { Target } from "../../../../src/backends/wasm/target.ts";
import { dtypes, type TypedArray } from "../../../../src/core/dtype.ts";
import { meaningOf, type ScalarInstruction } from "../../../../src/core/scalar.ts";
import { vectorKernel } from "./run.ts";

export const targets = {
  fused: { simd: true, relaxed: true, wide: true },
  plain: { simd: true, relaxed: false, wide: false },
} as const satisfies Record<string, Target>;

/** Functions that are rounded, and by how many units in the last place they may be off. What is not listed is exact. */
export const bounds: Readonly<Partial<Record<ScalarInstruction, number>>> = {
  exp: 2, log: 2, sin: 2, cos: 2, tanh: 2, logistic: 2, pow: 2, integerPow: 4,
  exp2: 4, expm1: 4, log2: 4, log10: 4, log1p: 4, logAddExp: 4, rsqrt: 4, cbrt: 4, tan: 4, asin: 4, acos: 4, atan: 4, atan2: 4,
  sinh: 4, cosh: 4, asinh: 4, acosh: 4, atanh: 4, erf: 4, erfc: 4, erfInv: 4,
};
/** Known exponents have code of their own, in float32 with the bound of pow. */
export const knownExponents: readonly number[] = [-6, -5, -4, -3, -2, -1, 2, 3, 4, 5, 6];
export const knownBounds = { float32: 2, float64: 4 } as const;
export const arity = (instruction: ScalarInstruction): 1 | 2 => (["pow", "integerPow", "atan2", "logAddExp"].includes(instruction) ? 2 : 1);

export interface Worst {
  /** NaN where something that must be exact is not: a NaN, an infinity, the sign of a zero. */
  readonly ulp: number;
  readonly at: readonly number[];
}

/** The distance of float32s next to a number. */
function unit32(value: number): number {
  const size = Math.abs(value);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (exponentOf(size) - 23);
}
/** The distance of float64s next to a number that is not denormal. */
function unit64(value: number): number {
  return 2 ** (exponentOf(Math.abs(value)) - 52);
}
const view = new DataView(new ArrayBuffer(8));
function float32Bits(x: number): number {
  view.setFloat32(0, x);
  return view.getInt32(0);
}
function exponentOf(size: number): number {
  view.setFloat64(0, size);
  return (view.getUint16(0) >> 4) - 1023;
}

/**
 * A fixed sequence of numbers, in parts: all magnitudes by their bits, evenly spaced ones from -12 to 12, the exponents of -2⁻²⁰ to 128, and
 * those next to 1 and to the multiples of π/2. Part 0 begins with the special ones.
 */
export function sweep32(count: number, part = 0): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < count; i++) {
    const k = part * (count >> 2) + (i >> 2);
    const hash = Math.imul(k, 0x9e3779b1) >>> 0;
    const sign = k & 1 ? -1 : 1;
    if (i % 4 === 0) bits[i] = hash;
    else if (i % 4 === 1) values[i] = 24 * (hash / 2 ** 32) - 12;
    else if (i % 4 === 2) values[i] = sign * (1 + (hash & 0x7fffff) / 2 ** 23) * 2 ** (((hash >>> 23) % 27) - 20);
    else if (k % 4 < 2) values[i] = sign * (1 + (hash / 2 ** 32 - 0.5) / 2 ** (hash % 20));
    else bits[i] = (float32Bits(sign * (Math.PI / 2) * ((k >> 2) % 1020)) + (hash % 129) - 64) >>> 0;
  }
  if (part === 0) special.forEach((x, i) => (values[i] = x));
  return values;
}
export const special: readonly number[] = [
  0, -0, Infinity, -Infinity, NaN, 1, -1, 0.5, -0.5, 2, -2, 2 ** -149, -(2 ** -149), 1e-40, 2 ** -126, 3.4e38, -3.4e38, 88.72, 89, -87.5, -103.9, -104.5, 1600, 6400, -1e10, 1e20, 0.25, 4, 9, -3,
  // where sine, cosine and the logistic function come nearest to their bounds
  0.21632081270217896, 0.2688558697700500, 0.2925563454627991, 3.055682897567749, 9.525771141052246, 15.60404109954834, 149.15121459960938, -1.946549057960510, -5.212604999542236, -6.237699031829834, -6.581071376800537,
];

/** Second operands of the functions of two. */
function partners(instruction: ScalarInstruction, x: Float32Array, known: number | undefined): Float32Array {
  const y = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const other = x[(i * 7919 + 13) % x.length] as number;
    y[i] = known ?? (instruction === "integerPow" ? (i % 41) - 20 : instruction === "pow" && i % 3 > 0 ? ((i * 37) % 4001) / 100 - 20 : other);
  }
  return y;
}

/** The worse of two; what is wrong is the worst. */
const worse = (a: Worst, b: Worst): Worst => (Number.isNaN(a.ulp) || a.ulp >= b.ulp ? a : b);
export const worstOf = (all: readonly Worst[]): Worst => all.reduce(worse, { ulp: 0, at: [] });

/** float32: the exact meaning in float64 against the result. For logAddExp in units of the largest of |x|, |y| and log 2, as core says. */
export function worst32(instruction: ScalarInstruction, target: Target, count: number, known?: number): Worst {
  const from = arity(instruction) === 2 ? (["float32", "float32"] as const) : (["float32"] as const);
  const kernel = vectorKernel({ instruction, from, to: "float32", target, groups: 2, known: [undefined, known] });
  if (kernel === undefined) throw new Error(`${instruction} is not spelled`);
  const f = meaningOf(instruction);
  const chunk = Math.min(count, 2 ** 20);
  let worst: Worst = { ulp: 0, at: [] };
  for (let part = 0; part * chunk < count; part++) {
    const x = sweep32(chunk, part);
    const y = partners(instruction, x, known);
    const results = kernel(from.length === 2 ? [x, y] : [x]);
    for (let i = 0; i < chunk; i++) {
      const [a, b] = [x[i] as number, y[i] as number];
      const truth = f(a, b, 0);
      const result = results[i] as number;
      if (Object.is(result, Math.fround(truth))) continue;
      const ulp = distance32(result, truth, instruction === "logAddExp" ? Math.max(Math.abs(a), Math.abs(b), Math.LN2) : truth);
      if (!(ulp <= worst.ulp)) worst = worse({ ulp, at: from.length === 2 ? [a, b] : [a] }, worst);
    }
  }
  return worst;
}

/** In units next to `size`. A zero or an infinity may be the neighbour of the largest or the smallest numbers only. */
function distance32(result: number, truth: number, size: number): number {
  if (Number.isFinite(Math.fround(truth)) && Number.isFinite(result)) return Math.abs(result - truth) / unit32(size);
  return Math.abs(truth) > 3.4e38 && Math.abs(truth) < 3.5e38 ? 1 : NaN;
}

/** A float64 as its place in the order of all. */
export function ordinal(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}

type Rows = readonly (readonly number[])[];
const read = (name: string): Readonly<Record<string, Rows>> => (JSON.parse(readFileSync(new URL(`../../../golden/${name}`, import.meta.url), "utf8")) as { functions: Record<string, number[][]> }).functions;
let goldens: readonly ReturnType<typeof read>[] | undefined;
const goldenRows = (name: string): Rows => (goldens ??= [read("accuracy.json"), read("accuracy-hard.json")]).flatMap((g) => g[name] ?? []);

/** The errors of the rows [argument, ..., value] of a function: the distance from the correctly rounded value, counted in representable numbers; for logAddExp in units as above. */
export function errors64(instruction: ScalarInstruction, target: Target, rows: Rows, known?: number): readonly Worst[] {
  const operands = arity(instruction);
  const kernel = vectorKernel({ instruction, from: operands === 2 ? ["float64", "float64"] : ["float64"], to: "float64", target, groups: 2, known: [undefined, known] });
  if (kernel === undefined) throw new Error(`${instruction} is not spelled`);
  const columns = Array.from({ length: operands }, (_, k): TypedArray => {
    const column = dtypes.float64.allocate(Math.ceil(rows.length / 8) * 8);
    rows.forEach((row, i) => (column[i] = row[k] as number));
    return column;
  });
  const results = kernel(columns);
  return rows.map((row, i) => {
    const at = row.slice(0, operands);
    const [result, truth] = [results[i] as number, row[operands] as number];
    return { ulp: instruction === "logAddExp" ? Math.abs(result - truth) / unit64(Math.max(...at.map(Math.abs), Math.LN2)) : Math.abs(Number(ordinal(result) - ordinal(truth))), at };
  });
}

/** float64: the largest of the errors. */
export function worst64(instruction: ScalarInstruction, target: Target, known?: number): Worst {
  const rows = known === undefined ? goldenRows(instruction) : goldenRows("knownPower").filter((row) => row[1] === known);
  return worstOf(errors64(instruction, target, rows, known));
}
