/** Sums of padded parts, as they come from reading an array piece by piece, and the size of what the optimiser makes and takes. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { Program } from "../../src/core/program.ts";
import { optimize, runPasses } from "../../src/transform/optimize.ts";
import { evaluateProgram } from "../backends/programs.ts";

type F = (x: Tensor) => Tensor;
const programOf = (f: F, x: unknown): Program => (cr.traceFn(f as never) as unknown as { program(x: unknown): { program: Program } }).program(x).program;
const gradientOf = (f: F): F => cr.grad(f as never) as unknown as F;
const names = (program: Program): string[] => program.equations.map((e) => e.primitive.name);

/** The optimised program, every pass verified and the results compared, up to the sign of a zero. */
function optimized(f: F, x: unknown): Program {
  const program = programOf(f, x);
  const result = runPasses(program, (pass, after) => checkProgram(after, pass.name));
  const [got, want] = [result, program].map((p) => evaluateProgram(p, [cr.array(x as number[]) as unknown as ConcreteArray]).map((array) => [array.type, ...array.elements].map((v) => (v === 0 ? 0 : v))));
  expect(got).toEqual(want);
  return result;
}

const ramp = (n: number): number[] => Array.from({ length: n }, (_, i) => (i * 7919) % 13 - 6.25);
const rosenbrock: F = (x) => {
  let sum: Tensor = cr.array(0) as unknown as Tensor;
  const n = (x as unknown as { shape: readonly number[] }).shape[0] as number;
  for (let i = 0; i + 1 < n; i++) {
    const [a, b] = [cr.index(x, i), cr.index(x, i + 1)];
    sum = cr.add(sum, cr.add(cr.mul(100, cr.square(cr.sub(b, cr.square(a)))), cr.square(cr.sub(1, a))));
  }
  return sum;
};

describe("reading element by element", () => {
  test.each([2, 3, 17])("the gradient of %i reads is one join", (n) => {
    const found = names(optimized(gradientOf(rosenbrock), ramp(n)));
    expect(found.filter((name) => name === "concatenate").length).toBe(1);
    expect(found).not.toContain("pad");
  });
  test("grows linearly with the number of reads, in equations and in elements", () => {
    const work = (n: number): number => optimize(programOf(gradientOf(rosenbrock), ramp(n))).equations.reduce((sum, e) => sum + 1 + e.outputs.reduce((s, v) => s + v.type.shape.reduce((a, b) => a * b, 1), 0), 0);
    expect(work(200) / work(50)).toBeLessThan(4.5);
  });
  test("of a derivative of a derivative", () => {
    const found = names(optimized(gradientOf((x) => cr.sum(cr.square(gradientOf(rosenbrock)(x)))), ramp(5)));
    expect(found).not.toContain("pad");
  });
  test("of a matrix, through its rows", () => {
    const f: F = (x) => cr.add(cr.mul(cr.index(cr.index(x, 0), 1), cr.index(cr.index(x, 1), 0)), cr.exp(cr.index(cr.index(x, 1), 2)));
    const found = names(optimized(gradientOf(f), [[1, 2, 3], [4, 5, 6]]));
    expect(found).toContain("concatenate");
    expect(found).not.toContain("pad");
  });
});

describe("reading parts", () => {
  const part = (x: Tensor, from: number, to: number): Tensor => cr.index(x, cr.slice(from, to));
  test("disjoint halves are joined", () => {
    const found = names(optimized(gradientOf((x) => cr.add(cr.sum(cr.sin(part(x, 0, 4))), cr.sum(cr.exp(part(x, 4, 8))))), ramp(8)));
    expect(found.filter((name) => name === "pad" || name === "add" || name === "concatenate")).toEqual(["concatenate", "add"]);
  });
  test("columns of a matrix are joined along the columns", () => {
    const column = (x: Tensor, j: number): Tensor => cr.index(x, cr.slice(null), j);
    const f: F = (x) => cr.sum(cr.mul(cr.sin(column(x, 0)), cr.mul(column(x, 1), column(x, 2))));
    const program = optimized(gradientOf(f), [[1, 2, 3], [4, 5, 6]]);
    expect(program.equations.filter((e) => e.primitive.name === "concatenate").map((e) => e.params)).toEqual([{ axis: 1 }]);
  });
  test("a stencil stays as it is: there is nothing to gain", () => {
    const found = names(optimized(gradientOf((x) => cr.sum(cr.square(cr.sub(part(x, 1, 8), part(x, 0, 7))))), ramp(8)));
    expect(found.filter((name) => name === "pad").length).toBe(2);
  });
  test("with a term that is not zero anywhere", () => {
    const f: F = (x) => [0, 1, 2, 3, 4, 5].reduce((sum, i) => cr.add(sum, cr.mul(cr.index(x, i), cr.index(x, 5 - i))), cr.sum(cr.sin(x)));
    expect(names(optimized(gradientOf(f), ramp(6)))).not.toContain("pad");
  });
  test("nested parts, of which every cell would see many, stay", () => {
    const f: F = (x) => Array.from({ length: 64 }, (_, i) => cr.sum(cr.sin(part(x, 0, i + 1)))).reduce((a, b) => cr.add(a, b));
    expect(names(optimized(gradientOf(f), ramp(64)))).toContain("pad");
  });
  test("steps stay", () => {
    const f: F = (x) => cr.add(cr.sum(cr.sin(cr.index(x, cr.slice(0, null, 2)))), cr.sum(cr.exp(cr.index(x, cr.slice(1, null, 2)))));
    expect(names(optimized(gradientOf(f), ramp(8)))).toContain("pad");
  });
});

describe("the sign of zero", () => {
  test("a sum of parts that are -0 is what additions give", () => {
    const f: F = (x) => cr.add(cr.pad(cr.index(x, cr.slice(0, 2)), [[0, 2]]), cr.pad(cr.index(x, cr.slice(2, 4)), [[2, 0]]));
    const [y] = evaluateProgram(optimized(f, [-0, 0, -0, 1]), [cr.array([-0, 0, -0, 1]) as unknown as ConcreteArray]) as [ConcreteArray];
    expect([...y.elements].map((v) => Object.is(v, -0))).toEqual([false, false, false, false]);
  });
});

describe("long programs", () => {
  const chain = (f: (x: Tensor, i: number) => Tensor, n: number): F => (x) => Array.from({ length: n }).reduce<Tensor>((y, _, i) => f(y, i), x);
  test.each<[string, F, unknown]>([
    ["additions", chain((x, i) => cr.add(x, cr.array([i, 1])), 12_000), [1, 2]],
    ["products by numbers", chain((x) => cr.mul(x, 1.0001), 12_000), [1, 2]],
    ["negations", chain((x) => cr.neg(x), 12_000), [1, 2]],
    ["views", chain((x, i) => (i % 2 ? cr.transpose(x) : cr.flip(x)), 12_000), [[1, 2], [3, 4]]],
    ["joins read again", chain((x) => cr.index(cr.concatenate([x, cr.sin(x)]), cr.slice(1, 3)), 3000), [1, 2]],
    ["joins that grow", chain((x, i) => (i % 2 ? cr.concatenate([x, cr.array([i])]) : cr.index(x, cr.slice(1, null))), 3000), [1, 2]],
    ["finite values", chain((x) => cr.tanh(x), 12_000), [1, 2]],
  ])("of %s pass without recursion", (_name, f, x) => {
    checkProgram(optimize(programOf(f, x)), "optimize");
  });
  test("a gradient through a long chain of bounded functions", () => {
    checkProgram(optimize(programOf(gradientOf((x) => cr.sum(chain((y) => cr.mul(cr.tanh(y), cr.cos(y)), 1000)(x))), [1, 2])), "optimize");
  });
});

test("what has no result, as a print, stands beside sums of parts", () => {
  const said: string[] = [];
  const before = console.log;
  console.log = (text: string) => void said.push(text);
  try {
    const f = (x: Tensor): Tensor => {
      cr.debug.print("x0 {}", cr.index(x, 0));
      return cr.add(cr.mul(cr.index(x, 0), cr.index(x, 1)), cr.mul(cr.index(x, 2), cr.index(x, 3)));
    };
    expect((gradientOf(f) as unknown as (x: number[]) => { toArray(): number[] })([1, 2, 3, 4]).toArray()).toEqual([2, 1, 4, 3]);
  } finally {
    console.log = before;
  }
  expect(said).toEqual(["x0 1"]);
});

test("a join keeps the sign of a zero where all parts reach, and only there", () => {
  const f = ([a, b]: readonly [Tensor, Tensor]): Tensor => cr.add(cr.pad(a, [[0, 2]]), cr.pad(b, [[0, 3]]));
  const parts = [cr.array([-0, -0]), cr.array([-0])] as const;
  const program = optimize(programOf(f as unknown as F, parts));
  expect(names(program)).toContain("concatenate");
  const joined = evaluateProgram(program, parts as unknown as readonly ConcreteArray[])[0] as ConcreteArray;
  expect([...joined.elements]).toEqual([-0, 0, 0, 0]);
});
