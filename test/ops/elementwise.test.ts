/** The elementwise primitives: what they compute, and the laws every operation obeys, away from their singular points. */
import { describe, expect, test } from "vitest";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import type { Value } from "../../src/core/tensor.ts";
import * as arithmetic from "../../src/ops/arithmetic.ts";
import * as bitwise from "../../src/ops/bitwise.ts";
import * as compare from "../../src/ops/compare.ts";
import { controlPrimitives, copy, stopGradient } from "../../src/ops/control.ts";
import type { ElementwiseOp } from "../../src/ops/elementwise.ts";
import * as exponential from "../../src/ops/exponential.ts";
import * as power from "../../src/ops/power.ts";
import * as rounding from "../../src/ops/rounding.ts";
import { clamp, select, selectPrimitive, selectPrimitives } from "../../src/ops/select.ts";
import * as special from "../../src/ops/special.ts";
import * as trigonometric from "../../src/ops/trigonometric.ts";
import { expectLaws, list, make } from "./laws.ts";

interface Row {
  readonly op: ElementwiseOp;
  /** Elements of each operand: apart from kinks, poles and each other. */
  readonly operands: readonly (readonly number[])[];
  /** The meaning on numbers. */
  readonly meaning: (x: number, y: number, z: number) => number;
  readonly dtype?: DType;
  /** How often to differentiate: 3 unless said otherwise. */
  readonly order?: number;
}

const anywhere = [-2.3, -0.7, 0.4, 1.9];
const positive = [0.3, 0.9, 1.7, 4.2];
const inside = [-0.8, -0.3, 0.2, 0.7];
const integers = [-7, 3, 12, -2147483648];
const others = [3, -5, 2, 31];

const unary = (op: ElementwiseOp, x: readonly number[], meaning: (x: number) => number, dtype?: DType): Row => ({ op, operands: [x], meaning, ...(dtype && { dtype }) });
const binary = (op: ElementwiseOp, x: readonly number[], y: readonly number[], meaning: (x: number, y: number) => number, dtype?: DType): Row => ({ op, operands: [x, y], meaning, ...(dtype && { dtype }) });

/** polygamma(n, x) by its series Σ 1/(x + k)ⁿ⁺¹, the rest as an integral. */
const series = (n: number, x: number): number => {
  let sum = 0;
  for (let k = 0; k < 2e5; k++) sum += 1 / (x + k) ** (n + 1);
  const tail = 1 / (n * (x + 2e5 - 0.5) ** n);
  const factorial = [1, 1, 2, 6][n] as number;
  return (-1) ** (n + 1) * factorial * (sum + tail);
};
/** erf by the midpoint rule. */
const integral = (x: number): number => {
  const n = 2000;
  const h = x / n;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.exp(-(((i + 0.5) * h) ** 2));
  return (2 / Math.sqrt(Math.PI)) * h * sum;
};
/** By Stirling's series after 30 steps of the recurrence. */
const logGamma = (x: number): number => {
  const y = x + 30;
  let product = 0;
  for (let k = 0; k < 30; k++) product += Math.log(x + k);
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * y) - 1 / (360 * y ** 3) - product;
};

const rows: readonly Row[] = [
  unary(arithmetic.neg, anywhere, (x) => -x),
  unary(arithmetic.neg, [1, 0, 4294967295, 7], (x) => (x === 0 ? 0 : 2 ** 32 - x), "uint32"),
  unary(arithmetic.abs, anywhere, (x) => (x < 0 ? -x : x)),
  unary(arithmetic.sign, anywhere, (x) => (x < 0 ? -1 : 1)),
  binary(arithmetic.sub, anywhere, positive, (x, y) => x - y),
  binary(arithmetic.mul, anywhere, positive, (x, y) => x * y),
  binary(arithmetic.div, anywhere, positive, (x, y) => x / y),
  binary(arithmetic.div, integers, others, (x, y) => Math.trunc(x / y), "int32"),
  binary(arithmetic.mulSafe, anywhere, positive, (x, y) => x * y),
  binary(arithmetic.scaleSafe, anywhere, positive, (x, y) => x * y),
  binary(arithmetic.divSafe, anywhere, positive, (x, y) => x / y),
  binary(arithmetic.max, anywhere, positive, (x, y) => (x > y ? x : y)),
  binary(arithmetic.min, anywhere, positive, (x, y) => (x < y ? x : y)),
  binary(arithmetic.remainder, [-7.3, 5.2, -1.4, 9.9], [2, -1.5, 0.9, 2.2], (x, y) => x - y * Math.trunc(x / y)),
  binary(arithmetic.remainder, [-7, 7, 5, 9], [3, -3, 7, 0], (x, y) => (y === 0 ? x : x - y * Math.trunc(x / y)), "int32"),

  unary(rounding.floor, [-2.5, -0.2, 0.5, 3.7], (x) => Math.floor(x)),
  unary(rounding.ceil, [-2.5, -0.2, 0.5, 3.7], (x) => Math.ceil(x)),
  unary(rounding.trunc, [-2.5, -0.2, 0.6, 3.7], (x) => Math.trunc(x)),
  unary(rounding.round, [-2.4, -0.2, 0.6, 3.7], (x) => Math.round(x)),
  { op: rounding.nextAfter, operands: [[1, -1, 2, 3], [2, -2, 0, 3]], meaning: (x, y) => (x === y ? x : x * (1 + (x === 2 ? -(2 ** -53) : 2 ** -52))), order: 0 },

  unary(exponential.exp, anywhere, (x) => Math.E ** x),
  unary(exponential.exp2, anywhere, (x) => 2 ** x),
  unary(exponential.expm1, anywhere, (x) => Math.E ** x - 1),
  unary(exponential.log, positive, (x) => Math.log(x)),
  unary(exponential.log2, positive, (x) => Math.log(x) / Math.LN2),
  unary(exponential.log10, positive, (x) => Math.log(x) / Math.LN10),
  unary(exponential.log1p, inside, (x) => Math.log(1 + x)),
  unary(exponential.sqrt, positive, (x) => x ** 0.5),
  unary(exponential.rsqrt, positive, (x) => x ** -0.5),
  unary(exponential.cbrt, anywhere, (x) => Math.sign(x) * Math.abs(x) ** (1 / 3)),
  unary(exponential.logistic, anywhere, (x) => 1 / (1 + Math.exp(-x))),
  binary(exponential.logAddExp, anywhere, positive, (x, y) => Math.log(Math.exp(x) + Math.exp(y))),

  binary(power.pow, positive, anywhere, (x, y) => Math.exp(y * Math.log(x))),

  unary(trigonometric.sin, anywhere, (x) => Math.cos(x - Math.PI / 2)),
  unary(trigonometric.cos, anywhere, (x) => Math.sin(x + Math.PI / 2)),
  unary(trigonometric.tan, inside, (x) => Math.sin(x) / Math.cos(x)),
  unary(trigonometric.asin, inside, (x) => Math.atan(x / Math.sqrt(1 - x * x))),
  unary(trigonometric.acos, inside, (x) => Math.PI / 2 - Math.atan(x / Math.sqrt(1 - x * x))),
  unary(trigonometric.atan, anywhere, (x) => Math.asin(x / Math.sqrt(1 + x * x))),
  unary(trigonometric.sinh, anywhere, (x) => (Math.exp(x) - Math.exp(-x)) / 2),
  unary(trigonometric.cosh, anywhere, (x) => (Math.exp(x) + Math.exp(-x)) / 2),
  unary(trigonometric.tanh, anywhere, (x) => 1 - 2 / (Math.exp(2 * x) + 1)),
  unary(trigonometric.asinh, anywhere, (x) => Math.log(x + Math.sqrt(x * x + 1))),
  unary(trigonometric.acosh, [1.2, 1.9, 3.4, 8], (x) => Math.log(x + Math.sqrt(x * x - 1))),
  unary(trigonometric.atanh, inside, (x) => Math.log((1 + x) / (1 - x)) / 2),
  binary(trigonometric.atan2, anywhere, [-1.3, 0.8, -2.2, 1.1], (y, x) => Math.atan(y / x) + (x < 0 ? Math.PI * Math.sign(y) : 0)),

  unary(special.erf, anywhere, integral),
  unary(special.erfc, anywhere, (x) => 1 - integral(x)),
  unary(special.erfInv, [integral(-0.8), integral(-0.1), integral(0.3), integral(1.1)], (y) => [-0.8, -0.1, 0.3, 1.1].find((x) => integral(x) === y) as number),
  unary(special.lgamma, positive, logGamma),
  unary(special.digamma, positive, (x) => (logGamma(x + 1e-4) - logGamma(x - 1e-4)) / 2e-4),

  unary(bitwise.not, integers, (x) => -x - 1, "int32"),
  unary(bitwise.not, [0, 1, 1, 0], (x) => 1 - x, "bool"),
  binary(bitwise.and, [6, -1, 12, 5], [3, 9, 10, 0], (x, y) => Number(BigInt(x) & BigInt(y)), "int32"),
  binary(bitwise.or, [6, -1, 12, 5], [3, 9, 10, 0], (x, y) => Number(BigInt(x) | BigInt(y)), "int32"),
  binary(bitwise.xor, [4294967295, 1, 12, 5], [3, 9, 10, 0], (x, y) => Number(BigInt(x) ^ BigInt(y)), "uint32"),
  binary(bitwise.and, [0, 0, 1, 1], [0, 1, 0, 1], (x, y) => x * y, "bool"),
  binary(bitwise.shiftLeft, [1, -3, 7, 1], [3, 1, 0, 32], (x, n) => (n > 31 ? 0 : x * 2 ** n), "int32"),
  binary(bitwise.shiftRightArithmetic, [-8, 9, -1, -1], [1, 1, 5, 40], (x, n) => Math.floor(x / 2 ** n), "int32"),
  binary(bitwise.shiftRightLogical, [-8, 9, -1, -1], [1, 1, 31, 40], (x, n) => Math.floor((x < 0 ? x + 2 ** 32 : x) / 2 ** n), "int32"),
  unary(bitwise.populationCount, [7, -1, 0, 1024], (x) => (BigInt.asUintN(32, BigInt(x)).toString(2).match(/1/g) ?? []).length, "int32"),
  unary(bitwise.countLeadingZeros, [7, -1, 0, 1024], (x) => (x === 0 ? 32 : 32 - BigInt.asUintN(32, BigInt(x)).toString(2).length), "int32"),

  binary(compare.equal, [1, 2, 3, 4], [1, 3, 2, 4], (x, y) => Number(x - y === 0)),
  binary(compare.notEqual, [1, 2, 3, 4], [1, 3, 2, 4], (x, y) => Number(x - y !== 0)),
  binary(compare.less, [1, 2, 3, -4], [1, 3, 2, 4], (x, y) => Number(x - y < 0)),
  binary(compare.lessEqual, [1, 2, 3, -4], [1, 3, 2, 4], (x, y) => Number(x - y <= 0)),
  binary(compare.greater, [1, 2, 3, -4], [1, 3, 2, 4], (x, y) => Number(x - y > 0)),
  binary(compare.greaterEqual, [1, 2, 3, -4], [1, 3, 2, 4], (x, y) => Number(x - y >= 0)),

  { op: clamp, operands: [[-1, -1, -1, 0], [-2, 0.4, 3, 0.5], [1, 1, 1, 2]], meaning: (low, x, high) => Math.max(low, Math.min(x, high)) },
  unary(copy, anywhere, (x) => x),
];

function title({ op, dtype }: Row): string {
  return `${op.primitive.name}${dtype === undefined ? "" : ` of ${dtype}`}`;
}

describe.each(rows.map((row) => [title(row), row] as const))("%s", (_title, { op, operands, meaning, dtype = "float64", order = 3 }) => {
  const length = (operands[0] as readonly number[]).length;
  const arrays = operands.map((x) => make([length], x, dtype));

  test("computes what it says", () => {
    const got = list(op(...arrays));
    const column = (i: number): [number, number, number] => [0, 1, 2].map((k) => operands[k]?.[i] ?? 0) as [number, number, number];
    got.forEach((y, i) => expect(y, `element ${i}`).toBeCloseTo(meaning(...column(i)), 6));
  });

  test("traced, differentiated, batched", () => {
    expectLaws((...xs) => op(...xs), arrays, { order });
  });

  test("of a scalar and of nothing", () => {
    const scalars = operands.map((x) => make([], x.slice(0, 1), dtype));
    expect(op(...scalars).type.shape).toEqual([]);
    expect(list(op(...scalars))).toEqual(list(op(...arrays)).slice(0, 1));
    expect(list(op(...operands.map(() => make([2, 0], [], dtype))))).toEqual([]);
  });
});

test("polygamma: each order is the derivative of the one before", () => {
  for (const n of [1, 2, 3]) {
    const orders = make([4], [n, n, n, n]);
    const x = make([4], positive);
    list(special.polygamma(orders, x)).forEach((y, i) => expect(y / series(n, positive[i] as number)).toBeCloseTo(1, 8));
    expectLaws((v) => special.polygamma(orders, v as Value), [x], { order: 2 });
  }
  expect(() => expectLaws((n, x) => special.polygamma(n as Value, x as Value), [make([1], [1]), make([1], [2])])).toThrow("no derivative in its order");
});

test("integerPow: every whole exponent, of floats and of integers", () => {
  for (const n of [-3, -2, -1, 0, 1, 2, 3, 5]) {
    const x = make([4], anywhere);
    list(power.integerPow(x, n)).forEach((y, i) => expect(y).toBeCloseTo((anywhere[i] as number) ** n, 10));
    expectLaws((v) => power.integerPow(v as Value, n), [x], { order: 3 });
  }
  expect(list(power.integerPow(make([3], [-3, 5, 65536], "int32"), 3))).toEqual([-27, 125, 0]);
  expect(list(power.integerPow(make([4], [2, 1, -1, -1], "int32"), make([4], [-1, -5, -3, -2], "int32")))).toEqual([0, 1, -1, 1]);
  expect(list(power.integerPow(make([2], [4294967295, 3], "uint32"), 2))).toEqual([1, 9]);
});

test("select: chooses, is linear in both values, and folds a known condition", () => {
  const condition = make([4], [1, 0, 0, 1], "bool");
  const [x, y] = [make([4], anywhere), make([4], positive)];
  expect(list(select(condition, x, y))).toEqual([-2.3, 0.9, 1.7, 1.9]);
  expectLaws((a, b) => select(condition, a as Value, b as Value), [x, y]);
  expectLaws((a) => select(condition, a as Value, 0), [x]);
  expectLaws((c) => select(c as Value, x, y), [condition]);
  const everywhere = compare.less(make([], [0]), 1);
  const folded = compare.less(arithmetic.mul(make([], [0]), 0), 1);
  expect(list(select(everywhere, make([], [3]), 4))).toEqual([3]);
  expect(list(select(folded, make([], [3]), 4))).toEqual([3]);
});

test("no derivative passes stopGradient", () => {
  expectLaws((x) => arithmetic.mul(stopGradient(x as Value), 2), [make([2], [1, 2])], { order: 0 });
  const x: ConcreteArray = make([2], [1, 2]);
  expect(stopGradient(x)).toBe(x);
});

test("every elementwise primitive has a row here", () => {
  const families: readonly (readonly Primitive[])[] = [
    arithmetic.arithmeticPrimitives, rounding.roundingPrimitives, exponential.exponentialPrimitives, power.powerPrimitives, trigonometric.trigonometricPrimitives,
    special.specialPrimitives, compare.comparePrimitives, bitwise.bitwisePrimitives, selectPrimitives, controlPrimitives,
  ];
  const tested = new Set(rows.map((row) => row.op.primitive));
  const apart = new Set(["polygamma", "integerPow", "stopGradient", selectPrimitive.name, "isFinite"]);
  expect(families.flat().filter((p) => !tested.has(p)).map((p) => p.name).filter((name) => !apart.has(name))).toEqual([]);
});

test("primitives refuse mixed and foreign dtypes", () => {
  const [float, int, bool] = [make([2], [1, 2]), make([2], [1, 2], "int32"), make([2], [1, 0], "bool")];
  expect(() => arithmetic.mul(float, int)).toThrow("mul: operands differ in dtype: f64[2], i32[2]");
  expect(() => exponential.exp(int)).toThrow("exp: needs floating operands, got i32[2]");
  expect(() => bitwise.and(float, float)).toThrow("and: needs integer or boolean operands, got f64[2], f64[2]");
  expect(() => bitwise.shiftLeft(bool, bool)).toThrow("shiftLeft: needs integer operands");
  expect(() => select(int, float, float)).toThrow("select: the condition must be bool, got i32[2]");
  expect(() => select(bool, float, int)).toThrow("select: the values differ in dtype: f64[2], i32[2]");
  expect(() => select(make([3], [1, 0, 1], "bool"), float, float)).toThrow("select: operands differ in shape: bool[3], f64[2], f64[2]");
});

test("isFinite", () => {
  expect(list(rounding.isFinite(make([4], [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])))).toEqual([1, 0, 0, 0]);
});
