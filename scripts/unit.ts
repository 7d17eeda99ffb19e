/** The unit tests: vitest prints its own report, the counts come from its JSON. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { cache, root, tool } from "./stage.ts";
import type { Stage } from "./stage.ts";

export const unit: Stage = {
  name: "unit",
  async run(report) {
    const file = join(cache, "vitest.json");
    rmSync(file, { force: true });
    const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const { code } = await tool("vitest/vitest.mjs", args, { show: true });
    const { numPassedTests, testResults }: Results = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { numPassedTests: 0, testResults: [] };
    const failed = testResults.flatMap(({ name, status, assertionResults }) => {
      const tests = assertionResults.filter((test) => test.status === "failed").map((test) => test.fullName);
      const names = tests.length === 0 && status === "failed" ? ["could not be run"] : tests;
      return names.map((test) => `${relative(root, name)}: ${test}`);
    });
    report.add(numPassedTests, failed);
    if (code !== 0 && failed.length === 0) report.check("vitest", `exit code ${code}; its message stands above`);
  },
};

/** The part of vitest's JSON that is read here. */
interface Results {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}
