/**
 * The rules for elementwise operations, by the scalar instruction they apply: identities that are exact. Where one holds up to the sign of
 * a zero only, docs/optimizer.md says so.
 */
import { ConcreteArray } from "../../core/concrete.ts";
import { type DType, dtypes, isFloat } from "../../core/dtype.ts";
import type { Equation } from "../../core/program.ts";
import type { ScalarInstruction } from "../../core/scalar.ts";
import { sizeOf } from "../../core/shape.ts";
import { at, bind, splatLike, type Value } from "../../core/tensor.ts";
import { abs, div, mul, neg, scaleSafe, sub } from "../../ops/arithmetic.ts";
import { equal, notEqual } from "../../ops/compare.ts";
import { add, convert } from "../../ops/elementwise.ts";
import { select } from "../../ops/select.ts";
import { foldLimit } from "./fold.ts";
import { instructionOf, madeBy, splatOf } from "./instruction.ts";
import { absorbing, conversions, idempotent, involution, isLossless, isPowerOfTwo, neutral, projection } from "./laws.ts";
import { sameValue, type Workspace } from "./workspace.ts";
import { neverNegativeZero, plusZero } from "./zeros.ts";

type Rule = (operands: readonly Value[], ws: Workspace, result: DType) => Value | undefined;

export function simplifyElementwise(equation: Equation, ws: Workspace): Value | undefined {
  const operands = equation.inputs.map((a) => ws.value(a));
  const instruction = instructionOf(equation);
  const { dtype } = at(equation.outputs, 0).type;
  return instruction === undefined ? undefined : (byLaw(instruction, operands, ws) ?? rules[instruction]?.(operands, ws, dtype));
}

function byLaw(instruction: ScalarInstruction, [x, y]: readonly Value[], ws: Workspace): Value | undefined {
  if (x === undefined) return undefined;
  if (y === undefined) {
    if (involution.has(instruction)) return madeBy(instruction, x, ws)?.[0];
    return projection.has(instruction) && madeBy(instruction, x, ws) !== undefined ? x : undefined;
  }
  const { dtype } = y.type;
  const [left, right] = [splatOf(x), splatOf(y)];
  if (right !== undefined && Object.is(right, neutral.right[instruction]?.(dtype))) return x;
  if (left !== undefined && Object.is(left, neutral.left[instruction]?.(dtype))) return y;
  const decides = absorbing[instruction]?.(dtype);
  if (decides !== undefined && (left === decides || right === decides)) return splatLike(y, decides);
  return idempotent.has(instruction) && sameValue(x, y) ? x : undefined;
}

/** A product, with the factor -1, negated factors and powers of two taken together where that is exact. Undefined: it is as simple as it can be. */
function simplerProduct(x: Value, y: Value, ws: Workspace): Value | undefined {
  if (splatOf(y) === undefined && splatOf(x) !== undefined) return simplerProduct(y, x, ws);
  const factor = splatOf(y);
  if (factor === 1) return x;
  if (factor === -1) return neg(x);
  const negated = madeBy("neg", x, ws)?.[0];
  if (factor !== undefined && negated !== undefined) return product(negated, splatLike(y, -factor), ws);
  const other = madeBy("neg", y, ws)?.[0];
  if (negated !== undefined && other !== undefined) return product(negated, other, ws);
  const before = scaled(x, ws);
  if (factor === undefined || before === undefined || !(Math.abs(factor) >= 1) || before.factor < 1 || !isPowerOfTwo(before.factor, y.type.dtype)) return undefined;
  // x · 2ᵏ with k ≥ 0 is exact or overflows, and then so does the product with any factor of at least 1
  const together = splatLike(y, before.factor * factor);
  return Number.isFinite(together.splat) ? product(before.of, together, ws) : undefined;
}

function product(x: Value, y: Value, ws: Workspace): Value {
  return simplerProduct(x, y, ws) ?? mul(x, y);
}

/** The value as a floating product with a number. */
function scaled(x: Value, ws: Workspace): { readonly of: Value; readonly factor: number } | undefined {
  const [a, b] = madeBy("mul", x, ws) ?? [];
  const [left, right] = [splatOf(a), splatOf(b)];
  if (a === undefined || b === undefined) return undefined;
  return right !== undefined ? { of: a, factor: right } : left !== undefined ? { of: b, factor: left } : undefined;
}

function simplerQuotient(x: Value, y: Value, ws: Workspace): Value | undefined {
  const divisor = splatOf(y);
  return divisor !== undefined && isPowerOfTwo(divisor, y.type.dtype) ? product(x, splatLike(y, 1 / divisor), ws) : undefined;
}

/** The negation of a product with a number or a quotient by one is taken into the number. */
function negation([x]: readonly Value[], ws: Workspace): Value | undefined {
  const by = scaled(x as Value, ws);
  if (by !== undefined) return product(by.of, splatLike(by.of, -by.factor), ws);
  const [above, below] = madeBy("div", x as Value, ws) ?? [];
  const divisor = splatOf(below);
  return above !== undefined && divisor !== undefined ? div(above, splatLike(above, -divisor)) : undefined;
}

const sum: Rule = ([x, y], ws) => {
  if (splatOf(y) === 0 && neverNegativeZero(x as Value, ws)) return x;
  if (splatOf(x) === 0 && neverNegativeZero(y as Value, ws)) return y;
  const [a, b] = [madeBy("neg", x as Value, ws)?.[0], madeBy("neg", y as Value, ws)?.[0]];
  if (b !== undefined) return sub(x as Value, b);
  return a === undefined ? (scattered(x as Value, y as Value, ws) ?? scattered(y as Value, x as Value, ws)) : sub(y as Value, a);
};

/** base + (zeros with an update added to one place) is the base with the update added: one sum, so it rounds in the same way. */
function scattered(base: Value, x: Value, ws: Workspace): Value | undefined {
  const definition = ws.usedOnce(x) ? ws.definition(x) : undefined;
  const lower = definition?.primitive.lower;
  if (definition === undefined || lower?.form !== "scatter" || lower.combine(x.type.dtype) !== "add") return undefined;
  const [zeros, indices, updates] = definition.inputs.map((a) => ws.value(a)) as [Value, Value, Value];
  if (splatOf(zeros) !== 0 || sizeOf(indices.type.shape.slice(0, -1)) > 1) return undefined;
  return at(bind(definition.primitive, [plusZero(base, ws), indices, updates], definition.params), 0);
}

/** Conversions: to the same dtype, and after one that lost nothing. */
const conversion: Rule = ([x], ws, to) => {
  const from = (x as Value).type.dtype;
  if (from === to) return x;
  const definition = ws.definition(x as Value);
  const instruction = definition && instructionOf(definition);
  if (definition === undefined || instruction === undefined || !conversions.has(instruction)) return undefined;
  const source = ws.operand(definition, 0);
  const origin = source.type.dtype;
  // between integers the bits stay, by way of a float they would stop at the ends of the range
  const wraps = dtypes[origin].kind === "int" && dtypes[to].kind === "int" && origin !== to;
  return isLossless(origin, from) && !wraps ? convert(source, to) : undefined;
};

const choice: Rule = ([condition, x, y], ws) => {
  const [c, a, b] = [condition, x, y] as [Value, Value, Value];
  const always = splatOf(c);
  if (always !== undefined) return always === 0 ? b : a;
  if (sameValue(a, b)) return a;
  const opposite = madeBy("notBool", c, ws)?.[0];
  if (opposite !== undefined) return select(opposite, b, a);
  if (a.type.dtype === "bool" && splatOf(a) === 1 && splatOf(b) === 0) return c;
  const [onTrue, onFalse] = [madeBy("select", a, ws), madeBy("select", b, ws)];
  const [left, right] = [onTrue && sameValue(onTrue[0] as Value, c) ? onTrue[1] : a, onFalse && sameValue(onFalse[0] as Value, c) ? onFalse[2] : b];
  return left === a && right === b ? undefined : select(c, left as Value, right as Value);
};

/** The rules that an instruction has beside the laws. */
const rules: Partial<Record<ScalarInstruction, Rule>> = {
  neg: negation,
  abs: ([x], ws) => {
    // of uint32, -x is another number as large as any
    const inner = (x as Value).type.dtype === "uint32" ? undefined : madeBy("neg", x as Value, ws)?.[0];
    return inner && abs(inner);
  },
  add: sum,
  sub: ([x, y], ws) => {
    const b = madeBy("neg", y as Value, ws)?.[0];
    return b && add(x as Value, b);
  },
  mul: ([x, y], ws) => simplerProduct(x as Value, y as Value, ws),
  div: ([x, y], ws) => simplerQuotient(x as Value, y as Value, ws),
  // only a zero t and a d that is no finite number make the difference between the safe product and the product
  scaleSafe: ([t, d], ws) => (isNonzero(t as Value) || ws.finite(d as Value) ? product(t as Value, d as Value, ws) : undefined),
  mulSafe: ([a, b], ws) => {
    const [x, y] = [a, b] as [Value, Value];
    // whether x is 0 need not be asked where it is not, or where its product with y is 0 anyhow
    if (isNonzero(x) || ws.finite(y)) return scaleSafe(y, x);
    return isNonzero(y) || ws.finite(x) ? scaleSafe(x, y) : undefined;
  },
  divSafe: ([t, d], ws) => (isNonzero(t as Value) || isNonzero(d as Value) ? (simplerQuotient(t as Value, d as Value, ws) ?? div(t as Value, d as Value)) : undefined),
  integerPow: ([x, n], ws) => power(x as Value, splatOf(n), ws),
  integerPowInt32: ([x, n], ws) => power(x as Value, splatOf(n), ws),
  integerPowUint32: ([x, n], ws) => power(x as Value, splatOf(n), ws),
  select: choice,
  notBool: ([x], ws) => {
    const [same, different] = [madeBy("equal", x as Value, ws), madeBy("notEqual", x as Value, ws)];
    return same ? notEqual(...same) : different && equal(...different);
  },
  copy: conversion,
  toInt32: conversion,
  toUint32: conversion,
  wrapInt32: conversion,
  wrapUint32: conversion,
  toBool: conversion,
};

/** A constant without an element that is 0 or NaN. */
function isNonzero(x: Value): boolean {
  if (!(x instanceof ConcreteArray)) return false;
  const isNumber = (n: number): boolean => n !== 0 && !Number.isNaN(n);
  if (x.splat !== undefined) return isNumber(x.splat);
  return sizeOf(x.type.shape) <= foldLimit && x.elements.every(isNumber);
}

function power(x: Value, n: number | undefined, ws: Workspace): Value | undefined {
  if (n === 0) return splatLike(x, 1);
  if (n === -1 && isFloat(x.type.dtype)) return div(splatLike(x, 1), x);
  return n === 2 ? product(x, x, ws) : undefined;
}
