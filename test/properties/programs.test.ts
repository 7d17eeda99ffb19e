/** Tracing, printing, verifying and optimising random programs and what the transforms make of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { reference } from "../../src/backends/reference/backend.ts";
import { checkProgram } from "../../src/core/check.ts";
import { printProgram } from "../../src/core/print.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { Program } from "../../src/core/program.ts";
import { eliminateCommonSubexpressions } from "../../src/transform/cse.ts";
import { eliminateDeadCode } from "../../src/transform/dce.ts";
import { jvpProgram } from "../../src/transform/jvp.ts";
import { linearizeProgram } from "../../src/transform/linearize.ts";
import { optimize } from "../../src/transform/optimize.ts";
import { evaluateProgram } from "../backends/programs.ts";
import { arraysOf, expectIdentical, type Fn, functionOf, law, type Recipe, recipe, scalarOf, shapes } from "./recipes.ts";

type Loose = (...args: readonly unknown[]) => unknown;
const loose = (f: unknown): Loose => f as Loose;

interface Viewed {
  program(...args: readonly unknown[]): { readonly program: Program; toString(): string };
}
const viewOf = (f: unknown, args: readonly unknown[]): ReturnType<Viewed["program"]> => (cr.traceFn(f as Fn) as unknown as Viewed).program(...args);

/** The recipe under each transform, with its arguments. */
function transformed(r: Recipe, s: readonly number[][]): Record<string, readonly [unknown, readonly unknown[]]> {
  const xs = arraysOf(s, "x");
  const batch = arraysOf(s.map((shape) => [2, ...shape]), "batch");
  const argnums = xs.map((_, i) => i);
  const gradient = cr.grad(scalarOf(r), { argnums }) as unknown as Fn;
  return {
    trace: [functionOf(r), xs],
    grad: [gradient, xs],
    jvp: [(...ys: Tensor[]) => loose(cr.jvp)(functionOf(r), ys, ys), xs],
    vmap: [cr.vmap(functionOf(r)), batch],
    "vmap of grad": [cr.vmap(gradient), batch],
    "grad of grad": [(...ys: Tensor[]) => loose(cr.traceFn(gradient).grad())(...ys), xs],
  };
}

test("the recipes reach most primitives and depend on their arguments", () => {
  const sample = fc.sample(fc.tuple(recipe, shapes), { seed: 1, numRuns: 400 });
  const met = new Set<string>();
  let moving = 0;
  for (const [r, s] of sample) {
    const { program } = viewOf(functionOf(r), arraysOf(s, "x"));
    for (const equation of program.equations) met.add(equation.primitive.name);
    if (jvpProgram(program, program.inputs.map(() => true)).activeOutputs[0]) moving++;
  }
  expect(moving / sample.length).toBeGreaterThan(0.9);
  expect(met.size).toBeGreaterThan(25);
});

describe("random programs", () => {
  test("traced are as eager, bit for bit", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const xs = arraysOf(s, "x");
      expectIdentical([loose(cr.traceFn(functionOf(r)))(...xs)], [loose(functionOf(r))(...xs)]);
      const inside = cr.traceFn(functionOf(r));
      expectIdentical([loose(cr.traceFn(((...ys) => loose(inside)(...ys) as Tensor) as Fn))(...xs)], [loose(functionOf(r))(...xs)]);
    }, 150);
  });
  test("pass the verifier under every transform", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      for (const [name, [f, args]] of Object.entries(transformed(r, s))) {
        const { program } = viewOf(f, args);
        for (const [pass, result] of [[name, program], ["cse", eliminateCommonSubexpressions(program)], ["dce", eliminateDeadCode(program)], ["optimize", optimize(program)]] as const) checkProgram(result, pass);
        const active = program.inputs.map(() => true);
        checkProgram(jvpProgram(program, active).program, `jvp of ${name}`);
        const { forward, linear } = linearizeProgram(program, active);
        checkProgram(forward, `linearize of ${name}, forward`);
        checkProgram(linear, `linearize of ${name}, linear`);
      }
    }, 40);
  });
  test("print the same every time, and anew for an equal function", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      for (const [f, args] of Object.values(transformed(r, s))) expect(viewOf(f, args).toString()).toBe(viewOf(f, args).toString());
      const again = transformed(r, s);
      for (const [name, [f, args]] of Object.entries(transformed(r, s))) expect(viewOf(again[name]![0], args).toString(), name).toBe(viewOf(f, args).toString());
    }, 25);
  });
  test("are traced once for equal calls", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      let count = 0;
      const f = cr.traceFn(((...xs) => (count++, functionOf(r)(...xs))) as Fn);
      loose(f)(...arraysOf(s, "x"));
      loose(f)(...arraysOf(s, "other"));
      expect(count).toBe(1);
      loose(f.grad())(...arraysOf(s, "x"));
      loose(f.grad())(...arraysOf(s, "other"));
      expect(count).toBe(2);
    }, 25);
  });
  test("give the same bits optimised, compiled, and equation by equation", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      for (const [f, args] of Object.values(transformed(r, s))) {
        const { program } = viewOf(f, args);
        const inputs = args as readonly ConcreteArray[];
        const expected = evaluateProgram(program, inputs);
        expectIdentical(reference.compile(optimize(program)).run(inputs), expected);
        expectIdentical(reference.compile(program).run(inputs), expected);
      }
    }, 40);
  });
  test("have names that a reader can follow: each equation uses what stands above it", () => {
    law(fc.tuple(recipe, shapes), ([r, s]) => {
      const { program } = viewOf(functionOf(r), arraysOf(s, "x"));
      const lines = printProgram(program).split("\n");
      expect(lines.length).toBe(program.equations.length + 2);
      const seen = new Set(lines[0]!.match(/\b[a-z]+(?=:)/g) ?? []);
      for (const line of lines.slice(1, -1)) {
        const [left, right] = line.split(" = ") as [string, string];
        for (const name of right.split(" ").filter((word) => /^[a-z]{1,2}$/.test(word))) expect(seen, line).toContain(name);
        seen.add(left.trim().split(":")[0] as string);
      }
    }, 40);
  });
});
