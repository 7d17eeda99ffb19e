/**
 * How a compiled call must agree with the same call done at once: to the bit, except in programs with running totals, products of matrices, or
 * reads and writes where indices point. These may be compiled to kernels that round and add in their own way.
 */
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import type { Lowering } from "../../../src/core/lowering.ts";
import { noPrograms, type Primitive } from "../../../src/core/primitive.ts";
import type { Program } from "../../../src/core/program.ts";
import { record, type Value } from "../../../src/core/tensor.ts";
import { expectWithin, toleranceOf } from "../../backends/compare.ts";
import { resultsOf } from "./arrays.ts";
import type { Call } from "./case.ts";
import { expectSame } from "./compare.ts";

/** What even small programs may leave to kernels. */
const kernelForms: readonly Lowering["form"][] = ["cumulation", "recurrence", "gather", "scatter", "contraction"];

/** `actual`, compiled, against `expected`, done at once. Where they differ, the program of `call` says whether they may and by how much. */
export function expectAgreement(actual: readonly ConcreteArray[], expected: readonly ConcreteArray[], call: Call, operands: readonly ConcreteArray[], what: string): void {
  try {
    expectSame(actual, expected, what);
  } catch (difference) {
    const ulps = allowedUlps(call, operands);
    if (ulps === 0) throw difference;
    expectWithin(actual, expected, { ulps, ofLargest: true }, operands, what);
  }
}

/** Units in the last place of the largest number involved: those of all operations together. */
function allowedUlps(call: Call, operands: readonly ConcreteArray[]): number {
  const { program } = record("agreement", operands.map((x) => x.type), (inputs) => resultsOf((call as unknown as (...xs: readonly Value[]) => unknown)(...inputs)));
  const used = primitivesIn(program);
  return used.some(({ lower }) => kernelForms.includes(lower.form)) ? used.reduce((sum, p) => sum + toleranceOf(p).ulps, 0) : 0;
}

function primitivesIn(program: Program): Primitive[] {
  return program.equations.flatMap(({ primitive, params }) => [primitive, ...(primitive.inner === noPrograms ? [] : primitive.inner.programs(params).flatMap(primitivesIn))]);
}
