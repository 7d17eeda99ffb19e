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
function exponentOf(size: number): number {
  view.setFloat64(0, size);
  return (view.getUint16(0) >> 4) - 1023;
}

/** Numbers of every magnitude and sign, by their bits, and evenly spaced ones from -12 to 12. A fixed sequence. */
export function sweep32(count: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) bits[i] = Math.imul(i, 0x9e3779b1) >>> 0;
    else values[i] = (24 * i) / count - 12;
  }
  special.forEach((x, i) => (values[i] = x));
  return values;
}
export const special: readonly number[] = [
  0, -0, Infinity, -Infinity, NaN, 1, -1, 0.5, -0.5, 2, -2, 2 ** -149, -(2 ** -149), 1e-40, 2 ** -126, 3.4e38, -3.4e38, 88.72, 89, -87.5, -103.9, -104.5, 1600, 6400, -1e10, 1e20, 0.25, 4, 9, -3,
];

/** Second operands of the functions of two. */
function partners(instruction: ScalarInstruction, x: Float32Array): Float32Array {
  const y = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const other = x[(i * 7919 + 13) % x.length] as number;
    y[i] = instruction === "integerPow" ? (i % 41) - 20 : instruction === "pow" && i % 3 > 0 ? ((i * 37) % 4001) / 100 - 20 : other;
  }
  return y;
}

/** float32: the exact meaning in float64 against the result. For logAddExp in units of the largest of |x|, |y| and log 2, as core says. */
export function worst32(instruction: ScalarInstruction, target: Target, count: number): Worst {
  const from = arity(instruction) === 2 ? (["float32", "float32"] as const) : (["float32"] as const);
  const kernel = vectorKernel({ instruction, from, to: "float32", target, groups: 2 });
  if (kernel === undefined) throw new Error(`${instruction} is not spelled`);
  const x = sweep32(count);
  const y = partners(instruction, x);
  const results = kernel(from.length === 2 ? [x, y] : [x]);
  const f = meaningOf(instruction);
  let worst: Worst = { ulp: 0, at: [] };
  for (let i = 0; i < count; i++) {
    const [a, b] = [x[i] as number, y[i] as number];
    const truth = f(a, b, 0);
    const rounded = Math.fround(truth);
    const result = results[i] as number;
    if (Object.is(result, rounded)) continue;
    const unit = instruction === "logAddExp" ? unit32(Math.max(Math.abs(a), Math.abs(b), Math.LN2)) : unit32(truth);
    // A zero or an infinity may be the neighbour of the largest or the smallest numbers only.
    const ulp = Number.isFinite(rounded) && Number.isFinite(result) ? Math.abs(result - truth) / unit : Math.abs(truth) > 3.4e38 && Math.abs(truth) < 3.5e38 ? 1 : NaN;
    if (Number.isNaN(ulp) || ulp > worst.ulp) worst = { ulp, at: from.length === 2 ? [a, b] : [a] };
    if (Number.isNaN(ulp)) return worst;
  }
  return worst;
}

/** A float64 as its place in the order of all. */
export function ordinal(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}

const goldens = (JSON.parse(readFileSync(new URL("../../../golden/accuracy.json", import.meta.url), "utf8")) as { functions: Record<string, number[][]> }).functions;

/** float64: the distance from the correctly rounded value, counted in representable numbers; for logAddExp in units as above. */
export function worst64(instruction: ScalarInstruction, target: Target): Worst {
  const rows = goldens[instruction] as number[][];
  const operands = arity(instruction);
  const kernel = vectorKernel({ instruction, from: operands === 2 ? ["float64", "float64"] : ["float64"], to: "float64", target, groups: 2 });
  if (kernel === undefined) throw new Error(`${instruction} is not spelled`);
  const columns = Array.from({ length: operands }, (_, k): TypedArray => {
    const column = dtypes.float64.allocate(rows.length);
    rows.forEach((row, i) => (column[i] = row[k] as number));
    return column;
  });
  const results = kernel(columns);
  let worst: Worst = { ulp: 0, at: [] };
  rows.forEach((row, i) => {
    const [result, truth] = [results[i] as number, row[operands] as number];
    const ulp = instruction === "logAddExp" ? Math.abs(result - truth) / unit64(Math.max(...row.slice(0, operands).map(Math.abs), Math.LN2)) : Math.abs(Number(ordinal(result) - ordinal(truth)));
    if (Number.isNaN(ulp)) worst = { ulp, at: row.slice(0, operands) };
    if (ulp > worst.ulp) worst = { ulp, at: row.slice(0, operands) };
  });
  return worst;
}
