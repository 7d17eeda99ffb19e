/** Derivatives of elementwise operations at poles, ties, kinks, overflow, and in branches nobody takes. */
import { describe, expect, test } from "vitest";
import { grad, jvp } from "../../src/api/transforms.ts";
import { hypot, fmax, maximum, minimum, pow } from "../../src/api/arithmetic.ts";
import { relu, sigmoid, silu, softplus } from "../../src/api/activations.ts";
import { cbrt, exp, log, logaddexp, rsqrt, sqrt } from "../../src/api/exponential.ts";
import { div, mul } from "../../src/api/arithmetic.ts";
import { clip, where } from "../../src/api/select.ts";
import { greater, less } from "../../src/api/compare.ts";
import { xlogy } from "../../src/api/special.ts";
import { acosh, asin, atan2, atanh, sin, sinc } from "../../src/api/trigonometric.ts";
import type { Tensor } from "../../src/core/array-types.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";

type Scalar = (...xs: Tensor[]) => Tensor;

function number(x: unknown): number {
  return (x as ConcreteArray).elements[0] as number;
}

function array(x: number, dtype: "float32" | "float64" = "float64"): Tensor {
  return { data: dtype === "float32" ? new Float32Array([x]) : new Float64Array([x]), shape: [], stride: [], offset: 0 } as never;
}

/** The derivative in argument `argnum` by reverse mode, which forward mode must confirm. */
function slope(f: Scalar, xs: readonly number[], argnum = 0, dtype: "float32" | "float64" = "float64"): number {
  const args = xs.map((x) => array(x, dtype));
  const reverse = number((grad(f, { argnums: argnum }) as (...xs: unknown[]) => unknown)(...args));
  const tangents = xs.map((_, i) => array(Number(i === argnum), dtype));
  const forward = number(jvp(f, args as never, tangents as never)[1]);
  expect(forward).toBeCloseTo(reverse, 12);
  return reverse + 0; // never -0
}

/** ∂²f/∂x_i∂x_j */
function curvature(f: Scalar, xs: readonly number[], i = 0, j = 0): number {
  return slope(((...args: Tensor[]) => (grad(f, { argnums: i }) as unknown as Scalar)(...args)) as Scalar, xs, j);
}

describe("powers", () => {
  const power = pow as unknown as Scalar;
  test("of 0: in the base", () => {
    expect(slope(power, [0, 2])).toBe(0);
    expect(slope(power, [0, 1])).toBe(1);
    expect(slope(power, [0, 0])).toBe(0);
    expect(slope(power, [0, 0.5])).toBe(Number.POSITIVE_INFINITY);
    expect(curvature(power, [0, 2])).toBe(2);
    expect(curvature(power, [0, 1])).toBe(0);
    expect(curvature(power, [0, 3])).toBe(0);
  });
  test("of 0: in the exponent", () => {
    expect(slope(power, [0, 2], 1)).toBe(0);
    expect(curvature(power, [0, 2], 1, 1)).toBe(0);
    expect(curvature(power, [0, 2], 1, 0)).toBe(0);
    expect(curvature(power, [0, 2], 0, 1)).toBe(0);
  });
  test("of a negative base with a whole exponent", () => {
    expect(slope(power, [-2, 3])).toBe(12);
    expect(curvature(power, [-2, 3])).toBe(-12);
  });
  test("with an exponent known as a number", () => {
    for (const [n, first, second] of [[2, 0, 2], [1, 1, 0], [0, 0, 0], [3, 0, 0]] as const) {
      expect(slope((x) => pow(x as Tensor, n), [0])).toBe(first);
      expect(curvature((x) => pow(x as Tensor, n), [0])).toBe(second);
    }
  });
  test("that overflow in a branch nobody takes", () => {
    const f: Scalar = (x) => where(less(x as Tensor, 1), pow(x as Tensor, 8), 0);
    expect(slope(f, [1e30], 0, "float32")).toBe(0);
  });
});

describe("poles in branches nobody takes", () => {
  const inner: readonly (readonly [string, Scalar, number])[] = [
    ["sqrt", sqrt as Scalar, 0], ["sqrt of a negative", sqrt as Scalar, -1], ["log", log as Scalar, 0], ["asin", asin as Scalar, 1], ["atanh", atanh as Scalar, 1],
    ["acosh", acosh as Scalar, 1], ["exp", exp as Scalar, 1000], ["a NaN passed on", (x) => sin(log(x as Tensor)), -1], ["pow", (x) => pow(x as Tensor, 0.5), 0],
    ["a product", (x) => mul(x as Tensor, log(x as Tensor)), 0], ["a quotient", (x) => div(x as Tensor, x as Tensor), 0], ["rsqrt", rsqrt as Scalar, 0], ["cbrt", cbrt as Scalar, 0],
  ];
  test.each(inner)("%s", (_name, f, at) => {
    const guarded: Scalar = (x) => where(greater(x as Tensor, 2000), f(x as Tensor), 0);
    expect(slope(guarded, [at])).toBe(0);
    expect(curvature(guarded, [at])).toBe(0);
    const second = grad(grad(guarded) as unknown as Scalar) as unknown as Scalar;
    expect(slope(second, [at])).toBe(0);
  });
  test("the branch that is taken keeps its pole", () => {
    expect(slope(sqrt as Scalar, [0])).toBe(Number.POSITIVE_INFINITY);
    expect(slope(log as Scalar, [0])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("ties and kinks", () => {
  test("extremes share a tie", () => {
    for (const f of [maximum, minimum, fmax] as unknown as Scalar[]) {
      expect(slope(f, [1, 1])).toBe(0.5);
      expect(slope(f, [1, 1], 1)).toBe(0.5);
    }
    expect(slope(maximum as unknown as Scalar, [2, 1])).toBe(1);
    expect(slope(minimum as unknown as Scalar, [2, 1])).toBe(0);
  });
  test("clip at and beyond its bounds", () => {
    const f: Scalar = (x) => clip(x as Tensor, -1, 1);
    expect([-2, -1, 0, 1, 2].map((x) => slope(f, [x]))).toEqual([0, 0.5, 1, 0.5, 0]);
  });
  test("relu at 0", () => {
    expect([-1, 0, 1].map((x) => slope(relu as Scalar, [x]))).toEqual([0, 0, 1]);
  });
});

describe("the origin", () => {
  test("atan2", () => {
    for (const i of [0, 1]) {
      expect(slope(atan2 as unknown as Scalar, [0, 0], i)).toBe(0);
      for (const j of [0, 1]) expect(curvature(atan2 as unknown as Scalar, [0, 0], i, j)).toBe(0);
    }
  });
  test("atan2 near and far without under- or overflow", () => {
    for (const size of [1e-30, 1e30]) {
      expect(slope(atan2 as unknown as Scalar, [size, size], 0, "float32") * size).toBeCloseTo(0.5, 6);
      expect(slope(atan2 as unknown as Scalar, [size, size], 1, "float32") * size).toBeCloseTo(-0.5, 6);
    }
  });
  test("hypot", () => {
    for (const i of [0, 1]) expect(slope(hypot as unknown as Scalar, [0, 0], i)).toBe(0);
    expect(curvature(hypot as unknown as Scalar, [0, 0])).toBe(0);
    expect(slope(hypot as unknown as Scalar, [3e200, 4e200])).toBeCloseTo(0.6, 12);
    expect(slope(hypot as unknown as Scalar, [0, 2])).toBe(0);
    expect(curvature(hypot as unknown as Scalar, [0, 2])).toBe(0.5);
  });
  test("sinc to the fourth derivative, at 0 and close to it", () => {
    const derivative = (f: Scalar): Scalar => grad(f) as unknown as Scalar;
    for (const x of [0, 1e-9, 1e-5]) {
      let f = sinc as Scalar;
      const want = [1, (-(Math.PI ** 2) / 3) * x, -(Math.PI ** 2) / 3, (Math.PI ** 4 / 5) * x, Math.PI ** 4 / 5];
      for (const value of want) {
        expect(number(f(array(x)))).toBeCloseTo(value, 7);
        f = derivative(f);
      }
    }
  });
  test("sinc where the series ends", () => {
    const third = grad(grad(grad(sinc as Scalar) as unknown as Scalar) as unknown as Scalar) as unknown as Scalar;
    const [below, above] = [1 / 3 - 1e-12, 1 / 3 + 1e-12].map((x) => number(third(array(x)))) as [number, number];
    expect(below).toBeCloseTo(above, 9);
  });
  test("xlogy", () => {
    expect(number(xlogy(array(0), array(0)))).toBe(0);
    expect(slope(xlogy as unknown as Scalar, [0, 2])).toBeCloseTo(Math.LN2, 12);
    expect(slope(xlogy as unknown as Scalar, [0, 0], 1)).toBe(0);
  });
});

describe("far out", () => {
  test("sigmoid, silu, softplus", () => {
    expect(slope(sigmoid as Scalar, [-800])).toBe(0);
    expect(slope(sigmoid as Scalar, [800])).toBe(0);
    expect(Math.abs(slope(silu as Scalar, [-100], 0, "float32"))).toBeLessThan(1e-40);
    expect(slope(softplus as Scalar, [800])).toBe(1);
    expect(slope(softplus as Scalar, [-800])).toBe(0);
  });
  test("logaddexp of infinities", () => {
    const f = logaddexp as unknown as Scalar;
    expect(slope(f, [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(0.5);
    expect(slope(f, [Number.NEGATIVE_INFINITY, 3])).toBe(0);
    expect(slope(f, [Number.NEGATIVE_INFINITY, 3], 1)).toBe(1);
    expect(slope(f, [Number.POSITIVE_INFINITY, 3])).toBe(1);
    expect(curvature(f, [2, 2])).toBe(0.25);
  });
});
