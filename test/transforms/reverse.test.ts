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
import { mul } from "../../src/ops/arithmetic.ts";
import { less } from "../../src/ops/compare.ts";
import { add, convert, convertPrimitive } from "../../src/ops/elementwise.ts";
import { select, selectPrimitive } from "../../src/ops/select.ts";
import { runProgram } from "../../src/trace/execute.ts";
import { reverseInto } from "../../src/transform/reverse.ts";
import { vjpProgram } from "../../src/transform/vjp.ts";

const numbers = [Number.NEGATIVE_INFINITY, -2, -1, -0.5, 0, 0.5, 1, 2, 3, Number.POSITIVE_INFINITY, Number.NaN];
const cotangents = [0, 1, -2, Number.POSITIVE_INFINITY, Number.NaN];
const sum = (x: Value, y: Value): Value => add(x, y);

/** All combinations of `numbers` for so many operands, and `cotangents`, a list per operand. */
function grid(arity: number): number[][] {
  let rows: number[][] = cotangents.map((ct) => [ct]);
  for (let i = 0; i < arity; i++) rows = rows.flatMap((row) => numbers.map((x) => [...row, x]));
  const columns = Array.from({ length: arity + 1 }, (_, c) => rows.map((row) => row[c] as number));
  return [...columns.slice(1), columns[0] as number[]];
}

type Form = NonNullable<Exclude<Primitive["jvp"], string>["form"]>;
const formOf = ({ jvp }: Primitive): Form | undefined => (jvp === notDifferentiable ? undefined : jvp.form);
const arityOf = (form: Form): number => (form === "bilinear" ? 2 : form === "linear" ? 1 : form.length);

/** Operations on each element whose derivative has a form. `select` and `convert` want more than operands of one type: they have a test of their own. */
const others: readonly Primitive[] = [selectPrimitive, convertPrimitive];
const formed = primitives.filter((p) => !others.includes(p)).flatMap((primitive) => {
  const form = formOf(primitive);
  return form === undefined || form === "zero" || primitive.lower.form !== "elementwise" ? [] : [[primitive.name, primitive, arityOf(form)] as const];
});

/** -0 is 0. */
const plain = (x: number): number => x + 0;

describe("forms pull cotangents back as the transposed tangents do", () => {
  test("there are some", () => expect(formed.length).toBeGreaterThan(40));
  test.each(formed)("%s", (_name, primitive, arity) => {
    const columns = grid(arity);
    const type = tensorType("float64", [(columns[0] as number[]).length]);
    const types = columns.map(() => type);
    const once = (): Program => record("f", types.slice(1), (xs) => bind(primitive, xs, noParams)).program;
    const values = columns.map((c) => ConcreteArray.of(type, Float64Array.from(c)));
    for (let i = 0; i < arity; i++) {
      const active = values.slice(1).map((_, j) => j === i);
      const [want, got] = [vjpOf, reverseOf].map((transform) => {
        const program = transform(once(), active);
        return Array.from((runProgram(program, values.slice(0, program.inputs.length), { device: "reference" })[0] as ConcreteArray).elements, plain);
      });
      expect(got, `operand ${i}`).toEqual(want);
    }
  });

  const x = tensorType("float64", [4]);
  const mixed: readonly (readonly [string, (xs: readonly Value[]) => Value, readonly boolean[]])[] = [
    ["select, both values", ([a, b]) => select(less(a as Value, b as Value), a as Value, b as Value), [true, true]],
    ["select, the first value", ([a, b]) => select(less(a as Value, b as Value), a as Value, b as Value), [true, false]],
    ["select, the second value, beside a constant", ([a, b]) => select(less(a as Value, b as Value), 3, b as Value), [false, true]],
    ["convert to a narrower float and back", ([a, b]) => convert(mul(convert(a as Value, "float32"), convert(b as Value, "float32")), "float64"), [true, true]],
    ["convert to an integer", ([a, b]) => mul(a as Value, convert(convert(b as Value, "int32"), "float64")), [true, true]],
  ];
  test.each(mixed)("%s", (_name, f, active) => {
    const values = [[0, -1, Number.NaN, 2.6], [1, -2, 3, Number.POSITIVE_INFINITY], [1, -3, 0, 2]].map((v) => ConcreteArray.of(x, Float64Array.from(v)));
    const once = (): Program => record("f", [x, x], (xs) => [f(xs)]).program;
    const [want, got] = [vjpOf, reverseOf].map((transform) => runProgram(transform(once(), active), values, { device: "reference" }).map((r) => Array.from((r as ConcreteArray).elements, plain)));
    expect(got).toEqual(want);
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
    return reversed.pull(reversed.activeOutputs[0] === true ? xs.slice(-1) : []).map((c) => instantiate(c, { type: tensorType("float64", at(program.outputs, 0).type.shape) }));
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

describe("what has no derivative", () => {
  const opaque = cr.callback((x: never) => x, { shape: [], dtype: "float32" } as never) as unknown as (x: Tensor) => Tensor;
  const used = (f: (x: Tensor) => Tensor): (() => unknown) => () => (cr.grad(f as never) as unknown as (x: number) => unknown)(1);
  test.each([
    ["used", (x: Tensor) => cr.mul(opaque(x), x)],
    ["unused", (x: Tensor) => { opaque(x); return cr.sin(x); }],
    ["unused, beside a checkpoint", (x: Tensor) => { opaque(x); return cr.checkpoint(((z: Tensor) => cr.sin(z)) as never)(x as never) as unknown as Tensor; }],
  ] as const)("is refused: %s", (_name, f) => {
    expect(used(f)).toThrow(/has no derivative/);
  });
  test("the first one is named, and what stands behind it has not happened", () => {
    const log: string[] = [];
    const noted = (text: string) => cr.callback((x: never) => (log.push(text), x), { shape: [], dtype: "int32" } as never, { ordered: true } as never) as unknown as (x: Tensor) => Tensor;
    const f = (x: Tensor): Tensor => {
      noted("before")(x.astype("int32"));
      const y = opaque(x);
      noted("behind")(x.astype("int32"));
      return y;
    };
    const caught = cr.traceFn(((x: Tensor) => { try { return cr.grad(f as never)(x as never); } catch { return x; } }) as never) as unknown as (x: number) => unknown;
    caught(1);
    expect(log).not.toContain("behind");
  });
});
