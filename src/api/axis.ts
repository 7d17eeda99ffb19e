/**
 * The axes and options of functions of one array, as users write them: `sum(x, 0)`, `sum(x, [0, 1])`, `sum(x, { axis, keepDims })`.
 */
import { ArgumentError } from "../errors.ts";
import type { Axis, NDArray, Operand, ReduceOptions, Tensor } from "../core/array-types.ts";
import { checkAxes, checkAxis, describe } from "../core/shape.ts";
import { isValue, type Value } from "../core/tensor.ts";
import { reshape } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";

/** A function of one array and further arguments that are no arrays: concrete in, concrete out. */
export interface ArrayFunction<Rest extends readonly unknown[] = []> {
  (x: NDArray, ...rest: Rest): NDArray;
  (x: Operand, ...rest: Rest): Tensor;
}
/** A function that reduces some axes of one array. */
export type ReduceFunction = ArrayFunction<[options?: ReduceOptions | Axis]>;

/** The options, where a number, a list or null stands for `{ axis }`. Unknown keys are refused. */
export function axisOptions(argument: unknown, keys: readonly string[], where: string): Readonly<Record<string, unknown>> & { readonly axis?: unknown } {
  if (isValue(argument)) throw new ArgumentError(`${where}: an axis must be a plain number known while tracing, got ${describe(argument)}`);
  if (argument === undefined || argument === null || typeof argument === "number" || Array.isArray(argument)) return argument === undefined ? {} : { axis: argument };
  checkKeys(argument, keys, where);
  return argument as Readonly<Record<string, unknown>>;
}

/** One axis from a short form or options; undefined where none is given. */
export function oneAxis(argument: unknown, rank: number, where: string, keys: readonly string[] = ["axis"]): number | undefined {
  const { axis } = axisOptions(argument, keys, where);
  return axis === undefined || axis === null ? undefined : checkAxis(axis, rank, where);
}

/** Several axes from a short form or options; all where none is given. */
export function manyAxes(argument: unknown, rank: number, where: string): number[] {
  return checkAxes(axisOptions(argument, ["axis"], where).axis, rank, where);
}

const reduceKeys = ["axis", "keepDims"];
/** The parameters of a reduction, as errors show them. */
export const reduceForm: readonly string[] = ["x", "axes | { axis, keepDims }"];

/** Reduces the axes that `argument` names with `reduce`, and keeps them with length 1 where it asks for that. */
export function reduced(x: Value, argument: unknown, where: string, reduce: (x: Value, axes: readonly number[]) => Value, keys: readonly string[] = reduceKeys): Value {
  const { axis, keepDims } = axisOptions(argument, keys, where);
  const axes = checkAxes(axis, x.type.shape.length, where);
  const y = reduce(x, axes);
  return keepDims === true ? keepAxes(y, x.type.shape, axes) : y;
}

/** A reduction's result with its reduced axes back, of length 1. */
export function keepAxes(y: Value, shape: readonly number[], axes: readonly number[]): Value {
  return reshape(y, shape.map((n, d) => (axes.includes(d) ? 1 : n)));
}

/** An option that must be one of a few words. */
export function checkWord<W extends string>(value: unknown, words: readonly W[], where: string, option: string): W {
  const found = words.find((w) => w === value);
  if (found !== undefined) return found;
  throw new ArgumentError(`${where}: unknown ${option} ${describe(value)}`, { hint: `${option}: ${words.join(", ")}` });
}

/** A whole number of at least `least`. */
export function checkCount(value: unknown, where: string, what: string, least = 0): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new ArgumentError(`${where}: ${what} must be a whole number of at least ${least}, got ${describe(value)}`);
}

/** A whole number. */
export function checkInteger(value: unknown, where: string, what: string): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new ArgumentError(`${where}: ${what} must be a whole number, got ${describe(value)}`);
}
