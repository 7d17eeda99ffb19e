/**
 * From what users pass to a library function to values of one dtype and one shape: conversion, promotion, broadcasting. JavaScript
 * numbers and lists of numbers are weakly typed: they take the dtype of what they meet and never change its precision.
 */
import { DTypeError, TreeError } from "../errors.ts";
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { build, checkNumber, ownDType } from "../core/convert.ts";
import { type DType, dtypes, isFloat, promoteDTypes, type WeakDType } from "../core/dtype.ts";
import { deepest, listFault } from "../core/nested-list.ts";
import { broadcastShapes, describe, sameShape } from "../core/shape.ts";
import { currentTrace, isValue, type Value } from "../core/tensor.ts";
import { isArrayLike } from "../core/tree.ts";
import { sameType, showType, type TensorType, tensorType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";
import { broadcastTo } from "../ops/structure.ts";
import { publicFunction } from "./public-function.ts";

/** A function of one array: concrete in, concrete out; otherwise a tensor. */
export interface UnaryFunction {
  (x: NDArray): NDArray;
  (x: Operand): Tensor;
}
/** A function of two arrays that broadcast. */
export interface BinaryFunction {
  (x: NDArray, y: NDArray): NDArray;
  (x: Operand, y: Operand): Tensor;
}

/** The dtype of numbers that meet nothing stronger. */
export function defaultFloat(): DType {
  return currentTrace()?.defaultFloat ?? "float32";
}

/** One operand as a value with its own dtype; numbers and lists of numbers become weak floats. */
export function toValue(operand: unknown, where: string): Value {
  if (isValue(operand)) return operand;
  checkOperand(operand, where);
  const own = ownDType(operand);
  const array = build(operand, own ?? defaultFloat(), where);
  return own === undefined ? array.withType({ ...array.type, weak: true }) : array;
}

function checkOperand(operand: unknown, where: string): void {
  if (isArrayLike(operand)) return;
  if (Array.isArray(operand)) return checkList(operand, where);
  throw new TreeError(`${where}: expected an array or a number, got ${describe(operand)}`, {
    hint: typeof operand === "bigint" ? "convert it with Number(x)" : "operands are numbers, nested lists of numbers, typed arrays, NDArrays and tensors",
  });
}

/** Refuses a list that is no array: of arrays, or of numbers but not rectangular. */
export function checkList(list: readonly unknown[], where: string): void {
  if (!isArrayLike(list)) throw badList(list, where);
}

function badList(list: readonly unknown[], where: string): TreeError {
  const entries: unknown[] = list.flat(deepest);
  const values = entries.filter(isValue);
  if (values.length > 0) {
    const join = "join them with stack([...]) or concatenate([...])";
    const alike = values.length === entries.length && values.every((v) => sameShape(v.type.shape, (values[0] as Value).type.shape));
    const types = values.slice(0, 4).map((v) => showType(v.type));
    return new TreeError(`${where}: a list of tensors is no operand: [${types.join(", ")}${values.length > 4 ? ", …" : ""}]`, {
      hint: alike ? join : `${join}; a list of numbers whose parts differ in length comes into a traced function as such a list of tensors`,
    });
  }
  if (entries.some(isTyped)) return new TreeError(`${where}: a list of arrays is no operand`, { hint: "join them with array([...]) or concatenate([...])" });
  const { text, hint } = listFault(list);
  return new TreeError(`${where}: ${text}`, { hint });
}

/** Operands brought to their common dtype. With `floating`, integers and bool become floats, as NumPy does for exp and its kin. */
export function promote(where: string, operands: readonly unknown[], options: { readonly floating?: boolean } = {}): Value[] {
  const known = operands.map((x) => (isUntyped(x) ? undefined : toValue(x, where)));
  let common: WeakDType | undefined;
  for (const value of known) {
    if (value !== undefined) common = common === undefined ? value.type : promoteDTypes(common, value.type, where);
  }
  const untypedFloat = operands.some((x, i) => known[i] === undefined && !(common !== undefined && dtypes[common.dtype].kind === "int" && isIntegral(x) && (!common.weak || fits(x))));
  if (untypedFloat) {
    const weakFloat = { dtype: numbersAs(common), weak: true };
    common = common === undefined ? weakFloat : promoteDTypes(common, weakFloat, where);
  }
  let target = common ?? { dtype: defaultFloat(), weak: true };
  if (options.floating === true && !isFloat(target.dtype)) target = { dtype: numbersAs(target), weak: target.weak };
  return operands.map((x, i) => {
    const value = known[i];
    if (value === undefined) return untyped(x, target, where);
    return value.type.dtype === target.dtype ? value : convert(value, target.dtype, target.weak);
  });
}

/** The floating dtype of numbers. What a loop has counted is a number of JavaScript: a float that cannot hold it would round it. */
function numbersAs(common: WeakDType | undefined): DType {
  return common?.weak === true && dtypes[common.dtype].kind === "int" ? "float64" : defaultFloat();
}

/** An array that brings its dtype along: ours, a typed array, one of another library. */
export function isTyped(x: unknown): boolean {
  return typeof x === "object" && !Array.isArray(x) && isArrayLike(x);
}

/** Numbers and lists of them, whose dtype the context decides. */
export function isUntyped(x: unknown): boolean {
  return typeof x === "number" || (Array.isArray(x) && isArrayLike(x) && ownDType(x) === undefined);
}

function isIntegral(x: unknown): boolean {
  return typeof x === "number" ? Number.isInteger(x) : (x as readonly unknown[]).flat(Number.POSITIVE_INFINITY).every((v) => Number.isInteger(Number(v)));
}

/** Whether a number of JavaScript can be added to integers that came from such numbers too, far from the bounds of int32; beyond both are floats. */
function fits(x: unknown): boolean {
  return typeof x !== "number" || Math.abs(x) <= 2 ** 30;
}

function untyped(x: unknown, target: WeakDType, where: string): Value {
  if (typeof x === "number") return ConcreteArray.splat(tensorType(target.dtype, [], target.weak), checkNumber(x, target.dtype, where));
  const array = build(x, target.dtype, where);
  return array.withType({ ...array.type, weak: target.weak });
}

/** Values broadcast to their common shape. A repeated number costs no operation. */
export function broadcastValues(where: string, values: readonly Value[]): Value[] {
  const shape = broadcastShapes(values.map((v) => v.type.shape), where);
  return values.map((v) => broadcastValue(v, shape));
}

export function broadcastValue(value: Value, shape: readonly number[]): Value {
  if (sameShape(value.type.shape, shape)) return value;
  if (value instanceof ConcreteArray && value.splat !== undefined) return ConcreteArray.splat({ ...value.type, shape }, value.splat);
  return broadcastTo(value, shape);
}

/** Promoted and broadcast operands: what an elementwise operation takes. */
export function joined(where: string, operands: readonly unknown[], options: { readonly floating?: boolean } = {}): Value[] {
  return broadcastValues(where, promote(where, operands, options));
}

/** Two operands of one strong floating type, or one and a number: `joined` has nothing to work out, then. Undefined for all others. */
export function alike(x: unknown, y: unknown): Value[] | undefined {
  if (isValue(x) && isStrongFloat(x.type)) {
    if (typeof y === "number") return [x, ConcreteArray.splat(x.type, y)];
    return isValue(y) && (x.type === y.type || (isStrongFloat(y.type) && sameType(x.type, y.type))) ? [x, y] : undefined;
  }
  return typeof x === "number" && isValue(y) && isStrongFloat(y.type) ? [ConcreteArray.splat(y.type, x), y] : undefined;
}

function isStrongFloat({ dtype, weak }: TensorType): boolean {
  return !weak && isFloat(dtype);
}

/** One operand, made floating where it is not. */
export function floating(operand: unknown, where: string): Value {
  return promote(where, [operand], { floating: true })[0] as Value;
}

/** One operand that must not be bool: bool counts as int32, as in JAX's sums. */
export function numeric(operand: unknown, where: string): Value {
  const value = toValue(operand, where);
  return value.type.dtype === "bool" ? convert(value, "int32") : value;
}

/** A boolean operand. */
export function boolean(operand: unknown, where: string): Value {
  const value = toValue(operand, where);
  if (value.type.dtype === "bool") return value;
  throw new DTypeError(`${where}: expected a bool array, got dtype ${value.type.dtype}`, { hint: "compare it first, for example x.notEqual(0)" });
}

/** The value as users see it. The classes carry the methods of the public types; this is the one place that says so. */
export function expose<T>(value: Value): T {
  return value as unknown as T;
}

/** A public function of one array from its implementation on operands. */
export function unaryFunction(name: string, implementation: (x: Value) => Value, prepare: (operand: unknown, where: string) => Value): UnaryFunction {
  return publicFunction(name, ["x"], (x: unknown): never => expose(implementation(prepare(x, name))));
}

/** A public function of two arrays from its implementation on promoted, broadcast operands. */
export function binaryFunction(name: string, implementation: (x: Value, y: Value) => Value, options: { readonly floating?: boolean } = {}): BinaryFunction {
  return publicFunction(name, ["x", "y"], (x: unknown, y: unknown): never => {
    const both = alike(x, y) ?? joined(name, [x, y], options);
    return implementation(both[0] as Value, both[1] as Value) as never;
  });
}
