/**
 * Gives the two array classes the members of the public types: the shared methods, what only concrete arrays have, and their
 * meaning to JavaScript. Imported once, by the entry.
 */
import { ArgumentError, ConcretizationError, IndexError, ShapeError } from "../errors.ts";
import type { ArrayMethods } from "../core/array-types.ts";
import { ConcreteArray } from "../core/concrete.ts";
import type { TypedArray } from "../core/dtype.ts";
import { operators } from "../core/operators.ts";
import { nestedOf, printArray } from "../core/print-array.ts";
import { describe, sizeOf, stridesOf } from "../core/shape.ts";
import { TracedArray, type Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import { checkEagerOperations } from "../trace/debug-nans.ts";
import { compileWhatIsWorthIt } from "../trace/eager.ts";
import { backendFor, compileFor } from "../trace/execute.ts";
import { arrayMethods } from "./methods.ts";
import { ndarrayView } from "./ndarray-view.ts";
import { operatorTable } from "./operator-table.ts";
import { primitiveOf } from "./primitive-value.ts";
import { index } from "./indexing.ts";
import { transpose } from "./shape.ts";

type Methods = Omit<ArrayMethods<unknown>, "shape" | "dtype" | "ndim" | "size" | "length" | "T" | typeof Symbol.iterator | number>;

function define(prototype: object, name: PropertyKey, descriptor: PropertyDescriptor): void {
  Object.defineProperty(prototype, name, { configurable: true, enumerable: false, ...descriptor });
}

function getter(prototype: object, name: PropertyKey, read: (x: Value) => unknown): void {
  define(prototype, name, {
    get(this: Value) {
      return read(this);
    },
  });
}

function method(prototype: object, name: PropertyKey, call: (x: Value, ...args: readonly unknown[]) => unknown): void {
  define(prototype, name, {
    writable: true,
    value(this: Value, ...args: readonly unknown[]) {
      return call(this, ...args);
    },
  });
}

const shared: Readonly<Record<keyof Methods, unknown>> = arrayMethods;

for (const { prototype } of [TracedArray, ConcreteArray]) {
  for (const [name, f] of Object.entries(shared)) method(prototype, name, f as (x: Value, ...args: readonly unknown[]) => unknown);
  getter(prototype, "shape", (x) => Object.freeze(x.type.shape));
  getter(prototype, "dtype", (x) => x.type.dtype);
  getter(prototype, "ndim", (x) => x.type.shape.length);
  getter(prototype, "size", (x) => sizeOf(x.type.shape));
  getter(prototype, "length", firstLength);
  getter(prototype, "T", (x) => transpose(x as never));
  getter(prototype, operators, () => operatorTable);
  method(prototype, Symbol.toPrimitive, (x, hint) => primitiveOf(x, hint as string));
  define(prototype, Symbol.iterator, {
    *value(this: Value): Generator<unknown> {
      const [length] = this.type.shape;
      if (length === undefined) throw new ArgumentError(`a scalar (${showType(this.type)}) cannot be iterated`);
      for (let i = 0; i < length; i++) yield index(this as never, i);
    },
  });
}

method(TracedArray.prototype, "toString", (x) => `Tensor<${showType(x.type)}>`);
method(TracedArray.prototype, Symbol.for("nodejs.util.inspect.custom"), (x) => `Tensor<${showType(x.type)}>`);
for (const name of ["item", "toArray", "toNdarray", "toJSON", "data", "toFixed", "toExponential", "toPrecision"]) {
  const refuse = (x: Value): never => {
    throw new ConcretizationError(`.${name}: a traced tensor (${showType(x.type)}) has no elements yet; it is ${(x as TracedArray).owner.origin((x as TracedArray).variable)}`, { hint: "return it from the traced function and read the result" });
  };
  if (name === "data") getter(TracedArray.prototype, name, refuse);
  else method(TracedArray.prototype, name, refuse);
}

const concrete = ConcreteArray.prototype;
const as = (x: Value): ConcreteArray => x as ConcreteArray;
getter(concrete, "data", (x) => dataOf(as(x)));
method(concrete, "item", (x, ...position) => item(as(x), position));
method(concrete, "toArray", (x) => nestedOf(as(x)));
method(concrete, "toJSON", (x) => nestedOf(as(x)));
method(concrete, "toString", (x) => printArray(as(x)));
method(concrete, "toNdarray", (x) => ndarrayView(as(x)));
method(concrete, Symbol.for("nodejs.util.inspect.custom"), (x) => {
  const type = `NDArray<${showType(x.type)}>`;
  try {
    return `${type} ${printArray(as(x))}`;
  } catch (error) {
    // of an array whose memory was donated: who looks at it wants to see that
    if (error instanceof ArgumentError) return `${type}, but ${error.message.split("\n")[0]}`;
    throw error;
  }
});
for (const name of ["toFixed", "toExponential", "toPrecision"] as const) {
  method(concrete, name, (x, digits) => (Number(primitiveOf(x, "number"))[name] as (digits?: number) => string)(digits as number));
}

/** What `.data` gave for an array: programs and other arrays share the elements, so users get a copy to write to. */
const copies = new WeakMap<ConcreteArray, TypedArray>();

function dataOf(x: ConcreteArray): TypedArray {
  const copy = copies.get(x) ?? x.elements.slice();
  copies.set(x, copy);
  return copy;
}

/** As of a JavaScript array: the length of the first axis. */
function firstLength(x: Value): number {
  const [length] = x.type.shape;
  if (length === undefined) throw new ShapeError(`.length: a scalar (${showType(x.type)}) has no axes`, { hint: "x.size is the number of elements" });
  return length;
}

function item(x: ConcreteArray, position: readonly unknown[]): number {
  const { shape } = x.type;
  if (position.length === 0) {
    if (x.elements.length !== 1) throw new ArgumentError(`item: the array has ${x.elements.length} elements (${showType(x.type)}), not one`, { hint: "give a position, x.item(i, j), or read all with toArray()" });
    return x.elements[0] as number;
  }
  if (position.length !== shape.length) throw new IndexError(`item: ${position.length} indices for ${showType(x.type)}`);
  const strides = stridesOf(shape);
  let offset = 0;
  position.forEach((p, axis) => {
    const n = shape[axis] as number;
    if (!Number.isInteger(p) || (p as number) < -n || (p as number) >= n) throw new IndexError(`item: index ${describe(p)} is out of bounds for axis ${axis} of length ${n}`);
    offset += (((p as number) + n) % n) * (strides[axis] as number);
  });
  return x.elements[offset] as number;
}

compileWhatIsWorthIt();
checkEagerOperations((program) => compileFor(program, backendFor(undefined)));
