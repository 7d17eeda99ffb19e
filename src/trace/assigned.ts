/**
 * The values of variables that a statement assigns, before and after it or on its two sides: trees that are walked together, down to the
 * arrays and numbers in which they differ. Everything else in them must be the same.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { build, ownDType, toConcrete } from "../core/convert.ts";
import { type DType, dtypes, isFloat, promoteDTypes } from "../core/dtype.ts";
import { describe, sameShape } from "../core/shape.ts";
import { isValue, type Value } from "../core/tensor.ts";
import { isArrayLike, isPlainObject, type TreeClass, treeClassOf } from "../core/tree.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";

/** A tree of one or of two values. Leaves are numbered in order. */
export type Form =
  | { readonly kind: "leaf" }
  /** Not walked into: the same on both sides, or of no interest to programs. */
  | { readonly kind: "same"; readonly value: unknown }
  | { readonly kind: "list"; readonly items: readonly Form[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly Form[] }
  | { readonly kind: "class"; readonly type: TreeClass; readonly data: unknown; readonly items: readonly Form[] };

/** A pair of leaves and where they are: `state.x[0]`. */
export interface Pair {
  readonly path: string;
  readonly first: unknown;
  readonly second: unknown;
}

/** The error of two values that cannot stand for each other. */
export type Mismatch = (path: string, first: string, second: string, hint?: string, type?: typeof ShapeError) => Error;

/** The common form of two values; the leaves in which they differ are added to `pairs`. `lists`: a list of numbers is a list, not an array. */
export function pairUp(first: unknown, second: unknown, lists: boolean, path: string, pairs: Pair[], mismatch: Mismatch): Form {
  if (Object.is(first, second)) return { kind: "same", value: first };
  const asLists = lists && Array.isArray(first) && Array.isArray(second) && first.length === second.length;
  if (!asLists && isArrayLike(first) && isArrayLike(second)) {
    pairs.push({ path, first, second });
    return { kind: "leaf" };
  }
  if (Array.isArray(first) && Array.isArray(second) && first.length === second.length) {
    return { kind: "list", items: first.map((item, i) => pairUp(item, second[i], lists, `${path}[${i}]`, pairs, mismatch)) };
  }
  if (isPlainObject(first) && isPlainObject(second)) {
    const keys = Object.keys(first);
    if (keys.length === Object.keys(second).length && keys.every((key) => Object.hasOwn(second, key))) {
      return { kind: "object", keys, items: keys.map((key) => pairUp(first[key], second[key], lists, `${path}.${key}`, pairs, mismatch)) };
    }
  }
  const type = treeClassOf(first);
  if (type !== undefined && treeClassOf(second) === type) {
    const [a, b] = [type.flatten(first as object), type.flatten(second as object)];
    if (a.children.length === b.children.length) {
      return { kind: "class", type, data: a.data, items: a.children.map((child, i) => pairUp(child, b.children[i], lists, `${path}.${type.name}#${i}`, pairs, mismatch)) };
    }
  }
  throw mismatch(path, shown(first), shown(second));
}

/** The form of one value, of which all arrays and numbers are leaves; `lists`: a list of numbers is a list too, each number a leaf. */
export function formOf(value: unknown, lists: boolean, path: string, leaves: { path: string; value: unknown }[]): Form {
  if (isArrayLike(value) && !(lists && Array.isArray(value))) {
    leaves.push({ path, value });
    return { kind: "leaf" };
  }
  if (Array.isArray(value)) return { kind: "list", items: value.map((item, i) => formOf(item, lists, `${path}[${i}]`, leaves)) };
  if (isPlainObject(value)) {
    const keys = Object.keys(value);
    return { kind: "object", keys, items: keys.map((key) => formOf(value[key], lists, `${path}.${key}`, leaves)) };
  }
  const type = treeClassOf(value);
  if (type === undefined) return { kind: "same", value };
  const { children, data } = type.flatten(value as object);
  return { kind: "class", type, data, items: children.map((child, i) => formOf(child, lists, `${path}.${type.name}#${i}`, leaves)) };
}

/** The leaves of a value that must have a form; undefined where a list of numbers has become a list of other things. */
export function leavesLike(form: Form, value: unknown, path: string, leaves: unknown[], mismatch: Mismatch, before: unknown): boolean {
  const children = childrenOf(form, value);
  switch (form.kind) {
    case "same":
      if (!Object.is(form.value, value)) throw mismatch(path, shown(form.value), shown(value));
      return true;
    case "leaf":
      leaves.push(value);
      if (isArrayLike(value)) return true;
      if (Array.isArray(value) && Array.isArray(before) && before.length === value.length) return false;
      throw mismatch(path, shown(before), shown(value));
    default: {
      if (children === undefined) throw mismatch(path, shown(before), shown(value));
      const earlier = childrenOf(form, before) ?? [];
      return form.items.every((item, i) => leavesLike(item, children[i], childPath(form, path, i), leaves, mismatch, earlier[i]));
    }
  }
}

function childrenOf(form: Form, value: unknown): readonly unknown[] | undefined {
  switch (form.kind) {
    case "list": return Array.isArray(value) && value.length === form.items.length ? value : undefined;
    case "object": return isPlainObject(value) && Object.keys(value).length === form.keys.length && form.keys.every((key) => Object.hasOwn(value, key)) ? form.keys.map((key) => value[key]) : undefined;
    case "class": return treeClassOf(value) === form.type ? form.type.flatten(value as object).children : undefined;
    default: return undefined;
  }
}

function childPath(form: Form, path: string, i: number): string {
  if (form.kind === "object") return `${path}.${form.keys[i]}`;
  return form.kind === "class" ? `${path}.${form.type.name}#${i}` : `${path}[${i}]`;
}

/** Puts a value together from its leaves, in order. */
export function fill(form: Form, leaves: Iterator<unknown>): unknown {
  switch (form.kind) {
    case "same": return form.value;
    case "leaf": return leaves.next().value;
    case "list": return form.items.map((item) => fill(item, leaves));
    case "object": return Object.fromEntries(form.keys.map((key, i) => [key, fill(form.items[i] as Form, leaves)]));
    case "class": return form.type.unflatten(form.data, form.items.map((item) => fill(item, leaves)));
  }
}

/** A value as errors show it. */
export function shown(value: unknown): string {
  if (isValue(value)) return showType(value.type);
  return typeof value === "string" ? JSON.stringify(value) : describe(value);
}

/** Whether a leaf is a number or a list of numbers of JavaScript, which takes its dtype from what it meets. */
export function isUntyped(leaf: unknown): boolean {
  return !isValue(leaf) && ownDType(leaf) === undefined;
}

function isIntegral(leaf: unknown): boolean {
  return typeof leaf === "number" ? Number.isInteger(leaf) : Array.isArray(leaf) && leaf.flat(Number.POSITIVE_INFINITY).every((v) => Number.isInteger(v));
}

/** Whether a leaf is a number of JavaScript that can be a count: an integer, and far from the bounds of int32. */
export function isSmallInteger(leaf: unknown): boolean {
  return typeof leaf === "number" && Number.isInteger(leaf) && Math.abs(leaf) <= 2 ** 30 && !Object.is(leaf, -0);
}

/** The type of a leaf; numbers are weak floats. */
export function leafType(leaf: unknown, float: DType, where: string): TensorType {
  if (isValue(leaf)) return leaf.type;
  if (typeof leaf === "number") return tensorType(float, [], true);
  const { type } = toConcrete(leaf, float, where);
  return isUntyped(leaf) ? { ...type, weak: true } : type;
}

/**
 * The type that two leaves have in common, or an error: their shape must be one, and their dtype too unless one of them is a number. `integer`: two
 * numbers of JavaScript are small integers where they can be.
 */
export function commonType({ path, first, second }: Pair, integer: boolean, float: DType, mismatch: Mismatch): TensorType {
  if (integer && isSmallInteger(first) && isSmallInteger(second)) return tensorType("int32", [], true);
  const [a, b] = [leafType(first, float, path), leafType(second, float, path)];
  const fail = (type: typeof ShapeError, hint: string): Error => mismatch(path, showType(a), showType(b), hint, type);
  if (!sameShape(a.shape, b.shape)) throw fail(ShapeError, "bring both to one shape: broadcastTo(x, shape), or zeros(shape) where there is nothing to give");
  if (a.dtype === b.dtype) return { ...a, weak: a.weak && b.weak };
  if (isUntyped(first) && dtypes[b.dtype].kind === "int" && isIntegral(first)) return b;
  if (isUntyped(second) && dtypes[a.dtype].kind === "int" && isIntegral(second)) return a;
  if ((!a.weak && !b.weak) || a.dtype === "bool" || b.dtype === "bool") throw fail(DTypeError, `convert one: x.astype("${a.dtype}")`);
  return { ...promoteDTypes(a, b, path), shape: a.shape };
}

/** A leaf as a value of a type of the same shape. */
export function asType(leaf: unknown, type: TensorType, where: string): Value {
  if (!isValue(leaf)) {
    const made = build(leaf, type.dtype, where);
    return type.weak ? made.withType({ ...made.type, weak: true }) : made;
  }
  return leaf.type.dtype === type.dtype ? leaf : convert(leaf, type.dtype, type.weak);
}

/** The type after a turn of what had the type `before`: what the loop has to begin with for both to be one. Undefined: they never can. */
export function settled(before: TensorType, leaf: unknown, startsAsNumber: boolean, staysInteger: boolean, float: DType, where: string): TensorType | undefined {
  const after = isUntyped(leaf) && dtypes[before.dtype].kind === "int" && isIntegral(leaf) ? { ...leafType(leaf, float, where), dtype: before.dtype, weak: before.weak } : leafType(leaf, float, where);
  if (!sameShape(before.shape, after.shape)) return undefined;
  const { dtype, weak } = before;
  if (dtype === after.dtype) {
    if (!weak) return before;
    // Numbers alone have met: an integer that may grow without bound is no int32, but what it is in JavaScript.
    if (after.weak) return isFloat(dtype) || staysInteger || !startsAsNumber ? before : { ...before, dtype: "float64" };
    return after;
  }
  if (dtype === "bool" || after.dtype === "bool" || (!weak && !after.weak)) return undefined;
  const common = promoteDTypes(before, after, where);
  if (!weak && common.dtype !== dtype) return undefined;
  return { ...common, shape: before.shape };
}
