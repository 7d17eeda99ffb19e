/** Reverse mode in one go against linearize and transpose, which it stands for: every operation whose derivative has partials, where they have poles too. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { notDifferentiable, type Primitive } from "../../src/core/primitive.ts";
import { instantiate } from "../../src/core/rules.ts";
import { noParams, type Program } from "../../src/core/program.ts";
import { at, bind, record, type Value } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { primitives } from "../../src/ops/all.ts";
import { add } from "../../src/ops/elementwise.ts";
import { runProgram } from "../../src/trace/execute.ts";
import { reverseInto } from "../../src/transform/reverse.ts";
import { vjpProgram } from "../../src/transform/vjp.ts";

const numbers = [Number.NEGATIVE_INFINITY, -2, -1, -0.5, 0, 0.5, 1, 2, 3, Number.POSITIVE_INFINITY, Number.NaN];
const cotangents = [0, 1, -2];
const sum = (x: Value, y: Value): Value => add(x, y);

/** All combinations of `numbers` for so many operands, and `cotangents`, a list per operand. */
function grid(arity: number): number[][] {
  let rows: number[][] = cotangents.map((ct) => [ct]);
  for (let i = 0; i < arity; i++) rows = rows.flatMap((row) => numbers.map((x) => [...row, x]));
  const columns = Array.from({ length: arity + 1 }, (_, c) => rows.map((row) => row[c] as number));
  return [...columns.slice(1), columns[0] as number[]];
}

/** How many operands the primitive takes: the partials may be one for all. */
function arityOf(primitive: Primitive): number {
  const type = tensorType("float64", []);
  for (const arity of [1, 2, 3]) {
    try {
      record("try", Array.from({ length: arity }, () => type), (xs) => bind(primitive, xs, noParams));
      const { length } = primitive.jvp === notDifferentiable ? [] : (primitive.jvp.form as readonly unknown[]);
      if (length === arity) return arity;
    } catch {
      continue;
    }
  }
  throw new Error(`${primitive.name} takes no floats`);
}

const withPartials = primitives.filter(({ jvp }) => jvp !== notDifferentiable && Array.isArray(jvp.form));

/** -0 is 0. */
const plain = (x: number): number => x + 0;

describe("partials pull cotangents back as the transposed tangents do", () => {
  test("there are some", () => expect(withPartials.length).toBeGreaterThan(20));
  test.each(withPartials.map((p) => [p.name, p] as const))("%s", (_name, primitive) => {
    const arity = arityOf(primitive);
    const columns = grid(arity);
    const type = tensorType("float64", [(columns[0] as number[]).length]);
    const types = columns.map(() => type);
    const once = (): Program => record("f", types.slice(1), (xs) => bind(primitive, xs, noParams)).program;
    const values = columns.map((c) => ConcreteArray.of(type, Float64Array.from(c)));
    for (let i = 0; i < arity; i++) {
      const active = values.slice(1).map((_, j) => j === i);
      const both = [vjpOf, reverseOf].map((transform) => {
        try {
          const program = transform(once(), active);
          return Array.from((runProgram(program, values.slice(0, program.inputs.length), { device: "reference" })[0] as ConcreteArray).elements, plain);
        } catch (error) {
          return String(error);
        }
      });
      expect(both[1], `operand ${i}`).toEqual(both[0]);
    }
  });
});

/** (operands…, cotangent) → cotangent of the active operand. */
function vjpOf(program: Program, active: readonly boolean[]): Program {
  const { program: vjp } = vjpProgram(program, active, sum);
  return { ...vjp, outputs: vjp.outputs.slice(program.outputs.length) };
}

function reverseOf(program: Program, active: readonly boolean[]): Program {
  return record("reverse", [...program.inputs.map((v) => v.type), at(program.outputs, 0).type], (xs) => {
    const reversed = reverseInto(program, xs.slice(0, -1), active, sum);
    if (reversed === undefined) throw new Error("not for this program");
    return reversed.pull(xs.slice(-1)).map((c) => instantiate(c, { type: tensorType("float64", at(program.outputs, 0).type.shape) }));
  }).program;
}

describe("tensors of a function whose equations were taken over", () => {
  const kept = (use: (x: Tensor, value: Tensor, leaked: Tensor) => Tensor) => (x: Tensor): Tensor => {
    let leaked = x;
    const f = (z: Tensor): [Tensor, Tensor] => [cr.sum((leaked = cr.sin(z))), leaked];
    const [[, value]] = cr.valueAndGrad(f as never, { hasAux: true })(x as never) as unknown as [[unknown, Tensor], unknown];
    return use(x, value, leaked);
  };
  const uses: Readonly<Record<string, (x: Tensor, value: Tensor, leaked: Tensor) => Tensor>> = {
    "computed with": (_x, value, leaked) => cr.add(value, leaked),
    "read where the result was read": (_x, value, leaked) => cr.add(cr.index(value, 0), cr.index(leaked, 0)),
    "in a rule that closes over the result": (x, value, leaked) => {
      const g = cr.customJvp((q: Tensor) => cr.mul(q, value)).defjvp((([q]: Tensor[], [d]: Tensor[]) => [cr.mul(q as Tensor, leaked), cr.mul(d as Tensor, leaked)]) as never);
      return cr.grad(((q: Tensor) => cr.sum(g(q as never) as never)) as never)(x as never) as unknown as Tensor;
    },
  };
  test.each(Object.entries(uses))("are leaked: %s", (_name, use) => {
    expect(() => cr.traceFn(kept(use) as never)([1, 2] as never)).toThrow(/after its trace has ended/);
  });
  test("their values may come out as results", () => {
    const f = kept((_x, value) => cr.index(value, 0));
    expect((cr.traceFn(f as never)([1, 2] as never) as unknown as { item(): number }).item()).toBeCloseTo(Math.sin(1), 6);
  });
});
