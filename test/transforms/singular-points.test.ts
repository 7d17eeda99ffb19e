/**
 * Derivatives where a naive rule gives NaN, and at ties and kinks, in both precisions, by both modes, to second order where there is one, and
 * finite to third order by every nesting, on every device, and inside of branches and loops.
 * Of the points that users meet only those that need linear algebra (det, eigh, svd) are missing here.
 */
import { describe, expect, it } from "vitest";
import {
  acos, atan2, atanh, clip, cond, cumprod, grad, greater, hessian, hypot, jacfwd, jacrev, jvp, less, logsumexp, max, maximum, type NDArray, norm, pow, prod, relu, scan, sigmoid, silu, sinc, sqrt, square, std, sub, sum, type Tensor,
  traceFn, vmap, where,
} from "../../src/index.ts";

type Scalar = (x: Tensor) => Tensor;
type Elements = number | readonly number[] | readonly (readonly number[])[];

interface Point {
  readonly name: string;
  /** A scalar function of one vector. */
  readonly f: Scalar;
  readonly at: readonly number[];
  readonly gradient: readonly number[];
  /** Absent where no second derivative exists; it must be finite nevertheless. */
  readonly hessian?: readonly (readonly number[])[];
}

const { PI } = Math;
const [x0, x1] = [(x: Tensor) => x.get(0), (x: Tensor) => x.get(1)];
const zero2 = [[0, 0], [0, 0]];
const allMinusInfinity = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];

const points: readonly Point[] = [
  { name: "x ** 2 at 0", f: (x) => pow(x0(x), 2), at: [0], gradient: [0], hessian: [[2]] },
  { name: "x ** 1 at 0", f: (x) => pow(x0(x), 1), at: [0], gradient: [1], hessian: [[0]] },
  { name: "x ** 0 at 0", f: (x) => pow(x0(x), 0), at: [0], gradient: [0], hessian: [[0]] },
  { name: "x ** y in x at (0, 2)", f: (x) => pow(x0(x), [2]).get(0), at: [0], gradient: [0], hessian: [[2]] },
  { name: "x ** y at (0, 2)", f: (x) => pow(x0(x), x1(x)), at: [0, 2], gradient: [0, 0], hessian: [[2, 0], [0, 0]] },
  { name: "x ** y at (0, 1)", f: (x) => pow(x0(x), x1(x)), at: [0, 1], gradient: [1, 0] },
  { name: "x ** y at a negative base", f: (x) => pow(x0(x), [3]).get(0), at: [-2], gradient: [12], hessian: [[-12]] },
  { name: "prod with a zero", f: (x) => prod(x), at: [0, 2, 3], gradient: [6, 0, 0], hessian: [[0, 3, 2], [3, 0, 0], [2, 0, 0]] },
  { name: "prod with two zeros", f: (x) => prod(x), at: [0, 2, 0], gradient: [0, 0, 0], hessian: [[0, 0, 2], [0, 0, 0], [2, 0, 0]] },
  { name: "sum of cumprod with a zero", f: (x) => sum(cumprod(x)), at: [2, 0, 3], gradient: [1, 8, 0], hessian: [[0, 4, 0], [4, 0, 2], [0, 2, 0]] },
  { name: "sinc at 0", f: (x) => sinc(x0(x)), at: [0], gradient: [0], hessian: [[-(PI ** 2) / 3]] },
  { name: "hypot(x, 0) at 0", f: (x) => hypot(x0(x), 0), at: [0], gradient: [0] },
  { name: "hypot at the origin", f: (x) => hypot(x0(x), x1(x)), at: [0, 0], gradient: [0, 0] },
  { name: "sigmoid at -800", f: (x) => sigmoid(x0(x)), at: [-800], gradient: [0], hessian: [[0]] },
  { name: "sigmoid at 800", f: (x) => sigmoid(x0(x)), at: [800], gradient: [0], hessian: [[0]] },
  { name: "silu at -100", f: (x) => silu(x0(x)), at: [-100], gradient: [0], hessian: [[0]] },
  { name: "silu at -800", f: (x) => silu(x0(x)), at: [-800], gradient: [0], hessian: [[0]] },
  { name: "relu at 0", f: (x) => relu(x0(x)), at: [0], gradient: [0], hessian: [[0]] },
  { name: "maximum at a tie", f: (x) => maximum(x0(x), x1(x)), at: [1, 1], gradient: [0.5, 0.5], hessian: zero2 },
  { name: "clip at its lower bound", f: (x) => clip(x0(x), -1, 1), at: [-1], gradient: [0.5], hessian: [[0]] },
  { name: "clip at its upper bound", f: (x) => clip(x0(x), -1, 1), at: [1], gradient: [0.5], hessian: [[0]] },
  { name: "max with ties", f: (x) => max(x), at: [1, 1], gradient: [0.5, 0.5], hessian: zero2 },
  { name: "max with three ties of four", f: (x) => max(x), at: [2, 2, 1, 2], gradient: [1 / 3, 1 / 3, 0, 1 / 3] },
  { name: "norm at 0", f: (x) => norm(x), at: [0, 0], gradient: [0, 0] },
  { name: "norm of order 3 at 0", f: (x) => norm(x, { ord: 3, axis: 0 }), at: [0, 0], gradient: [0, 0] },
  { name: "norm of order 1.5 with a zero", f: (x) => norm(x, { ord: 1.5, axis: 0 }), at: [0, 4], gradient: [0, 1] },
  { name: "std of a constant", f: (x) => std(x), at: [3, 3, 3], gradient: [0, 0, 0] },
  { name: "logsumexp of nothing but -Infinity", f: (x) => logsumexp(x), at: allMinusInfinity, gradient: [0, 0], hessian: zero2 },
  { name: "logsumexp with a -Infinity", f: (x) => logsumexp(x), at: [Number.NEGATIVE_INFINITY, 2], gradient: [0, 1], hessian: zero2 },
  { name: "where(x > 0, sqrt(x), 0) at 0", f: (x) => where(greater(x0(x), 0), sqrt(x0(x)), 0), at: [0], gradient: [0], hessian: [[0]] },
  { name: "where(x > 0, sqrt(x), 0) below 0", f: (x) => where(greater(x0(x), 0), sqrt(x0(x)), 0), at: [-1], gradient: [0], hessian: [[0]] },
  { name: "where(x > 0, log(x), x) at 0", f: (x) => where(greater(x0(x), 0), x0(x).log(), x0(x)), at: [0], gradient: [1], hessian: [[0]] },
  { name: "where(x != 0, sin(x) / x, 1) at 0", f: (x) => where(x0(x).notEqual(0), x0(x).sin().div(x0(x)), 1), at: [0], gradient: [0], hessian: [[0]] },
  { name: "atan2(0, 0)", f: (x) => atan2(x0(x), x1(x)), at: [0, 0], gradient: [0, 0], hessian: zero2 },
];

/** Branches that nobody took, and whose values, derivatives and their derivatives are infinite or NaN. */
const untaken: readonly Omit<Point, "gradient">[] = [
  { name: "1 / x at 0", f: (x) => where(x0(x).notEqual(0), x0(x).reciprocal(), 0), at: [0] },
  { name: "x log x at 0", f: (x) => where(greater(x0(x), 0), x0(x).mul(x0(x).log()), 0), at: [0] },
  { name: "x ** x at 0", f: (x) => where(greater(x0(x), 0), pow(x0(x), x0(x)), 1), at: [0] },
  { name: "x ** -1.5 at 0", f: (x) => where(greater(x0(x), 0), pow(x0(x), -1.5), 0), at: [0] },
  { name: "log(sin(x)) at 0", f: (x) => where(greater(x0(x), 0), x0(x).sin().log(), 0), at: [0] },
  { name: "sqrt(1 - cos(x)) at 0", f: (x) => where(greater(x0(x), 0), sqrt(sub(1, x0(x).cos())), 0), at: [0] },
  { name: "acos(x) at 1", f: (x) => where(less(x0(x), 1), acos(x0(x)), 0), at: [1] },
  { name: "atanh(x) at 1", f: (x) => where(less(x0(x), 1), atanh(x0(x)), 0), at: [1] },
  { name: "x / y at y = 0", f: (x) => where(x1(x).notEqual(0), x0(x).div(x1(x)), 0), at: [0, 0] },
  { name: "log(1 + exp(x)) at 1000", f: (x) => where(less(x0(x), 10), x0(x).exp().log1p(), x0(x)), at: [1000] },
  { name: "x exp(x) at 1000", f: (x) => where(less(x0(x), 10), x0(x).mul(x0(x).exp()), 0), at: [1000] },
  { name: "exp(x) ** 2 at 1000", f: (x) => where(less(x0(x), 10), square(x0(x).exp()), 0), at: [1000] },
  { name: "x / |x| at 0", f: (x) => sum(where(greater(sum(square(x)), 0), x.div(sqrt(sum(square(x)))), 0).mul([1, 2])), at: [0, 0] },
  { name: "std at a constant", f: (x) => where(greater(x0(x), 0), std(x), 0), at: [0, 0] },
  { name: "logsumexp of logarithms at 0", f: (x) => where(greater(x0(x), 0), logsumexp(x.log()), 0), at: [0, 0] },
];

/** The function inside of an operation with programs of its own, which computes it and nothing else. */
const inside: Record<string, (f: Scalar) => Scalar> = {
  "as it is": (f) => f,
  "in a branch": (f) => (x) => cond(x0(x).notEqual(5e8), (y: Tensor) => f(y), (y: Tensor) => sum(y), x),
  "in a loop over x": (f) => (x) => scan((total: Tensor, e: Tensor) => [total.add(f(e)), null], 0, x.reshape([1, -1]))[0],
  "in a loop around x": (f) => (x) => scan((total: Tensor) => [total.add(f(x)), null], 0, null, { length: 1 })[0],
};
/** Nestings of forward and reverse mode, the innermost first. */
const nestings = (order: number): string[] => (order === 0 ? [""] : nestings(order - 1).flatMap((s) => [`${s}f`, `${s}r`]));
const derivativeOf = (f: Scalar, nesting: string): Scalar => [...nesting].reduce((g, mode) => (mode === "f" ? jacfwd(g) : jacrev(g)) as unknown as Scalar, f);

const precisions = [
  { dtype: "float64", make: (at: readonly number[]) => new Float64Array(at), tolerance: 1e-14 },
  { dtype: "float32", make: (at: readonly number[]) => new Float32Array(at), tolerance: 3e-6 },
] as const;

function expectElements(actual: NDArray, expected: Elements, tolerance: number, what: string): void {
  const wanted = [expected].flat(2) as number[];
  expect(actual.size, what).toBe(wanted.length);
  wanted.forEach((value, i) => {
    const got = actual.data[i] as number;
    expect(Math.abs(got - value), `${what}: got [${actual.data.join()}], expected [${wanted.join()}]`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  });
}

/** The columns of the Jacobian of a function of one vector, by one jvp for each unit vector. */
function columns(f: Scalar, x: Float64Array | Float32Array): number[] {
  return Array.from(x, (_, i) => jvp(f, [x], [x.map((__, j) => Number(i === j))])[1].item());
}

describe.each(points)("$name", ({ f, at, gradient, hessian: second }) => {
  describe.each(precisions)("in $dtype", ({ dtype, make, tolerance }) => {
    const x = make(at);
    it("has its gradient by reverse mode, compiled and within vmap too", () => {
      const g = grad(f)(x);
      expect(g.dtype).toBe(dtype);
      expectElements(g, gradient, tolerance, "grad");
      expectElements(traceFn(f).grad()(x), gradient, tolerance, "f.grad()");
      const regular = make(at.map((_, i) => 0.25 + i));
      const batch = { data: make([...at, ...regular]), shape: [2, at.length] };
      expectElements(vmap(grad(f))(batch).get(0), gradient, tolerance, "vmap of grad");
      expectElements(vmap(grad(f))(batch).get(1), Array.from(grad(f)(regular).data), tolerance, "its neighbour in the batch");
    });
    it("has its gradient by forward mode", () => {
      expectElements(jacfwd(f)(x), gradient, tolerance, "jacfwd");
      columns(f, x).forEach((value, i) => expect(Math.abs(value - (gradient[i] as number))).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value))));
    });
    it(second === undefined ? "has finite second derivatives" : "has its second derivatives by every nesting", () => {
      const nestings = { hessian: hessian(f), "jacfwd of grad": jacfwd(grad(f)), "jacrev of grad": jacrev(grad(f)), "jacfwd of jacfwd": jacfwd(jacfwd(f)), "jacrev of jacfwd": jacrev(jacfwd(f)) };
      for (const [what, nesting] of Object.entries(nestings)) {
        const h = nesting(x);
        if (second !== undefined) expectElements(h, second, tolerance, what);
        else expect(Array.from(h.data).every(Number.isFinite), `${what}: [${h.data.join()}]`).toBe(true);
      }
    });
  });
});

describe.each([...points, ...untaken])("$name, to third order", ({ f, at }) => {
  it.each(Object.entries(inside))("%s: all nestings give the same finite numbers on every device", (what, wrap) => {
    for (const order of [1, 2, 3]) {
      const chosen = what === "as it is" ? nestings(order) : nestings(order).filter((n) => n.length < 2 || ["fr", "rr", "ffr", "rrr"].includes(n));
      const all = chosen.flatMap((nesting) => (order < 3 ? ["wasm", "reference"] : ["wasm"]).map((device) => ({ nesting, device, values: [...traceFn(derivativeOf(wrap(f), nesting), { device })(new Float64Array(at)).data] })));
      const [{ values: first }] = all as [(typeof all)[0]];
      for (const { nesting, device, values } of all) {
        values.forEach((v, i) => expect(Number.isFinite(v) && Math.abs(v - first[i]!) <= 1e-9 * Math.max(1, Math.abs(v)), `${nesting} on ${device}: [${values.join()}], first [${first.join()}]`).toBe(true));
      }
    }
  });
});

describe("higher derivatives at singular points", () => {
  const derivative = (f: Scalar, order: number): number => {
    const g = Array.from({ length: order }).reduce((h: Scalar) => grad(h) as unknown as Scalar, f);
    return traceFn(g, { dtype: "float64" })(0).item();
  };
  it("of sinc at 0: the fourth is π⁴ / 5", () => {
    expect(Math.abs(derivative((x) => sinc(x), 4) - PI ** 4 / 5)).toBeLessThan(1e-12);
  });
  it("of x ** 3 at 0: 0, 0, 6, 0", () => {
    expect([1, 2, 3, 4].map((order) => derivative((x) => pow(x, 3), order))).toEqual([0, 0, 6, 0]);
  });
  it("of a product with zeros: the third is 1", () => {
    const f = (x: Tensor): Tensor => prod(x);
    const third = jacfwd(hessian(f))(new Float64Array([0, 0, 0]));
    expect(third.get(0, 1, 2).item()).toBe(1);
    expect(sum(third).item()).toBe(6);
  });
});
