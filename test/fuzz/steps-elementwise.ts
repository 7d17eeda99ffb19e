/** Steps of a random program that compute element by element. */
import { type DType, dtypes, isFloat } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import type { Atom } from "../../src/core/program.ts";
import { primitives } from "../../src/ops/all.ts";
import { clamp, selectPrimitive } from "../../src/ops/select.ts";
import type { Builder } from "./builder.ts";
import { as, valueOfType } from "./partners.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";

export type Step = (builder: Builder) => void;

const binaryNames = [
  "add", "sub", "mul", "div", "scaleSafe", "mulSafe", "divSafe", "max", "min", "remainder", "pow", "integerPow", "logAddExp", "atan2", "nextAfter", "polygamma",
  "equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "and", "or", "xor", "shiftLeft", "shiftRightArithmetic", "shiftRightLogical",
];
const others = ["convert", "select", "clamp"];
const elementwise = primitives.filter((p) => p.lower.form === "elementwise" && !others.includes(p.name));
const binaries = elementwise.filter((p) => binaryNames.includes(p.name));
const unaries = elementwise.filter((p) => !binaryNames.includes(p.name));
/** What programs are mostly made of. */
const common = binaries.filter((p) => ["add", "sub", "mul", "max", "min", "div"].includes(p.name));
const cheap = unaries.filter((p) => ["neg", "abs", "sqrt", "exp", "tanh", "logistic", "sin", "floor", "sign", "not", "copy"].includes(p.name));

function takes(primitive: Primitive, operands: readonly Atom[]): boolean {
  try {
    return primitive.type(operands.map((a) => a.type), {}).length > 0;
  } catch {
    return false;
  }
}

const unary: Step = (b) => {
  const x = b.any();
  const fitting = (b.random.chance(0.5) ? cheap : unaries).filter((p) => takes(p, [x]));
  if (fitting.length > 0) b.apply(b.random.pick(fitting), [x]);
};

/** Exponents and orders are small whole numbers, counts of bits small ones. */
function right(b: Builder, primitive: Primitive, x: Atom): Atom {
  const { dtype, shape } = x.type;
  const low: Readonly<Record<string, readonly [number, number]>> = { integerPow: [isFloat(dtype) ? -3 : 0, 4], polygamma: [0, 3], shiftLeft: [0, 33], shiftRightArithmetic: [0, 33], shiftRightLogical: [0, 33] };
  const bounds = low[primitive.name];
  if (bounds !== undefined) return ConcreteArray.splat({ dtype, shape, weak: false }, b.random.int(...bounds));
  return valueOfType(b, dtype, shape, x);
}

/** Whose right operand is a small whole number, or where 0 of one value twice is another thing than almost 0. */
const neverTwice = ["integerPow", "polygamma", "shiftLeft", "shiftRightArithmetic", "shiftRightLogical", "div", "divSafe", "remainder"];

const binary: Step = (b) => {
  const x = b.any();
  const fitting = (b.random.chance(0.5) ? common : binaries).filter((p) => takes(p, [x, x]));
  if (fitting.length === 0) return;
  const primitive = b.random.pick(fitting);
  // one value twice is what compilers like to get wrong
  const y = b.random.chance(0.08) && !neverTwice.includes(primitive.name) ? x : right(b, primitive, x);
  const turned = primitive.name === "polygamma" || (primitive.name !== "integerPow" && b.random.chance(0.3));
  b.apply(primitive, turned ? [y, x] : [x, y]);
};

/** A bool value of a shape. */
function condition(b: Builder, like: Atom): Atom {
  const { shape, dtype } = like.type;
  const found = b.find((t) => t.dtype === "bool" && t.shape.join() === shape.join());
  if (found !== undefined && b.random.chance(0.6)) return found;
  const comparisons = binaries.filter((p) => ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"].includes(p.name));
  return b.apply(b.random.pick(comparisons), [like, valueOfType(b, dtype, shape, like)]) ?? valueOfType(b, "bool", shape);
}

const select: Step = (b) => {
  const x = b.any();
  const y = valueOfType(b, x.type.dtype, x.type.shape, x);
  const when = condition(b, b.random.chance(0.5) ? x : y);
  b.apply(selectPrimitive, b.random.chance(0.5) ? [when, x, y] : [when, y, x]);
};

const clamped: Step = (b) => {
  const x = b.any();
  const { dtype, shape } = x.type;
  b.apply(clamp.primitive, [valueOfType(b, dtype, shape), x, valueOfType(b, dtype, shape)]);
};

const convert: Step = (b) => {
  as(b, b.any(), b.random.pick(Object.keys(dtypes) as DType[]));
};

export const elementwiseSteps: readonly (readonly [number, Step])[] = [[22, unary], [30, binary], [6, select], [3, clamped], [6, convert]];
