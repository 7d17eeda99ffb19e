/** The gradient of a program of single numbers as one operation: straight-line code that goes back by itself against the equations that it stands for. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { compileStraight } from "../../src/backends/wasm/straight/straight.ts";
import { checkProgram } from "../../src/core/check.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { evaluator } from "../../src/core/evaluate.ts";
import { notDifferentiable, type Primitive } from "../../src/core/primitive.ts";
import { noParams, type Program } from "../../src/core/program.ts";
import { at, bind, record, type Value } from "../../src/core/tensor.ts";
import { tensorType, type TensorType } from "../../src/core/type.ts";
import { primitives } from "../../src/ops/all.ts";
import { add, convertPrimitive } from "../../src/ops/elementwise.ts";
import { selectPrimitive } from "../../src/ops/select.ts";
import { runProgram } from "../../src/trace/execute.ts";
import { type PlainFunction, traceFunction } from "../../src/trace/trace.ts";
import { inlineCalls } from "../../src/transform/inline.ts";
import { jvpProgram } from "../../src/transform/jvp.ts";
import { linearizeProgram } from "../../src/transform/linearize.ts";
import { vjpProgram } from "../../src/transform/vjp.ts";
import { batchProgram } from "../../src/transform/vmap.ts";

type F = (...args: Tensor[]) => unknown;
type Float = "float32" | "float64";

/** The program that a call of `f` on arrays of these types would run. */
function programOf(f: F, types: readonly TensorType[], dtype: Float): Program {
  const structure = { kind: "tuple" as const, items: types.map(() => ({ kind: "leaf" as const })) };
  return traceFunction(f as PlainFunction, "f", { structure, types, statics: new Map(), defaultFloat: dtype }, { isCompiled: true }).program;
}

const isPullback = (program: Program): boolean => program.equations.some((e) => e.primitive.name === "pullback");
const arrayOf = (type: TensorType, values: readonly number[]): ConcreteArray => ConcreteArray.of(type, (type.dtype === "float64" ? Float64Array : Float32Array).from(values));
type Run = (inputs: readonly ConcreteArray[]) => number[][];
function straight(program: Program): Run {
  const executable = compileStraight(program);
  if (executable === undefined) throw new Error("refused");
  return (inputs) => executable.run(inputs).map((r) => [...r.elements] as number[]);
}

/** At each list of arguments, bit for bit what the equations give that it stands for, and what the reference gives but for signs of zero. */
function compare(program: Program, ...points: readonly (readonly (readonly number[])[])[]): void {
  const written = checkProgram(inlineCalls(program, "pullbacks"), "written out");
  expect(isPullback(written)).toBe(false);
  const [own, others, reference] = [straight(program), straight(written), evaluator(written)];
  for (const values of points) {
    const inputs = program.inputs.map((v, i) => arrayOf(v.type, values[i] as readonly number[]));
    const got = own(inputs);
    expect(got).toEqual(others(inputs));
    const want = reference(inputs).map((r) => [...r.elements] as number[]);
    got.forEach((list, i) => list.forEach((x, k) => {
      const w = (want[i] as number[])[k] as number;
      if (!Object.is(x + 0, w + 0)) expect(Math.abs(x - w), `result ${i}, element ${k}: ${x} for ${w}`).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(w)));
    }));
  }
}

const special = [Number.NEGATIVE_INFINITY, -2, -1, -0.5, -0, 0, 0.5, 1, 2, 3, Number.POSITIVE_INFINITY, Number.NaN];

/** `select` and `convert` want more than operands of one type: they have tests below. */
const others: readonly Primitive[] = [selectPrimitive, convertPrimitive];
const formed = primitives.filter((p) => !others.includes(p)).flatMap((primitive) => {
  const form = primitive.jvp === notDifferentiable ? undefined : primitive.jvp.form;
  if (primitive.lower.form !== "elementwise" || form === undefined || form === "zero") return [];
  return [[primitive.name, primitive, form === "bilinear" ? 2 : form === "linear" ? 1 : form.length] as const];
});

describe("every operation on each element with a form, where it has poles too", () => {
  test("there are some", () => expect(formed.length).toBeGreaterThan(40));
  test.each(formed)("%s", (_name, primitive, arity) => {
    for (const dtype of ["float64", "float32"] as const) {
      const scalar = tensorType(dtype, []);
      const apply = (...xs: Value[]): Value => at(bind(primitive, xs, noParams), 0);
      const types = Array.from({ length: arity + 1 }, () => scalar);
      // the cotangent is made of an argument, so that it is no constant
      const gradient = (ct: Tensor, ...xs: Tensor[]): unknown => cr.traceFn((...ys: Tensor[]) => ct.mul(apply(...(ys as unknown as Value[])) as unknown as Tensor)).grad()(...(xs as never[]));
      const program = programOf(gradient, types, dtype);
      expect(isPullback(program)).toBe(true);
      const points = special.flatMap((x) => (arity > 1 ? special : [0]).flatMap((y) => [1, -2, 0].map((ct) => [[ct], [x], ...Array.from({ length: arity - 1 }, () => [y])])));
      compare(program, ...points);
    }
  });
});

const reads: readonly [string, F, readonly (readonly number[])[]][] = [
  ["a vector read again and again", (x) => x.get(0).mul(x.get(2)).add(x.get(-1).mul(x.get(0))), [[3]]],
  ["elements of a matrix", (x) => x.get(1, 0).mul(x.get(0, 1)).add(x.get(1, 0)), [[2, 2]]],
  ["a row of one element, and a number", (x, y) => x.get(0).mul(y).sub(y.mul(y)), [[1], []]],
  ["an array that does not matter", (x, y) => cr.sin(x).add(y.get(1).mul(0)), [[], [2]]],
  ["the same number twice", (x) => x.mul(x).add(x), [[]]],
  ["constants on both sides", (x) => cr.sub(1, cr.mul(100, cr.sub(x, 3))).pow(3).add(cr.pow(2, x)), [[]]],
  ["a chain that ends nowhere", (x, y) => (cr.exp(y), x.mul(2)), [[], []]],
  ["choices, between what moves and what does not", (x, y) => cr.where(x.greater(y), x.mul(x), cr.where(y.less(0), 1, x)).add(cr.where(x.greater(0), 2, y)), [[], []]],
  ["another precision on the way", (x, y) => x.astype("float32").mul(y.astype("float64").astype("float32")).astype("float64").mul(x.astype("int32")), [[], []]],
  ["a part without a gradient", (x) => x.mul(cr.floor(x)).add(cr.stopGradient(cr.exp(x))), [[]]],
];
const values = [[0.3, -1.2, 2.5, 0.7], [1.5, 0.2, -0.4, 1]];

describe("reads, constants and parts that do not count", () => {
  for (const dtype of ["float64", "float32"] as const) {
    test.each(reads)(`%s, ${dtype}`, (_name, f, shapes) => {
      const types = shapes.map((s) => tensorType(dtype, s));
      const data = shapes.map((s, i) => (values[i] as number[]).slice(0, s.reduce((n, k) => n * k, 1)));
      const vjp: F = (cr.traceFn(f as never) as never as { vjp(): F }).vjp();
      const doors: readonly F[] = [cr.grad(f as never), cr.valueAndGrad(f as never), cr.grad(f as never, { argnums: [0] }), (...xs: Tensor[]) => vjp(xs as never, cr.sin((xs[0] as Tensor).reshape([-1]).get(0)))] as never;
      const programs = doors.map((door) => programOf(door, types, dtype));
      for (const program of programs) compare(program, data);
      expect(isPullback(programs[0] as Program)).toBe(true);
    });
  }
});

test("several results, further ones, and a result that is an argument or a constant", () => {
  const f = (x: Tensor, y: Tensor): unknown => [x.mul(y), { kept: [y, cr.exp(x), 3] }];
  const program = programOf(cr.valueAndGrad(f as never, { hasAux: true }) as never, [tensorType("float32", []), tensorType("float32", [])], "float32");
  expect(isPullback(program)).toBe(true);
  compare(program, [[0.5], [-2]]);
  const [[value, aux], gradient] = cr.valueAndGrad(f as never, { hasAux: true })(0.5 as never, -2 as never) as never as [[number, { kept: [number, number, number] }], number];
  expect([Number(value), Number(aux.kept[0]), Number(aux.kept[2]), Number(gradient)]).toEqual([-1, -2, 3, -2]);
});

test("beside what is no straight-line code it is written out", () => {
  const h = (x: Tensor): Tensor => x.get(0).mul(x.get(1)).add(cr.sin(x.get(0)));
  const both = (x: Tensor, w: Tensor): unknown => [cr.grad(h as never)(x as never), cr.matmul(w, w)];
  const types = [tensorType("float64", [2]), tensorType("float64", [100, 100])];
  const program = programOf(both as F, types, "float64");
  expect(isPullback(program)).toBe(true);
  expect(compileStraight(program)).toBeUndefined();
  const inputs = [arrayOf(types[0] as TensorType, [0.4, 1.3]), arrayOf(types[1] as TensorType, Array.from({ length: 10000 }, () => 1))];
  const [gradient, square] = runProgram(program, inputs) as ConcreteArray[];
  expect([...(gradient as ConcreteArray).elements]).toEqual([1.3 + Math.cos(0.4), 0.4]);
  expect((square as ConcreteArray).elements[7]).toBe(100);
});

describe("in a function that goes on with a gradient, what is constant stays so", () => {
  const square = (y: Tensor): Tensor => y.mul(y);
  const cases: Readonly<Record<string, readonly [F, number]>> = {
    "a constant gradient": [(x) => x.mul(Number(cr.grad(((y: Tensor) => y.mul(2)) as never)(x as never))), 6],
    "a constant beside the result": [(x) => ((r: unknown[]) => (r[0] as Tensor).mul(Number(r[1])))(cr.grad(((y: Tensor) => [square(y), 3]) as never, { hasAux: true })(x as never) as never), 18],
    "an argument beside the result": [(x) => ((r: unknown[]) => (r[0] as Tensor).mul(Number(r[1])))(cr.grad(((y: Tensor, n: Tensor) => [square(y), n]) as never, { hasAux: true, argnums: 0 })(x as never, 4 as never) as never), 24],
    "an argument that does not matter": [(x) => ((r: unknown[]) => (r[0] as Tensor).add(Number(r[1])))(cr.grad(((y: Tensor, _z: Tensor) => square(y)) as never, { argnums: [0, 1] })(x as never, x as never) as never), 6],
  };
  test.each(Object.entries(cases))("%s", (_name, [f, want]) => expect(Number(cr.traceFn(f as never)(3 as never))).toBe(want));
  test("so that what needs one is refused or done", () => {
    const power = (x: Tensor): unknown => {
      const [, n] = cr.grad(((y: Tensor) => [square(y), cr.array(-1, { dtype: "int32" })]) as never, { hasAux: true })(x as never) as never as [unknown, Tensor];
      return cr.pow(cr.int32(x), n);
    };
    expect(() => cr.traceFn(power as never)(3 as never)).toThrow(/no integer/);
  });
  test("and of the derivative itself the results are what they are", () => {
    const f = (x: Tensor, y: Tensor): unknown => [square(x), { one: 1, y, yes: true }];
    const [gradient, aux] = cr.grad(f as never, { hasAux: true })(3 as never, 4 as never) as never as [number, { one: number; y: number; yes: boolean }];
    expect([Number(gradient), Number(aux.one), Number(aux.y), String(aux.yes)]).toEqual([6, 1, 4, "true"]);
  });
});

describe("how long it may get", () => {
  const repeat = (f: (x: Tensor, y: Tensor) => Tensor, n: number): F => (x, y) => {
    let s = x as Tensor;
    for (let i = 0; i < n; i++) s = f(s, y as Tensor);
    return s;
  };
  test("operations with a long derivative stay straight-line code", () => {
    const g = cr.grad(repeat((s, y) => cr.atan2(s, y), 30) as never) as never as (x: number, y: number) => number;
    g(1.1, 1.05);
    expect(cr.profile(() => g(1.1, 1.05)).rows).toMatchObject([{ name: "straight" }]);
  });
  test("many constants go the ordinary way, and leave the next function its own", () => {
    const scalars = [tensorType("float64", []), tensorType("float64", [])];
    const constants = (n: number): F => cr.grad(((x: Tensor) => Array.from({ length: n }, (_, i) => i + 2.5).reduce((s, c) => s.mul(c).sub(c), x)) as never) as never;
    expect(isPullback(programOf(constants(100), scalars, "float64"))).toBe(false);
    const few = programOf(constants(4), scalars, "float64");
    expect(isPullback(few)).toBe(true);
    compare(few, [[0.5], [0]]);
  });
});

describe("is written out for every transform", () => {
  const h = (x: Tensor): Tensor => x.get(0).mul(x.get(1)).mul(x.get(1)).add(cr.sin(x.get(0)));
  const type = tensorType("float64", [2]);
  const program = programOf(cr.valueAndGrad(h as never) as never, [type], "float64");
  const written = inlineCalls(program, "pullbacks");
  const x = arrayOf(type, [0.4, 1.3]);
  const ones = arrayOf(type, [1, -2]);
  const results = (p: Program, inputs: readonly ConcreteArray[]): number[][] => evaluator(checkProgram(p, "transformed"))(inputs).map((r) => [...r.elements] as number[]);
  const both = (transform: (p: Program) => Program, inputs: readonly ConcreteArray[]): void => {
    const want = results(transform(written), inputs);
    results(transform(program), inputs).forEach((list, i) => list.forEach((value, k) => expect(value).toBeCloseTo((want[i] as number[])[k] as number, 12)));
  };
  test("jvp", () => both((p) => jvpProgram(p, [true]).program, [x, ones]));
  test("vjp", () => both((p) => vjpProgram(p, [true], (a, b) => add(a, b)).program, [x, arrayOf(tensorType("float64", []), [2]), ones]));
  test("linearize", () => both((p) => linearizeProgram(p, [true]).forward, [x]));
  test("vmap", () =>
    both((p) => {
      const batched = tensorType("float64", [3, 2]);
      return record("vmap", [batched], ([xs]) => {
        const out = batchProgram(p, 3, [xs as Value], [0], undefined);
        return out.outputs;
      }).program;
    }, [arrayOf(tensorType("float64", [3, 2]), [0.4, 1.3, 2, -1, 0.1, 0.2])]));
  test("the reference", () => expect(results(program, [x])).toEqual(results(written, [x])));
});

test("what has more than single numbers, or no form, goes the ordinary way", () => {
  const vector = tensorType("float32", [3]);
  const scalar = tensorType("float32", []);
  const wide: readonly F[] = [(x) => cr.sum(x.mul(x)), (x) => cr.sum(x.get(0).mul(x)), (x) => cr.take(x, cr.array([1], { dtype: "int32" })).get(0)];
  for (const f of wide) expect(isPullback(programOf(cr.grad(f as never) as never, [vector], "float32"))).toBe(false);
  const noDerivative = cr.callback((v: cr.NDArray) => v, { shape: [], dtype: "float32" });
  expect(() => programOf(cr.grad(((x: Tensor) => noDerivative(x)) as never) as never, [scalar], "float32")).toThrow(/has no derivative/);
  expect(isPullback(programOf(((x: Tensor) => cr.grad(cr.grad(((y: Tensor) => y.mul(y).mul(y)) as never) as never)(x as never)) as never, [scalar], "float32"))).toBe(true);
});

test("debugNaNs finds the operation inside", () => {
  const f = cr.traceFn((x: Tensor) => cr.sqrt(x).mul(2), { debugNaNs: true }).grad();
  expect(Number(f(4))).toBe(0.5);
  expect(() => f(-1)).toThrow(/sqrt gave NaN/);
});
