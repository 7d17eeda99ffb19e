/** foriLoop: bounds that are known make a scan, others a loop with a test; both against JavaScript's own loop. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { ForiOptions, NDArray, Tensor } from "chainrule";
import { expectClose, type Flow, stacksOn } from "./stacks.ts";

const { add, cos, foriLoop, index, mul, sin, sum } = cr;
const float64 = (values: readonly number[]): Float64Array => new Float64Array(values);
type Turn = (i: Tensor, v: Tensor, w: Tensor) => Tensor;
const turns: Record<string, Turn> = {
  "the index as a number": (i, v, w) => sin(add(mul(v, w), mul(i, 0.1))),
  "the index as an index": (i, v, w) => add(mul(v, index(w, i)), cos(v)),
};
const bounds: readonly [lo: number, hi: number][] = [[0, 3], [1, 3], [2, 2], [3, 1], [-2, 2]];
const number = (n: number): Tensor => cr.int32(n) as unknown as Tensor;

function plain(turn: Turn, lo: number, hi: number, reverse: boolean): Flow {
  return (w, z) => {
    let v = z;
    const order = Array.from({ length: Math.max(0, hi - lo) }, (_, k) => (reverse ? hi - 1 - k : lo + k));
    for (const i of order) v = turn(number(i), v, w);
    return v;
  };
}
const known = (turn: Turn, lo: number, hi: number, options: ForiOptions): Flow => (w, z) => foriLoop(lo, hi, (i, v: Tensor) => turn(i, v, w), z, options);
/** Bounds that are only known when the program runs. */
const traced = (turn: Turn, lo: number, hi: number, options: ForiOptions): Flow => (w, z) => {
  const none = cr.astype(cr.floor(mul(sum(cr.stopGradient(z)), 0)), "int32");
  return foriLoop(add(none, number(lo)), add(none, number(hi)), (i, v: Tensor) => turn(i, v, w), z, options);
};

describe.each(Object.entries(turns))("%s", (_name, turn) => {
  test.each(Object.entries(stacksOn("wasm", float64)))("%s", (_stack, run) => {
    const want = run(plain(turn, 0, 3, false));
    expectClose(run(known(turn, 0, 3, {})), want, 1e-9);
    expectClose(run(traced(turn, 0, 3, { checkpoint: 3 })), want, 1e-9);
  });
});

describe.each(bounds)("from %d to %d", (lo, hi) => {
  const turn = turns["the index as a number"]!;
  const { value, gradient } = stacksOn("wasm", float64);
  test.each<[string, (turn: Turn, lo: number, hi: number, options: ForiOptions) => Flow, ForiOptions]>([
    ["known", known, {}], ["known, reversed", known, { reverse: true }], ["known, unrolled", known, { unroll: 2 }], ["known, all unrolled", known, { unroll: true }],
    ["known, square root", known, { checkpoint: "sqrt" }], ["traced", traced, {}], ["traced, reversed", traced, { reverse: true }], ["traced, log", traced, { checkpoint: "log" }],
  ])("%s", (_name, door, options) => {
    for (const run of [value!, gradient!]) expectClose(run(door(turn, lo, hi, options)), run(plain(turn, lo, hi, options.reverse === true)), 1e-12);
  });
});

test("bounds of which one is known", () => {
  const f = cr.traceFn((n: Tensor) => [foriLoop(2, index(n, 0), (i, v: Tensor) => add(v, i), 0), foriLoop(index(n, 0), 9, (i, v: Tensor) => add(v, i), 0), foriLoop(2, index(n, 0), (i, v: Tensor) => add(mul(v, 10), i), 0, { reverse: true })]);
  expect((f(new Int32Array([5])) as unknown as NDArray[]).map((r) => r.item())).toEqual([9, 26, 432]);
});
test("the index is int32, and of each lane its own", () => {
  expect((foriLoop(0, 3, (i, _v: Tensor) => i, cr.int32(7) as unknown as Tensor) as unknown as NDArray).dtype).toBe("int32");
  const f = (n: Tensor): Tensor => foriLoop(0, n, (i, v: Tensor) => add(v, i), 0);
  expect(cr.vmap(f)(new Int32Array([0, 4, -3, 2])).toArray()).toEqual([0, 6, 0, 1]);
});
test("outside of a trace", () => {
  expect(foriLoop(0, 5, (i: Tensor, v: Tensor) => add(v, i), 0).item()).toBe(10);
  expect(Number(foriLoop(cr.int32(1), cr.int32(4), (i, v: Tensor) => mul(v, i), 1))).toBe(6);
});
test("values of JAX", () => {
  // jax.grad(lambda x: lax.fori_loop(0, 5, lambda i, v: jnp.sin(v * x) + i, x)) and its derivative at 0.7, float64
  const f = (x: Tensor): Tensor => foriLoop(0, 5, (i, v: Tensor) => add(sin(mul(v, x)), i), x);
  const x = float64([0.7]).at(0)!;
  const on = (g: unknown): number => (g as { with(o: object): (x: number) => NDArray }).with({ dtype: "float64" })(x).item() as number;
  [on(cr.traceFn(f)), on(cr.grad(f)), on(cr.grad(cr.grad(f)))].forEach((v, k) => expect(v).toBeCloseTo([4.383747575444195, -2.7112230209791766, 8.023873586655071][k]!, 12));
});

describe("mistakes", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a bound that is a fraction", () => foriLoop(0, 2.5, (_i, v: Tensor) => v, 0), /foriLoop: hi must be an integer, got 2\.5/],
    ["a traced bound that may be beyond int32", () => cr.traceFn((n: Tensor) => foriLoop(0, n, (_i, v: Tensor) => v, 0) as unknown as Tensor)(cr.array(5, { dtype: "uint32" }) as never), /foriLoop: hi is u32\[\], and the index is an int32/],
    ["a bound beyond int32", () => foriLoop(cr.array(3e9, { dtype: "uint32" }), 5, (_i, v: Tensor) => v, 0), /foriLoop: lo must be an int32, got 3000000000/],
    ["a bound that is a float", () => foriLoop(cr.float32(1), 3, (_i, v: Tensor) => v, 0), /foriLoop: lo must be an integer, got f32\[\][^]*astype/],
    ["a bound that is a vector", () => foriLoop(0, new Int32Array([3]), (_i, v: Tensor) => v, 0), /foriLoop: hi must be a scalar, got i32\[1\]/],
    ["the init before the body", () => foriLoop(0, 3, 0 as never, ((_i: Tensor, v: Tensor) => v) as never), /foriLoop: the body must be a function, got 0/],
    ["no init", () => foriLoop(0, 3, ((_i: Tensor, v: Tensor) => v) as never, undefined), /foriLoop: there is nothing to begin with: init is undefined[^]*hint: foriLoop\(lo, hi, body, init\)/],
    ["a state that changes its shape", () => foriLoop(0, 3, ((_i: Tensor, v: { a: Tensor }) => ({ a: cr.stack([v.a, v.a]) })) as never, { a: 1 } as never), /foriLoop: the carry changes its type at carry\.a: f32\[\] before the body, f32\[2\] after it/],
    ["unroll with bounds that are traced", () => cr.traceFn((n: Tensor) => foriLoop(0, index(n, 0), (_i, v: Tensor) => v, 0, { unroll: 4 }))(new Int32Array([1])), /unroll needs bounds that are known/],
    ["all states of bounds that are traced", () => cr.traceFn((n: Tensor) => foriLoop(0, index(n, 0), (_i, v: Tensor) => v, 0, { checkpoint: "all" }))(new Int32Array([1])), /checkpoint must be "sqrt", "log" or how many states/],
    ["a number of states of bounds that are known", () => foriLoop(0, 3, (_i, v: Tensor) => v, 0, { checkpoint: 5 }), /a number of states is for bounds that are tensors/],
    ["an option that there is not", () => foriLoop(0, 3, (_i, v: Tensor) => v, 0, { step: 2 } as never), /step/],
    ["reverse that is no boolean", () => foriLoop(0, 3, (_i, v: Tensor) => v, 0, { reverse: 1 as never }), /reverse must be true or false/],
  ])("%s", (_name, f, message) => {
    expect(f).toThrow(message);
  });
});
