/** checkGrads finds wrong derivatives, says where, and leaves right ones alone. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { CheckGradsOptions, Tensor } from "chainrule";
import { ArgumentError, GradientMismatchError } from "../../src/errors.ts";
import { definePrimitive, type Primitive } from "../../src/core/primitive.ts";
import { noParams } from "../../src/core/program.ts";
import { at, bind, type Value } from "../../src/core/tensor.ts";
import { mul, scaleSafe } from "../../src/ops/arithmetic.ts";
import { polygamma } from "../../src/ops/special.ts";
import { cos, sin } from "../../src/ops/trigonometric.ts";
import { loose } from "./values.ts";

const f64 = (...xs: number[]): Float64Array => Float64Array.from(xs);
const check = (f: unknown, args: readonly unknown[], options?: CheckGradsOptions): unknown => loose(cr.checkGrads)(f, args, options);
const apply = (primitive: Primitive) => (x: Tensor): Tensor => at(bind(primitive, [x as unknown as Value], noParams), 0) as unknown as Tensor;

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(GradientMismatchError);
    return (error as Error).message;
  }
  throw new Error("nothing was found");
}

describe("right derivatives pass", () => {
  const smooth: Record<string, readonly [(...xs: Tensor[]) => unknown, ...Float64Array[]]> = {
    polynomial: [(x) => cr.mul(x, cr.mul(x, x)), f64(0.5, -1.5)],
    transcendental: [(x) => cr.mul(cr.sin(x), cr.exp(cr.neg(x))), f64(0.3, 2)],
    "matrix product": [(x, w) => cr.matmul(cr.reshape(x, [2, 2]), cr.tanh(w)), f64(1, -2, 0.5, 3), f64(0.1, -0.7)],
    softmax: [(x) => cr.sum(cr.square(cr.softmax(x))), f64(1, 2, 0.5)],
    indexing: [(x) => cr.mul(cr.take(x, [0, 2, 0]), cr.index(x, cr.slice(null, null, -1))), f64(1, -2, 3)],
    running: [(x) => cr.cumprod(x), f64(0.5, -1, 2)],
    "several results": [(x) => ({ a: cr.sum(x), b: [cr.square(x), cr.argmax(x)], c: null }), f64(1, 3)],
    constant: [() => 3, f64(1)],
  };
  test.each(Object.entries(smooth))("%s, to order 3", (_name, [f, ...args]) => {
    check(f, args, { order: 3 });
    check(f, args, { order: 2, modes: ["forward"] });
    check(f, args, { order: 2, modes: ["reverse"] });
  });
  test("trees, integers beside floats, nothing, single precision, traced functions", () => {
    check((t: { w: Tensor; n: Tensor }) => cr.mul(t.w, t.n), [{ w: f64(1, 2), n: cr.int32([3, 4]) }], { order: 3 });
    check((x: Tensor) => cr.sin(x), [cr.zeros([0])]);
    check((x: Tensor) => cr.sin(x), [[0.3, 1.2]]);
    check(cr.traceFn((x: Tensor) => cr.sin(x), { dtype: "float64" }), [0.3], { rtol: 1e-8, atol: 1e-8 });
    check(cr.grad((x: Tensor) => cr.sum(cr.exp(x))), [f64(0.1, 0.2)], { order: 2 });
    check(cr.vmap((x: Tensor) => cr.exp(x)), [f64(0.1, 0.2)]);
  });
});

/** A sine whose derivative is what the test says. */
function wrongSlope(name: string, slope: (x: Value) => Value): (x: Tensor) => Tensor {
  return apply(definePrimitive({ ...sin.primitive, name, jvp: ([x], [t], params, primitive) => ({ outputs: bind(primitive, [x!], params), tangents: [scaleSafe(t!, slope(x!))] }) }));
}

describe("a wrong derivative is found", () => {
  const sine = wrongSlope("wrongSine", (x) => mul(cos(x), 1.1));
  test("and named with argument, order, mode, primitive and the user's line", () => {
    const f = (t: { w: Tensor; b: [Tensor, Tensor] }, _other: Tensor): Tensor => cr.mul(cr.exp(t.w), sine(t.b[1]));
    const text = message(() => check(f, [{ w: f64(0.1), b: [f64(5), f64(0.4)] }, f64(1)]));
    expect(text).toMatch(/^f: derivative of order 1 with respect to argument 0\.b\[1\], forward mode, result 0, element 0: got .*, finite differences give /);
    expect(text).toMatch(/the primitive furthest off by itself is wrongSine \(f64\[1\]\), its derivative by 0\.0/);
    expect(text).toMatch(/\n {4}at .*check-grads\.test\.ts:\d+:\d+/);
  });
  test("in reverse mode alone", () => {
    const text = message(() => check((x: Tensor) => cr.sum(sine(x)), [f64(0.4, 0.5)], { modes: ["reverse"] }));
    expect(text).toMatch(/argument 0, reverse mode, cotangent · derivative: got/);
    expect(text).toMatch(/wrongSine \(f64\[2\]\), its derivative by/);
  });
  test("of which only the second order is wrong", () => {
    const kinked = definePrimitive({ ...cos.primitive, name: "wrongCosine", jvp: (primals, _tangents, params, primitive) => ({ outputs: bind(primitive, primals, params), tangents: [null] }) });
    const f = wrongSlope("sineWithWrongCosine", (x) => at(bind(kinked, [x], noParams), 0));
    check(f, [f64(0.4)], { order: 1 });
    const text = message(() => check(f, [f64(0.4)], { order: 2 }));
    expect(text).toMatch(/derivative of order 2 with respect to argument 0 \(after forward mode\), forward mode/);
    expect(text).toMatch(/wrongCosine \(f64\[1\]\), its derivative/);
    expect(message(() => check(f, [f64(0.4)], { order: 2, modes: ["reverse"] }))).toMatch(/\(after reverse mode\), reverse mode/);
  });
  test("that is missing: a rule that drops the tangent", () => {
    const lost = definePrimitive({ ...sin.primitive, name: "lost", jvp: (primals, _t, params, primitive) => ({ outputs: bind(primitive, primals, params), tangents: [null] }) });
    expect(message(() => check(apply(lost), [f64(0.4)]))).toMatch(/got 0\.00000, finite differences give .*; the primitive furthest off by itself is lost \(f64\[1\]\), its derivative/);
  });
  test("among many right ones, beside operations that have no derivative in some operand", () => {
    const f = (x: Tensor): Tensor => cr.add(sine(cr.exp(x)), polygamma(cr.stopGradient(cr.round(cr.add(x, 1))) as unknown as Value, cr.add(x, 3) as unknown as Value) as unknown as Tensor);
    expect(message(() => check(f, [f64(0.1)]))).toMatch(/furthest off by itself is wrongSine/);
  });
  test("that is NaN", () => {
    const nan = wrongSlope("nanSine", (x) => mul(x, Number.NaN));
    expect(message(() => check(nan, [f64(0.4)]))).toMatch(/got NaN[\s\S]*nanSine/);
  });
});

describe("a wrong transpose is found", () => {
  const doubled: Primitive = definePrimitive({
    ...sin.primitive,
    name: "wrongTranspose",
    evaluate: (inputs) => inputs,
    jvp: (primals, tangents, params, primitive) => ({ outputs: bind(primitive, primals, params), tangents: bind(primitive, [tangents[0] as Value], params) }),
    transpose: ([ct]) => [mul(ct as Value, 2)],
    lower: { form: "opaque" },
  });
  const f = (x: Tensor, w: Tensor): Tensor => cr.sum(cr.mul(apply(doubled)(cr.exp(x)), w));
  test("and named with argument, mode and primitive", () => {
    const text = message(() => check(f, [f64(0.1, 0.2), f64(3, 4)]));
    expect(text).toMatch(/^f: derivative of order 1 with respect to argument 0, reverse mode, cotangent · derivative: got/);
    expect(text).toMatch(/furthest off by itself is wrongTranspose \(f64\[2\]\), its transpose by/);
    expect(text).toMatch(/\n {4}at .*check-grads\.test\.ts:\d+:\d+/);
  });
  test("forward mode does not use it", () => {
    check(f, [f64(0.1, 0.2), f64(3, 4)], { modes: ["forward"], order: 3 });
  });
});

describe("options", () => {
  test("are checked", () => {
    const f = (x: Tensor): Tensor => x;
    expect(() => check(f, [f64(1)], { order: 0 })).toThrow(/order must be a positive integer, got 0/);
    expect(() => check(f, [f64(1)], { order: 1.5 })).toThrow(ArgumentError);
    expect(() => check(f, [f64(1)], { modes: ["backward" as never] })).toThrow(/unknown mode "backward"[\s\S]*forward/);
    expect(() => check(f, [f64(1)], { tol: 1 } as never)).toThrow(/unknown option "tol"/);
    expect(() => check(f, [cr.int32(1)])).toThrow(/no argument of f is floating \(i32\[\]\)/);
    expect(() => cr.traceFn((x: Tensor) => (check((y: Tensor) => cr.mul(x, y), [f64(1)]), x))(f64(1))).toThrow(/outside of any trace/);
  });
  test("tolerances and steps decide what counts as wrong", () => {
    const slightly = wrongSlope("slightlyOff", (x) => mul(cos(x), 1 + 1e-6));
    check(slightly, [f64(0.4)]);
    expect(message(() => check(slightly, [f64(0.4)], { rtol: 1e-8, atol: 1e-8 }))).toMatch(/got/);
    expect(message(() => check((x: Tensor) => cr.exp(x), [f64(1)], { eps: 1 }))).toMatch(/finite differences give/);
  });
  test("the same seed gives the same directions, another seed others", () => {
    const f = wrongSlope("offSine", (x) => mul(cos(x), 2));
    const text = (seed: number): string => message(() => check(f, [f64(0.4)], { seed }));
    expect(text(1)).toBe(text(1));
    expect(text(1)).not.toBe(text(2));
  });
  test("a kink shows", () => {
    expect(message(() => check((x: Tensor) => cr.relu(x), [f64(0)]))).toMatch(/a kink, a pole or a discontinuity/);
  });
});
