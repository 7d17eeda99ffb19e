/** With the opt-in entry, the results of operators are tensors. */
import { traceFn } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { expectType } from "../expect-type.ts";

function foo(x: Tensor, y: Tensor): Tensor {
  "use trace";
  return x * y + 1.0;
}
const f = traceFn(foo);
expectType<NDArray>()(f([1, 2], 3));
expectType<NDArray>()(f([1, 2], 3).mul(2));
expectType<number>()(f(1, 2).item());

const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor => (x.matmul(w) + b).relu();
void layer;
const mask = (x: Tensor): Tensor => (x > 0 ? x : -x);
void mask;
const plain = 1.5;
expectType<string>()(plain.toFixed(2));
// @ts-expect-error
(plain * 2).nope();
