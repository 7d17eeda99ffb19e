/**
 * What a program comes to, and how far off a right answer may be, found by stochastic arithmetic: the program is run a few times more, each
 * result of an operation that may be rounded in other ways moved at random within its own bound. Where nothing moves the answer is exact;
 * where comparisons flip or numbers overflow in some runs and not in others, nothing is known and nothing is compared.
 */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes, isFloat, type TypedArray } from "../../src/core/dtype.ts";
import { noPrograms } from "../../src/core/primitive.ts";
import { type Atom, type Equation, isVariable, type Program, type Variable } from "../../src/core/program.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { primitives } from "../../src/ops/all.ts";
import { toleranceOf } from "../backends/compare.ts";
import type { Case } from "./builder.ts";
import { writtenOut } from "./written.ts";
import { Random } from "./random.ts";

export interface Expected {
  readonly results: readonly ConcreteArray[];
  /** Per result and element how far off it may be: 0 means exact, NaN that nothing is known. */
  readonly allowed: readonly Float64Array[];
  /** The same for what evaluates operations as the reference does, and only may not know the signs of some zeros. */
  readonly signs: readonly Float64Array[];
}

export const fewRuns = 7;
/** How much further than the runs an answer may be. */
const margin = 4;

export function expectedOf(c: Case, runs: number = fewRuns, seed = "noise"): Expected {
  const { program, inputs } = c.program.equations.some(({ primitive: { inner, lower } }) => inner !== noPrograms || lower.form === "composite") ? writtenOut(c) : c;
  const plain = evaluate(program, inputs, undefined);
  const results = program.outputs.map((a) => plain(a));
  const bounds = (noisy: (e: Equation) => boolean): Float64Array[] => {
    const allowed = results.map((r) => new Float64Array(r.elements.length));
    if (!program.equations.some(noisy)) return allowed;
    for (let k = 0; k < runs; k++) {
      const moved = evaluate(program, inputs, { random: new Random(`${seed}${k}`), plain, noisy });
      program.outputs.forEach((a, o) => widen(allowed[o] as Float64Array, (results[o] as ConcreteArray).elements, moved(a).elements));
    }
    return allowed;
  };
  return { results, allowed: bounds((e) => isInexact(e) || isSafeProduct(e)), signs: bounds(isSafeProduct) };
}

function widen(allowed: Float64Array, plain: TypedArray, moved: TypedArray): void {
  for (let i = 0; i < allowed.length; i++) {
    const [a, b] = [plain[i] as number, moved[i] as number];
    if (a === b && (a !== 0 || Object.is(a, b))) continue;
    if (a !== a && b !== b) continue;
    const distance = a === 0 && b === 0 ? Number.MIN_VALUE : margin * Math.abs(a - b);
    allowed[i] = Number.isFinite(distance) ? Math.max(allowed[i] as number, distance) : Number.NaN;
  }
}

type Read = (atom: Atom) => ConcreteArray;

interface Noise {
  readonly random: Random;
  /** The values as they are without noise. */
  readonly plain: Read;
  readonly noisy: (equation: Equation) => boolean;
}

/** Every value of the program; with `noise`, moved. */
function evaluate(program: Program, inputs: readonly ConcreteArray[], noise: Noise | undefined): Read {
  const values = new Map<Variable, ConcreteArray>(program.inputs.map((v, i) => [v, inputs[i] as ConcreteArray]));
  const read: Read = (atom) => (isVariable(atom) ? (values.get(atom) as ConcreteArray) : atom);
  for (const equation of program.equations) {
    const { primitive, outputs } = equation;
    const operands = equation.inputs.map(read);
    // indices that are in bounds may have been moved out of them
    const params = noise !== undefined && equation.params["mode"] === "throw" ? { ...equation.params, mode: "clip" } : equation.params;
    const results = primitive.evaluate(operands, params, outputs.map((v) => v.type));
    outputs.forEach((v, k) => {
      const value = results[k] as ConcreteArray;
      values.set(v, noise === undefined ? value : moved({ ...equation, params }, operands, value, noise));
    });
  }
  return read;
}

/** Every value that the equations define, as the reference has them. */
export function valuesOf({ program, inputs }: Case): Read {
  return evaluate(program, inputs, undefined);
}

const inexactForms: readonly string[] = ["reduction", "cumulation", "recurrence", "scatter", "contraction"];
const ulpsOf = new Map(primitives.map((p) => [p, toleranceOf(p).ulps]));

function isInexact({ primitive, outputs }: Equation): boolean {
  const dtype = outputs[0]?.type.dtype as DType;
  return isFloat(dtype) && (ulpsOf.get(primitive) as number) > 0;
}

const isSafeProduct = ({ primitive }: Equation): boolean => primitive.name === "scaleSafe" || primitive.name === "mulSafe" || primitive.name === "divSafe";

/** Operations that IEEE 754 fixes to the last bit: of operands that are not exactly known, to the last bit but one. */
const rounding: readonly string[] = ["add", "sub", "mul", "div", "remainder", "sqrt", "convert"];

function moved(equation: Equation, operands: readonly ConcreteArray[], value: ConcreteArray, { random: noise, plain: read, noisy }: Noise): ConcreteArray {
  if (value.elements.length === 0) return value;
  if (isSafeProduct(equation)) return zerosOfEitherSign(value, noise);
  if (noisy === isSafeProduct) return value;
  const plain = equation.inputs.map(read);
  const before = read(equation.outputs[0] as Variable).elements;
  const compares = (value.type.dtype === "bool" && equation.primitive.lower.form === "elementwise") || equation.primitive.name === "sign";
  if (compares && isFloat((operands[0] as ConcreteArray).type.dtype)) return flipped(operands, plain, value, before, noise);
  if (rounding.includes(equation.primitive.name) && isFloat(value.type.dtype)) {
    const uncertain = operands.flatMap((x, k) => (x === plain[k] ? [] : [[x.elements, (plain[k] as ConcreteArray).elements] as const]));
    if (uncertain.length === 0) return value;
    return jitter(value, before, noise, (x, i) => (uncertain.some(([a, b]) => !Object.is(a[i], b[i])) ? 2 * ulp(x, value.type.dtype) : 0));
  }
  if (!isInexact(equation)) return value;
  const { form } = equation.primitive.lower;
  const { dtype } = value.type;
  if (!inexactForms.includes(form)) {
    const ulps = ulpsOf.get(equation.primitive) as number;
    // where a logarithm of a sum is near 0 it has the errors of its operands
    const around = equation.primitive.name === "logAddExp" ? operands : [];
    return jitter(value, before, noise, (x, i) => ulps * ulp(Math.max(Math.abs(x), ...around.map((o) => finite(o.elements[i] as number))), dtype));
  }
  const bounds = boundsOf(equation, operands, value);
  const out = dtypes[dtype].allocate(value.elements.length);
  value.elements.forEach((x, i) => {
    const bound = bounds[i] as number;
    out[i] = bound === 0 ? x : !Number.isFinite(bound) ? noise.pick([Number.NaN, Number.POSITIVE_INFINITY, 0, x]) : shifted(x, before[i] as number, bound, noise);
  });
  return ConcreteArray.of(value.type, out);
}

/** A comparison of numbers that differ by hardly more than what they may be off by: they may be equal as well. */
function flipped(operands: readonly ConcreteArray[], plain: readonly ConcreteArray[], value: ConcreteArray, before: TypedArray, noise: Random): ConcreteArray {
  const off = (i: number): number => operands.reduce((sum, x, k) => sum + Math.abs((x.elements[i] as number) - ((plain[k] as ConcreteArray).elements[i] as number)), 0);
  const apart = (i: number): number => Math.abs((operands[0]?.elements[i] as number) - (operands[1]?.elements[i] ?? 0));
  const out = value.elements.slice();
  before.forEach((x, i) => {
    // what is equal in spite of all noise is one value, and must stay equal to itself
    if (apart(i) > 0 && apart(i) <= 16 * off(i)) out[i] = noise.chance(0.7) === (x === 0) ? 1 : 0;
  });
  return ConcreteArray.of(value.type, out);
}

function jitter(value: ConcreteArray, before: TypedArray, noise: Random, bound: (x: number, i: number) => number): ConcreteArray {
  const out = dtypes[value.type.dtype].allocate(value.elements.length);
  value.elements.forEach((x, i) => {
    const by = Number.isFinite(x) ? bound(x, i) : 0;
    out[i] = by === 0 ? x : shifted(x, before[i] as number, by, noise);
  });
  return ConcreteArray.of(value.type, out);
}

/** A product in which 0 · ∞ is 0 may become a plain product where nothing is infinite, and its zeros those of a plain product. */
function zerosOfEitherSign(value: ConcreteArray, noise: Random): ConcreteArray {
  return mapped(value, (x) => (x === 0 && noise.chance(0.9) ? -x : x));
}

/** x moved by some of the bound, further away from where it was `before` there was noise. */
function shifted(x: number, before: number, bound: number, noise: Random): number {
  if (!Number.isFinite(x)) return x;
  // what cancels may do so to the last bit
  if (Math.abs(x) <= bound && noise.chance(0.1)) return noise.chance(0.5) ? -0 : 0;
  const up = x === before || Number.isNaN(before) ? noise.chance(0.5) : x > before;
  const y = x + (up ? bound : -bound) * (0.3 + 0.7 * noise.real());
  return y === 0 && noise.chance(0.5) ? -0 : y;
}

const finite = (x: number): number => (Number.isFinite(x) ? Math.abs(x) : 0);

function ulp(x: number, dtype: DType): number {
  const [digits, lowest] = dtype === "float32" ? [23, -126] : [52, -1022];
  return 2 ** (Math.max(x === 0 ? lowest : Math.floor(Math.log2(Math.abs(x))), lowest) - digits);
}

/**
 * How far off a combination of many elements may be, from the same combination of their magnitudes; 0 where whole numbers keep all of it
 * exact; infinite where what is combined may overflow or vanish on the way in one order and not in another.
 */
function boundsOf(equation: Equation, operands: readonly ConcreteArray[], value: ConcreteArray): Float64Array {
  const { primitive, params, outputs } = equation;
  const { dtype } = value.type;
  const types = outputs.map((v) => v.type);
  const { epsilon, max } = dtypes[dtype];
  const smallest = dtype === "float32" ? 2 ** -126 : 2 ** -1022;
  const withOperands = (f: (x: number) => number): ArrayLike<number> =>
    (primitive.evaluate(operands.map((x) => (isFloat(x.type.dtype) ? mapped(x, f) : x)), params, types)[0] as ConcreteArray).elements;
  const whole = operands.every((x) => !isFloat(x.type.dtype) || x.elements.every((e) => !Number.isFinite(e) || Number.isInteger(e)));
  const terms = operands.reduce((most, x) => Math.max(most, sizeOf(x.type.shape)), 1) / (primitive.lower.form === "reduction" ? Math.max(1, value.elements.length) : 1);
  // one after another, the errors of float64 may all go one way; float32 is added up in float64, or in parts
  const factor = epsilon * (4 + (dtype === "float64" ? terms / 4 : 2 * Math.sqrt(terms)));
  const out = new Float64Array(value.elements.length);
  if (isProduct(equation, dtype)) {
    const [large, small] = [withOperands((x) => Math.max(Math.abs(x), 1)), withOperands((x) => Math.min(Math.abs(x), 1))];
    for (let i = 0; i < out.length; i++) {
      const [a, b, x] = [large[i] as number, small[i] as number, value.elements[i] as number];
      // NaN is NaN in any order, and so is 0 · ∞; what is exact stays so
      if (Number.isNaN(a) || Number.isNaN(b)) continue;
      out[i] = a > max || (b < smallest && !(b === 0 && hasZero(operands) && a < 1 / smallest)) ? Number.POSITIVE_INFINITY : whole && a <= 1 / epsilon ? 0 : Math.abs(x) * factor;
    }
    return out;
  }
  const recurrence = primitive.lower.form === "recurrence";
  const magnitudes = withOperands(Math.abs);
  const worst = recurrence ? withOperands((x) => Math.max(Math.abs(x), 1)) : magnitudes;
  const withoutInfinities = isInfinite(operands) ? withOperands((x) => Math.max(Number.isFinite(x) ? Math.abs(x) : 0, recurrence ? 1 : 0)) : worst;
  const logarithm = primitive.name === "cumulativeLogsumexp";
  for (let i = 0; i < out.length; i++) {
    const magnitude = magnitudes[i] as number;
    if (logarithm) out[i] = Number.isFinite(value.elements[i]) ? 4 * factor * Math.max(1, Math.abs(value.elements[i] as number)) : 0;
    else if (Number.isNaN(magnitude)) out[i] = 0;
    else if (!((worst[i] as number) <= max)) out[i] = (withoutInfinities[i] as number) <= max ? 0 : Number.POSITIVE_INFINITY;
    else out[i] = whole && magnitude <= 1 / epsilon ? 0 : factor * magnitude + ulp(0, dtype);
  }
  return out;
}

const mapped = (x: ConcreteArray, f: (x: number) => number): ConcreteArray => ConcreteArray.of(x.type, x.elements.map(f) as TypedArray);
const hasZero = (operands: readonly ConcreteArray[]): boolean => operands.some((x) => isFloat(x.type.dtype) && x.elements.includes(0));
const isInfinite = (operands: readonly ConcreteArray[]): boolean => operands.some((x) => isFloat(x.type.dtype) && x.elements.some((e) => Math.abs(e) === Number.POSITIVE_INFINITY));

function isProduct({ primitive: { lower, name } }: Equation, dtype: DType): boolean {
  if (lower.form === "reduction" || lower.form === "cumulation") return lower.combine(dtype) === "mul";
  return lower.form === "scatter" && name === "scatterMul";
}
