/** Updating by index: `x.at(…)`, whose methods return new arrays with the indexed elements changed. */
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import type { At, IndexMode, IndexOptions, IndexPart, NDArray, Operand, Tensor } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { build, checkNumber, ownDType } from "../core/convert.ts";
import { type DType, dtypes, isFloat } from "../core/dtype.ts";
import { describe, showShape, sizeOf } from "../core/shape.ts";
import { at as itemAt, bind, scalar, splatLike, type Value } from "../core/tensor.ts";
import { isArrayLike } from "../core/tree.ts";
import { showType, tensorType } from "../core/type.ts";
import * as arithmetic from "../ops/arithmetic.ts";
import { reverse } from "../ops/concatenate.ts";
import { add, convert } from "../ops/elementwise.ts";
import { scatterAdd } from "../ops/gather.ts";
import { distinctness, type IndexParams } from "../ops/index-geometry.ts";
import { scatterMaxPrimitive, scatterMinPrimitive, scatterMul, scatterSet } from "../ops/scatter.ts";
import { select } from "../ops/select.ts";
import { pad } from "../ops/slice.ts";
import { reshape } from "../ops/structure.ts";
import { checkKeys } from "../trace/arguments.ts";
import { div, pow } from "./arithmetic.ts";
import { type IndexPlan, joinIndices, planIndex, type Range, recordAs } from "./index-plan.ts";
import { boxAxes, defaultFill, disarrange, readBox, readPlan, shapeOf, turned } from "./indexing.ts";
import { type BinaryFunction, broadcastValue, expose, promote, toValue } from "./operand.ts";

/** One way to update: by integer arrays, and where the whole of a box is updated. */
interface Update {
  readonly scatter: (x: Value, indices: Value, values: Value, params: IndexParams) => Value;
  readonly whole: (x: Value, values: Value) => Value;
}

const updates = {
  set: { scatter: scatterSet, whole: (_x, values) => values },
  add: { scatter: scatterAdd, whole: (x, values) => add(x, values) },
  mul: { scatter: scatterMul, whole: (x, values) => arithmetic.mul(x, values) },
  min: { scatter: (x, indices, values, params) => itemAt(bind(scatterMinPrimitive, [x, indices, values], params), 0), whole: (x, values) => arithmetic.min(x, values) },
  max: { scatter: (x, indices, values, params) => itemAt(bind(scatterMaxPrimitive, [x, indices, values], params), 0), whole: (x, values) => arithmetic.max(x, values) },
} as const satisfies Record<string, Update>;

/**
 * A handle on the part of x that the index names (see `index`). It is no array: its methods return new ones, x itself stays.
 * `get` reads; `set add mul div pow min max` combine the part with values that broadcast to its shape, `apply` with a function
 * of it. Where an index occurs twice, `add`, `mul`, `min` and `max` take every value into account, of `set` the last one stays,
 * and `apply` acts on what was there before. The result has x's dtype (`div` of integers: floats).
 *
 * Options of each: `mode`, what happens to an index out of bounds that is only known when the program runs: "throw" (default),
 * "clip" to the nearest, "wrap" around, "fill": read `fillValue`, write nothing.
 *
 * @throws IndexError as `index`; DTypeError where the values do not convert to x's dtype without loss of kind.
 * @example at([1, 2, 3], 1).set(10); // → [1, 10, 3]
 */
export function at(x: NDArray, ...parts: readonly IndexPart[]): At<NDArray>;
export function at(x: Operand, ...parts: readonly IndexPart[]): At<Tensor>;
export function at(x: Operand, ...parts: readonly IndexPart[]): At<Tensor> {
  const array = toValue(x, "at");
  const method = (name: keyof typeof updates) => (values: Operand, options?: IndexOptions) => {
    const mode = modeOf(options, `at.${name}`);
    return expose<Tensor>(write(array, parts, `at.${name}`, mode, valuesLike(values, array, `at.${name}`), updates[name]));
  };
  return {
    get: (options) => expose(read(array, parts, "at.get", options)),
    set: method("set"),
    add: method("add"),
    mul: method("mul"),
    min: method("min"),
    max: method("max"),
    div: (values, options) => expose(byFunction(floated(array), parts, "at.div", options, values, onValues(div))),
    pow: (values, options) => expose(byFunction(array, parts, "at.pow", options, values, onValues(pow))),
    apply: (f, options) => {
      if (typeof f !== "function") throw new ArgumentError(`at.apply: expected a function of the indexed part, got ${describe(f)}`, { hint: "x.at(i).apply((part) => part.mul(2))" });
      const changed = f(expose(read(array, parts, "at.apply", options)));
      return expose(write(array, parts, "at.apply", modeOf(options, "at.apply"), valuesLike(changed, array, "at.apply"), updates.set));
    },
  };
}

const onValues = (f: BinaryFunction) => (a: Value, b: Value): Value => toValue(f(expose<Tensor>(a), expose<Tensor>(b)), "at");

const modes: readonly IndexMode[] = ["throw", "clip", "fill", "wrap"];

/** The mode of the options, which are checked. */
export function modeOf(options: IndexOptions | undefined, where: string, further: readonly string[] = []): IndexMode {
  checkKeys(options, ["mode", "fillValue", ...further], where);
  const mode = options?.mode ?? "throw";
  if (!modes.includes(mode)) throw new ArgumentError(`${where}: unknown mode ${describe(mode)}`, { hint: `modes: ${modes.join(", ")}` });
  if (options?.fillValue !== undefined && mode !== "fill") throw new ArgumentError(`${where}: fillValue has no meaning in mode "${mode}"`, { hint: 'add mode: "fill", or leave fillValue out' });
  return mode;
}

/** What mode "fill" reads out of bounds: a value of the array's dtype. */
export function fillOf(fillValue: unknown, dtype: DType, where: string): number {
  if (fillValue === undefined) return defaultFill(dtype);
  const value = Number(fillValue);
  if (typeof fillValue !== "number" && typeof fillValue !== "boolean") throw new ArgumentError(`${where}: fillValue is a number, got ${describe(fillValue)}`);
  if (dtype === "bool" && value !== 0 && value !== 1) throw new DTypeError(`${where}: fillValue ${value} is not a value of bool`, { hint: "bool holds 0 and 1" });
  return checkNumber(value, dtype, `${where}: fillValue`);
}

function read(x: Value, parts: readonly IndexPart[], where: string, options: IndexOptions | undefined): Value {
  const mode = modeOf(options, where);
  return readPlan(x, planIndex(x.type, parts, where, mode), where, mode, fillOf(options?.fillValue, x.type.dtype, where));
}

/** Values of x's dtype. Numbers must be values of it; an array may not lose its kind (float to integer, integer to bool). */
export function valuesLike(values: unknown, x: Value, where: string): Value {
  const untyped = typeof values === "number" || (Array.isArray(values) && isArrayLike(values) && ownDType(values) === undefined);
  return untyped ? build(values, x.type.dtype, where) : convertLike(toValue(values, where), x, where);
}

const rank = { bool: 0, int: 1, float: 2 } as const;

function convertLike(value: Value, x: Value, where: string): Value {
  const [from, to] = [value.type.dtype, x.type.dtype];
  if (from === to) return value;
  const [low, high] = [rank[dtypes[from].kind], rank[dtypes[to].kind]];
  if (low > high || (low === high && !isFloat(from))) {
    throw new DTypeError(`${where}: values of ${showType(value.type)} do not fit into ${showType(x.type)}`, { hint: `convert the values with .astype("${to}"), or the array with .astype("${from}")` });
  }
  return convert(value, to);
}

/** The array with the part that the index names updated. */
function write(x: Value, parts: readonly IndexPart[], where: string, mode: IndexMode, values: Value, update: Update): Value {
  const plan = planIndex(x.type, parts, where, mode, true);
  const box = readBox(x, plan.ranges);
  const changed = plan.indexed.length === 0 ? update.whole(box, disarrange(fit(values, shapeOf(plan, []), where), plan, 0)) : recordAs(where, x.type, plan.indexed.map((i) => i.axis), () => scatterInto(box, plan, where, mode, values, update));
  return writeBox(x, plan.ranges, changed);
}

function scatterInto(box: Value, plan: IndexPlan, where: string, mode: IndexMode, values: Value, { scatter }: Update): Value {
  const indices = joinIndices(plan.indexed.map((i) => i.index), where);
  const places = indices.type.shape.slice(0, -1);
  const selection = disarrange(fit(values, shapeOf(plan, places), where), plan, places.length);
  return scatter(box, indices, selection, { axes: boxAxes(plan), batch: 0, mode });
}

/** Values broadcast to the part they update; leading axes of length 1 too many are dropped, as NumPy's assignment does. */
function fit(values: Value, shape: readonly number[], where: string): Value {
  const own = values.type.shape;
  const extra = Math.max(0, own.length - shape.length);
  const lead = shape.length - (own.length - extra);
  const fits = own.every((n, i) => n === 1 || (i >= extra && n === shape[i - extra + lead]));
  if (!fits) throw new ShapeError(`${where}: values of ${showType(values.type)} do not broadcast to the indexed part, of shape ${showShape(shape)}`, { hint: "x.get(…) with the same index has that shape" });
  return broadcastValue(extra === 0 ? values : reshape(values, own.slice(extra)), shape);
}

/** The box put back where it was read from. */
function writeBox(x: Value, ranges: readonly Range[], box: Value): Value {
  if (ranges.every(({ step, length }, d) => length === x.type.shape[d] && (step === 1 || length <= 1))) return box;
  if (sizeOf(box.type.shape) === 0) return x;
  const low = ranges.map(({ start, step, length }) => Math.min(start, start + (length - 1) * step));
  const interior = ranges.map(({ step }) => Math.abs(step) - 1);
  const high = ranges.map(({ length }, d) => (x.type.shape[d] as number) - (low[d] as number) - (length - 1) * ((interior[d] as number) + 1) - 1);
  const padding = { low, high, interior };
  const inside = pad(ConcreteArray.splat(tensorType("bool", box.type.shape), 1), scalar(0, "bool"), padding);
  return select(inside, pad(reverse(box, turned(ranges)), scalar(0, x.type.dtype), padding), x);
}

function floated(x: Value): Value {
  return itemAt(promote("at.div", [x], { floating: true }), 0);
}

/**
 * x.at(i).div(v) and .pow(v). Where no index repeats: read, combine, set. Else every place is divided by the product of its divisors, or
 * raised to the product of its exponents, as in JAX. For pow this is not one power after the other where x is negative: (-2, exponents 2
 * and 0.5) gives (-2)^1 = -2, not ((-2)^2)^0.5 = 2.
 */
function byFunction(x: Value, parts: readonly IndexPart[], where: string, options: IndexOptions | undefined, values: Operand, f: (a: Value, b: Value) => Value): Value {
  const mode = modeOf(options, where);
  const operand = valuesLike(values, x, where);
  const plan = planIndex(x.type, parts, where, mode, true);
  const distinct = plan.indexed.length === 0 || distinctPlan(x, plan, where, mode);
  if (distinct) {
    const combined = f(read(x, parts, where, options), operand);
    return write(x, parts, where, mode, convertLike(combined, x, where), updates.set);
  }
  return f(x, write(splatLike(x, 1), parts, where, mode, operand, updates.mul));
}

function distinctPlan(x: Value, plan: IndexPlan, where: string, mode: IndexMode): boolean {
  const indices = joinIndices(plan.indexed.map((i) => i.index), where);
  const shape = plan.ranges.map((r) => r.length);
  return distinctness({ ...x.type, shape }, indices, { axes: boxAxes(plan), batch: 0, mode }) === "distinct";
}
