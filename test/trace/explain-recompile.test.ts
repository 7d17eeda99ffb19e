/** The reasons for tracing again, as text. */
import { describe, expect, it } from "vitest";
import { array, traceFn, type Tensor } from "../../src/index.ts";
import { explainRecompile } from "../../src/trace/explain-recompile.ts";

type F = (...args: unknown[]) => unknown;
const traced = (f: unknown, options?: object): F => traceFn(f as never, options) as never;

describe("explainRecompile", () => {
  it("types, trees, counts", () => {
    const f = traced(function f(x: { w?: Tensor }, ...rest: Tensor[]) {
      return [x, rest];
    });
    expect(explainRecompile(f)).toBe("f has 0 programs");
    f({ w: [1, 2, 3], b: 1 });
    f({ w: [4, 5, 6], b: 2 });
    f({ w: [1, 2, 3, 4], b: 1 });
    f({ w: [1, 2, 3, 4], b: new Int32Array(2) });
    f({ w: [1, 2, 3] });
    f({ w: [1, 2, 3] }, 2);
    f({ w: new Float64Array(3), b: 1 });
    expect(explainRecompile(f)).toMatchInlineSnapshot(`
      "f has 6 programs
      1. f32[3], f32[]
      2. argument 0.w: f32[3] → f32[4]
      3. argument 0.b: f32[] → i32[2]
      4. argument 0: tree {"w": *, "b": *} → {"w": *}
      5. 1 argument → 2; types f32[3] → f32[3], f32[]
      6. argument 0: tree {"w": *} → {"w": *, "b": *}; dtype of plain numbers: float32 → float64"
    `);
  });
  it("static arguments, and the same number of another kind", () => {
    const g = (): number => 1;
    const f = traced(function scale(x: Tensor, n: unknown) {
      return x.mul(typeof n === "number" ? n : 1);
    }, { staticArgnums: 1 });
    for (const n of [2, 3, g, (): number => 2, "a", -0, 0]) f(array([1, 2]), n);
    expect(explainRecompile(f)).toMatchInlineSnapshot(`
      "scale has 7 programs
      1. f32[2]
      2. static argument 1: 2 → 3
      3. static argument 1: 3 → a function (g)
      4. static argument 1: a function (g) → a function
      5. static argument 1: a function → "a"
      6. static argument 1: "a" → -0
      7. static argument 1: -0 → 0"
    `);
  });
  it("weak and strong numbers, a program more similar than the last", () => {
    const f = traced(function f(x: Tensor, y: Tensor) {
      return x.add(y);
    });
    f([1, 2], 1);
    f(new Float64Array(2), 1);
    f([1, 2], [1, 2]);
    expect(explainRecompile(f)).toMatchInlineSnapshot(`
      "f has 3 programs
      1. f32[2], f32[]
      2. argument 0: f32[2] → f64[2]; argument 1: f32[] → f64[]; dtype of plain numbers: float32 → float64
      3. argument 1: f32[] → f32[2]"
    `);
  });
  it("another function is refused", () => {
    expect(() => explainRecompile(Math.sin)).toThrow("explainRecompile: expected a function made by traceFn, got a function (sin)");
  });
});
