/** dtypes and how two of them meet. */
import { describe, expect, test } from "vitest";
import { checkDType, type DType, dtypeOfTypedArray, dtypes, isDType, isFloat, isInteger, promoteDTypes } from "../../src/core/dtype.ts";
import { sameType, showType, showTypes, tensorType } from "../../src/core/type.ts";
import { DTypeError } from "../../src/errors.ts";

const all = Object.keys(dtypes) as DType[];
const short = (name: string): { dtype: DType; weak: boolean } => ({ dtype: all.find((d) => dtypes[d].short === name.replace("*", "")) as DType, weak: name.endsWith("*") });
const meet = (a: string, b: string): string => {
  try {
    const { dtype, weak } = promoteDTypes(short(a), short(b), "f");
    return dtypes[dtype].short + (weak ? "*" : "");
  } catch (error) {
    expect(error).toBeInstanceOf(DTypeError);
    return "refused";
  }
};

describe("promotion", () => {
  test("is JAX's table, but for int32 with uint32", () => {
    const names = ["bool", "i32", "u32", "f32", "f64", "i32*", "f32*", "f64*"];
    expect(names.map((a) => names.map((b) => meet(a, b).padStart(8)).join("")).join("\n")).toMatchInlineSnapshot(`
      "    bool     i32     u32     f32     f64    i32*    f32*    f64*
           i32     i32 refused     f32     f64     i32    f32*    f64*
           u32 refused     u32     f32     f64     u32    f32*    f64*
           f32     f32     f32     f32     f64     f32     f32     f32
           f64     f64     f64     f64     f64     f64     f64     f64
          i32*     i32     u32     f32     f64    i32*    f32*    f64*
          f32*    f32*    f32*     f32     f64    f32*    f32*    f64*
          f64*    f64*    f64*     f32     f64    f64*    f64*    f64*"
    `);
  });
  test("is commutative, idempotent and, where it is defined, associative", () => {
    for (const a of all) {
      expect(meet(dtypes[a].short, dtypes[a].short)).toBe(dtypes[a].short);
      for (const b of all) {
        const ab = meet(dtypes[a].short, dtypes[b].short);
        expect(meet(dtypes[b].short, dtypes[a].short)).toBe(ab);
        for (const c of all) {
          const bc = meet(dtypes[b].short, dtypes[c].short);
          if (ab === "refused" || bc === "refused") continue;
          expect(meet(ab, dtypes[c].short), `${a} ${b} ${c}`).toBe(meet(dtypes[a].short, bc));
        }
      }
    }
  });
  test("the refusal names both and what to do", () => {
    expect(() => promoteDTypes(short("i32"), short("u32"), "add")).toThrow(/^add: int32 and uint32 have no common dtype[\s\S]*astype\("int32"\)/);
  });
});

describe("the table of dtypes", () => {
  test.each(all)("%s: limits, epsilon and storage agree with its typed array", (dtype) => {
    const { min, max, bytes, epsilon, kind, allocate } = dtypes[dtype];
    const cell = allocate(3);
    expect([cell.length, cell.BYTES_PER_ELEMENT]).toEqual([3, bytes]);
    cell[0] = min;
    cell[1] = max;
    expect(Array.from(cell).slice(0, 2)).toEqual([min, max]);
    if (kind === "float") {
      cell[0] = 1 + epsilon;
      cell[1] = 1 + epsilon / 2;
      cell[2] = max * 1.01;
      expect([cell[0] > 1, cell[1], cell[2]]).toEqual([true, 1, Number.POSITIVE_INFINITY]);
    }
    expect([isFloat(dtype), isInteger(dtype)]).toEqual([kind === "float", kind === "int"]);
  });
  test("names", () => {
    expect([isDType("float32"), isDType("toString"), isDType("float16"), isDType(3), isDType(null)]).toEqual([true, false, false, false, false]);
    expect(checkDType("int32", "f")).toBe("int32");
    for (const name of ["Float32", "int64", undefined, 32]) expect(() => checkDType(name, "zeros")).toThrow(/^zeros: unknown dtype .*[\s\S]*known dtypes: bool, int32, uint32, float32, float64/);
  });
  test("typed arrays", () => {
    expect([new Float32Array(1), new Float64Array(1), new Int32Array(1), new Uint32Array(1)].map(dtypeOfTypedArray)).toEqual(["float32", "float64", "int32", "uint32"]);
    expect([new Uint8Array(1), new Int16Array(1), new BigInt64Array(1), [1], "x", null].map(dtypeOfTypedArray)).toEqual(Array(6).fill(undefined));
  });
});

test("types: equality leaves weakness out, the text shows it", () => {
  const [a, b] = [tensorType("float32", [2, 3]), tensorType("float32", [2, 3], true)];
  expect([sameType(a, b), sameType(a, tensorType("float64", [2, 3])), sameType(a, tensorType("float32", [3, 2])), sameType(a, tensorType("float32", [2, 3, 1]))]).toEqual([true, false, false, false]);
  expect([showType(a), showType(b), showType(tensorType("bool", [])), showTypes([a, b])]).toEqual(["f32[2,3]", "f32*[2,3]", "bool[]", "f32[2,3], f32*[2,3]"]);
});
