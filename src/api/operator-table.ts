/** What operators mean in rewritten code when an operand is one of our arrays: JavaScript's syntax, elementwise. */
import { ArgumentError, ConcretizationError, DTypeError, TreeError, UnsupportedError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { build } from "../core/convert.ts";
import { isFloat, isInteger } from "../core/dtype.ts";
import type { Assigned, BinaryOperator, OperatorTable, TruthConstruct, UnaryOperator } from "../core/operators.ts";
import { printArray } from "../core/print-array.ts";
import { describe } from "../core/shape.ts";
import { isValue, refuseInTraces, refusing, type Value } from "../core/tensor.ts";
import { flatten, flattenLike, isArrayLike, unflatten } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";
import { forkStatement, loopStatement } from "../trace/statement.ts";
import * as arithmetic from "./arithmetic.ts";
import * as bitwise from "./bitwise.ts";
import * as compare from "./compare.ts";
import { comparing, power, product } from "./counts.ts";
import { index } from "./indexing.ts";
import { mathFunctions, numberFunctions } from "./math-object.ts";
import { isUntyped, toValue } from "./operand.ts";
import { noTruth } from "./primitive-value.ts";
import { where } from "./select.ts";

type Binary = (x: never, y: never) => unknown;

const binaryMeaning: Readonly<Record<BinaryOperator, Binary>> = {
  "+": arithmetic.add,
  "-": arithmetic.sub,
  "*": product,
  "/": arithmetic.div,
  "%": arithmetic.fmod,
  "**": power,
  "<": comparing(compare.less),
  "<=": comparing(compare.lessEqual),
  ">": comparing(compare.greater),
  ">=": comparing(compare.greaterEqual),
  "==": comparing(compare.equal),
  "===": comparing(compare.equal),
  "!=": comparing(compare.notEqual),
  "!==": comparing(compare.notEqual),
  "&": bitwise.bitwiseAnd,
  "|": bitwise.bitwiseOr,
  "^": bitwise.bitwiseXor,
  "<<": (x, count) => bitwise.leftShift(x, lowBits(count, "<<")),
  ">>": (x, count) => bitwise.rightShift(x, lowBits(count, ">>")),
  ">>>": (x, count) => bitwise.rightShiftLogical(unsigned(x, ">>>"), unsigned(lowBits(count, ">>>"), ">>>")),
};

/** The count of a shift as JavaScript takes it: its lowest five bits. What has no bits stays, for the shift to refuse. */
function lowBits(count: unknown, where: string): never {
  if (typeof count === "number") return (count & 31) as never;
  if (isUntyped(count)) return (count as readonly unknown[]).map((n) => lowBits(n, where)) as never;
  const value = toValue(count, where);
  return (isInteger(value.type.dtype) ? bitwise.bitwiseAnd(value as never, 31) : value) as never;
}

/** An operand of `>>>`, whose bits JavaScript reads as an unsigned integer. What has no bits stays, for the shift to refuse. */
function unsigned(x: unknown, where: string): never {
  const value = isUntyped(x) ? build(wrapped(x), "uint32", where) : toValue(x, where);
  return (isFloat(value.type.dtype) ? value : convert(value, "uint32")) as never;
}

function wrapped(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(wrapped);
  return Number.isInteger(x) ? (x as number) >>> 0 : x;
}

const unaryMeaning: Readonly<Record<UnaryOperator, (x: Value) => unknown>> = {
  "-": (x) => arithmetic.neg(x as never),
  "+": (x) => x,
  "~": (x) => bitwise.bitwiseNot(x as never),
  "!": (x) => compare.logicalNot(yesNo(x, "!") as never),
};

function binary(operator: BinaryOperator, left: unknown, right: unknown): unknown {
  if (operator === "+" && (typeof left === "string" || typeof right === "string")) return text(left) + text(right);
  return binaryMeaning[operator](left as never, right as never);
}

/** Strings take concrete arrays as their text; a traced tensor has none. */
function text(x: unknown): string {
  if (!isValue(x)) return String(x);
  if (x instanceof ConcreteArray) return printArray(x);
  throw new ConcretizationError(`+: a string meets a traced tensor (${showType(x.type)}), whose value is not known while tracing`, { hint: "return the tensor and print the result, or print its shape: x.shape" });
}

/** A condition must be bool: the truth of a number is JavaScript's for one number, and nobody's for many. */
function yesNo(x: Value, operator: string): Value {
  if (x.type.dtype === "bool") return x;
  throw new DTypeError(`${operator}: a condition must be bool, got ${showType(x.type)}`, { hint: "compare it: x !== 0, x > 0" });
}

/** A condition whose value is known now. */
function knownTruth(x: Value): boolean | undefined {
  return x instanceof ConcreteArray && x.type.shape.length === 0 ? truthOf(x) : undefined;
}

function truthOf(x: ConcreteArray): boolean {
  return Boolean(x.elements[0]);
}

function conditional(condition: unknown, whenTrue: () => unknown, whenFalse: () => unknown): unknown {
  const c = condition as Value;
  const known = knownTruth(c);
  if (known !== undefined) return known ? whenTrue() : whenFalse();
  yesNo(c, "?:");
  const a = whenTrue();
  const b = whenFalse();
  if (isArrayLike(a) && isArrayLike(b)) return where(c as never, a as never, b as never);
  const { leaves, structure } = flatten(a, "the first value of ?:");
  const others = flattenLike(structure, b, "the second value of ?:");
  if (leaves.length === 0 && a !== b) throw new TreeError(`?: a tensor chooses between ${describe(a)} and ${describe(b)}, which are no arrays`);
  return unflatten(structure, leaves.map((leaf, i) => where(c as never, leaf as never, others[i] as never)));
}

function logical(operator: "&&" | "||", left: unknown, right: () => unknown): unknown {
  const x = left as Value;
  const known = knownTruth(x);
  if (known !== undefined) return known === (operator === "&&") ? right() : left;
  yesNo(x, operator);
  const y = right();
  const other = typeof y === "boolean" || isValue(y) ? yesNo(toValue(y, operator), operator) : undefined;
  if (other === undefined) throw new DTypeError(`${operator}: a bool tensor meets ${describe(y)}`, { hint: "both sides must be bool; choose between values with where(condition, a, b)" });
  return (operator === "&&" ? compare.logicalAnd : compare.logicalOr)(x as never, other as never);
}

function truth(construct: TruthConstruct, value: unknown, why?: string, variables: readonly Assigned[] = []): boolean {
  if (construct === "??") return true;
  const known = construct === "switch" ? undefined : knownTruth(value as Value);
  if (known === undefined) throw refuseInTraces(noTruth(value as Value, construct, why, variables.map(({ name }) => name)));
  return known;
}

/** A condition that no program can branch on while it is recorded: of a concrete array that is not one element. */
function undecided(condition: Value, construct: TruthConstruct): void {
  if (condition instanceof ConcreteArray) throw refuseInTraces(noTruth(condition, construct));
}

/** Recording runs both sides of an `if`, and a loop's body once: an object that is changed there would be changed for good. */
function changes(what: string): never {
  throw refuseInTraces(new ConcretizationError(`${what} an object that is known outside of an if or a loop which becomes part of the program`, {
    hint: "make the object inside of the statement (a copy: [...list], new Map(map), list.toSorted()), or change it outside; keep what changes in variables and arrays: x = x.at(i).set(v)",
  }));
}

function indexed(target: unknown, key: unknown): unknown {
  if (isValue(target)) return index(target as never, key as never);
  if (isArrayLike(target)) return index(toValue(target, "index") as never, key as never);
  throw new ArgumentError(`index: a tensor cannot pick from ${describe(target)}`, { hint: "join the elements with stack([...]) and index the result" });
}

function assignIndex(target: unknown): never {
  const what = isValue(target) ? showType(target.type) : describe(target);
  throw refuseInTraces(new UnsupportedError(`x[i] = v: arrays are immutable (${what})`, { hint: "write x = x.at(i).set(v); also .add, .mul, .min, .max" }));
}

function math(name: string, args: readonly unknown[]): unknown {
  if (name === "Object.is") throw new UnsupportedError("Object.is: a tensor is never identical with a number", { hint: "compare elementwise: x === y; NaN is found with Number.isNaN(x)" });
  const f = mathFunctions[name] ?? numberFunctions[name];
  if (f === undefined) throw new UnsupportedError(`Math.${name} does not take tensors`, { hint: `it takes numbers only; on tensors work: ${Object.keys(mathFunctions).join(", ")}` });
  return f(...args);
}

export const operatorTable: OperatorTable = {
  binary,
  unary: (operator, operand) => unaryMeaning[operator](operand as Value),
  known: (condition) => knownTruth(condition as Value),
  conditional,
  logical,
  truth,
  fork(condition, variables, values) {
    undecided(condition as Value, "if");
    return refusing(() => forkStatement(condition, variables, values));
  },
  loop(construct, condition, variables) {
    undecided(condition as Value, construct);
    return loopStatement(construct, variables);
  },
  changes,
  index: indexed,
  assignIndex,
  math,
};
