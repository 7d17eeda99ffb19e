/** Arithmetic, order, selection and rounding on vectors of any dtype. */
import type { DType } from "../../../core/dtype.ts";
import type { Vector, VectorCode } from "../registers.ts";
import { shapeOf } from "../registers.ts";
import { knownNumber } from "./constant.ts";
import { type FloatDType, Lanes } from "./lanes.ts";

/** Spells an instruction: the result is of `dtype`, the operands are as many as it takes. */
export type Spelling = (code: VectorCode, dtype: DType, a: Vector, b: Vector, c: Vector) => Vector | undefined;

export const lanesOf = (code: VectorCode, x: Vector): Lanes => new Lanes(code, x.dtype as FloatDType);
export const isFloatVector = (x: Vector): boolean => x.dtype === "float32" || x.dtype === "float64";

/** Operands brought to one layout, which only masks can lack. */
function alike(code: VectorCode, a: Vector, b: Vector): readonly [Vector, Vector] {
  return a.wide === b.wide ? [a, b] : [code.mask(a, false), code.mask(b, false)];
}

export const not: Spelling = (code, dtype, x) => code.op("v128.not", dtype, x);

/** The opcode of this name in the shape of the operands. */
export const binary = (name: string): Spelling => (code, dtype, a, b) => code.op(`${shapeOf(a)}.${name}`, dtype, a, b);
export const squareRoot: Spelling = (code, dtype, x) => code.op(`${shapeOf(x)}.sqrt`, dtype, x);

/** The same bits operation for every dtype. */
export const bitwise = (name: string): Spelling => (code, dtype, a, b) => code.op(name, dtype, ...alike(code, a, b));

export const add: Spelling = binary("add");
export const sub: Spelling = binary("sub");
export const mul: Spelling = binary("mul");
export const div: Spelling = binary("div");

export const neg: Spelling = (code, dtype, x) => (isFloatVector(x) ? lanesOf(code, x).neg(x) : code.op("i32x4.sub", dtype, code.constant(dtype, 0), x));
export const abs: Spelling = (code, dtype, x) => (isFloatVector(x) ? lanesOf(code, x).abs(x) : dtype === "uint32" ? x : code.op("i32x4.abs", dtype, x));

export const sign: Spelling = (code, dtype, x) => {
  if (isFloatVector(x)) {
    const on = lanesOf(code, x);
    const unit = on.or(on.signOf(x), on.k(1));
    const signed = on.either(on.compare("lt", x, 0), on.compare("gt", x, 0));
    return on.select(signed, unit, x);
  }
  const zero = code.constant(dtype, 0);
  const one = code.op("v128.and", dtype, code.op(dtype === "uint32" ? "i32x4.ne" : "i32x4.gt_s", dtype, x, zero), code.constant(dtype, 1));
  return dtype === "uint32" ? one : code.op("v128.or", dtype, code.op("i32x4.lt_s", dtype, x, zero), one);
};

/** t·d, or 0 where t is 0, whatever d is. */
export const scaleSafe: Spelling = (code, dtype, t, d) => keepNonzero(code, t, code.op(`${shapeOf(t)}.mul`, dtype, t, d));
/** a·b, or 0 where either is 0. */
export const mulSafe: Spelling = (code, dtype, a, b) => keepNonzero(code, b, keepNonzero(code, a, code.op(`${shapeOf(a)}.mul`, dtype, a, b)));
export const divSafe: Spelling = (code, dtype, t, d) => keepNonzero(code, t, code.op(`${shapeOf(t)}.div`, dtype, t, d));

function keepNonzero(code: VectorCode, t: Vector, x: Vector): Vector {
  const on = lanesOf(code, t);
  return on.keep(on.compare("ne", t, 0), x);
}

// --- order --------------------------------------------------------------------------------------------------------------------------

/**
 * With a number known now one instruction of the processor does instead of eight: it keeps x where x is NaN or equal to c, so only the sign of
 * a zero needs care. Adding +0 makes -0 a +0 and changes nothing else.
 */
function extremumWithKnown(name: "max" | "min", code: VectorCode, dtype: DType, x: Vector, c: Vector): Vector | undefined {
  const known = knownNumber(c);
  if (known === undefined || Number.isNaN(known) || (name === "min" && Object.is(known, -0))) return undefined;
  const chosen = code.op(`${shapeOf(x)}.p${name}`, dtype, x, c);
  return name === "max" && Object.is(known, 0) ? code.op(`${shapeOf(x)}.add`, dtype, chosen, c) : chosen;
}

/** The larger or the smaller: NaN where either is, and -0 before +0; of masks, either or both. */
const extremum = (name: "max" | "min"): Spelling => (code, dtype, a, b) => {
  if (dtype === "bool") return code.op(name === "max" ? "v128.or" : "v128.and", "bool", ...alike(code, a, b));
  if (isFloatVector(a)) return extremumWithKnown(name, code, dtype, a, b) ?? extremumWithKnown(name, code, dtype, b, a) ?? code.op(`${shapeOf(a)}.${name}`, dtype, a, b);
  return code.op(`i32x4.${name}_${dtype === "uint32" ? "u" : "s"}`, dtype, a, b);
};
export const max: Spelling = extremum("max");
export const min: Spelling = extremum("min");

/** min(max(x, low), high), x where it is NaN. */
export const clamp: Spelling = (code, dtype, low, x, high) => {
  const bounded = min(code, dtype, max(code, dtype, x, low, x) as Vector, high, x) as Vector;
  return isFloatVector(x) ? code.select(lanesOf(code, x).compare("eq", x, x), bounded, x) : bounded;
};

export const select: Spelling = (code, dtype, condition, yes, no) => {
  if (dtype !== "bool") return code.select(condition, yes, no);
  const [a, b] = alike(code, yes, no);
  return code.select(condition, a, b);
};

type Order = "eq" | "ne" | "lt" | "le" | "gt" | "ge";
/** How masks compare as 0 and 1: an operation on both, and which operand is inverted before. */
const ofMasks: Readonly<Record<Order, readonly [name: string, invert: "a" | "b" | "result" | undefined]>> = {
  eq: ["v128.xor", "a"], ne: ["v128.xor", undefined], lt: ["v128.and", "a"], le: ["v128.or", "a"], gt: ["v128.and", "b"], ge: ["v128.or", "b"],
};

export const compare = (order: Order): Spelling => (code, _dtype, a, b) => {
  if (isFloatVector(a)) return lanesOf(code, a).compare(order, a, b);
  if (a.dtype !== "bool") return code.op(`i32x4.${order}${order === "eq" || order === "ne" ? "" : a.dtype === "uint32" ? "_u" : "_s"}`, "bool", a, b);
  const [name, invert] = ofMasks[order];
  const [x, y] = alike(code, a, b);
  const not = (v: Vector): Vector => code.op("v128.not", "bool", v);
  return code.op(name, "bool", invert === "a" ? not(x) : x, invert === "b" ? not(y) : y);
};

export const isFinite: Spelling = (code, _dtype, x) => {
  const on = lanesOf(code, x);
  return on.compare("lt", on.abs(x), Infinity);
};

// --- rounding -----------------------------------------------------------------------------------------------------------------------

export const rounding = (how: "floor" | "ceil" | "trunc" | "nearest"): Spelling => (code, _dtype, x) => (isFloatVector(x) ? lanesOf(code, x).rounded(how, x) : x);

/** The next representable number from x towards y, by stepping the bits; y where they are equal. */
export const nextAfter: Spelling = (code, _dtype, x, y) => {
  const on = lanesOf(code, x);
  const outward = code.op("v128.xor", "bool", on.compare("lt", x, y), on.compareBits("lt_s", x, on.bits(0)));
  // The mask is -1 where the magnitude grows.
  const step = on.or(on.keep(on.not(outward), on.bits(-1n)), on.bits(1));
  const least = on.or(on.signOf(y), on.bits(1));
  const moved = on.select(on.compare("eq", x, 0), least, on.addBits(x, step));
  const nan = on.not(on.both(on.compare("eq", x, x), on.compare("eq", y, y)));
  return on.invalid(nan, on.select(on.compare("eq", x, y), y, moved));
};
