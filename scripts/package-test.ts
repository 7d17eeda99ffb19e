/**
 * The packed-tarball test: builds and packs the package, installs the tarball into an empty project, and uses it there as
 * users do: from plain JavaScript, with operators, from TypeScript with each compiler, and through a bundler.
 * The user's files are in test/package/. publint and attw judge the tarball itself.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { build as bundle } from "esbuild";
import { build, entries } from "./build.ts";
import { failureOf, root, run, tool } from "./stage.ts";
import type { Report, Stage } from "./stage.ts";

const fixtures = join(root, "test", "package");
const compilers = ["typescript", "typescript-6", "typescript-5"];

export const packageTest: Stage = {
  name: "package",
  async run(report) {
    const failure = await build();
    report.check("build", failure);
    if (failure !== null) return;
    const project = mkdtempSync(join(tmpdir(), "chainrule-package-"));
    try {
      const tarball = await pack(report, project);
      if (tarball === null) return;
      report.check("publint", failureOf(await tool("publint/src/cli.js", ["--strict", tarball])));
      report.check("attw", failureOf(await tool("@arethetypeswrong/cli/dist/index.js", [tarball, "--profile", "esm-only", "--no-color"])));
      if (await install(report, project, tarball)) await use(report, project);
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  },
};

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack(report: Report, folder: string): Promise<string | null> {
  const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder]);
  report.check("npm pack", failureOf(packed));
  if (packed.code !== 0) return null;
  const said = JSON.parse(packed.stdout) as Packed[] | Record<string, Packed>; // a list until npm 11, by name since
  const [only] = Object.values(said);
  if (only === undefined) throw new Error(`npm pack said nothing useful: ${packed.stdout}`);
  const paths = only.files.map(({ path }) => path);
  const wanted = ["package.json", "README.md", "LICENSE", "CHANGELOG.md"];
  const wrong = [
    ...wanted.filter((path) => !paths.includes(path)).map((path) => `missing: ${path}`),
    ...paths.filter((path) => !wanted.includes(path) && !/^(dist|src|docs)\//.test(path)).map((path) => `unexpected: ${path}`),
  ];
  report.check("files of the tarball", wrong.length === 0 ? null : wrong.join("\n"));
  return join(folder, only.filename);
}

async function install(report: Report, project: string, tarball: string): Promise<boolean> {
  cpSync(fixtures, project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", tarball];
  const installed = await run("npm", args, { cwd: project });
  report.check("npm install into an empty project", failureOf(installed));
  return installed.code === 0;
}

async function use(report: Report, project: string): Promise<void> {
  const node = async (name: string, args: readonly string[]): Promise<void> => {
    report.check(name, failureOf(await run(process.execPath, args, { cwd: project })));
  };
  const imports = entries().map((entry) => `await import(${JSON.stringify(entry)});`).join("\n");
  writeFileSync(join(project, "every-entry.js"), imports);
  await node("every entry can be imported", ["every-entry.js"]);
  const doctor = await run(join(project, "node_modules", ".bin", process.platform === "win32" ? "chainrule.cmd" : "chainrule"), ["doctor"], { cwd: project, env: nodeFirst() });
  report.check("chainrule doctor", failureOf(doctor) ?? (/^ {2}SIMD +live$/m.test(doctor.stdout) ? null : doctor.output));
  await node("plain JavaScript", ["plain.js"]);
  await node("lines and threads", ["lines.js"]);
  await node("source maps", ["--enable-source-maps", "mapped.js"]);
  await node("JavaScript with operators", ["--import", "chainrule/register", "operators.js"]);
  await node("TypeScript with operators", ["--import", "chainrule/register", "operators.ts"]);
  for (const compiler of compilers) {
    const version = (await tool(`${compiler}/bin/tsc`, ["--version"])).stdout.replace("Version ", "").trim();
    for (const config of ["tsconfig.json", "tsconfig.doors.json"]) {
      const checked = await tool(`${compiler}/bin/tsc`, ["-p", config], { cwd: project });
      report.check(`TypeScript ${version}: tsc -p ${config}`, failureOf(checked));
    }
  }
  await inABundle(report, project);
}

/** The command's first line asks for `node`: this one. */
function nodeFirst(): Record<string, string> {
  return { PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };
}

/** A browser bundle, shaken: the library must neither need Node nor rely on an import that package.json calls free of effects. */
async function inABundle(report: Report, project: string): Promise<void> {
  const outfile = join(project, "bundle.js");
  try {
    await bundle({
      entryPoints: [join(project, "plain.js")], outfile,
      bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022", logLevel: "silent",
    });
  } catch (error) {
    report.check("bundle for browsers", (error as Error).message);
    return;
  }
  const finished = await run(process.execPath, [outfile], { cwd: project });
  report.check(`bundle for browsers, ${Math.round(readFileSync(outfile).length / 1024)} KiB minified`, failureOf(finished));
}
