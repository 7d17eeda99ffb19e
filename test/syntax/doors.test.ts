/** Every bundler's door, really built and run, with the user's own line and column in the stack of an error. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { build as viteBuild, createServer, type InlineConfig } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
import esbuildDoor from "../../src/syntax/esbuild.ts";
import rolldownDoor from "../../src/syntax/rolldown.ts";
import rollupDoor from "../../src/syntax/rollup.ts";
import rspackDoor from "../../src/syntax/rspack.ts";
import viteDoor from "../../src/syntax/vite.ts";
import webpackDoor from "../../src/syntax/webpack.ts";
import { cached } from "../../scripts/programs.ts";
import { makeProject, removeProject, runNode } from "./project.ts";

let folder = "";
const file = (name: string): string => join(folder, name);
beforeAll(() => { folder = makeProject(); });
afterAll(() => removeProject(folder));

const external = [/^chainrule/];

/** What a webpack-like bundler is told. */
function webpackConfig(entry: string): webpack.Configuration {
  return {
    mode: "production", devtool: "source-map", entry: file(entry), target: "node24", context: folder, experiments: { outputModule: true },
    externalsType: "module", externals: [/^chainrule/], plugins: [webpackDoor()],
    output: { path: folder, filename: "out.mjs", module: true, devtoolModuleFilenameTemplate: "[absolute-resource-path]" },
  };
}

function runCompiler(run: (done: (error: Error | null, stats?: { hasErrors(): boolean; toString(): string }) => void) => void): Promise<string> {
  return new Promise((resolve, reject) => run((error, stats) => {
    if (error !== null || stats === undefined || stats.hasErrors()) reject(error ?? new Error(stats?.toString()));
    else resolve(stats.toString());
  }));
}

describe("bundlers", { timeout: 120_000 }, () => {
  test("esbuild", async () => {
    const { warnings } = await esbuild({
      entryPoints: [file("app.ts")], outfile: file("out.mjs"), bundle: true, format: "esm", platform: "node", sourcemap: true, logLevel: "silent",
      conditions: ["chainrule-source"], plugins: [esbuildDoor()],
    });
    runNode(["out.mjs"], folder);
    expect(warnings).toEqual([]);
  });

  test("Rollup", async () => {
    const bundle = await rollup({ input: file("app.js"), external, plugins: [rollupDoor()] });
    await bundle.write({ file: file("out.mjs"), sourcemap: true });
    runNode(["out.mjs"], folder);
  });

  test("Rolldown", async () => {
    const bundle = await rolldown({ input: file("app.ts"), external, plugins: [rolldownDoor()] });
    await bundle.write({ file: file("out.mjs"), sourcemap: true });
    runNode(["out.mjs"], folder);
  });

  test("webpack", async () => {
    await runCompiler((done) => webpack(webpackConfig("app.js"), done));
    runNode(["out.mjs"], folder);
  });

  test("Rspack", async (context) => {
    const version = "2.3.2";
    const path = cached("@rspack/core", version, "dist/index.js");
    if (path === undefined) return context.skip(`@rspack/core ${version} cannot be installed here`);
    const { rspack } = (await import(pathToFileURL(path).href)) as { rspack: typeof webpack };
    const rules = [{ test: /\.ts$/, loader: "builtin:swc-loader", options: { jsc: { parser: { syntax: "typescript" }, target: "es2024" } } }];
    await runCompiler((done) => rspack({ ...webpackConfig("app.ts"), module: { rules }, plugins: [rspackDoor() as never] }, done));
    runNode(["out.mjs"], folder);
  });
});

test("the lint's warnings come out of the bundler with their place", async () => {
  writeFileSync(file("warned.ts"), 'import type { Tensor } from "chainrule";\nexport function f(x: Tensor): number { "use trace";\n  if (x > 0) throw 1;\n  return 2;\n}\n');
  const { warnings } = await esbuild({ entryPoints: [file("warned.ts")], write: false, logLevel: "silent", plugins: [esbuildDoor()] });
  expect(warnings.map(({ text, location }) => [text.slice(0, 40), location?.line, location?.column])).toEqual([["if (x > 0): the condition is a Tensor, a", 3, 6]]);
  const logs: { message: string; loc?: object | undefined }[] = [];
  const bundle = await rolldown({ input: file("warned.ts"), external, plugins: [rolldownDoor()], onLog: (_, log) => { logs.push(log); } });
  await bundle.generate({});
  expect(logs).toMatchObject([{ message: expect.stringContaining("if (x > 0): the condition is a Tensor"), loc: { line: 3, column: 6 } }]);
});

describe("Vite", { timeout: 120_000 }, () => {
  const config = (): InlineConfig => ({
    root: folder, configFile: false, logLevel: "silent", plugins: [viteDoor()],
    resolve: { conditions: ["chainrule-source"] }, ssr: { resolve: { conditions: ["chainrule-source"] } },
  });

  test("build", async () => {
    await viteBuild({ ...config(), build: { outDir: "dist", sourcemap: true, target: "esnext", lib: { entry: file("app.ts"), formats: ["es"], fileName: "out" } } });
    runNode(["dist/out.js"], folder);
  });

  test("development server", async () => {
    const server = await createServer({ ...config(), server: { middlewareMode: true, ws: false }, appType: "custom" });
    try {
      const sent = await server.transformRequest("/app.ts");
      expect(sent?.code).toMatch(/\$op\.add\(\$op\.mul\(\$op\.mul\(x, y\), scale\), /);
      const printed: string[] = [];
      const log = console.log;
      console.log = (text: string) => printed.push(text);
      try {
        await server.ssrLoadModule("/app.ts");
      } finally {
        console.log = log;
      }
      expect(JSON.parse(printed[0] ?? "")).toMatchObject({ values: [9, 21, 37] });
    } finally {
      await server.close();
    }
  });
});
