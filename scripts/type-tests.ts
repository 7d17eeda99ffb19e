/**
 * The type tests: test/types/ compiled against the built declarations by every TypeScript that users may have, with and
 * without the opt-in entry `chainrule/operators`.
 *
 * A case is a file `*.test-d.ts`, which is compiled and never run. Those straight in test/types/ hold in both modes; those in
 * with-operators/ and without-operators/ in one. `expect-type.ts` beside them has the assertions; what must not
 * compile stands under `// @ts-expect-error`.
 */
import { globSync } from "node:fs";
import { build } from "./build.ts";
import { eachItem, failureOf, root, tool } from "./stage.ts";
import type { Stage } from "./stage.ts";

const compilers = ["typescript", "typescript-6", "typescript-5"];
const modes = ["with-operators", "without-operators"];

export const typeTests: Stage = {
  name: "types",
  async run(report) {
    const failure = await build();
    report.check("build", failure);
    if (failure !== null) return;
    const cases = globSync("test/types/**/*.test-d.ts", { cwd: root });
    report.check(`${cases.length} files of cases`, cases.length > 0 ? null : "there are none in test/types/");
    const pairs = compilers.flatMap((compiler) => modes.map((mode) => ({ compiler, mode })));
    await eachItem(pairs, async ({ compiler, mode }) => {
      const version = (await tool(`${compiler}/bin/tsc`, ["--version"])).stdout.replace("Version ", "").trim();
      const result = await tool(`${compiler}/bin/tsc`, ["-p", `test/types/${mode}`]);
      report.check(`TypeScript ${version}, ${mode.replace("-", " ")}`, failureOf(result));
    });
  },
};
