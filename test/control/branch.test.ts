/** cond and switchCase under every stack of transforms, against choices made by `where`, and what lanes that do not take a branch may not do. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { expectClose, type Flow, stacksOn } from "./stacks.ts";

const { add, cos, cond, exp, less, log, mul, sin, sqrt, sub, sum, switchCase, where } = cr;
const float64 = (values: readonly number[]): Float64Array => new Float64Array(values);
const float32 = (values: readonly number[]): Float32Array => new Float32Array(values);

type Branch = (a: Tensor, b: Tensor) => unknown;

interface Choice {
  readonly name: string;
  readonly index: (w: Tensor, z: Tensor) => Tensor;
  /** Each may close over nothing but its operands, w and z. */
  readonly branches: readonly Branch[];
}

const count = (x: Tensor): Tensor => cr.astype(cr.floor(x), "int32");
const choices: readonly Choice[] = [
  { name: "two sides", index: (w) => cr.astype(less(sum(w), 1.25), "int32"), branches: [(a, b) => sin(mul(a, b)), (a, b) => add(exp(a), mul(b, b))] },
  { name: "three branches", index: (w, z) => count(mul(add(sum(w), sum(z)), 1.3)), branches: [(a) => mul(a, a), (a, b) => mul(sin(a), b), (_a, b) => cos(b)] },
  { name: "trees, of which a branch gives some as they are", index: (w) => count(sum(w)), branches: [(a, b) => ({ p: a, q: [b, cr.int32(1)] }), (a, b) => ({ p: mul(a, b), q: [a, cr.int32(2)] })] },
  { name: "a branch of constants", index: (w) => count(sum(w)), branches: [(a) => [cr.onesLike(a), 3], (a, b) => [mul(a, b), sum(a)]] },
  { name: "no derivative on one side", index: (w) => count(sum(w)), branches: [(a) => cr.floor(mul(a, 3)), (a, b) => mul(cr.stopGradient(a), b)] },
  { name: "residuals of many shapes", index: (w) => count(sum(w)), branches: [(a, b) => cr.matmul(cr.outer(sin(a), cos(b)), mul(a, b)), (a, b) => mul(cr.prod(add(a, 2)), sin(mul(exp(b), a)))] },
  { name: "a choice in a choice", index: (w) => cr.astype(less(sum(w), 1.25), "int32"), branches: [(a, b) => chosen({ name: "", index: (w) => count(add(sum(w), 1)), branches: [(c) => sin(c), (c, d) => mul(c, d), (c, d) => add(cos(c), d)] })(a, b), (a, b) => mul(a, sub(1, b))] },
  { name: "a scan in a choice", index: (w) => count(sum(w)), branches: [(a, b) => cr.scan((c: Tensor, x: Tensor) => [sin(add(c, x)), mul(c, x)], a, cr.stack([a, b])), (a, b) => [mul(a, b), cr.stack([b, a])]] },
];

function chosen({ index, branches }: Choice): Flow {
  return (w, z) => {
    const k = index(w, z);
    const [onFalse, onTrue] = branches as [Branch, Branch];
    return branches.length === 2 ? cond(cr.greater(k, 0), onTrue, onFalse, w, z) : switchCase(k, branches as ((a: Tensor, b: Tensor) => unknown)[], w, z);
  };
}

/** All branches, and the one that is meant. */
function written({ index, branches }: Choice): Flow {
  return (w, z) => {
    const k = cr.clip(index(w, z), 0, branches.length - 1);
    const [first, ...others] = branches.map((b) => b(w, z));
    return others.reduce((kept, own, i) => cr.treeMap((a: Tensor, b: Tensor) => where(cr.equal(k, i + 1), b, a), kept as never, own as never), first);
  };
}

const slow = new Set(["third order", "vmap of gradient of gradient", "gradient of vmap of gradient"]);

describe.each(choices.map((choice) => [choice.name, choice] as const))("%s", (_name, choice) => {
  test.each(Object.entries(stacksOn("wasm", float64)))("%s", (_stack, run) => {
    expectClose(run(chosen(choice)), run(written(choice)), 1e-9);
  });
  test.each(Object.entries(stacksOn("reference", float32)).filter(([stack]) => !slow.has(stack)))("on the reference, %s", (_stack, run) => {
    expectClose(run(chosen(choice)), run(written(choice)), 2e-4);
  });
});

describe.each(["wasm", "reference"] as const)("lanes that do not take a branch, on %s", (device) => {
  const on = (f: unknown): ((...args: unknown[]) => NDArray) => (f as { with(options: object): (...args: unknown[]) => NDArray }).with({ device, dtype: "float64" });
  const bad: Record<string, [f: (x: Tensor) => Tensor, inputs: number[], values: (x: number) => number, slopes: (x: number) => number, curves: (x: number) => number]> = {
    "a root of a negative number": [(x) => cond(cr.greater(x, 0), (v: Tensor) => sqrt(v), (v: Tensor) => mul(v, 2), x), [4, -1, 0, -9], (x) => (x > 0 ? Math.sqrt(x) : 2 * x), (x) => (x > 0 ? 0.5 / Math.sqrt(x) : 2), (x) => (x > 0 ? -0.25 * x ** -1.5 : 0)],
    "a logarithm of zero": [(x) => cond(cr.notEqual(x, 0), (v: Tensor) => log(mul(v, v)), () => 7, x), [0, 2, -1], (x) => (x === 0 ? 7 : Math.log(x * x)), (x) => (x === 0 ? 0 : 2 / x), (x) => (x === 0 ? 0 : -2 / x ** 2)],
    "one over zero": [(x) => switchCase(cr.astype(cr.greater(x, 0), "int32"), [() => 1, (v: Tensor) => cr.div(1, v)], x), [0, 0.5, -2], (x) => (x > 0 ? 1 / x : 1), (x) => (x > 0 ? -1 / x ** 2 : 0), (x) => (x > 0 ? 2 / x ** 3 : 0)],
    "an infinity of an exponential": [(x) => cond(less(x, 100), (v: Tensor) => exp(mul(v, v)), (v: Tensor) => v, x), [1, 1000], (x) => (x < 100 ? Math.exp(x * x) : x), (x) => (x < 100 ? 2 * x * Math.exp(x * x) : 1), (x) => (x < 100 ? (2 + 4 * x * x) * Math.exp(x * x) : 0)],
    "what the branch closes over": [(x) => { const y = sub(x, 3); return cond(less(x, 3), () => log(mul(y, -1)), () => mul(y, y)); }, [1, 3, 5], (x) => (x < 3 ? Math.log(3 - x) : (x - 3) ** 2), (x) => (x < 3 ? -1 / (3 - x) : 2 * (x - 3)), (x) => (x < 3 ? -1 / (3 - x) ** 2 : 2)],
  };
  test.each(Object.entries(bad))("%s", (_name, [f, inputs, values, slopes, curves]) => {
    const close = (got: NDArray, want: (x: number) => number): void => [...got.data].forEach((v, i) => expect(v).toBeCloseTo(want(inputs[i] as number), 9));
    close(on(cr.vmap(f))(inputs), values);
    close(on(cr.vmap(cr.grad(f)))(inputs), slopes);
    close(on(cr.traceFn(cr.vmap(f)).grad())(inputs), slopes);
    close(on(cr.vmap(cr.jacfwd(f)))(inputs), slopes);
    close(on(cr.vmap(cr.grad(cr.grad(f))))(inputs), curves);
    close(on(cr.vmap(cr.hessian(f)))(inputs), curves);
  });

  test("an index past the end", () => {
    const table = cr.array([1, 2, 4]);
    const f = (i: Tensor, x: Tensor): Tensor => cond(less(i, 3), (k: Tensor, v: Tensor) => mul(cr.index(table, k), v), (_k: Tensor, v: Tensor) => v, i, x);
    const indices = new Int32Array([0, 2, 7, 1]), xs = [1, 1, 5, 1];
    expect(on(cr.vmap(f))(indices, xs).toArray()).toEqual([1, 4, 5, 2]);
    expect(on(cr.vmap(cr.grad(f, { argnums: 1 })))(indices, xs).toArray()).toEqual([1, 4, 1, 2]);
    expect(() => on(cr.vmap((i: Tensor) => cr.index(table, i)))(indices)).toThrow(/out of bounds/);
  });

  test("a branch that no lane takes does not run", () => {
    const f = (x: Tensor): Tensor => cond(less(x, 10), (v: Tensor) => mul(v, 2), (v: Tensor) => cr.index(cr.array([1]), cr.int32(add(mul(cr.stopGradient(v), 0), 5) as never)), x);
    expect(on(cr.vmap(f))([1, 2]).toArray()).toEqual([2, 4]);
  });
});

describe("what is chosen", () => {
  const pick = (i: Tensor): Tensor => switchCase(i, [() => 10, () => 20, () => 30]);
  test.each([[-5, 10], [0, 10], [1, 20], [2, 30], [3, 30], [2 ** 31 - 1, 30]])("index %d counts as the nearest", (i, want) => {
    expect(cr.traceFn((v: Tensor) => pick(cr.index(v, 0)))(new Int32Array([i])).item()).toBe(want);
    expect(Number(pick(cr.int32(i) as never))).toBe(want);
    expect(cr.vmap(pick)(new Int32Array([i, 1])).toArray()).toEqual([want, 20]);
  });
  test("a large uint32 index is not a negative one", () => {
    expect(cr.traceFn((v: Tensor) => pick(cr.index(v, 0)))(new Uint32Array([2 ** 32 - 1])).item()).toBe(30);
  });
  test("a boolean that is known picks, and only that side is traced", () => {
    const never = (): Tensor => { throw new Error("traced"); };
    expect(cr.traceFn((x: Tensor) => cond(true, (v: Tensor) => mul(v, 2), never, x))(3).item()).toBe(6);
    expect(cr.traceFn((x: Tensor) => cond(false, never, (v: Tensor) => mul(v, 2), x))(3).item()).toBe(6);
    expect(Number(cond(true, (v: Tensor) => add(v, 1), never, 3))).toBe(4);
  });
  test("a condition that is a number holds where it is not 0", () => {
    const f = cr.traceFn((c: Tensor) => cond(c, () => 1, () => 2));
    expect([f(0), f(0.5), f(-1), f(Number.NaN)].map((r) => r.item())).toEqual([2, 1, 1, 1]);
  });
  test("only the branch that is taken runs", () => {
    const g = cr.traceFn((v: Tensor) => cond(less(cr.index(v, 0), 3), (u: Tensor) => cr.index(cr.array([1, 2, 4]), cr.index(u, 0)), () => 0, v));
    expect(g(new Int32Array([2])).item()).toBe(4);
    expect(g(new Int32Array([3])).item()).toBe(0);
  });
});

/** Source: jax.lax.switch and jax.grad of JAX in float64. */
test.each([[-1, 0.644217687237691, 0.7648421872844885, -0.644217687237691], [0, 0.644217687237691, 0.7648421872844885, -0.644217687237691], [1, 0.49, 1.4, 2], [2, 1.4096268952293336, 3.4233796026998102, 5.437132310170287], [5, 1.4096268952293336, 3.4233796026998102, 5.437132310170287]])("values of JAX, index %d", (index, ...want) => {
  const f = (i: Tensor, x: Tensor): Tensor => switchCase(i, [(v: Tensor) => sin(v), (v: Tensor) => mul(v, v), (v: Tensor) => mul(exp(v), x)], x);
  const first = cr.grad(f, { argnums: 1 });
  const all = [cr.traceFn(f), first, cr.grad(first, { argnums: 1 })].map((g) => g.with({ dtype: "float64" })(cr.int32(index), 0.7).item());
  all.forEach((v, k) => expect(v).toBeCloseTo(want[k]!, 13));
});

describe("types of results", () => {
  const x64 = new Float64Array([1.5]);
  test.each<[string, (x: Tensor) => unknown, string]>([
    ["a number beside float64", (x) => cond(less(sum(x), 1), () => 0, () => sum(x)), "float64"],
    ["a number beside int32", (x) => cond(less(sum(x), 1), () => 0, () => cr.astype(sum(x), "int32")), "int32"],
    ["two numbers", (x) => cond(less(sum(x), 1), () => 0, () => 1), "float64"],
    ["booleans", (x) => cond(less(sum(x), 1), () => false, () => less(sum(x), 2)), "bool"],
    ["a number in the third of three", (x) => switchCase(cr.astype(sum(x), "int32"), [() => sum(x), () => mul(sum(x), 2), () => 1]), "float64"],
  ])("%s", (_name, f, dtype) => {
    expect((cr.traceFn(f)(x64) as NDArray).dtype).toBe(dtype);
  });
  test("a number does not narrow float64", () => {
    expect(cr.traceFn((x: Tensor) => cond(less(sum(x), 100), () => 0.1, () => sum(x)))(x64).item()).toBe(0.1);
  });
});

describe("mistakes", () => {
  const v = [1, 2, 3];
  const c = (x: Tensor): Tensor => less(sum(x), 1);
  test.each<[string, (x: Tensor) => unknown, RegExp]>([
    ["shapes", (x) => cond(c(x), () => ({ a: x }), () => ({ a: sum(x) })), /cond: the branches give different types at result\.a: onFalse gives f32\[\], onTrue gives f32\[3\]/],
    ["dtypes", (x) => cond(c(x), () => [x], () => [cr.astype(x, "int32")]), /different types at result\[0\]: onFalse gives i32\[3\], onTrue gives f32\[3\][^]*hint: convert one/],
    ["trees", (x) => cond(c(x), () => [x, x], () => [x]), /different trees: onFalse gives \[\*\], onTrue gives \[\*, \*\]/],
    ["keys", (x) => switchCase(cr.int32(sum(x) as never), [() => ({ a: x }), () => ({ b: x })] as never), /switchCase: the branches give different trees: branch 0 gives \{"a": \*\}, branch 1 gives \{"b": \*\}/],
    ["a condition that is no scalar", (x) => cond(less(x, 1), () => 1, () => 2), /cond: the condition must be a scalar, got bool\[3\][^]*where\(condition, a, b\)/],
    ["a condition that is text", () => cond("yes" as never, () => 1, () => 2), /cond: expected an array or a number/],
    ["an index that is no integer", (x) => switchCase(sum(x), [() => 1, () => 2]), /switchCase: the index must be an integer, got f32\[\]/],
    ["an index that is a bool", (x) => switchCase(c(x), [() => 1, () => 2]), /the index must be an integer, got bool\[\][^]*cond\(condition/],
    ["an index that is a fraction", () => switchCase(0.5, [() => 1, () => 2]), /the index must be an integer, got 0\.5/],
    ["no branch", () => switchCase(0, []), /switchCase: the branches must be a list of at least one function/],
    ["values for functions", (x) => cond(c(x), x as never, (() => x) as never), /cond: onTrue must be a function/],
    ["a branch that returns a Promise", (x) => cond(c(x), (async () => x) as never, (() => x) as never), /returned a Promise/],
    ["a branch that returns nothing", (x) => cond(c(x), (() => undefined) as never, () => x), /different trees: onFalse gives \*, onTrue gives undefined/],
  ])("%s", (_name, f, message) => {
    expect(() => cr.traceFn(f as never)(v as never)).toThrow(message);
  });
  test("the user's line is named", () => {
    expect(() => cr.traceFn((x: Tensor) => cond(c(x), () => x, () => sum(x)))(v)).toThrow(/branch\.test\.ts:\d+/);
  });
});

test("a branch of a thousand operations has a derivative over a batch, soon enough", () => {
  const long = (x: Tensor): Tensor => Array.from({ length: 1000 }).reduce((y: Tensor) => sin(mul(y, 1.01)), x);
  const started = performance.now();
  const gradients = cr.vmap(cr.grad((x: Tensor) => cond(less(0, x), long, (v: Tensor) => mul(v, 2), x)))([0.5, -1]) as unknown as NDArray;
  expect(performance.now() - started).toBeLessThan(20_000);
  const [taken, other] = gradients.toArray() as number[];
  expect((taken as number) / Number((cr.grad(long)(0.5) as NDArray).item())).toBeCloseTo(1, 3);
  expect(other).toBe(2);
});
