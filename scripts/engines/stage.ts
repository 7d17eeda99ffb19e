/** The conformance suite, and a network in training, in every engine. `--full`: at every level too, and all unit tests at every level. */
import { mkdirSync } from "node:fs";
import { build } from "../build.ts";
import type { Stage } from "../stage.ts";
import { inBrowser } from "./browser.ts";
import { folder } from "./bundle.ts";
import { inProcesses } from "./processes.ts";
import { unitTests } from "./unit-tests.ts";

export const engines: Stage = {
  name: "engines",
  async run(report, full) {
    const failure = await build();
    report.check("build", failure);
    if (failure !== null) return;
    mkdirSync(folder, { recursive: true });
    await inProcesses(report, full);
    await inBrowser(report);
    if (full) await unitTests(report);
  },
};
