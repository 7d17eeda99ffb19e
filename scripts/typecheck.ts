/**
 * The type check of the whole tree: once as everybody edits it, and once the library alone without the opt-in
 * entry, whose global declarations must never be what makes src/ compile.
 */
import { failureOf, tool } from "./stage.ts";
import type { Stage } from "./stage.ts";

const projects = ["tsconfig.json", "src/tsconfig.json"];

export const typecheck: Stage = {
  name: "typecheck",
  async run(report) {
    for (const project of projects) {
      report.check(`tsc -p ${project}`, failureOf(await tool("typescript/bin/tsc", ["-p", project, "--noEmit"])));
    }
  },
};
