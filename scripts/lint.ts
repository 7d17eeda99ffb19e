/** oxlint over the tree; the rules, the import direction among them, are in oxlint.config.ts. */
import { failureOf, tool } from "./stage.ts";
import type { Stage } from "./stage.ts";

export const lint: Stage = {
  name: "lint",
  async run(report) {
    report.check("oxlint", failureOf(await tool("oxlint/bin/oxlint", ["--deny-warnings", "--report-unused-disable-directives"])));
  },
};
