/** Types of checkpoints: a checkpoint stands where the function stood. */
import { checkpoint, checkpointName, checkpointPolicies, configure, grad, sin, traceFn, vmap } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { expectType } from "./expect-type.ts";

const f = checkpoint((x: Tensor, y: Tensor): Tensor => sin(x.mul(y)), { policy: checkpointPolicies.dots });
const inside = (x: Tensor): Tensor => f(x, f(x, x));
const same: (x: Tensor, y: Tensor) => Tensor = f;
expectType<NDArray>()(grad(f)([1], [2]));
expectType<[NDArray, NDArray]>()(traceFn(f).grad()([1], [2]));
expectType<NDArray>()(vmap(f)([1], [2]));
expectType<NDArray>()(traceFn(inside)([1]));
expectType<NDArray>()(traceFn(same)([1], [2]));

const tree = checkpoint((p: { w: Tensor }, x: Tensor) => ({ y: checkpointName(p.w.mul(x), "product") }));
expectType<NDArray>()(grad((p: { w: Tensor }, x: Tensor) => tree(p, x).y)({ w: 1 }, 2).w);
expectType<boolean>()(configure({ debugNaNs: true }).debugNaNs);
traceFn(inside, { debugNaNs: true, debugInfs: false });

// @ts-expect-error A policy is an object.
checkpoint(inside, { policy: "dots" });
// @ts-expect-error Names are given one by one.
checkpointPolicies.names(["a"]);
// @ts-expect-error An option nobody reads.
checkpoint(inside, { prevent: true });
// @ts-expect-error
traceFn(inside, { debugNaNs: "yes" });
