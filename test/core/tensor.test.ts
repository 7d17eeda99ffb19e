/** Recording: what is recorded and what is done at once, constants that fold, closures over outer tensors, tensors that leak. */
import { describe, expect, test } from "vitest";
import { InternalError, LeakedTensorError } from "../../src/errors.ts";
import { checkProgram } from "../../src/core/check.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { printProgram } from "../../src/core/print.ts";
import type { Program } from "../../src/core/program.ts";
import { at, bind, currentTrace, isValue, record, scalar, splatLike, type TracedArray, type Value } from "../../src/core/tensor.ts";
import { showType, tensorType } from "../../src/core/type.ts";
import { mul, neg } from "../../src/ops/arithmetic.ts";
import { add } from "../../src/ops/elementwise.ts";
import { broadcastInDim, reduceSum, reshapePrimitive } from "../../src/ops/structure.ts";
import { sin } from "../../src/ops/trigonometric.ts";

const f2 = tensorType("float32", [2]);
const vector = (...xs: number[]): ConcreteArray => ConcreteArray.of(tensorType("float32", [xs.length]), Float32Array.from(xs));
const operations = ({ equations }: Program): string[] => equations.map((e) => e.primitive.name);

describe("outside of a trace", () => {
  test("operations on concrete arrays are done at once", () => {
    const y = add(vector(1, 2), vector(3, 4));
    expect(y).toBeInstanceOf(ConcreteArray);
    expect([...(y as ConcreteArray).elements]).toEqual([4, 6]);
    expect(currentTrace()).toBe(undefined);
  });
  test("repeated numbers stay repeated numbers", () => {
    const big = ConcreteArray.splat(tensorType("float32", [1e6, 1e6]), 2);
    expect((mul(big, 3) as ConcreteArray).splat).toBe(6);
    expect((at(bind(reshapePrimitive, [big], { shape: [1e12] }), 0) as ConcreteArray).splat).toBe(2);
    expect((broadcastInDim(scalar(5, "float32"), [1e6, 1e6], []) as ConcreteArray).splat).toBe(5);
  });
});

describe("inside a trace", () => {
  test("operations on traced values are recorded, on constants alone done at once", () => {
    const { program } = record("f", [f2], ([x]) => {
      const constant = sin(vector(1, 2));
      expect(constant).toBeInstanceOf(ConcreteArray);
      return [add(x!, constant)];
    });
    expect(operations(program)).toEqual(["add"]);
    expect(checkProgram(program, "recording").outputs.map((a) => showType(a.type))).toEqual(["f32[2]"]);
  });
  test("numbers fold through elementwise operations; a reduction of them is the program's business", () => {
    const { program } = record("f", [], () => [neg(splatLike({ type: f2 }, 3)), reduceSum(splatLike({ type: tensorType("float32", [1000]) }, 3), [0])]);
    expect(operations(program)).toEqual(["sum"]);
    expect(printProgram(program)).toContain("in (-3.0, a)");
  });
  test("inputs, equations and results in order; each operation keeps the user's line", () => {
    const { program, captured } = record("f", [f2, f2], ([x, y]) => [mul(x!, y!), x!, vector(1, 2)]);
    expect(captured).toEqual([]);
    expect(printProgram(program)).toBe("{ (a: f32[2], b: f32[2]) =>\n    c: f32[2] = mul a b\n  in (c, a, [1.0 2.0]:f32[2]) }");
    expect(program.equations[0]!.place!.toString()).toMatch(/tensor\.test\.ts:\d+:\d+/);
  });
  test("the trace is closed when the body throws", () => {
    expect(() => record("f", [f2], () => { throw new Error("on purpose"); })).toThrow("on purpose");
    expect(currentTrace()).toBe(undefined);
  });
});

describe("closures over an outer trace", () => {
  test("an outer tensor becomes a further input, once", () => {
    let inner: ReturnType<typeof record> | undefined;
    let outer: readonly Value[] = [];
    record("outer", [f2, f2], ([x, y]) => {
      outer = [x!, y!];
      inner = record("inner", [f2], ([z]) => [add(mul(z!, y!), mul(y!, x!))]);
      return [x!];
    });
    expect(inner!.captured).toEqual([outer[1], outer[0]]);
    expect(printProgram(checkProgram(inner!.program, "recording"))).toBe(
      "{ (a: f32[2], b: f32[2], c: f32[2]) =>\n    d: f32[2] = mul a b\n    e: f32[2] = mul b c\n    f: f32[2] = add d e\n  in (f) }",
    );
  });
  test("through two levels", () => {
    const counts: number[] = [];
    record("outer", [f2], ([x]) => {
      const middle = record("middle", [f2], ([y]) => {
        const inner = record("inner", [f2], ([z]) => [add(add(x!, y!), z!)]);
        counts.push(inner.captured.length);
        return [y!];
      });
      counts.push(middle.captured.length);
      return [x!];
    });
    expect(counts).toEqual([2, 0]);
  });
  test("returned by the inner function as it is", () => {
    record("outer", [f2], ([x]) => {
      const { program, captured } = record("inner", [f2], () => [x!]);
      expect([program.inputs.length, program.outputs[0] === program.inputs[1], captured[0]]).toEqual([2, true, x]);
      return [x!];
    });
  });
});

describe("leaked tensors", () => {
  let argument: TracedArray | undefined;
  let result: Value | undefined;
  record("the outer function", [f2, f2], ([, y]) => {
    argument = y;
    result = mul(y!, y!);
    return [result];
  });
  test("are reported with where they come from", () => {
    expect(() => add(argument!, argument!)).toThrow(LeakedTensorError);
    expect(() => add(argument!, argument!)).toThrow(/a tensor \(f32\[2\]\) is used after its trace has ended; it is leaf 1 of the arguments of the outer function/);
    expect(() => add(result!, 1)).toThrow(/it is the result of mul at .*tensor\.test\.ts:\d+:\d+.* in the trace of the outer function[\s\S]*return it as a result/);
  });
  test("inside another trace too", () => {
    expect(() => record("g", [f2], ([x]) => [add(x!, argument!)])).toThrow(LeakedTensorError);
    expect(() => record("g", [f2], () => [argument!])).toThrow(LeakedTensorError);
    expect(currentTrace()).toBe(undefined);
  });
  test("from a trace that failed", () => {
    let kept: TracedArray | undefined;
    expect(() => record("g", [f2], ([x]) => { kept = x; throw new Error("stop"); })).toThrow("stop");
    expect(() => neg(kept!)).toThrow(LeakedTensorError);
  });
});

test("helpers", () => {
  expect([isValue(vector(1)), isValue(1), isValue(null), isValue({})]).toEqual([true, false, false, false]);
  expect([scalar(1, "int32").type, splatLike({ type: f2 }, 3).splat]).toEqual([tensorType("int32", []), 3]);
  expect(at([7, 8], 1)).toBe(8);
  expect(() => at([7], 1)).toThrow(InternalError);
});
