/**
 * Loops and branches for the conformance suite: states that move, stay, change places or are given out, loops in loops, loops without turns,
 * arrays filled element by element, and everything that may happen to the memory of a state.
 */
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

type F = (...args: Tensor[]) => unknown;
type Shape = readonly number[];
export type Functions = Readonly<Record<string, readonly [F, ...Shape[]]>>;

const scan = cr.scan as unknown as (f: (carry: Tensor, x: Tensor) => readonly unknown[], init: unknown, xs: unknown, options?: object) => Tensor[];
const scanOf = cr.scan as unknown as (f: (carry: Tensor[], x: Tensor[]) => readonly unknown[], init: unknown, xs: unknown, options?: object) => [Tensor[], Tensor[]];
const total = (...xs: unknown[]): Tensor => xs.flat(9).reduce((sum: Tensor, x) => cr.add(sum, cr.sum(x as Tensor)), cr.mul(cr.sum(xs.flat(9)[0] as Tensor), 0.5));

/** With the shapes of their arguments; their gradients are checked too. */
export const loops: Functions = {
  "a recurrent network": [(h, w, u, xs) => total(scan((h, x) => { const y = cr.tanh(cr.add(cr.matmul(h, w), cr.matmul(x, u))); return [y, cr.mul(y, 2)]; }, h, xs)), [4], [4, 4], [3, 4], [7, 3]],
  "a loop backward that gives its state out": [(h, xs) => total(scan((h, x) => { const y = cr.sin(cr.add(h, x)); return [y, y]; }, h, xs, { reverse: true })), [5], [6, 5]],
  "states that change places": [(a, b, c) => total(scanOf(([a, b, c]) => [[b, c, a], cr.mul(a as Tensor, c as Tensor)], [a, b, c], null, { length: 7 })), [3], [3], [3]],
  "a state that is the element": [(a, xs) => total(scanOf(([a, b], [x]) => [[x, a], cr.mul(b as Tensor, cr.cos(x as Tensor))], [a, a], [xs])), [4], [5, 4]],
  "a state that becomes a constant": [(a) => total(scanOf(([a, b]) => [[[1, 2, 3], cr.sin(a as Tensor)], cr.mul(a as Tensor, b as Tensor)], [a, cr.sin(a as Tensor)], null, { length: 4 })), [3]],
  "a state that stays": [(a, b) => total(scanOf(([a, b]) => [[a, cr.mul(cr.sin(cr.add(a as Tensor, b as Tensor)), 0.5)], a], [a, b], null, { length: 5 })), [3], [3]],
  "one turn": [(a, xs) => total(scan((c, x) => [cr.sin(cr.mul(c, x)), cr.add(c, x)], a, xs)), [4], [1, 4]],
  "two turns, and the start still needed": [(a, xs) => total(scan((c, x) => [cr.sin(cr.mul(c, x)), c], cr.exp(a), xs), cr.exp(a)), [4], [2, 4]],
  "no turns": [(a, xs) => total(scan((c, x) => [cr.sin(cr.mul(c, x)), cr.add(c, x)], a, xs), a), [4], [0, 4]],
  "arrays without elements": [(a, b, xs) => total(scanOf(([c, d], [x]) => [[cr.sin(cr.add(c as Tensor, x as Tensor)), cr.cos(d as Tensor)], x], [b, a], [xs])), [3], [0], [3, 0]],
  "a loop in a loop": [(a, xs) => total(scan((c, x) => { const [last, all] = scan((d, u) => [cr.mul(cr.sin(cr.add(cr.mul(d, c), u)), 0.3), cr.sum(d)], x, c) as [Tensor, Tensor]; return [cr.mul(last, all), last]; }, a, xs)), [3], [4, 3]],
  "a loop whose state a loop takes on": [(a) => total(scan((c) => [scan((d) => [cr.sin(cr.add(d, 0.1)), null], c, null, { length: 3 })[0], null], a, null, { length: 3 })[0]), [5]],
  "an array filled element by element": [(a, x) => total(scanOf(([i, t]) => [[cr.add(i as Tensor, 1), cr.at(t as Tensor, i as Tensor).set(cr.mul(cr.index(t as Tensor, cr.sub(i as Tensor, 1)), cr.add(x, 1)))], cr.index(t as Tensor, i as Tensor)], [cr.int32(1), a], null, { length: 5 })), [8], []],
  "a choice in a loop": [(a, xs) => total(scanOf(([c, n], [x]) => { const chosen = cr.switchCase(n as Tensor, [(c: Tensor, x: Tensor) => cr.add(c, x), (c: Tensor) => c, (c: Tensor, x: Tensor) => cr.sin(cr.matmul(cr.outer(c, x), x))] as never, c as never, x as never) as Tensor; return [[chosen, cr.mod(cr.add(n as Tensor, 1), 3)], chosen]; }, [a, cr.int32(0)], [xs])), [3], [7, 3]],
  "a choice by a sum": [(x, y) => total(cr.cond(cr.greater(cr.sum(x), cr.sum(y)), ((x: Tensor, y: Tensor) => [cr.sum(cr.mul(x, y)), cr.sum(x)]) as F, (x: Tensor, y: Tensor) => [cr.sum(y), cr.sum(cr.sin(x))], x as never, y as never)), [4], [4]],
  "choices that pass on what they get": [(x, y) => total(cr.switchCase(cr.astype(cr.sign(cr.sum(x)), "int32"), [(x: Tensor, y: Tensor) => [x, y, x], (x: Tensor, y: Tensor) => [y, y, cr.mul(x, 2)]] as never, x as never, y as never)), [4], [4]],
};

const { whileLoop } = cr as unknown as { readonly whileLoop: (test: (s: Tensor[]) => unknown, body: (s: Tensor[]) => unknown[], init: unknown) => Tensor[] };

/** Loops with a test: those are only run, alone and in batches. */
export const tests: Functions = {
  "turns counted while running": [(x, n) => whileLoop(([, i]) => cr.less(i as Tensor, cr.add(cr.abs(cr.mul(n, 7)), 3)), ([x, i]) => [cr.mul(cr.sin(cr.add(x as Tensor, i as Tensor)), 1.5), cr.add(i as Tensor, 1)], [x, cr.mul(n, 0)]), [4], []],
  "a test that fails at once": [(x) => whileLoop(([x]) => cr.greater(cr.sum(x as Tensor), 1e6), ([x]) => [cr.mul(x as Tensor, 2)], [x]), [4]],
  "a test in a loop": [(x, ys) => scanOf(([c], [y]) => { const z = whileLoop(([z]) => cr.less(cr.sum(cr.square(z as Tensor)), 100), ([z]) => [cr.mul(z as Tensor, 1.7)], [cr.add(y as Tensor, cr.mul(c as Tensor, 0.01))]); return [z, z]; }, [x], [ys]), [3], [5, 3]],
  "Newton's method": [(x) => whileLoop(([, step]) => cr.greater(cr.max(cr.abs(step as Tensor)), 1e-3), ([y]) => { const step = cr.div(cr.sub(cr.square(y as Tensor), cr.add(cr.square(x), 1)), cr.mul(2, y as Tensor)); return [cr.sub(y as Tensor, step), step]; }, [cr.add(cr.abs(x), 1), cr.add(cr.mul(x, 0), 1)]), [3]],
};
