/** Functions of two arguments written plainly, and the same with rules of every kind that say the same. */
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

export type Two = (x: Tensor, y: Tensor) => Tensor;

export interface Case {
  readonly plain: Two;
  readonly ruled: Two;
}

const { add, cos, exp, mul, sin, sub, sum, where } = cr;

// the vjp and jvp of sin(x)·y + exp(y/2), written by hand
const value: Two = (x, y) => add(mul(sin(x), y), exp(mul(0.5, y)));
const push = (x: Tensor, y: Tensor, dx: Tensor, dy: Tensor): Tensor => add(mul(mul(cos(x), y), dx), mul(add(sin(x), mul(0.5, exp(mul(0.5, y)))), dy));
const pull = (x: Tensor, y: Tensor, ct: Tensor): [Tensor, Tensor] => [mul(mul(cos(x), y), ct), mul(add(sin(x), mul(0.5, exp(mul(0.5, y)))), ct)];

const byJvp = cr.customJvp(value).defjvp(([x, y], [dx, dy]): [Tensor, Tensor] => [byJvp(x, y), push(x, y, dx, dy)]);
const byJvps = cr.customJvp(value).defjvps(
  (dx, _r, x, y) => mul(mul(cos(x), y), dx),
  (dy, _r, x, y) => mul(add(sin(x), mul(0.5, exp(mul(0.5, y)))), dy),
);
const byVjp = cr.customVjp(value).defvjp((x, y) => [value(x, y), { x, y }], ({ x, y }, ct) => pull(x, y, ct));
const byBoth: Two = cr.defineRule(value, { jvp: ([x, y], [dx, dy]) => [byBoth(x, y), push(x, y, dx, dy)], vjp: { forward: (x: Tensor, y: Tensor) => [byBoth(x, y), [x, y] as const], backward: ([x, y]: readonly [Tensor, Tensor], ct) => pull(x, y, ct) } });
const byZeros = cr.customVjp(value).defvjp(
  (x, y) => [value(x, y), { x, y }],
  ({ x, y }, ct) => (ct === null ? [null, null] : pull(x, y, ct)),
  { symbolicZeros: true },
);
const byZerosJvp = cr.customJvp(value).defjvp(
  ([x, y], [dx, dy]): [Tensor, Tensor | null] => {
    const alongX = dx === null ? null : mul(mul(cos(x), y), dx);
    const alongY = dy === null ? null : mul(add(sin(x), mul(0.5, exp(mul(0.5, y)))), dy);
    return [value(x, y), alongX === null ? alongY : alongY === null ? alongX : add(alongX, alongY)];
  },
  { symbolicZeros: true },
);
const byNothing = cr.defineRule(value, {});
const byVmap = cr.customVmap(value).defvmap((size, [bx, by], x, y) => {
  const over = (v: Tensor, batched: boolean): Tensor => (batched ? v : cr.broadcastTo(cr.expandDims(v, 0), [size, ...v.shape]));
  return [value(over(x, bx), over(y, by)), true];
});
const vmapAndVjp = cr.defineRule(value, {
  vjp: { forward: (x: Tensor, y: Tensor) => [value(x, y), [x, y] as const], backward: ([x, y]: readonly [Tensor, Tensor], ct) => pull(x, y, ct) },
  vmap: (size, [bx, by], x, y) => {
    const over = (v: Tensor, batched: boolean): Tensor => (batched ? v : cr.broadcastTo(cr.expandDims(v, 0), [size, ...v.shape]));
    return [value(over(x, bx), over(y, by)), true];
  },
});

/** The rule of a product in which one factor is closed over, by the function and by the rule. */
const closedOver: Two = (x, y) => {
  const f = cr.customJvp((v: Tensor) => mul(sin(v), y)).defjvp(([v], [dv]): [Tensor, Tensor] => [f(v), mul(mul(cos(v), y), dv)]);
  return f(x);
};
const closedOverVjp: Two = (x, y) => {
  const scale = add(y, 1);
  const f = cr.customVjp((v: Tensor) => mul(sin(v), scale)).defvjp((v) => [mul(sin(v), scale), cos(v)], (c, ct) => [mul(mul(c, scale), ct)]);
  return mul(f(x), y);
};
/** Trees of arguments, results and residuals, an integer among them. */
const trees: Two = (x, y) => {
  const n = new Int32Array([3]);
  const r = treeFunction({ x, n: cr.int32(n) as Tensor }, [y, y]);
  return add(r.first, r.second[0]);
};
type Pair = { first: Tensor; second: [Tensor] };
const treeValue = (p: { x: Tensor; n: Tensor }, q: [Tensor, Tensor]): Pair => ({ first: mul(p.x, q[0]), second: [mul(sin(q[1]), mul(p.x, p.x))] });
const treeFunction = cr.customVjp(treeValue).defvjp(
  (p, q) => [treeValue(p, q), { x: p.x, q }],
  ({ x, q }, { first, second: [second] }) => [
    { x: add(mul(first, q[0]), mul(second, mul(2, mul(x, sin(q[1]))))), n: null },
    [mul(first, x), mul(second, mul(cos(q[1]), mul(x, x)))],
  ],
);
const power = cr.customJvp((x: Tensor, n: number, f: (v: Tensor) => Tensor) => f(cr.pow(x, n)), { nondiffArgnums: [1, 2] }).defjvp(
  ([x, n, f], [dx]): [Tensor, Tensor] => {
    const [r, dr] = cr.jvp(f, [cr.pow(x, n) as Tensor], [mul(mul(n, cr.pow(x, n - 1)), dx)]);
    return [r as unknown as Tensor, dr as unknown as Tensor];
  },
);

const product: Two = (x, y) => mul(x, y);
const linearInBoth = (rule: (ct: Tensor, args: readonly (Tensor | null)[]) => readonly (Tensor | null)[]): Two => cr.defineRule(product, { linearArgnums: 1, transpose: rule as never });

export const cases: Readonly<Record<string, Case>> = {
  "jvp rule": { plain: value, ruled: byJvp },
  "a jvp rule per argument": { plain: value, ruled: byJvps },
  "vjp rule": { plain: value, ruled: byVjp },
  "jvp and vjp rules": { plain: value, ruled: byBoth },
  "vjp rule that sees zeros": { plain: value, ruled: byZeros },
  "jvp rule that sees zeros": { plain: value, ruled: byZerosJvp },
  "no rule": { plain: value, ruled: byNothing },
  "vmap rule": { plain: value, ruled: byVmap },
  "vmap and vjp rules": { plain: value, ruled: vmapAndVjp },
  "jvp rule that closes over a tensor": { plain: (x, y) => mul(sin(x), y), ruled: closedOver },
  "vjp rule that closes over a tensor": { plain: (x, y) => mul(mul(sin(x), add(y, 1)), y), ruled: closedOverVjp },
  trees: { plain: (x, y) => add(mul(x, y), mul(sin(y), mul(x, x))), ruled: trees },
  "arguments that are no arrays": { plain: (x, y) => mul(mul(x, mul(x, x)), y), ruled: (x, y) => power(x, 3, ((v: Tensor) => mul(v, y)) as never) },
  "transpose rule": { plain: product, ruled: linearInBoth((ct, [x]) => [null, mul(x as Tensor, ct)]) },
  "one inside another": {
    plain: (x, y) => mul(value(x, y), y),
    ruled: (x, y) => {
      const outer = cr.customVjp((u: Tensor, v: Tensor) => mul(byJvp(u, v), v)).defvjp(
        (u, v) => [mul(byJvp(u, v), v), [u, v] as const],
        ([u, v], ct) => {
          const [, back] = cr.vjp(byVjp, u, v);
          const [du, dv] = back(mul(ct, v)) as unknown as [Tensor, Tensor];
          return [du, add(dv, mul(ct, byVjp(u, v)))];
        },
      );
      return outer(x, y);
    },
  },
  "values chosen": { plain: (x, y) => where(cr.greater(x, 0), value(x, y), sub(x, y)), ruled: (x, y) => where(cr.greater(x, 0), byVjp(x, y), sub(x, y)) },
  "in a scan": {
    plain: (x, y) => cr.scan((c: Tensor, e: Tensor) => [value(c, add(y, e)), c], x, [0.1, -0.2])[0] as unknown as Tensor,
    ruled: (x, y) => cr.scan((c: Tensor, e: Tensor) => [byVjp(c, add(y, e)), c], x, [0.1, -0.2])[0] as unknown as Tensor,
  },
  "made in a scan": {
    plain: (x, y) => cr.scan((c: Tensor, e: Tensor) => [mul(mul(sin(c), add(e, 1)), y), c], x, [0.1, -0.2])[0] as unknown as Tensor,
    ruled: (x, y) =>
      cr.scan(
        (c: Tensor, e: Tensor) => {
          const k = add(e, 1);
          const f = cr.customVjp((v: Tensor) => mul(mul(sin(v), k), y)).defvjp((v) => [mul(mul(sin(v), k), y), v], (v, ct) => [mul(mul(mul(cos(v), k), y), ct)]);
          return [f(c), c];
        },
        x,
        [0.1, -0.2],
      )[0] as unknown as Tensor,
  },
  "sum over both": { plain: (x, y) => mul(sum(value(x, y)), x), ruled: (x, y) => mul(sum(byJvp(x, y)), x) },
};
