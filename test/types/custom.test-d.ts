import { callback, customJvp, customVjp, customVmap, debug, defineRule, grad, jvp, sin, sum, traceFn, valueAndGrad, vmap, type CustomFunction, type NDArray, type Tensor } from "chainrule";
import { expectType } from "./expect-type.ts";

// Rules take and return what the function does; what comes back is called like it.
const f = customJvp((x: Tensor, y: Tensor) => sin(x).mul(y));
f.defjvp(([x, y], [dx, dy]) => {
  expectType<Tensor>()(x);
  expectType<Tensor>()(dy);
  return [f(x, y), x.mul(dx).add(y.mul(dy))];
});
expectType<Tensor>()(f(1, [2, 3]));
expectType<NDArray>()(grad(f)(1, 2));
expectType<NDArray>()(vmap(f)([1], [2]));
expectType<NDArray>()(jvp(f, [1, 2], [1, null])[1]);
// @ts-expect-error An argument too few.
f(1);
// @ts-expect-error The tangent is missing.
customJvp((x: Tensor) => x).defjvp(([x], [_t]) => [x]);

const zeros = customJvp((x: Tensor) => x).defjvp(
  ([x], [t]) => {
    expectType<Tensor | null>()(t);
    return [x, t];
  },
  { symbolicZeros: true },
);
expectType<NDArray>()(grad(zeros)(1));
customJvp((x: Tensor, y: Tensor) => x.mul(y)).defjvps(null, (t, r, x, y) => {
  for (const value of [t, r, x, y]) expectType<Tensor>()(value);
  return t.mul(x);
});

// Residuals are whatever the forward rule keeps.
const g = customVjp((p: { w: Tensor }, x: Tensor) => sum(p.w.mul(x))).defvjp(
  (p, x) => [sum(p.w.mul(x)), { w: p.w, x }],
  ({ w, x }, ct) => {
    expectType<Tensor>()(w);
    expectType<Tensor>()(ct);
    return [{ w: ct.mul(x) }, ct.mul(w)];
  },
);
expectType<{ w: NDArray }>()(valueAndGrad(g)({ w: [1] }, [2])[1]);
// @ts-expect-error A residual that was not kept.
customVjp((x: Tensor) => x).defvjp((x) => [x, { x }], ({ y }, ct) => [ct.mul(y)]);

// Arguments that are no arrays keep their types, in rules as well.
const apply = customVjp((h: (v: Tensor) => Tensor, x: Tensor, mode: "fast" | "exact") => (mode === "fast" ? x : h(x)), { nondiffArgnums: [0, 2] }).defvjp(
  (h, x) => [h(x), x],
  (_x, ct, _h: (v: Tensor) => Tensor, _mode: "fast" | "exact") => [null, ct, null],
);
expectType<Tensor>()(apply((v) => v.mul(2), 3, "fast"));
// @ts-expect-error No such mode.
apply((v) => v.mul(2), 3, "slow");

const doubled = customVmap((x: Tensor) => x.mul(2)).defvmap((size, [batched], x) => {
  expectType<number>()(size);
  expectType<boolean>()(batched);
  return [x.add(x), batched];
});
expectType<NDArray>()(vmap(doubled)([1, 2]));

const all = defineRule((x: Tensor) => x.mul(3), {
  jvp: ([x], [t]) => [x.mul(3), t.mul(3)],
  vjp: { forward: (x) => [x.mul(3), x], backward: (_x, ct) => [ct.mul(3)] },
  transpose: (ct, [x]) => {
    expectType<Tensor | null>()(x);
    return [ct.mul(3)];
  },
  vmap: (_size, [batched], x) => [x.mul(3), batched],
});
expectType<CustomFunction<[x: Tensor], Tensor>>()(all);
// @ts-expect-error No such rule.
defineRule((x: Tensor) => x, { jpv: 1 });

// Callbacks: arrays in, and what was declared out.
const measured = callback((x: NDArray) => ({ norm: 1, parts: x.data }), { norm: { dtype: "float32", shape: [] }, parts: { dtype: "float32", shape: [3] } });
expectType<Tensor>()(measured([1, 2, 3]).parts);
expectType<{ norm: NDArray; parts: NDArray }>()(traceFn((x: Tensor) => measured(x))([1, 2, 3]));
const same = callback((x: NDArray) => x, (x) => x, { jvp: ([x], [t]) => [x, t], vmap: "vectorized" });
expectType<Tensor>()(same(1));
// @ts-expect-error No such way to batch.
callback((x: NDArray) => x, (x) => x, { vmap: "all" });
expectType<void>()(debug.print("x = {}", 1, { a: [2] }));
expectType<void>()(debug.callback((x: NDArray) => x.item(), 1));
