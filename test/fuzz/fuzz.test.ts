/**
 * Random programs on every way to run one, against the reference. FUZZ_SEED=7 looks at other programs, FUZZ_COUNT at more;
 * `node scripts/fuzz.ts` looks for longer.
 */
import { describe, expect, test } from "vitest";
import type { Primitive } from "../../src/core/primitive.ts";
import { reference } from "../../src/backends/reference/backend.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import type { Program } from "../../src/core/program.ts";
import { primitives } from "../../src/ops/all.ts";
import type { Case } from "./builder.ts";
import { candidates } from "./candidates.ts";
import { type Candidate, failureOf, oracle } from "./check.ts";
import { generate } from "./generate.ts";
import { reportOf } from "./report.ts";
import { seeds } from "./seeds.ts";
import { shrink } from "./shrink.ts";
import { restore, type StoredCase, storedText } from "./stored.ts";

const first = Number(process.env["FUZZ_SEED"] ?? 0) * 1_000_000;
const count = Number(process.env["FUZZ_COUNT"] ?? 100);

/** Small programs, and every sixteenth with values of many elements. */
const programs = Array.from({ length: count }, (_, i) => {
  const c = generate(String(first + i), i % 16 === 15 ? 20_000 : 300);
  return { name: `seed ${first + i}`, case: c, expected: oracle(c) };
});

describe.each(candidates)("$name", (candidate) => {
  test.each(Object.entries(seeds))("%s", (name, stored) => {
    expect(reportOf(candidate, restore(stored), name)).toBe(undefined);
  });
  test("random programs", () => {
    for (const { name, case: c, expected } of programs) expect(reportOf(candidate, c, name, expected)).toBe(undefined);
  });
});

describe("the programs", () => {
  test("reach every primitive", () => {
    const met = new Set<Primitive>();
    for (let i = 0; i < 1200 && met.size < primitives.length; i++) for (const e of generate(`reach ${i}`, 100).program.equations) met.add(e.primitive);
    expect(primitives.filter((p) => !met.has(p)).map((p) => p.name)).toEqual([]);
  });
  test("are the same for the same seed", () => {
    expect(storedText(generate("again"))).toBe(storedText(generate("again")));
  });
  test("can mostly be compared, and mostly exactly", () => {
    const bounds: number[] = [];
    for (const { expected } of programs) {
      if (expected instanceof Error) continue;
      for (const list of expected.allowed) bounds.push(...list);
    }
    expect(bounds.filter((x) => x === 0).length).toBeGreaterThan(0.5 * bounds.length);
    expect(bounds.filter((x) => Number.isNaN(x)).length).toBeLessThan(0.02 * bounds.length);
  });
  test("survive being stored", () => {
    for (const { case: c } of programs.slice(0, 60)) {
      const text = storedText(c);
      expect(storedText(restore(parse(text)))).toBe(text);
    }
  });
});

/** Reads what storedText wrote: JSON but for the names of properties and numbers that JSON has not. */
function parse(text: string): StoredCase {
  const odd: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "-Infinity": Number.NEGATIVE_INFINITY, "-0": -0 };
  const json = text.replace(/([{,] )(\w+):/g, '$1"$2":').replace(/(?<=[[ ])(NaN|-?Infinity|-0)(?=[\],} ])/g, '"number $1"');
  return JSON.parse(json, (_key, value: unknown) => (typeof value === "string" && value.startsWith("number ") ? odd[value.slice(7)] : value)) as StoredCase;
}

/** The reference with one primitive computing something else. */
function broken(name: string, change: (x: number) => number): Candidate {
  const wrong = (program: Program): Program => ({
    ...program,
    equations: program.equations.map((e) => {
      if (e.primitive.name !== name) return e;
      const evaluate: Primitive["evaluate"] = (...args) => e.primitive.evaluate(...args).map((x) => ConcreteArray.of(x.type, x.elements.map(change) as typeof x.elements));
      return { ...e, primitive: { ...e.primitive, evaluate } };
    }),
  });
  return { name: `broken ${name}`, optimises: false, run: (program, inputs) => reference.compile(wrong(program)).run(inputs) };
}

describe("a fault is found and made small:", () => {
  test.each([
    ["tanh", (x: number) => x * (1 + 1e-5)],
    ["add", (x: number) => x * (1 + 2 ** -22)],
    ["select", (x: number) => x + 1],
    ["transpose", (x: number) => x + 1],
    ["sum", (x: number) => x * (1 + 1e-4)],
    ["gather", (x: number) => -x],
    ["broadcast", (x: number) => x + 0],
  ] as const)("%s", (name, change) => {
    const candidate = broken(name, change);
    const fails = (c: Case): boolean => failureOf(candidate, c, oracle(c)) !== undefined;
    for (let i = 0; ; i++) {
      const c = generate(`fault ${i}`, 300);
      if (!c.program.equations.some((e) => e.primitive.name === name) || !fails(c)) continue;
      expect(shrink(c, fails).program.equations.map((e) => e.primitive.name)).toEqual([name]);
      return;
    }
  });
});
