/**
 * Random functions of one element that ask about the others along two named axes, against the same functions of the whole batch, in which a
 * collective is a reduction: the two must agree under every stack of transforms, and inside of loops, branches and checkpoints.
 */
import { describe, expect, it } from "vitest";
import {
  add, allGather, arange, axisIndex, broadcastTo, checkpoint, cond, cos, grad, hessian, jvp, max, mean, min, mul, type NDArray, pmax, pmean, pmin, psum, reshape, scan, sin, sum, tanh, type Tensor, traceFn, vmap,
} from "chainrule";
import { Random } from "../fuzz/random.ts";

const [rows, columns] = [2, 3];
const axes = ["row", "column"] as const;
type Axis = (typeof axes)[number];

/** The same operations on one element, and on the whole batch [rows, columns]. */
interface Reading {
  along(kind: number, x: Tensor, over: readonly Axis[]): Tensor;
  /** The weighted sum of all elements along an axis, the weights 1, 2, … */
  gathered(x: Tensor, over: Axis): Tensor;
  position(over: Axis): Tensor;
}

const size = (over: Axis): number => (over === "row" ? rows : columns);
const one: Reading = {
  along: (kind, x, over) => [psum, pmean, pmax, pmin][kind]!(x, over),
  gathered: (x, over) => sum(mul(allGather(x, over), arange(1, size(over) + 1))),
  position: (over) => axisIndex(over).astype("float64"),
};
const numberOf = (over: Axis): number => axes.indexOf(over);
const line = (over: Axis, from: number): Tensor => reshape(arange(from, size(over) + from), over === "row" ? [rows, 1] : [1, columns]);
const batch: Reading = {
  along: (kind, x, over) => broadcastTo([sum, mean, max, min][kind]!(x, { axis: over.map(numberOf), keepDims: true }), [rows, columns]),
  gathered: (x, over) => broadcastTo(sum(mul(x, line(over, 1)), { axis: numberOf(over), keepDims: true }), [rows, columns]),
  position: (over) => broadcastTo(line(over, 0), [rows, columns]),
};

type Program = (x: Tensor, read: Reading) => Tensor;

/** A function of x made of at most `depth` nested operations. */
function program(random: Random, depth: number): Program {
  if (depth === 0) return (x) => x;
  const [f, g] = [program(random, depth - 1), program(random, depth - 1)];
  const over = random.pick([["row"], ["column"], ["row", "column"]] as const) as readonly Axis[];
  const [axis] = over as readonly [Axis];
  const kind = random.int(0, 3);
  return random.pick<Program>([
    (x, r) => add(f(x, r), sin(g(x, r))),
    (x, r) => mul(tanh(f(x, r)), cos(g(x, r))),
    (x, r) => tanh(r.along(kind, f(x, r), over)),
    (x, r) => mul(f(x, r), r.along(kind, g(x, r), over)),
    (x, r) => sin(r.gathered(f(x, r), axis)),
    (x, r) => add(f(x, r), mul(0.3, r.position(axis))),
    (x, r) => scan((c: Tensor) => [tanh(add(f(c, r), mul(0.5, x))), null], x, null, { length: 2 })[0],
    (x, r) => cond(max(r.along(2, x, axes)).greater(kind - 1), (y: Tensor) => f(y, r), (y: Tensor) => g(y, r), x),
    (x, r) => checkpoint((y: Tensor) => f(y, r))(x) as Tensor,
  ]);
}

const over = (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) => vmap(vmap(f, { axisName: "column" }), { axisName: "row" }) as never;
const numbers = (tree: unknown): number[] => [...(tree as NDArray).data];

function same(got: unknown, want: unknown, what: string): void {
  const [a, b] = [numbers(got), numbers(want)];
  expect(a.length, what).toBe(b.length);
  const scale = Math.max(1, ...b.map(Math.abs));
  a.forEach((v, i) => expect(Math.abs(v - b[i]!) / scale, `${what}: [${a.join()}], of the whole batch [${b.join()}]`).toBeLessThan(1e-10));
}

describe("one element under named vmaps, and the whole batch", () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))("agree: seed %d", (seed) => {
    const random = new Random(`collectives ${seed}`);
    const make = program(random, 1 + (seed % 4));
    const f = (x: Tensor): Tensor => make(x, one);
    const whole = (x: Tensor): Tensor => make(x, batch);
    const x = { data: Float64Array.from({ length: rows * columns }, () => 3 * random.real() - 1.5), shape: [rows, columns] };
    const t = { data: Float64Array.from({ length: rows * columns }, () => 2 * random.real() - 1), shape: [rows, columns] };
    same(traceFn(over(f))(x), traceFn(whole)(x), "values");
    const gradient = grad((y: Tensor) => sum(whole(y)))(x);
    same(grad((y: Tensor) => sum(over(f)(y)))(x), gradient, "gradient outside");
    same(traceFn(over(grad(f) as never))(x), gradient, "gradient inside");
    same(jvp(over(f), [x], [t])[1], jvp(whole, [x], [t])[1], "tangents outside");
    same(traceFn((y: Tensor, dy: Tensor) => vmap(vmap((v: Tensor, dv: Tensor) => jvp(f, [v], [dv])[1], { axisName: "column" }), { axisName: "row" })(y, dy))(x, t), jvp(whole, [x], [t])[1], "tangents inside");
    if (seed % 4 < 3) same(hessian((y: Tensor) => sum(over(f)(y)))(x), hessian((y: Tensor) => sum(whole(y)))(x), "second derivatives");
  });
});
