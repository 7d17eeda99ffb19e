/** Arguments of a traced function: taken apart, converted to values, and described by the key under which the program is kept. */
import { ArgumentError } from "../errors.ts";
import { ownDType, toConcrete } from "../core/convert.ts";
import { checkDType, type DType, isFloat } from "../core/dtype.ts";
import { valueKey } from "../core/identity.ts";
import { describe } from "../core/shape.ts";
import { at, currentTrace, isValue, TracedArray, type Value } from "../core/tensor.ts";
import { type Flat, flatten, leafPaths, type Structure, showStructure } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import type { DebugOptions } from "./debug-nans.ts";
import type { Signature } from "./trace.ts";

export interface TraceOptions extends DebugOptions {
  /** dtype of numbers and lists of numbers among the arguments. Default: the widest floating dtype among typed arguments, else float32. */
  readonly dtype?: DType;
  /** Which backend runs the program. */
  readonly device?: string;
  /**
   * Positions of arguments whose memory the results may take over. Do not use such an argument after the call, not even after one that failed:
   * where its memory was taken reading it throws, where it was not (small arrays, other devices) it still reads as before, which no program should rely on.
   */
  readonly donate?: readonly number[];
  /** Positions of arguments that are not traced: any value; each different one gives a program of its own. */
  readonly staticArgnums?: number | readonly number[];
}

/** Options as functions keep them. */
export interface SpecOptions extends TraceOptions {
  /** The arguments that are themselves lists of arguments: the primals of `f.vjp()`. */
  readonly lists?: Lists;
}

/** Which entries of a list are lists, by position: those of `f.jvp().jvp()` hold lists again. */
export interface Lists {
  readonly [position: number]: Lists;
}

export interface Call {
  readonly signature: Signature;
  readonly leaves: readonly Value[];
  /** Equal for calls that can share a program. */
  readonly key: string;
  readonly traced: boolean;
}

const optionNames = ["dtype", "device", "donate", "staticArgnums", "debugNaNs", "debugInfs"];

export function checkOptions(options: TraceOptions, where: string): TraceOptions {
  checkKeys(options, optionNames, where);
  if (options.dtype !== undefined && !isFloat(checkDType(options.dtype, where))) {
    throw new ArgumentError(`${where}: the dtype option is that of plain numbers and must be floating, got ${options.dtype}`, { hint: "convert single arguments with int32(x) or typed arrays" });
  }
  for (const key of ["debugNaNs", "debugInfs"] as const) {
    if (options[key] !== undefined && typeof options[key] !== "boolean") throw new ArgumentError(`${where}: ${key} is true or false, got ${describe(options[key])}`);
  }
  return options;
}

/** Refuses options nobody reads: a misspelt one would be silently ignored. */
export function checkKeys(options: unknown, known: readonly string[], where: string): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null) throw new ArgumentError(`${where}: options are an object, got ${describe(options)}`, { hint: `options: ${known.join(", ")}` });
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new ArgumentError(`${where}: unknown option ${JSON.stringify(key)}`, { hint: `options: ${known.join(", ")}` });
  }
}

/** Positions, counted from the end when negative, in the order given. */
export function positions(argnums: number | readonly number[] | undefined, count: number, where: string, option: string): number[] {
  if (argnums !== undefined && typeof argnums !== "number" && !Array.isArray(argnums)) {
    throw new ArgumentError(`${where}: ${option} must be a position or a list of positions, got ${describe(argnums)}`);
  }
  const list = argnums === undefined ? [] : typeof argnums === "number" ? [argnums] : [...argnums];
  return list.map((n) => {
    if (!Number.isInteger(n) || n < -count || n >= count) throw new ArgumentError(`${where}: ${option} ${describe(n)} names no argument`, { hint: count === 0 ? `the function was called with no arguments: pass the one that is meant, or leave ${option} out` : `the call has ${count} argument${count === 1 ? "" : "s"}: positions 0 to ${count - 1}` });
    return n < 0 ? n + count : n;
  });
}

export function readCall(args: readonly unknown[], options: SpecOptions, name: string): Call {
  const statics = new Map(positions(options.staticArgnums, args.length, name, "staticArgnums").map((i) => [i, args[i]] as const));
  for (const value of statics.values()) {
    if (value instanceof TracedArray) throw new ArgumentError(`${name}: a static argument is a traced tensor`, { hint: "a static argument must be known while tracing" });
  }
  const { leaves, structure } = flattenArguments(args, (i) => statics.has(i), options.lists ?? {});
  const untyped = options.dtype ?? widestFloat(leaves) ?? currentTrace()?.defaultFloat ?? "float32";
  let names: readonly string[] | undefined;
  const values = leaves.map((leaf, i) => (isValue(leaf) ? leaf : toConcrete(leaf, untyped, `${name}: ${at((names ??= argumentNames(structure)), i)}`)));
  const types = values.map((v) => v.type);
  const signature: Signature = { structure, types, statics, defaultFloat: untyped };
  const scope = currentTrace()?.axes;
  const key = [showStructure(structure), types.map(showType).join(), [...statics].map(([i, v]) => `${i}=${valueKey(v)}`).join(), untyped, ...(scope === undefined || scope.size === 0 ? [] : [JSON.stringify([...scope])])].join("|");
  return { signature, leaves: values, key, traced: values.some((v) => v instanceof TracedArray) };
}

function flattenArguments(args: readonly unknown[], isStatic: (i: number) => boolean, lists: Lists): Flat {
  const flats = args.map((a, i): Flat => (isStatic(i) ? { leaves: [], structure: { kind: "none", value: undefined } } : flattenOne(a, `argument ${i}`, lists[i])));
  return { leaves: flats.flatMap((f) => f.leaves), structure: { kind: "tuple", items: flats.map((f) => f.structure) } };
}

/** A list of arguments is a tuple even where it could pass for an array of numbers. */
function flattenOne(value: unknown, path: string, lists: Lists | undefined): Flat {
  if (lists === undefined || !Array.isArray(value)) return flatten(value, path);
  const flats = value.map((entry, i) => flattenOne(entry, `${path}[${i}]`, lists[i]));
  return { leaves: flats.flatMap((f) => f.leaves), structure: { kind: "tuple", items: flats.map((f) => f.structure) } };
}

/** `argument 0`, `argument 1.w`: the leaves of the arguments as their user knows them. */
function argumentNames(structure: Structure): string[] {
  return leafPaths(structure, "").map((path) => `argument ${path.replace(/^\[(\d+)\]/, "$1")}`);
}

export function argumentName(structure: Structure, leaf: number): string {
  return at(argumentNames(structure), leaf);
}

function widestFloat(leaves: readonly unknown[]): DType | undefined {
  let widest: DType | undefined;
  for (const leaf of leaves) {
    const dtype = leaf instanceof TracedArray ? leaf.type.dtype : ownDType(leaf);
    if (dtype !== undefined && isFloat(dtype) && widest !== "float64") widest = dtype;
  }
  return widest;
}
