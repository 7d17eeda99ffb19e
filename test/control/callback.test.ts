/** Functions of the host inside programs: what they are given and may return, when they run, and that looking never changes a value. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const { add, callback, debug, grad, mul, sin, sum, traceFn, vmap } = cr;
const scalar = { dtype: "float64", shape: [] } as const;
const numbers = (tree: unknown): number[] => (Array.isArray(tree) ? tree.flatMap(numbers) : [...(tree as NDArray).data]);
const f64 = (...values: number[]): Float64Array => new Float64Array(values);
const long = Float64Array.from({ length: 500 }, (_, i) => i / 100);

describe("a pure callback", () => {
  const hypotenuse = callback((x: NDArray, y: NDArray) => Math.hypot(x, y), scalar);
  const withRule = callback((x: NDArray, y: NDArray) => Math.hypot(x, y), scalar, {
    jvp: ([x, y], [dx, dy]): [Tensor, Tensor] => {
      const h = withRule(x, y);
      return [h, cr.div(add(mul(x, dx), mul(y, dy)), h)];
    },
  });
  const plain = (x: Tensor, y: Tensor): Tensor => cr.sqrt(add(mul(x, x), mul(y, y)));

  const stacks: Record<string, (f: (x: Tensor, y: Tensor) => Tensor) => unknown> = {
    call: (f) => traceFn(f, { dtype: "float64" })(3, 4),
    "inside of an expression": (f) => traceFn((x: Tensor) => add(f(sin(x), cr.cos(x)), 1), { dtype: "float64" })(3),
    vmap: (f) => vmap(f, { inAxes: [0, null] })(f64(3, 0), 4),
    "vmap of vmap": (f) => vmap(vmap(f, { inAxes: [0, null] }), { inAxes: [null, 0] })(f64(3, 0), f64(4, 8, 1)),
    "in a scan": (f) => traceFn((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [f(c, e), c], x, [4, 12]), { dtype: "float64" })(3),
    "vmap of a scan": (f) => vmap((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [f(c, e), c], x, [4, 12])[0])(f64(3, 5)),
    "in a branch": (f) => traceFn((x: Tensor) => cr.cond(cr.greater(x, 0), f, (a: Tensor) => a, x, 4), { dtype: "float64" })(3),
    "in a while loop": (f) => traceFn((x: Tensor) => cr.whileLoop((c) => cr.less(c, 10), (c) => f(c, 4), x), { dtype: "float64" })(3),
  };
  describe.each(Object.entries(stacks))("%s", (_name, stack) => {
    test.each([["without a rule", hypotenuse], ["with one", withRule]])("%s", (_which, f) => {
      numbers(stack(f as never)).forEach((v, i) => expect(v).toBeCloseTo(numbers(stack(plain))[i]!, 6));
    });
  });
  const derivatives: Record<string, (f: (x: Tensor, y: Tensor) => Tensor) => unknown> = {
    grad: (f) => traceFn(f).grad()(f64(3), f64(4)),
    "second order": (f) => traceFn(f).grad().grad()(f64(3), f64(4)),
    jvp: (f) => cr.jvp(f, [f64(3), f64(4)], [f64(1), f64(2)]),
    "vmap of grad": (f) => vmap(grad(f, { argnums: [0, 1] }))(f64(3, 1), f64(4, 2)),
    "grad of vmap": (f) => traceFn(vmap(f)).grad()(f64(3, 1), f64(4, 2)),
    "grad of a scan": (f) => grad((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [f(c, e), c], x, [4, 12])[0] as unknown as Tensor, { dtype: "float64" })(3),
  };
  const elementwise: (x: Tensor, y: Tensor) => Tensor = callback((x: NDArray, y: NDArray) => x.data.map((v, i) => Math.hypot(v, y.data[i]!)), (x) => x, {
    jvp: ([x, y], [dx, dy]): [Tensor, Tensor] => {
      const h = elementwise(x, y);
      return [h, cr.div(add(mul(x, dx), mul(y, dy)), h)];
    },
  });
  test.each(Object.entries(derivatives))("with a jvp rule: %s", (_name, stack) => {
    const want = numbers(stack(plain));
    numbers(stack(elementwise as never)).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 6));
  });
  test("with a vjp rule", () => {
    const f: (x: Tensor) => Tensor = callback((x: NDArray) => Math.sin(x), scalar, { vjp: { forward: (x) => [f(x), x as never], backward: (x, ct) => [mul(cr.cos(x), ct)] } });
    expect(grad(f, { dtype: "float64" })(0.3).item()).toBeCloseTo(Math.cos(0.3), 12);
    expect(numbers(cr.jvp(f, [0.3], [2], { dtype: "float64" }))[1]).toBeCloseTo(2 * Math.cos(0.3), 12);
  });
  test("without a rule a derivative is refused, and stopGradient is the way out", () => {
    expect(() => grad(hypotenuse, { dtype: "float64" })(3, 4)).toThrow(/callback anonymous has no derivative[^]*callback\.test\.ts[^]*give it one/);
    expect(grad((x: Tensor) => mul(x, hypotenuse(cr.stopGradient(x), 4)), { dtype: "float64" })(3).item()).toBeCloseTo(5, 12);
  });
  test("integer results have no derivative and need no rule", () => {
    const floor = callback((x: NDArray) => Math.floor(x), { dtype: "int32", shape: [] });
    expect(grad((x: Tensor) => mul(x, floor(x)))(2.5).item()).toBe(2);
  });

  test("trees go in and out, and the type may follow from the arguments", () => {
    const f = callback(
      (p: { a: NDArray; b: NDArray[] }, k: NDArray) => ({ sum: p.a.data.map((v, i) => v + p.b[0]!.data[i]! * k), count: [p.b.length] }),
      (p: Tensor) => ({ sum: (p as unknown as { a: Tensor }).a, count: [{ dtype: "int32", shape: [] } as const] }),
    );
    const out = traceFn((a: Tensor) => f({ a, b: [mul(a, 2), a] }, 3))(f64(1, 2));
    expect(out.sum.toArray()).toEqual([7, 14]);
    expect(out.count[0]!.item()).toBe(2);
  });
  test("a flat typed array is read row by row", () => {
    const f = callback((_x: NDArray) => f64(1, 2, 3, 4), { dtype: "float64", shape: [2, 2] });
    expect(traceFn((x: Tensor) => f(x))(0).toArray()).toEqual([[1, 2], [3, 4]]);
  });
  test("vectorised, one call does for the batch, every argument with the further axis", () => {
    const shapes: unknown[] = [];
    const f = callback((x: NDArray, y: NDArray) => (shapes.push(x.shape, y.shape), add(x, y)), (x: Tensor) => x, { vmap: "vectorized" });
    expect(vmap((x: Tensor) => f(x, [1, 2]))([[1, 2], [3, 4], [5, 6]]).toArray()).toEqual([[2, 4], [4, 6], [6, 8]]);
    expect(shapes).toEqual([[3, 2], [3, 2]]);
  });

  test("it runs each time the program runs, and not where nothing needs it", () => {
    let calls = 0;
    const f = callback((x: NDArray) => (calls++, x.item()), scalar);
    const used = traceFn((x: Tensor) => add(f(x), 1), { dtype: "float64" });
    const unused = traceFn((x: Tensor) => (f(x), x), { dtype: "float64" });
    expect([used(3).item(), calls]).toEqual([4, 1]);
    expect([used(4).item(), calls]).toEqual([5, 2]);
    expect([unused(3).item(), calls]).toEqual([3, 2]);
  });
  test.each([["a number", 0.5], ["an array", long]])("compiled functions may be called inside: %s", (_what, x) => {
    const inner = traceFn((v: Tensor) => sum(sin(v)));
    const f = callback((v: NDArray) => inner(v), scalar);
    const got = traceFn((v: Tensor) => add(mul(cr.cos(v), f(mul(v, 2))), v), { dtype: "float64" })(x);
    const total = [...(typeof x === "number" ? [x] : x)].reduce((s, v) => s + Math.sin(2 * v), 0);
    [...(typeof x === "number" ? [x] : x)].forEach((v, i) => expect(got.data[i]).toBeCloseTo(Math.cos(v) * total + v, 8));
  });
  test("arrays it was given stay what they were", () => {
    const kept: NDArray[] = [];
    const f = callback((x: NDArray) => (kept.push(x), x), (x: Tensor) => x);
    const g = traceFn((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [f(add(mul(c, 2), e)), sum(c)], x, [1, 2, 3])[0]);
    const out = g(long);
    expect(kept.map((k) => k.data[1])).toEqual([1.02, 4.04, 11.08]);
    expect(out.data[1]).toBe(11.08);
    g(long.map((v) => v * 7));
    expect(kept[0]!.data[1]).toBe(1.02);
  });
  test("two of one name are two, and print under it", () => {
    const times = (k: number): ((x: Tensor) => Tensor) => callback(function scale(x: NDArray) { return x.data.map((v) => v * k); }, (x) => x);
    const f = traceFn((x: Tensor) => cr.sub(times(5)(x), times(2)(x)));
    expect(f([1, 2]).toArray()).toEqual([3, 6]);
    expect(f.program([1, 2]).toString()).toContain("callback[host=scale");
    const g = traceFn((x: Tensor) => times(7)(x));
    expect([traceFn((x: Tensor) => times(3)(x))([1, 2]).toArray(), g([1, 2]).toArray()]).toEqual([[3, 6], [7, 14]]);
  });
  test("an ordered one without arguments is called whenever the program runs", () => {
    let calls = 0;
    const count = (ordered: boolean): (() => Tensor) => callback(() => ++calls, scalar, { ordered });
    const ordered = traceFn((x: Tensor) => add(x, count(true)()), { dtype: "float64" });
    expect([ordered(0).item(), ordered(0).item(), calls]).toEqual([1, 2, 2]);
  });
  test("inside of a trace that is open it computes at once", () => {
    const f = callback((x: NDArray) => mul(x, 2), scalar);
    const g = traceFn((x: Tensor) => mul(x, f(cr.array(f64(3)[0]!)) as Tensor), { dtype: "float64" });
    expect(g(5).item()).toBe(30);
  });
});

describe("what a callback returns is checked", () => {
  const run = (result: unknown, type: cr.ResultSpec): (() => unknown) => {
    const f = callback(function measure(_x: NDArray) {
      return result;
    }, type);
    return () => traceFn((x: Tensor) => f(x) as Tensor)(1);
  };
  const pair = { a: scalar, b: { dtype: "float32", shape: [2] } } as const;
  test.each<[string, unknown, cr.ResultSpec, string]>([
    ["another shape", [1, 2], { dtype: "float32", shape: [3] }, "the result of the callback measure is f32[2], and f32[3] was declared"],
    ["another dtype", new Float32Array(3), { dtype: "float64", shape: [3] }, "the result of the callback measure is f32[3], and f64[3] was declared"],
    ["a number where an array belongs", 1, { dtype: "float64", shape: [3] }, "the result of the callback measure is f64[], and f64[3] was declared"],
    ["nothing", undefined, scalar, "the result of the callback measure: expected an array, got undefined"],
    ["text", "1", scalar, "the result of the callback measure: expected an array, got \"1\""],
    ["a fraction", 1.5, { dtype: "int32", shape: [] }, "the result of the callback measure: 1.5 is not a value of int32"],
    ["a leaf that is missing", { a: 1 }, pair, "the result of the callback measure.b: expected an array, got undefined"],
    ["a leaf of another shape", { a: 1, b: [1] }, pair, "the result of the callback measure.b is f32[1], and f32[2] was declared"],
    ["a promise", Promise.resolve(1), scalar, "the result of the callback measure is a Promise: callbacks are synchronous"],
  ])("%s", (_what, result, type, text) => expect(run(result, type)).toThrow(text));

  test.each<[string, () => unknown, string]>([
    ["no function", () => callback(3 as never, scalar), "callback: expected a function, got 3"],
    ["no type", () => callback(() => 1, undefined as never), "callback anonymous: the result type must be"],
    ["a shape alone", () => callback(() => 1, [2, 3] as never), "must be { dtype, shape } or a tree of these"],
    ["an unknown dtype", () => callback(() => 1, { dtype: "float16" as never, shape: [] }), "float16"],
    ["an unknown option", () => callback(() => 1, scalar, { order: true } as never), 'unknown option "order"'],
    ["an unknown way to batch", () => callback(() => 1, scalar, { vmap: "all" as never }), 'vmap must be "sequential" or "vectorized"'],
  ])("%s is refused", (_what, run, text) => expect(run).toThrow(text));

  test.each([["a number", 1], ["an array", long]])("what it throws is thrown, with its place: %s", (_what, x) => {
    class Odd extends RangeError {}
    const f = callback(function broken(_x: NDArray) { throw new Odd("no"); }, scalar);
    const run = (): unknown => traceFn((v: Tensor) => mul(2, f(v)), { dtype: "float64" })(x);
    try {
      run();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Odd);
      expect((error as Error).stack).toMatch(/in the callback broken at .*callback\.test\.ts/);
    }
    // and the next call finds everything in order
    expect(traceFn((v: Tensor) => sum(mul(2, v)))(x).item()).toBeCloseTo(typeof x === "number" ? 2 : long.reduce((s, v) => s + 2 * v, 0), 8);
  });
  test("a thrown value that is no error becomes one", () => {
    const f = callback((_x: NDArray) => { throw "text"; }, scalar);
    expect(() => traceFn((v: Tensor) => f(v))(1)).toThrow('the callback anonymous threw "text"');
  });
});

/** What reaches `seen` while the function runs. */
function seenBy(run: (see: (...values: Tensor[]) => void) => unknown): number[][] {
  const seen: number[][] = [];
  run((...values) => debug.callback((...given: NDArray[]) => seen.push(given.flatMap((v) => [...v.data])), ...values));
  return seen;
}

describe("debug.callback sees each value once, in order", () => {
  const square = (see: (...values: Tensor[]) => void) => (x: Tensor): Tensor => {
    see(x);
    const y = mul(x, x);
    see(x, y);
    return y;
  };
  const once = [[3], [3, 9]];
  test.each<[string, (f: (x: Tensor) => Tensor) => unknown]>([
    ["eager", (f) => f(cr.array(3) as unknown as Tensor)],
    ["call", (f) => traceFn(f)(3)],
    ["reference", (f) => traceFn(f, { device: "reference" })(3)],
    ["grad", (f) => grad(f)(3)],
    ["value and gradient", (f) => cr.valueAndGrad(f)(3)],
    ["vjp", (f) => cr.vjp(f, 3)[1](1)],
    ["second order", (f) => grad(grad(f))(3)],
    ["third order", (f) => grad(grad(grad(f)))(3)],
    ["jvp", (f) => cr.jvp(f, [3], [1])],
    ["linearize", (f) => cr.linearize(f, 3)[1](1)],
    ["hessian", (f) => cr.hessian(f)(3)],
    ["grad inside of a function", (f) => traceFn((x: Tensor) => mul(x, grad(f)(x) as unknown as Tensor))(3)],
    ["grad of that", (f) => grad((x: Tensor) => mul(x, grad(f)(x) as unknown as Tensor))(3)],
    ["a branch", (f) => traceFn((x: Tensor) => cr.cond(cr.greater(x, 0), f, (v: Tensor) => v, x))(3)],
    ["grad of a branch", (f) => grad((x: Tensor) => cr.cond(cr.greater(x, 0), f, (v: Tensor) => v, x))(3)],
    ["a function with a rule, not differentiated", (f) => traceFn(cr.customJvp(f).defjvp(([x], [dx]) => [x, dx]))(3)],
  ])("%s", (_name, run) => expect(seenBy((see) => run(square(see)))).toEqual(once));

  test("the branch that is not taken says nothing", () => {
    expect(seenBy((see) => traceFn((x: Tensor) => cr.cond(cr.less(x, 0), square(see), (v: Tensor) => v, x))(3))).toEqual([]);
  });
  test.each<[string, (f: (x: Tensor) => Tensor) => unknown]>([
    ["vmap", (f) => vmap(f)([1, 2])],
    ["vmap of grad", (f) => vmap(grad(f))([1, 2])],
    ["grad of vmap", (f) => traceFn(vmap(f)).grad()([1, 2])],
    ["jvp of vmap of grad", (f) => cr.jvp(vmap(grad(f)), [[1, 2]], [[1, 1]])],
  ])("each element: %s", (_name, run) => expect(seenBy((see) => run(square(see)))).toEqual([[1], [2], [1, 1], [2, 4]]));
  test("each element of a batch of batches", () => {
    expect(seenBy((see) => vmap(vmap((x: Tensor, y: Tensor) => (see(x, y), x), { inAxes: [0, null] }), { inAxes: [null, 0] })([1, 2], [3, 4]))).toEqual([[1, 3], [2, 3], [1, 4], [2, 4]]);
  });
  test("once where the value is the same for all", () => {
    expect(seenBy((see) => vmap((x: Tensor, y: Tensor) => (see(y), add(x, y)), { inAxes: [0, null] })([1, 2], 5))).toEqual([[5]]);
  });

  const loops: Record<string, (f: (x: Tensor) => Tensor) => unknown> = {
    scan: (f) => traceFn((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [add(f(c), e), null], x, [1, 1])[0])(1),
    "grad of a scan": (f) => grad((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [add(f(c), e), null], x, [1, 1])[0] as unknown as Tensor)(1),
    "second order of a scan": (f) => grad(grad((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [add(f(c), e), null], x, [1, 1])[0] as unknown as Tensor))(1),
    "jvp of a scan": (f) => cr.jvp((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [add(f(c), e), null], x, [1, 1])[0] as unknown as Tensor, [1], [1]),
    while: (f) => traceFn((x: Tensor) => cr.whileLoop((c) => cr.less(c, 5), (c) => add(f(c), 1), x))(1),
    "jvp of while": (f) => cr.jvp((x: Tensor) => cr.whileLoop((c) => cr.less(c, 5), (c) => add(f(c), 1), x), [1], [1]),
    "a scan on the reference": (f) => traceFn((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => [add(f(c), e), null], x, [1, 1])[0], { device: "reference" })(1),
  };
  test.each(Object.entries(loops))("each turn: %s", (_name, run) => expect(seenBy((see) => run(square(see)))).toEqual([[1], [1, 1], [2], [2, 4]]));
  test("each turn of each element of a scan over a batch", () => {
    const seen = seenBy((see) => vmap((x: Tensor) => cr.scan((c: Tensor, e: Tensor) => (see(c), [add(c, e), null]), x, [1, 1])[0])([1, 10]));
    expect(seen).toEqual([[1], [10], [2], [11]]);
  });
  test("values do not change by looking, nor what is computed", () => {
    const f = (look: boolean) => (x: Tensor): Tensor => {
      const y = mul(sin(x), x);
      if (look) debug.callback(() => 99, x, { y });
      return sum(y);
    };
    expect(traceFn(f(true)).grad()(long).toArray()).toEqual(traceFn(f(false)).grad()(long).toArray());
  });
  test("an ordered callback is called where nothing needs its result, as often as it stands there", () => {
    const order: number[] = [];
    const f = callback((x: NDArray) => (order.push(x.item()), x), (x: Tensor) => x, { ordered: true });
    const g = traceFn((x: Tensor) => (f(x), f(add(x, 1)), f(x), x));
    g(1);
    g(5);
    expect(order).toEqual([1, 2, 1, 5, 6, 5]);
  });
});

describe("debug.print", () => {
  let lines: string[] = [];
  beforeEach(() => {
    lines = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  });
  afterEach(() => vi.restoreAllMocks());

  test.each<[string, (x: Tensor) => void, string]>([
    ["values in order", (x) => debug.print("x = {}, twice {}", x, mul(x, 2)), "x = 3, twice 6"],
    ["by position", (x) => debug.print("{1} from {0}", x, mul(x, 2)), "6 from 3"],
    ["by name", (x) => debug.print("{y} from {x}", { x, y: mul(x, 2) }), "6 from 3"],
    ["a label", (x) => debug.print("x", x), "x 3"],
    ["no text", (x) => debug.print(x, mul(x, 2)), "3 6"],
    ["text alone", () => debug.print("here"), "here"],
    ["braces", (x) => debug.print("{{{}}}", x), "{3}"],
    ["trees", (x) => debug.print("{}", { a: x, b: [x, cr.array([1, 2])] }), "{a: 3, b: [3, [1, 2]]}"],
    ["what is no array", (x) => debug.print("{} {}", "loss", x), "loss 3"],
    ["arrays", (x) => debug.print("{}", cr.broadcastTo(x, [2, 2])), "[[3, 3],\n [3, 3]]"],
    ["numbers", () => debug.print("{}", 4), "4"],
  ])("%s", (_what, look, text) => {
    traceFn((x: Tensor) => (look(x), mul(x, 2)))(3);
    expect(lines).toEqual([text]);
    look(cr.array(3) as unknown as Tensor);
    expect(lines).toEqual([text, text]);
  });
  test.each<[string, (x: Tensor) => void, string]>([
    ["a value too few", (x) => debug.print("{} {}", x), "names value 1, and 1 was passed"],
    ["a name nobody passed", (x) => debug.print("{y}", { x }), "names the value y, which was not passed"],
  ])("%s is refused while tracing", (_what, look, text) => expect(() => traceFn((x: Tensor) => (look(x), x))(3)).toThrow(text));
  test("once forward under a gradient, once for each element of a batch, in order", () => {
    vmap(grad((x: Tensor) => (debug.print("a {}", x), debug.print("b {}", mul(x, 2)), mul(x, x))))([1, 2]);
    expect(lines).toEqual(["a 1", "a 2", "b 2", "b 4"]);
  });
});
