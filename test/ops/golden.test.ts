/** Every value of JAX in test/golden: results, tangents, cotangents and Hessian-vector products, at once and compiled. */
import { describe, expect, it } from "vitest";
import { jvp, traceFn, vjp } from "../../src/api/transforms.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { type GoldenArray, type GoldenCase, goldenCases } from "../golden/load.ts";
import { cases } from "./cases.ts";
import { expectAgreement } from "./support/agreement.ts";
import { arrayOf, concreteResults } from "./support/arrays.ts";
import { expectClose, expectSameZeros } from "./support/compare.ts";
import { deviations, replaced } from "./support/deviations.ts";
import { goldenCalls } from "./support/golden-calls.ts";

type Loose = (...operands: readonly unknown[]) => unknown;

/** Operations with golden values that are not written yet. */
const later = new Set(["det", "glu"]);
const all = goldenCases();
/** Derivatives below this size may be what is left of a cancellation. */
const roundingFloor = 1e-2;
const concrete = (list: readonly GoldenArray[]): ConcreteArray[] => list.map(({ dtype, shape, data }) => arrayOf(dtype, shape, data));
const toleranceOf = ({ inputs, outputs }: GoldenCase): number => ([...inputs, ...outputs].some((x) => x.dtype === "float32") ? 4e-6 : 2e-12);

function check(row: GoldenCase): void {
  const { inputs, outputs, derivatives, name } = row;
  const call = (goldenCalls[row.op] as (typeof goldenCalls)[string])(row.params, inputs) as unknown as Loose;
  const operands = concrete(inputs);
  const tolerance = toleranceOf(row);
  const result = concreteResults(call(...operands));
  const differs = deviations[`${row.family}: ${name}`];
  expectClose(result, concrete(outputs), tolerance, name, 1e-30);
  if (name.includes("edges") && row.op !== "maximum" && row.op !== "minimum" && differs?.anyZero !== true) expectSameZeros(result, concrete(outputs), name);
  expectAgreement(concreteResults((traceFn(call as never) as Loose)(...operands)), result, call as never, operands, `${name}, compiled`);
  if (derivatives === null) return;
  const { wrt } = derivatives;
  const selected: Loose = (...xs) => call(...operands.map((x, i) => (wrt.includes(i) ? xs[wrt.indexOf(i)] : x)));
  const primals = wrt.map((i) => operands[i] as ConcreteArray);
  const tangents = concrete(derivatives.tangents);
  const cotangents = concrete(derivatives.cotangents);
  const [, moved] = jvp(selected as never, primals as never, tangents as never) as [unknown, unknown];
  expectClose(concreteResults(moved), concrete(replaced(derivatives.jvp, differs?.jvp)), tolerance, `${name}, jvp`, roundingFloor);
  const listed: Loose = (...xs) => asList(selected(...xs));
  const pulled: Loose = (...xs) => vjp(listed as never, ...(xs as never))[1](cotangents as never);
  expectClose(concreteResults(pulled(...primals)), concrete(replaced(derivatives.vjp, differs?.vjp)), tolerance, `${name}, vjp`, roundingFloor);
  if (derivatives.hvp === undefined) return;
  const [, second] = jvp(pulled as never, primals as never, tangents as never) as [unknown, unknown];
  expectClose(concreteResults(second), concrete(replaced(derivatives.hvp, differs?.hvp)), tolerance, `${name}, hvp`, roundingFloor);
}

/** Always a list of results, so that cotangents are lists too. */
function asList(result: unknown): readonly unknown[] {
  return Array.isArray(result) ? result : [result];
}

const operations = [...new Set(all.map((row) => row.op))].filter((op) => goldenCalls[op] !== undefined);

describe.each(operations)("%s", (op) => {
  it.each(all.filter((row) => row.op === op).map((row) => [`${row.family}: ${row.name}`, row] as const))("%s", (_name, row) => check(row));
});

describe("the table and JAX's values", () => {
  it("know the same operations", () => {
    const known = new Set(all.map((row) => row.op));
    expect([...known].filter((op) => goldenCalls[op] === undefined && !later.has(op)), "golden operations without a call").toEqual([]);
    expect([...later].filter((op) => goldenCalls[op] !== undefined || !known.has(op)), "no longer later").toEqual([]);
    expect(Object.keys(goldenCalls).filter((op) => !known.has(op)), "calls without golden values").toEqual([]);
    const claimed = new Set(cases.flatMap((row) => ("none" in row.golden ? [] : row.golden)));
    expect([...claimed].filter((op) => !known.has(op)), "claimed by a row, not golden").toEqual([]);
    expect([...known].filter((op) => !claimed.has(op) && !later.has(op)), "golden operations without a row").toEqual([]);
  });
  it("list no deviation that is none", () => {
    const names = new Set(all.map((row) => `${row.family}: ${row.name}`));
    expect(Object.keys(deviations).filter((name) => !names.has(name))).toEqual([]);
  });
});
