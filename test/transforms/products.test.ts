/**
 * Products of transforms: {identity, jvp, vjp, vmap, linearize} applied twice and three times to each of a set of functions, checked
 * numerically. Every transform is written as a map from functions of one vector to functions of one vector with a meaning that finite
 * differences or a loop can compute, so that any stack of them has one too.
 */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

type F = (x: Tensor) => Tensor;
/** The same function on plain numbers: the oracle. */
type Plain = (x: readonly number[]) => number[];

const n = 3;
const functions: Record<string, F> = {
  polynomial: (x) => cr.add(cr.mul(x, cr.mul(x, x)), cr.mul(2, x)),
  trigonometric: (x) => cr.mul(cr.sin(x), cr.exp(cr.neg(x))),
  quotient: (x) => cr.div(x, cr.add(1, cr.mul(x, x))),
  reduction: (x) => cr.mul(cr.sum(cr.mul(x, x)), x),
  softmax: (x) => cr.softmax(x),
  matrix: (x) => cr.matmul(cr.outer(x, cr.sin(x)), x),
  views: (x) => cr.mul(cr.flip(x), cr.concatenate([cr.index(x, cr.slice(1, null)), cr.index(x, cr.slice(0, 1))])),
  gathers: (x) => cr.mul(cr.take(x, [2, 0, 2]), cr.at(x, 1).mul(3)),
  choices: (x) => cr.where(cr.greater(x, 0.5), cr.exp(x), cr.mul(x, x)),
  powers: (x) => cr.add(cr.pow(cr.abs(x), 1.5), cr.logsumexp(x)),
  cumulative: (x) => cr.mul(cr.cumsum(x), cr.cumprod(x)),
  normalized: (x) => cr.div(cr.sub(x, cr.mean(x)), cr.sqrt(cr.add(cr.variance(x), 0.1))),
};

const direction = new Float64Array([0.7, -0.4, 1.1]);
const cotangent = new Float64Array([0.3, 0.9, -0.5]);

interface Transform {
  apply(f: F): F;
  /** The meaning, from the meaning of f. */
  mean(f: Plain): Plain;
}

function jacobian(f: Plain, x: readonly number[]): number[][] {
  const h = 1e-3;
  const at = (j: number, s: number): number[] => f(x.map((v, i) => (i === j ? v + s : v)));
  // Richardson extrapolation of the central difference, error O(h⁴).
  return x.map((_, j) => {
    const [a, b, c, d] = [at(j, h), at(j, -h), at(j, 2 * h), at(j, -2 * h)] as const;
    return a.map((_v, k) => (8 * (a[k]! - b[k]!) - (c[k]! - d[k]!)) / (12 * h));
  });
}

const pushed: Transform["mean"] = (f) => (x) => {
  const columns = jacobian(f, x);
  return columns[0]!.map((_, k) => columns.reduce((s, column, j) => s + column[k]! * direction[j]!, 0));
};

const transforms: Record<string, Transform> = {
  identity: { apply: (f) => (x) => cr.traceFn(f)(x), mean: (f) => f },
  jvp: { apply: (f) => (x) => cr.jvp(f, [x], [direction])[1], mean: pushed },
  linearize: { apply: (f) => (x) => cr.linearize(f, x)[1](direction), mean: pushed },
  vjp: {
    apply: (f) => (x) => cr.vjp(f, x)[1](cotangent)[0],
    mean: (f) => (x) => jacobian(f, x).map((column) => column.reduce((s, v, k) => s + v * cotangent[k]!, 0)),
  },
  vmap: {
    // Rows x, 2x: the second result minus the first, so that shapes stay and rows matter.
    apply: (f) => (x) => {
      const rows = cr.vmap(f)(cr.stack([x, cr.mul(1.5, x)]));
      return cr.sub(cr.index(rows, 1), cr.index(rows, 0));
    },
    mean: (f) => (x) => {
      const [a, b] = [f(x), f(x.map((v) => 1.5 * v))];
      return b.map((v, i) => v - a[i]!);
    },
  },
};

const point = [0.8, -0.6, 1.3];

function plain(f: F): Plain {
  const traced = cr.traceFn(f);
  return (x) => [...(traced(Float64Array.from(x)) as NDArray).data];
}

const names = Object.keys(transforms);
const stacks = names.flatMap((a) => names.flatMap((b) => [[a, b], ...names.map((c) => [a, b, c])]));

describe.each(Object.entries(functions))("%s", (_name, f) => {
  const base = plain(f);
  test.each(stacks.map((s) => [s.join(" of "), s] as const))("%s", (_title, stack) => {
    const transformed = stack.reduceRight((g, name) => transforms[name]!.apply(g), f);
    const meaning = stack.reduceRight((g, name) => transforms[name]!.mean(g), base);
    const got = [...(cr.traceFn(transformed)(Float64Array.from(point)) as NDArray).data];
    const want = meaning(point);
    expect(got.length).toBe(n);
    const scale = Math.max(1, ...want.map(Math.abs));
    got.forEach((v, i) => expect(Math.abs(v - want[i]!) / scale).toBeLessThan(2e-4));
  });
});
