/** Loops for the tests of scan: each a function of a turn, with what it runs on, and the same loop as JavaScript's own. */
import * as cr from "chainrule";
import type { ScanOptions, Tensor } from "chainrule";

type Body = (carry: never, x: never, w: Tensor) => readonly [unknown, unknown];

export interface LoopCase {
  readonly name: string;
  /** A turn, which may close over w: a vector of three. */
  readonly body: Body;
  /** Of w and z, a vector of three: what the loop begins with. */
  readonly init: (w: Tensor, z: Tensor) => unknown;
  /** What it runs over: made of z. */
  readonly xs: (z: Tensor) => unknown;
  readonly length?: number;
}

const rows = (z: Tensor): Tensor => cr.stack([z, cr.sin(z), cr.mul(z, 0.3), cr.cos(z), cr.sub(1, z)]);
const { add, mul, sin, tanh, sub } = cr;

export const loops: readonly LoopCase[] = [
  { name: "a vector, all operands active", body: (c: Tensor, x: Tensor, w) => { const y = sin(add(mul(c, w), x)); return [y, mul(y, x)]; }, init: (_w, z) => z, xs: rows },
  { name: "a scalar that begins with a number", body: (c: Tensor, x: Tensor, w) => { const y = tanh(add(mul(c, 0.9), cr.sum(mul(x, w)))); return [y, c]; }, init: () => 0, xs: rows },
  { name: "scalar elements", body: (c: Tensor, x: Tensor, w) => [add(mul(c, x), w), cr.sum(c)], init: (w) => w, xs: (z) => cr.concatenate([z, z]) },
  { name: "a tree that is shuffled", body: (c: { p: Tensor; q: [Tensor, Tensor] }, x: { u: Tensor; v: Tensor }, w) => [{ p: c.q[0], q: [c.q[1], sin(mul(c.p, add(x.u, w)))] }, [x.v, c.p]], init: (w, z) => ({ p: z, q: [w, mul(w, 0)] }), xs: (z) => ({ u: rows(z), v: cr.sum(rows(z), 1) }) },
  { name: "no xs", body: (c: Tensor, _x: null, w) => [sub(mul(c, cr.exp(w)), sin(c)), c], init: (_w, z) => z, xs: () => null, length: 4 },
  { name: "no carry", body: (_c: null, x: Tensor, w) => [null, sin(mul(x, w))], init: () => null, xs: rows },
  { name: "no y", body: (c: Tensor, x: Tensor, w) => [mul(c, sin(add(x, w))), null], init: (_w, z) => z, xs: rows },
  { name: "part of the carry stays as it is", body: (c: [Tensor, Tensor], x: Tensor, w) => [[c[0], sin(add(mul(c[1], c[0]), mul(x, w)))], c[1]], init: (w, z) => [w, z], xs: rows },
  { name: "a counter and a choice by it", body: (c: [Tensor, Tensor], x: Tensor, w) => [[add(c[0], cr.int32(1)), cr.where(cr.less(c[0], 2), sin(mul(c[1], x)), mul(c[1], w))], c[0]], init: (_w, z) => [cr.int32(0), z], xs: rows },
  { name: "a part that only a later turn makes active", body: (c: [Tensor, Tensor, Tensor], x: Tensor, w) => [[c[1], mul(c[2], x), w], c[0]], init: (_w, z) => [mul(cr.stopGradient(z), 0), cr.onesLike(z), cr.onesLike(z)], xs: rows },
  { name: "a product of matrices", body: (c: Tensor, x: Tensor, w) => { const y = tanh(cr.matmul(cr.outer(w, x), c)); return [y, cr.sum(y)]; }, init: (_w, z) => z, xs: rows },
  { name: "what constants alone determine", body: (c: Tensor, x: Tensor, w) => [sin(mul(c, cr.exp(cr.sin(w)))), mul(x, cr.exp(cr.sin(w)))], init: (_w, z) => z, xs: rows },
  { name: "y is the element, and the carry before", body: (c: Tensor, x: Tensor, w) => [mul(mul(c, x), w), { x, c, w }], init: (_w, z) => z, xs: rows },
  { name: "no derivative in between", body: (c: Tensor, x: Tensor, w) => [mul(cr.floor(mul(c, 3)), w), cr.stopGradient(mul(c, x))], init: (_w, z) => z, xs: rows },
  { name: "one turn", body: (c: Tensor, x: Tensor, w) => [mul(mul(c, x), w), c], init: (_w, z) => z, xs: (z) => cr.expandDims(z, 0) },
  {
    name: "a loop in a loop", init: (_w, z) => z, xs: rows,
    body: (c: Tensor, x: Tensor, w) => {
      const [last, ys] = cr.scan((d: Tensor, y: Tensor) => [sin(add(mul(d, w), mul(x, y))), mul(d, y)], c, cr.stack([w, c]));
      return [last, cr.sum(ys, 0)];
    },
  },
  {
    name: "a loop in a loop that runs over what the outer one carries", init: (w, z) => [z, w], xs: () => null, length: 3,
    body: (c: [Tensor, Tensor], _x: null, w) => {
      const [last, ys] = cr.scan((d: Tensor, y: Tensor) => [sin(add(mul(d, y), cr.sum(w))), mul(d, w)], cr.sum(c[0]), c[1], { reverse: true });
      return [[add(last, w), cr.sum(ys, 1)], ys];
    },
  },
];

/** A few of them that differ most, for what need not be tried on all. */
export const someLoops: readonly LoopCase[] = ["a tree that is shuffled", "no xs", "no carry", "a counter and a choice by it", "a part that only a later turn makes active", "a loop in a loop"].map((name) => loops.find((l) => l.name === name) as LoopCase);

/** The function of (w, z) that runs the loop by `scan`. */
export function scanned({ body, init, xs, length }: LoopCase, options: ScanOptions = {}): (w: Tensor, z: Tensor) => unknown {
  const lengthOption = length === undefined ? {} : { length };
  return (w, z) => cr.scan((c: unknown, x: unknown) => body(c as never, x as never, w) as readonly [unknown, unknown], init(w, z), xs(z), { ...lengthOption, ...options });
}

/** The same written out. */
export function written({ body, init, xs, length }: LoopCase, { reverse = false }: ScanOptions = {}): (w: Tensor, z: Tensor) => unknown {
  return (w, z) => {
    const over = xs(z);
    const leaves = cr.treeLeaves(over) as Tensor[];
    const turns = Array.from({ length: length ?? (leaves[0] as Tensor).shape[0]! }, (_, i) => i);
    let carry = init(w, z);
    const ys: unknown[] = [];
    for (const i of reverse ? turns.reverse() : turns) {
      const x = over === null ? null : cr.treeMap((leaf: Tensor) => leaf.get(i), over as never);
      const [next, y] = body(carry as never, x as never, w);
      carry = next;
      ys.push(y);
    }
    if (reverse) ys.reverse();
    return [carry, ys[0] === null ? null : cr.treeMap((...leaves: Tensor[]) => cr.stack(leaves), ...(ys as [never, ...never[]]))];
  };
}
