/** The passes before compilation, text to text. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import { printProgram } from "../../src/core/print.ts";
import { eliminateCommonSubexpressions } from "../../src/transform/cse.ts";
import { optimize } from "../../src/transform/optimize.ts";

const programOf = (f: (x: Tensor, y: Tensor) => Tensor) => cr.traceFn(f).program([1, 2], [3, 4]).program;
const cse = (f: (x: Tensor, y: Tensor) => Tensor): string => printProgram(checkProgram(eliminateCommonSubexpressions(programOf(f)), "cse"));

describe("common subexpressions", () => {
  test("chains of equal equations collapse; operands of commutative operations may swap", () => {
    expect(cse((x, y) => cr.sub(cr.sin(cr.mul(x, y)), cr.sin(cr.mul(y, x))))).toBe(
      "{ (a: f32[2], b: f32[2]) =>\n    c: f32[2] = mul a b\n    d: f32[2] = sin c\n    e: f32[2] = sub d d\n  in (e) }",
    );
  });
  test("other operands, parameters, constants or order are another expression", () => {
    const count = (f: (x: Tensor, y: Tensor) => Tensor): number => eliminateCommonSubexpressions(programOf(f)).equations.length;
    expect(count((x, y) => cr.add(cr.sub(x, y), cr.sub(y, x)))).toBe(3);
    expect(count((x) => cr.add(cr.mul(x, 2), cr.mul(x, 3)))).toBe(3);
    expect(count((x) => cr.add(cr.mul(x, 0), cr.mul(x, -0)))).toBe(3);
    expect(count((x) => cr.add(cr.mul(x, 2), cr.mul(x, 2)))).toBe(2);
    expect(count((x) => cr.add(cr.cumsum(x), cr.flip(cr.cumsum(cr.flip(x)))))).toBe(5);
  });
  test("parameters that differ in NaN, an infinity or the sign of zero", () => {
    const fills = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
    const f = cr.traceFn((x: Tensor, i: Tensor) => fills.map((fillValue) => cr.take(x, i, { mode: "fill", fillValue })));
    const results = f([1, 2], cr.int32(7)) as unknown as cr.NDArray[];
    expect(results.map((y) => y.item())).toEqual(fills);
    expect(f.program([1, 2], cr.int32(7)).toString()).toContain("fillValue=-0]");
  });
  test("an output that repeats another is the same variable", () => {
    const f = cr.traceFn((x: Tensor) => [cr.sin(x), cr.sin(x)]);
    const { outputs } = optimize(f.program(1).program);
    expect(outputs[0]).toBe(outputs[1]);
    expect((f(1) as unknown as cr.NDArray[]).map((y) => y.item())).toEqual([Math.fround(Math.sin(1)), Math.fround(Math.sin(1))]);
  });
  test("a tower of squares of one value stays linear", () => {
    const f = (x: Tensor, n: number): Tensor => (n === 0 ? x : cr.mul(f(x, n - 1), f(x, n - 1)));
    expect(optimize(cr.traceFn((x: Tensor) => f(x, 10)).program(1).program).equations.length).toBe(10);
  });
});
