/** The unit tests: vitest prints its own report, the counts come from its JSON. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache, tool } from "./stage.ts";
import type { Stage } from "./stage.ts";

export const unit: Stage = {
  name: "unit",
  async run(report) {
    const file = join(cache, "vitest.json");
    rmSync(file, { force: true });
    const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const { code } = await tool("vitest/vitest.mjs", args, { show: true });
    const counts = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) as Counts : { numPassedTests: 0, numFailedTests: 0 };
    report.add(counts.numPassedTests, counts.numFailedTests);
    if (code !== 0 && counts.numFailedTests === 0) report.check("vitest", `exit code ${code}; its message stands above`);
  },
};

interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}
