/** Types of collectives: trees keep their form, numbers stay numbers, names are strings or lists of them. */
import { allGather, axisIndex, axisSize, pmax, pmean, pmin, psum, vmap } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { expectType } from "./expect-type.ts";

declare const t: Tensor;
declare const a: NDArray;
declare const n: number;

expectType<Tensor>()(psum(t, "i"));
expectType<number>()(psum(1, "i"));
expectType<number>()(psum(n, "i"));
expectType<NDArray>()(psum(a, "i"));
expectType<{ w: Tensor; b: [Tensor, number] }>()(pmean({ w: t, b: [t, 1] as [Tensor, number] }, ["i", "j"]));
expectType<Tensor>()(pmax(t, "i"));
expectType<Tensor>()(pmin(t, ["i"] as const));
expectType<Tensor>()(allGather(t, "i", { axis: 1, tiled: true }));
expectType<Tensor>()(axisIndex("i"));
expectType<number>()(axisSize(["i", "j"]));
expectType<NDArray>()(vmap((x: Tensor) => psum(x, "batch"), { axisName: "batch" })([1, 2]));
// @ts-expect-error a name is a string
psum(t, 0);
// @ts-expect-error
psum(t);
// @ts-expect-error
allGather(t, "i", { axes: 1 });
// @ts-expect-error a name is a string
vmap((x: Tensor) => x, { axisName: 0 });
