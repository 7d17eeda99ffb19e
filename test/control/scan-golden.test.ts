/** scan, map and associativeScan against numbers that JAX 0.10.2 gave in float64 (jax.lax.scan, lax.map, lax.associative_scan, jax.grad, jax.hessian). */
import { expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const f64 = (list: unknown): never => cr.array(list as never, { dtype: "float64" }) as never;
const W = f64([[0.5, -0.3], [0.2, 0.8]]), U = f64([[0.1, 0.4], [-0.6, 0.3]]), h0 = f64([0.1, -0.2]);
const xs = f64([[1, 0.5], [-0.3, 0.2], [0.7, -1.1], [0.4, 0.9]]);
function rnn(w: Tensor, u: Tensor, h0: Tensor, xs: Tensor, reverse = false): [Tensor, Tensor] {
  return cr.scan((h: Tensor, x: Tensor) => {
    const next = cr.tanh(cr.add(cr.matmul(h, w), cr.matmul(x, u)));
    return [next, cr.mul(next, x)];
  }, h0, xs, { reverse });
}
const loss = (w: Tensor, u: Tensor, h0: Tensor, xs: Tensor): Tensor => cr.sum(cr.square(rnn(w, u, h0, xs)[1]));

function expectNear(got: unknown, want: unknown): void {
  const flat = (tree: unknown): number[] => (Array.isArray(tree) ? tree.flatMap(flat) : typeof tree === "number" ? [tree] : [...(tree as NDArray).data]);
  const [a, b] = [flat(got), flat(want)];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 12));
}

test("a recurrent network", () => {
  expectNear(cr.traceFn(rnn, { staticArgnums: 4 })(W, U, h0, xs, false as never), [[-0.15532496206414317, 0.39564856460807407], [[-0.1877462058682854, 0.17260701706776044], [0.05192116259666352, 0.053188997953983796], [0.42156762818532795, -0.23258284017231617], [-0.06212998482565727, 0.3560837081472667]]]);
  expectNear(cr.traceFn(rnn, { staticArgnums: 4 })(W, U, h0, xs, true as never), [[-0.12222075702156066, 0.46805404527764405], [[-0.12222075702156066, 0.23402702263882202], [-0.04579370302789896, 0.0008423168529267396], [0.3503593912372684, -0.2947527467249495], [-0.18168657307290367, 0.21194617458464818]]]);
  expectNear(cr.grad(loss, { argnums: [0, 1, 2] })(W, U, h0, xs), [[[-0.10808814701086139, 0.09761471077975974], [0.13186363704512874, 0.4765090367024716]], [[-0.4433057891743688, 1.259976089033699], [-0.6865373114832412, -0.0300571400574966]], [-0.5182572883641451, 0.37985311980027764]]);
  expectNear(cr.hessian(loss, { argnums: 2 })(W, U, h0, xs), [[0.5954646562462775, 0.020712041296304867], [0.020712041296304867, 0.16376097668690842]]);
});

test("a logistic map, to the third derivative", () => {
  const f = (r: Tensor): Tensor => cr.scan((x: Tensor) => [cr.mul(cr.mul(r, x), cr.sub(1, x)), x], 0.3, null, { length: 6 })[0] as unknown as Tensor;
  const r = f64(3.1);
  expectNear([cr.traceFn(f)(r), cr.grad(f)(r), cr.grad(cr.grad(f))(r), cr.grad(cr.grad(cr.grad(f)))(r)], [0.7149231857040611, 0.1375536003131735, -0.8380755336097641, -7.389519313824044]);
});

test("an affine recurrence by associativeScan", () => {
  const [a, b] = [f64([0.9, -0.5, 1.2, 0.3, 0.7]), f64([1, 2, -1, 0.5, 3])];
  const op = ([a, b]: [Tensor, Tensor], [c, d]: [Tensor, Tensor]): [Tensor, Tensor] => [cr.mul(a, c), cr.add(cr.mul(c, b), d)];
  expectNear(cr.associativeScan(op, [a, b]), [[0.9, -0.45, -0.54, -0.162, -0.1134], [1.0, 1.5, 0.7999999999999998, 0.74, 3.518]]);
  expectNear(cr.associativeScan(op, [a, b], { reverse: true }), [[-0.1134, -0.126, 0.252, 0.21, 0.7], [2.494, 1.66, 0.68, 1.4, 3.0]]);
  expectNear(cr.grad((a: Tensor, b: Tensor) => cr.sum(cr.sin(cr.associativeScan(op, [a, b])[1])), { argnums: [0, 1] })(a, b), [[0.0, 0.9382761445052231, 1.0844236785469001, 0.06997975915760371, -0.6881935089130166], [0.0711642336155282, 0.9382761445052231, 0.7229491190312669, 0.08747469894700466, -0.9299912282608332]]);
});

test("map in batches", () => {
  expectNear(cr.map((x: Tensor) => [cr.sum(x), cr.flip(x)], xs, { batchSize: 3 }), [[1.5, -0.1, -0.4, 1.3], [[0.5, 1.0], [0.2, -0.3], [-1.1, 0.7], [0.9, 0.4]]]);
});
