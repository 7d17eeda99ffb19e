/** Loads, stores, masks of both layouts, lanes and locals of vector code. */
import { describe, expect, test } from "vitest";
import { ModuleBuilder } from "../../../../src/backends/wasm/assembler.ts";
import { VectorCode } from "../../../../src/backends/wasm/registers.ts";
import { laneNumbers, loadSplat, loadStrided, loadVector, storeLane, storeStrided, storeVector } from "../../../../src/backends/wasm/vector/memory.ts";
import { type DType, dtypes, type TypedArray } from "../../../../src/core/dtype.ts";
import { targets } from "./measure.ts";

const groups = 2;
const lanes = 4 * groups;
const source = 1024;
const target = 2048;

/** Runs code on memory whose bytes at `source` are those of `input`; the elements at `target`. */
function run(input: TypedArray, to: DType, length: number, emit: (code: VectorCode) => void): TypedArray {
  const module = new ModuleBuilder();
  module.importMemory({ minimum: 1, maximum: 1, shared: false });
  const fn = module.function("f", ["i32", "i32"], [], true);
  emit(new VectorCode(fn, targets.fused, groups));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength), source);
  (new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } }).exports["f"] as (a: number, b: number) => void)(source, target);
  const result = dtypes[to].allocate(length);
  new Uint8Array(result.buffer as ArrayBuffer).set(bytes.subarray(target, target + result.byteLength));
  return result;
}
const fill = (dtype: DType, length: number): TypedArray => dtypes[dtype].allocate(length).map((_, i) => (dtype === "bool" ? (i * 5) % 3 & 1 : i * 3 + 1)) as TypedArray;

describe.each(["bool", "int32", "uint32", "float32", "float64"] as const)("%s", (dtype) => {
  const size = dtypes[dtype].bytes;
  const input = fill(dtype, 64);

  test("one after another, from an offset, to an offset", () => {
    const result = run(input, dtype, lanes + 1, (code) => storeVector(code, loadVector(code, dtype, 0, 3 * size), 1, size));
    expect([...result]).toEqual([0, ...input.subarray(3, 3 + lanes)]);
  });

  test("one element everywhere", () => {
    const result = run(input, dtype, lanes, (code) => storeVector(code, loadSplat(code, dtype, 0, 4 * size), 1, 0));
    expect([...result]).toEqual(Array.from({ length: lanes }, () => input[4]));
  });

  test.each([-2, -1, 0, 1, 3])("with stride %i", (stride) => {
    const result = run(input, dtype, lanes, (code) => storeVector(code, loadStrided(code, dtype, 0, 20 * size, stride * size), 1, 0));
    expect([...result]).toEqual(Array.from({ length: lanes }, (_, i) => input[20 + stride * i]));
  });

  test("to places apart, and one lane alone", () => {
    const result = run(input, dtype, 3 * lanes, (code) => {
      const x = loadVector(code, dtype, 0, 0);
      storeStrided(code, x, 1, 0, 3 * size);
      storeLane(code, x, 5, 1, size);
    });
    const expected = new Array<number>(3 * lanes).fill(0);
    for (let i = 0; i < lanes; i++) expected[3 * i] = input[i] as number;
    expected[1] = input[5] as number;
    expect([...result]).toEqual(expected);
  });

  test("a mask of either layout selects, and is stored", () => {
    const flags = Float64Array.from({ length: lanes }, (_, i) => (i % 3 === 0 ? 1 : -1));
    const result = run(flags, dtype, lanes, (code) => {
      const mask = code.op("f64x2.gt", "bool", loadVector(code, "float64", 0, 0), code.constant("float64", 0));
      const yes = dtype === "bool" ? code.mask(mask, false) : code.constant(dtype, 7);
      storeVector(code, code.select(mask, yes, code.constant(dtype, 0)), 1, 0);
    });
    expect([...result]).toEqual([...flags].map((x) => (x > 0 ? (dtype === "bool" ? 1 : 7) : 0)));
  });
});

test("masks keep their lanes from one layout to the other and back", () => {
  const flags = fill("bool", lanes);
  for (const forth of [[true], [true, false], [true, false, true]]) {
    const result = run(flags, "bool", lanes, (code) => {
      let mask = loadVector(code, "bool", 0, 0);
      for (const wide of forth) mask = code.mask(mask, wide);
      storeVector(code, mask, 1, 0);
    });
    expect([...result]).toEqual([...flags]);
  }
});

test("any byte but 0 is true", () => {
  const result = run(Uint8Array.of(0, 1, 2, 128, 255, 0, 64, 0), "bool", lanes, (code) => storeVector(code, loadVector(code, "bool", 0, 0), 1, 0));
  expect([...result]).toEqual([0, 1, 1, 1, 1, 0, 1, 0]);
});

test("lanes are numbered from 0", () => {
  expect([...run(new Int32Array(1), "int32", lanes, (code) => storeVector(code, laneNumbers(code), 1, 0))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("a scope gives its locals back, but for those of its result; what is assigned stays", () => {
  const result = run(fill("float32", 64), "float32", lanes, (code) => {
    const sum = code.variable(code.constant("float32", 0));
    for (let round = 0; round < 3; round++) {
      code.loopBody(() => {
        const x = code.scope(() => {
          const loaded = loadVector(code, "float32", 0, 32 * round);
          return code.op("f32x4.add", "float32", code.op("f32x4.neg", "float32", loaded), code.constant("float32", 1));
        });
        code.assign(sum, code.op("f32x4.sub", "float32", sum, x));
      });
    }
    storeVector(code, sum, 1, 0);
    // Two registers each for the sum, what is loaded, negated, added, subtracted.
    expect(code.fn.local("v128")).toBeLessThanOrEqual(2 + 2 * 5);
  });
  expect([...result]).toEqual(Array.from({ length: lanes }, (_, i) => [0, 1, 2].reduce((s, round) => s + (8 * round + i) * 3, 0)));
});
