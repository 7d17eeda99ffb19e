/** Loops whose turns hold what else there is of control flow, rules and collectives, under stacks of transforms, against the same written out. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, ScanOptions, Tensor } from "chainrule";

type Turn = (carry: Tensor, x: Tensor, w: Tensor) => readonly [Tensor, unknown];
type Loop = (w: Tensor, z: Tensor) => unknown;
const { add, mul, sin } = cr;
const any = (value: unknown): never => value as never;

const product = cr.customVjp((x: Tensor, y: Tensor) => sin(mul(x, y)));
product.defvjp(
  (x: Tensor, y: Tensor) => [sin(mul(x, y)), [x, y]] as const,
  ([x, y], ct: Tensor) => [mul(ct, mul(cr.cos(mul(x, y)), y)), mul(ct, mul(cr.cos(mul(x, y)), x))],
);
const bounded = cr.customJvp((x: Tensor) => cr.tanh(x));
bounded.defjvp(([x], [t]) => {
  const y = cr.tanh(x);
  return [y, mul(any(t), cr.sub(1, mul(y, y)))];
});

const turns: Record<string, Turn> = {
  "sums over the batch": (c, x, w) => [add(mul(cr.psum(mul(c, w), "i"), 0.3), x), cr.pmean(x, "i")],
  "the place in the batch": (c, x, w) => [add(mul(c, w), cr.axisIndex("i")), mul(x, cr.axisIndex("i"))],
  "customVjp": (c, x, w) => [any(product(c, w)), product(x, c)],
  "customJvp": (c, x, w) => [any(bounded(add(mul(c, w), x))), bounded(c)],
  "cond": (c, x, w) => [cr.cond(cr.greater(cr.sum(x), 0.5), (c: Tensor) => mul(c, w), (c: Tensor) => sin(add(c, x)), c), c],
  "branches that close over all": (c, x, w) => [cr.cond(cr.greater(cr.sum(x), 0.5), () => mul(c, w), () => sin(c)), cr.switchCase(cr.argmax(x), [() => x, () => mul(w, x), () => c])],
  "whileLoop": (c, x, w) => [cr.whileLoop(({ n }: { n: Tensor; v: Tensor }) => cr.less(n, 3), ({ n, v }) => ({ n: add(n, 1), v: sin(mul(v, w)) }), { n: any(0), v: c }).v, x],
  "checkpoint": (c, x, w) => {
    const f = cr.checkpoint((c: Tensor, x: Tensor) => sin(add(mul(c, w), x)));
    return [any(f(any(c), any(x))), f(any(x), any(c))];
  },
  "indices": (c, x, w) => [cr.take(cr.cumsum(mul(c, w)), new Int32Array([2, 0, 1])), x.at(1).set(cr.sum(c))],
  "a gradient step": (c, x, w) => [cr.sub(c, mul(0.1, any(cr.grad((p: Tensor) => cr.sum(sin(mul(mul(p, w), x))))(any(c))))), cr.vmap((a: Tensor, b: Tensor) => mul(a, b))(any(c), any(x))],
  "integers and choices": (c, x) => [mul(c, cr.astype(cr.greater(x, 0.4), "float64")), cr.astype(mul(c, 10), "int32")],
};

const rows = (z: Tensor): Tensor => cr.stack([z, sin(z), mul(z, 0.5), cr.cos(z)]);
const scanned = (turn: Turn, options: ScanOptions): Loop => (w, z) => cr.scan((c: Tensor, x: Tensor) => turn(c, x, w), z, rows(z), options);
const written = (turn: Turn): Loop => (w, z) => {
  const xs = rows(z), ys: Tensor[] = [];
  let c = z;
  for (let i = 0; i < 4; i++) {
    const [next, y] = turn(c, xs.get(i), w);
    c = next;
    ys.push(y as Tensor);
  }
  return [c, cr.stack(ys)];
};

/** All floating results in one number. */
const weigh = (f: Loop) => (w: Tensor, z: Tensor): Tensor =>
  (cr.treeLeaves(f(w, z)) as Tensor[]).filter((leaf) => leaf.dtype.startsWith("float")).reduce((sum, leaf, i) => add(sum, cr.sum(mul(leaf, cr.reshape(cr.cos(mul(cr.arange(leaf.size), 0.7 + i)), leaf.shape)))), cr.sum(mul(w, 0)));

const W = cr.array([[0.6, -0.4, 1.1], [0.2, 0.5, -0.9]], { dtype: "float64" }), Z = cr.array([[0.3, 0.8, -0.5], [0.1, -0.6, 0.7]], { dtype: "float64" });
const z = new Float64Array([0.3, 0.8, -0.5]), named = { axisName: "i" };
const stacks: Record<string, (f: Loop) => unknown> = {
  vmap: (f) => cr.vmap(f, named)(W, Z),
  "vmap of w": (f) => cr.vmap(f, { ...named, inAxes: [0, null] })(W, z),
  "vmap of z": (f) => cr.vmap(f, { ...named, inAxes: [null, 0] })(z, Z),
  "vmap of gradient": (f) => cr.vmap(cr.grad(weigh(f), { argnums: [0, 1] }), named)(W, Z),
  "gradient of vmap": (f) => cr.traceFn(cr.vmap(weigh(f), named)).grad()(W, Z),
  "second order of vmap": (f) => cr.traceFn(cr.vmap(weigh(f), named)).grad().grad()(W, Z),
  "jvp of vmap": (f) => cr.jvp(cr.vmap(f, named), [W, Z], [Z, W]),
  "vmap of Hessian": (f) => cr.vmap(cr.hessian(weigh(f), { argnums: [0, 1] }), named)(W, Z),
};
const numbers = (tree: unknown): number[] => (cr.treeLeaves(tree) as NDArray[]).flatMap((leaf) => [...leaf.data]);

describe.each(Object.entries(turns))("%s", (_name, turn) => {
  test.each(Object.keys(stacks))("%s", (stack) => {
    const want = numbers(stacks[stack]!(written(turn)));
    for (const options of [{}, { checkpoint: "sqrt" }] as const) {
      const got = numbers(stacks[stack]!(scanned(turn, options)));
      expect(got.length).toBe(want.length);
      got.forEach((x, i) => expect(Math.abs(x - want[i]!)).toBeLessThan(1e-10 * Math.max(1, Math.abs(want[i]!))));
    }
  });
});
