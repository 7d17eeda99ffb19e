/** The examples by which JAX explains its custom derivative rules, against its values (JAX 0.10.2, float64): one page of its documentation after the other. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

const { add, div, exp, grad, log, mul, sin, sqrt, sub, vmap } = cr;
const f64 = (...values: number[]): Float64Array => new Float64Array(values);
function close(got: unknown, want: readonly number[], digits = 12): void {
  const numbers = [...(got as NDArray).data];
  expect(numbers.length).toBe(want.length);
  numbers.forEach((v, i) => expect(Math.abs(v - want[i]!)).toBeLessThan(10 ** -digits * Math.max(1, Math.abs(want[i]!))));
}

describe("log(1 + exp(x)), stable far out", () => {
  const log1pexp = cr.customJvp((x: Tensor) => log(add(1, exp(x)))).defjvp(([x], [dx]): [Tensor, Tensor] => [log1pexp(x), mul(sub(1, div(1, add(1, exp(x)))), dx)]);
  const points = f64(-3, 0.5, 3, 100);
  test("value", () => close(vmap(log1pexp)(points), [0.04858735157374196, 0.9740769841801067, 3.048587351573742, 100]));
  test("first derivative", () => close(vmap(grad(log1pexp))(points), [0.047425873177566635, 0.6224593312018546, 0.9525741268224333, 1]));
  test("second derivative", () => close(vmap(grad(grad(log1pexp)))(points), [0.045176659730912144, 0.2350037122015945, 0.04517665973091213, 3.7200759760208356e-44]));
  test("third derivative", () => close(vmap(grad(grad(grad(log1pexp))))(points), [0.040891574660943494, -0.05755679485232077, -0.04089157466094347, -3.7200759760208356e-44]));
  test("hessian", () => close(cr.hessian(log1pexp)(f64(0.5)[0]!), [0.2350037122015945], 6));
});

test("x / (1 + √x), whose derivative at 0 exists", () => {
  const f = cr.customJvp((x: Tensor) => div(x, add(1, sqrt(x)))).defjvp(([x], [dx]): [Tensor, Tensor] => [f(x), mul(div(add(sqrt(x), 2), mul(2, cr.square(add(sqrt(x), 1)))), dx)]);
  close(vmap(grad(f))(f64(0, 2)), [1, 0.2928932188134525]);
  close(vmap(grad(grad(f)))(f64(2)), [-0.055456351736994314]);
});

describe("clipped gradients", () => {
  const clipGradient = cr.customVjp((_low: Tensor, _high: Tensor, x: Tensor) => x).defvjp(
    (low, high, x) => [x, [low, high] as const],
    ([low, high], ct) => [null, null, cr.clip(ct, low, high)],
  );
  const points = f64(0, 2.5, 5, 7.5, 10);
  const before = (x: Tensor): Tensor => sin(clipGradient(-0.75, 0.75, x));
  const behind = (x: Tensor): Tensor => clipGradient(-0.75, 0.75, sin(x));
  test("of what follows", () => close(vmap(grad(before))(points), [0.75, -0.75, 0.28366218546322625, 0.3466353178350258, -0.75]));
  test("of what comes before", () => close(vmap(grad(behind))(points), [0.75, -0.6008577116602003, 0.2127466390974197, 0.25997648837626935, -0.6293036468073393]));
  test("second order", () => close(vmap(grad(grad(before)))(points), [0, 0, 0.9589242746631385, -0.9379999767747389, 0]));
  test("no forward mode, which JAX has for no vjp rule: the rule is not linear", () => {
    expect(() => cr.jvp(before, [1], [1])).toThrow(/forward mode of .* transposes its vjp rule, which has to be a linear function of the cotangent: min is not linear/);
  });
});

describe("a fixed point, differentiated implicitly", () => {
  type Step = (a: Tensor, x: Tensor) => Tensor;
  const fixedPoint = cr.customVjp(
    (f: Step, a: Tensor, start: Tensor): Tensor => cr.whileLoop(([before, x]) => cr.greater(cr.abs(sub(before, x)), 1e-12), ([, x]) => [x, f(a, x)] as [Tensor, Tensor], [start, f(a, start)] as [Tensor, Tensor])[1] as unknown as Tensor,
    { nondiffArgnums: 0 },
  );
  fixedPoint.defvjp(
    (f, a, start) => {
      const x: Tensor = fixedPoint(f, a, start);
      return [x, [a, x] as const];
    },
    ([a, x], ct, f: Step) => {
      const pullX = (u: Tensor): Tensor => cr.vjp((v: Tensor) => f(a, v), x)[1](u)[0] as unknown as Tensor;
      const u: Tensor = fixedPoint((c: Tensor, w: Tensor) => add(c, pullX(w)), ct, ct);
      return [null, cr.vjp((b: Tensor) => f(b, x), a)[1](u)[0], cr.zerosLike(x)];
    },
  );
  const newton = (a: Tensor): Tensor => fixedPoint((b: Tensor, x: Tensor) => mul(0.5, add(x, div(b, x))), a, a);
  const points = f64(1, 2, 3, 4);
  test("value", () => close(vmap(newton)(points), [1, 1.414213562373095, 1.7320508075688772, 2]));
  test("gradient", () => close(vmap(grad(newton))(points), [0.5, 0.35355339059327373, 0.2886751345948129, 0.25]));
  test("second derivative", () => close(cr.grad(cr.grad(newton), { dtype: "float64" })(2), [-0.08838834764831843]));
  test("forward mode, which JAX has for no vjp rule", () => {
    close(cr.jvp(newton, [2], [1], { dtype: "float64" })[1], [0.35355339059327373]);
    close(cr.jacfwd(cr.jacfwd(newton), { dtype: "float64" })(2), [-0.08838834764831843]);
    close(vmap((a: Tensor) => cr.jvp(newton, [a], [1])[1] as unknown as Tensor)(points), [0.5, 0.35355339059327373, 0.2886751345948129, 0.25]);
  });
  test("no transpose of what is not linear", () => expect(() => cr.linearTranspose(newton, 2)).toThrow(/not linear/));
});
