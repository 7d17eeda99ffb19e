/** The types of scan, map and associativeScan: results are tensors where a tensor goes in, else concrete. */
import { associativeScan, map, scan } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { expectType } from "./expect-type.ts";

declare const t: Tensor;
declare const a: NDArray;

expectType<[NDArray, NDArray]>()(scan((c: Tensor, x: Tensor) => [c.add(x), c], 0, [1, 2]));
expectType<[NDArray, NDArray]>()(scan((c: Tensor, x: Tensor) => [c.add(x), c], a, new Float32Array(3)));
expectType<[Tensor, Tensor]>()(scan((c: Tensor, x: Tensor) => [c.add(x), c], t, t));
expectType<[Tensor, Tensor]>()(scan((c: Tensor, x: Tensor) => [c.add(x), c], 0, t));
expectType<[Tensor, Tensor]>()(scan((c, x) => [c.add(x), c], t, t));
expectType<[Tensor, null]>()(scan((c: Tensor) => [c.mul(2), null], t, null, { length: 3 }));
expectType<[NDArray, { a: NDArray }]>()(scan((c: Tensor) => [c.mul(2), { a: c }], 1, null, { length: 3, reverse: true, unroll: 2, checkpoint: { bytes: 100 } }));
expectType<[null, Tensor]>()(scan((_: null, x: Tensor) => [null, x.mul(2)], null, t));
// a number, and a list, in the places of tensors and of a tuple
expectType<[{ x: Tensor; y: [Tensor, Tensor] }, Tensor]>()(scan((c: { x: Tensor; y: [Tensor, Tensor] }, x: Tensor) => [{ x: 0, y: [c.x, c.y[0]] }, x], { x: t, y: [t, t] }, t));
expectType<[[NDArray, NDArray], NDArray]>()(scan(([p, q]: [Tensor, Tensor], x: Tensor) => [[p.add(x), p], q], [0, 1], [1, 2, 3]));
expectType<[Tensor, Tensor]>()(scan((c: Tensor, x: { a: Tensor; b: Tensor }) => [c.add(x.a), x.b], 0, { a: [1, 2], b: t }));
// @ts-expect-error text is no carry
scan((c: Tensor, x: Tensor) => [c.add(x), c], "x", t);
// @ts-expect-error the body returns a pair
scan((c: Tensor, x: Tensor) => c.add(x), 0, t);
// @ts-expect-error the carry keeps its tree
scan((c: Tensor, x: Tensor) => [{ c }, x], 0, t);
// @ts-expect-error
scan((c: Tensor, x: Tensor) => [c, x], 0, t, { checkpoint: "some" });

expectType<NDArray>()(map((x: Tensor) => x.mul(2), [1, 2]));
expectType<Tensor>()(map((x: Tensor) => x.mul(2), t));
expectType<Tensor>()(map((x) => x.mul(2), t));
expectType<{ s: Tensor; t: Tensor }>()(map((x: Tensor) => ({ s: x, t: x }), t, { batchSize: 2 }));
expectType<NDArray>()(associativeScan((x: Tensor, y: Tensor) => x.mul(y), [1, 2]));
expectType<Tensor>()(associativeScan((x, y) => x.mul(y), t));
expectType<[Tensor, Tensor]>()(associativeScan(([a, b]: [Tensor, Tensor], [c, d]: [Tensor, Tensor]): [Tensor, Tensor] => [a.mul(c), c.mul(b).add(d)], [t, t], { reverse: true, axis: 1 }));
