/** The public types, which hold with and without the opt-in entry. */
import { grad, hessian, hvp, jacfwd, jacrev, jvp, relu, sum, traceFn, valueAndGrad, vjp, vmap } from "chainrule";
import type { Concrete, NDArray, Result, Tensor, TraceableFn } from "chainrule";
import { expectTrue, expectType } from "./expect-type.ts";
import type { Equal } from "./expect-type.ts";

const f = traceFn((x: Tensor, y: Tensor): Tensor => x.mul(y).add(1));
expectType<TraceableFn<[x: Tensor, y: Tensor], Tensor>>()(f);
const out = f([1, 2, 3], new Float32Array(3));
expectType<NDArray>()(out);
expectType<number>()(out.item());
expectType<NDArray>()(out.add(1).sum());
expectType<readonly number[]>()(out.shape);

// Methods and functions on results, and results as operands inside traced functions.
expectType<NDArray>()(relu(out));
const nested = traceFn((x: Tensor): Tensor => f(x, x).mul(x));
expectType<NDArray>()(nested(2));
const asTensor: Tensor = out;
expectType<Tensor>()(relu(asTensor));

// Gradients mirror the arguments.
const [dx, dy] = f.grad()([1], [2]);
expectType<NDArray>()(dx);
expectType<NDArray>()(dy);
expectType<NDArray>()(grad(f)(1, 2));
const both = grad(f, { argnums: [0, 1] })(1, 2);
expectType<[NDArray, NDArray]>()(both);

interface Layer {
  w: Tensor;
  b: Tensor | null;
}
interface Params {
  layers: [Layer, Layer];
  scale: Tensor;
}
const loss = (p: Params, x: Tensor): Tensor => sum(x.matmul(p.layers[0].w).mul(p.scale));
const [value, gradient] = valueAndGrad(loss)({ layers: [{ w: [[1]], b: null }, { w: [[1]], b: 2 }], scale: 3 }, [[1]]);
expectType<NDArray>()(value);
expectType<NDArray>()(gradient.layers[1].w);
expectType<NDArray | null>()(gradient.layers[0].b);
// @ts-expect-error A leaf is missing.
valueAndGrad(loss)({ layers: [{ w: 1, b: null }], scale: 3 }, 1);
// @ts-expect-error Strings are no arrays.
f("1", 2);

// Trees of results, unions with null, constants.
expectTrue<Equal<Result<{ a: Tensor; b: [Tensor, null] }>, { a: NDArray; b: [NDArray, null] }>>();
const tree: Concrete<{ a: Tensor }> = { a: [[1, 2]] };
void tree;

const [y, pullback] = vjp(f, [1], [2]);
expectType<NDArray>()(y);
const cts = pullback([1]);
expectType<NDArray>()(cts[1]);
const [primal, tangent] = jvp(f, [[1], [2]], [[1], null]);
expectType<NDArray>()(primal);
expectType<NDArray>()(tangent);
expectType<NDArray>()(hvp((x: Tensor) => sum(x.mul(x)), [[1, 2]], [[1, 0]]));
expectType<NDArray>()(hessian((x: Tensor) => sum(x.mul(x)))([1, 2]));
const h = hessian((p: { a: Tensor; b: Tensor }) => sum(p.a.mul(p.b)))({ a: [1, 2], b: [3, 4] });
expectType<NDArray>()(h.a.b);
const j = jacrev((p: { a: Tensor }) => [p.a, { twice: p.a.mul(2) }] as [Tensor, { twice: Tensor }])({ a: [1, 2] });
expectType<NDArray>()(j[1].twice.a);
const jj = jacfwd(f, { argnums: [0, 1] })([1], [2]);
expectType<NDArray>()(jj[1]);

// Positions, iteration and destructuring along the first axis.
const first = traceFn(([p, q]: Tensor): Tensor => (p as Tensor).mul(q as Tensor));
expectType<NDArray>()(first([1, 2]));
for (const row of out) {
  const array: NDArray = row;
  void array;
}
expectType<number>()(out.length);
const transposed: NDArray = out.T;
void transposed;
expectType<NDArray>()(vmap(f, { inAxes: [0, null] })([1, 2], 3));
const aux = grad((x: Tensor): [Tensor, { norm: Tensor }] => [x, { norm: x }], { hasAux: true })(1);
expectType<NDArray>()(aux[1].norm);

// Methods that do not exist are errors.
// @ts-expect-error
out.nope();
// @ts-expect-error
traceFn((x: Tensor) => x.nope());
// @ts-expect-error An option nobody reads.
f.grad({ argnum: 0 });
