/** Functions of two arrays that broadcast. */
import { add, copysign, div, floorDivide, fmax, fmin, fmod, hypot, maximum, minimum, mod, mul, pow, remainder, sub } from "../../src/api/arithmetic.ts";
import { bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor, clz32, imul, leftShift, populationCount, rightShift, rightShiftLogical } from "../../src/api/bitwise.ts";
import { equal, greater, greaterEqual, isFinite, isInf, isNaN, less, lessEqual, logicalAnd, logicalNot, logicalOr, logicalXor, notEqual } from "../../src/api/compare.ts";
import { logaddexp } from "../../src/api/exponential.ts";
import { nextAfter } from "../../src/api/rounding.ts";
import { xlog1py, xlogy } from "../../src/api/special.ts";
import { atan2 } from "../../src/api/trigonometric.ts";
import { answered, anyShape, bitsOnly, type Call, type Case, counted, type Domain, floated, integersOnly, kept, pairShapes, real } from "./support/case.ts";

type Options = Partial<Pick<Case, "dtypes" | "order" | "golden" | "examples" | "label" | "constant" | "shapes" | "operands" | "unlike">>;

function binary(name: string, call: Call, x: Domain, y: Domain, options: Options = {}): Case {
  return { name, call, operands: [x, y], shapes: pairShapes, dtypes: counted, order: 2, golden: [name], ...options };
}
function comparison(name: string, call: Call): Case {
  return binary(name, call, real(-2, 2), real(-2, 2), { dtypes: answered, order: 0 });
}
function bits(name: string, call: Call, options: Options = {}): Case {
  return binary(name, call, real(0, 30), real(0, 30), { dtypes: bitsOnly, order: 0, ...options });
}
function ofOne(name: string, call: Call, options: Options = {}): Case {
  return { name, call, operands: [real(-3, 3)], shapes: anyShape, dtypes: answered, order: 0, golden: [name], ...options };
}

const wide = real(-3, 3);
const away = real(0.5, 2);
const dividend = real(-7, 7);

export const binaryCases: readonly Case[] = [
  binary("add", add, wide, wide),
  binary("sub", sub, wide, wide),
  binary("mul", mul, wide, wide, { order: 3 }),
  binary("div", div, wide, away, { dtypes: floated, order: 3 }),
  binary("maximum", maximum, wide, wide, { dtypes: kept }),
  binary("minimum", minimum, wide, wide, { dtypes: kept }),
  binary("fmax", fmax, wide, wide, { dtypes: kept, golden: { none: "JAX's derivative at a NaN is not ours to follow" }, examples: [{ operands: [[1, NaN, 3, NaN], [2, 2, NaN, NaN]], result: [2, 2, 3, NaN] }] }),
  binary("fmin", fmin, wide, wide, { dtypes: kept, golden: { none: "JAX's derivative at a NaN is not ours to follow" }, examples: [{ operands: [[1, NaN, 3, NaN], [2, 2, NaN, NaN]], result: [1, 2, 3, NaN] }] }),
  binary("mod", mod, dividend, real(0.7, 2), { examples: [{ operands: [[-6, 6, -0, 0], [3, -3, 3, -3]], result: [0, -0, 0, -0], because: "NumPy: a zero takes the sign of the divisor" }] }),
  binary("remainder", remainder, dividend, real(0.7, 2), { golden: ["mod"] }),
  binary("fmod", fmod, dividend, real(0.7, 2), { golden: ["rem"] }),
  binary("floorDivide", floorDivide, dividend, real(0.7, 2), { order: 0 }),
  binary("pow", pow, real(0.4, 2), real(-2, 2), { order: 3, golden: ["pow"], dtypes: counted, operands: [real(0.4, 2), real(0.2, 2)] }),
  binary("pow", (x) => pow(x, 3), wide, wide, { label: "whole exponent", golden: ["integerPow"], operands: [wide], shapes: anyShape, order: 3 }),
  binary("pow", (x) => pow(x, -2), wide, wide, {
    label: "negative whole exponent",
    golden: ["integerPow"],
    operands: [real(0.5, 2)],
    shapes: anyShape,
    dtypes: { float32: "float32", float64: "float64" },
  }),
  binary("hypot", hypot, wide, away, { dtypes: floated }),
  binary("hypot", hypot, wide, away, {
    label: "three operands",
    dtypes: floated,
    golden: ["hypot"],
    operands: [wide, away, wide],
    shapes: [[[], [], []], [[3], [2, 1], [3]], [[0], [0], [1]]],
  }),
  binary("copysign", copysign, wide, wide, {
    dtypes: floated,
    golden: { none: "choosing a sign" },
    examples: [{ operands: [[1, -2, 0, -0, 3, Infinity, -Infinity, 4, 5], [-1, 1, -1, 1, -0, -2, 2, Infinity, -Infinity]], result: [-1, 2, -0, 0, -3, -Infinity, Infinity, 4, -5] }],
  }),
  binary("atan2", atan2, wide, away, { dtypes: floated, order: 3 }),
  binary("logaddexp", logaddexp, wide, wide, { dtypes: floated, order: 3 }),
  binary("nextAfter", nextAfter, wide, wide, { dtypes: floated, order: 0 }),
  binary("xlogy", xlogy, wide, away, { dtypes: floated }),
  binary("xlog1py", xlog1py, wide, away, { dtypes: floated, golden: { none: "xlogy with another logarithm" }, examples: [{ operands: [[0, 0, 2], [-1, 3, Math.E - 1]], result: [0, 0, 2] }] }),

  comparison("equal", equal),
  comparison("notEqual", notEqual),
  comparison("less", less),
  comparison("lessEqual", lessEqual),
  comparison("greater", greater),
  comparison("greaterEqual", greaterEqual),
  comparison("logicalAnd", logicalAnd),
  comparison("logicalOr", logicalOr),
  comparison("logicalXor", logicalXor),
  ofOne("logicalNot", logicalNot),
  ofOne("isNaN", isNaN, { golden: ["isNan"] }),
  ofOne("isInf", isInf),
  ofOne("isFinite", isFinite),

  bits("bitwiseAnd", bitwiseAnd),
  bits("bitwiseOr", bitwiseOr),
  bits("bitwiseXor", bitwiseXor),
  ofOne("bitwiseNot", bitwiseNot, { dtypes: bitsOnly, operands: [real(0, 30)], unlike: ["bool"] }),
  bits("leftShift", leftShift, { golden: ["shiftLeft"], dtypes: integersOnly, operands: [real(0, 9), real(0, 9)] }),
  bits("rightShift", rightShift, { golden: ["shiftRightArithmetic"], dtypes: integersOnly, operands: [real(0, 900), real(0, 9)] }),
  bits("rightShiftLogical", rightShiftLogical, { golden: ["shiftRightLogical"], dtypes: integersOnly, operands: [real(0, 900), real(0, 9)] }),
  bits("imul", imul, { golden: { none: "JavaScript's Math.imul" }, dtypes: integersOnly, examples: [{ operands: [{ dtype: "int32", values: [65536, -7] }, { dtype: "int32", values: [65537, 3] }], result: { dtype: "int32", values: [65536, -21] } }] }),
  ofOne("populationCount", populationCount, { dtypes: { ...integersOnly, bool: "int32" }, operands: [real(0, 900)] }),
  ofOne("clz32", clz32, { golden: ["countLeadingZeros"], dtypes: { ...integersOnly, bool: "int32" }, operands: [real(0, 900)] }),
];
