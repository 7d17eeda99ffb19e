/** What is computed on the sums before they are written: every kind of store, on every target, for shapes with and without remainders. */
import { describe, expect, test } from "vitest";
import type { DType, TypedArray } from "../../../../src/core/dtype.ts";
import type { ScalarInstruction } from "../../../../src/core/scalar.ts";
import type { Access, Buffer, ContractionKernel, Expression, Store } from "../../../../src/kernel/ir.ts";
import { bufferOf, check, load, randomFrom, store, targets } from "./harness.ts";
import { filled, matrix } from "./matrices.ts";

type Float = "float32" | "float64";
interface Shape {
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
}
const shapes: readonly Shape[] = [
  { batch: [], m: 13, n: 32, k: 5 }, { batch: [], m: 7, n: 10, k: 3 }, { batch: [2], m: 6, n: 23, k: 4 }, { batch: [], m: 1, n: 70, k: 9 }, { batch: [], m: 30, n: 1, k: 8 },
  { batch: [], m: 14, n: 31, k: 600 }, { batch: [], m: 3, n: 6, k: 0 }, { batch: [], m: 1, n: 37, k: 1100 }, { batch: [], m: 25, n: 8, k: 2 },
];

const apply = (instruction: ScalarInstruction, dtype: DType, ...operands: Expression[]): Expression => ({ kind: "apply", dtype, instruction, operands });
const constant = (dtype: DType, value: number): Expression => ({ kind: "constant", dtype, value });

/** The parts a case is made of. */
interface Parts {
  readonly dtype: Float;
  readonly shape: Shape;
  readonly sum: Expression;
  readonly zero: Expression;
  /** A new matrix over batch, m and n. */
  readonly full: (dtype?: DType, layout?: "rows" | "columns") => Access;
  /** A new vector along n, or along m; a single number. */
  readonly alongN: (dtype?: DType) => Access;
  readonly alongM: () => Access;
  readonly single: () => Access;
}
type Case = (parts: Parts) => { readonly stores: readonly Store[]; readonly inPlace?: readonly [Access, Access] };

const cases: Readonly<Record<string, Case>> = {
  "bias and relu": ({ dtype, sum, zero, full, alongN }) => ({ stores: [store(full(), apply("max", dtype, apply("add", dtype, sum, load(alongN())), zero))] }),
  "a bias of each row": ({ dtype, sum, full, alongM }) => ({ stores: [store(full(), apply("sub", dtype, sum, load(alongM())))] }),
  "a mask from another array": ({ dtype, sum, zero, full }) => ({ stores: [store(full(), apply("select", dtype, apply("greater", "bool", load(full()), zero), sum, zero))] }),
  "a mask of bytes": ({ dtype, sum, zero, full }) => ({ stores: [store(full(), apply("select", dtype, load(full("bool")), sum, zero))] }),
  "an update in place": ({ dtype, sum, full, single }) => {
    const weights = full();
    return { stores: [store(weights, apply("sub", dtype, load(weights), apply("mul", dtype, load(single()), sum)))] };
  },
  "an update over what another buffer held": ({ dtype, sum, full }) => {
    const [old, fresh] = [full(), full()];
    return { stores: [store(fresh, apply("add", dtype, load(old), sum))], inPlace: [old, fresh] };
  },
  "two results, one of them bool": ({ dtype, sum, zero, full, alongN }) => {
    const value = apply("add", dtype, sum, load(alongN()));
    return { stores: [store(full(), apply("max", dtype, value, zero)), store(full("bool"), apply("greater", "bool", value, zero))] };
  },
  "only a bool": ({ sum, zero, full }) => ({ stores: [store(full("bool"), apply("lessEqual", "bool", sum, zero))] }),
  "the sum twice, once the other way round": ({ sum, full }) => ({ stores: [store(full(), sum), store(full(undefined, "columns"), sum)] }),
  "a load the other way round": ({ dtype, sum, full }) => ({ stores: [store(full(), apply("mul", dtype, sum, load(full(undefined, "columns"))))] }),
  "a triangle": ({ dtype, shape, sum, full }) => {
    const along = (d: number): Expression => ({ kind: "index", dtype: "int32", offset: d === 0 ? 1 : 0, strides: [...shape.batch.map(() => 0), d === 0 ? 1 : 0, d === 1 ? 1 : 0] });
    return { stores: [store(full(), apply("select", dtype, apply("lessEqual", "bool", along(1), along(0)), sum, constant(dtype, -(2 ** 100))))] };
  },
  "an index as a number": ({ dtype, shape, sum, full }) => ({ stores: [store(full(), apply("add", dtype, sum, { kind: "index", dtype, offset: -3, strides: [...shape.batch.map(() => 1000), -100, 7] }))] }),
  "a table looked up": ({ dtype, sum, full, alongN }) => {
    const table = { ...alongN(), strides: alongN().strides.map(() => 0) };
    return { stores: [store(full(), apply("add", dtype, sum, { kind: "load", dtype, access: table, terms: [{ index: load(alongN("int32")), stride: 2 }] }))] };
  },
  "functions": ({ dtype, sum, full }) => ({ stores: [store(full(), apply("tanh", dtype, sum)), store(full(), apply("exp", dtype, apply("neg", dtype, apply("abs", dtype, sum))))] }),
  "other dtypes": ({ sum, full }) => ({ stores: [store(full("int32"), apply("toInt32", "int32", sum)), store(full("float64"), apply("copy", "float64", sum)), store(full("float32"), apply("copy", "float32", sum))] }),
  "where a condition holds": ({ sum, full }) => ({ stores: [{ ...store(full(), sum), condition: load(full("bool")) }] }),
  "added to what is there": ({ sum, full }) => ({ stores: [{ ...store(full(), sum), combine: "add" }] }),
  "the larger of the two, where a condition holds": ({ sum, zero, full }) => ({ stores: [{ ...store(full(), sum), combine: "max", condition: apply("less", "bool", load(full()), zero) }] }),
  "a number and nothing of the sum": ({ dtype, full }) => ({ stores: [store(full(), constant(dtype, 3))] }),
};

function build(one: Case, shape: Shape, dtype: Float): { readonly kernel: ContractionKernel; readonly buffers: Buffer[]; readonly inPlaceOf: Map<Buffer, Buffer> } {
  const { batch, m, n, k } = shape;
  const a = matrix(0, dtype, batch, m, k, "rows");
  const b = matrix(1, dtype, batch, k, n, n % 2 === 0 ? "rows" : "columns");
  const buffers = [a.buffer, b.buffer];
  const add = <A extends Access>(access: A): A => {
    buffers.push(access.buffer);
    return access;
  };
  const flat = batch.map(() => 0);
  const parts: Parts = {
    dtype, shape, sum: { kind: "accumulator", dtype }, zero: constant(dtype, 0),
    full: (of = dtype, layout = "rows") => {
      const { buffer, ...rest } = matrix(buffers.length, dtype, batch, m, n, layout);
      return add({ buffer: { ...buffer, dtype: of }, ...rest });
    },
    alongN: (of = dtype) => add({ buffer: bufferOf(buffers.length, of, 2 * n + 40), offset: 0, strides: [...flat, 0, 1] }),
    alongM: () => add({ buffer: bufferOf(buffers.length, dtype, m + 2), offset: 2, strides: [...flat, 1, 0] }),
    single: () => add({ buffer: bufferOf(buffers.length, dtype, 1), offset: 0, strides: [...flat, 0, 0] }),
  };
  const { stores, inPlace } = one(parts);
  return { kernel: { kind: "contraction", name: "product", place: undefined, dtype, batch, m, n, k, a, b, stores }, buffers, inPlaceOf: new Map(inPlace === undefined ? [] : [[inPlace[1].buffer, inPlace[0].buffer]]) };
}

/** Quarters: sums and products of them are exact, so that conditions on sums hold or not. */
function contents(buffers: readonly Buffer[], seed: number): Map<Buffer, TypedArray> {
  const random = randomFrom(seed);
  const arrays = filled(buffers, random);
  for (const [buffer, data] of arrays) data.forEach((x, i) => (data[i] = buffer.dtype === "bool" ? x : buffer.dtype === "int32" ? Math.floor(random() * 16) : Math.round(x * 8) / 4));
  return arrays;
}

describe.each(Object.entries(targets))("%s", (_, target) => {
  describe.each(Object.entries(cases))("%s", (_name, one) => {
    test.each(["float32", "float64"] as const)("%s", (dtype) => {
      shapes.forEach((shape, i) => {
        const { kernel, buffers, inPlaceOf } = build(one, shape, dtype);
        const arrays = contents(buffers, i);
        for (const [fresh, old] of inPlaceOf) arrays.set(fresh, arrays.get(old)!);
        const cut = i % 2 === 0 ? [] : [0.4];
        check(kernel, target, arrays, { inPlaceOf, last: i % buffers.length, cuts: cut });
      });
    });
  });
});

test("the same bits however the units are shared out", () => {
  const dtype = "float32";
  for (const target of Object.values(targets)) {
    for (const shape of [...shapes, { batch: [], m: 130, n: 60, k: 40 }, { batch: [], m: 300, n: 9, k: 40 }, { batch: [3], m: 20, n: 20, k: 20 }]) {
      const { kernel, buffers } = build(cases["bias and relu"]!, shape, dtype);
      const arrays = filled(buffers, randomFrom(9));
      const whole = check(kernel, target, arrays);
      for (const cuts of [[0.5], [0.1, 0.3, 0.35, 0.9], Array.from({ length: 50 }, (_, i) => i / 50)]) {
        for (const [buffer, data] of check(kernel, target, arrays, { cuts })) expect(data).toEqual(whole.get(buffer));
      }
    }
  }
});
