/**
 * How each scalar instruction is spelled for one element. What it means is in core/scalar.ts: on float64, rounded to the dtype. Here float32
 * is computed in f32 where that gives the same number. What WebAssembly has no instruction for is the imported JavaScript function.
 */
import { type DType, isFloat } from "../../../core/dtype.ts";
import { InternalError } from "../../../errors.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { ofEachType, type Scalar, type ScalarCode, typeOf } from "./code.ts";
import { type Opcode, opcodes } from "../opcodes.ts";
import { convert, intDivision, shift, shiftArithmetic, signOf } from "./integer.ts";

/** Leaves the result, of `dtype`, on the stack. */
export interface Spelling {
  (code: ScalarCode, operands: readonly Scalar[], dtype: DType, instruction: ScalarInstruction): void;
  /** The only opcode that it is on operands of this dtype, behind those. */
  opcode?(from: DType): string | undefined;
  /** Whether it pushes each operand of this dtype once, in their order and before anything else, so that they may be on the stack already. */
  inOrder?(from: DType): boolean;
}

const inOrder = (when: (from: DType) => boolean, spelling: Spelling): Spelling => Object.assign(spelling, { inOrder: when });

const host: Spelling = inOrder((from) => from === "float64", (code, operands, dtype, instruction) => code.callHost(instruction, dtype, operands));
const at = (operands: readonly Scalar[], i: number): Scalar => {
  const x = operands[i];
  if (x === undefined) throw new InternalError("a scalar instruction lacks an operand");
  return x;
};
function pushAll(code: ScalarCode, operands: readonly Scalar[]): void {
  for (let i = 0; i < operands.length; i++) code.push(operands[i] as Scalar);
}

/** One opcode where there is one for the dtype of the operands. */
function plain(opcode: (from: DType) => string | undefined, otherwise: Spelling = host): Spelling {
  const spelling: Spelling = (code, operands, dtype, instruction) => {
    const name = opcode(at(operands, 0).dtype);
    if (name === undefined) return otherwise(code, operands, dtype, instruction);
    pushAll(code, operands);
    code.op(name);
  };
  return Object.assign(spelling, { opcode, inOrder: (from: DType) => opcode(from) !== undefined || otherwise.inOrder?.(from) === true });
}

/** One opcode in the wasm type of the operands; on integers `int` where it is named otherwise, or the imported function. */
function simple(float: string, int: string | undefined = undefined): Spelling {
  const names = ofEachType(float);
  return plain((from) => (isFloat(from) ? names[typeOf[from]] : int && `i32.${int}`));
}

function comparison(float: string, int: string = float, signed = true): Spelling {
  const names = ofEachType(float);
  return plain((from) => (isFloat(from) ? names[typeOf[from]] : `i32.${int}${signed ? (from === "int32" ? "_s" : "_u") : ""}`));
}

/** `best` of two integers is the first where it compares so. */
function extremum(float: string, compare: string): Spelling {
  const names = ofEachType(float);
  return plain((from) => (isFloat(from) ? names[typeOf[from]] : undefined), (code, operands) => {
    pushAll(code, operands);
    pushAll(code, operands);
    code.op(`i32.${compare}${at(operands, 0).dtype === "int32" ? "_s" : "_u"}`).op("select");
  });
}

const equals = ofEachType("eq");

/** 0 where the first operand is 0. */
function safe(opcode: string): Spelling {
  const names = ofEachType(opcode);
  return (code, operands) => {
    const t = at(operands, 0);
    code.literal(t.dtype, 0);
    pushAll(code, operands);
    code.op(names[typeOf[t.dtype]]).push(t).literal(t.dtype, 0).op(equals[typeOf[t.dtype]]).op("select");
  };
}

/** 0 where either operand is 0. */
const mulSafe: Spelling = (code, operands, dtype, instruction) => {
  const y = at(operands, 1);
  code.literal(y.dtype, 0);
  safe("mul")(code, operands, dtype, instruction);
  code.push(y).literal(y.dtype, 0).op(equals[typeOf[y.dtype]]).op("select");
};

const bits = (opcode: string): Spelling => plain(() => `i32.${opcode}`);

const negations = ofEachType("neg");
const neg: Spelling = plain((from) => (isFloat(from) ? negations[typeOf[from]] : undefined), (code, operands) => {
  code.literal("int32", 0).push(at(operands, 0)).op("i32.sub");
});

const magnitudes = ofEachType("abs");
const abs: Spelling = plain((from) => (isFloat(from) ? magnitudes[typeOf[from]] : undefined), (code, operands) => {
  const x = at(operands, 0);
  if (x.dtype !== "int32") return void code.push(x);
  code.literal("int32", 0).push(x).op("i32.sub").push(x).push(x).literal("int32", 0).op("i32.lt_s").op("select");
});

/** 1/√x is rounded once, from float64. */
const rsqrt: Spelling = (code, operands) => {
  const x = at(operands, 0);
  code.literal("float64", 1).push(x);
  if (x.dtype === "float32") code.op("f64.promote_f32");
  code.op("f64.sqrt").op("f64.div");
  if (x.dtype === "float32") code.op("f32.demote_f64");
};

const integerPow: Spelling = (code, operands, dtype, instruction) => {
  const [x, n] = [at(operands, 0), at(operands, 1)];
  if (n.local !== undefined || (n.value !== 2 && n.value !== -1)) return host(code, operands, dtype, instruction);
  if (n.value === 2) code.push(x).push(x).op(`${typeOf[dtype]}.mul`);
  else code.literal(dtype, 1).push(x).op(`${typeOf[dtype]}.div`);
};

const isFinite: Spelling = (code, operands) => {
  const x = at(operands, 0);
  if (!isFloat(x.dtype)) return void code.literal("bool", 1);
  const type = typeOf[x.dtype];
  code.push(x).op(`${type}.abs`).literal(x.dtype, Number.POSITIVE_INFINITY).op(`${type}.lt`);
};

const select: Spelling = (code, operands) => {
  const condition = at(operands, 0);
  code.push(at(operands, 1)).push(at(operands, 2)).push(condition);
  if (isFloat(condition.dtype)) code.literal(condition.dtype, 0).op(`${typeOf[condition.dtype]}.ne`);
  code.op("select");
};

/** min(max(x, low), high); a NaN stays. */
const clamp: Spelling = (code, operands, dtype) => {
  const [low, x, high] = [at(operands, 0), at(operands, 1), at(operands, 2)];
  spellings.max(code, [x, low], dtype, "max");
  if (isFloat(dtype)) return void code.push(high).op(`${typeOf[dtype]}.min`);
  const raised = code.keep(dtype);
  spellings.min(code, [raised, high], dtype, "min");
  code.release(raised);
};

const converted: Spelling = inOrder(isFloat, convert);

const spellings = {
  copy: converted, toInt32: converted, toUint32: converted,
  wrapInt32: converted, wrapUint32: converted, toBool: converted,
  add: simple("add", "add"), sub: simple("sub", "sub"), mul: simple("mul", "mul"), mulInt32: bits("mul"), mulUint32: bits("mul"),
  div: simple("div"), divInt32: intDivision, divUint32: intDivision, scaleSafe: safe("mul"), mulSafe, divSafe: safe("div"),
  remainder: host, remainderInteger: intDivision,
  neg, abs, sign: signOf, max: extremum("max", "gt"), min: extremum("min", "lt"),
  floor: simple("floor"), ceil: simple("ceil"), trunc: simple("trunc"), round: simple("nearest"),
  exp: host, exp2: host, expm1: host, log: host, log2: host, log10: host, log1p: host, logAddExp: host, logistic: host,
  sqrt: simple("sqrt"), rsqrt, cbrt: host, pow: host, integerPow, integerPowInt32: host, integerPowUint32: host,
  sin: host, cos: host, tan: host, asin: host, acos: host, atan: host, atan2: host,
  sinh: host, cosh: host, tanh: host, asinh: host, acosh: host, atanh: host,
  erf: host, erfc: host, erfInv: host, lgamma: host, digamma: host, polygamma: host,
  equal: comparison("eq", "eq", false), notEqual: comparison("ne", "ne", false),
  less: comparison("lt"), lessEqual: comparison("le"), greater: comparison("gt"), greaterEqual: comparison("ge"),
  isFinite, select, clamp, nextAfter32: host, nextAfter64: host,
  and: bits("and"), or: bits("or"), xor: bits("xor"),
  not: (code, operands) => void code.push(at(operands, 0)).literal("int32", -1).op("i32.xor"),
  notBool: bits("eqz"),
  shiftLeftInt32: shift("shl"), shiftLeftUint32: shift("shl"), shiftRightLogicalInt32: shift("shr_u"), shiftRightLogicalUint32: shift("shr_u"),
  shiftRightArithmeticInt32: shiftArithmetic, shiftRightArithmeticUint32: shiftArithmetic,
  populationCount: bits("popcnt"), countLeadingZeros: bits("clz"),
} as const satisfies Record<ScalarInstruction, Spelling>;

/** The instruction on one element. */
export function spellScalar(instruction: ScalarInstruction, dtype: DType, code: ScalarCode, operands: readonly Scalar[]): Scalar {
  spellOnStack(instruction, dtype, code, operands);
  return code.keep(dtype);
}

/** The same, with the result left on the stack. */
export function spellOnStack(instruction: ScalarInstruction, dtype: DType, code: ScalarCode, operands: readonly Scalar[]): void {
  (spellings[instruction] as Spelling)(code, operands, dtype, instruction);
}

/** How an instruction takes operands of a dtype that are pushed in their order. */
export interface OnStack {
  /** Whether it takes them from the stack at all. */
  readonly takes: boolean;
  /** Undefined where it is more than one opcode, or none. */
  readonly opcode: Opcode | undefined;
}
const known: Partial<Record<ScalarInstruction, Partial<Record<DType, OnStack>>>> = {};

export function onStackOf(instruction: ScalarInstruction, from: DType): OnStack {
  const ofInstruction = (known[instruction] ??= {});
  return (ofInstruction[from] ??= readSpelling(spellings[instruction], from));
}

function readSpelling(spelling: Spelling, from: DType): OnStack {
  const name = spelling.opcode?.(from);
  return { takes: spelling.inOrder?.(from) === true, opcode: name === undefined ? undefined : opcodes[name] };
}
