/** A rule that returns the wrong number, shape or dtype is found where it happens and named, whatever door the transform was reached by. */
import { describe, expect, test } from "vitest";
import { grad, hessian, jacfwd, jacrev, jvp, linearize, linearTranspose, mul, sum, traceFn, vjp, vmap } from "chainrule";
import type { Tensor } from "chainrule";
import { DifferentiationError, InternalError } from "../../src/errors.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { definePrimitive, notDifferentiable, notLinear, type Primitive } from "../../src/core/primitive.ts";
import { noParams } from "../../src/core/program.ts";
import { at, bind, scalar, splatLike, type Value } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { convert } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/structure.ts";
import { sin } from "../../src/ops/trigonometric.ts";

/** An identity with some rules of its own. */
function primitiveWith(name: string, rules: Partial<Primitive>): Primitive {
  const identity: Primitive = {
    ...sin.primitive,
    name,
    evaluate: (inputs) => inputs,
    jvp: (primals, tangents, params, primitive) => ({ outputs: bind(primitive, primals, params), tangents: [tangents[0] ? at(bind(primitive, [tangents[0]], params), 0) : null] }),
    transpose: ([ct]) => [ct ?? null],
    batch: (_size, inputs, axes, params, primitive) => ({ outputs: bind(primitive, inputs, params), axes: [at(axes, 0)] }),
    lower: { form: "opaque" },
  };
  return definePrimitive({ ...identity, ...rules });
}

const apply = (primitive: Primitive) => (x: Tensor): Tensor => at(bind(primitive, [x as unknown as Value], noParams), 0) as unknown as Tensor;
const longer = (x: Value): Value => reshape(x, [...x.type.shape, 1]);
const double = (x: Value): Value => convert(x, "float64");
const point = [1, 2, 3];

function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("the identity itself is right", () => {
  const f = apply(primitiveWith("identity", {}));
  test("under every transform", () => {
    expect((traceFn(f).grad()(point) as unknown as { toArray(): unknown }).toArray()).toEqual([1, 1, 1]);
    expect((vmap(f)([point, point]) as unknown as { toArray(): unknown }).toArray()).toEqual([point, point]);
    expect((jacfwd(f)(point) as unknown as { toArray(): unknown }).toArray()).toEqual([[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
  });
});

describe("jvp rules", () => {
  type Jvp = Extract<Primitive["jvp"], (...args: never) => unknown>;
  const rule = (change: (out: ReturnType<Jvp>) => ReturnType<Jvp>): Primitive["jvp"] => (primals, tangents, params, primitive) =>
    change({ outputs: bind(primitive, primals, params), tangents: [tangents[0] as Value] });
  const wrong: Record<string, readonly [Primitive["jvp"], string]> = {
    "no tangent": [rule(({ outputs }) => ({ outputs, tangents: [] })), "returned 1 results and 0 tangents for 1 results"],
    "no result": [rule(({ tangents }) => ({ outputs: [], tangents })), "returned 0 results and 1 tangents for 1 results"],
    "a tangent too many": [rule(({ outputs, tangents }) => ({ outputs, tangents: [...tangents, null] })), "returned 1 results and 2 tangents for 1 results"],
    "a result too many": [rule(({ outputs, tangents }) => ({ outputs: [...outputs, ...outputs], tangents: [...tangents, null] })), "returned 2 results and 2 tangents for 1 results"],
    "a result of another shape": [rule(({ outputs, tangents }) => ({ outputs: outputs.map(longer), tangents })), "returned a result of type f32[3,1] where f32[3] belongs"],
    "a tangent of another shape": [rule(({ outputs, tangents }) => ({ outputs, tangents: [longer(tangents[0] as Value)] })), "returned a tangent of type f32[3,1] where f32[3] belongs"],
    "a tangent of another dtype": [rule(({ outputs, tangents }) => ({ outputs, tangents: [double(tangents[0] as Value)] })), "returned a tangent of type f64[3] where f32[3] belongs"],
    "a scalar tangent": [rule(({ outputs }) => ({ outputs, tangents: [scalar(1, "float32")] })), "returned a tangent of type f32[] where f32[3] belongs"],
  };
  const doors: Record<string, (f: (x: Tensor) => Tensor) => unknown> = {
    jvp: (f) => jvp(f, [point], [point]),
    linearize: (f) => linearize(f, point),
    vjp: (f) => vjp(f, point),
    grad: (f) => grad((x: Tensor) => sum(f(x)))(point),
    "f.grad()": (f) => traceFn(f).grad()(point),
    jacfwd: (f) => jacfwd(f)(point),
    jacrev: (f) => jacrev(f)(point),
    hessian: (f) => hessian((x: Tensor) => sum(f(x)))(point),
    "grad inside vmap": (f) => vmap(grad((x: Tensor) => sum(f(x))))([point]),
  };
  describe.each(Object.entries(wrong))("%s", (_what, [jvpRule, message]) => {
    const f = apply(primitiveWith("slope", { jvp: jvpRule }));
    test.each(Object.entries(doors))("through %s", (_door, run) => {
      const error = thrown(() => run(f));
      expect(error).toBeInstanceOf(InternalError);
      expect(error.message).toContain(`the jvp rule of slope ${message}`);
      expect(error.message).toMatch(/report/);
    });
  });
  test("of an operation that has none: the user's error, with the line of the operation", () => {
    const f = apply(primitiveWith("oracle", { jvp: notDifferentiable }));
    const error = thrown(() => grad((x: Tensor) => sum(f(x)))(point));
    expect(error).toBeInstanceOf(DifferentiationError);
    expect(error.message).toMatch(/^oracle cannot be differentiated\n {4}at .*blame\.test\.ts:\d+:\d+/);
    expect(error.message).toContain("stopGradient");
  });
  test("is not asked where no tangent enters", () => {
    const f = apply(primitiveWith("oracle", { jvp: notDifferentiable }));
    expect((grad((x: Tensor, y: Tensor) => sum(mul(f(x), y)), { argnums: 1 })(point, point) as unknown as { toArray(): unknown }).toArray()).toEqual(point);
  });
  test("a primal result that depends on a tangent is noticed", () => {
    const mixing = primitiveWith("mixing", { jvp: (_primals, tangents) => ({ outputs: [tangents[0] as Value], tangents: [tangents[0] as Value] }) });
    expect(thrown(() => linearize(apply(mixing), point)).message).toMatch(/result depends on a tangent/);
  });
});

describe("transpose rules", () => {
  const wrong: Record<string, readonly [Primitive["transpose"], string]> = {
    "no cotangent": [() => [], "returned 0 cotangents for 1 operands"],
    "a cotangent too many": [([ct]) => [ct as Value, null], "returned 2 cotangents for 1 operands"],
    "another shape": [([ct]) => [longer(ct as Value)], "returned a cotangent of type f32[3,1] where f32[3] belongs"],
    "another dtype": [([ct]) => [double(ct as Value)], "returned a cotangent of type f64[3] where f32[3] belongs"],
    "a sum over everything": [() => [scalar(3, "float32")], "returned a cotangent of type f32[] where f32[3] belongs"],
  };
  const doors: Record<string, (f: (x: Tensor) => Tensor) => unknown> = {
    grad: (f) => grad((x: Tensor) => sum(f(x)))(point),
    "f.grad()": (f) => traceFn(f).grad()(point),
    pullback: (f) => vjp(f, point)[1](point),
    jacrev: (f) => jacrev(f)(point),
    linearTranspose: (f) => linearTranspose(f, point)(point),
  };
  describe.each(Object.entries(wrong))("%s", (_what, [transpose, message]) => {
    const f = apply(primitiveWith("turn", { transpose }));
    test.each(Object.entries(doors))("through %s", (_door, run) => {
      const error = thrown(() => run(f));
      expect(error).toBeInstanceOf(InternalError);
      expect(error.message).toContain(`the transpose rule of turn ${message}`);
    });
  });
  test("a cotangent for an operand whose value is known", () => {
    const product = definePrimitive({ ...primitiveWith("product", {}), type: ([x]) => [x!], evaluate: ([x]) => [x!], transpose: ([ct]) => [ct!, ct!], jvp: notDifferentiable });
    const f = (x: Tensor): Tensor => at(bind(product, [x as unknown as Value, ConcreteArray.splat(tensorType("float32", [3]), 2)], noParams), 0) as unknown as Tensor;
    expect(thrown(() => linearTranspose(f, point)(point)).message).toContain("the transpose rule of product returned a cotangent for operand 1, whose value is known");
  });
  test("of an operation that has none: the user's error", () => {
    const error = thrown(() => linearTranspose(apply(primitiveWith("bent", { transpose: notLinear })), point)(point));
    expect(error).toBeInstanceOf(DifferentiationError);
    expect(error.message).toMatch(/^bent is not linear, so it cannot be transposed\n {4}at .*blame\.test\.ts/);
  });
});

describe("batch rules", () => {
  type Rule = Primitive["batch"];
  const rule = (change: (out: ReturnType<Rule>) => ReturnType<Rule>): Rule => (_size, inputs, axes, params, primitive) => change({ outputs: bind(primitive, inputs, params), axes: [at(axes, 0)] });
  const wrong: Record<string, readonly [Rule, string]> = {
    "no result": [rule(() => ({ outputs: [], axes: [] })), "returned 0 results and 0 axes for 1 results"],
    "no axis": [rule(({ outputs }) => ({ outputs, axes: [] })), "returned 1 results and 0 axes for 1 results"],
    "another shape": [rule(({ outputs, axes }) => ({ outputs: outputs.map(longer), axes })), "returned f32[2,3,1] where f32[2,3] belongs"],
    "another dtype": [rule(({ outputs, axes }) => ({ outputs: outputs.map(double), axes })), "returned f64[2,3] where f32[2,3] belongs"],
    "the wrong axis": [rule(({ outputs }) => ({ outputs, axes: [1] })), "returned f32[2,3] where f32[3,2] belongs"],
    "a batch that is said not to be there": [rule(({ outputs }) => ({ outputs, axes: [null] })), "returned f32[2,3] where f32[3] belongs"],
    "an axis that does not exist": [rule(({ outputs }) => ({ outputs: outputs.map((x) => reshape(x, [3, 2])), axes: [5] })), "put the batch axis at 5 of f32[3,2]"],
    "a negative axis": [rule(({ outputs }) => ({ outputs, axes: [-2] })), "put the batch axis at -2 of f32[2,3]"],
    "a lost batch": [rule(() => ({ outputs: [splatLike({ type: tensorType("float32", [3]) }, 0)], axes: [0] })), "returned f32[3] where f32[2,3] belongs"],
  };
  const doors: Record<string, (f: (x: Tensor) => Tensor) => unknown> = {
    vmap: (f) => vmap(f)([point, point]),
    "vmap of grad": (f) => vmap(grad((x: Tensor) => sum(f(x))))([point, point]),
    "grad of vmap": (f) => grad((x: Tensor) => sum(vmap(f)(x)))([point, point]),
  };
  describe.each(Object.entries(wrong))("%s", (_what, [batch, message]) => {
    const f = apply(primitiveWith("crowd", { batch }));
    test.each(Object.entries(doors))("through %s", (_door, run) => {
      const error = thrown(() => run(f));
      expect(error).toBeInstanceOf(InternalError);
      expect(error.message).toContain(`the batch rule of crowd ${message}`);
    });
  });
});
