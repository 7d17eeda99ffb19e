/** Every differentiable row of the table: finite differences, and the doors against each other. */
import { describe, it } from "vitest";
import { cases } from "./cases.ts";
import { title } from "./support/case.ts";
import { checkConsistency, checkFiniteDifferences, checkSecondDerivatives, checkZero } from "./support/derivatives.ts";

const floating = cases.filter((row) => row.dtypes.float64 === "float64");

describe.each(floating.map((row) => [title(row), row] as const))("%s", (_title, row) => {
  if (row.order === 0) it("has the derivative zero", () => checkZero(row));
  else it(`agrees with finite differences, forward and reverse, to order ${row.order}`, () => checkFiniteDifferences(row));
  it("has one derivative by jvp, linearize and vjp", () => checkConsistency(row));
  if (row.order > 0) it("has one second derivative by every nesting", () => checkSecondDerivatives(row));
});
