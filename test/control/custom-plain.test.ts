/** Rules that look suspicious and are right: a cotangent that is zero throughout, a result that one loop gives together with its tangent. */
import { expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const w = cr.array(new Float64Array([1, 2, 3])) as unknown as Tensor;
const x = new Float64Array([0.5, 1, 1.5]);
const gradient = (f: (x: Tensor) => Tensor): unknown => (cr.grad((x: Tensor) => cr.sum(f(x)))(x) as unknown as NDArray).toArray();

test("a function that does not look at its argument", () => {
  const constant = (_u: Tensor): Tensor => cr.sin(w);
  const ruled = cr.customVjp(constant).defvjp((u: Tensor) => [constant(u), u], (u: Tensor, ct: Tensor) => cr.vjp(constant, u as never)[1](ct as never) as never);
  expect(gradient(ruled as never)).toEqual([0, 0, 0]);
});

test("a rule that pushes tangents through loops and branches", () => {
  const loop = (u: Tensor): Tensor => cr.scan((c: Tensor) => [cr.cond(cr.greater(cr.sum(c), 0), (c: Tensor) => cr.sin(c), (c: Tensor) => c, c), null], u, null, { length: 3 })[0];
  const ruled = cr.customJvp(loop).defjvp(([u]: [Tensor], [du]: [Tensor]) => cr.jvp(loop, [u] as never, [du] as never) as never);
  expect(gradient(ruled as never)).toEqual(gradient(loop));
});
