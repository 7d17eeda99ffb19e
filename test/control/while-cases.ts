/** Loops with a test, for the tests of whileLoop: the same loop also written out, with turns that come too late made of no effect. */
import * as cr from "chainrule";
import type { Tensor, WhileOptions } from "chainrule";
import type { Flow } from "./stacks.ts";

const { add, cos, less, mul, sin, sub, sum, tanh } = cr;

export interface WhileCase {
  readonly name: string;
  readonly init: (w: Tensor, z: Tensor) => unknown;
  readonly test: (state: never, w: Tensor) => Tensor;
  readonly body: (state: never, w: Tensor) => unknown;
  /** No lane of the tests has more turns. */
  readonly most: number;
}

const size = (x: Tensor): Tensor => sum(mul(x, x));
type Counted = readonly [i: Tensor, x: Tensor];

export const loops: readonly WhileCase[] = [
  { name: "grows until it is large", init: (_w, z) => z, test: (x: Tensor) => less(size(x), 20), body: (x: Tensor, w) => add(mul(x, 1.4), mul(sin(mul(x, w)), 0.3)), most: 14 },
  { name: "a counter, and what the loop closes over decides", init: (_w, z) => [cr.int32(0), z], test: ([i]: Counted, w) => less(i, cr.add(cr.int32(3), cr.astype(cr.mul(sum(w), 2), "int32"))), body: ([i, x]: Counted, w) => [add(i, cr.int32(1)), sin(add(mul(x, w), x))], most: 9 },
  { name: "Newton's method", init: (w) => add(mul(w, 0), 1), test: (x: Tensor, w) => cr.greater(size(sub(mul(x, x), add(2, w))), 1e-8), body: (x: Tensor, w) => mul(add(x, cr.div(add(2, w), x)), 0.5), most: 8 },
  { name: "a tree that is shuffled", init: (w, z) => ({ n: cr.int32(0), p: z, q: [w, mul(w, 0)] }), test: (s: { n: Tensor; p: Tensor }) => less(cr.add(s.n, cr.astype(cr.greater(sum(s.p), 1), "int32")), 5), body: (s: { n: Tensor; p: Tensor; q: [Tensor, Tensor] }, w) => ({ n: add(s.n, cr.int32(1)), p: s.q[0], q: [s.q[1], sin(mul(s.p, add(w, 0.5)))] }), most: 6 },
  { name: "part of the state stays as it is", init: (w, z) => [w, z, cr.int32(0)], test: ([, , n]: readonly Tensor[]) => less(n!, 4), body: ([a, b, n]: readonly Tensor[]) => [a, sin(add(mul(b!, a!), a!)), add(n!, cr.int32(1))], most: 4 },
  { name: "a part that only a later turn makes active", init: (_w, z) => [mul(cr.stopGradient(z), 0), cr.onesLike(z), cr.onesLike(z), cr.int32(0)], test: ([, , , n]: readonly Tensor[]) => less(n!, 5), body: ([, b, c, n]: readonly Tensor[], w) => [b, mul(c!, 1.1), mul(w, add(b!, 1)), add(n!, cr.int32(1))], most: 5 },
  { name: "a part that no other reads", init: (w, z) => [z, mul(w, 0)], test: ([x]: readonly Tensor[]) => less(size(x!), 9), body: ([x, total]: readonly Tensor[], w) => [mul(x!, 1.5), add(total!, mul(x!, w))], most: 12 },
  { name: "no turn", init: (w, z) => [z, w], test: ([x]: readonly Tensor[]) => cr.greater(size(x!), 1000), body: ([x, y]: readonly Tensor[]) => [mul(x!, y!), sin(x!)], most: 1 },
  { name: "no derivative in between", init: (_w, z) => [z, cr.int32(0)], test: ([, n]: readonly Tensor[]) => less(n!, 4), body: ([x, n]: readonly Tensor[], w) => [mul(cr.floor(mul(x!, 3)), w), add(n!, cr.int32(1))], most: 4 },
  { name: "a product of matrices", init: (_w, z) => [z, cr.int32(0)], test: ([, n]: readonly Tensor[]) => less(n!, 3), body: ([x, n]: readonly Tensor[], w) => [tanh(cr.matmul(cr.outer(w, x!), add(x!, 1))), add(n!, cr.int32(1))], most: 3 },
  {
    name: "a choice in a loop", init: (_w, z) => [z, cr.int32(0)], test: ([, n]: readonly Tensor[]) => less(n!, 5), most: 5,
    body: ([x, n]: readonly Tensor[], w) => [cr.cond(less(sum(x!), 0.5), (a: Tensor) => sin(add(a, w)), (a: Tensor) => mul(cos(a), w), x!), add(n!, cr.int32(1))],
  },
  {
    name: "a loop in a loop", init: (_w, z) => [z, cr.int32(0)], test: ([, n]: readonly Tensor[]) => less(n!, 3), most: 3,
    body: ([x, n]: readonly Tensor[], w) => [cr.whileLoop((y: Tensor) => less(size(y), 3), (y: Tensor) => add(mul(y, 1.5), mul(w, 0.2)), mul(sin(x!), 0.7)), add(n!, cr.int32(1))],
  },
  {
    name: "a scan in a loop", init: (_w, z) => [z, cr.int32(0)], test: ([, n]: readonly Tensor[]) => less(n!, 3), most: 3,
    body: ([x, n]: readonly Tensor[], w) => {
      const [last, ys] = cr.scan((c: Tensor, y: Tensor) => [sin(add(c, mul(y, w))), mul(c, y)], x!, cr.stack([w, x!]));
      return [add(last, sum(ys, 0)), add(n!, cr.int32(1))];
    },
  },
];

export const someLoops: readonly WhileCase[] = ["grows until it is large", "a tree that is shuffled", "Newton's method", "a part that only a later turn makes active"].map((name) => loops.find((l) => l.name === name) as WhileCase);

/** The loop by `whileLoop`. */
export function looped({ init, test, body }: WhileCase, options: WhileOptions = {}): Flow {
  return (w, z) => cr.whileLoop((s: unknown) => test(s as never, w), (s: unknown) => body(s as never, w) as never, init(w, z), options);
}

/** The same written out. */
export function written({ init, test, body, most }: WhileCase): Flow {
  return (w, z) => {
    let state = init(w, z);
    for (let turn = 0; turn < most; turn++) {
      const goesOn = test(state as never, w);
      const next = body(state as never, w);
      state = cr.treeMap((after: Tensor, before: Tensor) => cr.where(goesOn, after, before), next as never, state as never);
    }
    return state;
  };
}
