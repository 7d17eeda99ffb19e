/** The verifier: accepts what tracing and every transform make, and names pass, operation and types of each fault in hand-made programs. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor, TraceableFn } from "chainrule";
import { InternalError } from "../../src/errors.ts";
import { checkProgram } from "../../src/core/check.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import { type Equation, noParams, type Params, type Program, Variable } from "../../src/core/program.ts";
import { record, Trace } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { add } from "../../src/ops/elementwise.ts";
import { reshapePrimitive } from "../../src/ops/structure.ts";
import { sin } from "../../src/ops/trigonometric.ts";

const f3 = tensorType("float32", [3]);
const v = (type = f3): Variable => new Variable(type);
const equation = (primitive: Primitive, inputs: Equation["inputs"], outputs: readonly Variable[], params: Params = noParams): Equation => ({ primitive, inputs, outputs, params, place: undefined });

function fault(program: Program): string {
  try {
    checkProgram(program, "a broken pass");
  } catch (error) {
    expect(error).toBeInstanceOf(InternalError);
    const { message } = error as Error;
    expect(message).toMatch(/^after a broken pass[:,] /);
    expect(message).toMatch(/fault in chainrule itself/);
    return message.split("\n")[0] as string;
  }
  return "accepted";
}

describe("faults", () => {
  const [a, b, c] = [v(), v(), v()];
  const cases: Record<string, readonly [Program, string]> = {
    "a variable that nothing defines": [
      { inputs: [a], equations: [equation(add.primitive, [a, c], [b])], outputs: [b] },
      "after a broken pass: equation 0, add(f32[3], f32[3]) uses a variable that is not defined before it",
    ],
    "a variable used before its definition": [
      { inputs: [a], equations: [equation(sin.primitive, [b], [c]), equation(sin.primitive, [a], [b])], outputs: [c] },
      "after a broken pass: equation 0, sin(f32[3]) uses a variable that is not defined before it",
    ],
    "a variable defined by two equations": [
      { inputs: [a], equations: [equation(sin.primitive, [a], [b]), equation(add.primitive, [a, a], [b])], outputs: [b] },
      "after a broken pass: equation 1, add(f32[3], f32[3]) defines a variable a second time",
    ],
    "an equation that defines an input": [
      { inputs: [a], equations: [equation(sin.primitive, [a], [a])], outputs: [a] },
      "after a broken pass: equation 0, sin(f32[3]) defines a variable a second time",
    ],
    "an input named twice": [{ inputs: [a, a], equations: [], outputs: [] }, "after a broken pass: input 1 defines a variable a second time"],
    "one equation that defines a variable twice": [
      { inputs: [a], equations: [equation({ ...sin.primitive, name: "twin", type: ([x]) => [x!, x!] }, [a], [b, b])], outputs: [b] },
      "after a broken pass: equation 0, twin(f32[3]) defines a variable a second time",
    ],
    "a result of another shape": [
      { inputs: [a], equations: [equation(sin.primitive, [a], [v(tensorType("float32", [3, 1]))])], outputs: [] },
      "after a broken pass: equation 0, sin(f32[3]) defines f32[3,1] where its type is f32[3]",
    ],
    "a result of another dtype": [
      { inputs: [a], equations: [equation(sin.primitive, [a], [v(tensorType("float64", [3]))])], outputs: [] },
      "after a broken pass: equation 0, sin(f32[3]) defines f64[3] where its type is f32[3]",
    ],
    "too many results": [{ inputs: [a], equations: [equation(sin.primitive, [a], [b, c])], outputs: [] }, "after a broken pass: equation 0, sin(f32[3]) has 2 outputs where its type has 1"],
    "too few results": [{ inputs: [a], equations: [equation(sin.primitive, [a], [])], outputs: [] }, "after a broken pass: equation 0, sin(f32[3]) has 0 outputs where its type has 1"],
    "operands that differ in shape": [
      { inputs: [a], equations: [equation(mul.primitive, [a, ConcreteArray.splat(tensorType("float32", []), 2)], [b])], outputs: [] },
      "after a broken pass: equation 0, mul(f32[3], f32[]) is refused by its type rule: mul: operands differ in shape: f32[3], f32[]",
    ],
    "operands of a dtype that the operation does not take": [
      { inputs: [v(tensorType("int32", []))], equations: [equation(sin.primitive, [ConcreteArray.splat(tensorType("int32", []), 2)], [b])], outputs: [] },
      "after a broken pass: equation 0, sin(i32[]) is refused by its type rule: sin: needs floating operands, got i32[]",
    ],
    "parameters that do not fit": [
      { inputs: [a], equations: [equation(reshapePrimitive, [a], [v(tensorType("float32", [2]))], { shape: [2] })], outputs: [] },
      "after a broken pass: equation 0, reshape(f32[3]) is refused by its type rule:",
    ],
    "an operand that is no atom": [
      { inputs: [a], equations: [equation(sin.primitive, [new Trace("t", "float32").input(f3) as unknown as Variable], [b])], outputs: [] },
      "after a broken pass: equation 0, sin(f32[3]) uses something that is neither a variable nor a constant",
    ],
    "a result of the program that nothing defines": [{ inputs: [a], equations: [], outputs: [a, b] }, "after a broken pass: output 1, f32[3], is not defined"],
    "a fault in a program inside an equation": [
      {
        inputs: [a],
        equations: [equation({ ...sin.primitive, name: "call", inner: { programs: () => [{ inputs: [b], equations: [equation(sin.primitive, [a], [c])], outputs: [c] }], partition: () => ({ known: [], linear: [] }) } } as unknown as Primitive, [a], [b])],
        outputs: [b],
      },
      "after a broken pass, inside equation 0, call(f32[3]): equation 0, sin(f32[3]) uses a variable that is not defined before it",
    ],
  };
  test.each(Object.entries(cases))("%s", (_what, [program, message]) => {
    expect(fault(program).startsWith(message), `${fault(program)}\n${message}`).toBe(true);
  });

  test("the user's line is in the message", () => {
    const { program } = record("f", [f3], ([x]) => [sin(x!)]);
    const [original] = program.equations as [Equation];
    const broken = { ...program, equations: [{ ...original, outputs: [v(tensorType("int32", [3]))] }], outputs: [] };
    expect(() => checkProgram(broken, "a pass")).toThrow(/at .*check\.test\.ts:\d+:\d+/);
  });
});

describe("accepts", () => {
  const [x, y] = [[0.5, 1, 1.5], [1, 2, 3]];
  const f = (a: Tensor, b: Tensor): Tensor => cr.sum(cr.mul(cr.sin(a), cr.softmax(cr.cumsum(b))));
  const programs: Record<string, TraceableFn> = {
    trace: cr.traceFn(f) as never,
    grad: cr.grad(f) as never,
    "grad of grad": cr.grad((a: Tensor, b: Tensor) => cr.sum(cr.grad(f)(a, b))) as never,
    vmap: cr.vmap(f, { inAxes: [0, null] }) as never,
    "vmap of grad": cr.vmap(cr.grad(f), { inAxes: [null, 0] }) as never,
    jacfwd: cr.jacfwd(f) as never,
    jacrev: cr.jacrev(f) as never,
    hessian: cr.hessian(f, { argnums: [0, 1] }) as never,
    "jvp of grad of vmap": cr.traceFn((a: Tensor, b: Tensor) => cr.jvp(cr.grad((c: Tensor) => cr.sum(cr.vmap((d: Tensor) => cr.exp(d))(c))), [a], [b])) as never,
  };
  test.each(Object.entries(programs))("%s", (name, g) => {
    const batched = name.startsWith("vmap");
    const args = [batched && name === "vmap" ? [x, y] : x, batched && name !== "vmap" ? [x, y] : y];
    const { program } = g.program(...args);
    expect(checkProgram(program, name)).toBe(program);
    expect(program.equations.length).toBeGreaterThan(0);
  });
  test("a program without anything, a constant result, an input that is returned", () => {
    const a = v();
    expect(fault({ inputs: [], equations: [], outputs: [] })).toBe("accepted");
    expect(fault({ inputs: [a], equations: [], outputs: [a, ConcreteArray.splat(f3, 1), a] })).toBe("accepted");
  });
  test("weak and strong types of the same values", () => {
    const weak = v(tensorType("float32", [3], true));
    expect(fault({ inputs: [weak], equations: [equation(sin.primitive, [weak], [v()])], outputs: [] })).toBe("accepted");
  });
});
