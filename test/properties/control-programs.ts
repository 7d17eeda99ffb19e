/**
 * Random functions of vectors of three numbers made of branches and loops, as plain data that can be read in three ways: with the operations
 * of the library, written out with `where` and JavaScript's loops, and as JavaScript on plain numbers.
 */
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import type { Random } from "../fuzz/random.ts";

/** An expression; `variable` counts the values in scope from the innermost. */
export type Expr =
  | { readonly kind: "variable"; readonly index: number }
  | { readonly kind: "unary"; readonly op: number; readonly x: Expr }
  | { readonly kind: "binary"; readonly op: number; readonly x: Expr; readonly y: Expr }
  /** Whether the elements of `test` sum to more than `limit`. */
  | { readonly kind: "cond"; readonly test: Expr; readonly limit: number; readonly yes: Expr; readonly no: Expr }
  | { readonly kind: "switch"; readonly test: Expr; readonly branches: readonly Expr[] }
  /** The body sees (element, carry, …); the sequence is `xs` times 1, 2, …, n. The value is the last carry plus the sum of what the turns give. */
  | { readonly kind: "scan"; readonly turns: number; readonly reverse: boolean; readonly init: Expr; readonly xs: Expr; readonly body: Expr; readonly out: Expr; readonly memory: "all" | "sqrt" | "log" }
  /** The body sees (turn, carry, …), the turn a vector. */
  | { readonly kind: "for"; readonly turns: number; readonly init: Expr; readonly body: Expr }
  /** Until the elements sum to more than `limit`, at most `most` turns. The body sees (carry, …). */
  | { readonly kind: "while"; readonly most: number; readonly limit: number; readonly init: Expr; readonly body: Expr; readonly slots: number }
  | { readonly kind: "checkpoint"; readonly x: Expr }
  /** The mean of the body over three elements, one after another or as a batch. The body sees (element, …). */
  | { readonly kind: "each"; readonly batch: boolean; readonly x: Expr; readonly body: Expr }
  /** A function of (x, …) with rules of its own, which say what its own derivative is. */
  | { readonly kind: "custom"; readonly mode: "jvp" | "vjp"; readonly x: Expr; readonly body: Expr };

/** A way to read them; `V` is what stands for a vector. */
interface Reading<V> {
  readonly unary: readonly ((x: V) => V)[];
  readonly binary: readonly ((x: V, y: V) => V)[];
  cond(test: V, limit: number, yes: () => V, no: () => V): V;
  switch(test: V, branches: readonly (() => V)[]): V;
  scan(turns: number, reverse: boolean, memory: "all" | "sqrt" | "log", init: V, xs: V, turn: (carry: V, x: V) => [V, V]): V;
  for(turns: number, init: V, turn: (i: V, carry: V) => V): V;
  while(most: number, limit: number, slots: number, init: V, turn: (carry: V) => V): V;
  checkpoint(f: () => V): V;
  each(batch: boolean, x: V, f: (element: V) => V): V;
  custom(mode: "jvp" | "vjp", x: V, f: (x: V) => V): V;
}

export function read<V>(r: Reading<V>, e: Expr, scope: readonly V[]): V {
  switch (e.kind) {
    case "variable":
      return scope[e.index % scope.length] as V;
    case "unary":
      return (r.unary[e.op % r.unary.length] as (x: V) => V)(read(r, e.x, scope));
    case "binary":
      return (r.binary[e.op % r.binary.length] as (x: V, y: V) => V)(read(r, e.x, scope), read(r, e.y, scope));
    case "cond":
      return r.cond(read(r, e.test, scope), e.limit, () => read(r, e.yes, scope), () => read(r, e.no, scope));
    case "switch":
      return r.switch(read(r, e.test, scope), e.branches.map((b) => () => read(r, b, scope)));
    case "scan":
      return r.scan(e.turns, e.reverse, e.memory, read(r, e.init, scope), read(r, e.xs, scope), (carry, x) => [read(r, e.body, [x, carry, ...scope]), read(r, e.out, [carry, x, ...scope])]);
    case "for":
      return r.for(e.turns, read(r, e.init, scope), (i, carry) => read(r, e.body, [carry, i, ...scope]));
    case "while":
      return r.while(e.most, e.limit, e.slots, read(r, e.init, scope), (carry) => read(r, e.body, [carry, ...scope]));
    case "checkpoint":
      return r.checkpoint(() => read(r, e.x, scope));
    case "each":
      return r.each(e.batch, read(r, e.x, scope), (element) => read(r, e.body, [element, ...scope]));
    case "custom":
      return r.custom(e.mode, read(r, e.x, scope), (x) => read(r, e.body, [x, ...scope]));
  }
}

const unary: readonly ((x: Tensor) => Tensor)[] = [(x) => cr.sin(x), (x) => cr.tanh(x), (x) => cr.mul(x, 0.75), (x) => cr.exp(cr.neg(cr.square(x))), (x) => cr.flip(x), (x) => cr.sqrt(cr.add(cr.square(x), 0.5))];
const binary: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => cr.mul(cr.add(x, y), 0.5),
  (x, y) => cr.mul(cr.tanh(x), y),
  (x, y) => cr.div(x, cr.add(cr.square(y), 1)),
  (x, y) => cr.sub(cr.sum(x), y),
];
const above = (x: Tensor, limit: number): Tensor => cr.greater(cr.sum(x), limit);
/** 0, 1 or 2, and beyond at both ends. */
const choice = (x: Tensor): Tensor => cr.int32(cr.floor(cr.mul(cr.sum(x), 1.5)));
const factors = [1, -0.5, 0.25];
const elementsOf = (x: Tensor): Tensor => cr.mul(cr.expandDims(new Float64Array(factors), 1), x);
const repeated = (i: Tensor): Tensor => cr.broadcastTo(cr.float64(i), [3]);
const counts = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i + 1);

/** With the operations of the library. */
export const structured: Reading<Tensor> = {
  unary,
  binary,
  cond: (test, limit, yes, no) => cr.cond(above(test, limit), yes, no),
  switch: (test, branches) => cr.switchCase(choice(test), branches),
  scan: (turns, reverse, memory, init, xs, turn) => {
    const sequence = cr.mul(cr.expandDims(counts(turns), 1), xs);
    const [carry, ys] = cr.scan((c: Tensor, x: Tensor) => turn(c, x), init, sequence, { reverse, checkpoint: memory }) as unknown as [Tensor, Tensor];
    return cr.add(carry, cr.sum(ys, 0));
  },
  for: (turns, init, turn) => cr.foriLoop(0, turns, (i: Tensor, c: Tensor) => turn(repeated(i), c), init) as unknown as Tensor,
  while: (most, limit, slots, init, turn) => {
    const test = ([n, c]: [Tensor, Tensor]): Tensor => cr.logicalAnd(cr.less(n, most), cr.logicalNot(above(c, limit)));
    return (cr.whileLoop(test, ([n, c]: [Tensor, Tensor]): [Tensor, Tensor] => [cr.add(n, 1), turn(c)], [cr.int32(0), init] as never, { checkpoint: slots }) as unknown as [Tensor, Tensor])[1];
  },
  checkpoint: (f) => cr.checkpoint(f)() as unknown as Tensor,
  each: (batch, x, f) => cr.mean((batch ? cr.vmap(f)(elementsOf(x) as never) : cr.map(f, elementsOf(x))) as unknown as Tensor, 0),
  custom: (mode, x, f) => {
    const g = (u: Tensor): Tensor => f(u);
    if (mode === "jvp") return cr.customJvp(g).defjvp(([u], [du]) => cr.jvp(g, [u] as never, [du] as never) as never)(x as never) as unknown as Tensor;
    return cr.customVjp(g).defvjp((u) => [g(u), u] as never, (u, ct) => cr.vjp(g, u as never)[1](ct as never) as never)(x as never) as unknown as Tensor;
  },
};

/** The same written out: both sides of every branch, and every turn that could happen. */
export const writtenOut: Reading<Tensor> = {
  unary,
  binary,
  cond: (test, limit, yes, no) => cr.where(above(test, limit), yes(), no()),
  switch: (test, branches) => {
    const index = choice(test);
    return branches.map((b) => b()).reduceRight((rest, value, i) => cr.where(cr.lessEqual(index, i), value, rest));
  },
  scan: (turns, reverse, _memory, init, xs, turn) => {
    let carry = init;
    let total = cr.mul(init, 0);
    for (let k = 0; k < turns; k++) {
      const [next, y] = turn(carry, cr.mul(xs, reverse ? turns - k : k + 1));
      [carry, total] = [next, cr.add(total, y)];
    }
    return cr.add(carry, total);
  },
  for: (turns, init, turn) => {
    let carry = init;
    for (let i = 0; i < turns; i++) carry = turn(repeated(cr.int32(i)), carry);
    return carry;
  },
  while: (most, limit, _slots, init, turn) => {
    let carry = init;
    let stopped: Tensor = cr.greater(0, cr.stopGradient(cr.abs(cr.sum(init))));
    for (let i = 0; i < most; i++) {
      stopped = cr.logicalOr(stopped, above(carry, limit));
      carry = cr.where(stopped, carry, turn(carry));
    }
    return carry;
  },
  checkpoint: (f) => f(),
  each: (_batch, x, f) => cr.mean(cr.stack(factors.map((k) => f(cr.mul(x, k)))), 0),
  custom: (_mode, x, f) => f(x),
};

/** On plain numbers; `decisions` is told what every branch and loop decided. */
export function onNumbers(decisions: number[]): Reading<readonly number[]> {
  const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
  const each = (f: (x: number) => number) => (x: readonly number[]) => x.map(f);
  const zip = (f: (x: number, y: number) => number) => (x: readonly number[], y: readonly number[]) => x.map((v, i) => f(v, y[i] as number));
  const decide = (x: number): number => (decisions.push(x), x);
  return {
    unary: [each(Math.sin), each(Math.tanh), each((x) => x * 0.75), each((x) => Math.exp(-x * x)), (x) => [...x].reverse(), each((x) => Math.sqrt(x * x + 0.5))],
    binary: [zip((x, y) => (x + y) * 0.5), zip((x, y) => Math.tanh(x) * y), zip((x, y) => x / (y * y + 1)), (x, y) => y.map((v) => sum(x) - v)],
    cond: (test, limit, yes, no) => (decide(Number(sum(test) > limit)) === 1 ? yes() : no()),
    switch: (test, branches) => (branches[decide(Math.min(branches.length - 1, Math.max(0, Math.floor(sum(test) * 1.5))))] as () => readonly number[])(),
    scan: (turns, reverse, _memory, init, xs, turn) => {
      let carry = init;
      let total: readonly number[] = [0, 0, 0];
      for (let k = 0; k < turns; k++) {
        const [next, y] = turn(carry, xs.map((x) => x * (reverse ? turns - k : k + 1)));
        [carry, total] = [next, total.map((t, i) => t + (y[i] as number))];
      }
      return carry.map((c, i) => c + (total[i] as number));
    },
    for: (turns, init, turn) => {
      let carry = init;
      for (let i = 0; i < turns; i++) carry = turn([i, i, i], carry);
      return carry;
    },
    while: (most, limit, _slots, init, turn) => {
      let carry = init;
      let n = 0;
      for (; n < most && sum(carry) <= limit; n++) carry = turn(carry);
      decide(n);
      return carry;
    },
    checkpoint: (f) => f(),
    each: (_batch, x, f) => {
      const rows = factors.map((k) => f(x.map((v) => v * k)));
      return x.map((_, i) => sum(rows.map((row) => row[i] as number)) / rows.length);
    },
    custom: (_mode, x, f) => f(x),
  };
}

/** An expression with branches and loops up to `depth` deep. */
export function randomExpr(random: Random, depth: number, size: number = 3): Expr {
  const leaf = (): Expr => ({ kind: "variable", index: random.int(0, 3) });
  const simple = (n: number): Expr => {
    if (n <= 0) return leaf();
    return random.chance(0.5) ? { kind: "unary", op: random.int(0, 99), x: simple(n - 1) } : { kind: "binary", op: random.int(0, 99), x: simple(n - 1), y: simple(n - 2) };
  };
  if (depth <= 0) return simple(random.int(1, size));
  const inner = (): Expr => randomExpr(random, random.chance(0.7) ? depth - 1 : 0, size);
  const limit = random.int(-3, 6) / 2 + 0.123;
  const made = ((): Expr => {
    switch (random.int(0, 8)) {
      case 0: return { kind: "cond", test: simple(1), limit, yes: inner(), no: inner() };
      case 1: return { kind: "switch", test: simple(1), branches: [inner(), simple(1), inner()] };
      case 2: return { kind: "scan", turns: random.pick([0, 1, 2, 3, 5]), reverse: random.chance(0.5), init: simple(1), xs: simple(1), body: inner(), out: simple(1), memory: random.pick(["all", "all", "sqrt", "log"]) };
      case 3: return { kind: "for", turns: random.int(0, 4), init: simple(1), body: inner() };
      case 4: return { kind: "while", most: random.int(0, 5), limit: Math.abs(limit) + 1, init: simple(1), body: inner(), slots: random.pick([1, 2, 3, 16]) };
      case 5: return { kind: "checkpoint", x: inner() };
      case 6: return { kind: "each", batch: random.chance(0.7), x: simple(1), body: inner() };
      case 7: return { kind: "custom", mode: random.pick(["jvp", "vjp"]), x: simple(1), body: inner() };
      default: return { kind: "binary", op: random.int(0, 99), x: inner(), y: simple(1) };
    }
  })();
  return random.chance(0.5) ? made : { kind: "binary", op: random.int(0, 99), x: made, y: simple(1) };
}
