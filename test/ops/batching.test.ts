/** Every row of the table under vmap. */
import { describe, it } from "vitest";
import { cases } from "./cases.ts";
import { checkBatchedGradients, checkBatches, checkMixedAxes, checkNestedBatches } from "./support/batching.ts";
import { title } from "./support/case.ts";

describe.each(cases.filter((row) => row.operands.length > 0).map((row) => [title(row), row] as const))("%s", (_title, row) => {
  it("equals a loop, each operand batched alone and all together", () => checkBatches(row));
  it("takes a batch axis in any place", () => checkMixedAxes(row));
  it("nests", () => checkNestedBatches(row));
  if (row.order > 0) it("commutes with the gradient", () => checkBatchedGradients(row));
});
