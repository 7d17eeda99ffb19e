/** Batched loops: they stop when all lanes have, finished lanes keep their values, and nothing goes wrong on their behalf. Mistakes in loops. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const { add, div, index, less, log, mul, sqrt, sub, whileLoop } = cr;
type State = [i: Tensor, x: Tensor];
const one = cr.int32(1) as unknown as Tensor, zero = cr.int32(0) as unknown as Tensor;

describe.each(["wasm", "reference"] as const)("lanes that have stopped, on %s", (device) => {
  const on = (f: unknown): ((...args: unknown[]) => NDArray) => (f as { with(options: object): (...args: unknown[]) => NDArray }).with({ device, dtype: "float64" });
  /** Value, gradients in every order of transforms and second derivatives of all lanes together, against each lane alone. */
  const asAlone = (f: (x: Tensor) => Tensor, inputs: readonly number[]): void => {
    const all: Record<string, [together: unknown, alone: unknown]> = {
      value: [cr.vmap(f), cr.traceFn(f)],
      "vmap of gradient": [cr.vmap(cr.grad(f)), cr.grad(f)],
      "gradient of vmap": [cr.traceFn(cr.vmap(f)).grad(), cr.grad(f)],
      "vmap of jacfwd": [cr.vmap(cr.jacfwd(f)), cr.grad(f)],
      "vmap of gradient of gradient": [cr.vmap(cr.grad(cr.grad(f))), cr.grad(cr.grad(f))],
      "gradient of vmap of gradient": [cr.traceFn(cr.vmap(cr.grad(f))).grad(), cr.grad(cr.grad(f))],
      "vmap of Hessian": [cr.vmap(cr.hessian(f)), cr.grad(cr.grad(f))],
    };
    for (const [name, [together, alone]] of Object.entries(all)) {
      const got = [...on(together)(inputs).data];
      const want = inputs.map((x) => on(alone)(x).item());
      got.forEach((v, i) => expect(Math.abs(v - want[i]!), `${name}, lane ${i}: ${v} is not ${want[i]}`).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(want[i]!))));
      expect(got.every(Number.isFinite), name).toBe(true);
    }
  };

  test("an index past the end of an array", () => {
    // lane k reads table[k], table[k + 1], … until 3 is reached: one turn more in a finished lane would read past the end
    const table = cr.array(new Float64Array([0.5, 2, 3]));
    const f = (i: Tensor, x: Tensor): Tensor => whileLoop(([i]: State) => less(i, 3), ([i, x]: State): State => [add(i, one), mul(x, add(index(table, i), x))], [i, x])[1];
    const [starts, xs] = [new Int32Array([0, 2, 3, 1]), [0.3, 0.4, 0.5, 0.6]];
    const value = (i: number, x: number): number => { for (let k = i; k < 3; k++) x *= [0.5, 2, 3][k]! + x; return x; };
    [...on(cr.vmap(f))(starts, xs).data].forEach((v, k) => expect(v).toBeCloseTo(value(starts[k]!, xs[k]!), 12));
    for (const together of [cr.vmap(cr.grad(f, { argnums: 1 })), cr.vmap(cr.jacfwd(f, { argnums: 1 })), cr.traceFn(cr.vmap(f)).grad({ argnums: 1 })]) {
      [...on(together)(starts, xs).data].forEach((v, k) => expect(v).toBeCloseTo((value(starts[k]!, xs[k]! + 1e-6) - value(starts[k]!, xs[k]! - 1e-6)) / 2e-6, 5));
    }
    expect(on(cr.vmap(cr.grad(cr.grad(f, { argnums: 1 }), { argnums: 1 })))(starts, xs).toArray()).not.toContain(Number.NaN);
  });
  test("a root of a negative number", () => asAlone((x) => whileLoop((v: Tensor) => cr.greater(v, 1), (v: Tensor) => sqrt(sub(v, 1)), mul(x, x)), [3, 1.2, 2, 0.5]));
  test("a logarithm, whose argument falls below zero", () => asAlone((x) => whileLoop((v: Tensor) => cr.greater(v, 0.5), (v: Tensor) => log(v), add(x, 1)), [9, 0.1, 3, 0.7]));
  test("one over what reaches zero", () => asAlone((x) => whileLoop(([n]: State) => cr.greater(n, 0), ([n, v]: State): State => [sub(n, one), add(mul(v, 0.5), div(1, cr.astype(n, "float64")))], [cr.astype(x, "int32"), x])[1], [1, 4, 2, 3]));
  test("what the loop closes over, different for each lane", () => asAlone((x) => { const y = mul(x, x); return whileLoop(([n]: State) => less(n, cr.astype(x, "int32")), ([n, v]: State): State => [add(n, one), add(v, log(sub(y, cr.astype(n, "float64"))))], [zero, x])[1]; }, [1.5, 3.5, 2.5]));
  test("growth that overflows", () => asAlone((x) => whileLoop((v: Tensor) => less(v, 50), (v: Tensor) => cr.exp(v), x), [0.1, 60, 1000, 2]));

  test("no lanes, and lanes none of which goes on", () => {
    const f = (x: Tensor): Tensor => whileLoop((v: Tensor) => less(v, 10), (v: Tensor) => mul(v, 2), x);
    expect(on(cr.vmap(f))(cr.zeros([0])).shape).toEqual([0]);
    expect(on(cr.vmap(cr.grad(f)))(cr.zeros([0])).shape).toEqual([0]);
    expect(on(cr.traceFn(cr.vmap(f)).grad())(cr.zeros([0])).shape).toEqual([0]);
    expect(on(cr.vmap(f))([20, 30]).toArray()).toEqual([20, 30]);
    expect(on(cr.vmap(cr.grad(f)))([20, 30]).toArray()).toEqual([1, 1]);
  });
  test("the loop stops with the last lane", () => {
    const f = (x: Tensor): Tensor => whileLoop(([, v]: State) => less(v, 100), ([n, v]: State): State => [add(n, one), mul(v, 2)], [zero, x])[0];
    expect(on(cr.vmap(f))([1, 50, 200, 3]).toArray()).toEqual([7, 1, 0, 6]);
  });
});

/** Source: jax.lax.while_loop, jax.vmap and jax.jvp of JAX in float64; JAX has no reverse mode here. */
test("values of JAX", () => {
  const f = (x: Tensor): Tensor => whileLoop((v: Tensor) => less(v, 100), (v: Tensor) => add(mul(v, x), cr.sin(v)), x);
  const xs = new Float64Array([1.3, 2, 3.5, 120]);
  const close = (got: NDArray, want: readonly number[]): void => [...got.data].forEach((v, i) => expect(Math.abs(v / want[i]! - 1)).toBeLessThan(1e-12));
  const [first, second] = [[142.8509586294632, 421.94639193062693, 136.40726864824975, 1], [-1767.4587652668415, -19144.885125263965, 456.9036090207867]];
  close(cr.vmap(f)(xs), [102.07681125311902, 142.5697384282039, 143.41307176586164, 120]);
  close(cr.vmap(cr.grad(f))(xs), first);
  close(cr.vmap(cr.jacfwd(f))(xs) as unknown as NDArray, first);
  close(cr.vmap(cr.grad(cr.grad(f)))(xs.slice(0, 3)), second);
  const root = (a: Tensor): Tensor => whileLoop((x: Tensor) => cr.greater(cr.abs(sub(mul(x, x), a)), 1e-10), (x: Tensor) => mul(0.5, add(x, div(a, x))), a);
  expect(cr.grad(root, { dtype: "float64" })(2).item()).toBeCloseTo(0.35355339061171626, 14);
});

describe("types of the state", () => {
  test.each<[string, () => unknown, unknown]>([
    ["a number that the body makes float64", () => whileLoop((x: Tensor) => less(cr.sum(x), 3), (x: Tensor) => add(x, new Float64Array([1])), [0]), "float64"],
    ["an int32 counter", () => whileLoop((x: Tensor) => less(x, 3), (x: Tensor) => add(x, 1), cr.int32(0) as unknown as Tensor), "int32"],
    ["a bool", () => whileLoop((x: Tensor) => x, (x: Tensor) => cr.logicalNot(x), cr.bool(true) as unknown as Tensor), "bool"],
    ["a plain number", () => whileLoop((x: Tensor) => less(x, 3), (x: Tensor) => add(x, 1), 0), "float32"],
  ])("%s", (_name, f, dtype) => {
    expect((cr.traceFn(f as () => Tensor)() as unknown as NDArray).dtype).toBe(dtype);
    expect((f() as NDArray).dtype).toBe(dtype);
  });
  test("numbers that the body returns take the state's type", () => {
    const f = cr.traceFn((x: Tensor) => whileLoop(({ n }: { n: Tensor; x: Tensor }) => less(n, 1), () => ({ n: 5, x: 2.5 }), { n: cr.int32(0) as unknown as Tensor, x }));
    const { n, x } = f(new Float64Array([1]).at(0)!);
    expect([n.dtype, n.item(), x.item()]).toEqual(["int32", 5, 2.5]);
  });
});

describe("mistakes", () => {
  const small = (x: Tensor): Tensor => less(cr.sum(x), 3);
  test.each<[string, (x: Tensor) => unknown, RegExp]>([
    ["a shape that changes", (x) => whileLoop(({ a }: { a: Tensor }) => small(a), ({ a }) => ({ a: cr.concatenate([a, a]) }), { a: x }), /whileLoop: the carry changes its type at carry\.a: f32\[2\] before the body, f32\[4\] after it/],
    ["a dtype that changes", (x) => whileLoop(([a]: [Tensor, Tensor]) => small(a), ([a, b]) => [a, cr.astype(b, "int32")] as [Tensor, Tensor], [x, x]), /changes its type at carry\[1\]: f32\[2\] before the body, i32\[2\] after it[^]*astype\("float32"\)/],
    ["a tree that changes", (x) => whileLoop((s: { a: Tensor }) => small(s.a), ((s: { a: Tensor }) => ({ b: s.a })) as never, { a: x }), /whileLoop: the carry changes its tree: \{"a": \*\} before the body, \{"b": \*\} after it/],
    ["a body that returns nothing", (x) => whileLoop((s: Tensor) => small(s), (() => undefined) as never, x), /changes its tree/],
    ["a test of many answers", (x) => whileLoop((s: Tensor) => less(s, 3), (s: Tensor) => s, x), /whileLoop: the test must return bool\[\], it returns bool\[2\][^]*\.any\(\)/],
    ["a test that is no bool", (x) => whileLoop((s: Tensor) => cr.sum(s), (s: Tensor) => s, x), /the test must return bool\[\], it returns f32\[\]/],
    ["a test that returns a tree", (x) => whileLoop(((s: Tensor) => [small(s)]) as never, (s: Tensor) => s, x), /the test must return one bool\[\], it returns \[\*\]/],
    ["no test", (x) => whileLoop(true as never, (s: Tensor) => s, x), /whileLoop: the test must be a function, got true/],
    ["arguments in another order", (x) => whileLoop(x as never, small as never, ((s: Tensor) => s) as never), /whileLoop: the test must be a function/],
    ["an option that there is not", (x) => whileLoop(small, (s: Tensor) => s, x, { checkpoints: 3 } as never), /whileLoop/],
    ["a memory that there is not", (x) => whileLoop(small, (s: Tensor) => s, x, { checkpoint: "all" as never }), /whileLoop: checkpoint must be "sqrt", "log" or how many states to keep, got "all"/],
    ["half a slot", (x) => whileLoop(small, (s: Tensor) => s, x, { checkpoint: 1.5 }), /how many states to keep, got 1\.5/],
    ["a Promise", (x) => whileLoop(small, (async (s: Tensor) => s) as never, x), /Promise/],
  ])("%s", (_name, f, message) => {
    expect(() => cr.traceFn(f as never)([1, 2] as never)).toThrow(message);
  });
  test("a test that is linear in what is transposed", () => {
    const f = (x: Tensor): Tensor => whileLoop((v: Tensor) => less(v, 10), (v: Tensor) => mul(v, 2), x);
    expect(() => cr.linearTranspose(f, 1)(1)).toThrow(/not linear[^]*vjp or grad/);
  });
  test("a choice with results that are linear and others that are not", () => {
    const f = cr.traceFn((p: Tensor) => cr.linearTranspose((x: Tensor) => {
      const [a, k] = cr.cond(less(p, 3), (v: Tensor) => [mul(v, 2), 3] as [Tensor, number], (v: Tensor) => [v, 4] as [Tensor, number], x) as [Tensor, Tensor];
      return mul(a, k);
    }, 1)(1 as never)[0]);
    expect([f(1), f(5)].map((r) => (r as unknown as NDArray).item())).toEqual([6, 4]);
  });
  test("a loop that is linear is transposed", () => {
    const f = (x: Tensor): Tensor => whileLoop(([n]: State) => less(n, 5), ([n, v]: State): State => [add(n, one), add(mul(v, 2), x)], [zero, x])[1];
    expect(cr.linearTranspose(f, 1)(1)[0]!.item()).toBe(63);
  });
});
