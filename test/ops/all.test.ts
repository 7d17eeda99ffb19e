/** Every row of the table: what it computes, in every way of calling it. Derivatives, batching and JAX's values are in the files beside. */
import { describe, it } from "vitest";
import { cases } from "./cases.ts";
import { operandsOf } from "./support/arrays.ts";
import { title } from "./support/case.ts";
import { verifiedPrograms } from "./support/programs.ts";
import { checkAgreement, checkDTypes, checkEdges, checkExamples, checkLayouts, checkNumbers } from "./support/values.ts";

describe.each(cases.map((row) => [title(row), row] as const))("%s", (_title, row) => {
  it("computes the same at once, compiled, and inside another traced function", () => {
    for (const shapes of row.shapes) checkAgreement(row, operandsOf(row, shapes), `shapes ${JSON.stringify(shapes)}`);
  });
  it("gives each dtype its result or refuses it", () => checkDTypes(row));
  it("takes operands of any layout", () => checkLayouts(row));
  it("keeps its programs well formed under every transform", () => {
    for (const shapes of row.shapes) verifiedPrograms(row, operandsOf(row, shapes));
  });
  it("computes the same at special points", () => checkEdges(row));
  if (row.strict === undefined) it("takes plain numbers, which are weakly typed", () => checkNumbers(row));
  if (row.examples !== undefined && row.examples.length > 0) it("gives the results that stand in its row", () => checkExamples(row));
});
