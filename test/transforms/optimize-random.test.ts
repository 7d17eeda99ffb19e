/** Optimised random programs give the same bits as they were traced, after every pass; derivatives up to the sign of a zero. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { Program } from "../../src/core/program.ts";
import { showType } from "../../src/core/type.ts";
import { runPasses } from "../../src/transform/optimize.ts";
import { evaluateProgram } from "../backends/programs.ts";
import { arraysOf, type Fn, functionOf, law, type Recipe, recipe, scalarOf, shapes } from "../properties/recipes.ts";

type Loose = (...args: readonly unknown[]) => unknown;
const loose = (f: unknown): Loose => f as Loose;
const programOf = (f: unknown, xs: readonly unknown[]): Program => (loose((cr.traceFn(f as Fn) as unknown as { program: unknown }).program).call(cr.traceFn(f as Fn), ...xs) as { program: Program }).program;

/** Reads single elements and parts of the arguments, so that derivatives are sums of padded parts. */
function reading(r: Recipe): Fn {
  return (...xs) => {
    const parts = xs.flatMap((x) => {
      const { shape } = x as unknown as { shape: readonly number[] };
      const [n] = shape;
      if (n === undefined) return [x];
      const rows = Array.from({ length: n }, (_, i) => cr.index(x, i));
      return [...rows, ...rows.map((row) => ((row as unknown as { shape: readonly number[] }).shape[0] ? cr.index(row, 0) : row)), cr.index(x, cr.slice(1, null))];
    });
    const sums = parts.map((p) => cr.sum(functionOf(r)(p)));
    return sums.reduce((a, b) => cr.add(cr.mul(a, b), cr.mul(b, 0.5)), cr.sum(functionOf(r)(...xs)));
  };
}

function cases(r: Recipe, s: readonly number[][]): Record<string, readonly [unknown, readonly unknown[], "bits" | "numbers"]> {
  const xs = arraysOf(s, "x");
  const argnums = xs.map((_, i) => i);
  const gradient = (f: Fn): Fn => cr.grad(f, { argnums }) as unknown as Fn;
  return {
    function: [functionOf(r), xs, "bits"],
    float32: [functionOf(r), xs.map((x) => cr.astype(x, "float32")), "bits"],
    vmap: [cr.vmap(functionOf(r)), arraysOf(s.map((shape) => [2, ...shape]), "batch"), "bits"],
    "vmap of the last": [cr.vmap(functionOf(r), { inAxes: s.map((_, i) => (i === 0 ? 0 : null)) }), xs.map((x, i) => (i === 0 ? cr.stack([x, cr.neg(x)]) : x)), "bits"],
    grad: [gradient(scalarOf(r)), xs, "numbers"],
    jvp: [(...ys: Tensor[]) => loose(cr.jvp)(functionOf(r), ys, ys), xs, "numbers"],
    "grad of grad": [(...ys: Tensor[]) => loose(cr.traceFn(gradient(scalarOf(r))).grad())(...ys), xs, "numbers"],
    "vmap of grad": [cr.vmap(gradient(scalarOf(r))), arraysOf(s.map((shape) => [2, ...shape]), "batch"), "numbers"],
    reads: [reading(r.slice(0, 2)), xs, "bits"],
    "grad of reads": [gradient(reading(r.slice(0, 2))), xs, "numbers"],
  };
}

function expectSame(got: readonly ConcreteArray[], want: readonly ConcreteArray[], how: "bits" | "numbers", what: string): void {
  want.forEach((array, k) => {
    const result = got[k] as ConcreteArray;
    if (showType(result.type) !== showType(array.type)) throw new Error(`${what}: result ${k} is ${showType(result.type)} instead of ${showType(array.type)}`);
    array.elements.forEach((v, i) => {
      const w = result.elements[i] as number;
      if (!(Object.is(v, w) || (how === "numbers" && v === w))) throw new Error(`${what}: result ${k}, element ${i}: ${Object.is(w, -0) ? "-0" : w} instead of ${Object.is(v, -0) ? "-0" : v}`);
    });
  });
}

describe("every pass", () => {
  test("leaves a verified program of the same types that gives the same results", () => {
    let shorter = 0;
    let count = 0;
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      for (const [name, [f, args, how]] of Object.entries(cases(r, s))) {
        const traced = programOf(f, args);
        const inputs = args as unknown as readonly ConcreteArray[];
        const expected = evaluateProgram(traced, inputs);
        const program = runPasses(traced, (pass, result) => {
          expectSame(evaluateProgram(checkProgram(result, `${pass.name} of ${name}`), inputs), expected, how, `${name} after ${pass.name}`);
          return result;
        });
        count++;
        if (program.equations.length < traced.equations.length) shorter++;
      }
    }, 25);
    expect(shorter / count).toBeGreaterThan(0.3);
  });
});
