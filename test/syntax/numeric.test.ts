/** Random programs over numbers give for tensors what they give for plain numbers: their `if`s, loops and early returns are part of the traced program then. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChainruleError, traceFn } from "chainrule";
import { compile, rewritten } from "./evaluate.ts";
import { numericProgram } from "./numeric-programs.ts";

type Program = (a: unknown, b: unknown) => unknown;

function numbers(value: unknown): readonly number[] {
  if (typeof value === "number" || typeof value === "boolean") return [Number(value)];
  if (Array.isArray(value)) return value.flatMap(numbers);
  const array = (value as { toArray?: () => unknown }).toArray?.();
  return array === undefined ? Object.values(value as object).flatMap(numbers) : numbers(array);
}

function close(actual: readonly number[], expected: readonly number[]): boolean {
  return actual.length === expected.length && actual.every((v, i) => Math.abs(v - (expected[i] as number)) <= 1e-9 * Math.max(1, Math.abs(v)));
}

/** The program, plain and rewritten. */
function programs(source: string): readonly [plain: Program, rewritten: Program] {
  const code = `"use strict"; module.exports = ${source}`;
  return [compile(code) as Program, compile(rewritten(code, { sourceType: "commonjs" })) as Program];
}

/** What `run` gives; undefined where an error of ours refuses. */
function attempt(run: () => unknown): readonly number[] | undefined {
  try {
    return numbers(run());
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    return undefined;
  }
}

const value = fc.double({ min: -2, max: 2, noNaN: true });
const runs = Number(process.env["NUMERIC_RUNS"] ?? 60);

describe("random programs", { timeout: 1_200_000 }, () => {
  test("mean the same for tensors, alone and in a batch", () => {
    let refused = 0;
    fc.assert(fc.property(numericProgram, value, value, value, (source, a, b, c) => {
      const [plain, program] = programs(source);
      const expected = numbers(plain(a, b));
      expect(numbers(program(a, b))).toEqual(expected);
      const f = traceFn(program as never, { dtype: "float64" });
      const actual = attempt(() => f(a as never, b as never));
      // Results of different form on two paths, and the like: an error, never another number.
      if (actual === undefined) return void refused++;
      expect({ source, a, b, close: close(actual, expected), actual, expected }).toMatchObject({ close: true });
      const batch = attempt(() => f.vmap()([a, c] as never, [b, b] as never)) ?? [];
      const lanes = [a, c].map((lane) => attempt(() => f(lane as never, b as never)) ?? []);
      const sorted = (list: readonly number[]): readonly number[] => list.toSorted((u, v) => u - v);
      expect({ source, a, b, c, close: close(sorted(batch), sorted(lanes.flat())), batch, lanes }).toMatchObject({ close: true });
    }), { numRuns: runs });
    expect(refused).toBeLessThan(runs / 5);
  });

  test("have the same derivative in both modes", () => {
    let refused = 0;
    fc.assert(fc.property(numericProgram, value, value, (source, a, b) => {
      const [, program] = programs(source.replace(/const wrap = .*;/, "const wrap = (v) => v + y * k;"));
      const f = traceFn(program as never, { dtype: "float64" });
      const [forward, backward] = [attempt(() => [[1, 0], [0, 1]].map((direction) => ((f.jvp() as Program)([a, b], direction) as readonly unknown[])[1])), attempt(() => f.grad()(a as never, b as never))];
      if (forward === undefined || backward === undefined) return void refused++;
      expect({ source, a, b, close: close(backward, forward), forward, backward }).toMatchObject({ close: true });
    }), { numRuns: runs / 2 });
    expect(refused).toBeLessThan(runs / 10);
  });
});
