/** Symbolic zeros and dead code: a transform computes nothing for what its active inputs do not reach, and nothing that nobody needs. */
import { describe, expect, test } from "vitest";
import { add, argmax, cumsum, exp, floor, grad, greater, hessian, jacfwd, jacrev, jvp, log, matmul, mul, sin, stopGradient, sum, take, tanh, traceFn, valueAndGrad, vjp, vmap, where, zerosLike } from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import type { Program } from "../../src/core/program.ts";
import { eliminateDeadCode } from "../../src/transform/dce.ts";
import { jvpProgram } from "../../src/transform/jvp.ts";
import { linearizeProgram } from "../../src/transform/linearize.ts";

interface Viewed {
  program(...args: unknown[]): { program: Program; counts(): Record<string, number>; length: number };
}
const traced = (f: unknown): Viewed => traceFn(f as never) as unknown as Viewed;
const counts = (f: unknown, ...args: unknown[]): Record<string, number> => traced(f).program(...args).counts();
const operations = (program: Program): string[] => program.equations.map((e) => e.primitive.name);
const toList = (x: unknown): unknown => (x as NDArray).toArray();

describe("forward mode", () => {
  const f = (x: Tensor, y: Tensor): Tensor => add(exp(sin(x)), exp(tanh(y)));
  const { program } = traced(f).program(1, 2);

  test("no tangent equation for an argument that does not move", () => {
    const ofX = operations(jvpProgram(program, [true, false]).program);
    expect(ofX.filter((op) => op === "tanh" || op === "sub")).toEqual(["tanh"]);
    expect(ofX).toEqual(["sin", "cos", "scaleSafe", "exp", "scaleSafe", "tanh", "exp", "add"]);
  });
  test("no argument moves: the program itself, and no active result", () => {
    const still = jvpProgram(program, [false, false]);
    expect(operations(still.program)).toEqual(operations(program));
    expect(still.activeOutputs).toEqual([false]);
  });
  test("a tangent null through the door", () => {
    const [, t] = jvp(f, [1, 2], [null, 1]) as unknown as [NDArray, NDArray];
    expect(t.item()).toBeCloseTo(Math.exp(Math.tanh(2)) * (1 - Math.tanh(2) ** 2), 6);
    expect(counts((x: Tensor, y: Tensor) => jvp(f, [x, y], [null, y])[1], 1, 2)).not.toHaveProperty("cos");
  });
  test("results that do not move have a zero tangent that nothing computes", () => {
    const g = (x: Tensor, y: Tensor): Tensor[] => [sin(x), exp(y), argmax(y)];
    const of = jvpProgram(traced(g).program(1, [1, 2]).program, [true, false]);
    expect(of.activeOutputs).toEqual([true, false, false]);
    expect(of.program.outputs.length).toBe(4);
    const [, tangents] = jvp(g as never, [1, [1, 2]] as never, [1, null] as never) as unknown as [NDArray[], NDArray[]];
    expect(tangents.map(toList)).toEqual([Math.fround(Math.cos(1)), [0, 0], 0]);
  });
});

describe("what has no derivative ends a tangent", () => {
  const ends: Record<string, (x: Tensor) => Tensor> = {
    stopGradient: (x) => stopGradient(exp(x)),
    floor: (x) => floor(exp(x)),
    comparison: (x) => where(greater(exp(x), 1), 2, 3),
    argmax: (x) => mul(argmax(exp(x)), 1.5),
    "zeros of the same shape": (x) => zerosLike(exp(x)),
  };
  test.each(Object.entries(ends))("%s", (_name, f) => {
    const { program } = traced(f).program([1, 2]);
    const { activeOutputs } = jvpProgram(program, [true]);
    expect(activeOutputs).toEqual([false]);
    const { linear, forward } = linearizeProgram(program, [true]);
    expect([operations(linear), linear.outputs.length]).toEqual([[], 0]);
    expect(operations(forward)).toEqual(operations(eliminateDeadCode(program)));
    expect(toList(traceFn((x: Tensor) => sum(f(x))).grad()([1, 2]))).toEqual([0, 0]);
    expect(traced(grad((x: Tensor) => sum(f(x)))).program([1, 2]).length).toBe(0);
  });
});

describe("reverse mode", () => {
  test("the gradient has no equation for what does not depend on its argument", () => {
    const loss = (w: Tensor, x: Tensor): Tensor => sum(matmul(exp(exp(x)), w));
    expect(counts(grad(loss), [1, 2], [[3, 4], [5, 6]])).toEqual({ exp: 2, dotGeneral: 1 });
    expect(counts(grad((x: Tensor, y: Tensor) => add(mul(x, x), exp(y))), 1, 2)).toEqual({ add: 1 });
  });
  test("an argument that does not matter has a gradient that is a constant", () => {
    const { program } = traced(grad((_x: Tensor, y: Tensor) => exp(y))).program([1, 2], 3);
    expect([program.equations.length, program.outputs.length]).toEqual([0, 1]);
  });
  test("the forward pass is gone where the gradient does not need it", () => {
    expect(counts(grad((x: Tensor) => sum(cumsum(take(x, [2, 0])))), [1, 2, 3])).not.toHaveProperty("gather");
    expect(counts(grad((x: Tensor) => sum(mul(3, x))), [1, 2])).toEqual({});
  });
  test("valueAndGrad computes what value and gradient share once", () => {
    expect(counts(valueAndGrad((x: Tensor) => sum(exp(x))), [1, 2])).toEqual({ exp: 1, sum: 1 });
  });
  test("a cotangent only of results that someone asks about", () => {
    const both = (x: Tensor): [Tensor, Tensor] => [sum(sin(x)), sum(exp(x))];
    expect(counts(grad(both, { hasAux: true }), [1, 2])).toEqual({ cos: 1, exp: 1, sum: 1 });
  });
  test("the second derivative of a linear function is nothing", () => {
    expect(traced(grad((x: Tensor) => sum(grad((y: Tensor) => sum(mul(y, 3)))(x)))).program([1, 2]).length).toBe(0);
    expect(traced(hessian((x: Tensor) => sum(mul(x, 2)))).program([1, 2]).length).toBe(0);
  });
  test("Jacobians have no equation for arguments and results that have nothing to do with each other", () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => [sin(x), log(y)];
    for (const jac of [jacfwd, jacrev]) {
      const found = counts(jac(f as never, { argnums: [0, 1] }), [1, 2], [3, 4]);
      expect(found["cos"]).toBe(1);
      expect(found).not.toHaveProperty("add");
    }
  });
});

describe("dead code", () => {
  const wasteful = (x: Tensor): Tensor => {
    exp(exp(x));
    const unused = sum(x);
    add(unused, 1);
    return sin(x);
  };
  test("is not in printed programs, whatever transform made them", () => {
    expect(counts(wasteful, 1)).toEqual({ sin: 1 });
    expect(counts(grad(wasteful), 1)).toEqual({ cos: 1 });
    expect(counts(vmap(wasteful), [1, 2])).toEqual({ sin: 1 });
    expect(counts((x: Tensor) => vjp(wasteful, x)[1](1), 1)).toEqual({ cos: 1, scaleSafe: 1 });
    expect(counts(jacfwd(wasteful), 1)).not.toHaveProperty("exp");
  });
  test("goes, whole chains of it, while inputs and order stay", () => {
    const { program } = traced((x: Tensor, _y: Tensor, z: Tensor) => [mul(z, z), x]).program(1, 2, 3);
    expect(eliminateDeadCode(program)).toEqual(program);
    const { linear } = linearizeProgram(traced(wasteful).program(1).program, [true]);
    expect(operations(linear)).toEqual(["scaleSafe"]);
  });
});
