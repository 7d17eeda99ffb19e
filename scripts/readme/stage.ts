/**
 * Runs the examples of README.md and docs/ as a reader would: `node --import chainrule/register example.ts`.
 *
 * Every fenced block marked `ts` or `js` is an example, a module of its own; `ts` is type-checked too, with the opt-in entry on.
 * Words after the language change that:
 *
 *     ```ts continue     goes on where the example before it ended (one module, run once)
 *     ```ts no-run       only type-checked: needs a browser, a bundler, other files
 *     ```ts skip         neither: a signature, a fragment, code that is wrong on purpose
 *
 * What an example promises is compared with what it does (expect.ts says how numbers are compared):
 *
 *     f(a, b);                // → [5, 11, 19]         the value of the expression
 *     const g = f.grad();     // → …                   or of the variable that was just declared
 *     f([1, 2]);              // throws ShapeError: …  the first words of the error
 *     // → [[1, 2],           the comment may also stand below the statement,
 *     //    [3, 4]]           and go on in lines indented by three spaces or more
 *
 * A block marked `text` right after an example is all that the example prints.
 * An example without promises passes when it runs without an error.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, eachItem, failureOf, root, run, tool } from "../stage.ts";
import type { Stage } from "../stage.ts";
import { examplesOf } from "./extract.ts";
import type { Example } from "./extract.ts";
import { instrument } from "./instrument.ts";
import { difference } from "./compare.ts";

const plainDir = join(cache, "readme", "plain");
const instrumentedDir = join(cache, "readme", "run");
const expectModule = join(root, "scripts", "readme", "expect.ts");

export const readme: Stage = {
  name: "readme",
  async run(report) {
    const documents = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].filter((file) => existsSync(join(root, file)));
    const examples = documents.flatMap((file) => examplesOf(file, readFileSync(join(root, file), "utf8")));
    rmSync(join(cache, "readme"), { recursive: true, force: true });
    mkdirSync(plainDir, { recursive: true });
    mkdirSync(instrumentedDir, { recursive: true });

    const checked = examples.filter((example) => example.language === "ts" && example.mode !== "skip");
    if (checked.length > 0) report.check("type check of the examples", await typecheck(checked));
    await eachItem(examples.filter((example) => example.mode === "run"), async (example) => {
      report.check(`${example.document}:${example.line}`, await runExample(example));
    });
    const skipped = examples.filter((example) => example.mode === "skip").length;
    console.log(`  ${examples.length} examples in ${documents.length} documents, ${skipped} of them marked skip`);
  },
};

async function typecheck(examples: readonly Example[]): Promise<string | null> {
  for (const example of examples) writeFileSync(join(plainDir, example.file), example.code);
  writeFileSync(join(plainDir, "chainrule-env.d.ts"), `import "chainrule/operators";\n`);
  writeFileSync(join(plainDir, "tsconfig.json"), JSON.stringify({
    extends: join(root, "tsconfig.json"),
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, moduleDetection: "force" },
    include: ["."],
    exclude: [],
  }));
  return failureOf(await tool("typescript/bin/tsc", ["-p", plainDir]));
}

async function runExample(example: Example): Promise<string | null> {
  let code: string, promises: number;
  try {
    ({ code, promises } = instrument(example.file, example.code));
  } catch (error) {
    return (error as Error).message;
  }
  const file = join(instrumentedDir, example.file);
  writeFileSync(file, code);
  const args = ["--conditions=chainrule-source", "--import", expectModule, "--import", "chainrule/register", file];
  const finished = await run(process.execPath, args, { env: { EXAMPLE_PROMISES: String(promises) } });
  if (finished.code !== 0 || example.prints === null) return failureOf(finished);
  return difference(example.prints, [finished.stdout]);
}
