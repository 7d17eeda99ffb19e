/** Without the opt-in entry, the result of an operator is a number to the type checker: functions take it, methods and `Tensor` do not. */
import { matmul, relu, traceFn } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { expectType } from "../expect-type.ts";

const f = traceFn((x: Tensor, y: Tensor) => x * y + 1.0);
expectType<NDArray>()(f([1, 2], 3));
const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor => relu(matmul(x, w) + b);
void layer;
// @ts-expect-error A number is no Tensor without the entry.
const sum = (x: Tensor): Tensor => x + 1;
void sum;
// @ts-expect-error Numbers have no methods without the entry.
(1.5).relu();
