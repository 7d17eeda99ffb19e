/** Random programs with loops and choices in them, nested and differentiated, on every way to run one, against the same written out. FUZZ_SEED, FUZZ_COUNT as in fuzz.test.ts. */
import { describe, expect, test } from "vitest";
import { noPrograms } from "../../src/core/primitive.ts";
import type { Program } from "../../src/core/program.ts";
import { candidates } from "./candidates.ts";
import { oracle } from "./check.ts";
import { generateControl } from "./generate.ts";
import { reportOf } from "./report.ts";

const first = Number(process.env["FUZZ_SEED"] ?? 0) * 1_000_000;
const count = Number(process.env["FUZZ_COUNT"] ?? 100);

/** Equations when everything is written out; a loop with a test has at most six turns. */
const written = (program: Program): number =>
  program.equations.reduce((sum, { primitive: { lower, inner }, params }) => {
    if (inner === noPrograms) return sum + 1;
    const turns = lower.form !== "loop" ? 1 : Math.max(6 * Number(lower.loop(params).test !== undefined), lower.loop(params).length);
    return sum + turns * inner.programs(params).reduce((all, p) => all + written(p) + 2, 0);
  }, 0);

const programs = Array.from({ length: count }, (_, i) => ({ name: `control ${first + i}`, case: generateControl(`control ${first + i}`, i % 16 === 15 ? 5000 : 200) }))
  .filter(({ case: c }) => written(c.program) < 600)
  .map((c) => ({ ...c, expected: oracle(c.case) }));
const depth = ({ equations }: Program): number => Math.max(0, ...equations.map((e) => (e.primitive.inner === noPrograms ? 0 : 1 + Math.max(...e.primitive.inner.programs(e.params).map(depth)))));

describe.each(candidates)("$name", (candidate) => {
  test("random programs", () => {
    for (const { name, case: c, expected } of programs) expect(reportOf(candidate, c, name, expected)).toBe(undefined);
  });
});

test("they are nested, and can mostly be compared", () => {
  const depths = programs.map(({ case: { program } }) => depth(program));
  expect(depths.filter((d) => d >= 1).length).toBeGreaterThan(0.5 * count);
  expect(Math.max(...depths)).toBeGreaterThan(1);
  const bounds = programs.flatMap(({ expected }) => (expected instanceof Error ? [] : expected.allowed.flatMap((a) => [...a])));
  expect(bounds.filter((x) => Number.isNaN(x)).length).toBeLessThan(0.05 * bounds.length);
});
